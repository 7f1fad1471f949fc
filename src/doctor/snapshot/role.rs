//! What was read of an IAM role.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::read::{PolicyText, Read};

/// A role that exists.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Its unique id, `AROA…`.
    pub id: Option<String>,
    /// Its trust policy.
    pub trust: Read<PolicyText>,
    /// Inline policies, by name; none is an empty map.
    pub inline: Read<BTreeMap<String, Read<PolicyText>>>,
    /// Attached policies, of the account and of AWS; none is an empty list.
    pub attached: Read<Vec<AttachedPolicy>>,
    /// Its permissions boundary; absent if it has none.
    pub boundary: Read<AttachedPolicy>,
    /// Its tags (`GetRole`).
    pub tags: Read<BTreeMap<String, String>>,
}

/// A managed policy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AttachedPolicy {
    /// Its ARN; that of a policy of AWS has `aws` for the account.
    pub arn: String,
    /// Its default version.
    pub document: Read<PolicyText>,
}
