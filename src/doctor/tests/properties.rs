//! What must hold of every snapshot: knowing less, or one more Deny, never makes anything replicate.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::super::finding::Severity;
use super::super::snapshot::{Account, PolicyText, Read, Snapshot, Unread};
use super::super::{Question, Verdict, cured, diagnose};
use super::cases::{all, judge};
use super::estate;
use super::world::{broken, healthy};
use super::worlds::WORLDS;

/// A world with up to two things wrong.
fn worlds() -> impl Strategy<Value = Value> {
    let world = || select((0..WORLDS.len()).collect::<Vec<_>>());
    (world(), world(), any::<bool>()).prop_map(|(first, second, both)| {
        let mut case = broken(&WORLDS[first]);
        if both {
            // Policies of one world into the other.
            let other = broken(&WORLDS[second]);
            for part in ["/estate/destination/policy", "/estate/destination/key", "/estate/role/policies"] {
                let from = other.pointer(part).cloned().unwrap_or_default();
                if let Some(place) = case.pointer_mut(part) {
                    *place = from;
                }
            }
        }
        case
    })
}

fn unread<T>() -> Read<T> {
    Read::Unread(Unread { why: "nobody asked".to_owned(), ..Unread::default() })
}

/// Makes one part unread.
fn forget(snapshot: &mut Snapshot, part: usize) {
    let mut parts: Vec<Box<dyn FnOnce() + '_>> = Vec::new();
    for bucket in snapshot.buckets.values_mut() {
        if part == 0 {
            parts.push(Box::new(move || *bucket = unread()));
        } else if let Read::Known(bucket) = bucket {
            match part {
                1 => bucket.owner = unread(),
                2 => bucket.region = unread(),
                3 => bucket.versioning = unread(),
                4 => bucket.encryption = unread(),
                5 => bucket.policy = unread(),
                6 => bucket.public_access_block = unread(),
                7 => bucket.account_public_access_block = unread(),
                8 => bucket.ownership = unread(),
                9 => bucket.object_lock = unread(),
                10 => bucket.request_payment = unread(),
                11 => bucket.replication = unread(),
                _ => {}
            }
        }
    }
    parts.into_iter().for_each(|part| part());
    for key in snapshot.keys.values_mut() {
        match (part, key) {
            (12, key) => *key = unread(),
            (13, Read::Known(key)) => key.facts = unread(),
            (14, Read::Known(key)) => key.aliases = unread(),
            (15, Read::Known(key)) => key.policy = unread(),
            (16, Read::Known(key)) => key.grants = unread(),
            _ => {}
        }
    }
    for role in snapshot.roles.values_mut() {
        match (part, role) {
            (17, role) => *role = unread(),
            (18, Read::Known(role)) => role.trust = unread(),
            (19, Read::Known(role)) => role.inline = unread(),
            (20, Read::Known(role)) => role.attached = unread(),
            (21, Read::Known(role)) => role.boundary = unread(),
            (22, Read::Known(role)) => role.tags = unread(),
            _ => {}
        }
    }
    for object in &mut snapshot.objects {
        match part {
            23 => object.facts = unread(),
            24 => object.tags = unread(),
            25 => object.access = unread(),
            26 => object.before_rule = unread(),
            _ => {}
        }
    }
    if part == 27 {
        snapshot.accounts.values_mut().for_each(|account| *account = Account::default());
    }
}

const PARTS: usize = 28;

/// Puts a Deny of everything to the role into a document.
fn deny(snapshot: &mut Snapshot, place: usize) {
    let statement = |principal: bool| {
        let mut statement = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
        if principal {
            statement["Principal"] = json!({"AWS": "*"});
        }
        statement
    };
    let add = |read: &mut Read<PolicyText>, principal| {
        if let Read::Known(text) = read
            && let Some(many) = text.0.get_mut("Statement").and_then(Value::as_array_mut)
        {
            many.push(statement(principal));
        }
    };
    match place {
        0 => snapshot.buckets.values_mut().for_each(|bucket| {
            if let Read::Known(bucket) = bucket {
                add(&mut bucket.policy, true);
            }
        }),
        1 => snapshot.keys.values_mut().for_each(|key| {
            if let Read::Known(key) = key {
                add(&mut key.policy, true);
            }
        }),
        _ => snapshot.roles.values_mut().for_each(|role| {
            if let Read::Known(role) = role
                && let Read::Known(inline) = &mut role.inline
            {
                inline.values_mut().for_each(|policy| add(policy, false));
            }
        }),
    }
}

/// What was not read is no cause.
#[test]
fn knowing_less_of_what_is_well_is_no_failure() {
    let case = healthy();
    for part in 0..PARTS {
        let mut snapshot = estate::snapshot(&case);
        // A status says that the rule was there.
        let Read::Known(facts) = &mut snapshot.objects[0].facts else { panic!("no facts") };
        facts.replication_status = Some("COMPLETED".to_owned());
        forget(&mut snapshot, part);
        let diagnosis = judge(&case, &snapshot);
        let errors = diagnosis.all_findings().filter(|finding| finding.severity == Severity::Error);
        let causes: Vec<&str> = errors.map(|finding| finding.cause).collect();
        assert!(causes.is_empty(), "without part {part}: {causes:?}");
    }
}

