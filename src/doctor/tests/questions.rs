//! What is asked, and what is wanted for an answer.

use serde_json::json;

use super::super::finding::Severity;
use super::super::snapshot::{Read, Snapshot, Unread};
use super::super::{Question, Verdict, Want, diagnose};
use super::cases::judge;
use super::estate;
use super::world::healthy;

/// What a reader does: whatever is wanted, until nothing is.
#[test]
fn what_is_wanted_leads_to_everything() {
    let case = healthy();
    let whole = estate::snapshot(&case);
    let mut read = Snapshot::default();
    let question = Question::about("orders");
    let mut rounds = Vec::new();
    loop {
        let wants = question.wants(&read);
        if wants.is_empty() {
            break;
        }
        for want in &wants {
            match want {
                Want::Bucket { name, .. } => {
                    read.buckets.insert(name.clone(), whole.buckets[name].clone());
                }
                Want::Role(arn) => {
                    read.roles.insert(arn.clone(), whole.roles[arn].clone());
                }
                Want::Key(name) => {
                    read.keys.insert(name.clone(), whole.keys[name].clone());
                }
            }
        }
        rounds.push(wants.len());
    }
    // The source; its key, the role, the destination, the key for replicas.
    assert_eq!(rounds, [1, 4]);
    assert_eq!(diagnose(&read, &question).verdict, Verdict::Replicates);
}

#[test]
fn a_rule_to_elsewhere_is_not_asked_about() {
    let snapshot = estate::snapshot(&healthy());
    let diagnosis =
        diagnose(&snapshot, &Question { destination: Some("other"), ..Question::about("orders") });
    assert_eq!((diagnosis.verdict, diagnosis.rules.len()), (Verdict::NotSelected, 0));
    assert_eq!(diagnosis.findings[0].cause, "src-replication-missing");
}

#[test]
fn what_could_not_be_read_is_named_with_its_permission() {
    let case = healthy();
    let mut snapshot = estate::snapshot(&case);
    let unread = Unread {
        account: Some("222222222222".to_owned()),
        operation: Some("GetBucketPolicy".to_owned()),
        permission: Some("s3:GetBucketPolicy".to_owned()),
        why: "AccessDenied".to_owned(),
    };
    let Some(Read::Known(bucket)) = snapshot.buckets.get_mut("orders-backup") else { panic!("no bucket") };
    bucket.policy = Read::Unread(unread.clone());
    let diagnosis = judge(&case, &snapshot);
    assert_eq!(diagnosis.verdict, Verdict::Unknown);
    assert_eq!(diagnosis.rules[0].unread, [unread]);
}

#[test]
fn an_object_without_a_status_was_there_before_the_rule() {
    let case = healthy();
    let mut snapshot = estate::snapshot(&case);
    snapshot.objects[0].before_rule = Read::default();
    let diagnosis = judge(&case, &snapshot);
    assert_eq!(diagnosis.verdict, Verdict::NotSelected);
    assert_eq!(diagnosis.rules[0].findings[0].cause, "object-existed-before-rule");
    let Read::Known(facts) = &mut snapshot.objects[0].facts else { panic!("no facts") };
    facts.replication_status = Some("COMPLETED".to_owned());
    assert_eq!(judge(&case, &snapshot).verdict, Verdict::Replicates);
}

