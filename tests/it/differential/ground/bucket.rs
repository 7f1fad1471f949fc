//! What is set on the buckets of a world, and what their rule says.
//!
//! Deliberately absent: their policies, and what they hold.

use aws_sdk_s3::types as s3;
use serde_json::{Value, json};

use super::{Ground, Stop, or_refused};
use crate::bench::{make_bucket, version};
use crate::cases::rule;

impl Ground {
    pub(super) async fn settings(&mut self, name: &str, wanted: &Value) -> Result<(), Stop> {
        let side = self.side(name);
        let (client, bucket) = (side.clients.s3.clone(), side.bucket.clone());
        if self.differs(&format!("{name} ownership"), &wanted["ownership"]) {
            let ownership = wanted["ownership"].as_str().unwrap_or("BucketOwnerEnforced");
            let rule =
                s3::OwnershipControlsRule::builder().object_ownership(s3::ObjectOwnership::from(ownership));
            let controls = s3::OwnershipControls::builder().rules(rule.build().expect("complete"));
            let put = client.put_bucket_ownership_controls().bucket(&bucket);
            or_refused!("ownership", put.ownership_controls(controls.build().expect("complete")).send());
        }
        if self.differs(&format!("{name} payer"), &wanted["request_payment"]) {
            let payer = s3::Payer::from(wanted["request_payment"].as_str().unwrap_or("BucketOwner"));
            let payment = s3::RequestPaymentConfiguration::builder().payer(payer).build().expect("complete");
            let put = client.put_bucket_request_payment().bucket(&bucket);
            or_refused!("payer", put.request_payment_configuration(payment).send());
        }
        if self.differs(&format!("{name} encryption"), &wanted["encryption"]) {
            let rule = &wanted["encryption"]["Rules"][0];
            let default = &rule["ApplyServerSideEncryptionByDefault"];
            let by_default = s3::ServerSideEncryptionByDefault::builder()
                .sse_algorithm(s3::ServerSideEncryption::from(
                    default["SSEAlgorithm"].as_str().unwrap_or("AES256"),
                ))
                .set_kms_master_key_id(default["KMSMasterKeyID"].as_str().map(str::to_owned))
                .build();
            let rule = s3::ServerSideEncryptionRule::builder()
                .apply_server_side_encryption_by_default(by_default.expect("complete"))
                .bucket_key_enabled(rule["BucketKeyEnabled"] == true)
                .build();
            let configuration = s3::ServerSideEncryptionConfiguration::builder().rules(rule).build();
            let put = client.put_bucket_encryption().bucket(&bucket);
            let put = put.server_side_encryption_configuration(configuration.expect("complete"));
            or_refused!("encryption", put.send());
        }
        Ok(())
    }

    pub(super) async fn block(&mut self, name: &str, wanted: &Value) -> Result<(), Stop> {
        if !self.differs(&format!("{name} block"), wanted) {
            return Ok(());
        }
        let flag = |name: &str| wanted[name].as_bool().or(Some(false));
        let block = s3::PublicAccessBlockConfiguration::builder()
            .set_block_public_policy(flag("BlockPublicPolicy"))
            .set_restrict_public_buckets(flag("RestrictPublicBuckets"))
            .build();
        let side = self.side(name);
        let put = side.clients.s3.put_public_access_block().bucket(&side.bucket);
        or_refused!("block", put.public_access_block_configuration(block).send());
        Ok(())
    }

    pub(super) async fn versioning(&mut self, name: &str, wanted: &Value) -> Result<(), Stop> {
        let what = format!("{name} versioning");
        if self.differs(&what, wanted) {
            let status = s3::BucketVersioningStatus::from(wanted.as_str().unwrap_or("Enabled"));
            let configuration = s3::VersioningConfiguration::builder().status(status).build();
            let side = self.side(name);
            let put = side.clients.s3.put_bucket_versioning().bucket(&side.bucket);
            let sent = put.versioning_configuration(configuration).send();
            // What is refused leaves it as it was.
            self.stored.insert(what.clone(), json!("Enabled").to_string());
            or_refused!(what, sent);
            self.differs(&what, wanted);
        }
        Ok(())
    }

    pub(super) async fn replication(&mut self, wanted: &Value) -> Result<(), Stop> {
        if self.differs("replication", wanted) {
            self.stored.remove("replication");
            let side = self.side("source");
            if wanted.is_null() {
                let delete = side.clients.s3.delete_bucket_replication().bucket(&side.bucket);
                or_refused!("replication", delete.send());
            } else {
                let put = rule::put(&side.clients, &side.bucket, wanted).await;
                put.map_err(|why| Stop::Refused(format!("replication: {why}")))?;
            }
            self.differs("replication", wanted);
        }
        Ok(())
    }

    /// A destination that is there only until the rule names it.
    pub(super) async fn make_passing(&mut self, wanted: &Value) {
        let name = wanted["bucket"].as_str().expect("a name");
        // Where the world is made once more, it is there.
        if self.differs(&format!("passing {name}"), &json!(true)) {
            let clients = &self.side("destination").clients;
            make_bucket(clients, name, wanted["region"].as_str().expect("a Region")).await;
            version(clients, name).await;
        }
    }

    pub(super) async fn delete_passing(&mut self, wanted: &Value) -> Result<(), Stop> {
        let name = wanted["bucket"].as_str().expect("a name");
        or_refused!("bucket", self.side("destination").clients.s3.delete_bucket().bucket(name).send());
        self.stored.remove(&format!("passing {name}"));
        Ok(())
    }
}
