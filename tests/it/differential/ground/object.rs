//! The object of a world: written, deleted, a replica, another account's, or one that has failed before.
//!
//! Deliberately absent: what becomes of it.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types as s3;
use serde_json::{Value, json};

use super::{Became, Ground, Stop, or_refused};
use crate::bench::{Clients, admin, allow, make_bucket, make_role, trust, version};
use crate::cases::rule;

const UPSTREAM: &str = "orders-upstream";

impl Ground {
    pub(super) async fn object(&mut self, estate: &Value) -> Result<(), Stop> {
        let object = &estate["object"];
        if object["exists"] == false {
            return Ok(());
        }
        if let Some(owner) = object["owner"].as_str() {
            return self.write_as(owner, object).await;
        }
        match object["replication_status"].as_str() {
            Some("REPLICA") => return self.arrive_as_replica(object).await,
            Some(_) => self.fail_first(estate).await?,
            None => {}
        }
        self.write_to_source(object).await
    }

    async fn write_to_source(&mut self, object: &Value) -> Result<(), Stop> {
        let side = self.side("source");
        let (clients, bucket) = (side.clients.clone(), side.bucket.clone());
        if self.write(&clients, &bucket, object).await.is_ok() {
            return Ok(());
        }
        // The last world's documents may be in the way.
        self.open_source(&[]).await?;
        self.write(&clients, &bucket, object).await
    }

    /// The source's key and bucket as nothing stands in the way of the administrator and these accounts.
    async fn open_source(&mut self, accounts: &[&str]) -> Result<(), Stop> {
        let principals: Vec<String> = ["111111111111"]
            .iter()
            .chain(accounts)
            .map(|account| format!("arn:aws:iam::{account}:root"))
            .collect();
        let of_key = allow(json!([{"Effect": "Allow", "Principal": {"AWS": principals},
                                   "Action": "kms:*", "Resource": "*"}]));
        let side = self.side("source");
        let (kms, s3, bucket) = (&side.clients.kms, &side.clients.s3, &side.bucket);
        if kms.put_key_policy().key_id(&side.key).policy(of_key).send().await.is_err() {
            return Err(Stop::LockedOut("source"));
        }
        // Neither does anything to a key in use.
        drop(kms.cancel_key_deletion().key_id(&side.key).send().await);
        drop(kms.enable_key().key_id(&side.key).send().await);
        or_refused!("source policy", s3.delete_bucket_policy().bucket(bucket).send());
        if !accounts.is_empty() {
            let resources = json!([format!("arn:aws:s3:::{bucket}"), format!("arn:aws:s3:::{bucket}/*")]);
            let of_bucket = allow(json!([{"Effect": "Allow", "Principal": {"AWS": principals},
                                          "Action": "s3:*", "Resource": resources}]));
            or_refused!("source policy", s3.put_bucket_policy().bucket(bucket).policy(of_bucket).send());
        }
        self.stored.retain(|what, _| what != "source key policy" && what != "source policy");
        self.stored.insert("source key state".to_owned(), json!("Enabled").to_string());
        Ok(())
    }

    /// Another account's object, which gives the bucket's owner nothing.
    async fn write_as(&mut self, owner: &str, object: &Value) -> Result<(), Stop> {
        self.open_source(&[owner]).await?;
        let clients = admin(&self.sandbox, owner, "us-east-1").await;
        self.write(&clients, &self.side("source").bucket.clone(), object).await
    }

    /// The object has failed once before, of a role that may do nothing.
    async fn fail_first(&mut self, estate: &Value) -> Result<(), Stop> {
        self.rights(&json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Action": "*", "Resource": "*"}]}))
            .await?;
        let object = &estate["object"];
        self.write_to_source(object).await?;
        let key = object["key"].as_str().expect("a key");
        if !matches!(self.released(&estate["source"]["bucket"], key).await, Became::Fails(_)) {
            return Err(Stop::Refused("object: no rule takes it, so it cannot fail".to_owned()));
        }
        self.rights(&estate["role"]["policies"][0]).await
    }

    /// A bucket further up replicates into the source.
    async fn arrive_as_replica(&mut self, object: &Value) -> Result<(), Stop> {
        self.open_source(&[]).await?;
        let clients = self.side("source").clients.clone();
        if self.differs("upstream", &json!(true)) {
            make_bucket(&clients, UPSTREAM, "us-east-1").await;
            version(&clients, UPSTREAM).await;
            let all = allow(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
            let trusted = trust("*", json!({})).replace("\"AWS\":\"*\"", "\"Service\":\"s3.amazonaws.com\"");
            make_role(&clients, "upstream", &trusted, Some(&all)).await;
        }
        let side = self.side("source");
        let configuration = json!({"Role": "arn:aws:iam::111111111111:role/upstream", "Rules": [{
            "ID": "upstream", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
            "DeleteMarkerReplication": {"Status": "Disabled"},
            "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
            "Destination": {"Bucket": format!("arn:aws:s3:::{}", side.bucket),
                            "EncryptionConfiguration": {"ReplicaKmsKeyID": side.key}},
        }]});
        if self.differs("upstream replication", &configuration) {
            let put = rule::put(&clients, UPSTREAM, &configuration).await;
            put.expect("the upstream rule is stored");
        }
        self.write(&clients, UPSTREAM, object).await?;
        let key = object["key"].as_str().expect("a key");
        match self.released(&json!(UPSTREAM), key).await {
            Became::Replicates => Ok(()),
            other => Err(Stop::Refused(format!("object: no replica, {other:?}"))),
        }
    }

    async fn write(&mut self, clients: &Clients, bucket: &str, object: &Value) -> Result<(), Stop> {
        let key = object["key"].as_str().expect("a key");
        let mut put = clients.s3.put_object().bucket(bucket).key(key);
        put = match object["sse"].as_str() {
            Some(sse) if sse.starts_with("aws:kms") => {
                let put = put.server_side_encryption(s3::ServerSideEncryption::from(sse));
                put.set_ssekms_key_id(self.values.get("SRC_KEY_ARN").cloned())
            }
            _ => put.server_side_encryption(s3::ServerSideEncryption::Aes256),
        };
        let tags = object["tags"].as_object().into_iter().flatten();
        let tags: Vec<String> =
            tags.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect();
        put = put.set_tagging((!tags.is_empty()).then(|| tags.join("&")));
        put = put.set_storage_class(object["storage_class"].as_str().map(s3::StorageClass::from));
        let written = or_refused!("the object", put.body(ByteStream::from_static(b"x")).send());
        self.written = written.version_id;
        if object["operation"] == "delete-marker" {
            let delete = clients.s3.delete_object().bucket(bucket).key(key);
            self.written = or_refused!("the marker", delete.send()).version_id;
        }
        Ok(())
    }
}
