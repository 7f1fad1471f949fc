//! What a cure may say: nothing twice, nothing that is not so, and nothing that cannot be pasted as it is.

use serde_json::{Value, json};

use super::super::finding::Severity;
use super::super::snapshot::Read;
use super::super::{Diagnosis, Finding, Question, Verdict, cured, diagnose};
use super::cases::judge;
use super::world::{broken, healthy};
use super::worlds::WORLDS;
use super::{cases, estate};

fn of(change: impl FnOnce(&mut Value)) -> (Value, Diagnosis) {
    let mut case = healthy();
    change(&mut case["estate"]);
    let diagnosis = judge(&case, &estate::snapshot(&case));
    (case, diagnosis)
}

fn all() -> Vec<Diagnosis> {
    let worlds = WORLDS.iter().map(broken);
    worlds.chain(cases::all()).map(|case| judge(&case, &estate::snapshot(&case))).collect()
}

#[test]
fn a_remark_does_not_show_a_failure_of_s3() {
    let mut remarks = 0;
    for diagnosis in all() {
        for finding in diagnosis.all_findings().filter(|f| f.severity != Severity::Error) {
            remarks += 1;
            assert_eq!(finding.aws_reason, None, "{finding:#?}");
        }
    }
    assert!(remarks > 20, "{remarks}");
}

#[test]
fn a_remark_does_not_repeat_the_cure_of_an_error() {
    let (_, diagnosis) = of(|estate| {
        // With bucket keys, AWS's prose wants kms:Decrypt on the key for replicas too.
        estate["source"]["encryption"]["Rules"][0]["BucketKeyEnabled"] = json!(true);
        estate["role"]["policies"][0]["Statement"].as_array_mut().expect("statements").truncate(4);
    });
    let finding = |cause: &str| diagnosis.all_findings().find(|f| f.cause == cause).cloned();
    let error = finding("role-dst-kms-encrypt-missing").and_then(|f| f.fix).expect("a cure");
    assert_eq!(error.changes.len(), 1);
    let remark = finding("bucket-key-dst-decrypt-not-granted").and_then(|f| f.fix).expect("words");
    assert_eq!(remark.changes, []);
    assert_eq!(remark.text, "what cures role-dst-kms-encrypt-missing cures this too");
    assert!(remark.apply);
    for diagnosis in all() {
        let (errors, remarks): (Vec<_>, Vec<_>) =
            diagnosis.all_findings().partition(|f| f.severity == Severity::Error);
        let printed: Vec<_> =
            errors.iter().filter_map(|f| f.fix.as_ref()).flat_map(|fix| &fix.changes).collect();
        for change in remarks.iter().filter_map(|f| f.fix.as_ref()).flat_map(|fix| &fix.changes) {
            assert!(!printed.contains(&change), "{change:#?}");
        }
    }
}

/// Whoever pastes a statement with something left out of it locks somebody out.
#[test]
fn what_is_to_be_pasted_is_whole() {
    for diagnosis in all() {
        for finding in diagnosis.all_findings() {
            let text = serde_json::to_string(&finding.fix).expect("a cure");
            assert!(!text.contains("(hidden)"), "{finding:#?}");
        }
    }
}

#[test]
fn a_deny_of_the_trust_policy_is_named_and_its_hidden_ids_are_not_printed() {
    // As a reader gives it: external ids are never kept.
    let deny = json!({"Sid": "Partners", "Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
                      "Condition": {"StringNotEquals": {"sts:ExternalId": "(hidden)"}}});
    let (case, diagnosis) = of(|estate| {
        estate["role"]["trust"]["Statement"].as_array_mut().expect("statements").push(deny);
    });
    assert_eq!(diagnosis.verdict, Verdict::Fails);
    let errors: Vec<&Finding> = diagnosis.all_findings().filter(|f| f.severity == Severity::Error).collect();
    let [finding] = errors[..] else { panic!("{errors:#?}") };
    assert_eq!(finding.cause, "role-trust-deny");
    assert_eq!(finding.statement.as_ref().and_then(|s| s.sid.as_deref()), Some("Partners"));
    let fix = finding.fix.as_ref().expect("a cure");
    assert!(!serde_json::to_string(fix).expect("JSON").contains("(hidden)"), "{fix:#?}");
    assert!(!fix.apply);
    let after = judge(&case, &cured(&estate::snapshot(&case), &fix.changes));
    assert_eq!(after.verdict, Verdict::Replicates);
}

/// No account stands in for one that is not known.
#[test]
fn an_account_that_is_not_known_is_said_to_be_missing() {
    let mut case = healthy();
    case["estate"]["source"]["replication"]["Role"] = json!("replication");
    let mut snapshot = estate::snapshot(&case);
    let Some(Read::Known(bucket)) = snapshot.buckets.get_mut("orders") else { panic!("no bucket") };
    bucket.owner = Read::default();
    let diagnosis = diagnose(&snapshot, &Question::about("orders"));
    let finding = diagnosis.all_findings().find(|f| f.cause == "rule-role-arn-malformed").expect("a cause");
    let fix = finding.fix.as_ref().expect("a cure");
    assert_eq!(fix.changes, []);
    assert_eq!(fix.text, "name a role of the source bucket's account by its ARN");
}

/// How S3 signs its own requests is not documented
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/bucket-policy-s3-sigv4-conditions.html>).
#[test]
fn what_hangs_on_how_s3_signs_is_unknown() {
    for (key, value) in [("s3:authType", "REST-HEADER"), ("s3:signatureversion", "AWS4-HMAC-SHA256")] {
        let (_, diagnosis) = of(|estate| {
            estate["destination"]["policy"]["Statement"][0]["Condition"] =
                json!({"StringEquals": {key: value}});
        });
        assert_eq!(diagnosis.verdict, Verdict::Unknown, "{key}");
        let why: Vec<&str> = diagnosis.rules[0].unread.iter().map(|unread| unread.why.as_str()).collect();
        assert!(why.iter().any(|why| why.contains(key)), "{why:?}");
    }
}

#[test]
fn a_bucket_that_does_not_exist_is_to_be_made_or_named() {
    let diagnosis = diagnose(
        &super::super::Snapshot {
            buckets: [("orders".to_owned(), Read::Absent)].into(),
            ..super::super::Snapshot::default()
        },
        &Question::about("orders"),
    );
    let fix = diagnosis.findings[0].fix.as_ref().expect("a cure");
    assert_eq!((fix.text.as_str(), fix.apply), ("make bucket orders, or name one that exists", true));
}
