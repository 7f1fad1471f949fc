//! Why a replication fails: from what was read in the accounts, the requests that S3 makes, what the
//! documents answer, and for each replication rule whether it replicates, with every cause why not.
//!
//! Deliberately absent: reading anything ([`Snapshot`] is what others read), and how a finding looks.

mod configuration;
mod context;
mod cure;
pub mod finding;
pub mod fix;
mod grants;
mod hearing;
mod judge;
mod lack;
mod papers;
mod question;
mod rewrite;
mod rules;
mod scene;
pub mod snapshot;
mod step;
mod subject;
#[cfg(test)]
mod tests;
pub mod verdict;

pub use finding::{Answered, Asked, Finding, Severity, StatementName};
pub use fix::{Change, DocumentName, Fix};
pub use question::{Question, Want};
pub use snapshot::{Read, Snapshot, Unread};
pub use verdict::{Diagnosis, JudgedObject, JudgedRequest, RuleDiagnosis, Verdict};

/// Judges all rules that the question is about.
pub fn diagnose(snapshot: &Snapshot, question: &Question<'_>) -> Diagnosis {
    judge::diagnose(snapshot, question)
}

/// Every cause that a finding can have; `docs/doctor.md` has an entry for each.
pub fn causes() -> std::collections::BTreeSet<&'static str> {
    rules::causes().collect()
}

/// The snapshot as it would be once these changes were made.
#[must_use]
pub fn cured<'a>(snapshot: &Snapshot, changes: impl IntoIterator<Item = &'a Change>) -> Snapshot {
    let mut cure = cure::Cure::of(snapshot);
    changes.into_iter().for_each(|change| cure.carry_out(change));
    cure.snapshot().clone()
}
