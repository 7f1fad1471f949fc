//! Two buckets in two accounts, with all that replication between them needs.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination, EncryptionConfiguration,
    ReplicationConfiguration, ReplicationRule, ReplicationRuleFilter, ReplicationRuleStatus,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, SourceSelectionCriteria, SseKmsEncryptedObjects, SseKmsEncryptedObjectsStatus,
};
use bucketbridge_sandbox::{Failure, Outcome, Sandbox};
use serde_json::{Value, json};

use crate::bench::{
    BACKUP, Clients, DESTINATION, PROD, SOURCE, admin, allow, make_bucket, make_role, role_arn, until,
    version,
};

pub const FROM: &str = "orders";
pub const TO: &str = "orders-copy";

pub struct Estate {
    pub prod: Clients,
    pub backup: Clients,
    pub role: String,
    pub source_key: String,
    pub replica_key: String,
}

pub fn s3_trust() -> String {
    allow(json!([{
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }]))
}

impl Estate {
    /// Everything in place and the rule stored.
    pub async fn build(sandbox: &Sandbox) -> Estate {
        let estate = Estate::without_rule(sandbox).await;
        estate.put_rule(estate.rule()).await;
        estate
    }

    pub async fn without_rule(sandbox: &Sandbox) -> Estate {
        let prod = admin(sandbox, "prod", SOURCE).await;
        let backup = admin(sandbox, "backup", DESTINATION).await;
        for (clients, name, region) in [(&prod, FROM, SOURCE), (&backup, TO, DESTINATION)] {
            make_bucket(clients, name, region).await;
            version(clients, name).await;
        }
        let source_key = prod.kms.create_key().send().await.unwrap();
        let replica_key = backup.kms.create_key().send().await.unwrap();
        let estate = Estate {
            role: role_arn(PROD, "replicator"),
            source_key: source_key.key_metadata().unwrap().arn().unwrap().to_owned(),
            replica_key: replica_key.key_metadata().unwrap().arn().unwrap().to_owned(),
            prod,
            backup,
        };
        make_role(&estate.prod, "replicator", &s3_trust(), None).await;
        estate.put_role_policy(estate.role_policy()).await;
        estate.put_bucket_policy(estate.bucket_policy()).await;
        estate.put_replica_key_policy(estate.replica_key_policy()).await;
        estate.encrypt_by_default(true).await;
        estate
    }

    pub fn role_policy(&self) -> Value {
        json!([
            {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
             "Resource": "arn:aws:s3:::orders"},
            {"Effect": "Allow", "Action": ["s3:GetObjectVersionForReplication",
                "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"],
             "Resource": "arn:aws:s3:::orders/*"},
            {"Effect": "Allow", "Action": ["s3:ReplicateObject", "s3:ReplicateDelete",
                "s3:ReplicateTags", "s3:ObjectOwnerOverrideToBucketOwner"],
             "Resource": "arn:aws:s3:::orders-copy/*"},
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": self.source_key,
             "Condition": {"StringEquals": {"kms:ViaService": "s3.ap-south-1.amazonaws.com"},
                "StringLike": {"kms:EncryptionContext:aws:s3:arn":
                    ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*"]}}},
            {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": self.replica_key,
             "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"},
                "StringLike": {"kms:EncryptionContext:aws:s3:arn":
                    ["arn:aws:s3:::orders-copy", "arn:aws:s3:::orders-copy/*"]}}},
        ])
    }

