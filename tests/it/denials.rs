//! Every call can be forbidden: the step that makes it fails by name, what needs that step is blocked,
//! everything else is done, and a run with the permission ends where an undisturbed one does.
//!
//! Which calls there are is taken from the record of an undisturbed run, and which actions they need
//! from the table of operations: an action there that nothing is refused for fails the test.

use std::collections::BTreeSet;

use bucketbridge::operation::row::{Buckets, Need, On, Section};
use bucketbridge::operation::table::rows;
use serde_json::{Value, json};

use crate::crash::say;
use crate::each::{cores, each};
use crate::estate::{assert_same, estate};
use crate::faults::{Called, Start, UNDISTURBED, Undisturbed};
use crate::world::{Ran, World, one_link};

/// A step of [`one_link`]: account and kind.
type Step = (&'static str, &'static str);

/// What each step waits for, by docs/architecture.md.
const NEEDS: [(Step, &[Step]); 10] = [
    (("prod", "key"), &[]),
    (("backup", "key"), &[]),
    (("prod", "role"), &[]),
    (("prod", "bucket"), &[("prod", "key")]),
    (("backup", "bucket"), &[("backup", "key")]),
    (("prod", "role-policy"), &[("prod", "role"), ("prod", "key"), ("backup", "key")]),
    (("prod", "key-policy"), &[("prod", "key"), ("prod", "role")]),
    (("backup", "key-policy"), &[("backup", "key"), ("prod", "role")]),
    (("backup", "bucket-policy"), &[("backup", "bucket"), ("prod", "role")]),
    (
        ("prod", "replication"),
        &[
            ("prod", "bucket"),
            ("prod", "role-policy"),
            ("prod", "key-policy"),
            ("backup", "bucket"),
            ("backup", "key-policy"),
            ("backup", "bucket-policy"),
        ],
    ),
];

/// The kind of the step that makes a call; `None` for those of the canary.
pub fn kind(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "DescribeKey"
        | "GetKeyRotationStatus"
        | "ListAliases"
        | "ListKeys"
        | "ListResourceTags"
        | "CreateKey"
        | "CreateAlias"
        | "EnableKeyRotation" => "key",
        "GetRole" | "CreateRole" | "UpdateAssumeRolePolicy" => "role",
        "GetRolePolicy" | "PutRolePolicy" | "ListRolePolicies" => "role-policy",
        "GetKeyPolicy" | "PutKeyPolicy" => "key-policy",
        "GetBucketPolicy" | "PutBucketPolicy" => "bucket-policy",
        "GetBucketReplication" | "PutBucketReplication" => "replication",
        "PutObject" | "HeadObject" | "DeleteObject" | "ListObjectVersions" => return None,
        parts if parts.contains("MultipartUpload") || parts == "UploadPart" => return None,
        "CreateBucket" | "GetObjectLockConfiguration" | "GetPublicAccessBlock" | "PutPublicAccessBlock" => {
            "bucket"
        }
        bucket if bucket.starts_with("GetBucket") || bucket.starts_with("PutBucket") => "bucket",
        other => panic!("{other} belongs to no step of this test: add it to `kind`"),
    })
}

