//! The final check: what it says, and that nothing of it stays behind in any bucket.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    DefaultRetention, ObjectLockConfiguration, ObjectLockEnabled, ObjectLockRetentionMode, ObjectLockRule,
};
use serde_json::json;

use crate::documents::{self, Document, ROLE, ours};
use crate::world::{Ran, World, one_link, until};

const CANARIES: &str = ".bucketbridge-canary/";

fn made() -> World {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world.calls();
    world
}

#[track_caller]
fn assert_clean(world: &World) {
    for (account, region, bucket) in
        [("prod", "ap-south-1", "orders-prod"), ("backup", "us-east-1", "orders-backup")]
    {
        let left: Vec<String> = documents::versions(world, account, region, bucket, "")
            .into_iter()
            .filter(|version| version.contains(CANARIES))
            .collect();
        assert_eq!(left, [] as [&str; 0], "in {bucket}");
    }
}

fn check(world: &World, more: &[&str]) -> Ran {
    let mut args = vec!["check", "-o", "json", "--timeout", "20s"];
    args.extend(more);
    world.run(&args)
}

#[track_caller]
fn problems(ran: &Ran) -> String {
    ran.json()["links"][0]["problems"].to_string()
}

/// Canaries that were put, by the record.
fn put(world: &World) -> usize {
    let calls = world.sandbox.calls();
    calls.iter().filter(|c| c.operation == "PutObject" && c.resource.contains(CANARIES)).count()
}

#[test]
fn a_proven_link_leaves_nothing_behind() {
    let world = made();
    let ran = check(&world, &[]).ended(0);
    assert_eq!(ran.links()["orders"], "replicated");
    assert_eq!(problems(&ran), "[]");
    let link = &ran.json()["links"][0];
    assert!(link["seconds"].as_f64().is_some_and(|s| s > 0.0), "{link:#}");
    let key = documents::key_arn(&world, "backup", "us-east-1", "alias/orders-backup");
    assert_eq!(link["replica"]["key_arn"].as_str(), key.as_deref());
    assert_eq!(link["replica"]["owner"], "222222222222");
    assert_eq!(put(&world), 1);
    assert_clean(&world);
}

#[test]
fn a_refused_canary_is_tried_once_more_and_removed() {
    let world = made();
    Document::role_policy().edit(&world, |d| {
        ours(d, "Encrypt")["Action"] = json!(["kms:GenerateDataKey", "kms:Decrypt"]);
    });
    let ran = check(&world, &[]).ended(4);
    assert_eq!(ran.links()["orders"], "failed");
    let why = problems(&ran);
    assert!(why.contains("S3 says FAILED"), "{why}");
    // The role was made less than a minute ago, so the first refusal may be for no lasting reason.
    assert_eq!(put(&world), 2);
    assert_clean(&world);
}

#[test]
fn a_first_refusal_of_a_young_role_may_pass() {
    let world = made();
    let role = Document::role_policy();
    let whole = role.read(&world).expect("the policy");
    role.edit(&world, |d| ours(d, "Encrypt")["Action"] = json!("kms:Decrypt"));
    world.sandbox.set_replication_delay(Duration::from_millis(100));
    let child = world.start(&["check", "-o", "json", "--timeout", "20s"]);
    until("the first canary was refused", || {
        world.sandbox.calls().iter().any(|c| {
            let key = c.resource.split_once("orders-prod/").map(|(_, key)| key).unwrap_or_default();
            c.operation == "PutObject"
                && world
                    .sandbox
                    .why("orders-prod", key)
                    .iter()
                    .any(|v| matches!(v.outcome, bucketbridge_sandbox::Outcome::Failed(_)))
        })
    });
    role.write(&world, &whole);
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(0);
    assert_eq!(ran.links()["orders"], "replicated");
    assert_eq!(put(&world), 2);
    assert_clean(&world);
}

#[test]
fn apply_ends_with_four_when_all_steps_are_well_but_nothing_replicates() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    Document::bucket("backup", "us-east-1", "orders-backup").write(
        &world,
        &json!({"Version": "2012-10-17", "Statement": [{"Sid": "Theirs", "Effect": "Deny", "Principal": "*",
            "Action": "s3:ReplicateObject", "Resource": "arn:aws:s3:::orders-backup/*"}]}),
    );
    let ran = world.apply(&["--no-doctor"]).ended(4);
    assert_eq!(ran.links()["orders"], "failed");
    assert!(ran.outcomes().values().all(|o| o != "failed" && o != "blocked"), "{:?}", ran.outcomes());
    let finding = &ran.json()["doctor"][0]["findings"][0];
    assert_eq!(
        (&finding["cause"], &finding["statement"]["sid"]),
        (&json!("dst-bucket-policy-deny"), &json!("Theirs"))
    );
    assert_clean(&world);
}

