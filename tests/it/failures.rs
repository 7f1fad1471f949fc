//! What goes wrong, in which account, and what becomes of everything that does not depend on it.

use std::time::Duration;

use bucketbridge_sandbox::Options;
use serde_json::{Value, json};

use crate::documents::{self, Document, ROLE};
use crate::world::{BACKUP, Ran, TWO, World, one_link, until, writes_configuration};

/// Keys go by alias and Region.
const PROD_KEY: &str = "alias/orders-prod (ap-south-1)";
const BACKUP_KEY: &str = "alias/orders-backup (us-east-1)";

/// The step of that account, kind and name.
#[track_caller]
fn step(ran: &Ran, account: &str, kind: &str, name: &str) -> Value {
    let json = ran.json();
    let steps = json["steps"].as_array().expect("steps");
    let found = steps.iter().find(|s| s["account"] == account && s["kind"] == kind && s["name"] == name);
    found.unwrap_or_else(|| panic!("no {account} {kind} {name} in {}", ran.stdout)).clone()
}

/// The failed step's error and hint hold all of these.
#[track_caller]
fn assert_failed(step: &Value, error: &[&str], hint: &[&str]) {
    assert_eq!(step["outcome"], "failed", "{step:#}");
    for (field, parts) in [("error", error), ("hint", hint)] {
        let text = step[field].as_str().unwrap_or_default();
        for part in parts {
            assert!(text.contains(part), "{field} lacks {part:?}: {text:?}");
        }
    }
}

#[track_caller]
fn assert_blocked(step: &Value, account: &str, kind: &str, name: &str) {
    assert_eq!(step["outcome"], "blocked", "{step:#}");
    assert_eq!(step["blocked_by"], json!({"account": account, "kind": kind, "name": name}), "{step:#}");
}

/// Steps with another outcome than `made`.
fn not_made(ran: &Ran) -> Vec<String> {
    let outcomes = ran.outcomes();
    outcomes.iter().filter(|(_, o)| *o != "made").map(|(id, o)| format!("{id}: {o}")).collect()
}

#[test]
fn a_missing_permission_stops_what_needs_it_and_the_next_run_goes_on() {
    let world = World::of(&one_link());
    world.operator_without("backup", "limited", &["kms:PutKeyPolicy"]);
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
    let ran = world.apply(&[]).ended(1);
    let failed = step(&ran, "backup", "key-policy", BACKUP_KEY);
    assert_failed(
        &failed,
        &[
            "PutKeyPolicy",
            "account backup (222222222222)",
            "AccessDenied",
            "key alias/orders-backup",
            "request id",
        ],
        &["`backup`", "PutKeyPolicy", "bucketbridge permissions --account"],
    );
    let replication = step(&ran, "prod", "replication", "orders-prod");
    assert_blocked(&replication, "backup", "key-policy", BACKUP_KEY);
    assert_eq!(
        not_made(&ran),
        [
            "backup key-policy alias/orders-backup (us-east-1): failed",
            "prod replication orders-prod: blocked"
        ]
    );
    assert_eq!(ran.links()["orders"], "not-run");
    let why = ran.json()["links"][0]["problems"][0].to_string();
    assert!(why.contains("key policy alias/orders-backup (us-east-1) in account backup"), "{why}");

    world.map(&one_link());
    let again = world.apply(&[]).ended(0);
    assert_eq!(again.links()["orders"], "replicated");
    assert_eq!(documents::customer_keys(&world, "prod", "ap-south-1"), 1);
    assert_eq!(documents::customer_keys(&world, "backup", "us-east-1"), 1);
}