/// Fewer than usual, since each judges twice; `PROPTEST_CASES` sets another number.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { usual.cases } else { 64 };
    ProptestConfig { cases, failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn knowing_less_never_replicates(case in worlds(), part in 0..PARTS) {
        let before = estate::snapshot(&case);
        let mut after = before.clone();
        forget(&mut after, part);
        let (before, after) = (judge(&case, &before).verdict, judge(&case, &after));
        if before != Verdict::Replicates {
            prop_assert_ne!(after.verdict, Verdict::Replicates, "{:?}", before);
        }
        for rule in &after.rules {
            prop_assert!(rule.verdict != Verdict::Unknown || !rule.unread.is_empty(), "nothing is named");
        }
    }

    #[test]
    fn a_deny_never_replicates(case in worlds(), place in 0..3_usize) {
        let before = estate::snapshot(&case);
        let mut after = before.clone();
        deny(&mut after, place);
        if judge(&case, &before).verdict != Verdict::Replicates {
            prop_assert_ne!(judge(&case, &after).verdict, Verdict::Replicates);
        }
    }

    /// Whatever is wrong at once: where every cause has a cure that a program can carry out, all of them
    /// together cure.
    #[test]
    fn all_cures_together_cure(case in worlds()) {
        let before = estate::snapshot(&case);
        let diagnosis = judge(&case, &before);
        let errors: Vec<_> = diagnosis.all_findings().filter(|f| f.severity == Severity::Error).collect();
        let fixes: Vec<_> = errors.iter().filter_map(|f| f.fix.as_ref()).collect();
        let able = fixes.iter().all(|fix| !fix.changes.is_empty()) && fixes.len() == errors.len();
        if diagnosis.verdict == Verdict::Fails && able {
            let after = judge(&case, &cured(&before, fixes.iter().flat_map(|fix| &fix.changes)));
            let causes: Vec<_> = errors.iter().map(|f| f.cause).collect();
            let left: Vec<_> = after.all_findings().map(|f| (f.cause, &f.what)).collect();
            prop_assert_eq!(after.verdict, Verdict::Replicates, "{:?}: {:?}", causes, left);
        }
    }

    #[test]
    fn a_snapshot_survives_its_file_and_merging(case in worlds(), part in 0..PARTS) {
        let whole = estate::snapshot(&case);
        let text = whole.text().expect("JSON");
        prop_assert_eq!(&Snapshot::parse(&text).expect("a snapshot"), &whole);
        prop_assert_eq!(&whole.clone().merged(whole.clone()), &whole);
        // What one could not read the other fills in; of whole things only what they hold is lost.
        let mut half = whole.clone();
        forget(&mut half, part);
        let merged = half.merged(whole.clone());
        prop_assert_eq!(judge(&case, &merged).verdict, judge(&case, &whole).verdict);
    }
}

#[test]
fn an_empty_snapshot_knows_nothing() {
    let diagnosis = diagnose(&Snapshot::default(), &Question::about("orders"));
    assert_eq!(diagnosis.verdict, Verdict::Unknown);
    assert!(!diagnosis.unread.is_empty());
}

#[test]
fn a_later_key_is_ignored_and_a_missing_one_was_not_read() {
    let text = r#"{"version": 1, "new": 1.20, "buckets": {"orders": {"known": {"novel": [1e3], "region": {"known": "eu-west-1"}}}}}"#;
    let snapshot = Snapshot::parse(text).expect("a snapshot");
    let bucket = snapshot.bucket("orders");
    let bucket = bucket.known().expect("a bucket");
    assert_eq!(bucket.region.known().map(String::as_str), Some("eu-west-1"));
    assert!(bucket.policy.unread().is_some());
    assert_eq!(diagnose(&snapshot, &Question::about("orders")).verdict, Verdict::Unknown);
    assert!(Snapshot::parse(r#"{"version": 2}"#).is_err());
}

#[test]
fn an_object_such_as_the_bucket_gets_is_judged_where_none_is_named() {
    let case = healthy();
    let diagnosis = diagnose(&estate::snapshot(&case), &Question::about("orders"));
    assert_eq!(diagnosis.verdict, Verdict::Replicates, "{diagnosis:?}");
    assert!(diagnosis.rules[0].object.assumed);
    // No case makes it fail.
    for case in all() {
        let source = case["estate"]["source"]["bucket"].as_str().expect("a name");
        let snapshot = estate::snapshot(&case);
        assert!(Question::about(source).wants(&snapshot).iter().all(|want| !format!("{want:?}").is_empty()));
        let _ = diagnose(&snapshot, &Question::about(source));
    }
}