#[test]
fn a_canary_that_is_pending_at_the_deadline_is_removed() {
    let world = made();
    world.sandbox.set_replication_delay(Duration::from_secs(3600));
    let ran = check(&world, &["--timeout", "2s"]);
    let ran = if ran.code == Some(2) { world.run(&["check", "-o", "json", "--timeout", "2s"]) } else { ran }
        .ended(4);
    assert_eq!(ran.links()["orders"], "pending");
    let why = problems(&ran);
    assert!(why.contains("PENDING") && why.contains("--timeout"), "{why}");
    assert_clean(&world);
}

#[test]
fn leftovers_of_a_killed_run_are_swept_and_nothing_else() {
    let world = made();
    let s3 = world.s3("prod", "ap-south-1");
    let theirs = ["a", "data/.bucketbridge-canary-of-somebody", ".bucketbridge-canaryx/1"];
    world.block(async {
        for key in theirs {
            let object =
                s3.put_object().bucket("orders-prod").key(key).body(ByteStream::from_static(b"theirs"));
            object.send().await.expect("an object");
        }
        s3.delete_object().bucket("orders-prod").key("a").send().await.expect("a delete marker");
    });
    for key in theirs {
        documents::settled(&world, "orders-prod", key);
    }
    let all = |world: &World| {
        let source = documents::versions(world, "prod", "ap-south-1", "orders-prod", "");
        (source, documents::versions(world, "backup", "us-east-1", "orders-backup", ""))
    };
    let before = all(&world);
    assert_eq!((before.0.len(), before.1.len()), (4, 3));

    world.sandbox.set_replication_delay(Duration::from_millis(1500));
    let mut child = world.start(&["check", "-o", "json"]);
    until("the canary is followed", || {
        world.sandbox.calls().iter().any(|c| c.operation == "HeadObject" && c.resource.contains(CANARIES))
    });
    child.kill().expect("killed");
    child.wait().expect("it ends");
    let there = || documents::versions(&world, "backup", "us-east-1", "orders-backup", CANARIES).len();
    until("its replica has arrived", || there() == 1);
    assert_eq!(documents::versions(&world, "prod", "ap-south-1", "orders-prod", CANARIES).len(), 1);

    world.sandbox.set_replication_delay(Duration::from_millis(20));
    let ran = check(&world, &[]).ended(0);
    assert_eq!(ran.links()["orders"], "replicated");
    assert_clean(&world);
    assert_eq!(all(&world), before);
}

#[test]
fn a_replica_under_another_key_is_wrong() {
    let world = made();
    let right = documents::key_arn(&world, "backup", "us-east-1", "alias/orders-backup").expect("a key");
    let wrong = documents::make_key(&world, "backup", "us-east-1", "alias/other");
    let role = format!("arn:aws:iam::111111111111:role/{ROLE}");
    let other = Document::Key { account: "backup", region: "us-east-1", key: wrong.clone() };
    other.edit(&world, |d| {
        d["Statement"].as_array_mut().expect("statements").push(
            json!({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "kms:Encrypt", "Resource": "*"}),
        );
    });
    let more = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": wrong}]});
    Document::RolePolicy { account: "prod", role: ROLE.to_owned(), policy: "more".to_owned() }
        .write(&world, &more);
    let mut rules = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    let destination = rules.rules[0].destination.as_mut().expect("a destination");
    destination.encryption_configuration.as_mut().expect("a key").replica_kms_key_id = Some(wrong.clone());
    documents::put_replication(&world, "prod", "ap-south-1", "orders-prod", rules);

    let ran = check(&world, &[]).ended(4);
    assert_eq!(ran.links()["orders"], "wrong-replica");
    let why = problems(&ran);
    assert!(why.contains(&right) && why.contains(&wrong), "{why}");
    assert_eq!(ran.json()["links"][0]["replica"]["key_arn"], json!(wrong));
    assert_clean(&world);
}

#[test]
fn a_rule_that_selects_nothing_is_no_proof() {
    let world = made();
    let mut rules = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    let elsewhere = aws_sdk_s3::types::ReplicationRuleFilter::builder().prefix("elsewhere/").build();
    rules.rules[0].filter = Some(elsewhere);
    documents::put_replication(&world, "prod", "ap-south-1", "orders-prod", rules);
    let ran = world.run(&["check", "-o", "json", "--timeout", "2s"]).ended(4);
    assert_ne!(ran.links()["orders"], "replicated");
    assert_clean(&world);
}

