//! The verdict: the findings of each rule as things are, and what comes to light once these are cured.
//!
//! A cause can hide another: behind a Deny there may be no Allow. So the cures of what was found are
//! carried out on a copy of the snapshot, and the copy is judged, until nothing new comes up. What a
//! replaced key or role then lacks is part of the cure that replaced it.
//!
//! Deliberately absent: any single cause. The rules have those.

use super::configuration::{Configuration, Rule};
use super::cure::Cure;
use super::finding::{Finding, Severity};
use super::fix::{Change, Fix};
use super::hearing::Hearing;
use super::question::Question;
use super::rules::{self, NOT_SELECTED};
use super::scene::Scene;
use super::snapshot::{Bucket, Read, Snapshot, Unread};
use super::subject::Sse;
use super::verdict::{Diagnosis, RuleDiagnosis, Verdict};

/// What can stop a replication and cannot be read with the permissions of two accounts.
const LIMITS: &[&str] = &[
    "service control policies over the source account and resource control policies over the destination account \
     were not judged: nobody outside their organizations' management can read them",
    "policies of VPC endpoints were not judged: S3 replicates through no endpoint of the customer's",
];

/// More rounds than any chain of causes has.
const MOST_ROUNDS: usize = 8;

pub(super) fn diagnose(snapshot: &Snapshot, question: &Question<'_>) -> Diagnosis {
    let mut diagnosis = Diagnosis {
        source: question.source.to_owned(),
        account: None,
        verdict: Verdict::Unknown,
        findings: Vec::new(),
        rules: Vec::new(),
        unread: Vec::new(),
        limits: LIMITS.to_vec(),
    };
    let source = match snapshot.bucket(question.source) {
        Read::Known(bucket) => bucket,
        Read::Unread(unread) => {
            diagnosis.unread.push(unread);
            return diagnosis;
        }
        Read::Absent => {
            let what = format!("source bucket {} does not exist", question.source);
            diagnosis.findings.push(of_bucket("src-bucket-missing", question.source, None, what));
            diagnosis.verdict = Verdict::Fails;
            return diagnosis;
        }
    };
    diagnosis.account = source.owner.known().cloned();
    let account = diagnosis.account.as_deref();
    let missing = |what: String| of_bucket("src-replication-missing", question.source, account, what);
    let configuration = match &source.replication {
        Read::Known(xml) => Configuration::parse(xml),
        Read::Absent => {
            let what = format!("bucket {} has no replication configuration", question.source);
            let finding = missing(what).reason("SrcBucketReplicationConfigMissing");
            diagnosis.findings.push(finding);
            diagnosis.verdict = Verdict::NotSelected;
            return diagnosis;
        }
        Read::Unread(unread) => {
            diagnosis.unread.push(unread.clone());
            return diagnosis;
        }
    };
    let Some(configuration) = configuration else {
        let why = format!("the replication configuration of bucket {} cannot be read", question.source);
        diagnosis.unread.push(Unread { why, ..Unread::default() });
        return diagnosis;
    };
    for rule in &configuration.rules {
        if question.destination.is_none_or(|wanted| wanted == rule.destination_name()) {
            diagnosis.rules.push(judge_rule(snapshot, question, &configuration, source, rule));
        }
    }
    if let (true, Some(wanted)) = (diagnosis.rules.is_empty(), question.destination) {
        let what = format!("no rule of bucket {} replicates to bucket {wanted}", question.source);
        diagnosis.findings.push(missing(what));
    }
    diagnosis.verdict = Diagnosis::over(&diagnosis.rules);
    diagnosis
}

fn of_bucket(cause: &'static str, bucket: &str, account: Option<&str>, what: String) -> Finding {
    let fix = match cause {
        "src-bucket-missing" => format!("make bucket {bucket}, or name one that exists"),
        _ => "add a rule to the bucket's replication configuration".to_owned(),
    };
    let mut finding = Finding::error(cause, account, format!("arn:aws:s3:::{bucket}"), what);
    finding.rule = "bucket";
    finding.fix(Fix::by_hand(fix).by_apply())
}

fn judge_rule(
    snapshot: &Snapshot,
    question: &Question<'_>,
    configuration: &Configuration,
    source: &Bucket,
    rule: &Rule,
) -> RuleDiagnosis {
    let hearing = Hearing::of(Scene::of(snapshot, question, configuration, rule, source));
    let mut findings = rules::find(&hearing);
    let verdict = verdict(&hearing, &findings);
    further(snapshot, question, rule.index, verdict, &mut findings);
    findings.extend(under_kms(&hearing, question, &findings));
    if verdict == Verdict::NotSelected {
        for finding in &mut findings {
            if finding.severity == Severity::Error && !NOT_SELECTED.contains(&finding.cause) {
                finding.severity = Severity::Warning;
            }
        }
    }
    findings.sort_by_key(|finding| finding.severity);
    remark(&mut findings);
    let scene = &hearing.scene;
    RuleDiagnosis {
        id: rule.id.clone(),
        index: rule.index,
        destination: scene.destination_name.to_owned(),
        destination_account: scene.destination_account().map(str::to_owned),
        object: scene.subject.judged(),
        verdict,
        requests: hearing.judged(),
        findings,
        unread: hearing.unread,
    }
}