#[test]
fn objects_of_kms_keys_are_thought_of_beside_those_of_the_default() {
    let mut case = healthy();
    case["estate"]["source"]["encryption"] =
        json!({"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]});
    case["estate"]["destination"]["key"]["state"] = json!("Disabled");
    let diagnosis = diagnose(&estate::snapshot(&case), &Question::about("orders"));
    assert_eq!(diagnosis.verdict, Verdict::Replicates);
    let found = diagnosis.all_findings().find(|finding| finding.cause == "dst-key-state");
    assert_eq!(found.map(|finding| finding.severity), Some(Severity::Warning));
}

/// Behind a Deny there is no Allow: both are causes, and both cures are wanted.
#[test]
fn a_cause_that_hides_behind_another_is_found() {
    let mut case = healthy();
    let deny = json!({"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
                      "Resource": "arn:aws:s3:::${DST_BUCKET}/*"});
    case["estate"]["destination"]["policy"]["Statement"] = json!([deny]);
    let diagnosis = judge(&case, &estate::snapshot(&case));
    let causes: Vec<&str> = diagnosis.all_findings().map(|finding| finding.cause).collect();
    assert_eq!(causes, ["dst-bucket-policy-deny", "dst-bucket-policy-missing"]);
}

/// What else can be meant by a statement that does not grant.
#[test]
fn statements_for_others_are_told_from_grants_gone_astray() {
    let of = |change: fn(&mut serde_json::Value)| {
        let mut case = healthy();
        change(&mut case["estate"]);
        let diagnosis = judge(&case, &estate::snapshot(&case));
        assert_eq!(diagnosis.verdict, Verdict::Fails);
        let errors = diagnosis.all_findings().filter(|finding| finding.severity == Severity::Error);
        errors.map(|finding| finding.cause).collect::<Vec<_>>()
    };
    let read = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                      "Resource": "arn:aws:s3:::${DST_BUCKET}/*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [read]});
    let open = |estate: &mut serde_json::Value, policy: &serde_json::Value| {
        estate["destination"]["policy"] = policy.clone();
    };
    let mut case = healthy();
    open(&mut case["estate"], &policy);
    let diagnosis = judge(&case, &estate::snapshot(&case));
    assert_eq!(diagnosis.rules[0].findings[0].cause, "dst-bucket-policy-missing");
    // A bucket's owner lets itself replicate: somebody else was meant.
    let own = of(|estate| {
        estate["destination"]["policy"]["Statement"][0]["Principal"]["AWS"] =
            json!("arn:aws:iam::222222222222:root");
    });
    assert_eq!(own, ["dst-bucket-policy-principal-mismatch"]);
    // Two keys that were mistaken for each other, and a grant on the one that says nothing of the other.
    let swapped = of(|estate| {
        let statements = &mut estate["role"]["policies"][0]["Statement"];
        statements[3]["Resource"] = json!("${DST_KEY_ARN}");
        statements[4]["Resource"] = json!("${SRC_KEY_ARN}");
    });
    assert_eq!(swapped, ["role-src-kms-resource-mismatch", "role-dst-kms-resource-mismatch"]);
    let none = of(|estate| {
        let statements = &mut estate["role"]["policies"][0]["Statement"];
        statements[3] = json!({"Effect": "Allow", "Action": ["kms:Encrypt", "kms:Decrypt"],
                               "Resource": "${DST_KEY_ARN}"});
    });
    assert_eq!(none, ["role-src-kms-decrypt-missing"]);
    let star = of(|estate| {
        let statements = &mut estate["role"]["policies"][0]["Statement"];
        statements[4] = json!({"Effect": "Allow", "Action": "kms:*", "Resource": "${SRC_KEY_ARN}"});
    });
    assert_eq!(star, ["role-dst-kms-encrypt-missing"]);
}

/// <https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html>
#[test]
fn an_alias_in_a_policy_is_said_to_stand_for_no_key() {
    let mut case = healthy();
    case["estate"]["role"]["policies"][0]["Statement"][4]["Resource"] =
        json!("arn:aws:kms:us-west-2:222222222222:alias/orders-backup");
    let diagnosis = judge(&case, &estate::snapshot(&case));
    let finding = &diagnosis.rules[0].findings[0];
    assert_eq!(finding.cause, "role-dst-kms-resource-mismatch");
    assert!(finding.what.ends_with(": an alias in Resource never stands for its key"), "{}", finding.what);
}

#[test]
fn requests_have_the_condition_keys_that_aws_lists_for_their_actions() {
    let condition = |pointer: &str, condition: serde_json::Value| {
        let mut case = healthy();
        case["estate"]["object"]["tags"] = json!({"class": "gold"});
        let everything = json!({"Effect": "Allow", "Action": ["s3:*", "kms:*"], "Resource": "*"});
        case["estate"]["role"]["permissions_boundary"] =
            json!({"Version": "2012-10-17", "Statement": [everything]});
        case.pointer_mut(&format!("/estate/role/{pointer}")).expect(pointer)["Condition"] = condition;
        judge(&case, &estate::snapshot(&case)).verdict
    };
    // No request to S3 has a key of KMS's.
    let boundary = "permissions_boundary/Statement/0";
    let account = json!({"StringEquals": {"kms:CallerAccount": "111111111111"}});
    assert_eq!(condition(boundary, account.clone()), Verdict::Fails);
    assert_eq!(condition("policies/0/Statement/3", account), Verdict::Replicates);
    // The read that replicates has no tags of the object, other than that of its ACL.
    let reads = "policies/0/Statement/1";
    let gold = |operator: &str| json!({operator: {"s3:ExistingObjectTag/class": "gold"}});
    assert_eq!(condition(reads, gold("StringEquals")), Verdict::Fails);
    assert_eq!(condition(reads, gold("StringNotEquals")), Verdict::Fails);
    assert_eq!(condition(reads, gold("StringEqualsIfExists")), Verdict::Replicates);
}
