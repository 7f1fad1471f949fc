//! The buckets of a case with their settings, policies left out.

use aws_sdk_s3::types as s3;
use serde_json::Value;

use super::lot::{Lot, Place};
use super::story::Story;
use crate::bench::make_bucket;

pub async fn make_place(place: &Place, wanted: &Value, story: &Story, side: &str) {
    let (client, bucket) = (&place.clients.s3, &place.bucket);
    if wanted["object_lock"] == true {
        let mut create = client.create_bucket().bucket(bucket).object_lock_enabled_for_bucket(true);
        if place.region != "us-east-1" {
            let region = s3::BucketLocationConstraint::from(place.region.as_str());
            let region = s3::CreateBucketConfiguration::builder().location_constraint(region).build();
            create = create.create_bucket_configuration(region);
        }
        create.send().await.expect("a bucket with Object Lock");
    } else {
        make_bucket(&place.clients, bucket, &place.region).await;
    }
    match wanted["versioning"].as_str() {
        // Suspended later, unless that is what is refused.
        Some("Suspended") if side == "destination" && !story.is_refused() => {
            versioning(place, "Enabled").await;
        }
        Some(status) => versioning(place, status).await,
        None => {}
    }
    if let Some(ownership) = wanted["ownership"].as_str() {
        let rule =
            s3::OwnershipControlsRule::builder().object_ownership(s3::ObjectOwnership::from(ownership));
        let controls = s3::OwnershipControls::builder().rules(rule.build().expect("complete"));
        let put = client.put_bucket_ownership_controls().bucket(bucket);
        put.ownership_controls(controls.build().expect("complete")).send().await.expect("ownership");
    }
    if wanted["public_access_block"].is_null() {
        client.delete_public_access_block().bucket(bucket).send().await.expect("no block");
    } else {
        let flag = |name: &str| wanted["public_access_block"][name].as_bool();
        let block = s3::PublicAccessBlockConfiguration::builder()
            .set_block_public_acls(flag("BlockPublicAcls"))
            .set_ignore_public_acls(flag("IgnorePublicAcls"))
            .set_block_public_policy(flag("BlockPublicPolicy"))
            .set_restrict_public_buckets(flag("RestrictPublicBuckets"))
            .build();
        let put = client.put_public_access_block().bucket(bucket);
        put.public_access_block_configuration(block).send().await.expect("a block");
    }
    let encryption = &wanted["encryption"]["Rules"][0];
    if !encryption.is_null() {
        let default = &encryption["ApplyServerSideEncryptionByDefault"];
        let algorithm = s3::ServerSideEncryption::from(default["SSEAlgorithm"].as_str().unwrap_or("AES256"));
        let default = s3::ServerSideEncryptionByDefault::builder()
            .sse_algorithm(algorithm)
            .set_kms_master_key_id(default["KMSMasterKeyID"].as_str().map(str::to_owned))
            .build()
            .expect("complete");
        let rule = s3::ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .bucket_key_enabled(encryption["BucketKeyEnabled"] == true)
            .build();
        let configuration = s3::ServerSideEncryptionConfiguration::builder().rules(rule).build();
        let put = client.put_bucket_encryption().bucket(bucket);
        let put = put.server_side_encryption_configuration(configuration.expect("complete"));
        put.send().await.expect("default encryption");
    }
    let payer = &wanted["request_payment"];
    if let Some(payer) = payer.as_str().or(payer["Payer"].as_str()) {
        let payment = s3::RequestPaymentConfiguration::builder().payer(s3::Payer::from(payer));
        let put = client.put_bucket_request_payment().bucket(bucket);
        let put = put.request_payment_configuration(payment.build().expect("complete"));
        put.send().await.expect("request payment");
    }
}

async fn versioning(place: &Place, status: &str) {
    let status = s3::BucketVersioningStatus::from(status);
    let configuration = s3::VersioningConfiguration::builder().status(status).build();
    let put = place.clients.s3.put_bucket_versioning().bucket(&place.bucket);
    put.versioning_configuration(configuration).send().await.expect("versioning");
}

pub async fn suspend_later(lot: &Lot<'_>, story: &Story) {
    if lot.estate["destination"]["versioning"] == "Suspended" && !story.is_refused() {
        versioning(&lot.destination, "Suspended").await;
    }
}
