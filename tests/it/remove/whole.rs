//! The whole map goes: everything that it made but keys, buckets and settings.

use serde_json::json;

use crate::documents::{self, Document, ROLE};
use crate::world::{World, one_link, writes_configuration};

use super::actions;

#[test]
fn everything_of_ours_goes_and_a_second_run_finds_nothing() {
    let world = World::of(&one_link());
    let keys = Document::of_one_link;
    world.apply(&[]).ended(0);
    let made = keys(&world);
    assert!(made.iter().all(|document| document.read(&world).is_some()));
    world.calls();

    let ran = world.remove(&[]).ended(0);
    let outcomes = ran.outcomes();
    for (step, outcome) in [
        ("prod replication orders-prod", "removed"),
        ("backup bucket-policy orders-backup", "removed"),
        ("backup key-policy alias/orders-backup (us-east-1)", "changed"),
        ("prod key-policy alias/orders-prod (ap-south-1)", "changed"),
        ("prod role-policy bucketbridge-orders-prod", "removed"),
        ("prod role bucketbridge-orders-prod", "removed"),
    ] {
        assert_eq!(outcomes.get(step).map(String::as_str), Some(outcome), "{step}: {outcomes:#?}");
    }
    assert_eq!(outcomes.len(), 6);
    let writes: Vec<String> =
        world.calls().into_iter().filter(writes_configuration).map(|c| c.operation).collect();
    let at = |operation: &str| writes.iter().position(|w| w == operation).expect(operation);
    assert_eq!(writes.len(), 6, "{writes:?}");
    assert_eq!(writes[..2], ["DeleteBucketReplication", "DeleteBucketPolicy"]);
    assert!(at("PutKeyPolicy") < at("DeleteRolePolicy") && at("DeleteRolePolicy") < at("DeleteRole"));

    // What is left: keys with the policies that KMS gave them, and buckets as they are.
    assert_eq!(documents::replication(&world, "prod", "ap-south-1", "orders-prod"), None);
    assert_eq!(Document::bucket("backup", "us-east-1", "orders-backup").read(&world), None);
    assert!(world.block(world.iam("prod").get_role().role_name(ROLE).send()).is_err());
    for (account, region, alias) in
        [("prod", "ap-south-1", "alias/orders-prod"), ("backup", "us-east-1", "alias/orders-backup")]
    {
        let policy = Document::key(&world, account, region, alias).read(&world).expect("a policy");
        assert!(!policy.to_string().contains("Bucketbridge"), "{policy:#}");
        assert_eq!(policy["Statement"].as_array().map(Vec::len), Some(1), "{policy:#}");
    }
    let s3 = world.s3("backup", "us-east-1");
    let versioning =
        world.block(s3.get_bucket_versioning().bucket("orders-backup").send()).expect("an answer");
    assert_eq!(versioning.status().map(|s| s.as_str()), Some("Enabled"));
    let stays = ran.json()["stays"].clone();
    assert_eq!(
        stays[0],
        json!({"account": "backup", "kind": "bucket", "name": "orders-backup"}),
        "{stays:#}"
    );
    assert_eq!(stays.as_array().map(Vec::len), Some(4));

    // Again: nothing to do. And apply brings it all back.
    let again = world.remove(&[]).ended(0);
    assert!(again.outcomes().values().all(|o| o == "kept"), "{:?}", again.outcomes());
    assert!(world.calls().iter().all(|call| !writes_configuration(call)));
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
}

#[test]
fn a_dry_run_says_it_and_writes_nothing() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world.calls();
    let ran = world.run(&["remove", "--dry-run", "-o", "json"]).ended(0);
    let json = ran.json();
    assert_eq!((&json["dry_run"], &json["steps"]), (&json!(true), &json!([])));
    assert_eq!(json["planned"], json!({"delete": 4, "update": 2, "keep": 0}));
    assert_eq!(actions(&ran)["prod role bucketbridge-orders-prod"], "delete");
    assert!(world.calls().iter().all(|call| !writes_configuration(call)));
    // Statement by statement, for people.
    let text = world.run(&["remove", "--dry-run"]).ended(0).stdout;
    for said in [
        "4 to delete, 2 to update",
        "account backup (222222222222)",
        "- statement BucketbridgeEncrypt",
        "- statement BucketbridgeReplicate",
        "(link orders):",
        "1 statement of others kept",
        "buckets, with their objects and settings (versioning, encryption, public access block): orders-backup in account backup",
        "keys: alias/orders-backup (us-east-1) in account backup",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    println!("{text}");
    let text = world.run(&["remove", "--yes"]).ended(0);
    println!("{}\n{}", text.stderr, text.stdout);
}

#[test]
fn a_map_that_was_never_applied() {
    let world = World::of(&one_link());
    let ran = world.remove(&[]).ended(0);
    assert!(ran.stderr.contains("nothing to remove"), "{}", ran.stderr);
    world.wrote_nothing();
    let json = ran.json();
    assert_eq!(json["planned"], json!({"delete": 0, "update": 0, "keep": json["planned"]["keep"]}));
}
