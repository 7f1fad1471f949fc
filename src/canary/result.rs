//! What a canary proved about a link.

use serde::Serialize;

use crate::topology::LinkName;

/// What became of a link's canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkStatus {
    /// The replica is in the other account, and everything about it is as it should be.
    Replicated,
    /// S3 says `FAILED`, or never selected the canary.
    Failed,
    /// S3 still said `PENDING` at the deadline.
    Pending,
    /// A replica arrived, and something about it is wrong.
    WrongReplica,
    /// The canary was not put, or could not be judged; the problems say why.
    NotRun,
    /// S3 says `COMPLETED`, and only the other team sees the replica.
    Completed,
    /// It waits for the other team.
    Awaited,
}

impl LinkStatus {
    /// As tables and JSON print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Replicated => "replicated",
            Self::Failed => "failed",
            Self::Pending => "pending",
            Self::WrongReplica => "wrong-replica",
            Self::NotRun => "not-run",
            Self::Completed => "completed",
            Self::Awaited => "awaited",
        }
    }
}

/// Where to look when S3 refuses a canary and says nothing more.
pub const LOOK: &str = "a policy of either account, a key's state or the other bucket's settings refuse it; \
    `bucketbridge status` shows what differs from the profile map; where nothing does, look for a Deny in the other \
    statements of both bucket and key policies, for a permissions boundary of the role, and for policies of the \
    organization";

/// What to do when no rule takes a canary.
pub const NO_RULE: &str = "`bucketbridge apply` makes the rule";

/// The replica, as the destination account sees it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Replica {
    /// The key that it is under.
    pub key_arn: Option<String>,
    /// S3 keeps the version id of the source.
    pub version_id: Option<String>,
    /// The account that owns it, where S3 tells.
    pub owner: Option<String>,
}

/// What a check says of one link.
#[derive(Debug, Clone, Serialize)]
pub struct LinkResult {
    /// The link's entry in the profile map.
    pub link: LinkName,
    /// `bucket (account)`.
    pub from: String,
    /// `bucket (account)`.
    pub to: String,
    /// The verdict.
    pub status: LinkStatus,
    /// From the end of the put to the moment S3 was seen to be done, by the last poll.
    pub seconds: Option<f64>,
    /// What arrived.
    pub replica: Option<Replica>,
    /// What is wrong, or why nothing was run; in plain words, with the way out.
    pub problems: Vec<String>,
}

impl LinkResult {
    /// Takes out the advice for whoever knows nothing more: the cause is known by now.
    pub fn explained(&mut self) {
        self.problems.retain(|problem| ![LOOK, NO_RULE].iter().any(|advice| problem.ends_with(advice)));
    }
}
