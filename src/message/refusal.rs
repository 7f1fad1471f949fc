//! Why a receiver refuses a message, and what to do about it.
//!
//! Deliberately absent: printing. All that is quoted was read, so nothing of it is hidden.

use std::fmt;

use super::body::Body;
use super::canonical::Digest;
use super::handoff::Message;
use super::head::{Grantee, Kind};
use super::moment::Moment;
use super::text::{Prefix, RoleId};
use crate::arn::{AccountId, BucketName, KeyArn, Partition, Region, RoleArn};

/// All that is refused about a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Refused {
    /// Which kind of message it is.
    pub kind: Kind,
    /// The account that it says to be from.
    pub from: AccountId,
    /// Never empty.
    pub refusals: Vec<Refusal>,
}

/// One reason, and the field that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The field, with dots.
    pub field: &'static str,
    /// The reason.
    pub why: Why,
}

/// A reason to refuse a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each says itself what it is, and its fields are what it says")]
pub enum Why {
    #[error("it is from account {found}, and the profile map expects account {expected}")]
    From { found: AccountId, expected: AccountId },
    #[error("it is for account {found}, and this is account {expected}")]
    To { found: AccountId, expected: AccountId },
    #[error("it is from and for the same account {0}, where nothing has to be handed over")]
    OneAccount(AccountId),
    #[error("this names account {found}, and should name account {expected}")]
    Account { found: AccountId, expected: AccountId },
    #[error("the link is of bucket {found} there, and of bucket {expected} in this profile map")]
    Link { found: BucketName, expected: BucketName },
    #[error("this is bucket {found}, and the link of the message is of bucket {expected}")]
    Bucket { found: BucketName, expected: BucketName },
    #[error("this is of partition {found}, and Region {region} is not")]
    Partition { found: Partition, region: Region },
    #[error("the bucket is in {found}, and in {expected} by this profile map")]
    Region { found: Region, expected: Region },
    #[error(
        "the key is in {found} and the bucket in {expected}: S3 encrypts with keys of the bucket's Region only"
    )]
    KeyRegion { found: Region, expected: Region },
    #[error("this profile map names another key: {expected}")]
    Key { expected: KeyArn },
    #[error("what is sent and what is accepted do not overlap: `{sent}` is sent, and accepted is {accepted}")]
    Disjoint { sent: Prefix, accepted: String },
    #[error("wider than what {who} accept: `{sent}` is sent, and accepted is {accepted}")]
    Wider { who: &'static str, sent: Prefix, accepted: String },
    #[error("it was made at {made}, longer ago than {} s", max_age.as_secs())]
    TooOld { made: Moment, max_age: std::time::Duration },
    #[error("it was made at {made}, and here it is {now}")]
    FromTheFuture { made: Moment, now: Moment },
    #[error("it answers another message: {found}; the one that was sent is {expected}")]
    AnotherQuestion { found: Digest, expected: Digest },
    #[error("it answers nothing; the message that was sent is {expected}")]
    NoAnswer { expected: Digest },
    #[error("it answers a message that was not sent from here: {found}")]
    NotAsked { found: Digest },
    #[error("role {found} is not one that this profile map allows: {allowed}")]
    RoleNotAllowed { found: RoleArn, allowed: String },
    #[error("it is for role {found}, and the request was for role {expected}")]
    AnotherRole { found: RoleArn, expected: RoleArn },
    #[error("the unique id is {}, and known here is {}", said(found.as_ref()), said(expected.as_ref()))]
    UniqueId { found: Option<RoleId>, expected: Option<RoleId> },
    #[error("it is missing: a grant to a role needs one that exists")]
    NoUniqueId,
    #[error("delete markers are to be replicated, and this profile map does not accept them")]
    DeleteMarkers,
    #[error("{}", if *.found {
        "replicas are to be given to this account, and this profile map does not want it"
    } else {
        "replicas would stay the other account's, and this profile map wants them given to this account"
    })]
    OwnerOverride { found: bool },
    #[error("the source has Object Lock and the destination has not: S3 does not replicate that")]
    ObjectLock,
    #[error("it is granted to `{found}`, and by this profile map to `{expected}`")]
    Grantee { found: Grantee, expected: Grantee },
    #[error("it is not what was offered")]
    NotAsOffered,
}

fn said(id: Option<&RoleId>) -> String {
    id.map_or_else(|| "none".to_owned(), ToString::to_string)
}

impl Refusal {
    /// What to do about it, when the other account is `them`.
    pub fn hint(&self, them: &AccountId) -> String {
        let again = format!("ask account {them} for a new one: `bucketbridge handoff export`");
        let agree = |what: &str| {
            format!(
                "agree on {what} with the team of account {them} and put it into both profile maps; then {again}"
            )
        };
        match &self.why {
            Why::Disjoint { .. } | Why::Wider { .. } => agree("the `prefix` of the link"),
            Why::DeleteMarkers => agree("`delete_markers`"),
            Why::OwnerOverride { .. } => agree("`owner_override`"),
            Why::Link { .. } | Why::From { .. } | Why::To { .. } => {
                agree("the accounts and the buckets of the link")
            }
            Why::Region { .. } => agree("the `region` of the bucket"),
            Why::Key { .. } => agree("the `key` of the bucket"),
            Why::Grantee { .. } => agree("`grant`"),
            Why::RoleNotAllowed { .. } => agree("the role's name and path"),
            Why::ObjectLock => {
                "turn Object Lock on for the destination bucket, or choose another one".to_owned()
            }
            Why::FromTheFuture { .. } => "put the clock right, here or there".to_owned(),
            Why::AnotherQuestion { .. }
            | Why::NoAnswer { .. }
            | Why::NotAsked { .. }
            | Why::AnotherRole { .. } => {
                format!(
                    "send account {them} the newest message of this side: `bucketbridge handoff export`; then {again}"
                )
            }
            Why::UniqueId { .. } => {
                format!(
                    "the role was made again, or is not the one that was meant: settle it with the team of account {them}"
                )
            }
            Why::NoUniqueId => {
                format!("grant with a condition on the account instead, or {again} when the role is made")
            }
            Why::NotAsOffered => format!("ask account {them} for a new offer: `bucketbridge handoff export`"),
            Why::OneAccount(_)
            | Why::Account { .. }
            | Why::Bucket { .. }
            | Why::Partition { .. }
            | Why::KeyRegion { .. }
            | Why::TooOld { .. } => again,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.field, self.why)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} from account {} is refused", self.kind, self.from)?;
        self.refusals.iter().try_for_each(|refusal| write!(f, "\n  {refusal}"))
    }
}

/// What is found while a message is checked.
#[derive(Debug, Default)]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn add(&mut self, field: &'static str, why: Why) {
        self.0.push(Refusal { field, why });
    }

    pub fn refused<B: Body>(self, message: &Message<B>) -> Refused {
        Refused { kind: B::KIND, from: message.head().from.clone(), refusals: self.0 }
    }
}
