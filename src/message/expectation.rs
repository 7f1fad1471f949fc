//! What a receiver knows: from its own profile map, its own accounts, and the messages that it kept.
//!
//! Deliberately absent: finding it out.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use super::body::{Destination, Role};
use super::canonical::Digest;
use super::head::Grantee;
use super::prefixes::Prefixes;
use super::text::RoleId;
use crate::arn::{AccountId, BucketName, KeyArn, NameError, Region, RoleArn};

/// What every receiver knows, whatever it waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// Its own account.
    pub us: AccountId,
    /// The account of the other team, as its own profile map says.
    pub them: AccountId,
    /// The link's source.
    pub source_bucket: BucketName,
    /// The link's destination.
    pub destination_bucket: BucketName,
    /// The Region of the other team's bucket, if the profile map says.
    pub their_region: Option<Region>,
    /// What this side sends or accepts, of all its links between the two buckets.
    pub prefixes: Prefixes,
    /// Whether its own bucket has Object Lock, if it is known.
    pub object_lock: Option<bool>,
    /// What time it is.
    pub now: Timestamp,
    /// How old a message may be; a kept one that is read again may be of any age.
    pub max_age: Option<Duration>,
}

/// What a source compares an offer with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedOffer {
    /// What every receiver knows.
    pub receiver: Receiver,
    /// The destination's key, if the profile map names it by its ARN.
    pub key: Option<KeyArn>,
}

/// What a destination compares a request with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedRequest {
    /// What every receiver knows.
    pub receiver: Receiver,
    /// Which roles of the other account may be granted; unset: any.
    pub role: Option<AllowedRole>,
    /// The unique id of the role, if an earlier request said it.
    pub unique_id: Option<RoleId>,
    /// How the destination is going to grant.
    pub grantee: Grantee,
    /// Whether delete markers are accepted.
    pub delete_markers: bool,
    /// Whether replicas are to be given to the destination's account.
    pub owner_override: bool,
    /// The digest of the offer that was sent. Unset: the request comes first.
    pub asked: Option<Digest>,
}

/// What a source compares a grant with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedGrant {
    /// What every receiver knows.
    pub receiver: Receiver,
    /// The destination's key, if the profile map names it by its ARN.
    pub key: Option<KeyArn>,
    /// Whom the statements are to name.
    pub grantee: Grantee,
    /// What was offered, if there was an offer: the grant says it again.
    pub offered: Option<Destination>,
    /// The role that was requested to be granted, as the request said it.
    pub role: Role,
    /// The digest of the request that was sent.
    pub asked: Digest,
}

/// Which roles of the other account a destination grants to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedRole {
    /// This one.
    Exactly(RoleArn),
    /// Those whose path and name a glob matches: `/replication/*`. `*` stops at `/`, `**` does not.
    Like(String),
}

impl AllowedRole {
    /// Whether the role is one of them. Its account is compared elsewhere.
    pub fn allows(&self, role: &RoleArn) -> bool {
        match self {
            Self::Exactly(allowed) => allowed == role,
            Self::Like(glob) => glob_match::glob_match(glob, &format!("{}{}", role.path, role.name)),
        }
    }
}

/// An ARN, or a glob that begins with `/`.
impl FromStr for AllowedRole {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.starts_with('/') { Ok(Self::Like(text.to_owned())) } else { text.parse().map(Self::Exactly) }
    }
}

impl fmt::Display for AllowedRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(role) => role.fmt(f),
            Self::Like(glob) => f.pad(glob),
        }
    }
}
