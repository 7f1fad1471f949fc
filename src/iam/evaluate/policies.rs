//! The documents that a decision is made of.
//!
//! Deliberately absent: reading them from AWS, and organizations: whoever asks says which control
//! policies apply.

use super::super::document::Document;
use super::grant::Grant;

/// A document with a label.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Which document, for the explanation.
    pub label: String,
    /// None for a document that is there but could not be read: nobody can tell what it says.
    pub document: Option<Document>,
}

impl Policy {
    /// A document that was read.
    pub fn new(label: impl Into<String>, document: Document) -> Self {
        Self { label: label.into(), document: Some(document) }
    }

    /// A document that could not be read.
    pub fn unread(label: impl Into<String>) -> Self {
        Self { label: label.into(), document: None }
    }
}

/// The control policies of one level of an organization: the root, a unit or an account.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Which level.
    pub target: String,
    /// What is attached to it.
    pub policies: Vec<Policy>,
}

/// All documents that apply to a request.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Policies {
    /// Inline and attached policies of the caller.
    pub identity: Vec<Policy>,
    /// The caller's permissions boundary, if it has one.
    pub boundary: Option<Policy>,
    /// Policies that were passed when the session was made.
    pub session: Vec<Policy>,
    /// The policy of the bucket or key, or the trust policy of the role that is assumed.
    pub resource: Option<Policy>,
    /// The grants of the key.
    pub grants: Vec<Grant>,
    /// Service control policies over the caller's account. Every level has to allow.
    pub service_control: Vec<Level>,
    /// Resource control policies over the resource's account. Each level allows everything that it
    /// does not deny.
    pub resource_control: Vec<Level>,
    /// The policy of the VPC endpoint that the request goes through.
    pub endpoint: Option<Policy>,
    /// Whether RestrictPublicBuckets is on for the bucket or its account.
    pub restrict_public_buckets: bool,
}
