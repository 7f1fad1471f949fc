//! Role, rule, buckets and objects that do not fit together.

use serde_json::json;

use super::{Change, RULE, aes, play_all, rule, variant, with};

#[test]
fn role_and_rule_have_to_fit() {
    let write = "DstPutObjectNotPermitted";
    let read = "SrcGetObjectNotPermitted";
    let acl = |extra: Vec<Change>| {
        with(
            vec![
                ("/destination/ownership", json!("ObjectWriter")),
                rule("Destination/Account", json!("222222222222")),
                rule("Destination/AccessControlTranslation", json!({"Owner": "Destination"})),
            ],
            extra,
        )
    };
    let boundary = |action: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": [action, "s3:*"],
            "Resource": "*"}]})
    };
    play_all(vec![
        variant("as-it-is", "works", "", vec![]),
        variant(
            "role-trust-wrong-service",
            "fails",
            "AssumeRoleNotPermitted",
            vec![(
                "/role/trust/Statement/0/Principal",
                json!({"Service": "batchoperations.s3.amazonaws.com"}),
            )],
        ),
        variant(
            "role-trust-other-source",
            "fails",
            "AssumeRoleNotPermitted",
            vec![(
                "/role/trust/Statement/0/Condition",
                json!({"StringEquals": {"aws:SourceAccount": "222222222222"}}),
            )],
        ),
        variant("role-missing", "fails", "AssumeRoleNotPermitted", vec![("/role/exists", json!(false))]),
        variant(
            "role-src-acl-missing",
            "fails",
            "SrcGetAclNotPermitted",
            vec![("/role/policies/0/Statement/1/Action", json!("s3:GetObjectVersionForReplication"))],
        ),
        variant(
            "role-src-tagging-missing",
            "works",
            "",
            vec![
                (
                    "/role/policies/0/Statement/1/Action",
                    json!(["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"]),
                ),
                ("/object/tags", json!({"a": "b"})),
            ],
        ),
        variant(
            "role-src-read-not-enough-for-kms",
            "fails",
            read,
            vec![(
                "/role/policies/0/Statement/1/Action",
                json!(["s3:GetObjectVersion", "s3:GetObjectVersionAcl"]),
            )],
        ),
        variant(
            "role-src-lock-missing",
            "fails",
            "SrcGetRetentionNotPermitted",
            vec![
                ("/source/object_lock", json!(true)),
                ("/destination/object_lock", json!(true)),
                ("/object/retention", json!({"mode": "GOVERNANCE"})),
            ],
        ),
        variant(
            "role-dst-condition-mismatch",
            "fails",
            write,
            with(
                aes(),
                vec![(
                    "/role/policies/0/Statement/2/Condition",
                    json!({"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}),
                )],
            ),
        ),
        variant(
            "role-dst-delete-missing",
            "fails",
            "DstDelObjNotPermitted",
            vec![
                rule("DeleteMarkerReplication/Status", json!("Enabled")),
                ("/object/operation", json!("delete-marker")),
                ("/role/policies/0/Statement/2/Action", json!("s3:ReplicateObject")),
            ],
        ),
        variant(
            "delete-marker-v2",
            "works",
            "",
            vec![
                rule("DeleteMarkerReplication/Status", json!("Enabled")),
                ("/object/operation", json!("delete-marker")),
            ],
        ),
        variant(
            "delete-marker-v1",
            "works",
            "",
            vec![
                (
                    RULE,
                    json!({"ID": "all", "Status": "Enabled", "Prefix": "",
                "Destination": {"Bucket": "arn:aws:s3:::right"}}),
                ),
                ("/object/operation", json!("delete-marker")),
            ],
        ),
        variant(
            "role-permissions-boundary",
            "fails",
            write,
            vec![("/role/permissions_boundary", boundary("kms:Decrypt"))],
        ),
        variant(
            "role-boundary-wide-enough",
            "works",
            "",
            vec![("/role/permissions_boundary", boundary("kms:*"))],
        ),
        variant("owner-override-missing", "fails", write, acl(vec![])),
        variant(
            "owner-override-without-need",
            "works",
            "",
            acl(vec![("/destination/ownership", json!("BucketOwnerEnforced"))]),
        ),
        variant(
            "dst-account-mismatch",
            "fails",
            write,
            vec![rule("Destination/Account", json!("111111111111"))],
        ),
        variant(
            "dst-requester-pays",
            "fails",
            write,
            vec![("/destination/request_payment", json!("Requester"))],
        ),
        variant(
            "dst-bucket-missing",
            "fails",
            "DstBucketNotFound",
            vec![("/destination/exists", json!(false))],
        ),
        variant(
            "dst-versioning-suspended-later",
            "fails",
            "DstBucketUnversioned",
            vec![("/destination/versioning", json!("Suspended"))],
        ),
        variant(
            "dst-object-lock-missing",
            "fails",
            "DstBucketObjectLockConfigMissing",
            vec![
                ("/source/object_lock", json!(true)),
                ("/role/policies/0/Statement/1/Action", json!("s3:Get*")),
            ],
        ),
        variant(
            "src-object-not-owned",
            "fails",
            read,
            with(
                aes(),
                vec![("/source/ownership", json!("ObjectWriter")), ("/object/owner", json!("222222222222"))],
            ),
        ),
        variant(
            "src-object-of-others-enforced",
            "works",
            "",
            with(aes(), vec![("/object/owner", json!("222222222222"))]),
        ),
    ]);
}
