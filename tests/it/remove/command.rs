//! The command line of `remove`, and what it leaves on this machine.

use serde_json::Value;

use crate::world::{World, one_link, writes_configuration};

use super::two_destinations;

#[test]
fn without_a_terminal_it_has_to_be_told() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world.calls();
    let ran = world.run(&["remove"]).ended(2);
    assert_eq!(ran.stdout, "");
    for said in
        ["4 to delete, 2 to update", "no terminal to ask at, so nothing was changed", "--dry-run to look"]
    {
        assert!(ran.stderr.contains(said), "{said}\n{}", ran.stderr);
    }
    assert!(world.calls().iter().all(|call| !writes_configuration(call)));
}

#[test]
fn links_are_exactly_those_that_are_named() {
    let world = World::of(&two_destinations());
    let ran = world.run(&["remove", "--link", "nobody", "--yes"]).ended(2);
    assert!(ran.stderr.contains("no link matches `nobody`"), "{}", ran.stderr);
    for wrong in [
        &["--keep-links"][..],
        &["--orphans", "--keep-links", "--link", "orders"],
        &["--orphans", "--keep-links", "--delete-keys"],
        &["--dry-run", "--yes"],
        &["--window-days", "9"],
        &["--delete-keys", "--window-days", "31"],
    ] {
        world.run(&[&["remove"], wrong].concat()).ended(2);
    }
    assert!(world.calls().iter().all(|call| !writes_configuration(call)));
}

#[test]
fn every_write_is_in_the_journal_and_every_document_was_saved() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let bucket = crate::documents::Document::bucket("backup", "us-east-1", "orders-backup");
    let policy = bucket.read(&world).expect("a policy");
    world.remove(&["--journal", "trail.jsonl", "--backup-dir", "saved"]).ended(0);
    let text = std::fs::read_to_string(world.path().join("trail.jsonl")).expect("a journal");
    let journal = bucketbridge::trail::journal::read(&text).expect("a journal");
    let mut written: Vec<&str> = journal.writes.iter().map(|w| w.begun.operation.as_str()).collect();
    written.sort_unstable();
    assert_eq!(
        written,
        [
            "DeleteBucketPolicy",
            "DeleteBucketReplication",
            "DeleteRole",
            "DeleteRolePolicy",
            "PutKeyPolicy",
            "PutKeyPolicy"
        ]
    );
    assert_eq!(journal.command, "remove");
    assert!(journal.writes.iter().all(|w| w.ended.as_ref().is_some_and(|e| e.outcome == "ok")));
    let run =
        std::fs::read_dir(world.path().join("saved")).expect("a folder").next().expect("a run").expect("it");
    let saved = |file: &str| -> Value {
        let text = std::fs::read_to_string(run.path().join(file)).expect(file);
        serde_json::from_str(&text).expect("JSON")
    };
    assert_eq!(saved("222222222222/bucket-policy-orders-backup.json")["document"], policy);
    let trust = saved("111111111111/trust-policy-bucketbridge-orders-prod.json");
    assert_eq!(trust["document"]["Statement"][0]["Sid"], "BucketbridgeTrust");
    let rules = saved("111111111111/replication-orders-prod.json");
    assert!(rules["document"].as_str().is_some_and(|xml| xml.contains("<Rule>")), "{rules:#}");
}

#[test]
fn every_format() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    for (format, said) in [
        ("table", "what stays"),
        ("markdown", "BucketbridgeEncrypt"),
        ("csv", "changes,backup,bucket-policy,orders-backup,delete"),
        ("json", "\"command\": \"remove\""),
    ] {
        let text = world.run(&["remove", "--dry-run", "-o", format]).ended(0).stdout;
        assert!(text.contains(said), "{format}: {text}");
    }
}
