//! With exactly what `permissions` prints, every command does all that it does with all permissions.

use crate::crash::say;
use crate::documents::{self, Document};
use crate::each::{cores, each};
use crate::world::{World, one_link};

use super::scenarios::{Scenario, TASKS, Task};
use super::{allowed, operated, operator, policies};

#[test]
fn every_command_succeeds_with_its_policy() {
    let cases: Vec<(&Task, &Scenario)> =
        TASKS.iter().flat_map(|task| task.scenarios.iter().map(move |s| (task, s))).collect();
    let name = |(task, scenario): &(&Task, &Scenario)| format!("{:?}, {}", task.asked, scenario.name);
    each(&cases, cores(), name, |(task, scenario)| {
        let (world, ran) = scenario.run(task.asked, None).expect("a run");
        let ran = ran.ended(scenario.code);
        for call in world.calls().iter().filter(|call| matches!(call.status, 400 | 403)) {
            let operation = call.operation.as_str();
            // The doctor asks every account whether a bucket is its own, and says so where none is.
            let asked = task.asked.iter().any(|task| ["doctor", "apply"].contains(task))
                && ["GetBucketVersioning", "HeadBucket"].contains(&operation);
            // A check reads more for what it says of a link that fails, and asks the doctor: `--for check,doctor`.
            // So does an apply of a link that fails.
            let beside = scenario.code == 4
                || task.asked.contains(&"check")
                    && (["GetRole", "GetRolePolicy", "GetKeyPolicy", "GetBucketPolicy"].contains(&operation));
            let absent = operation == "DescribeKey" && call.status == 400;
            assert!(asked || beside || absent, "{call:?}\n{}\n{}", ran.stdout, ran.stderr);
        }
    });
    say(&format!("{} scenarios with exactly the policies for their command", cases.len()));
}

/// The policy for everything, through the life of a link.
#[test]
fn one_policy_is_enough_for_the_life_of_a_link() {
    let world = World::of(&one_link());
    for account in ["prod", "backup"] {
        let policies = policies(&world, account, &["--variants"]);
        assert_eq!(policies.len(), 1, "one link fits into one policy");
        operator(&world, account, &policies);
    }
    world.map(&operated(&one_link()));
    world.run(&["plan", "--exit-code"]).ended(3);
    assert_eq!(world.apply(&["--variants"]).ended(0).links()["orders"], "replicated");
    world.run(&["plan", "--exit-code"]).ended(0);
    world.run(&["check"]).ended(0);
    world.run(&["status"]).ended(0);
    world.run(&["doctor"]).ended(0);
    world.apply(&[]).ended(0).proven_but(&[]);
    let removed = world.remove(&[]).ended(0).outcomes();
    assert_eq!(removed["prod role bucketbridge-orders-prod"], "removed", "{removed:#?}");
    assert_eq!(removed["backup bucket-policy orders-backup"], "removed", "{removed:#?}");
}

#[test]
fn the_destination_needs_no_iam() {
    let world = World::of(&one_link());
    let flags: &[&str] = &["--variants", "--object", "--delete-keys"];
    assert!(allowed(&policies(&world, "prod", flags)).iter().any(|action| action.starts_with("iam:")));
    assert!(!allowed(&policies(&world, "backup", flags)).iter().any(|action| action.starts_with("iam:")));
    let said = world.run(&["permissions", "--account", "backup"]).ended(0).stderr;
    assert!(said.contains("account backup needs no permission of IAM itself"), "{said}");
}

/// Whoever only plans may do nothing else.
#[test]
fn what_reads_is_allowed_to_read_alone() {
    for command in ["plan", "doctor"] {
        let world = World::of(&one_link());
        for account in ["prod", "backup"] {
            for action in allowed(&policies(&world, account, &["--for", command])) {
                let (_, operation) = action.split_once(':').expect("an action");
                let reads = ["Get", "List", "Describe"].iter().any(|verb| operation.starts_with(verb));
                assert!(reads && !operation.contains('*'), "{action} does more than read");
            }
        }
    }
}

/// Roles that remove --orphans may find in a bucket that no link leaves any more.
#[test]
fn orphans_are_looked_for_in_every_bucket() {
    let map = one_link();
    let world = World::of(&map);
    world.apply(&["--no-check"]).ended(0);
    let alone = map.split("[links.orders]").next().expect("no link").to_owned();
    world.map(&alone);
    let asked = ["--for", "remove", "--orphans"];
    for account in ["prod", "backup"] {
        operator(&world, account, &policies(&world, account, &asked));
    }
    world.map(&operated(&alone));
    let removed = world.remove(&["--orphans", "--keep-links"]).ended(0).outcomes();
    assert_eq!(removed["prod replication orders-prod"], "removed", "{removed:#?}");
}

/// Whatever there is, and whatever it lacks.
#[test]
fn planning_takes_no_permission_to_write() {
    let world = World::of(&one_link());
    for account in ["prod", "backup"] {
        operator(&world, account, &policies(&world, account, &["--for", "plan"]));
    }
    let reads = |what: &str| {
        world.map(&operated(&one_link()));
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