#[test]
fn variants_prove_parts_and_tags() {
    let world = made();
    let ran = check(&world, &["--variants"]).ended(0);
    assert_eq!(ran.links()["orders"], "replicated");
    assert_eq!(put(&world), 2);
    let calls = world.sandbox.calls();
    let parts = calls.iter().filter(|c| c.operation == "UploadPart" && c.resource.contains(CANARIES)).count();
    assert_eq!(parts, 2);
    assert_clean(&world);

    // Without this grant S3 replicates and drops the tags, which nothing but a tagged canary shows.
    Document::role_policy().edit(&world, |d| {
        ours(d, "SourceObjects")["Action"] =
            json!(["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl"]);
    });
    check(&world, &[]).ended(0);
    let ran = check(&world, &["--variants"]).ended(4);
    assert_eq!(ran.links()["orders"], "wrong-replica");
    let why = problems(&ran);
    assert!(why.contains("tagged: it has 0 tags"), "{why}");
    assert_clean(&world);
}

#[test]
fn an_upload_that_a_killed_run_left_is_aborted() {
    let world = made();
    let s3 = world.s3("prod", "ap-south-1");
    let begin = |key: &str| {
        let upload = s3.create_multipart_upload().bucket("orders-prod").key(key).send();
        world.block(upload).expect("an upload");
    };
    begin(&format!("{CANARIES}20200101T000000Z-900-4f2a1b-1-9c0d/multipart"));
    begin("somebody's upload");
    check(&world, &["--variants"]).ended(0);
    let uploads = world.block(s3.list_multipart_uploads().bucket("orders-prod").send()).expect("uploads");
    let keys: Vec<_> = uploads.uploads().iter().filter_map(|u| u.key()).collect();
    assert_eq!(keys, ["somebody's upload"]);
}

#[test]
fn the_canary_has_the_links_prefix_and_tags() {
    let link = "prefix = \"in/\"\ntags = { team = \"orders\", kind = \"a b+c\" }\n";
    let world = World::of(&format!("{}{link}", one_link()));
    let ran = world.apply(&[]).ended(0);
    assert_eq!(ran.links()["orders"], "replicated");
    let canary = format!("orders-prod/in/{CANARIES}");
    let calls = world.sandbox.calls();
    assert!(calls.iter().any(|c| c.operation == "PutObject" && c.resource.contains(&canary)), "{canary}");
    assert_clean(&world);
}

#[test]
fn a_bucket_that_keeps_objects_gets_no_canary() {
    let world = World::of(&one_link());
    for (account, region, bucket) in
        [("prod", "ap-south-1", "orders-prod"), ("backup", "us-east-1", "orders-backup")]
    {
        let request = documents::create_bucket(&world, account, region, bucket);
        world.block(request.object_lock_enabled_for_bucket(true).send()).expect("a bucket");
    }
    world.apply(&[]).ended(0);
    assert_clean(&world);
    let s3 = world.s3("backup", "us-east-1");
    let retention = DefaultRetention::builder().mode(ObjectLockRetentionMode::Governance).days(1).build();
    let lock = ObjectLockConfiguration::builder()
        .object_lock_enabled(ObjectLockEnabled::Enabled)
        .rule(ObjectLockRule::builder().default_retention(retention).build())
        .build();
    let request = s3.put_object_lock_configuration().bucket("orders-backup").object_lock_configuration(lock);
    world.block(request.send()).expect("a default retention");
    world.calls();
    let ran = check(&world, &[]).ended(4);
    assert_eq!(ran.links()["orders"], "not-run");
    let why = problems(&ran);
    assert!(
        why.contains("orders-backup") && why.contains("Object Lock") && why.contains("check = false"),
        "{why}"
    );
    assert_eq!(put(&world), 0);
    world.map(&format!("{}check = false\n", one_link()));
    assert_eq!(check(&world, &[]).ended(0).links()["orders"], "not-run");
}

#[test]
fn no_check_puts_nothing() {
    let world = World::of(&one_link());
    let ran = world.apply(&["--no-check"]).ended(0);
    assert_eq!(ran.json()["links"], json!([]));
    assert_eq!(put(&world), 0);
}

#[test]
fn an_operator_who_may_not_clean_up_is_told_what_stays() {
    let world = made();
    world.operator_without("backup", "limited", &["s3:DeleteObjectVersion"]);
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
    let ran = check(&world, &[]);
    assert_eq!(ran.links()["orders"], "replicated");
    let why = problems(&ran);
    assert!(
        why.contains("a canary was left behind")
            && why.contains("aws s3api delete-object --bucket orders-backup"),
        "{why}"
    );
}
