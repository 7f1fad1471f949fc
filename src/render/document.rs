//! The documents of a blueprint, each with the file that it goes into.
//!
//! Deliberately absent: which call takes them. That is [`super::call`].

use serde_json::{Value, json};

use crate::topology::AccountName;

use super::blueprint::{Blueprint, Bucket, Care, Key, Role};

/// A document and its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Inside the folder, with `/` between its parts.
    pub path: String,
    /// What it holds.
    pub value: Value,
}

impl Blueprint {
    /// Who may assume a role.
    pub fn trust_policy(&self, role: &Role) -> Document {
        self.document(&role.account, "trust-policy", &role.file, role.trust.clone())
    }

    /// What a role may do.
    pub fn role_policy(&self, role: &Role) -> Document {
        self.document(&role.account, "role-policy", &role.file, role.policy.clone())
    }

    /// Who may use a key: all of it for a key that is made, ours alone for one that is there.
    pub fn key_policy(&self, key: &Key) -> Option<Document> {
        let whole = key.policy.clone()?;
        let value = match key.care {
            Care::Make => whole,
            Care::Add | Care::Leave => json!({"Version": "2012-10-17", "Statement": key.statements}),
        };
        Some(self.document(&key.id.account, "key-policy", &key.file, value))
    }

    /// Who may write replicas to a bucket.
    pub fn bucket_policy(&self, bucket: &Bucket) -> Option<Document> {
        Some(self.document(&bucket.account, "bucket-policy", bucket.name.as_str(), bucket.policy.clone()?))
    }

    /// What a bucket replicates.
    pub fn replication(&self, bucket: &Bucket) -> Option<Document> {
        Some(self.document(&bucket.account, "replication", bucket.name.as_str(), bucket.replication.clone()?))
    }

    /// The default encryption of a bucket.
    pub fn encryption(&self, bucket: &Bucket) -> Document {
        let key = self.key(&bucket.key).map(Key::name);
        let value = json!({"Rules": [{
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key},
            "BucketKeyEnabled": bucket.bucket_key,
        }]});
        self.document(&bucket.account, "encryption", bucket.name.as_str(), value)
    }

    fn document(&self, account: &AccountName, kind: &str, name: &str, value: Value) -> Document {
        let folder = &self.accounts[account].folder;
        Document { path: format!("{folder}/{kind}-{name}.json"), value }
    }
}

/// A document as it stands in a file.
pub fn pretty(value: &Value) -> String {
    // The alternate form of a `Value` is indented JSON.
    format!("{value:#}\n")
}
