//! `docs/output.md` is the contract of the JSON: every key that a report can have is in it.

use serde_json::Value;

use super::*;

#[test]
fn every_key_is_documented() {
    let paper = include_str!("../../docs/output.md");
    for report in sample::all() {
        let text = render(&report, Format::Json, Look::default());
        let value: Value = serde_json::from_str(&text).expect("JSON");
        keys(&value, &mut |key| {
            assert!(
                paper.contains(&format!("`{key}`")) || paper.contains(&format!("`{key}[]`")),
                "docs/output.md does not say what `{key}` is"
            );
        });
    }
}

#[test]
fn a_finding_has_the_keys_of_version_1() {
    let report = sample::all().into_iter().find(|report| matches!(report, Report::Doctor(_)));
    let text = render(&report.expect("a report"), Format::Json, Look::default());
    let value: Value = serde_json::from_str(&text).expect("JSON");
    let keys = [
        "rule",
        "severity",
        "cause",
        "account",
        "resource",
        "document",
        "statement",
        "asked",
        "answered",
        "aws_reason",
        "fix",
    ];
    let finding = value["links"][0]["findings"][0].as_object().expect("a finding");
    keys.iter().for_each(|key| assert!(finding.contains_key(*key), "{key}"));
    for key in ["sid", "index"] {
        assert!(finding["statement"].get(key).is_some(), "{key}");
    }
}

#[test]
fn the_keys_of_version_1_are_there() {
    let wanted = [
        ("accounts", "accounts", &["name", "id", "arn", "ok", "error"][..]),
        ("plan", "changes", &["account", "kind", "name", "action", "details"]),
        ("apply", "steps", &["account", "kind", "name", "outcome", "arn", "error", "blocked_by", "seconds"]),
        ("apply", "links", &["link", "status", "seconds", "replica", "problems"]),
        ("check", "links", &["link", "status", "seconds", "replica", "problems"]),
        ("status", "resources", &["account", "kind", "name", "state", "differences"]),
        ("remove", "changes", &["account", "kind", "name", "action", "details", "notes"]),
        ("remove", "steps", &["account", "kind", "name", "outcome", "arn", "error", "blocked_by", "seconds"]),
        ("status", "links", &["link", "agrees", "problems"]),
        ("doctor", "links", &["link", "source", "destination", "verdict", "findings"]),
    ];
    let values: Vec<Value> = sample::all()
        .iter()
        .map(|r| serde_json::from_str(&render(r, Format::Json, Look::default())).expect("JSON"))
        .collect();
    for (command, list, keys) in wanted {
        let report = values.iter().find(|v| v["command"] == command).expect(command);
        assert_eq!(report["version"], 1);
        for entry in report[list].as_array().expect(list) {
            keys.iter().for_each(|key| assert!(entry.get(key).is_some(), "{command} {list} {key}"));
        }
    }
}

/// Of these only the name is ours: documents and condition keys are AWS's, and what a decision is made
/// of is the evaluator's.
const NOT_OURS: [&str; 7] = ["before", "after", "context", "statement", "policy", "trust", "decision"];

/// Keys of the shape.
fn keys(value: &Value, say: &mut impl FnMut(&str)) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                say(key);
                if !NOT_OURS.contains(&key.as_str()) {
                    keys(value, say);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|v| keys(v, say)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
