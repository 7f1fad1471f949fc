//! What became of a version under a rule, for tests and for people.
//!
//! The S3 API tells only `COMPLETED` or `FAILED`; this tells the code that
//! S3's events would carry, and the request that was refused.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-failure-codes.html>

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub bucket: String,
    pub key: String,
    pub version: String,
    /// The rule's id, or its number in the configuration if it has none.
    pub rule: String,
    pub destination: String,
    pub outcome: Outcome,
}

impl Verdict {
    pub(super) fn is_about_the_same(&self, other: &Verdict) -> bool {
        (&self.bucket, &self.key, &self.version, &self.rule)
            == (&other.bucket, &other.key, &other.version, &other.rule)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Outcome {
    /// Waiting for the delay to end.
    Pending,
    /// Not taken by the rule, and why.
    Skipped {
        reason: String,
    },
    /// The replica is there; `degraded` says what it lacks.
    Completed {
        degraded: Vec<String>,
    },
    Failed(Failure),
}

/// A failure as S3's events name it, with the request that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// `failureReason`, such as `DstPutObjectNotPermitted`.
    pub code: String,
    /// The refused request: action and resource, empty if none was made.
    pub action: String,
    pub resource: String,
    /// A sentence for people.
    pub detail: String,
}
