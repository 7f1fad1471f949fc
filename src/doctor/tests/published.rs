//! What published instructions get wrong: their set-ups, judged, and `docs/seeds.md` held to what comes out.
//!
//! The policies are those that the documents print; they are in the cases, a set-up each, and what is
//! changed in one here is what the page says is changed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::finding::Severity;
use super::super::snapshot::PolicyText;
use super::super::{Diagnosis, Verdict};
use super::cases::{self, judge};
use super::estate;
use super::world::changed;

type Changes = Vec<(&'static str, Value)>;

/// A row of the page: its name, the case that it is, what is changed in it.
struct SetUp(&'static str, &'static str, fn() -> Changes);

const SETUPS: &[SetUp] = &[
    SetUp("1", "006", Vec::new),
    SetUp("1, the account's statement taken out of both key policies", "006", || {
        vec![
            ("/source/key/policy/Statement/0", json!("(none)")),
            ("/destination/key/policy/Statement/0", json!("(none)")),
        ]
    }),
    SetUp("1, `SourceSelectionCriteria` and `EncryptionConfiguration` left out of the rule", "006", || {
        vec![
            ("/source/replication/Rules/0/SourceSelectionCriteria", json!("(none)")),
            ("/source/replication/Rules/0/Destination/EncryptionConfiguration", json!("(none)")),
        ]
    }),
    SetUp("1, the replica in another account", "007", Vec::new),
    SetUp("2, in one account", "008", Vec::new),
    SetUp("2, in two accounts", "009", Vec::new),
    SetUp("2, in one account, with bucket keys", "008", bucket_keys),
    SetUp("3, the first role policy as printed", "001", Vec::new),
    SetUp("3, its misprints corrected, without the next block", "003", || {
        vec![
            ("/role/policies/0/Statement/3", json!("(none)")),
            ("/role/policies/0/Statement/2", json!("(none)")),
        ]
    }),
    SetUp("3, with the next block", "003", Vec::new),
    SetUp("3, with the next block, the owner changed by the rule", "002", Vec::new),
    SetUp("3, the key policies as whole documents", "004", Vec::new),
    SetUp("3, all of it corrected", "005", Vec::new),
    SetUp("3, all of it corrected, with bucket keys", "005", bucket_keys),
    SetUp("4", "010", Vec::new),
    SetUp("4, one key's ARN in both statements", "011", Vec::new),
    SetUp("4, with bucket keys", "010", bucket_keys),
    SetUp("4, in two accounts", "010", || vec![("/destination/account", json!("222222222222"))]),
];

/// Statements that are printed with something after their last element.
const NOT_JSON: &[(&str, &str)] = &[
    ("2, the role's policy", "{\n"),
    ("2, the rule", "{\n         \"Prefix\": \"\","),
    (
        "4, section 2.2",
        r#"{"Effect": "Allow", "Action": ["s3:ListBucket"],
            "Resource": ["arn:aws:s3:::SOURCE_BUCKET_NAME/*", "arn:aws:s3:::SOURCE_BUCKET_NAME",]}"#,
    ),
    (
        "4, section 2.4",
        r#"{"Effect": "Allow", "Action": ["kms:Decrypt",], "Resource": ["arn:aws:kms:us-east-1:1:key/mrk-a",]}"#,
    ),
];

fn bucket_keys() -> Changes {
    vec![("/source/encryption/Rules/0/BucketKeyEnabled", json!(true))]
}

fn case(id: &str) -> Value {
    let named = |case: &Value| case["id"].as_str().is_some_and(|own| own.starts_with(&format!("{id}-")));
    cases::own().into_iter().find(named).unwrap_or_else(|| panic!("no case {id}"))
}

/// A row as the page would have it.
fn row(SetUp(name, id, changes): &SetUp) -> String {
    let case = case(id);
    let refused =
        case["expected"]["rejected_by"].as_str().map_or("–".to_owned(), |call| format!("`{call}`"));
    let case = changed(case, changes());
    let diagnosis = judge(&case, &estate::snapshot(&case));
    let verdict = match diagnosis.verdict {
        Verdict::Replicates => "replicates",
        Verdict::Fails => "fails",
        Verdict::NotSelected => "not-selected",
        Verdict::Unknown => "unknown",
    };
    let errors = of(&diagnosis, Severity::Error);
    let warnings = of(&diagnosis, Severity::Warning);
    format!("| {name} | {refused} | {verdict} | {errors} | {warnings} |")
}

fn of(diagnosis: &Diagnosis, severity: Severity) -> String {
    let found = diagnosis.all_findings().filter(|finding| finding.severity == severity);
    let said: BTreeSet<String> = found
        .map(|finding| match finding.aws_reason {
            Some(reason) => format!("`{}` ({reason})", finding.cause),
            None => format!("`{}`", finding.cause),
        })
        .collect();
    if said.is_empty() { "–".to_owned() } else { said.into_iter().collect::<Vec<_>>().join("<br>") }
}

#[test]
fn the_page_says_what_comes_of_each_set_up() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/seeds.md")).expect("a page");
    let (_, table) = page.split_once("## Each set-up, judged\n").expect("the table");
    let table = table.split("\n## ").next().unwrap_or_default();
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(2).map(str::to_owned);
    let found: Vec<String> = SETUPS.iter().map(row).collect();
    assert_eq!(rows.collect::<Vec<_>>(), found, "\n{}\n", found.join("\n"));
}

#[test]
fn what_the_page_calls_no_json_is_none() {
    for (place, text) in NOT_JSON {
        assert!(serde_json::from_str::<Value>(text).is_err(), "{place}");
        assert_eq!(PolicyText::of(text).document(), None, "{place}");
    }
}
