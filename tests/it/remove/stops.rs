//! What stops a removal, and what goes on: nothing that a rule needs goes before the rule.

use std::process::{Child, Command};
use std::time::Duration;

use bucketbridge_sandbox::{Effect, Fault};
use serde_json::{Value, json};

use crate::documents::{self, Document, ROLE};
use crate::world::{Ran, TWO, World, one_link, until, writes_configuration};

use super::{bucket, link};

const ROLE_STEP: &str = "prod role bucketbridge-orders-prod";

fn applied() -> World {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world
}

/// Runs `remove` to its end as somebody who can do everything, and finds nothing of ours afterwards.
#[track_caller]
fn ends_clean(world: &World) {
    world.map(&one_link());
    world.remove(&[]).ended(0);
    assert_eq!(documents::replication(world, "prod", "ap-south-1", "orders-prod"), None);
    assert!(world.block(world.iam("prod").get_role().role_name(ROLE).send()).is_err());
    let left = Document::of_one_link(world).into_iter().filter_map(|document| document.read(world));
    assert!(left.into_iter().all(|document| !document.to_string().contains("Bucketbridge")));
}

#[test]
fn a_rule_that_does_not_go_holds_everything_that_it_needs() {
    let world = applied();
    let before: Vec<Option<Value>> = Document::of_one_link(&world).iter().map(|d| d.read(&world)).collect();
    world.operator_without("prod", "limited", &["s3:PutReplicationConfiguration"]);
    world.map(&one_link().replace("profile = \"prod\"", "profile = \"limited\""));
    world.calls();
    let ran = world.remove(&[]).ended(1);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["prod replication orders-prod"], "failed");
    assert_eq!(outcomes.values().filter(|o| *o == "blocked").count(), 5, "{outcomes:#?}");
    for step in ran.json()["steps"].as_array().expect("steps").iter().filter(|s| s["outcome"] == "blocked") {
        assert_eq!(step["blocked_by"]["kind"], "replication", "{step:#}");
    }
    let writes: Vec<_> =
        world.calls().into_iter().filter(|c| writes_configuration(c) && c.status < 300).collect();
    assert!(writes.is_empty(), "{writes:#?}");
    let after: Vec<Option<Value>> = Document::of_one_link(&world).iter().map(|d| d.read(&world)).collect();
    assert_eq!(after, before);
    ends_clean(&world);
}

#[test]
fn one_source_that_fails_does_not_stop_another() {
    let world = World::of(
        &(TWO.to_owned()
            + &bucket("invoices", "prod", "ap-south-1")
            + &link("orders", "orders-prod", "orders-backup", "")
            + &link("invoices", "invoices", "orders-backup", "")),
    );
    world.apply(&["--no-check"]).ended(0);
    Document::bucket("prod", "ap-south-1", "invoices").write(
        &world,
        &json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": {"AWS": "*"},
            "Action": "s3:PutReplicationConfiguration", "Resource": "arn:aws:s3:::invoices"}]}),
    );
    let ran = world.remove(&[]).ended(1);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["prod replication orders-prod"], "removed");
    assert_eq!(outcomes[ROLE_STEP], "removed");
    assert_eq!(outcomes["prod role bucketbridge-invoices"], "blocked");
    // What both share is left to the one that stays.
    for step in ["backup bucket-policy orders-backup", "backup key-policy alias/orders-backup (us-east-1)"] {
        assert_eq!(outcomes[step], "blocked", "{step}");
    }
    assert!(ran.json()["steps"].to_string().contains("what no held up link needs was withdrawn"));
    let policy = Document::bucket("backup", "us-east-1", "orders-backup").read(&world).expect("a policy");
    assert_eq!(policy["Statement"].as_array().map(Vec::len), Some(1), "{policy:#}");
    let status = documents::replicate(&world, "prod", "ap-south-1", "invoices", "still");
    assert_eq!(status.as_str(), "COMPLETED");
}

#[test]
fn a_destination_that_cannot_be_reached_keeps_the_role_alone() {
    let world = applied();
    world.add_profile("nobody", "AKIANOBODYNOBODYNOBO", "x");
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"nobody\""));
    world.remove(&[]).ended(1);
    assert!(
        documents::replication(&world, "prod", "ap-south-1", "orders-prod").is_some(),
        "not without being told"
    );
    let ran = world.remove(&["--skip-unreachable"]).ended(1);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["prod replication orders-prod"], "removed");
    assert_eq!(outcomes["prod role-policy bucketbridge-orders-prod"], "removed");
    assert_eq!(outcomes["backup bucket-policy orders-backup"], "blocked");
    assert_eq!(outcomes[ROLE_STEP], "blocked", "its unique id would poison the policies that name it");
    ends_clean(&world);
}

#[test]
fn what_cannot_be_read_is_a_problem() {
    let world = applied();
    world.operator_without("backup", "limited", &["kms:GetKeyPolicy"]);
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
    let ran = world.run(&["remove", "--dry-run", "-o", "json"]).ended(1);
    assert_eq!(ran.json()["problems"].as_array().map(Vec::len), Some(1));
    let outcomes = world.remove(&[]).ended(1).outcomes();
    assert_eq!(outcomes["backup key-policy alias/orders-backup (us-east-1)"], "failed");
    assert_eq!(outcomes["backup bucket-policy orders-backup"], "removed");
    assert_eq!(outcomes[ROLE_STEP], "blocked");
    ends_clean(&world);
}

