//! Two runs at once: a barrier lets both read before either writes. No statement and no rule of either
//! is lost.

use std::collections::BTreeSet;

use bucketbridge_sandbox::{Effect, Fault};
use serde_json::Value;

use crate::documents::{self, Document};
use crate::world::{BACKUP, PROD, Ran, TWO, World, one_link, until};

/// Another source bucket replicates into the same bucket, under the same key.
const SAME_DESTINATION: &str = r#"
[buckets.logs-prod]
account = "prod"
region = "ap-south-1"
key = "alias/orders-prod"

[links.logs]
from = "logs-prod"
to = "orders-backup"
"#;

/// The same source bucket, and so its role and its configuration, replicates elsewhere, too.
const SAME_SOURCE: &str = r#"
[accounts.archive]
id = "333333333333"
profile = "archive"

[buckets.orders-archive]
account = "archive"
region = "eu-west-1"
key = "alias/orders-archive"

[links.archive]
from = "orders-prod"
to = "orders-archive"
"#;

/// Runs both maps at once, and lets no call of that operation pass before both runs are there.
fn at_once(world: &World, maps: [&str; 2], operation: &str, account: &str) -> [Ran; 2] {
    world.sandbox.faults().add(Fault::new(Effect::Held).operation(operation).account(account));
    let children =
        maps.map(|map| world.start(&["apply", "--yes", "-o", "json", "--timeout", "20s", "-f", map]));
    until("both want to write", || world.sandbox.faults().held() == 2);
    world.sandbox.faults().release();
    children.map(|child| Ran::of(child.wait_with_output().expect("an end")))
}

/// Every step of both is done, every link replicates, and nobody has anything left to do.
#[track_caller]
fn both_are_well(world: &World, maps: [&str; 2], runs: &[Ran; 2], what: &str) {
    for (map, ran) in maps.iter().zip(runs) {
        assert_eq!(ran.code, Some(0), "{what}, {map}\n{}\n{}", ran.stdout, ran.stderr);
        ran.proven_but(&[]);
    }
    for map in maps {
        let plan = world.run(&["plan", "--exit-code", "-v", "-f", map]);
        assert_eq!(plan.code, Some(0), "{what}, {map}\n{}", plan.stdout);
    }
}

fn sids(document: &Value) -> BTreeSet<String> {
    let sid = |s: &Value| s["Sid"].as_str().unwrap_or_default().to_owned();
    documents::statements(document).iter().map(sid).collect()
}

/// Each document that both write, and who holds it.
const SHARED: [(&str, &str); 4] = [
    ("PutKeyPolicy", BACKUP),
    ("PutBucketPolicy", BACKUP),
    ("PutRolePolicy", PROD),
    ("PutBucketReplication", PROD),
];

#[test]
fn the_same_map_twice() {
    for (operation, account) in SHARED {
        let world = World::of(&one_link());
        let runs = at_once(&world, ["profiles.toml"; 2], operation, account);
        both_are_well(&world, ["profiles.toml"; 2], &runs, operation);
        for document in Document::of_one_link(&world) {
            let document = document.read(&world).expect("a document");
            assert_eq!(
                sids(&document).len(),
                documents::statements(&document).len(),
                "each once: {document:#}"
            );
        }
    }
}

/// `CreateKey` cannot be made conditional: two keys may be made, of which one gets the alias. Both runs
/// use that one, and the other run names the one that is left over.
#[test]
fn the_same_key_made_twice() {
    for account in [PROD, BACKUP] {
        let world = World::of(&one_link());
        let runs = at_once(&world, ["profiles.toml"; 2], "CreateKey", account);
        both_are_well(&world, ["profiles.toml"; 2], &runs, account);
        let (name, region) = if account == PROD { ("prod", "ap-south-1") } else { ("backup", "us-east-1") };
        let left_over = |step: &&Value| {
            let notes = step["notes"].to_string();
            step["account"] == name && notes.contains("is left over, is under no alias")
        };
        let steps = runs.iter().flat_map(|ran| ran.json()["steps"].as_array().expect("steps").clone());
        let said = steps.filter(|step| left_over(&step)).count();
        let keys = documents::customer_keys(&world, name, region);
        // Held together, both make theirs.
        assert_eq!((said, keys), (1, 2), "{}\n{}", runs[0].stdout, runs[1].stdout);
    }
}

