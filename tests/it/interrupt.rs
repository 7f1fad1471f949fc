//! Ctrl-C and `kill -9` half way: what is said, and that the next run ends where an undisturbed one does.

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::Duration;

use bucketbridge_sandbox::Options;
use serde_json::Value;

use crate::documents::{self, Document};
use crate::world::{Ran, World, one_link, until, writes_configuration};

fn kill(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

fn written(world: &World) -> usize {
    world.sandbox.calls().iter().filter(|c| writes_configuration(c) && c.status < 300).count()
}

/// Every document, with the ids that AWS chose replaced by what they are of.
fn documents_of(world: &World) -> BTreeMap<String, Value> {
    let mut names = Vec::new();
    for (account, region, alias) in
        [("prod", "ap-south-1", "alias/orders-prod"), ("backup", "us-east-1", "alias/orders-backup")]
    {
        let arn = documents::key_arn(world, account, region, alias).expect("a key");
        assert_eq!(documents::customer_keys(world, account, region), 1, "one key for {alias}");
        names.push((arn, alias));
    }
    let plain = |text: String| names.iter().fold(text, |text, (arn, alias)| text.replace(arn, alias));
    let mut all = BTreeMap::new();
    for document in Document::of_one_link(world) {
        let name = plain(format!("{document:?}"));
        let text = plain(document.read(world).expect("the document").to_string());
        let mut value: Value = serde_json::from_str(&text).expect("JSON");
        // The order in which a document was completed says nothing.
        if let Some(statements) = value["Statement"].as_array_mut() {
            statements.sort_by_key(|s| s["Sid"].to_string());
        }
        all.insert(name, value);
    }
    let rules = documents::replication(world, "prod", "ap-south-1", "orders-prod").expect("rules");
    all.insert("rules".to_owned(), Value::String(plain(format!("{rules:?}"))));
    for (account, region, bucket) in
        [("prod", "ap-south-1", "orders-prod"), ("backup", "us-east-1", "orders-backup")]
    {
        let s3 = world.s3(account, region);
        let text = world.block(async {
            let versioning = s3.get_bucket_versioning().bucket(bucket).send().await.expect("versioning");
            let blocked = s3.get_public_access_block().bucket(bucket).send().await.expect("a block");
            let encryption = s3.get_bucket_encryption().bucket(bucket).send().await.expect("encryption");
            let owner = s3.get_bucket_ownership_controls().bucket(bucket).send().await.expect("ownership");
            format!(
                "{:?} {:?} {:?} {:?}",
                versioning.status,
                blocked.public_access_block_configuration,
                encryption.server_side_encryption_configuration,
                owner.ownership_controls
            )
        });
        all.insert(format!("bucket {bucket}"), Value::String(plain(text)));
    }
    all
}

fn undisturbed() -> BTreeMap<String, Value> {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    documents_of(&world)
}

const APPLY: &[&str] = &["apply", "--yes", "-o", "json", "--timeout", "20s"];

#[test]
fn an_interrupted_apply_says_what_was_done_and_the_next_one_goes_on() {
    let wanted = undisturbed();
    let world = World::of(&one_link());
    world.sandbox.set_latency(Duration::from_millis(100));
    let child = world.start(APPLY);
    until("something is written", || written(&world) > 0);
    kill(&child, "-INT");
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(130);
    let json = ran.json();
    assert_eq!(json["interrupted"], true);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len(), 10, "every step is accounted for");
    let begun = outcomes.values().filter(|o| *o == "made").count();
    let not_begun = outcomes.values().filter(|o| *o == "blocked").count();
    assert!(not_begun > 0 && begun < 10, "{outcomes:?}");
    let replication = json["steps"].as_array().expect("steps").last().expect("the last step");
    assert_eq!((&replication["kind"], &replication["outcome"]), (&"replication".into(), &"blocked".into()));
    for step in json["steps"].as_array().expect("steps") {
        assert_ne!(step["outcome"], "failed", "an interrupt is no failure: {step:#}");
    }
    assert_eq!(json["links"], serde_json::json!([]));
    assert!(
        ran.stderr.contains("interrupted") && ran.stderr.contains("run `bucketbridge apply` again"),
        "{}",
        ran.stderr
    );
    world.sandbox.set_latency(Duration::ZERO);
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    assert_eq!(documents_of(&world), wanted);
}

