//! What was read of an object version.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::read::Read;

/// An object version of a source bucket, or a delete marker.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Object {
    /// The source bucket.
    pub bucket: String,
    /// Its key.
    pub key: String,
    /// Its version, as far as it was asked for or found.
    pub version_id: Option<String>,
    /// What `HeadObject` says; absent if there is no such version.
    pub facts: Read<ObjectFacts>,
    /// Its tags (`GetObjectTagging`); none is an empty map.
    pub tags: Read<BTreeMap<String, String>>,
    /// Who owns it (`GetObjectAcl`).
    pub access: Read<ObjectAccess>,
    /// Whether it was written before the rule was: nothing that AWS tells shows when a rule was
    /// made, but the journal or the trail may.
    pub before_rule: Read<bool>,
    /// What is to be replicated.
    pub change: ObjectChange,
}

/// What happened to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectChange {
    /// It was written.
    #[default]
    Written,
    /// It was deleted without a version id.
    DeleteMarker,
    /// A lifecycle rule deleted it.
    LifecycleDeleteMarker,
    /// A job of S3 Batch Replication is to replicate it.
    BatchReplication,
    /// Something that only a later version of this program knows.
    #[serde(other)]
    Unknown,
}

/// What `HeadObject` says of an object version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectFacts {
    /// `AES256`, `aws:kms`, `aws:kms:dsse`, `customer` for a key of the customer (SSE-C); None where the
    /// object is not encrypted, which only objects from before 2023 are.
    pub encryption: Option<String>,
    /// The ARN of its KMS key.
    pub key: Option<String>,
    /// Whether it uses a bucket key.
    pub bucket_key: bool,
    /// None: `STANDARD`.
    pub storage_class: Option<String>,
    /// `PENDING`, `COMPLETED`, `FAILED`, `REPLICA`.
    pub replication_status: Option<String>,
    /// Whether it is a delete marker.
    pub delete_marker: bool,
    /// When it was written.
    pub last_modified: Option<Timestamp>,
    /// Its retention mode under Object Lock.
    pub retention: Option<String>,
    /// Its legal hold under Object Lock.
    pub legal_hold: Option<String>,
}

/// Who may read an object, by its ACL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectAccess {
    /// Whether the owner of the bucket owns the object.
    pub owned_by_bucket_owner: bool,
    /// Whether its ACL gives the owner of the bucket READ and READ_ACP.
    pub readable_by_bucket_owner: bool,
}