#[test]
fn a_source_bucket_that_may_not_be_made_blocks_its_rules_alone() {
    let world = World::of(&one_link());
    world.operator_without("prod", "limited", &["s3:CreateBucket"]);
    world.map(&one_link().replace("profile = \"prod\"", "profile = \"limited\""));
    let ran = world.apply(&[]).ended(1);
    let failed = step(&ran, "prod", "bucket", "orders-prod");
    assert_failed(
        &failed,
        &["CreateBucket", "account prod", "AccessDenied"],
        &["CreateBucket", "bucketbridge permissions --account"],
    );
    assert_blocked(&step(&ran, "prod", "replication", "orders-prod"), "prod", "bucket", "orders-prod");
    assert_eq!(not_made(&ran), ["prod bucket orders-prod: failed", "prod replication orders-prod: blocked"]);

    world.map(&one_link());
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    assert_eq!(documents::customer_keys(&world, "prod", "ap-south-1"), 1);
}

#[test]
fn a_key_that_may_not_be_made_blocks_all_that_is_under_it() {
    let world = World::of(&one_link());
    world.operator_without("backup", "limited", &["kms:CreateKey"]);
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
    let ran = world.apply(&[]).ended(1);
    assert_failed(
        &step(&ran, "backup", "key", BACKUP_KEY),
        &["CreateKey"],
        &["bucketbridge permissions --account"],
    );
    for (account, kind, name) in [
        ("backup", "bucket", "orders-backup"),
        ("backup", "key-policy", BACKUP_KEY),
        ("backup", "bucket-policy", "orders-backup"),
        ("prod", "role-policy", ROLE),
        ("prod", "replication", "orders-prod"),
    ] {
        assert_blocked(&step(&ran, account, kind, name), "backup", "key", BACKUP_KEY);
    }
    assert_eq!(step(&ran, "prod", "key-policy", PROD_KEY)["outcome"], "made");
    assert_eq!(step(&ran, "prod", "bucket", "orders-prod")["outcome"], "made");
    world.map(&one_link());
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
}

#[test]
fn a_bucket_of_a_third_account_is_refused_and_not_touched() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "archive", "us-east-1", "orders-backup");
    world.calls();
    let ran = world.apply(&[]).ended(1);
    let failed = step(&ran, "backup", "bucket", "orders-backup");
    assert_failed(
        &failed,
        &["GetBucketVersioning", "orders-backup", "AccessDenied"],
        &["another account", BACKUP],
    );
    assert_blocked(
        &step(&ran, "backup", "bucket-policy", "orders-backup"),
        "backup",
        "bucket",
        "orders-backup",
    );
    assert_blocked(&step(&ran, "prod", "replication", "orders-prod"), "backup", "bucket", "orders-backup");
    let touched: Vec<_> = world
        .calls()
        .into_iter()
        .filter(|c| c.resource.contains("orders-backup") && c.service == "s3")
        .collect();
    assert!(!touched.is_empty() && touched.iter().all(|c| c.status == 403), "{touched:#?}");
    assert_eq!(Document::bucket("archive", "us-east-1", "orders-backup").read(&world), None);
}

#[test]
fn a_bucket_name_that_a_stranger_takes_meanwhile() {
    let world = World::of(&one_link());
    world.sandbox.set_latency(Duration::from_millis(150));
    let child = world.start(&["apply", "--yes", "-o", "json", "--timeout", "20s"]);
    // It has been found absent; before it is made its key has to be.
    until("the bucket has been looked for", || {
        world
            .sandbox
            .calls()
            .iter()
            .any(|c| c.operation == "GetBucketVersioning" && c.resource.contains("orders-backup"))
    });
    documents::make_bucket(&world, "archive", "us-east-1", "orders-backup");
    let ran = Ran::of(child.wait_with_output().expect("the binary ends")).ended(1);
    let failed = step(&ran, "backup", "bucket", "orders-backup");
    assert_failed(&failed, &["CreateBucket", "BucketAlreadyExists"], &["choose another"]);
    assert_eq!(step(&ran, "prod", "bucket", "orders-prod")["outcome"], "made");
}

