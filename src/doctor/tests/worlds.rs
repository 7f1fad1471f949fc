//! For each cause what breaks the healthy world in that one way.
//!
//! Deliberately absent: set-ups of the world outside. Those are the cases.

use serde_json::{Value, json};

use super::super::Verdict;
use super::super::Verdict::{Fails, NotSelected, Replicates};
use super::world::{World, healthy};

const fn world(cause: &'static str, verdict: Verdict, changes: fn() -> Vec<(&'static str, Value)>) -> World {
    World { cause, verdict, changes }
}

/// What stands for "take it out" in the changes.
fn none() -> Value {
    json!("(none)")
}

fn deny(actions: &str, resource: &str) -> Value {
    json!({"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resource,
           "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}})
}

fn plain() -> Vec<(&'static str, Value)> {
    vec![("/object/sse", json!("AES256")), ("/object/kms", Value::Null)]
}

/// Every cause with a world in which it is the only one.
pub(super) const WORLDS: &[World] = &[
    world("src-versioning-not-enabled", NotSelected, || vec![("/source/versioning", json!("Suspended"))]),
    world("rule-disabled", NotSelected, || vec![("/source/replication/Rules/0/Status", json!("Disabled"))]),
    world("rule-outranked", Replicates, || {
        let mut first = healthy()["estate"]["source"]["replication"]["Rules"][0].clone();
        first["ID"] = json!("first");
        first["Priority"] = json!(9);
        vec![("/source/replication/Rules/-", first)]
    }),
    world("rule-filter-prefix-mismatch", NotSelected, || {
        vec![("/source/replication/Rules/0/Filter/Prefix", json!("/path/"))]
    }),
    world("rule-filter-tag-mismatch", NotSelected, || {
        vec![
            ("/source/replication/Rules/0/Filter", json!({"Tag": {"Key": "class", "Value": "gold"}})),
            ("/source/replication/Rules/0/DeleteMarkerReplication/Status", json!("Disabled")),
        ]
    }),
    world("rule-kms-objects-not-selected", NotSelected, || {
        vec![(
            "/source/replication/Rules/0/SourceSelectionCriteria/SseKmsEncryptedObjects/Status",
            json!("Disabled"),
        )]
    }),
    world("rule-delete-marker-not-replicated", NotSelected, || {
        vec![
            ("/object/operation", json!("delete-marker")),
            ("/source/replication/Rules/0/DeleteMarkerReplication/Status", json!("Disabled")),
        ]
    }),
    world("replica-stays-sse-s3", Replicates, plain),
    world("object-missing", NotSelected, || vec![("/object/exists", json!(false))]),
    world("object-existed-before-rule", NotSelected, || vec![("/object/created", json!("before-rule"))]),
    world("object-failed-before", Replicates, || vec![("/object/replication_status", json!("FAILED"))]),
    world("object-is-replica", NotSelected, || vec![("/object/replication_status", json!("REPLICA"))]),
    world("object-archived-storage-class", NotSelected, || {
        vec![("/object/storage_class", json!("DEEP_ARCHIVE"))]
    }),
    world("object-lifecycle-action", NotSelected, || {
        vec![("/object/operation", json!("lifecycle-delete-marker"))]
    }),
    world("src-object-not-owned", Fails, || {
        vec![("/object/owner", json!("333333333333")), ("/source/ownership", json!("ObjectWriter"))]
    }),
    world("rule-v2-delete-marker-missing", Replicates, || {
        vec![("/source/replication/Rules/0/DeleteMarkerReplication", none())]
    }),
    world("rule-v1-field-not-allowed", Replicates, || {
        vec![
            ("/source/replication/Rules/0/Filter", none()),
            ("/source/replication/Rules/0/Prefix", json!("")),
        ]
    }),
    world("rule-tag-filter-delete-marker", Replicates, || {
        vec![
            ("/source/replication/Rules/0/Filter", json!({"Tag": {"Key": "class", "Value": "gold"}})),
            ("/object/tags", json!({"class": "gold"})),
        ]
    }),
    world("rule-kms-selection-missing", Replicates, || {
        let mut changes = plain();
        changes.push(("/source/replication/Rules/0/SourceSelectionCriteria", none()));
        changes
    }),
    world("rule-replica-key-missing", Fails, || {
        vec![("/source/replication/Rules/0/Destination/EncryptionConfiguration", none())]
    }),
    world("rule-replica-key-not-arn", Fails, || {
        vec![(
            "/source/replication/Rules/0/Destination/EncryptionConfiguration/ReplicaKmsKeyID",
            json!("${DST_KEY_ID}"),
        )]
    }),
    world("rule-destination-not-arn", Replicates, || {
        vec![("/source/replication/Rules/0/Destination/Bucket", json!("${DST_BUCKET}"))]
    }),
    world("rule-role-arn-malformed", Fails, || vec![("/source/replication/Role", json!("${ROLE_NAME}"))]),
    world("rule-role-other-account", Fails, || vec![("/role/account", json!("222222222222"))]),
    world("rule-owner-override-without-account", Replicates, || {
        vec![
            (
                "/source/replication/Rules/0/Destination/AccessControlTranslation",
                json!({"Owner": "Destination"}),
            ),
            ("/source/replication/Rules/0/Destination/Account", none()),
        ]
    }),
    world("role-missing", Fails, || vec![("/role/exists", json!(false))]),
    world("role-trust-wrong-service", Fails, || {
        vec![("/role/trust/Statement/0/Principal/Service", json!("batchoperations.s3.amazonaws.com"))]
    }),
    world("role-trust-condition-mismatch", Fails, || {
        let other = json!({"StringEquals": {"aws:SourceAccount": "222222222222"}});
        vec![("/role/trust/Statement/0/Condition", other)]
    }),
    world("role-trust-deny", Fails, || {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
                          "Condition": {"StringNotEquals": {"sts:ExternalId": "partner"}}});
        vec![("/role/trust/Statement/-", deny)]
    }),
    world("role-permissions-boundary", Fails, || {
        vec![(
            "/role/permissions_boundary",
            json!({"Version": "2012-10-17", "Statement":
            {"Effect": "Allow", "NotAction": "kms:Encrypt", "Resource": "*"}}),
        )]
    }),
    world("role-src-bucket-missing", Fails, || {
        vec![("/role/policies/0/Statement/0/Action", json!("s3:ListBucket"))]
    }),
    world("role-src-read-missing", Fails, || {
        let left = json!(["s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]);
        vec![("/role/policies/0/Statement/1/Action", left)]
    }),
    world("role-src-read-not-enough-for-kms", Fails, || {
        vec![("/role/policies/0/Statement/1/Action/0", json!("s3:GetObjectVersion"))]
    }),
    world("role-src-resource-mismatch", Fails, || {
        vec![("/role/policies/0/Statement/1/Resource", json!("arn:aws:s3:::${SRC_BUCKET}"))]
    }),
    world("role-src-condition-mismatch", Fails, || {
        let other = json!({"StringEquals": {"aws:ResourceAccount": "222222222222"}});
        vec![("/role/policies/0/Statement/1/Condition", other)]
    }),
    world("role-src-acl-missing", Fails, || {
        vec![("/role/policies/0/Statement/1/Action/1", json!("s3:GetObjectAcl"))]
    }),
    world("role-src-tagging-missing", Replicates, || {
        vec![("/role/policies/0/Statement/1/Action/2", json!("s3:GetObjectTagging"))]
    }),
    world("role-src-lock-missing", Fails, || {
        vec![("/source/object_lock", json!(true)), ("/destination/object_lock", json!(true))]
    }),
    world("role-dst-replicate-missing", Fails, || {
        vec![(
            "/role/policies/0/Statement/2/Action",
            json!(["s3:PutObject", "s3:ReplicateTags", "s3:ReplicateDelete"]),
        )]
    }),
    world("role-dst-resource-mismatch", Fails, || {
        vec![("/role/policies/0/Statement/2/Resource", json!("arn:aws:s3:::${DST_BUCKET}"))]
    }),
    world("role-dst-condition-mismatch", Fails, || {
        let mut changes = plain();
        let only = json!({"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}});
        changes.push(("/role/policies/0/Statement/2/Condition", only));
        changes
    }),
    world("role-dst-tagging-missing", Replicates, || {
        vec![("/role/policies/0/Statement/2/Action", json!(["s3:ReplicateObject", "s3:ReplicateDelete"]))]
    }),
    world("role-dst-delete-missing", Fails, || {
        vec![
            ("/object/operation", json!("delete-marker")),
            ("/role/policies/0/Statement/2/Action", json!(["s3:ReplicateObject", "s3:ReplicateTags"])),
        ]
    }),
    world("role-dst-owner-override-missing", Fails, || {
        vec![
            (
                "/source/replication/Rules/0/Destination/AccessControlTranslation",
                json!({"Owner": "Destination"}),
            ),
            ("/destination/ownership", json!("BucketOwnerPreferred")),
            ("/destination/policy/Statement/0/Action/-", json!("s3:ObjectOwnerOverrideToBucketOwner")),
        ]
    }),
    world("role-src-kms-decrypt-missing", Fails, || {
        vec![("/role/policies/0/Statement/3/Action", json!("kms:DescribeKey"))]
    }),
    world("role-src-kms-resource-mismatch", Fails, || {
        vec![(
            "/role/policies/0/Statement/3/Resource",
            json!("arn:aws:kms:us-east-1:111111111111:alias/orders"),
        )]
    }),
    world("role-src-kms-condition-mismatch", Fails, || {
        let far = json!({"StringLike": {"kms:ViaService": "s3.us-west-2.amazonaws.com"}});
        vec![("/role/policies/0/Statement/3/Condition", far)]
    }),
    world("role-dst-kms-encrypt-missing", Fails, || {
        vec![("/role/policies/0/Statement/4/Action", json!("kms:GenerateDataKey"))]
    }),
    world("role-dst-kms-generate-data-key-missing", Fails, || {
        vec![
            ("/object/sse", json!("none")),
            ("/object/kms", Value::Null),
            ("/role/policies/0/Statement/4/Action", json!("kms:Encrypt")),
        ]
    }),
    world("role-dst-kms-resource-mismatch", Fails, || {
        vec![("/role/policies/0/Statement/4/Resource", json!("${SRC_KEY_ARN}"))]
    }),
    world("role-dst-kms-condition-mismatch", Fails, || {
        let bucket =
            json!({"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::${DST_BUCKET}"}});
        vec![("/role/policies/0/Statement/4/Condition", bucket)]
    }),
    world("bucket-key-dst-decrypt-not-granted", Replicates, || {
        vec![("/source/encryption/Rules/0/BucketKeyEnabled", json!(true))]
    }),
    world("dst-bucket-missing", Fails, || vec![("/destination/exists", json!(false))]),
    world("dst-bucket-is-source", Fails, || {
        vec![
            ("/source/replication/Rules/0/Destination/Bucket", json!("arn:aws:s3:::${SRC_BUCKET}")),
            ("/source/replication/Rules/0/Destination/Account", none()),
        ]
    }),
    world("dst-versioning-not-enabled", Fails, || vec![("/destination/versioning", json!("Suspended"))]),
    world("dst-object-lock-missing", Fails, || {
        vec![
            ("/source/object_lock", json!(true)),
            ("/role/policies/0/Statement/1/Action", json!(["s3:Get*"])),
        ]
    }),
    world("dst-requester-pays", Fails, || vec![("/destination/request_payment", json!("Requester"))]),
    world("dst-account-mismatch", Fails, || {
        vec![("/source/replication/Rules/0/Destination/Account", json!("333333333333"))]
    }),
    world("dst-bucket-policy-missing", Fails, || vec![("/destination/policy", Value::Null)]),
    world("dst-bucket-policy-principal-mismatch", Fails, || {
        vec![("/destination/policy/Statement/0/Principal/AWS", json!("arn:aws:iam::111111111111:role/old"))]
    }),
    world("dst-bucket-policy-principal-stale", Fails, || {
        vec![("/destination/policy/Statement/0/Principal/AWS", json!("AROAEXAMPLEDELETED01"))]
    }),
    world("dst-bucket-policy-actions-missing", Fails, || {
        vec![("/destination/policy/Statement/0/Action", json!("s3:PutObject"))]
    }),
    world("dst-bucket-policy-owner-override-missing", Fails, || {
        vec![
            (
                "/source/replication/Rules/0/Destination/AccessControlTranslation",
                json!({"Owner": "Destination"}),
            ),
            ("/destination/ownership", json!("BucketOwnerPreferred")),
            ("/role/policies/0/Statement/2/Action/-", json!("s3:ObjectOwnerOverrideToBucketOwner")),
        ]
    }),
    world("dst-bucket-policy-delete-missing", Fails, || {
        vec![
            ("/object/operation", json!("delete-marker")),
            ("/destination/policy/Statement/0/Action", json!("s3:ReplicateObject")),
        ]
    }),
    world("dst-bucket-policy-tagging-missing", Replicates, || {
        vec![("/destination/policy/Statement/0/Action", json!(["s3:ReplicateObject", "s3:ReplicateDelete"]))]
    }),
    world("dst-bucket-policy-resource-mismatch", Fails, || {
        vec![("/destination/policy/Statement/0/Resource", json!("arn:aws:s3:::${DST_BUCKET}/other/*"))]
    }),
    world("dst-bucket-policy-condition-mismatch", Fails, || {
        let only = json!({"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}});
        vec![("/destination/policy/Statement/0/Condition", only)]
    }),
    world("dst-bucket-public-policy-restricted", Fails, || {
        vec![
            ("/destination/policy/Statement/0/Principal", json!("*")),
            ("/destination/public_access_block", json!({"RestrictPublicBuckets": true})),
        ]
    }),
    world("bpa-blocks-public-policy", Replicates, || {
        vec![
            ("/destination/policy/Statement/0/Principal", json!("*")),
            ("/destination/public_access_block", json!({"BlockPublicPolicy": true})),
        ]
    }),
    world("bucket-policy-public", Replicates, || {
        vec![("/destination/policy/Statement/0/Principal", json!("*"))]
    }),
    world("src-key-not-found", Fails, || vec![("/source/key/exists", json!(false))]),
    world("src-key-state", Fails, || vec![("/source/key/state", json!("Disabled"))]),
    world("src-key-policy-no-grant", Fails, || {
        let admin = json!({"AWS": "arn:aws:iam::111111111111:role/Admin"});
        vec![("/source/key/policy/Statement/0/Principal", admin)]
    }),
    world("src-key-policy-condition-mismatch", Fails, || {
        let other = json!({"StringEquals": {"kms:CallerAccount": "222222222222"}});
        vec![("/source/key/policy/Statement/0/Condition", other)]
    }),
    world("dst-key-not-found", Fails, || {
        let gone = json!("arn:aws:kms:us-west-2:222222222222:key/99999999-9999-9999-9999-999999999999");
        vec![("/source/replication/Rules/0/Destination/EncryptionConfiguration/ReplicaKmsKeyID", gone)]
    }),
    world("dst-key-wrong-region", Fails, || {
        vec![(
            "/source/replication/Rules/0/Destination/EncryptionConfiguration/ReplicaKmsKeyID",
            json!("${SRC_KEY_ARN}"),
        )]
    }),
    world("dst-key-state", Fails, || vec![("/destination/key/state", json!("PendingDeletion"))]),
    world("dst-key-spec", Fails, || vec![("/destination/key/spec", json!("RSA_2048"))]),
    world("dst-key-aws-managed-cross-account", Fails, || {
        let managed = json!("arn:aws:kms:us-west-2:222222222222:alias/aws/s3");
        vec![
            (
                "/destination/other_keys",
                json!([{"arn": "${DST_OTHER_KEY_ARN}", "aws_managed": true,
                                                "aliases": ["alias/aws/s3"], "policy": null}]),
            ),
            ("/source/replication/Rules/0/Destination/EncryptionConfiguration/ReplicaKmsKeyID", managed),
        ]
    }),
    world("dst-key-aws-managed-other-service", Fails, || {
        let managed = json!("arn:aws:kms:us-west-2:222222222222:alias/aws/sns");
        vec![
            (
                "/destination/other_keys",
                json!([{"arn": "${DST_OTHER_KEY_ARN}", "aws_managed": true,
                                                "aliases": ["alias/aws/sns"], "policy": null}]),
            ),
            ("/source/replication/Rules/0/Destination/EncryptionConfiguration/ReplicaKmsKeyID", managed),
        ]
    }),
    world("dst-key-policy-missing-grant", Fails, || {
        vec![("/destination/key/policy/Statement/1/Action", json!("kms:Decrypt"))]
    }),
    world("dst-key-policy-principal-mismatch", Fails, || {
        vec![(
            "/destination/key/policy/Statement/1/Principal/AWS",
            json!("arn:aws:iam::111111111111:role/old"),
        )]
    }),
    world("dst-key-policy-principal-stale", Fails, || {
        vec![("/destination/key/policy/Statement/1/Principal/AWS", json!("AROAEXAMPLEDELETED01"))]
    }),
    world("dst-key-policy-service-principal", Fails, || {
        vec![("/destination/key/policy/Statement/1/Principal", json!({"Service": "s3.amazonaws.com"}))]
    }),
    world("dst-key-policy-condition-mismatch", Fails, || {
        vec![(
            "/destination/key/policy/Statement/1/Condition",
            json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        )]
    }),
    world("role-policy-deny", Fails, || {
        let no = json!({"Effect": "Deny", "Action": "kms:*", "Resource": "*",
                        "Condition": {"StringNotEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}});
        vec![("/role/policies/0/Statement/-", no)]
    }),
    world("src-bucket-policy-deny", Fails, || {
        let policy =
            json!({"Version": "2012-10-17", "Statement": [deny("s3:*", "arn:aws:s3:::${SRC_BUCKET}/*")]});
        vec![("/source/policy", policy)]
    }),
    world("dst-bucket-policy-deny", Fails, || {
        vec![("/destination/policy/Statement/-", deny("s3:*", "arn:aws:s3:::${DST_BUCKET}/*"))]
    }),
    world("src-key-policy-deny", Fails, || {
        vec![("/source/key/policy/Statement/-", deny("kms:Decrypt", "*"))]
    }),
    world("dst-key-policy-deny", Fails, || vec![("/destination/key/policy/Statement/-", deny("kms:*", "*"))]),
    world("policy-malformed-action", Replicates, || {
        let odd = json!({"Effect": "Allow", "Action": "s3>ListBucket", "Resource": "*"});
        vec![("/role/policies/0/Statement/-", odd)]
    }),
    world("policy-malformed-resource", Replicates, || {
        let odd = json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "orders"});
        vec![("/role/policies/0/Statement/-", odd)]
    }),
    world("policy-unknown-action", Replicates, || {
        vec![("/role/policies/0/Statement/2/Action/-", json!("s3:ReplicateObjectTagsToBucketOwner"))]
    }),
    world("bucket-policy-invalid-action", Replicates, || {
        vec![("/destination/policy/Statement/0/Action/-", json!("kms:Decrypt"))]
    }),
    world("bucket-policy-action-resource-mismatch", Replicates, || {
        vec![("/destination/policy/Statement/0/Action/-", json!("s3:GetBucketVersioning"))]
    }),
    world("policy-invalid-principal", Replicates, || {
        let odd = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/<ROLE>"},
                         "Action": "kms:Decrypt", "Resource": "*"});
        vec![("/destination/key/policy/Statement/-", odd)]
    }),
    world("key-policy-lockout", Replicates, || {
        vec![("/destination/key/policy/Statement/0/Action", json!("kms:DescribeKey"))]
    }),
    world("key-policy-service-principal-unused", Replicates, || {
        let service = json!({"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                             "Action": "kms:Decrypt", "Resource": "*"});
        vec![("/source/key/policy/Statement/-", service)]
    }),
    world("kms-statement-unused", Replicates, plain),
    world("src-bucket-missing", Fails, || vec![("/source/exists", json!(false))]),
    world("src-replication-missing", NotSelected, || vec![("/source/replication", Value::Null)]),
];