/// The step of that call failed, with an error that names its account, it and these; what needs the
/// step is blocked by it; every other step ended as in an undisturbed run.
#[track_caller]
pub fn only_what_needs_it_is_blocked(run: &Undisturbed, ran: &Ran, called: &Called, named: &[&str]) {
    let failing: Step = (called.account, kind(&called.operation).expect("a call of a step"));
    let mut stuck = BTreeSet::from([failing]);
    // In the order of dependence, so once is enough.
    for (step, needs) in NEEDS {
        if needs.iter().any(|need| stuck.contains(need)) {
            stuck.insert(step);
        }
    }
    let json = ran.json();
    let steps = json["steps"].as_array().expect("steps");
    let is = |step: &Value, of: Step| step["account"] == of.0 && step["kind"] == of.1;
    let failed = steps.iter().find(|step| is(step, failing)).expect("the step");
    assert_eq!(failed["outcome"], "failed", "{failed:#}");
    let error = failed["error"].as_str().expect("an error");
    let account = format!("in account {} (", called.account);
    for part in named.iter().chain([&account.as_str(), &called.operation.as_str()]) {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
    let id = json!({"account": failed["account"], "kind": failed["kind"], "name": failed["name"]});
    let outcomes = ran.outcomes();
    for (step, name) in steps.iter().zip(steps.iter().map(identity)) {
        if is(step, failing) {
            continue;
        }
        if stuck.iter().any(|of| is(step, *of)) {
            assert_eq!((&step["outcome"], &step["blocked_by"]), (&json!("blocked"), &id), "{step:#}");
        } else {
            assert_eq!(outcomes.get(&name), run.outcomes.get(&name), "{step:#}");
        }
    }
    assert_eq!(outcomes.len(), run.outcomes.len());
}

fn identity(step: &Value) -> String {
    let text = |key: &str| step[key].as_str().unwrap_or_default();
    format!("{} {} {}", text("account"), text("kind"), text("name"))
}

/// The actions that the table names for an operation, but not those that [`one_link`] has no use for.
fn actions(operation: &str) -> Vec<&'static str> {
    let rows = rows().filter(|row| row.operation.name() == operation);
    let rows = rows.filter(|row| matches!(row.section, Section::Read | Section::Write | Section::Canary));
    let needs = rows.flat_map(|row| row.needs).filter(|need| need.only.is_none());
    let of_one_link =
        |need: &&Need| !matches!(need.on, On::ServiceLinkedRole | On::Canaries(Buckets::TaggedSources));
    let all: BTreeSet<&str> = needs.filter(of_one_link).map(|need| need.action).collect();
    assert!(!all.is_empty(), "no action for {operation}");
    all.into_iter().collect()
}

/// The map with an operator in that account who lacks the action.
fn forbid(world: &World, account: &str, user: &str, action: &str) {
    world.operator_without(account, user, &[action]);
    let profile = format!("profile = \"{account}\"");
    world.map(&one_link().replace(&profile, &format!("profile = \"{user}\"")));
}

/// What is read of others to judge the plan, and need not be read: forecast.rs.
fn is_of_the_forecast(called: &Called) -> bool {
    called.operation == "ListAttachedRolePolicies"
        || (called.operation == "GetBucketPolicy" && called.account == "prod")
}

/// The start to try a call from.
fn is_tried(run: &Undisturbed, called: &Called) -> bool {
    if called.service == "sts" || is_of_the_forecast(called) || kind(&called.operation).is_none() {
        return false;
    }
    // Who may not list them is told so, and IAM has the last word: budgets.rs.
    if called.operation == "ListRolePolicies" {
        return false;
    }
    // Of an alias that does not exist KMS says so to anybody.
    let from = match UNDISTURBED[0].called.contains(called) && called.operation != "DescribeKey" {
        true => Start::Nothing,
        false => Start::Damaged,
    };
    run.start == from
}

#[test]
fn each_call_of_a_step_can_be_forbidden() {
    let mut cases = Vec::new();
    for run in UNDISTURBED.iter() {
        for called in run.called.iter().filter(|called| is_tried(run, called)) {
            cases.extend(actions(&called.operation).into_iter().map(|action| (run, called, action)));
        }
    }
    let name = |(run, called, action): &(&Undisturbed, &Called, &str)| {
        format!("{called:?} without {action} from {:?}", run.start)
    };
    let count = each(&cases, cores(), name, |(run, called, action)| {
        let world = run.start.world();
        forbid(&world, called.account, "limited", action);
        let ran = world.apply(&["--no-check"]).ended(1);
        only_what_needs_it_is_blocked(run, &ran, called, &[action]);
        let hint =
            ran.stdout.contains(&format!("`bucketbridge permissions --account {}` prints", called.account));
        assert!(hint && !ran.stderr.contains("again in"), "{}{}", ran.stdout, ran.stderr);
        world.map(&one_link());
        world.apply(&["--no-check"]).ended(0);
        assert_same(&estate(&world), &run.end);
    })
    .len();
    say(&format!("{count} actions denied to calls of steps"));
}