#[test]
fn a_bucket_in_another_region_than_the_map_says() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "eu-west-1", "orders-backup");
    let ran = world.apply(&[]).ended(1);
    let failed = step(&ran, "backup", "bucket", "orders-backup");
    assert_failed(&failed, &["orders-backup"], &["eu-west-1", "region = \"eu-west-1\""]);
    let plan = world.run(&["plan", "-o", "json"]).ended(1);
    assert!(plan.stdout.contains("region = \\\"eu-west-1\\\""), "{}", plan.stdout);
}

#[test]
fn keys_that_cannot_be_used_are_named_with_the_way_back() {
    let world = World::of(&one_link());
    let leaving = documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    let disabled = documents::make_key(&world, "prod", "ap-south-1", "alias/orders-prod");
    world.block(async {
        let there = world.kms("backup", "us-east-1");
        there
            .schedule_key_deletion()
            .key_id(&leaving)
            .pending_window_in_days(7)
            .send()
            .await
            .expect("scheduled");
        world.kms("prod", "ap-south-1").disable_key().key_id(&disabled).send().await.expect("disabled");
    });
    world.calls();
    let ran = world.apply(&[]).ended(1);
    assert_failed(
        &step(&ran, "backup", "key", BACKUP_KEY),
        &["pending deletion", &leaving],
        &["aws kms cancel-key-deletion", &leaving, "aws kms enable-key", "us-east-1"],
    );
    assert_failed(
        &step(&ran, "prod", "key", PROD_KEY),
        &["disabled", &disabled],
        &["aws kms enable-key", &disabled, "ap-south-1"],
    );
    let writes: Vec<_> =
        world.calls().into_iter().filter(|c| c.service == "kms" && writes_configuration(c)).collect();
    assert!(writes.is_empty(), "a key was touched: {writes:#?}");
    world.block(async {
        let there = world.kms("backup", "us-east-1");
        there.cancel_key_deletion().key_id(&leaving).send().await.expect("cancelled");
        there.enable_key().key_id(&leaving).send().await.expect("enabled");
        world.kms("prod", "ap-south-1").enable_key().key_id(&disabled).send().await.expect("enabled");
    });
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    assert_eq!(documents::customer_keys(&world, "backup", "us-east-1"), 1);
}

#[test]
fn a_key_that_aws_manages_is_refused_before_anything_is_called() {
    let world = World::of(&one_link().replace("alias/orders-backup", "alias/aws/s3"));
    let ran = world.run(&["validate"]).ended(2);
    assert!(ran.stderr.contains("alias/aws/s3") && ran.stderr.contains("AWS manages"), "{}", ran.stderr);
    assert!(world.calls().is_empty());
    // Behind an id it shows itself only when it is read.
    let s3 = world.s3("backup", "us-east-1");
    documents::make_bucket(&world, "backup", "us-east-1", "elsewhere");
    let put = s3.put_object().bucket("elsewhere").key("k");
    let put = put.server_side_encryption(aws_sdk_s3::types::ServerSideEncryption::AwsKms);
    let key = world.block(put.send()).expect("an object").ssekms_key_id.expect("the managed key");
    world.map(&one_link().replace("alias/orders-backup", &key));
    let ran = world.apply(&[]).ended(1);
    assert_failed(
        &step(
            &ran,
            "backup",
            "key",
            &format!("key/{} (us-east-1)", key.rsplit('/').next().unwrap_or_default()),
        ),
        &["managed by AWS"],
        &["alias of your own"],
    );
}

#[test]
fn two_names_of_one_key_are_not_two_keys() {
    let world = World::new();
    let key = documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    let second =
        format!("\n[buckets.other-backup]\naccount = \"backup\"\nregion = \"us-east-1\"\nkey = \"{key}\"\n");
    world.map(&format!("{}{second}", one_link()));
    let ran = world.apply(&[]).ended(1);
    let said = ran.json()["steps"].to_string();
    assert!(said.contains("are the same key") && said.contains("the same way everywhere"), "{said}");
    world.map(&format!("{}{}", one_link(), second.replace(&key, "alias/orders-backup")));
    world.apply(&[]).ended(0);
}

