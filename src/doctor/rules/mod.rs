//! The rules of the doctor, a file each: what each looks for, in the vocabulary of `docs/doctor.md`.
//!
//! A new rule is a file and a line in [`RULES`]; a test wants an entry in the docs for each of its
//! causes.
//!
//! Deliberately absent: the verdict, which follows from the findings.

mod boundary;
mod bucket_policy_form;
mod configuration;
mod deny;
mod destination_bucket;
mod destination_bucket_policy;
mod destination_key_policy;
mod identity;
mod key_policy_form;
mod naming;
mod object;
mod place;
mod policy_form;
mod public_bucket_policy;
mod replica_key;
mod resource;
mod role;
mod role_destination;
mod role_keys;
mod role_source;
mod selection;
mod source_bucket;
mod source_key;
mod source_key_policy;
mod unused;

use super::finding::{Finding, Severity};
use super::hearing::Hearing;

/// A rule of the doctor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// Its id.
    pub id: &'static str,
    /// The causes that it can find.
    pub causes: &'static [&'static str],
    /// Looks for them.
    pub find: fn(&Hearing<'_>) -> Vec<Finding>,
}

/// All rules, in the order in which their findings are shown.
pub(super) const RULES: &[Rule] = &[
    source_bucket::RULE,
    selection::RULE,
    object::RULE,
    configuration::RULE,
    role::RULE,
    boundary::RULE,
    role_source::RULE,
    role_destination::RULE,
    role_keys::RULE,
    destination_bucket::RULE,
    destination_bucket_policy::RULE,
    public_bucket_policy::RULE,
    source_key::RULE,
    source_key_policy::RULE,
    replica_key::RULE,
    destination_key_policy::RULE,
    deny::RULE,
    policy_form::RULE,
    bucket_policy_form::RULE,
    key_policy_form::RULE,
    unused::RULE,
];

/// Causes because of which S3 passes over the object instead of failing.
pub(super) const NOT_SELECTED: &[&str] = &[
    "src-versioning-not-enabled",
    "rule-disabled",
    "rule-outranked",
    "rule-filter-prefix-mismatch",
    "rule-filter-tag-mismatch",
    "rule-kms-objects-not-selected",
    "rule-delete-marker-not-replicated",
    "object-existed-before-rule",
    "object-is-replica",
    "object-archived-storage-class",
    "object-lifecycle-action",
    "object-missing",
];

/// The cause of a refusal that no rule explains.
pub(super) const UNEXPLAINED: &str = "request-not-allowed";

/// Causes that concern the bucket, or no rule of the doctor.
const OF_NO_RULE: &[&str] = &["src-bucket-missing", "src-replication-missing", UNEXPLAINED];

/// Every cause that there is.
pub(super) fn causes() -> impl Iterator<Item = &'static str> {
    RULES.iter().flat_map(|rule| rule.causes).chain(OF_NO_RULE).copied()
}

/// What all rules find, in order, each place once.
pub(super) fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for rule in RULES {
        for mut finding in (rule.find)(hearing) {
            finding.rule = rule.id;
            match findings.iter_mut().find(|known| known.is_same(&finding)) {
                Some(known) => known.absorb(finding),
                None => findings.push(finding),
            }
        }
    }
    if findings.iter().all(|finding| finding.severity != Severity::Error) {
        findings.extend(unexplained(hearing));
    }
    findings
}

/// A request that is refused is never passed over, even if no rule has a name for why.
fn unexplained(hearing: &Hearing<'_>) -> Option<Finding> {
    let heard = hearing.refused().find(|heard| heard.decides)?;
    let what = format!("{} is not allowed on {}", heard.request.action, heard.request.resource);
    let mut finding =
        Finding::error(UNEXPLAINED, hearing.scene.role_account(), &heard.request.resource, what);
    finding.rule = "unexplained";
    finding.asked = Some(heard.asked.clone());
    finding.aws_reason = heard.step.aws_reason();
    Some(finding)
}
