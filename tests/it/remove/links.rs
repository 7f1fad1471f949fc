//! One link of several goes; the others go on replicating, before, while and after.

use std::time::Duration;

use bucketbridge_sandbox::{Effect, Fault};
use serde_json::Value;

use crate::documents::{self, Document, ROLE, statements};
use crate::world::{Ran, TWO, World, until, writes_configuration};

use super::{bucket, link, two_destinations};

/// An object put now is replicated by the rules that are left.
#[track_caller]
fn replicates(world: &World, bucket: &str, key: &str) {
    assert_eq!(documents::replicate(world, "prod", "ap-south-1", bucket, key).as_str(), "COMPLETED", "{key}");
}

fn rules(world: &World, bucket: &str) -> Vec<String> {
    let configuration = documents::replication(world, "prod", "ap-south-1", bucket);
    let rules = configuration.map(|c| c.rules().to_vec()).unwrap_or_default();
    rules.into_iter().filter_map(|rule| Some(rule.destination?.bucket)).collect()
}

fn sids(document: &Document, world: &World) -> Vec<String> {
    let document = document.read(world).unwrap_or(Value::Null);
    let all = document["Statement"].as_array().cloned().unwrap_or_default();
    all.iter()
        .filter_map(|s| s["Sid"].as_str())
        .filter(|s| s.starts_with("Bucketbridge"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn one_of_two_destinations() {
    let world = World::of(&two_destinations());
    world.apply(&[]).ended(0);
    let before = Document::role_policy().read(&world).expect("a policy");
    let source_key = Document::key(&world, "prod", "ap-south-1", "alias/orders-prod");
    let key_before = source_key.read(&world);
    let other = Document::bucket("backup", "us-east-1", "copies").read(&world);
    world.calls();

    let ran = world.remove(&["--link", "orders"]).ended(0);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["prod replication orders-prod"], "changed");
    assert_eq!(outcomes["prod role-policy bucketbridge-orders-prod"], "changed");
    assert_eq!(outcomes["prod key-policy alias/orders-prod (ap-south-1)"], "kept");
    assert_eq!(outcomes["backup bucket-policy orders-backup"], "removed");
    assert!(
        !outcomes.keys().any(|step| step.starts_with("prod role ") || step.contains("copies")),
        "{outcomes:#?}"
    );
    let puts = world.calls();
    let puts: Vec<_> = puts.iter().filter(|c| c.operation == "PutBucketReplication").collect();
    assert_eq!(puts.len(), 1, "the configuration is put once, with the other rule in it");

    assert_eq!(rules(&world, "orders-prod"), ["arn:aws:s3:::copies"]);
    assert_eq!(source_key.read(&world), key_before);
    assert_eq!(Document::bucket("backup", "us-east-1", "copies").read(&world), other);
    let after = Document::role_policy().read(&world).expect("a policy");
    assert_eq!(statements(&after).len() + 2, statements(&before).len());
    assert!(statements(&after).iter().all(|s| statements(&before).contains(s)), "as they were");
    replicates(&world, "orders-prod", "afterwards");
    assert_eq!(documents::versions(&world, "backup", "us-east-1", "copies", "afterwards").len(), 1);
    assert_eq!(documents::versions(&world, "backup", "us-east-1", "orders-backup", ""), [] as [&str; 0]);
    // What is left is what the map without the link wants.
    world.map(
        &(TWO.to_owned()
            + &bucket("copies", "backup", "us-east-1")
            + &link("copies", "orders-prod", "copies", "")),
    );
    world.run(&["plan", "--exit-code"]).ended(0);
}

#[test]
fn what_is_left_replicates_at_every_moment() {
    let world = World::of(&two_destinations());
    world.apply(&["--no-check"]).ended(0);
    // Each write of the removal is held until an object has gone through the other link.
    world.calls();
    world.remove(&["--link", "orders"]).ended(0);
    let writes: Vec<_> = world.calls().into_iter().filter(writes_configuration).collect();
    assert!(writes.len() >= 4, "{writes:#?}");
    world.apply(&["--no-check"]).ended(0);
    for (n, write) in writes.iter().enumerate() {
        let fault = Fault::new(Effect::Held).account(&write.account).operation(&write.operation).times(1);
        world.sandbox.faults().add(fault);
        let child = world.start(&["remove", "--yes", "--link", "orders"]);
        until("a write is held", || world.sandbox.faults().held() > 0);
        replicates(&world, "orders-prod", &format!("moment/{n}"));
        world.sandbox.faults().release();
        Ran::of(child.wait_with_output().expect("it ends")).ended(0);
        world.apply(&["--no-check"]).ended(0);
    }
}

#[test]
fn one_of_two_sources() {
    let map = TWO.to_owned()
        + &bucket("invoices", "prod", "ap-south-1")
        + &link("orders", "orders-prod", "orders-backup", "")
        + &link("invoices", "invoices", "orders-backup", "");
    let world = World::of(&map);
    world.apply(&[]).ended(0);
    let policy = Document::bucket("backup", "us-east-1", "orders-backup");
    let key = Document::key(&world, "backup", "us-east-1", "alias/orders-backup");
    assert_eq!((sids(&policy, &world).len(), sids(&key, &world).len()), (2, 2));
    let outcomes = world.remove(&["--link", "ord*"]).ended(0).outcomes();
    assert_eq!(outcomes["backup bucket-policy orders-backup"], "changed");
    assert_eq!(outcomes["backup key-policy alias/orders-backup (us-east-1)"], "changed");
    assert_eq!(outcomes["prod role bucketbridge-orders-prod"], "removed");
    assert_eq!((sids(&policy, &world).len(), sids(&key, &world).len()), (1, 1));
    assert!(world.block(world.iam("prod").get_role().role_name(ROLE).send()).is_err());
    replicates(&world, "invoices", "afterwards");
    assert_eq!(
        world.run(&["check", "--link", "invoices", "-o", "json"]).ended(0).links()["invoices"],
        "replicated"
    );
}

#[test]
fn one_of_two_prefixes_of_the_same_buckets() {
    let map = TWO.to_owned()
        + &link("orders", "orders-prod", "orders-backup", "prefix = \"orders/\"")
        + &link("logs", "orders-prod", "orders-backup", "prefix = \"logs/\"");
    let world = World::of(&map);
    world.apply(&[]).ended(0);
    let shared = Document::of_one_link(&world);
    let before: Vec<_> = shared.iter().map(|document| document.read(&world)).collect();
    world.calls();
    let outcomes = world.remove(&["--link", "logs"]).ended(0).outcomes();
    assert!(
        outcomes.iter().all(|(step, o)| o == "kept" || step == "prod replication orders-prod"),
        "{outcomes:#?}"
    );
    assert_eq!(world.writes().len(), 1);
    let after: Vec<_> = shared.iter().map(|document| document.read(&world)).collect();
    assert_eq!(before, after, "the two share every statement");
    replicates(&world, "orders-prod", "orders/1");
    let s3 = world.s3("prod", "ap-south-1");
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"x");
    world.block(s3.put_object().bucket("orders-prod").key("logs/1").body(body).send()).expect("an object");
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(
        documents::versions(&world, "backup", "us-east-1", "orders-backup", "logs/1"),
        [] as [&str; 0]
    );
    // The last one takes the rest, once the other is out of the map.
    world.map(&(TWO.to_owned() + &link("orders", "orders-prod", "orders-backup", "prefix = \"orders/\"")));
    world.remove(&["--link", "orders"]).ended(0);
    assert_eq!(documents::replication(&world, "prod", "ap-south-1", "orders-prod"), None);
    assert_eq!(Document::role_policy().read(&world), None);
}

#[test]
fn both_ways_and_back() {
    let map = TWO.to_owned()
        + &link("there", "orders-prod", "orders-backup", "")
        + &link("back", "orders-backup", "orders-prod", "");
    let world = World::of(&map);
    world.apply(&[]).ended(0);
    world.remove(&["--link", "back"]).ended(0);
    replicates(&world, "orders-prod", "afterwards");
    assert_eq!(world.run(&["check", "--link", "there"]).ended(0).code, Some(0));
    world.remove(&[]).ended(0);
    for (account, region, name) in
        [("prod", "ap-south-1", "orders-prod"), ("backup", "us-east-1", "orders-backup")]
    {
        assert_eq!(documents::replication(&world, account, region, name), None);
        assert_eq!(Document::bucket(account, region, name).read(&world), None);
        let key = Document::key(&world, account, region, &format!("alias/{name}"));
        assert_eq!(sids(&key, &world), [] as [&str; 0]);
    }
}

#[test]
fn administrators_of_a_key_stay_as_long_as_a_link_uses_it() {
    let keys = "\n[keys.\"alias/orders-backup\"]\nusers = [\"arn:aws:iam::222222222222:root\"]\n";
    let map = TWO.to_owned()
        + keys
        + &link("orders", "orders-prod", "orders-backup", "prefix = \"orders/\"")
        + &link("logs", "orders-prod", "orders-backup", "prefix = \"logs/\"");
    let world = World::of(&map);
    world.apply(&["--no-check"]).ended(0);
    let key = Document::key(&world, "backup", "us-east-1", "alias/orders-backup");
    let uses = || sids(&key, &world).iter().filter(|sid| sid.starts_with("BucketbridgeUse")).count();
    assert_eq!(uses(), 1);
    world.remove(&["--link", "logs"]).ended(0);
    assert_eq!(uses(), 1);
    world.map(
        &(TWO.to_owned() + keys + &link("orders", "orders-prod", "orders-backup", "prefix = \"orders/\"")),
    );
    world.remove(&["--link", "orders"]).ended(0);
    assert_eq!(uses(), 0);
}
