//! docs/permissions.md is true: it names every operation that the tool calls, its policies are enough, and
//! its IAM actions exist.

use std::collections::BTreeSet;
use std::path::Path;

use bucketbridge::operation::Operation;
use serde_json::Value;

use crate::documents::{self, Document};
use crate::world::{World, one_link};

fn paper() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/permissions.md");
    std::fs::read_to_string(path).expect("docs/permissions.md")
}

#[test]
fn every_operation_is_in_the_paper() {
    let paper = paper();
    let rows: BTreeSet<&str> = paper
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(operation, _)| operation))
        .collect();
    // Who asks STS for himself needs no permission, which stands above the tables.
    let asked = Operation::ALL.iter().filter(|operation| **operation != Operation::GetCallerIdentity);
    let absent: Vec<_> = asked.filter(|operation| !rows.contains(operation.name())).collect();
    assert!(absent.is_empty(), "no row for {absent:?}");
}

/// The policies of the paper, by the heading that they are under.
fn policy(heading: &str) -> Value {
    let paper = paper();
    let section = paper.split(&format!("\n### {heading}\n")).nth(1).expect("the heading");
    let block =
        section.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a policy");
    serde_json::from_str(block).expect("JSON")
}

/// The statements of a policy that are for whoever only plans. They allow reading alone.
#[track_caller]
fn reading(policy: &Value) -> Value {
    let mut policy = policy.clone();
    let all = policy["Statement"].as_array_mut().expect("statements");
    all.retain(|s| s["Sid"].as_str().is_some_and(|sid| sid.starts_with("Read")));
    assert!(!all.is_empty());
    for action in all.iter().flat_map(|s| s["Action"].as_array().expect("actions")) {
        let (_, operation) = action.as_str().and_then(|a| a.split_once(':')).expect("an action");
        let reads = ["Get", "List", "Describe"].iter().any(|verb| operation.starts_with(verb));
        assert!(reads && !operation.contains('*'), "{operation} does more than read");
    }
    policy
}

/// A user who may do what the policy says and nothing else.
fn operator_with(world: &World, account: &str, name: &str, policy: &Value) {
    let iam = world.iam(account);
    let key = world.block(async {
        iam.create_user().user_name(name).send().await.expect("a user");
        // A managed policy: they are too long for a user's inline policies (2,048 characters).
        let made = iam.create_policy().policy_name(name).policy_document(policy.to_string()).send().await;
        let arn = made.expect("a policy").policy.and_then(|p| p.arn).expect("an ARN");
        iam.attach_user_policy().user_name(name).policy_arn(arn).send().await.expect("attached");
        iam.create_access_key().user_name(name).send().await.expect("a key").access_key.expect("a key")
    });
    world.add_profile(name, key.access_key_id(), key.secret_access_key());
}

fn limited(source: &str, destination: &str) -> String {
    one_link()
        .replace("profile = \"prod\"", &format!("profile = \"{source}\""))
        .replace("profile = \"backup\"", &format!("profile = \"{destination}\""))
}

#[test]
fn the_policies_of_the_paper_are_enough() {
    let (source, destination) = (policy("The source account"), policy("The destination account"));
    assert!(!destination.to_string().contains("iam:"), "the destination account needs no IAM");
    let world = World::new();
    operator_with(&world, "prod", "source", &source);
    operator_with(&world, "backup", "destination", &destination);
    world.map(&limited("source", "destination"));
    assert_eq!(world.apply(&["--variants"]).ended(0).links()["orders"], "replicated");
    let problems = world.run(&["check", "-o", "json"]).ended(0).json()["links"][0]["problems"].to_string();
    assert_eq!(problems, "[]");
    world.run(&["status"]).ended(0);
    for (account, region, bucket) in
        [("prod", "ap-south-1", "orders-prod"), ("backup", "us-east-1", "orders-backup")]
    {
        assert_eq!(documents::versions(&world, account, region, bucket, ""), [] as [&str; 0]);
    }
    // Whoever only plans needs only the first statements.
    operator_with(&world, "prod", "source-reader", &reading(&source));
    operator_with(&world, "backup", "destination-reader", &reading(&destination));
    world.map(&limited("source-reader", "destination-reader"));
    world.run(&["plan", "--exit-code"]).ended(0);
    world.run(&["status"]).ended(0);
    world.run(&["doctor"]).ended(0);
    // An existing bucket is brought to versioning, and a lost alias is found again, with the same.
    world.map(&limited("source", "destination"));
    let kms = world.kms("backup", "us-east-1");
    world.block(kms.delete_alias().alias_name("alias/orders-backup").send()).expect("gone");
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    // And all of it is withdrawn with the same.
    let removed = world.remove(&[]).ended(0).outcomes();
    assert_eq!(removed["prod role bucketbridge-orders-prod"], "removed", "{removed:#?}");
    assert_eq!(removed["backup bucket-policy orders-backup"], "removed", "{removed:#?}");
    assert_eq!(removed["backup key-policy alias/orders-backup (us-east-1)"], "changed", "{removed:#?}");
}

/// Whatever there is, and whatever it lacks.
#[test]
fn planning_takes_no_permission_to_write() {
    let world = World::new();
    operator_with(&world, "prod", "source-reader", &reading(&policy("The source account")));
    operator_with(&world, "backup", "destination-reader", &reading(&policy("The destination account")));
    let reads = |what: &str| {
        world.map(&limited("source-reader", "destination-reader"));
        world.calls();
        world.run(&["plan"]).ended(0);
        world.run(&["plan", "--out", "plan.json"]).ended(0);
        let status = world.run(&["status", "-o", "json"]).ended(4).json();
        assert_eq!(status["summary"]["unknown"], 0, "{what}: {status:#}");
        let calls = world.calls();
        assert!(calls.len() > 20, "{what}");
        for call in calls {
            let reads =
                ["Get", "List", "Head", "Describe"].iter().any(|verb| call.operation.starts_with(verb));
            assert!(reads && call.status != 403, "{what}: {call:?}");
        }
        assert!(!world.path().join(".bucketbridge").exists(), "{what}: no trail without a write");
        world.map(&one_link());
    };
    reads("nothing is there");
    world.apply(&["--no-check"]).ended(0);
    std::fs::remove_dir_all(world.path().join(".bucketbridge")).expect("the trail");
    // Something of each kind is amiss.
    let kms = world.kms("backup", "us-east-1");
    let key = documents::key_arn(&world, "backup", "us-east-1", "alias/orders-backup").expect("a key");
    world.block(kms.disable_key_rotation().key_id(&key).send()).expect("off");
    world.block(kms.delete_alias().alias_name("alias/orders-backup").send()).expect("gone");
    let s3 = world.s3("backup", "us-east-1");
    world.block(s3.delete_bucket_policy().bucket("orders-backup").send()).expect("gone");
    world.block(s3.delete_public_access_block().bucket("orders-backup").send()).expect("gone");
    let s3 = world.s3("prod", "ap-south-1");
    world.block(s3.delete_bucket_replication().bucket("orders-prod").send()).expect("gone");
    Document::trust().edit(&world, |d| documents::ours(d, "Trust")["Effect"] = "Deny".into());
    Document::role_policy().edit(&world, |d| documents::ours(d, "Encrypt")["Effect"] = "Deny".into());
    Document::key(&world, "prod", "ap-south-1", "alias/orders-prod")
        .edit(&world, |d| documents::ours(d, "Decrypt")["Effect"] = "Deny".into());
    reads("everything is amiss");
}
