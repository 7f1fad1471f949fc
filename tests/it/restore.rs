//! `restore`: a document is put back as it was saved, after the difference has been shown.

use std::path::PathBuf;

use bucketbridge_sandbox::{Effect, Fault};
use serde_json::{Value, json};

use crate::documents::{self, Document, POLICY, ROLE};
use crate::world::{BACKUP, Ran, World, one_link, until};

/// The backup of that name, wherever its run put it.
#[track_caller]
fn backup(world: &World, name: &str) -> String {
    fn search(folder: PathBuf, name: &str) -> Option<PathBuf> {
        std::fs::read_dir(folder).ok()?.flatten().find_map(|entry| match entry.path() {
            path if path.is_dir() => search(path, name),
            path => path.file_name().is_some_and(|n| n == name).then_some(path),
        })
    }
    let found = search(world.path().join("saved"), name).unwrap_or_else(|| panic!("no backup {name}"));
    found.to_str().expect("UTF-8").to_owned()
}

fn restore(world: &World, file: &str) -> Ran {
    world.run(&["restore", file, "--yes", "-o", "json", "--backup-dir", "again"])
}

/// A bucket and a key with policies of others, to which a link is applied.
fn applied() -> (World, [(Document, Value); 2]) {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    let key = documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    let bucket = Document::bucket("backup", "us-east-1", "orders-backup");
    bucket.write(
        &world,
        &json!({"Id": "x", "Version": "2008-10-17", "Statement": {"Sid": "only over TLS", "Effect": "Deny",
            "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::orders-backup/*"],
            "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}, "Bool": {"aws:SecureTransport": false}}}}),
    );
    let key = Document::Key { account: "backup", region: "us-east-1", key };
    let before = [bucket, key].map(|document| {
        let text = document.read(&world).expect("a document");
        (document, text)
    });
    world.apply(&["--backup-dir", "saved"]).ended(0);
    (world, before)
}

#[test]
fn documents_come_back_word_for_word_and_what_was_not_there_goes() {
    let (world, before) = applied();
    let [(bucket, bucket_before), (key, key_before)] = before;
    let ran = restore(&world, &backup(&world, "replication-orders-prod.json")).ended(0);
    assert_eq!(ran.outcomes()["prod replication orders-prod"], "changed");
    assert!(documents::replication(&world, "prod", "ap-south-1", "orders-prod").is_none());
    restore(&world, &backup(&world, "bucket-policy-orders-backup.json")).ended(0);
    assert_eq!(bucket.read(&world), Some(bucket_before));
    let Document::Key { key: arn, .. } = &key else { unreachable!() };
    let id = arn.rsplit('/').next().expect("an id");
    restore(&world, &backup(&world, &format!("key-policy-us-east-1-{id}.json"))).ended(0);
    assert_eq!(key.read(&world), Some(key_before));
    restore(&world, &backup(&world, &format!("role-policy-{ROLE}-{POLICY}.json"))).ended(0);
    assert_eq!(Document::role_policy().read(&world), None);
    // Once more: nothing to do, and no call that writes.
    world.calls();
    let again = restore(&world, &backup(&world, "bucket-policy-orders-backup.json")).ended(0);
    assert!(again.stderr.contains("as it was saved already"), "{}", again.stderr);
    world.wrote_nothing();
    // What was there before the restoration was saved, too; it brings the link back to life.
    world.apply(&[]).ended(0).proven_but(&[]);
}

#[test]
fn a_replication_configuration_comes_back_to_the_byte() {
    let world = World::of(&one_link());
    world.apply(&[]).ended(0);
    let before = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    world.map(&one_link().replace("[links.orders]", "[links.orders]\ndelete_markers = true"));
    world.apply(&["--backup-dir", "saved"]).ended(0);
    let file = backup(&world, "replication-orders-prod.json");
    let shown = world.run(&["restore", &file, "--yes"]).ended(0);
    let text = format!("{}{}", shown.stdout, shown.stderr);
    assert!(text.contains("DeleteMarkerReplication: Enabled → Disabled"), "{text}");
    assert_eq!(documents::replication(&world, "prod", "ap-south-1", "orders-prod"), Some(before));
    let sent = world.calls().into_iter().filter(|c| c.operation == "PutBucketReplication").count();
    assert!(sent >= 3, "made, changed, restored");
}

#[test]
fn nothing_is_written_without_a_yes() {
    let (world, [(bucket, _), _]) = applied();
    let now = bucket.read(&world);
    let file = backup(&world, "bucket-policy-orders-backup.json");
    let ran = world.run(&["restore", &file]).ended(2);
    assert!(ran.stderr.contains("in account backup") || ran.stderr.contains("backup ("), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("- statement BucketbridgeReplicate"),
        "what would go is shown: {}",
        ran.stderr
    );
    assert_eq!(bucket.read(&world), now);
}

#[test]
fn a_document_that_has_changed_since_it_was_shown_is_left_alone() {
    let (world, [(bucket, _), _]) = applied();
    let file = backup(&world, "bucket-policy-orders-backup.json");
    // The second look, right before the write.
    world
        .sandbox
        .faults()
        .add(Fault::new(Effect::Held).operation("GetBucketPolicy").account(BACKUP).after(1));
    let child = world.start(&["restore", &file, "--yes", "-o", "json"]);
    until("it looks again", || world.sandbox.faults().held() == 1);
    let theirs = json!({"Version": "2012-10-17", "Statement": [{"Sid": "new", "Effect": "Deny", "Principal": "*",
        "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::orders-backup"}]});
    bucket.write(&world, &theirs);
    world.sandbox.faults().clear();
    let ran = Ran::of(child.wait_with_output().expect("an end")).ended(1);
    assert!(ran.stdout.contains("has changed since it was looked at"), "{}", ran.stdout);
    assert_eq!(bucket.read(&world), Some(theirs));
}

#[test]
fn a_document_that_aws_would_refuse_is_not_sent() {
    let (world, [(bucket, _), _]) = applied();
    let file = backup(&world, "bucket-policy-orders-backup.json");
    let text = std::fs::read_to_string(&file).expect("a backup");
    let dead = text.replace("\"Principal\": \"*\"", "\"Principal\": {\"AWS\": \"AROAEXAMPLEEXAMPLE123\"}");
    assert_ne!(dead, text);
    world.write("dead.json", &dead);
    let now = bucket.read(&world);
    let ran = restore(&world, "dead.json").ended(1);
    for said in ["only over TLS", "AROAEXAMPLEEXAMPLE123", "put the ARN"] {
        assert!(ran.stderr.contains(said), "{said}: {}", ran.stderr);
    }
    assert_eq!(bucket.read(&world), now);
}

#[test]
fn what_is_no_backup_is_refused_before_any_account_is_touched() {
    let (world, _) = applied();
    let text = std::fs::read_to_string(backup(&world, "bucket-policy-orders-backup.json")).expect("a backup");
    world.calls();
    let wrong = [
        ("no.json", "{}".to_owned(), "it is no backup"),
        ("cut.json", text[..text.len() / 2].to_owned(), "it is no backup"),
        (
            "version.json",
            text.replace("\"version\": 1", "\"version\": 2"),
            "version 2, which is not known here",
        ),
        ("account.json", text.replace(BACKUP, "999999999999"), "has no account 999999999999"),
        ("key.json", text.replace("orders-backup\",", "Orders_Backup\","), "it is no backup"),
        ("extra.json", text.replace("\"version\": 1", "\"version\": 1, \"also\": 2"), "it is no backup"),
    ];
    for (name, text, why) in wrong {
        world.write(name, &text);
        let ran = restore(&world, name).ended(2);
        assert!(ran.stderr.contains(why), "{name}: {}", ran.stderr);
    }
    assert!(world.run(&["restore", "absent.json", "--yes"]).ended(2).stderr.contains("absent.json"));
    assert!(world.calls().is_empty());
}
