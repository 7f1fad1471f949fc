//! The request context: what is known of each condition key.
//!
//! Deliberately absent: fetching any value, and knowing which keys an action supports.

use std::collections::BTreeMap;

use serde::Serialize;

use super::caller::Caller;

/// What is known of a key's value in the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// The request has these values; a single-valued key has one. No value at all is as good as absent.
    Known(Vec<String>),
    /// The request does not have the key.
    Absent,
    /// Nobody told us.
    Unknown,
}

impl Seen {
    /// A single value.
    pub fn one(value: impl Into<String>) -> Self {
        Self::Known(vec![value.into()])
    }

    /// The values, if they are known. None for a key that is absent or that has no value.
    pub(super) fn values(&self) -> Option<&[String]> {
        match self {
            Self::Known(values) => Some(values),
            Self::Absent => Some(&[]),
            Self::Unknown => None,
        }
    }
}

/// The condition keys of a request. Their names know no case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<String, Seen>,
    otherwise: Seen,
}

impl Context {
    /// Of a request of which not everything is known: a key that is not listed is [`Seen::Unknown`].
    pub fn partial() -> Self {
        Self { keys: BTreeMap::new(), otherwise: Seen::Unknown }
    }

    /// Of a request of which everything is known: a key that is not listed is [`Seen::Absent`].
    pub fn complete() -> Self {
        Self { keys: BTreeMap::new(), otherwise: Seen::Absent }
    }

    /// With this key.
    #[must_use]
    pub fn with(mut self, key: &str, seen: Seen) -> Self {
        self.keys.insert(key.to_ascii_lowercase(), seen);
        self
    }

    /// With the keys that follow from who calls
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>).
    #[must_use]
    pub fn with_caller(self, caller: &Caller) -> Self {
        let service = matches!(caller, Caller::Service(_));
        let account = caller.account().map_or(Seen::Absent, Seen::one);
        let arn = match caller.principal_arn() {
            Some(arn) => Seen::one(arn),
            // The path of a role is not part of its sessions' ARNs.
            None if caller.account().is_some() => Seen::Unknown,
            None => Seen::Absent,
        };
        self.with("aws:PrincipalIsAWSService", Seen::one(service.to_string()))
            .with("aws:PrincipalAccount", account.clone())
            .with("kms:CallerAccount", account)
            .with("aws:PrincipalArn", arn)
            .with("aws:PrincipalType", caller.principal_type().map_or(Seen::Absent, Seen::one))
    }

    /// What is known of a key.
    pub fn get(&self, key: &str) -> &Seen {
        self.keys.get(&key.to_ascii_lowercase()).unwrap_or(&self.otherwise)
    }

    /// The listed keys that begin with this prefix, without it, in lower case.
    pub(super) fn under<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Seen)> {
        let prefix = prefix.to_ascii_lowercase();
        self.keys.iter().filter_map(move |(key, seen)| Some((key.strip_prefix(&prefix)?, seen)))
    }

    /// Whether keys that are not listed are known to be absent.
    pub(super) fn is_complete(&self) -> bool {
        self.otherwise == Seen::Absent
    }
}
