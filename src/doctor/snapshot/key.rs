//! What was read of a KMS key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::read::{PolicyText, Read};

/// A key that exists.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Key {
    /// Its ARN, wherever that is known from: an alias does not tell it.
    pub arn: Option<String>,
    /// What `DescribeKey` says.
    pub facts: Read<KeyFacts>,
    /// The names of its aliases, with `alias/` (`ListAliases`).
    pub aliases: Read<Vec<String>>,
    /// Its policy.
    pub policy: Read<PolicyText>,
    /// Its grants; none is an empty list.
    pub grants: Read<Vec<KeyGrant>>,
}

/// What `DescribeKey` says of a key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyFacts {
    /// `AWS` or `CUSTOMER`.
    pub manager: String,
    /// `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport`, `Unavailable`, …
    pub state: String,
    /// `SYMMETRIC_DEFAULT`, …
    pub spec: String,
    /// `ENCRYPT_DECRYPT`, …
    pub usage: String,
    /// `AWS_KMS`, `EXTERNAL`, …
    pub origin: String,
    /// Whether it is a multi-Region key.
    pub multi_region: bool,
}

/// A grant of a key, as `ListGrants` gives it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct KeyGrant {
    /// Its id.
    pub id: String,
    /// The ARN of a principal, or the name of a service.
    pub grantee: String,
    /// `Decrypt`, `Encrypt`, …
    pub operations: Vec<String>,
    /// The encryption context has to hold at least these pairs.
    pub encryption_context_subset: Option<BTreeMap<String, String>>,
    /// The encryption context has to be exactly these pairs.
    pub encryption_context_equals: Option<BTreeMap<String, String>>,
}

impl Key {
    /// Whether this is the ARN of the key or of one of its aliases.
    pub fn has_name(&self, name: &str) -> bool {
        let Some(arn) = self.arn.as_deref() else { return false };
        let of_alias = |alias: &String| {
            let home = arn.split_once(":key/").map(|(home, _)| home);
            home.is_some_and(|home| format!("{home}:{alias}") == name)
        };
        arn == name || self.aliases.known().is_some_and(|aliases| aliases.iter().any(of_alias))
    }
}

/// The ARN of the key or alias that S3 means: an id or a bare alias is one of the account and Region
/// from which it is named
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionByDefault.html>); none at all
/// is the key that AWS manages for S3.
pub fn full_key_name(named: Option<&str>, partition: &str, region: &str, account: &str) -> String {
    let named = named.filter(|named| !named.is_empty()).unwrap_or("alias/aws/s3");
    if named.starts_with("arn:") {
        named.to_owned()
    } else if named.starts_with("alias/") {
        format!("arn:{partition}:kms:{region}:{account}:{named}")
    } else {
        format!("arn:{partition}:kms:{region}:{account}:key/{named}")
    }
}
