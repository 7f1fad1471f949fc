//! What was read of a bucket.

use serde::{Deserialize, Serialize};

use super::read::{PolicyText, Read};

/// A bucket that exists.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Bucket {
    /// The account that owns it.
    pub owner: Read<String>,
    /// Accounts of which S3 said, by `x-amz-expected-bucket-owner`, that they do not own it.
    pub not_owned_by: Vec<String>,
    /// Where it is.
    pub region: Read<String>,
    /// `Enabled` or `Suspended`; absent if it never was enabled.
    pub versioning: Read<String>,
    /// What new objects are encrypted with.
    pub encryption: Read<Encryption>,
    /// The bucket policy.
    pub policy: Read<PolicyText>,
    /// Block Public Access of the bucket; absent if nothing is set.
    pub public_access_block: Read<PublicAccessBlock>,
    /// Block Public Access of its account; absent if nothing is set.
    pub account_public_access_block: Read<PublicAccessBlock>,
    /// `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`; absent in older buckets, which
    /// behave like the last.
    pub ownership: Read<String>,
    /// `Enabled`; absent without Object Lock.
    pub object_lock: Read<String>,
    /// `BucketOwner` or `Requester`.
    pub request_payment: Read<String>,
    /// The replication configuration: the XML that S3 gave, to the byte.
    pub replication: Read<String>,
}

/// Default encryption.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    /// The key as it is named there: its ARN or id, or that of an alias. None: the key that AWS manages
    /// for S3.
    pub key: Option<String>,
    /// Whether new objects use a bucket key.
    pub bucket_key: bool,
}

/// The four settings of Block Public Access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields have S3's own names")]
pub struct PublicAccessBlock {
    pub block_public_acls: bool,
    pub ignore_public_acls: bool,
    pub block_public_policy: bool,
    pub restrict_public_buckets: bool,
}
