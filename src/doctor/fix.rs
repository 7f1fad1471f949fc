//! A cure in a form that a person can paste and a program can carry out.
//!
//! Deliberately absent: carrying it out in an account.

use serde::Serialize;
use serde_json::Value;

/// A cure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fix {
    /// What to do, as an order.
    pub text: String,
    /// The same, change by change; empty where only a person can do it.
    pub changes: Vec<Change>,
    /// A command that does it, where one line does.
    pub command: Option<String>,
    /// Whether `bucketbridge apply` would do it, for a link of the profile map.
    pub apply: bool,
}

impl Fix {
    pub(super) fn new(text: impl Into<String>, changes: Vec<Change>) -> Self {
        Self { text: text.into(), changes, command: None, apply: false }
    }

    /// Something that only a person can do.
    pub(super) fn by_hand(text: impl Into<String>) -> Self {
        Self::new(text, Vec::new())
    }

    #[must_use]
    pub(super) fn command(mut self, command: impl Into<String>) -> Self {
        self.command = Some(command.into());
        self
    }

    /// Says that `bucketbridge apply` would do it.
    #[must_use]
    pub(super) fn by_apply(mut self) -> Self {
        self.apply = true;
        self
    }

    /// Takes over the changes that it does not have yet.
    pub(super) fn absorb(&mut self, other: Self) {
        for change in other.changes {
            if !self.changes.contains(&change) {
                self.changes.push(change);
            }
        }
    }
}

impl Change {
    /// Whether it puts another bucket, key or role in a place: what that one then lacks is part of the
    /// same cure.
    pub(super) fn replaces(&self) -> bool {
        match self {
            Self::CreateBucket { .. }
            | Self::CreateKey { .. }
            | Self::CreateRole { .. }
            | Self::SetReplicationRole { .. } => true,
            Self::SetRuleElement { path, .. } => path.starts_with("Destination/"),
            _ => false,
        }
    }
}

/// A document in an account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum DocumentName {
    /// An inline policy of the role.
    RolePolicy { role: String, policy: String },
    /// A managed policy that is attached to the role.
    AttachedPolicy { role: String, policy: String },
    /// The managed policy that is the role's permissions boundary.
    PermissionsBoundary { role: String, policy: String },
    /// The trust policy of the role.
    TrustPolicy { role: String },
    /// The policy of a bucket.
    BucketPolicy { bucket: String },
    /// The policy of a key.
    KeyPolicy { key: String },
    /// The grants of a key.
    KeyGrants { key: String },
    /// The replication configuration of a bucket.
    Replication { bucket: String },
}

/// One change of a document or of a setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the fields are what their names say")]
pub enum Change {
    /// Add a statement; a document that is not there is made of it.
    AddStatement { document: DocumentName, statement: Value },
    /// Put this in the place of a statement.
    ReplaceStatement { document: DocumentName, index: usize, statement: Value },
    /// Take a statement out.
    RemoveStatement { document: DocumentName, index: usize },
    /// Set an element of a replication rule, by its path and the rule's place; none takes it out.
    SetRuleElement { bucket: String, rule: usize, path: String, value: Option<String> },
    /// Set the `Role` of a replication configuration.
    SetReplicationRole { bucket: String, role: String },
    /// Set a bucket's setting: `versioning`, `object-lock`, `request-payment`, `ownership`.
    SetBucket { bucket: String, setting: &'static str, value: String },
    /// Enable a key, after its deletion was cancelled where it is pending.
    EnableKey { key: String },
    /// Make a bucket with versioning.
    CreateBucket { bucket: String, account: Option<String>, region: Option<String> },
    /// Make a customer managed key; the name stands for its ARN in the other changes.
    CreateKey { key: String, policy: Value },
    /// Make a role with this trust policy.
    CreateRole { role: String, trust: Value },
}