/// What is waited for is no mistake of anybody, and must not look like one.
#[test]
fn a_wait_that_is_interrupted_is_no_failure() {
    let world = World::with(Options { iam_propagation: Duration::from_secs(300), ..Options::default() });
    world.map(&one_link());
    let child = world.start(&["apply", "--yes", "-o", "json"]);
    let refused = |world: &World| {
        world.sandbox.calls().iter().any(|c| c.operation == "PutKeyPolicy" && c.status == 400)
    };
    until("a key policy was refused", || refused(&world));
    kill(&child, "-INT");
    let ran = Ran::of(child.wait_with_output().expect("an end")).ended(130);
    assert!(!ran.stdout.contains("AROA"), "{}", ran.stdout);
    assert_eq!(ran.outcomes()["backup key-policy alias/orders-backup (us-east-1)"], "blocked");
    assert!(!ran.outcomes().values().any(|outcome| outcome == "failed"), "{:?}", ran.outcomes());
    assert!(ran.stdout.contains("IAM has not spread the new role yet"), "{}", ran.stdout);
}

#[test]
fn a_second_signal_ends_at_once() {
    let world = World::of(&one_link());
    world.sandbox.set_latency(Duration::from_millis(250));
    let child = world.start(APPLY);
    // The next calls are in flight then, for as long as the latency says.
    until("something is written", || written(&world) > 0);
    kill(&child, "-INT");
    kill(&child, "-TERM");
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(130);
    assert_eq!(ran.stdout, "");
}

#[test]
fn a_signal_before_anything_is_written_writes_nothing() {
    let world = World::of(&one_link());
    world.sandbox.set_latency(Duration::from_millis(1500));
    let child = world.start(APPLY);
    // It has signed in; what it reads next takes longer than it takes to send a signal, and is abandoned.
    until("it reads", || !world.sandbox.calls().is_empty());
    kill(&child, "-INT");
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(130);
    assert_eq!(ran.stdout, "");
    assert_eq!(written(&world), 0);
}

#[test]
fn an_interrupted_check_removes_its_canary() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world.sandbox.set_replication_delay(Duration::from_secs(3600));
    for command in [&["check", "-o", "json"][..], APPLY] {
        world.calls();
        let child = world.start(command);
        until("the canary is followed", || {
            world
                .sandbox
                .calls()
                .iter()
                .any(|c| c.operation == "HeadObject" && c.resource.contains("bucketbridge-canary"))
        });
        kill(&child, "-INT");
        let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(130);
        assert_eq!(ran.json()["interrupted"], true);
        assert_eq!(ran.links()["orders"], "not-run");
        for (account, region, bucket) in
            [("prod", "ap-south-1", "orders-prod"), ("backup", "us-east-1", "orders-backup")]
        {
            assert_eq!(documents::versions(&world, account, region, bucket, ""), [] as [&str; 0]);
        }
    }
}

/// Kills the binary without warning once `writes` calls have been written, and runs it again.
fn killed_after(writes: usize) {
    let world = World::of(&one_link());
    // So that the writes come one round trip after the other, and a kill falls between them.
    world.sandbox.set_latency(Duration::from_millis(25));
    let mut child = world.start(APPLY);
    until("that much is written", || written(&world) >= writes || !matches!(child.try_wait(), Ok(None)));
    // An error means that it has ended by itself, which a fast machine may do.
    let _ = child.kill();
    child.wait().expect("it ends");
    world.sandbox.set_latency(Duration::ZERO);
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated", "after {writes} writes");
    assert_eq!(documents_of(&world), undisturbed(), "after {writes} writes");
}

#[test]
fn killed_after_the_first_write() {
    killed_after(1);
}

#[test]
fn killed_after_the_keys() {
    // Keys and role; the aliases are on their way.
    killed_after(3);
}

#[test]
fn killed_after_the_aliases() {
    killed_after(5);
}

#[test]
fn killed_among_the_settings_of_buckets() {
    killed_after(9);
}

#[test]
fn killed_among_the_policies() {
    killed_after(14);
}

#[test]
fn a_key_that_got_no_alias_is_found_again() {
    let world = World::of(&one_link());
    world.operator_without("backup", "limited", &["kms:CreateAlias"]);
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
    world.apply(&[]).ended(1);
    world.apply(&[]).ended(1);
    assert_eq!(documents::key_arn(&world, "backup", "us-east-1", "alias/orders-backup"), None);
    assert_eq!(documents::customer_keys(&world, "backup", "us-east-1"), 1);
    world.map(&one_link());
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    assert_eq!(documents_of(&world), undisturbed());
}
