//! The cases: set-ups reported in public, what became of them and why. The doctor has to say the same,
//! and what it prints as a cure has to cure them.
//!
//! `BUCKETBRIDGE_CASES` names another folder of such cases. Left out, and counted: cases whose sources
//! contradict each other. Where a case says that a doctor would have to look at organizations or at
//! whoever stores the rule, it may know nothing.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::super::finding::Severity;
use super::super::{Diagnosis, Question, Snapshot, Verdict, cured, diagnose};
use super::estate;

/// Cases with which the doctor disagrees for a reason.
const DISAGREED: &[(&str, &str)] = &[];

fn own_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sandbox/tests/cases")
}

/// The cases, by their id.
pub(super) fn all() -> Vec<Value> {
    of(std::env::var_os("BUCKETBRIDGE_CASES").map_or_else(own_folder, PathBuf::from))
}

/// The project's own, by their id.
pub(super) fn own() -> Vec<Value> {
    of(own_folder())
}

fn of(folder: PathBuf) -> Vec<Value> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder of cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    paths.sort();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a file");
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    paths.iter().map(read).collect()
}

/// What the doctor says of a snapshot of a case.
pub(super) fn judge(case: &Value, snapshot: &Snapshot) -> Diagnosis {
    let source = case["estate"]["source"]["bucket"].as_str().expect("a name");
    let question = Question { object: Some((estate::object_key(case), None)), ..Question::about(source) };
    diagnose(snapshot, &question)
}

fn codes(value: &Value) -> BTreeSet<String> {
    let causes = value.as_array().into_iter().flatten();
    causes.filter_map(|cause| cause["code"].as_str()).map(str::to_owned).collect()
}

fn found(diagnosis: &Diagnosis, severe: bool) -> BTreeSet<String> {
    let wanted = diagnosis.all_findings().filter(|f| !severe || f.severity == Severity::Error);
    wanted.map(|finding| finding.cause.to_owned()).collect()
}

fn verdict(word: &str) -> Verdict {
    match word {
        "works" => Verdict::Replicates,
        "fails" => Verdict::Fails,
        "skipped" => Verdict::NotSelected,
        other => panic!("no verdict: {other}"),
    }
}

/// How the doctor differs from the case.
fn differs(case: &Value, diagnosis: &Diagnosis) -> Vec<String> {
    let expected = &case["expected"];
    let mut differences = Vec::new();
    let needs = codes_of(&expected["needs"]);
    let excused = needs.contains("organizations") || needs.contains("caller");
    let (wanted, causes) = match expected["verdict"].as_str().expect("a verdict") {
        "rejected-by-api" => {
            let missing: Vec<String> =
                codes(&expected["causes"]).difference(&found(diagnosis, false)).cloned().collect();
            if !missing.is_empty() && !excused {
                differences.push(format!("does not find {missing:?}, found {:?}", found(diagnosis, false)));
            }
            let accepted = &expected["if_accepted"];
            let Some(word) = accepted["verdict"].as_str() else { return differences };
            (verdict(word), codes(&accepted["causes"]))
        }
        word => (verdict(word), codes(&expected["causes"])),
    };
    let unseen = causes.iter().all(|cause| cause == "scp-deny" || cause == "rcp-deny") && !causes.is_empty();
    if excused && (diagnosis.verdict == Verdict::Unknown || unseen) {
        return differences;
    }
    if diagnosis.verdict != wanted {
        differences.push(format!("says {:?}, not {wanted:?}; {:?}", diagnosis.verdict, diagnosis.unread));
        differences
            .extend(diagnosis.rules.iter().flat_map(|rule| &rule.unread).map(|u| format!("unread: {u:?}")));
    }
    let errors = found(diagnosis, true);
    // A cause that AWS refuses the document for may be named beside what comes of it.
    let refused = codes(&expected["causes"]);
    let too_many: Vec<&String> =
        errors.iter().filter(|e| !causes.contains(*e) && !refused.contains(*e)).collect();
    let too_few: Vec<&String> = causes.difference(&errors).collect();
    if !(too_many.is_empty() && too_few.is_empty()) {
        differences.push(format!("finds {too_many:?} and not {too_few:?}"));
    }
    let warnings = codes(&expected["warnings"]);
    let missed: Vec<String> = warnings.difference(&found(diagnosis, false)).cloned().collect();
    if !missed.is_empty() {
        differences.push(format!("does not warn of {missed:?}"));
    }
    differences
}

fn codes_of(value: &Value) -> BTreeSet<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[test]
fn the_doctor_agrees_with_what_was_reported() {
    let (mut agreed, mut disputed, mut problems) = (0, 0, String::new());
    for case in all() {
        let id = case["id"].as_str().expect("an id");
        if case["disputed"] == true {
            disputed += 1;
            continue;
        }
        let diagnosis = judge(&case, &estate::snapshot(&case));
        let differences = differs(&case, &diagnosis);
        if differences.is_empty() {
            agreed += 1;
        } else if !DISAGREED.iter().any(|(disagreed, _)| *disagreed == id) {
            let _ = writeln!(problems, "{id}:\n  {}", differences.join("\n  "));
        }
    }
    println!("cases: {agreed} agree, {} disagree for a reason, {disputed} disputed", DISAGREED.len());
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn what_the_doctor_prints_cures() {
    let (mut cured_cases, mut by_hand, mut problems) = (0, Vec::new(), String::new());
    for case in all() {
        let id = case["id"].as_str().expect("an id");
        let before = estate::snapshot(&case);
        let diagnosis = judge(&case, &before);
        if diagnosis.verdict != Verdict::Fails {
            continue;
        }
        for errors_only in [true, false] {
            let findings = diagnosis.all_findings().filter(|f| !errors_only || f.severity == Severity::Error);
            let changes: Vec<_> =
                findings.filter_map(|f| f.fix.as_ref()).flat_map(|fix| &fix.changes).collect();
            if changes.is_empty() {
                by_hand.push(id.to_owned());
                continue;
            }
            let after = judge(&case, &cured(&before, changes));
            if after.verdict == Verdict::Replicates {
                cured_cases += usize::from(errors_only);
            } else {
                let left = found(&after, true);
                let unread: Vec<_> = after.rules.iter().flat_map(|rule| &rule.unread).collect();
                let _ = writeln!(problems, "{id}: {:?} after the cure: {left:?} {unread:?}", after.verdict);
            }
        }
    }
    println!("cases: {cured_cases} cured, {} only by hand: {by_hand:?}", by_hand.len());
    assert!(problems.is_empty(), "\n{problems}");
}
