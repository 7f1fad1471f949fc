//! What the doctor answers: for a bucket, for each of its rules.
//!
//! Deliberately absent: words for a person beyond a sentence each, and how it looks.

use serde::Serialize;

use crate::iam::evaluate::Decision;

use super::finding::{Asked, Finding};
use super::snapshot::Unread;

/// Whether S3 replicates what was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It does.
    Replicates,
    /// It tries, and cannot.
    Fails,
    /// It passes over the object, without a word.
    NotSelected,
    /// Something could not be read that decides.
    Unknown,
}

/// What is said of a source bucket.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The bucket.
    pub source: String,
    /// The account that owns it, where known.
    pub account: Option<String>,
    /// Of all rules together: see [`Diagnosis::verdict`].
    pub verdict: Verdict,
    /// What concerns no rule alone.
    pub findings: Vec<Finding>,
    /// Each rule, in the order of the configuration.
    pub rules: Vec<RuleDiagnosis>,
    /// What could not be read and concerns no rule alone.
    pub unread: Vec<Unread>,
    /// What nobody can read with the permissions of two accounts, and what may therefore be wrong
    /// although everything here looks right.
    pub limits: Vec<&'static str>,
}

/// What is said of a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleDiagnosis {
    /// Its id, if it has one.
    pub id: Option<String>,
    /// Its place in the configuration, from 0.
    pub index: usize,
    /// The destination bucket, as far as the rule names one.
    pub destination: String,
    /// The account that owns the destination, where known.
    pub destination_account: Option<String>,
    /// The object that was judged.
    pub object: JudgedObject,
    /// Whether it replicates.
    pub verdict: Verdict,
    /// Why, and what else is to say, errors first.
    pub findings: Vec<Finding>,
    /// What could not be read: never empty where the verdict is unknown.
    pub unread: Vec<Unread>,
    /// Each request that S3 makes, with the whole reasoning.
    pub requests: Vec<JudgedRequest>,
}

/// The object that a rule was judged for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JudgedObject {
    /// Whether nobody named it: then it is one such as the source bucket gets by default.
    pub assumed: bool,
    /// Its key.
    pub key: String,
    /// Its version.
    pub version_id: Option<String>,
    /// `AES256`, `aws:kms`, `aws:kms:dsse`, `customer`; none if it is not encrypted, or if that is not
    /// known.
    pub encryption: Option<String>,
    /// The ARN of its KMS key.
    pub kms_key: Option<String>,
    /// Whether it uses a bucket key.
    pub bucket_key: bool,
}

/// A request of S3 and what the documents answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedRequest {
    /// What S3 does with it: `read the object`.
    pub step: &'static str,
    /// The request.
    pub asked: Asked,
    /// The answer, statement by statement, element by element.
    pub decision: Decision,
}

impl Diagnosis {
    /// The verdict over all rules: unless every rule replicates or selects nothing, the worst. Where no
    /// rule selects the object, it is not selected.
    pub(super) fn over(rules: &[RuleDiagnosis]) -> Verdict {
        let any = |verdict| rules.iter().any(|rule| rule.verdict == verdict);
        if any(Verdict::Fails) {
            Verdict::Fails
        } else if any(Verdict::Unknown) {
            Verdict::Unknown
        } else if any(Verdict::Replicates) {
            Verdict::Replicates
        } else {
            Verdict::NotSelected
        }
    }

    /// All findings, those of no rule first.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().chain(self.rules.iter().flat_map(|rule| &rule.findings))
    }
}
