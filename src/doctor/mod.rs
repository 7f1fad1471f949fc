//! Why a replication fails: from what was read in the accounts, the requests that S3 makes, what the
//! documents answer, and for each replication rule whether it replicates, with every cause why not.
//!
//! Deliberately absent: reading anything ([`Snapshot`] is what others read), and how a finding looks.

mod configuration;
pub mod finding;
pub mod fix;
mod question;
pub mod snapshot;
pub mod verdict;

pub use finding::{Answered, Asked, Finding, Severity, StatementName};
pub use fix::{Change, DocumentName, Fix};
pub use question::{Question, Want};
pub use snapshot::{Read, Snapshot, Unread};
pub use verdict::{Diagnosis, JudgedObject, JudgedRequest, RuleDiagnosis, Verdict};

/// Judges all rules that the question is about.
pub fn diagnose(snapshot: &Snapshot, question: &Question<'_>) -> Diagnosis {
    let _ = snapshot;
    Diagnosis {
        source: question.source.to_owned(),
        account: None,
        verdict: Verdict::Unknown,
        findings: Vec::new(),
        rules: Vec::new(),
        unread: Vec::new(),
        limits: Vec::new(),
    }
}
