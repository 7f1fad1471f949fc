//! Statement files: read beside the profile map, and blamed in their own place.

use std::path::Path;

use serde_json::json;

use super::super::{Problems, load};
use super::BASE;
use crate::topology::Topology;

fn with_file(content: &[u8]) -> Result<Topology, Problems> {
    with_file_and("", content)
}

fn with_file_and(head: &str, content: &[u8]) -> Result<Topology, Problems> {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("policies")).expect("a folder");
    std::fs::write(folder.path().join("policies/key.json"), content).expect("written");
    let map = folder.path().join("profiles.toml");
    let entry = "[keys.\"alias/orders\"]\nstatements = \"policies/key.json\"\n";
    std::fs::write(&map, format!("{head}{BASE}{entry}")).expect("written");
    load(&map)
}

fn good(sid: &str) -> serde_json::Value {
    json!({"Sid": sid, "Effect": "Allow", "Principal": {"Service": "cloudfront.amazonaws.com"},
           "Action": "kms:Decrypt", "Resource": "*"})
}

/// Each problem as file name, line, column and message.
fn problems(content: &str) -> Vec<String> {
    let problems = with_file(content.as_bytes()).expect_err(content);
    let spelt = |p: super::Problem| {
        let file = Path::new(&p.file).file_name().unwrap_or_default().to_string_lossy().into_owned();
        format!("{file}:{}:{}: {}", p.line, p.column, p.message)
    };
    problems.iter().map(spelt).collect()
}

#[test]
fn statements_are_kept_word_for_word() {
    let one = good("A");
    let two = json!([good("A"), good("B b")]);
    let policy = json!({"Version": "2012-10-17", "Statement": two});
    let single = json!({"Statement": one});
    for (document, expected) in
        [(&one, json!([one])), (&two, two.clone()), (&policy, two.clone()), (&single, json!([one]))]
    {
        let topology = with_file(document.to_string().as_bytes()).expect("no problem");
        let statements: Vec<_> = topology.keys.values().flat_map(|key| key.statements.clone()).collect();
        assert_eq!(json!(statements), expected);
    }
    let marked = with_file(format!("\u{feff}{}", good("bucketbridge")).as_bytes());
    assert!(marked.is_ok(), "only the marker itself is taken, and a byte order mark is no part of the text");
}

#[test]
fn problems_name_the_statement_file() {
    assert_eq!(problems("[1,\n 2"), ["key.json:2:2: no JSON: EOF while parsing a list"]);
    assert_eq!(problems(""), ["key.json:1:1: no JSON: EOF while parsing a value"]);
    assert_eq!(problems("[]"), ["key.json:1:1: there is no statement in this file"]);
    assert_eq!(problems("7"), ["key.json:1:1: statement 1 is no object"]);
    let bad = json!([
        good("A"),
        {"Effect": "allow", "Action": {"x": [{"y": 1}]}, "Sid": "\"[{"},
        good("A"),
        good("BucketbridgeX"),
        {"Effect": "Deny", "NotPrincipal": "*", "NotAction": "*", "NotResource": "*"},
    ]);
    let lines: Vec<String> = serde_json::from_value::<Vec<serde_json::Value>>(bad)
        .expect("a list")
        .iter()
        .map(ToString::to_string)
        .collect();
    let expected = [
        "key.json:3:1: statement 2 needs an `Effect` of `Allow` or `Deny`",
        "key.json:3:1: statement 2 needs `Principal` or `NotPrincipal`",
        "key.json:3:1: statement 2 needs `Resource` or `NotResource`",
        "key.json:4:1: statement 3 has the `Sid` `A` of another one",
        "key.json:5:1: statement 4 has a `Sid` that begins with `Bucketbridge`",
        "key.json:6:1: statement 5 needs a `Sid`",
    ];
    assert_eq!(problems(&format!("[\n{}\n]", lines.join(",\n"))), expected);
    let in_policy = format!("{{\"Version\": \"x\", \"Statement\": [\n{}\n]}}", lines.join(",\n"));
    let moved: Vec<String> = expected.iter().map(ToString::to_string).collect();
    assert_eq!(problems(&in_policy), moved);
}

#[test]
fn the_marker_of_the_map_counts() {
    assert!(with_file_and("marker = \"Ours\"\n", good("BucketbridgeX").to_string().as_bytes()).is_ok());
    assert!(with_file_and("marker = \"Ours\"\n", good("OursX").to_string().as_bytes()).is_err());
}

#[test]
fn a_file_that_cannot_be_read_is_blamed_in_the_map() {
    assert!(problems_of_map(b"\xff").ends_with("policies/key.json`: it is not UTF-8"));
    let large = vec![b' '; 300 * 1024];
    assert!(problems_of_map(&large).contains("it is larger than 262144 bytes"));
    let text = format!("{BASE}[keys.\"alias/orders\"]\nstatements = \"nowhere.json\"\n");
    let problems: Vec<_> = super::refused(&text).iter().collect();
    assert!(problems[0].message.starts_with("cannot read `nowhere.json`: "), "{problems:?}");
    assert_eq!((problems[0].line, problems[0].column), (23, 14));
}

fn problems_of_map(content: &[u8]) -> String {
    let problems: Vec<_> = with_file(content).expect_err("no statements").iter().collect();
    assert!(problems[0].file.ends_with("profiles.toml"));
    problems[0].message.clone()
}
