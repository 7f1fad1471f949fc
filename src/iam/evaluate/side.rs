//! The sides that a request has to get past.
//!
//! Deliberately absent: what each side needs, which is the decision's.

use serde::Serialize;

/// Where a policy stands in a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Service control policies of the caller's organization.
    ServiceControl,
    /// Resource control policies of the resource's organization.
    ResourceControl,
    /// The policy of the VPC endpoint that the request goes through.
    Endpoint,
    /// RestrictPublicBuckets, the setting of S3 Block Public Access.
    PublicAccessBlock,
    /// Inline and attached policies of the caller.
    Identity,
    /// The policy of the resource: of a bucket, of a key, or the trust policy of a role.
    Resource,
    /// Grants of a key.
    Grant,
    /// The caller's permissions boundary.
    Boundary,
    /// Policies that were passed when the session was made.
    Session,
}

impl Side {
    /// Its policies say whom they are about.
    pub(super) fn names_principals(self) -> bool {
        matches!(self, Self::Resource | Self::ResourceControl)
    }

    /// Its policies are about the caller, and no other.
    pub(super) fn belongs_to_caller(self) -> bool {
        matches!(self, Self::Identity | Self::Boundary | Self::Session | Self::ServiceControl)
    }
}
