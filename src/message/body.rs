//! What the three messages say.
//!
//! Deliberately absent: finding it out; whether a receiver agrees.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::canonical::Digest;
use super::expectation::{ExpectedGrant, ExpectedOffer, ExpectedRequest};
use super::head::{Grantee, Kind};
use super::moment::Moment;
use super::parts::Parts;
use super::prefixes::Prefixes;
use super::schema;
use super::text::{RoleId, Sid};
use crate::arn::{BucketArn, KeyArn, Region, RoleArn};

/// One of [`Offer`], [`Request`] and [`Grant`].
pub trait Body: Parts + JsonSchema {
    /// Which.
    const KIND: Kind;
    /// What a receiver compares it with.
    type Expected;
}

/// Destination to source: there is a bucket with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Offer {
    /// What is offered.
    pub destination: Destination,
}

/// Source to destination: this role is to be granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Request {
    /// What is going to replicate.
    pub source: Source,
}

/// Destination to source: it is granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Grant {
    /// What is offered, again.
    pub destination: Destination,
    /// What was granted.
    pub granted: Granted,
}

impl Body for Offer {
    const KIND: Kind = Kind::Offer;
    type Expected = ExpectedOffer;
}

impl Body for Request {
    const KIND: Kind = Kind::Request;
    type Expected = ExpectedRequest;
}

impl Body for Grant {
    const KIND: Kind = Kind::Grant;
    type Expected = ExpectedGrant;
}

/// A destination bucket and its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Destination {
    /// The bucket.
    #[schemars(with = "schema::BucketArn")]
    pub bucket: BucketArn,
    /// Where it is.
    #[schemars(with = "schema::Region")]
    pub region: Region,
    /// The key that replicas are to be under.
    #[schemars(with = "schema::KeyArn")]
    pub key: KeyArn,
    /// Whether default encryption uses a bucket key.
    pub bucket_key: bool,
    /// Its object ownership.
    pub object_ownership: Ownership,
    /// Whether it has Object Lock.
    pub object_lock: bool,
    /// Of which objects replicas are accepted.
    pub prefixes: Prefixes,
}

/// Who owns what others write into a bucket, in S3's words. A bucket without the setting has
/// `ObjectWriter`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[schemars(inline)]
pub enum Ownership {
    /// The bucket's owner; there are no access control lists.
    BucketOwnerEnforced,
    /// The bucket's owner, of what is written with `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// Who writes.
    ObjectWriter,
}

impl Ownership {
    /// In S3's words.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
        }
    }
}

impl std::str::FromStr for Ownership {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "BucketOwnerEnforced" => Ok(Self::BucketOwnerEnforced),
            "BucketOwnerPreferred" => Ok(Self::BucketOwnerPreferred),
            "ObjectWriter" => Ok(Self::ObjectWriter),
            _ => Err("object ownership is `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`"),
        }
    }
}

/// A source bucket, the role that replicates it, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Source {
    /// The bucket.
    #[schemars(with = "schema::BucketArn")]
    pub bucket: BucketArn,
    /// Where it is.
    #[schemars(with = "schema::Region")]
    pub region: Region,
    /// The role that S3 assumes.
    pub role: Role,
    /// Of which objects replicas will be sent.
    pub prefixes: Prefixes,
    /// Whether delete markers are to be replicated.
    pub delete_markers: bool,
    /// Whether replicas are to be given to the destination's account.
    pub owner_override: bool,
    /// Whether default encryption uses a bucket key.
    pub bucket_key: bool,
    /// Whether it has Object Lock.
    pub object_lock: bool,
}

/// A replication role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Role {
    /// The role.
    #[schemars(with = "schema::RoleArn")]
    pub arn: RoleArn,
    /// Its unique id. Absent if it is not made yet, which only a grant to `account-condition` allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "RoleId")]
    pub unique_id: Option<RoleId>,
}

/// What a destination has granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Granted {
    /// Whom the statements name.
    pub to: Grantee,
    /// The role that they are for, as it was requested.
    pub role: Role,
    /// When the statements were read back.
    #[schemars(with = "schema::Moment")]
    pub at: Moment,
    /// The key's policy.
    pub key_policy: Written,
    /// The bucket's policy.
    pub bucket_policy: Written,
}

/// Statements in a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Written {
    /// Their Sids, in ascending order.
    #[schemars(with = "Vec<Sid>", length(min = 1, max = 16))]
    pub sids: BTreeSet<Sid>,
    /// The digest of the policy that was read back.
    #[schemars(with = "schema::Digest")]
    pub digest: Digest,
}
