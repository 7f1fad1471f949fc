//! What is said of a resource: which one, what will happen to it, and field by field how it differs.
//! Data for people and for JSON.
//!
//! Deliberately absent: how any of it is found out, or done. That is [`crate::resource`].

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::topology::AccountName;

/// A kind of resource. The order is that in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A KMS key with its alias and rotation.
    Key,
    /// A replication role with its trust policy.
    Role,
    /// A bucket with its settings.
    Bucket,
    /// The inline policy of a replication role.
    RolePolicy,
    /// Our statements in a key's policy.
    KeyPolicy,
    /// Our statements in a destination bucket's policy.
    BucketPolicy,
    /// Our rules in a source bucket's replication configuration.
    Replication,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Key => "key",
            Self::Role => "role",
            Self::Bucket => "bucket",
            Self::RolePolicy => "role policy",
            Self::KeyPolicy => "key policy",
            Self::BucketPolicy => "bucket policy",
            Self::Replication => "replication",
        })
    }
}

/// One resource of one account, as people name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceId {
    /// The account that it is in.
    pub account: AccountName,
    /// What it is.
    pub kind: Kind,
    /// The bucket's, role's or key's name; policies and configurations go by the thing they are on.
    pub name: String,
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} in account {}", self.kind, self.name, self.account)
    }
}

/// A message of another team that something waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Awaits {
    /// The account of that team.
    pub account: AccountName,
    /// `offer`, `request` or `grant`: see [`crate::message::Kind`].
    pub message: &'static str,
}

impl fmt::Display for Awaits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} of account {}", self.message, self.account)
    }
}

/// What a plan will do with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It does not exist.
    Create,
    /// It exists and differs.
    Update,
    /// It is taken away.
    Delete,
    /// It is as wanted.
    Keep,
    /// Nothing yet: it waits for another team.
    Await,
}

impl Action {
    /// Whether something is written.
    pub fn writes(self) -> bool {
        match self {
            Self::Create | Self::Update | Self::Delete => true,
            Self::Keep | Self::Await => false,
        }
    }
}

/// One field of a resource that is not as wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field, in AWS's words.
    pub field: String,
    /// What is there; `None`: nothing.
    pub before: Option<Value>,
    /// What will be there; `None`: nothing. What AWS chooses is named by where it comes from: `the key
    /// that alias/orders-backup will get in account backup`.
    pub after: Option<Value>,
}

impl Difference {
    /// Something to be added.
    pub fn added(field: impl Into<String>, after: impl Into<Value>) -> Self {
        Self { field: field.into(), before: None, after: Some(after.into()) }
    }

    /// Something to be changed.
    pub fn changed(field: impl Into<String>, before: impl Into<Value>, after: impl Into<Value>) -> Self {
        Self { field: field.into(), before: Some(before.into()), after: Some(after.into()) }
    }

    /// Something to be taken away.
    pub fn dropped(field: impl Into<String>, before: impl Into<Value>) -> Self {
        Self { field: field.into(), before: Some(before.into()), after: None }
    }
}

/// One resource's part of a plan, for people and for JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Which resource.
    #[serde(flatten)]
    pub id: ResourceId,
    /// What will happen to it.
    pub action: Action,
    /// Field by field; empty for `Keep`.
    pub details: Vec<Difference>,
    /// What it waits for, where nothing can be done before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub awaits: Option<Awaits>,
    /// What a person should know: what cannot be undone, what differs and is left alone, what of
    /// others is kept.
    pub notes: Vec<String>,
}