/// What is no error does not fail, so that S3 reports nothing of it; and it does not print again what
/// cures an error.
fn remark(findings: &mut [Finding]) {
    let errors = findings.partition_point(|finding| finding.severity == Severity::Error);
    let (errors, remarks) = findings.split_at_mut(errors);
    for finding in remarks {
        finding.aws_reason = None;
        let Some(fix) = finding.fix.as_mut().filter(|fix| !fix.changes.is_empty()) else { continue };
        let mut covered = None;
        for error in &*errors {
            let Some(printed) = &error.fix else { continue };
            let before = fix.changes.len();
            fix.changes.retain(|change| !printed.changes.contains(change));
            if fix.changes.len() < before {
                covered = covered.or(Some((error.cause, printed.apply)));
            }
        }
        if let Some((cause, apply)) = covered.filter(|_| fix.changes.is_empty()) {
            *fix = Fix { apply, ..Fix::by_hand(format!("what cures {cause} cures this too")) };
        }
    }
}

/// Where new objects get SSE-S3 by default and the rule selects those of KMS keys too: what would keep
/// one of these, written with a key of its own, from replicating.
fn under_kms(hearing: &Hearing<'_>, question: &Question<'_>, known: &[Finding]) -> Vec<Finding> {
    let scene = &hearing.scene;
    let both = question.object.is_none() && scene.subject.sse == Sse::S3 && scene.rule.selects_kms();
    if !both {
        return Vec::new();
    }
    let other = Hearing::of(scene.with_subject(question, scene.subject.under_kms()));
    let mut found = rules::find(&other);
    found.retain(|f| f.severity == Severity::Error && !known.iter().any(|known| known.is_same(f)));
    for finding in &mut found {
        finding.severity = Severity::Warning;
        finding.what = format!("of an object that is written with a KMS key: {}", finding.what);
    }
    found
}

fn verdict(hearing: &Hearing<'_>, findings: &[Finding]) -> Verdict {
    let mut errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
    if errors.clone().any(|finding| NOT_SELECTED.contains(&finding.cause)) {
        Verdict::NotSelected
    } else if errors.next().is_some() {
        Verdict::Fails
    } else if hearing.unread.is_empty() {
        Verdict::Replicates
    } else {
        Verdict::Unknown
    }
}

/// Adds what only shows once the rest is cured.
fn further(
    snapshot: &Snapshot,
    question: &Question<'_>,
    index: usize,
    verdict: Verdict,
    findings: &mut Vec<Finding>,
) {
    if matches!(verdict, Verdict::Replicates | Verdict::Unknown) {
        return;
    }
    let mut cure = Cure::of(snapshot);
    let mut carried: Vec<Change> = Vec::new();
    for _ in 0..MOST_ROUNDS {
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
        let changes: Vec<Change> = errors
            .filter_map(|finding| finding.fix.as_ref())
            .flat_map(|fix| fix.changes.iter().cloned())
            .filter(|change| !carried.contains(change))
            .collect();
        if changes.is_empty() {
            return;
        }
        for change in &changes {
            cure.carry_out(change);
        }
        carried.extend(changes);
        let state = cure.snapshot();
        let Read::Known(source) = state.bucket(question.source) else { return };
        let parsed = source.replication.known().and_then(|xml| Configuration::parse(xml));
        let Some((configuration, source)) = parsed.zip(Some(source)) else { return };
        let Some(rule) = configuration.rules.get(index) else { return };
        let hearing = Hearing::of(Scene::of(state, question, &configuration, rule, source));
        // That no rule took the version is what the first causes came to, and no cause beside them.
        let is_new = |f: &Finding| f.severity == Severity::Error && f.cause != "object-existed-before-rule";
        for finding in rules::find(&hearing).into_iter().filter(is_new) {
            add(findings, finding);
        }
    }
}

fn add(findings: &mut Vec<Finding>, finding: Finding) {
    if let Some(known) = findings.iter_mut().find(|known| known.is_same(&finding)) {
        known.absorb(finding);
        return;
    }
    let replaces = |finding: &&mut Finding| {
        finding.severity == Severity::Error
            && finding.fix.as_ref().is_some_and(|fix| fix.changes.iter().any(Change::replaces))
    };
    // The last one, because cures are carried out in their order.
    match (findings.iter_mut().rfind(replaces).and_then(|known| known.fix.as_mut()), finding.fix.clone()) {
        (Some(fix), Some(theirs)) => fix.absorb(theirs),
        _ => findings.push(finding),
    }
}
