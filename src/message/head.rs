//! What every message has: of which link it is, between which accounts, who made it, what it answers.
//!
//! Deliberately absent: what it says. That is its body.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::caller::CallerArn;
use super::canonical::Digest;
use super::fields::Fields;
use super::malformed::Malformed;
use super::moment::Moment;
use super::schema;
use super::text::{Label, Program};
use crate::arn::{AccountId, BucketName};

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Kind {
    /// Destination to source: there is a bucket with a key.
    Offer,
    /// Source to destination: this role is to be granted.
    Request,
    /// Destination to source: it is granted.
    Grant,
}

impl Kind {
    /// As it stands in a message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Request => "request",
            Self::Grant => "grant",
        }
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Whom the statements of a destination name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Grantee {
    /// The role: it has to be there before it is named, and is named again when it was made again.
    Role,
    /// The source's account, with a condition `aws:PrincipalArn` on the role's ARN: the role may come
    /// later.
    AccountCondition,
}

impl Grantee {
    /// As it stands in a message.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::AccountCondition => "account-condition",
        }
    }
}

impl std::str::FromStr for Grantee {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "role" => Ok(Self::Role),
            "account-condition" => Ok(Self::AccountCondition),
            _ => Err("grants are to `role` or to `account-condition`"),
        }
    }
}

impl std::fmt::Display for Grantee {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which link a message is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LinkMark {
    /// What its maker calls the link. For people: a link is known by its two buckets.
    pub name: Label,
    /// The bucket that replicates.
    #[schemars(with = "schema::BucketName")]
    pub source_bucket: BucketName,
    /// The bucket that it replicates to.
    #[schemars(with = "schema::BucketName")]
    pub destination_bucket: BucketName,
}

/// Who made a message, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Made {
    /// When, in UTC.
    #[schemars(with = "schema::Moment")]
    pub at: Moment,
    /// Who, as `sts:GetCallerIdentity` says. It is in the account that the message is from.
    #[schemars(with = "schema::Caller")]
    pub by: CallerArn,
    /// With which program.
    pub with: Program,
}

impl Made {
    /// With this program.
    pub fn new(at: Timestamp, by: CallerArn) -> Self {
        Self { at: at.into(), by, with: Program::this() }
    }
}

/// What every message has beside its version, its kind and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Head {
    /// Which link it is of.
    pub link: LinkMark,
    /// The account of the team that made it.
    #[schemars(with = "schema::AccountId")]
    pub from: AccountId,
    /// The account of the team that it is for.
    #[schemars(with = "schema::AccountId")]
    pub to: AccountId,
    /// Who made it, and when.
    pub made: Made,
    /// The digest of the message that it answers: a request that of an offer, a grant that of a request.
    /// Absent in an offer, and in a request that comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "schema::Digest")]
    pub answers: Option<Digest>,
}

impl Head {
    pub(super) fn read(fields: &mut Fields) -> Result<Self, Malformed> {
        Ok(Self {
            link: fields.section("link", |fields| {
                Ok(LinkMark {
                    name: fields.text("name")?,
                    source_bucket: fields.text("source_bucket")?,
                    destination_bucket: fields.text("destination_bucket")?,
                })
            })?,
            from: fields.text("from")?,
            to: fields.text("to")?,
            made: fields.section("made", |fields| {
                Ok(Made { at: fields.text("at")?, by: fields.arn("by")?, with: fields.text("with")? })
            })?,
            answers: fields.optional("answers")?,
        })
    }
}
