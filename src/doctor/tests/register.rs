//! Holds the table of rules, the page and the worlds in step: every cause is fired by a world, is
//! silent in the healthy one, and has its entry; and what is printed as its cure cures it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::super::finding::Severity;
use super::super::rules::{NOT_SELECTED, UNEXPLAINED};
use super::super::{Diagnosis, Verdict, causes, cured};
use super::cases::judge;
use super::estate;
use super::world::{broken, healthy};
use super::worlds::WORLDS;

fn found(diagnosis: &Diagnosis, errors: bool) -> BTreeSet<&'static str> {
    let findings = diagnosis.all_findings().filter(|f| !errors || f.severity == Severity::Error);
    findings.map(|finding| finding.cause).collect()
}

#[test]
fn a_healthy_world_is_silent() {
    let case = healthy();
    let diagnosis = judge(&case, &estate::snapshot(&case));
    assert_eq!(diagnosis.verdict, Verdict::Replicates, "{:?}", diagnosis.rules);
    assert_eq!(found(&diagnosis, false), BTreeSet::new());
}

#[test]
fn every_cause_has_its_world() {
    let mut problems = String::new();
    for world in WORLDS {
        let case = broken(world);
        let before = estate::snapshot(&case);
        let diagnosis = judge(&case, &before);
        let errors = found(&diagnosis, true);
        let all = found(&diagnosis, false);
        let alone = errors.iter().all(|error| *error == world.cause);
        if diagnosis.verdict != world.verdict || !all.contains(world.cause) || !alone {
            let unread: Vec<_> = diagnosis.rules.iter().flat_map(|rule| &rule.unread).collect();
            let _ = writeln!(
                problems,
                "{}: {:?}, errors {errors:?}, all {all:?}, {unread:?}",
                world.cause, diagnosis.verdict
            );
            continue;
        }
        let severities = diagnosis.all_findings().filter(|f| f.severity == Severity::Error);
        for finding in severities {
            let fix = finding.fix.as_ref().unwrap_or_else(|| panic!("{} has no fix", finding.cause));
            let after = judge(&case, &cured(&before, &fix.changes));
            if !fix.changes.is_empty() && after.verdict != Verdict::Replicates {
                let left: Vec<_> = after.all_findings().map(|f| (f.cause, &f.what)).collect();
                let _ = writeln!(problems, "{}: {:?} after the cure: {left:?}", world.cause, after.verdict);
            }
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn table_page_and_worlds_are_in_step() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/doctor.md")).expect("a page");
    let entries: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`')).collect();
    let causes = causes();
    assert_eq!(causes.difference(&entries).collect::<Vec<_>>(), Vec::<&&str>::new(), "without an entry");
    assert_eq!(entries.difference(&causes).collect::<Vec<_>>(), Vec::<&&str>::new(), "entries of nothing");
    let worlds: BTreeSet<&str> = WORLDS.iter().map(|world| world.cause).collect();
    let without: Vec<_> = causes.difference(&worlds).filter(|cause| **cause != UNEXPLAINED).collect();
    assert_eq!(without, Vec::<&&str>::new(), "without a world");
    assert!(NOT_SELECTED.iter().all(|cause| causes.contains(cause)));
}