/// Three destinations, in three accounts.
fn fan_out() -> String {
    let mut map = one_link().replace("[links.orders]", "[links.one]");
    map.push_str("\n[accounts.archive]\nid = \"333333333333\"\nprofile = \"archive\"\n");
    for (link, account, region) in [("two", "backup", "eu-west-1"), ("three", "archive", "us-east-1")] {
        map.push_str(&format!(
            "\n[buckets.orders-{link}]\naccount = \"{account}\"\nregion = \"{region}\"\nkey = \"alias/orders-{link}\"\n\
             \n[links.{link}]\nfrom = \"orders-prod\"\nto = \"orders-{link}\"\n"
        ));
    }
    map
}

#[test]
fn of_three_links_two_replicate_when_the_third_account_lacks_a_permission() {
    let world = World::of(&fan_out());
    world.operator_without("archive", "limited", &["kms:CreateKey"]);
    world.map(&fan_out().replace("profile = \"archive\"", "profile = \"limited\""));
    let ran = world.apply(&[]).ended(1);
    let links = ran.links();
    assert_eq!(links["one"], "replicated");
    assert_eq!(links["two"], "replicated");
    assert_eq!(links["three"], "not-run");
    assert_failed(&step(&ran, "archive", "key", "alias/orders-three (us-east-1)"), &["CreateKey"], &[]);
    for (kind, name) in [("role-policy", ROLE), ("replication", "orders-prod")] {
        let shared = step(&ran, "prod", kind, name);
        assert_blocked(&shared, "archive", "key", "alias/orders-three (us-east-1)");
        let notes = shared["notes"].to_string();
        assert!(notes.contains("written for 2 links") && notes.contains("three"), "{notes}");
    }
    let rules = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    assert_eq!(rules.rules().len(), 2);

    world.map(&fan_out());
    let again = world.apply(&[]).ended(0);
    assert!(again.links().values().all(|status| status == "replicated"), "{:?}", again.links());
    let after = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    assert_eq!(after.rules()[..2], *rules.rules(), "the rules that were there stay as they are");
    assert_eq!(after.rules().len(), 3);
}

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

#[test]
fn a_role_that_is_there_is_adopted_and_one_under_another_path_is_not() {
    let world = World::of(&one_link());
    let make = |path: &str| {
        let iam = world.iam("prod");
        let request = iam.create_role().role_name(ROLE).path(path).assume_role_policy_document(TRUST);
        world.block(request.send()).expect("a role");
    };
    make("/ours/");
    let ran = world.apply(&[]).ended(1);
    assert_failed(&step(&ran, "prod", "role", ROLE), &["another path", "role/ours/"], &["[roles]"]);
    assert_blocked(&step(&ran, "backup", "key-policy", BACKUP_KEY), "prod", "role", ROLE);
    world.block(world.iam("prod").delete_role().role_name(ROLE).send()).expect("gone");
    make("/");
    let ran = world.apply(&[]).ended(0);
    assert_eq!(step(&ran, "prod", "role", ROLE)["outcome"], "changed");
    assert_eq!(ran.links()["orders"], "replicated");
    let trust = Document::trust().read(&world).expect("a trust policy");
    assert_eq!(documents::statements(&trust).len(), 2, "{trust}");
}

#[test]
fn a_young_role_is_waited_for_and_that_is_said() {
    let world = World::with(Options {
        iam_propagation: Duration::from_secs(2),
        replication_delay: Duration::from_millis(20),
        ..Options::default()
    });
    world.map(&one_link());
    let ran = world.apply(&[]).ended(0);
    assert_eq!(ran.links()["orders"], "replicated");
    for said in [
        "backup: PutBucketPolicy on bucket orders-backup: IAM has not spread the new role yet (MalformedPolicy)",
        "PutKeyPolicy",
        "; again in ",
    ] {
        assert!(ran.stderr.contains(said), "{said:?} is not in {}", ran.stderr);
    }
    assert_eq!(documents::customer_keys(&world, "backup", "us-east-1"), 1);
}

