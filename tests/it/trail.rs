//! What a run leaves on the machine: a journal of every write, and the documents as they were before.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use bucketbridge_sandbox::{Effect, Fault};
use serde_json::{Value, json};

use crate::documents::{self, Document};
use crate::world::{BACKUP, Ran, World, one_link, until};

/// The files below a folder of the world, in the order of their names.
fn files(world: &World, folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![world.path().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// How often an operation was called in an account.
type Counts = BTreeMap<(String, String), usize>;

fn counted(pairs: impl Iterator<Item = (String, String)>) -> Counts {
    let mut counts = Counts::new();
    pairs.for_each(|pair| *counts.entry(pair).or_default() += 1);
    counts
}

fn writes_at_aws(world: &World) -> Counts {
    let reads = ["Get", "List", "Head", "Describe", "AssumeRole"];
    let calls = world.calls().into_iter();
    let writes = calls.filter(|call| !reads.iter().any(|read| call.operation.starts_with(read)));
    counted(writes.map(|call| (call.account, call.operation)))
}

fn shown(ran: &Ran) -> Vec<Value> {
    ran.json()["writes"].as_array().expect("writes").clone()
}

fn writes_of_journal(writes: &[Value]) -> Counts {
    let text = |write: &Value, key: &str| write[key].as_str().unwrap_or_default().to_owned();
    counted(writes.iter().map(|write| (text(write, "account_id"), text(write, "operation"))))
}

#[test]
fn every_write_is_in_the_journal_and_no_secret_is() {
    let world = World::of(&one_link());
    world.calls();
    let ran = world.apply(&[]).ended(0);
    assert!(ran.stderr.contains(".bucketbridge/journal/"), "{}", ran.stderr);
    let show = world.run(&["journal", "show", "-o", "json"]).ended(0);
    let writes = shown(&show);
    assert_eq!(writes_of_journal(&writes), writes_at_aws(&world));
    for write in &writes {
        assert_eq!(write["outcome"], "ok", "{write:#}");
        assert!(
            write["request_id"].is_string() && write["caller"].as_str().is_some_and(|c| c.contains(":iam::"))
        );
        let document =
            write["operation"].as_str().is_some_and(|o| o.contains("Policy") || o.contains("Replication"));
        assert_eq!(write["digest_after"].is_string(), document, "{write:#}");
    }
    let files = files(&world, ".bucketbridge");
    for file in &files {
        let text = std::fs::read_to_string(file).expect("a file");
        for account in ["prod", "backup"] {
            let (_, secret) = world.sandbox.credentials(account);
            assert!(!text.contains(&secret), "{}", file.display());
        }
        assert_eq!(
            std::fs::metadata(file).expect("a file").permissions().mode() & 0o77,
            0,
            "{}",
            file.display()
        );
    }
    // A run that changes nothing but comes and goes with its canary saves no document.
    world.apply(&["--no-check"]).ended(0);
    assert_eq!(self::files(&world, ".bucketbridge"), files);
    let table = world.run(&["journal", "show"]).ended(0).stdout;
    assert!(table.starts_with("apply of ") && table.contains("CreateKey"), "{table}");
}

#[test]
fn a_killed_run_leaves_a_trace_of_what_was_in_flight() {
    let world = World::of(&one_link());
    world.sandbox.faults().add(Fault::new(Effect::Held).operation("PutKeyPolicy"));
    let mut child = world.start(&["apply", "--yes", "--no-check"]);
    until("a key policy is under way", || world.sandbox.faults().held() > 0);
    child.kill().expect("killed");
    child.wait().expect("ended");
    world.sandbox.faults().clear();
    let show = world.run(&["journal", "show", "-o", "json"]).ended(0);
    let writes = shown(&show);
    let in_flight: Vec<&Value> = writes.iter().filter(|w| w["outcome"].is_null()).collect();
    assert!(
        !in_flight.is_empty() && in_flight.iter().any(|w| w["operation"] == "PutKeyPolicy"),
        "{writes:#?}"
    );
    assert_eq!(show.json()["summary"]["in_flight"], in_flight.len());
    let table = world.run(&["journal", "show"]).ended(0).stdout;
    assert!(table.contains("in flight"), "{table}");
}

#[test]
fn a_refusal_is_in_the_journal() {
    let world = World::of(&one_link());
    world.operator_without("backup", "limited", &["kms:PutKeyPolicy"]);
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
    world.apply(&["--no-check", "--journal", "run.jsonl"]).ended(1);
    let writes = shown(&world.run(&["journal", "show", "run.jsonl", "-o", "json"]).ended(0));
    let refused = writes.iter().find(|w| w["operation"] == "PutKeyPolicy" && w["account"] == "backup");
    let outcome = refused.and_then(|w| w["outcome"].as_str()).expect("a refusal");
    assert!(outcome.starts_with("AccessDenied"), "{outcome}");
    // Never over a file that is there.
    world.calls();
    let again = world.apply(&["--no-check", "--journal", "run.jsonl"]).ended(2);
    assert!(again.stderr.contains("there is a file run.jsonl already"), "{}", again.stderr);
    world.wrote_nothing();
}

#[test]
fn what_cannot_be_journalled_or_saved_is_not_written() {
    let world = World::of(&one_link());
    world.write("a-file", "in the way");
    world.calls();
    let ran = world.apply(&["--no-check", "--journal", "a-file/run.jsonl"]).ended(1);
    assert!(ran.stdout.contains("nothing was sent, since the journal cannot be written"), "{}", ran.stdout);
    world.wrote_nothing();
    let ran = world.apply(&["--no-check", "--backup-dir", "a-file"]).ended(1);
    assert!(ran.stdout.contains("cannot be saved first"), "{}", ran.stdout);
    for write in world.writes() {
        assert!(!write.operation.contains("Policy") && !write.operation.contains("Replication"), "{write:?}");
    }
}

#[test]
fn documents_are_saved_word_for_word_before_their_first_change() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    let key = documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    let document = Document::bucket("backup", "us-east-1", "orders-backup");
    let theirs = json!({"Id": "theirs", "Version": "2008-10-17", "Statement": [{
        "Sid": "only over TLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::orders-backup", "arn:aws:s3:::orders-backup/*"],
        "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}, "Bool": {"aws:SecureTransport": false}}}]});
    document.write(&world, &theirs);
    let before = document.read(&world).expect("a policy");
    let of_key = Document::Key { account: "backup", region: "us-east-1", key: key.clone() };
    let key_before = of_key.read(&world).expect("a policy");
    world.apply(&["--backup-dir", "saved"]).ended(0);
    let saved: BTreeMap<String, Value> = files(&world, "saved")
        .iter()
        .map(|path| {
            let name = path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
            (name, serde_json::from_str(&std::fs::read_to_string(path).expect("a file")).expect("JSON"))
        })
        .collect();
    let of_bucket = &saved["bucket-policy-orders-backup.json"];
    assert_eq!(of_bucket["document"], before);
    assert_eq!((&of_bucket["account"], &of_bucket["account_id"]), (&json!("backup"), &json!(BACKUP)));
    let id = key.rsplit('/').next().expect("an id");
    assert_eq!(saved[&format!("key-policy-us-east-1-{id}.json")]["document"], key_before);
    // What did not exist is known not to have existed.
    assert_eq!(saved["replication-orders-prod.json"]["document"], Value::Null);
    assert_eq!(
        saved["role-policy-bucketbridge-orders-prod-Bucketbridge-orders-prod.json"]["document"],
        Value::Null
    );
    // A later run saves what it finds then, in a folder of its own.
    world.map(&one_link().replace("[links.orders]", "[links.orders]\ndelete_markers = true"));
    world.apply(&["--backup-dir", "saved"]).ended(0);
    assert!(files(&world, "saved").len() > saved.len());
    let folders = std::fs::read_dir(world.path().join("saved")).expect("a folder").count();
    assert_eq!(folders, 2);
}
