//! `manage = false` and `create = false`: read, checked, said what is lacking, never written.

use serde_json::{Value, json};

use crate::documents::{self, Document};
use crate::world::{BACKUP, World, one_link};

/// The map of one link in which the destination's bucket and key are somebody else's.
fn theirs() -> String {
    one_link().replace("key = \"alias/orders-backup\"", "key = \"alias/orders-backup\"\nmanage = false")
        + "\n[keys.\"alias/orders-backup\"]\nmanage = false\n"
}

/// The problem of that kind.
#[track_caller]
fn problem<'a>(plan: &'a Value, kind: &str) -> &'a Value {
    let problems = plan["problems"].as_array().expect("problems");
    problems.iter().find(|p| p["kind"] == kind).unwrap_or_else(|| panic!("no problem of {kind}: {plan:#}"))
}

fn fields(problem: &Value) -> Vec<String> {
    let details = problem["details"].as_array().expect("details");
    details.iter().map(|d| d["field"].as_str().expect("a field").to_owned()).collect()
}

#[test]
fn what_is_absent_is_not_made() {
    let world = World::of(&theirs());
    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    assert_eq!(fields(problem(&plan, "key"))[0], "alias");
    assert_eq!(fields(problem(&plan, "bucket"))[..2], ["Region", "versioning"]);
    for kind in ["key", "bucket"] {
        assert!(problem(&plan, kind)["message"].as_str().expect("text").contains("`manage = false`"));
    }
    // Nobody knows what is lacking in what does not exist.
    for (kind, on) in [("key-policy", "waits for key"), ("bucket-policy", "waits for bucket")] {
        assert!(problem(&plan, kind)["message"].as_str().expect("text").starts_with(on), "{plan:#}");
    }
    world.calls();
    let ran = world.apply(&[]).ended(1);
    assert!(world.writes().iter().all(|call| call.account != BACKUP));
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["backup key alias/orders-backup (us-east-1)"], "failed");
    assert_eq!(outcomes["backup key-policy alias/orders-backup (us-east-1)"], "blocked");
    assert_eq!(outcomes["prod role bucketbridge-orders-prod"], "made");
    assert_eq!(outcomes["prod replication orders-prod"], "blocked");
}

#[test]
fn what_is_lacking_is_said_and_given_by_somebody_else() {
    let world = World::of(&theirs());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    let key = documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    // Whom to grant to must exist first.
    world.apply(&["--no-doctor"]).ended(1);
    let text = world.run(&["plan"]).ended(1).stdout;
    assert!(text.contains("~ versioning: never enabled → Enabled"), "{text}");
    assert!(
        text.contains("give what the plan shows of it to whoever manages bucket orders-backup in account backup (222222222222)")
    );
    assert!(text.contains("+ s3:ReplicateObject"), "{text}");

    // Each detail is what to put there.
    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    assert_eq!(fields(problem(&plan, "bucket")), ["versioning"]);
    let statement = |kind: &str| {
        let problem = problem(&plan, kind);
        assert!(fields(problem)[0].starts_with("statement Bucketbridge"), "{problem:#}");
        problem["details"][0]["after"].clone()
    };
    let (of_bucket, of_key) = (statement("bucket-policy"), statement("key-policy"));
    let csv = world.run(&["plan", "-o", "csv"]).ended(1).stdout;
    assert!(
        csv.contains("problems,backup,bucket,orders-backup,,") && csv.contains("~ versioning: "),
        "{csv}"
    );
    let status = world.run(&["status", "-o", "json"]).ended(4).json();
    let lacking = status["resources"].as_array().expect("resources").iter().filter(|r| r["state"] == "drift");
    assert!(lacking.clone().any(|r| r["kind"] == "bucket" && r["account"] == "backup"), "{status:#}");

    documents::enable_versioning(&world, "backup", "us-east-1", "orders-backup");
    Document::bucket("backup", "us-east-1", "orders-backup")
        .write(&world, &json!({"Version": "2012-10-17", "Statement": [of_bucket]}));
    Document::Key { account: "backup", region: "us-east-1", key }
        .edit(&world, |d| d["Statement"].as_array_mut().expect("statements").push(of_key));
    world.calls();
    let ran = world.apply(&[]).ended(0);
    assert_eq!(ran.links()["orders"], "replicated");
    assert!(world.writes().iter().all(|call| call.account != BACKUP));
    for name in ["bucket orders-backup", "bucket-policy orders-backup", "key alias/orders-backup (us-east-1)"]
    {
        assert_eq!(ran.outcomes()[&format!("backup {name}")], "kept");
    }
    world.run(&["plan", "--exit-code"]).ended(0);
    world.run(&["status"]).ended(0);
}

/// Of a source bucket its replication configuration is somebody else's, too.
#[test]
fn rules_of_a_bucket_that_is_not_managed() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world.map(
        &one_link().replace("key = \"alias/orders-prod\"", "key = \"alias/orders-prod\"\nmanage = false"),
    );
    world.run(&["plan", "--exit-code"]).ended(0);
    let s3 = world.s3("prod", "ap-south-1");
    world.block(s3.delete_bucket_replication().bucket("orders-prod").send()).expect("gone");
    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    let found = fields(problem(&plan, "replication"));
    assert_eq!(found[0], "role");
    assert!(found[1].ends_with("(link orders)"), "{found:?}");
    world.calls();
    let outcomes = world.apply(&[]).ended(1).outcomes();
    assert_eq!(outcomes["prod replication orders-prod"], "failed");
    world.wrote_nothing();
}

#[test]
fn a_key_that_is_not_to_be_made() {
    let map = format!("{}\n[keys.\"alias/orders-backup\"]\ncreate = false\n", one_link());
    let world = World::of(&map);
    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    assert!(problem(&plan, "key")["message"].as_str().expect("text").contains("`create = false`"));
    world.apply(&[]).ended(1);
    assert_eq!(documents::customer_keys(&world, "backup", "us-east-1"), 0);
    // One that exists is managed like any other.
    documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    let ran = world.apply(&[]).ended(0);
    assert_eq!(ran.outcomes()["backup key-policy alias/orders-backup (us-east-1)"], "changed");
    assert_eq!(ran.links()["orders"], "replicated");
}

/// To replicate a multi-Region key writes to its primary.
#[test]
fn the_replica_of_a_key_that_is_not_managed() {
    let map = one_link().replace("alias/orders-backup\"", "alias/replica\"")
        + "\n[keys.\"alias/replica\"]\nreplica_of = \"alias/primary\"\n\n[keys.\"alias/primary\"]\naccount = \"backup\"\n\
           region = \"eu-west-1\"\nmulti_region = true\nmanage = false\n";
    let world = World::of(&map);
    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    let problems = plan["problems"].as_array().expect("problems");
    let said = |name: &str| {
        let problem = problems.iter().find(|p| p["kind"] == "key" && p["name"].to_string().contains(name));
        problem.expect("a problem")["message"].as_str().expect("a message").to_owned()
    };
    assert!(
        said("alias/primary").ends_with("does not exist, and its entry says `manage = false`"),
        "{problems:#?}"
    );
    assert!(
        said("alias/replica").ends_with("the entry of its primary key says `manage = false`"),
        "{problems:#?}"
    );
    world.apply(&[]).ended(1);
    assert_eq!(documents::customer_keys(&world, "backup", "us-east-1"), 0);
}