/// What becomes of the proof without an action.
enum Proof {
    /// The link is `not-run`, and this is the reason.
    NotRun(&'static str),
    /// The link is proven, and this is said beside it.
    ButSaid(&'static str),
    /// Nothing: it is needed for what is not there, or for the other account.
    Unharmed,
}

fn proof_without(account: &str, operation: &str, action: &str) -> Proof {
    match (operation, action, account) {
        ("PutObject", ..) => Proof::NotRun("the canary could not be put: PutObject"),
        ("HeadObject", "s3:GetObjectVersion", "prod") => {
            Proof::NotRun("the canary could not be followed: HeadObject")
        }
        ("HeadObject", "s3:GetObjectVersion", _) => {
            Proof::NotRun("the replica could not be read: HeadObject")
        }
        ("HeadObject", "kms:Decrypt", "backup") => {
            Proof::ButSaid("the checksum was not compared: account backup may not decrypt")
        }
        ("HeadObject", "s3:ListBucket" | "kms:Decrypt", _) => Proof::Unharmed,
        ("ListObjectVersions", ..) => {
            Proof::ButSaid("leftovers of killed runs were not looked for: ListObjectVersions")
        }
        ("DeleteObject", ..) => Proof::ButSaid("a canary was left behind: DeleteObject"),
        _ => panic!("{operation} without {action} is not in this table"),
    }
}

#[test]
fn each_call_of_the_canary_can_be_forbidden() {
    let run = &UNDISTURBED[0];
    let counts = each(
        &["prod", "backup"],
        2,
        |account| format!("account {account}"),
        |account| {
            let world = run.start.world();
            world.apply(&["--no-check"]).ended(0);
            let calls = run.called.iter().filter(|c| c.account == *account && c.service == "s3");
            let calls = calls.filter(|c| kind(&c.operation).is_none());
            let cases: Vec<(&Called, &str)> =
                calls.flat_map(|c| actions(&c.operation).into_iter().map(move |a| (c, a))).collect();
            for (number, (called, action)) in cases.iter().enumerate() {
                forbid(&world, account, &format!("limited-{number}"), action);
                let ran = world.apply(&[]);
                assert!(ran.outcomes().values().all(|outcome| outcome == "kept"), "{:?}", ran.outcomes());
                let problems = ran.json()["links"][0]["problems"].to_string();
                let (code, status, said) = match proof_without(account, &called.operation, action) {
                    Proof::NotRun(said) => (4, "not-run", said),
                    Proof::ButSaid(said) => (0, "replicated", said),
                    Proof::Unharmed => (0, "replicated", "[]"),
                };
                assert!(problems.contains(said), "without {action}: {problems}");
                assert_eq!(ran.ended(code).links()["orders"], status, "without {action}");
                world.map(&one_link());
                if problems.contains("aws s3api delete-object") {
                    remove_as_told(&world, account, &problems);
                }
                world.apply(&[]).ended(0).proven_but(&[]);
                assert_same(&estate(&world), &run.end);
            }
            cases.len()
        },
    );
    say(&format!("{} actions denied to calls of the canary", counts.iter().sum::<usize>()));
}

/// What the problem says removes what was left behind.
fn remove_as_told(world: &World, account: &str, problems: &str) {
    let after = |option: &str| {
        let rest = problems.split(option).nth(1).expect("the option").trim_start();
        rest.split([' ', '`']).next().expect("its value").to_owned()
    };
    let region = if account == "prod" { "ap-south-1" } else { "us-east-1" };
    let delete = world.s3(account, region).delete_object();
    let delete = delete.bucket(after("--bucket")).key(after("--key")).version_id(after("--version-id"));
    world.block(delete.send()).expect("gone");
}
