//! The object of a case: written, marked as deleted, or made a replica.

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::{ObjectLockMode, ServerSideEncryption, StorageClass, Tag, Tagging};
use serde_json::{Value, json};

use super::lot::{Lot, Place};
use super::rule;
use crate::bench::{admin, allow, make_bucket, trust, until, version};

/// Writes the object as its fields say, under the key and tags they name.
pub async fn write(lot: &Lot<'_>, place: &Place, bucket: &str) {
    let object = &lot.estate["object"];
    let key = object["key"].as_str().expect("a key");
    let mut put = place.clients.s3.put_object().bucket(bucket).key(key);
    match object["sse"].as_str() {
        Some("AES256") => put = put.server_side_encryption(ServerSideEncryption::Aes256),
        Some("aws:kms:dsse") => put = put.server_side_encryption(ServerSideEncryption::AwsKmsDsse),
        Some("aws:kms") => put = put.server_side_encryption(ServerSideEncryption::AwsKms),
        Some("sse-c" | "SSE-C" | "customer") => {
            put = put
                .sse_customer_algorithm("AES256")
                .sse_customer_key("MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
                .sse_customer_key_md5("hRasmdxgYDKV3nvbahU1MA==");
        }
        _ => {}
    }
    put = put.set_ssekms_key_id(match object["kms"].as_str() {
        Some("source key") => lot.value("SRC_KEY_ARN"),
        Some("other") => lot.value("SRC_OTHER_KEY_ARN"),
        Some(arn) if arn.starts_with("arn:") => Some(arn.to_owned()),
        _ => None,
    });
    if let Some(tags) = object["tags"].as_object() {
        let pairs: Vec<String> = tags
            .iter()
            .map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default()))
            .collect();
        put = put.tagging(pairs.join("&"));
    }
    if let Some(class) = object["storage_class"].as_str() {
        put = put.storage_class(StorageClass::from(class));
    }
    if !object["retention"].is_null() {
        let mode = object["retention"]["mode"].as_str().or(object["retention"]["Mode"].as_str());
        let in_a_day = std::time::SystemTime::now() + std::time::Duration::from_secs(86_400);
        put = put
            .object_lock_mode(ObjectLockMode::from(mode.unwrap_or("GOVERNANCE")))
            .object_lock_retain_until_date(DateTime::from(in_a_day));
    }
    put.body(ByteStream::from_static(b"x")).send().await.expect("the object is written");
}

/// An object of another account's: the bucket's policy lets that account
/// write for a moment.
pub async fn write_as_other(lot: &Lot<'_>, owner: &str) {
    let source = &lot.source;
    let policy = allow(json!([{
        "Effect": "Allow",
        "Principal": {"AWS": owner},
        "Action": "s3:*",
        "Resource": [format!("arn:aws:s3:::{}", source.bucket), format!("arn:aws:s3:::{}/*", source.bucket)],
    }]));
    let s3 = &source.clients.s3;
    s3.put_bucket_policy().bucket(&source.bucket).policy(policy).send().await.expect("a policy");
    let writer = Place {
        clients: admin(lot.sandbox, owner, &source.region).await,
        bucket: source.bucket.clone(),
        account: owner.to_owned(),
        region: source.region.clone(),
    };
    write(lot, &writer, &source.bucket).await;
    s3.delete_bucket_policy().bucket(&source.bucket).send().await.expect("the policy is gone");
}

pub async fn delete(lot: &Lot<'_>) {
    let key = lot.estate["object"]["key"].as_str().expect("a key");
    let delete = lot.source.clients.s3.delete_object().bucket(&lot.source.bucket).key(key);
    delete.send().await.expect("a delete marker");
}

pub async fn tag(lot: &Lot<'_>, tags: &Value) {
    let tags: Vec<Tag> = tags
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| {
            Tag::builder().key(key).value(value.as_str().unwrap_or_default()).build().expect("complete")
        })
        .collect();
    let tagging = Tagging::builder().set_tag_set(Some(tags)).build().expect("complete");
    let key = lot.estate["object"]["key"].as_str().expect("a key");
    let put = lot.source.clients.s3.put_object_tagging().bucket(&lot.source.bucket).key(key);
    put.tagging(tagging).send().await.expect("the tags are put");
}

/// A bucket further up replicates into the source, so that its object is a
/// replica.
pub async fn arrive_as_replica(lot: &Lot<'_>) {
    let source = &lot.source;
    let upstream = format!("{}-upstream", source.bucket);
    make_bucket(&source.clients, &upstream, &source.region).await;
    version(&source.clients, &upstream).await;
    let role = format!("arn:aws:iam::{}:role/upstream", source.account);
    let all = allow(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let trust = trust("*", json!({})).replace("\"AWS\":\"*\"", "\"Service\":\"s3.amazonaws.com\"");
    crate::bench::make_role(&source.clients, "upstream", &trust, Some(&all)).await;
    let configuration = json!({"Role": role, "Rules": [{
        "ID": "upstream", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {
            "Bucket": format!("arn:aws:s3:::{}", source.bucket),
            "EncryptionConfiguration": {"ReplicaKmsKeyID": lot.value("SRC_KEY_ARN").unwrap_or_else(||
                format!("arn:aws:kms:{}:{}:alias/aws/s3", source.region, source.account))},
        },
    }]});
    rule::put(&source.clients, &upstream, &configuration).await.expect("the upstream rule is stored");
    write(lot, source, &upstream).await;
    let key = lot.estate["object"]["key"].as_str().expect("a key");
    until("the replica", || async {
        source.clients.s3.head_object().bucket(&source.bucket).key(key).send().await.ok()
    })
    .await;
}
