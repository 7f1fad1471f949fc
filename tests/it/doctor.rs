//! `doctor` on the sandbox: what it reads, what it says of it, and that it writes nothing. Whether its
//! verdicts are right is tested where its rules are.

use std::path::Path;

use serde_json::{Value, json};

use crate::documents::{self, Document};
use crate::world::{Ran, World, one_link};

/// Without a map: the two profiles that every world has.
const BY_BUCKET: [&str; 7] =
    ["doctor", "--source", "orders-prod", "--source-profile", "prod", "--destination-profile", "backup"];

/// A link that replicates.
fn healthy() -> World {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world.calls();
    world
}

fn doctor(world: &World, more: &[&str]) -> Ran {
    let mut args = vec!["doctor", "-o", "json"];
    args.extend(more);
    world.run(&args)
}

fn by_bucket(world: &World, more: &[&str]) -> Ran {
    let mut args = BY_BUCKET.to_vec();
    args.extend(["-o", "json"]);
    args.extend(more);
    world.run(&args)
}

/// The verdict of the only link, and the causes of its errors.
#[track_caller]
fn verdict(json: &Value) -> (String, Vec<String>) {
    let links = json["links"].as_array().expect("links");
    assert_eq!(links.len(), 1, "{json:#}");
    let findings = links[0]["findings"].as_array().expect("findings");
    let errors = findings.iter().filter(|finding| finding["severity"] == "error");
    let cause = |finding: &Value| finding["cause"].as_str().expect("a cause").to_owned();
    (links[0]["verdict"].as_str().expect("a verdict").to_owned(), errors.map(cause).collect())
}

/// Every call was one that reads.
#[track_caller]
fn only_read(world: &World) {
    let calls = world.calls();
    assert!(calls.len() > 10, "{calls:#?}");
    for call in calls {
        let reads = ["Get", "List", "Head", "Describe"].iter().any(|verb| call.operation.starts_with(verb));
        assert!(reads, "{call:?}");
    }
    assert!(!world.path().join(".bucketbridge").exists(), "no trail without a write");
}

#[test]
fn explore() {
    let world = healthy();
    let ran = doctor(&world, &[]);
    println!("{}\n{}\n{:?}", ran.stdout, ran.stderr, ran.code);
    let ran = by_bucket(&world, &[]);
    println!("{}\n{}\n{:?}", ran.stdout, ran.stderr, ran.code);
    let key = Document::key(&world, "backup", "us-east-1", "alias/orders-backup");
    key.edit(&world, |d| documents::ours(d, "Encrypt")["Action"] = json!(["kms:GenerateDataKey"]));
    let ran = world.run(&["doctor"]);
    println!("{}\n{}\n{:?}", ran.stdout, ran.stderr, ran.code);
    let ran = world.run(&["doctor", "--explain"]);
    println!("{}\n{}\n{:?}", ran.stdout, ran.stderr, ran.code);
    let ran = world.run(&["doctor", "-o", "markdown"]);
    println!("{}\n{}\n{:?}", ran.stdout, ran.stderr, ran.code);
}