#[test]
fn a_key_policy_that_locks_out_is_refused_at_once_though_the_role_is_young() {
    let world = World::of(&one_link());
    world.map(&format!("{}\n[keys.\"alias/orders-backup\"]\nstatements = \"statements.json\"\n", one_link()));
    world.write(
        "statements.json",
        r#"{"Sid": "Theirs", "Effect": "Deny", "Action": "kms:PutKeyPolicy", "Resource": "*", "Principal": {"AWS": "*"}}"#,
    );
    let ran = world.apply(&["--no-check"]).ended(1);
    let failed = step(&ran, "backup", "key-policy", BACKUP_KEY);
    assert_failed(
        &failed,
        &["MalformedPolicyDocumentException"],
        &["locking himself out", "kms:PutKeyPolicy"],
    );
    assert!(!ran.stderr.contains("again in"), "{}", ran.stderr);
}

#[test]
fn a_wait_for_a_principal_ends_with_a_signal() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let statements = r#"[{"Sid": "Theirs", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
        "Principal": {"AWS": "arn:aws:iam::222222222222:role/never-made"}}]"#;
    world.write("statements.json", statements);
    world.map(&format!("{}\n[keys.\"alias/orders-backup\"]\nstatements = \"statements.json\"\n", one_link()));
    // Our role was made a moment ago, so the refusal may be for its sake: it is waited for.
    let mut command = world.start(&["apply", "--yes", "-o", "json", "--no-check"]);
    until("it is tried", || {
        world.sandbox.calls().iter().any(|c| c.operation == "PutKeyPolicy" && c.status == 400)
    });
    let pid = command.id().to_string();
    std::process::Command::new("kill").args(["-INT", &pid]).status().expect("kill");
    assert_eq!(command.wait().expect("it ends").code(), Some(130));
}

#[test]
fn secrets_are_never_shown() {
    let world = World::of(&one_link());
    world.operator_without("backup", "limited", &["kms:*", "s3:CreateBucket"]);
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
    let credentials = std::fs::read_to_string(world.path().join("aws/credentials")).expect("credentials");
    let secrets: Vec<&str> = credentials
        .lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| name.trim() == "aws_secret_access_key")
        .map(|(_, value)| value.trim())
        .collect();
    assert_eq!(secrets.len(), 4);
    let shows = |ran: &Ran, secret: &str| ran.stdout.contains(secret) || ran.stderr.contains(secret);
    for args in [
        &["-vv", "apply", "--yes", "-o", "json", "--no-check"][..],
        &["-vv", "accounts", "-o", "json"],
        &["-vv", "status"],
    ] {
        let ran = world.run(args);
        assert!(
            !secrets.iter().any(|secret| shows(&ran, secret)),
            "{args:?}:\n{}\n{}",
            ran.stdout,
            ran.stderr
        );
    }
    let external = "an-external-id-that-nobody-may-see";
    world.map(&one_link().replace(
        "profile = \"backup\"",
        &format!(
            "assume_role = {{ role = \"arn:aws:iam::222222222222:role/ReplicationAdmin\", from = \"prod\", \
             external_id = \"{external}\" }}"
        ),
    ));
    let ran = world.run(&["-vv", "apply", "--yes", "-o", "json"]).ended(1);
    assert!(!shows(&ran, external), "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("ReplicationAdmin"), "{}", ran.stderr);
    let named = format!("{}\n", one_link()).replace(
        "profile = \"backup\"",
        "assume_role = { role = \"arn:aws:iam::222222222222:role/ReplicationAdmin\", from = \"prod\", \
         external_id_env = \"THE_EXTERNAL_ID\" }",
    );
    world.map(&named);
    let output = world
        .command(&["-vv", "apply", "--yes", "-o", "json", "--no-check"])
        .env("THE_EXTERNAL_ID", external)
        .output()
        .expect("it runs");
    let ran = Ran::of(output).ended(1);
    assert!(!shows(&ran, external), "{}\n{}", ran.stdout, ran.stderr);
}