#[test]
fn a_statement_of_others_with_a_deleted_principal() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    world.apply(&["--no-check"]).ended(0);
    let policy = Document::bucket("backup", "us-east-1", "orders-backup");
    let iam = world.iam("archive");
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::333333333333:root"}, "Action": "sts:AssumeRole"}]});
    let role = iam.create_role().role_name("reader").assume_role_policy_document(trust.to_string()).send();
    let role = world.block(role).expect("a role").role.expect("the role").arn;
    policy.edit(&world, |document| {
        let theirs = json!({"Sid": "Reader", "Effect": "Allow", "Principal": {"AWS": role},
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders-backup/*"});
        document["Statement"].as_array_mut().expect("statements").push(theirs);
    });
    world.block(iam.delete_role().role_name("reader").send()).expect("gone");
    let ran = world.remove(&[]).ended(1);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["backup bucket-policy orders-backup"], "failed");
    assert_eq!(outcomes["prod replication orders-prod"], "removed");
    assert_eq!(outcomes[ROLE_STEP], "blocked");
    assert!(
        ran.json()["problems"][0]["message"].to_string().contains("its statement Reader names AROA"),
        "{}",
        ran.stdout
    );
    policy.edit(&world, |document| {
        document["Statement"].as_array_mut().expect("statements").retain(|s| s["Sid"] != "Reader");
    });
    ends_clean(&world);
}

fn kill(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

#[test]
fn interrupted_it_says_what_was_done_and_goes_on_later() {
    let world = applied();
    world.calls();
    world.sandbox.set_latency(Duration::from_millis(60));
    let child = world.start(&["remove", "--yes", "-o", "json"]);
    until("something is written", || world.sandbox.calls().iter().any(writes_configuration));
    kill(&child, "-INT");
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(130);
    world.sandbox.set_latency(Duration::ZERO);
    assert_eq!(ran.json()["interrupted"], true);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes[ROLE_STEP], "blocked");
    assert_eq!(outcomes["prod replication orders-prod"], "removed", "what was sent is said to be done");
    assert!(ran.stderr.contains("run `bucketbridge remove` again"), "{}", ran.stderr);
    ends_clean(&world);
}

#[test]
fn faults_that_pass_are_waited_for() {
    let world = applied();
    for (n, operation) in
        ["DeleteBucketReplication", "DeleteBucketPolicy", "PutKeyPolicy", "DeleteRolePolicy", "DeleteRole"]
            .into_iter()
            .enumerate()
    {
        let effect = [Effect::Throttled, Effect::CutAfter, Effect::CutBefore, Effect::Broken][n % 4];
        world.sandbox.faults().add(Fault::new(effect).operation(operation).times(1));
    }
    world.sandbox.faults().add(Fault::new(Effect::CutAfter).operation("DeleteRole").times(1));
    world.remove(&[]).ended(0);
    world.sandbox.faults().clear();
    ends_clean(&world);
}

#[test]
fn what_somebody_writes_meanwhile_stays_and_what_he_brings_back_goes() {
    let world = applied();
    let key = Document::key(&world, "backup", "us-east-1", "alias/orders-backup");
    let before = key.read(&world).expect("a policy");
    world.sandbox.faults().add(Fault::new(Effect::Held).operation("DeleteRole").times(1));
    let child = world.start(&["remove", "--yes", "-o", "json"]);
    until("the key's policy was written", || world.sandbox.faults().held() > 0);
    // He had read it before, and adds to it what he wanted.
    let mut theirs = before.clone();
    let statement = json!({"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"},
        "Action": "kms:ListGrants", "Resource": "*"});
    theirs["Statement"].as_array_mut().expect("statements").push(statement);
    key.write(&world, &theirs);
    world.sandbox.faults().release();
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(0);
    let left = key.read(&world).expect("a policy").to_string();
    assert!(left.contains("Theirs") && !left.contains("BucketbridgeEncrypt"), "{left}");
    assert!(ran.json()["steps"].to_string().contains("changed by somebody else"), "{}", ran.stdout);
}

#[test]
fn on_what_the_map_does_not_manage_nothing_is_written() {
    let world = applied();
    let unmanaged = one_link().replace(
        "[buckets.orders-backup]\n",
        "[keys.\"alias/orders-backup\"]\nmanage = false\n\n[buckets.orders-backup]\nmanage = false\n",
    );
    world.map(&unmanaged);
    world.calls();
    let ran = world.remove(&["--delete-keys", "--typed", "alias/orders-backup"]).ended(1);
    let outcomes = ran.outcomes();
    for step in ["backup bucket-policy orders-backup", "backup key-policy alias/orders-backup (us-east-1)"] {
        assert_eq!(outcomes[step], "failed", "{outcomes:#?}");
    }
    assert_eq!(outcomes["prod replication orders-prod"], "removed");
    assert_eq!(outcomes[ROLE_STEP], "blocked");
    let said = ran.json()["problems"].to_string();
    assert!(
        said.contains("give what the plan shows of it to whoever manages bucket orders-backup"),
        "{said}"
    );
    let theirs = world.calls().into_iter().filter(|c| c.account == "222222222222" && writes_configuration(c));
    assert_eq!(theirs.count(), 0);
    ends_clean(&world);
}