    pub fn bucket_policy(&self) -> Value {
        json!([
            {"Effect": "Allow", "Principal": {"AWS": self.role},
             "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags",
                "s3:ObjectOwnerOverrideToBucketOwner"],
             "Resource": "arn:aws:s3:::orders-copy/*"},
        ])
    }

    pub fn replica_key_policy(&self) -> Value {
        json!([
            {"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{BACKUP}:root")},
             "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": self.role},
             "Action": ["kms:Encrypt", "kms:GenerateDataKey*"], "Resource": "*"},
        ])
    }

    pub async fn put_role_policy(&self, statements: Value) {
        let put = self.prod.iam.put_role_policy().role_name("replicator").policy_name("all");
        put.policy_document(allow(statements)).send().await.unwrap();
    }

    pub async fn put_bucket_policy(&self, statements: Value) {
        let put = self.backup.s3.put_bucket_policy().bucket(TO);
        put.policy(allow(statements)).send().await.unwrap();
    }

    pub async fn put_replica_key_policy(&self, statements: Value) {
        let put = self.backup.kms.put_key_policy().key_id(&self.replica_key);
        put.policy(allow(statements)).send().await.unwrap();
    }

    pub async fn encrypt_by_default(&self, bucket_key: bool) {
        let default = ServerSideEncryptionByDefault::builder()
            .sse_algorithm(ServerSideEncryption::AwsKms)
            .kms_master_key_id(&self.source_key)
            .build()
            .unwrap();
        let rule = ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .bucket_key_enabled(bucket_key)
            .build();
        let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
        let put = self.prod.s3.put_bucket_encryption().bucket(FROM);
        put.server_side_encryption_configuration(configuration).send().await.unwrap();
    }

    pub fn destination(&self) -> aws_sdk_s3::types::builders::DestinationBuilder {
        let key = EncryptionConfiguration::builder().replica_kms_key_id(&self.replica_key).build();
        Destination::builder()
            .bucket(format!("arn:aws:s3:::{TO}"))
            .account(BACKUP)
            .encryption_configuration(key)
    }

    pub fn rule(&self) -> ReplicationRule {
        self.rule_with(ReplicationRuleFilter::builder().prefix("").build(), false)
    }

    pub fn rule_with(&self, filter: ReplicationRuleFilter, markers: bool) -> ReplicationRule {
        let kms =
            SseKmsEncryptedObjects::builder().status(SseKmsEncryptedObjectsStatus::Enabled).build().unwrap();
        let markers = if markers {
            DeleteMarkerReplicationStatus::Enabled
        } else {
            DeleteMarkerReplicationStatus::Disabled
        };
        ReplicationRule::builder()
            .id("all")
            .priority(1)
            .status(ReplicationRuleStatus::Enabled)
            .filter(filter)
            .delete_marker_replication(DeleteMarkerReplication::builder().status(markers).build())
            .source_selection_criteria(
                SourceSelectionCriteria::builder().sse_kms_encrypted_objects(kms).build(),
            )
            .destination(self.destination().build().unwrap())
            .build()
            .unwrap()
    }

    pub fn configuration(&self, rule: ReplicationRule) -> ReplicationConfiguration {
        ReplicationConfiguration::builder().role(&self.role).rules(rule).build().unwrap()
    }

    pub async fn put_rule(&self, rule: ReplicationRule) {
        let put = self.prod.s3.put_bucket_replication().bucket(FROM);
        put.replication_configuration(self.configuration(rule)).send().await.unwrap();
    }

    /// Writes an object and returns its version id.
    pub async fn write(&self, key: &str) -> String {
        let put = self.prod.s3.put_object().bucket(FROM).key(key);
        let done = put.body(ByteStream::from_static(b"canary")).send().await.unwrap();
        done.version_id().unwrap().to_owned()
    }

    /// The status of the source object once it is decided.
    pub async fn decided(&self, key: &str) -> String {
        until("a decision", || async {
            let head = self.prod.s3.head_object().bucket(FROM).key(key).send().await.unwrap();
            let status = head.replication_status()?.as_str().to_owned();
            (status != "PENDING").then_some(status)
        })
        .await
    }

    /// Writes an object that must be refused, and tells how it was.
    pub async fn refused(&self, sandbox: &Sandbox, key: &str) -> Failure {
        self.write(key).await;
        assert_eq!(self.decided(key).await, "FAILED", "{:?}", sandbox.why(FROM, key));
        let verdicts = sandbox.why(FROM, key);
        match verdicts.last().map(|verdict| verdict.outcome.clone()) {
            Some(Outcome::Failed(failure)) => failure,
            other => panic!("{other:?}"),
        }
    }
}