/// A statement of somebody else's with about this many bytes.
fn big(bytes: usize, mut statement: Value) -> Value {
    let long: Vec<String> = (0..bytes / 60).map(|n| format!("{n:0>57}")).collect();
    statement["Condition"] = json!({"StringEquals": {"aws:PrincipalTag/team": long}});
    statement
}

#[test]
fn documents_that_have_no_room_fail_before_they_are_written() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    let bucket = Document::bucket("backup", "us-east-1", "orders-backup");
    bucket.write(
        &world,
        &json!({"Version": "2012-10-17", "Statement": [big(20_200, json!({"Effect": "Deny", "Principal": "*",
            "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders-backup/*"}))]}),
    );
    let key = documents::make_key(&world, "prod", "ap-south-1", "alias/orders-prod");
    let key = Document::Key { account: "prod", region: "ap-south-1", key };
    key.edit(&world, |document| {
        let all = document["Statement"].as_array_mut().expect("statements");
        all.push(big(
            32_300,
            json!({"Effect": "Deny", "Principal": "*", "Action": "kms:Verify", "Resource": "*"}),
        ));
    });
    let before = (bucket.read(&world), key.read(&world));
    world.calls();
    let ran = world.apply(&[]).ended(1);
    assert_failed(
        &step(&ran, "backup", "bucket-policy", "orders-backup"),
        &["the policy of bucket orders-backup would have", "more than S3 allows"],
        &["fewer source buckets"],
    );
    assert_failed(
        &step(&ran, "prod", "key-policy", PROD_KEY),
        &["the policy of key alias/orders-prod (ap-south-1)", "more than KMS allows"],
        &["keys of their own"],
    );
    let first = step(&ran, "prod", "replication", "orders-prod");
    assert_eq!(first["outcome"], "blocked");
    let calls = world.calls();
    assert!(!calls.iter().any(|c| c.operation == "PutBucketPolicy"), "no write of it");
    assert_eq!((bucket.read(&world), key.read(&world)), before);
    assert_eq!(step(&ran, "backup", "key-policy", BACKUP_KEY)["outcome"], "made");
}

#[test]
fn a_role_that_is_full_fails_by_name() {
    let mut map = TWO.to_owned();
    for n in 0..28 {
        map.push_str(&format!(
            "\n[buckets.a-destination-with-quite-a-long-name-as-buckets-have-them-{n}]\naccount = \"backup\"\n\
             region = \"us-east-1\"\nkey = \"alias/orders-backup\"\n\n[links.l{n}]\nfrom = \"orders-prod\"\n\
             to = \"a-destination-with-quite-a-long-name-as-buckets-have-them-{n}\"\n"
        ));
    }
    let world = World::of(&map);
    let plan = world.run(&["plan", "-o", "json"]).ended(1);
    let problems = plan.json()["problems"].clone();
    let message = problems[0]["message"].as_str().unwrap_or_default();
    assert!(message.contains(ROLE) && message.contains("more than IAM allows"), "{problems:#}");
}

/// The account that asks for fewer calls gets fewer, is told of, and ends well all the same.
#[test]
fn a_throttled_account_is_slowed_down_and_ends_well() {
    use bucketbridge_sandbox::{Effect, Fault};
    let world = World::of(&one_link());
    let throttled = Fault::new(Effect::Throttled).account(crate::world::BACKUP);
    for operation in ["CreateKey", "PutKeyPolicy"] {
        world.sandbox.faults().add(throttled.clone().operation(operation).times(2));
    }
    let ran = world.apply(&[]).ended(0);
    assert_eq!(ran.links()["orders"], "replicated");
    assert!(ran.stderr.contains("backup: KMS in us-east-1 asks for fewer calls"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("prod: KMS in ap-south-1 asks"), "{}", ran.stderr);
    assert_eq!(crate::documents::customer_keys(&world, "backup", "us-east-1"), 1, "no twin key");
}