#[test]
fn two_maps_that_share_a_destination_and_its_key() {
    for (operation, account) in [SHARED[0], SHARED[1], ("PutKeyPolicy", PROD)] {
        let world = World::of(&one_link());
        world.write("other.toml", &format!("{TWO}{SAME_DESTINATION}"));
        // So that both runs come to the shared document together, what they stand on is there.
        world.apply(&["--no-check"]).ended(0);
        world.run(&["apply", "--yes", "--no-check", "-f", "other.toml"]).ended(0);
        let document = match (operation, account) {
            ("PutBucketPolicy", _) => Document::bucket("backup", "us-east-1", "orders-backup"),
            (_, BACKUP) => Document::key(&world, "backup", "us-east-1", "alias/orders-backup"),
            _ => Document::key(&world, "prod", "ap-south-1", "alias/orders-prod"),
        };
        let whole = document.read(&world).expect("a document");
        let theirs = |s: &Value| !s["Sid"].as_str().unwrap_or_default().starts_with("Bucketbridge");
        let foreign = serde_json::json!({"Sid": "theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket",
            "Resource": "arn:aws:s3:::orders-backup"});
        document.edit(&world, |d| {
            let statements = d["Statement"].as_array_mut().expect("statements");
            statements.retain(theirs);
            if statements.is_empty() {
                statements.push(foreign.clone());
            }
        });
        let runs = at_once(&world, ["profiles.toml", "other.toml"], operation, account);
        both_are_well(&world, ["profiles.toml", "other.toml"], &runs, operation);
        let now = sids(&document.read(&world).expect("a document"));
        assert!(now.is_superset(&sids(&whole)), "{operation}: {now:?}");
    }
}

#[test]
fn two_maps_that_share_a_source_its_role_and_its_rules() {
    for (operation, account) in [SHARED[2], SHARED[3]] {
        let world = World::of(&one_link());
        world.write("other.toml", &format!("{TWO}{SAME_SOURCE}"));
        let runs = at_once(&world, ["profiles.toml", "other.toml"], operation, account);
        both_are_well(&world, ["profiles.toml", "other.toml"], &runs, operation);
        let rules = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
        assert_eq!(rules.rules().len(), 2, "{operation}");
    }
}

/// One of the two has ended before the other one writes what it read long before. It is seen by the one
/// that writes, which reads the document back; what it took away is found by the next look.
#[test]
fn a_run_whose_grants_were_taken_away_meanwhile_puts_them_back() {
    let world = World::of(&one_link());
    // The first write of the key policy takes effect, and its answer is late; somebody else, who read the
    // policy before, writes it as it was.
    world.sandbox.faults().add(Fault::new(Effect::Held).operation("PutBucketPolicy").account(BACKUP));
    let child = world.start(&["apply", "--yes", "-o", "json", "--timeout", "20s"]);
    until("the bucket policy is about to be written", || world.sandbox.faults().held() == 1);
    let key = Document::key(&world, "backup", "us-east-1", "alias/orders-backup");
    until("the key policy is written", || {
        key.read(&world).is_some_and(|d| documents::statements(&d).len() > 1)
    });
    key.edit(&world, |d| d["Statement"].as_array_mut().expect("statements").truncate(1));
    world.sandbox.faults().release();
    let ran = Ran::of(child.wait_with_output().expect("an end")).ended(0);
    ran.proven_but(&[]);
    assert_eq!(documents::statements(&key.read(&world).expect("a policy")).len(), 2);
    assert!(ran.stdout.contains("changed by somebody else"), "it is said: {}", ran.stdout);
}
