//! Things are changed behind the tool's back: `plan` sees it, `status` names it, `apply` heals it.

use aws_sdk_s3::types::{
    BucketVersioningStatus, PublicAccessBlockConfiguration, ReplicationConfiguration, ReplicationRuleStatus,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule, VersioningConfiguration,
};
use serde_json::{Value, json};

use crate::documents::{self, Document, POLICY, ROLE, ours};
use crate::world::{World, one_link};

/// A world in which the link has been made.
fn made() -> World {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world
}

/// The differences of each resource that is not `ok`: `account kind name: state: field`.
#[track_caller]
fn differences(world: &World, code: i32) -> Vec<String> {
    let status = world.run(&["status", "-o", "json"]).ended(code).json();
    let mut found = Vec::new();
    for r in status["resources"].as_array().expect("resources").iter().filter(|r| r["state"] != "ok") {
        let text = |key: &str| r[key].as_str().unwrap_or_default();
        let name = format!("{} {} {}: {}", text("account"), text("kind"), text("name"), text("state"));
        let fields = r["differences"].as_array().expect("differences");
        match fields.is_empty() {
            true => found.push(name),
            false => found.extend(
                fields.iter().map(|d| format!("{name}: {}", d["field"].as_str().unwrap_or_default())),
            ),
        }
    }
    let links = status["links"].as_array().expect("links");
    let agree = links.iter().all(|l| l["agrees"] == true);
    assert_eq!(agree, found.is_empty(), "links agree as the resources do: {status:#}");
    found
}

/// What was done is seen as exactly these differences, and healed.
#[track_caller]
fn seen_and_healed(world: &World, seen: &[&str]) {
    world.run(&["plan", "--exit-code"]).ended(3);
    let found = differences(world, 4);
    let hashless: Vec<String> = found.iter().map(|line| without_hash(line)).collect();
    assert_eq!(hashless, seen);
    let healed = world.apply(&[]).ended(0);
    assert_eq!(healed.links()["orders"], "replicated");
    world.run(&["plan", "--exit-code"]).ended(0);
    assert_eq!(differences(world, 0), [] as [&str; 0]);
}

/// Sids and rule ids end with a hash; here they end with `#`.
fn without_hash(line: &str) -> String {
    let is_hash =
        |word: &str| word.len() >= 12 && word[word.len() - 12..].chars().all(|c| c.is_ascii_hexdigit());
    let words = line.split(' ').map(|word| match word.split_once(':') {
        Some((name, rest)) if name.starts_with("Bucketbridge") && is_hash(name) => {
            format!("{}#:{rest}", &name[..name.len() - 12])
        }
        None if word.starts_with("Bucketbridge") && is_hash(word) => format!("{}#", &word[..word.len() - 12]),
        _ => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn statements_that_were_taken_away_or_weakened() {
    let world = made();
    let bucket = Document::bucket("backup", "us-east-1", "orders-backup");
    let s3 = world.s3("backup", "us-east-1");
    world.block(s3.delete_bucket_policy().bucket("orders-backup").send()).expect("gone");
    seen_and_healed(
        &world,
        &["backup bucket-policy orders-backup: missing: statement BucketbridgeReplicate#"],
    );

    bucket.edit(&world, |d| ours(d, "Replicate")["Action"] = json!("s3:ReplicateObject"));
    let key = Document::key(&world, "backup", "us-east-1", "alias/orders-backup");
    key.edit(&world, |d| {
        let condition = &mut ours(d, "Encrypt")["Condition"]["StringEquals"];
        condition["aws:PrincipalOrgID"] = json!("o-theirs");
    });
    let source = Document::key(&world, "prod", "ap-south-1", "alias/orders-prod");
    source.edit(&world, |d| ours(d, "Decrypt")["Effect"] = json!("Deny"));
    seen_and_healed(
        &world,
        &[
            "backup key-policy alias/orders-backup (us-east-1): drift: statement BucketbridgeEncrypt#: Condition",
            "prod key-policy alias/orders-prod (ap-south-1): drift: statement BucketbridgeDecrypt#: Effect",
            "backup bucket-policy orders-backup: drift: statement BucketbridgeReplicate#: Action",
        ],
    );

    let role = Document::role_policy();
    role.edit(&world, |d| {
        let all = d["Statement"].as_array_mut().expect("statements");
        all.retain(|s| !s["Sid"].as_str().unwrap_or_default().starts_with("BucketbridgeSourceObjects"));
    });
    seen_and_healed(
        &world,
        &["prod role-policy bucketbridge-orders-prod: drift: statement BucketbridgeSourceObjects#"],
    );

    // More than we grant is drift, too: status would otherwise call a widened grant fine.
    bucket.edit(&world, |d| ours(d, "Replicate")["Action"] = json!("s3:*"));
    seen_and_healed(
        &world,
        &["backup bucket-policy orders-backup: drift: statement BucketbridgeReplicate#: Action"],
    );
}

#[test]
fn a_role_whose_trust_was_changed_or_that_was_made_again() {
    let world = made();
    Document::trust()
        .edit(&world, |d| ours(d, "Trust")["Principal"] = json!({"Service": "ec2.amazonaws.com"}));
    seen_and_healed(
        &world,
        &[&format!("prod role {ROLE}: drift: trust policy: statement BucketbridgeTrust: Principal")],
    );

    let iam = world.iam("prod");
    world.block(async {
        iam.delete_role_policy().role_name(ROLE).policy_name(POLICY).send().await.expect("gone");
        iam.delete_role().role_name(ROLE).send().await.expect("gone");
    });
    let gone = differences(&world, 4);
    assert!(gone.iter().any(|line| line.contains(&format!("prod role {ROLE}: missing"))), "{gone:#?}");
    // The policies of the other account hold the old role's id, which a new role of its name does not match.
    for (kind, name) in
        [("key-policy", "alias/orders-backup (us-east-1)"), ("bucket-policy", "orders-backup")]
    {
        let line = gone.iter().find(|line| line.starts_with(&format!("backup {kind} {name}: drift")));
        assert!(line.is_some_and(|line| line.ends_with(": Principal")), "{gone:#?}");
    }
    world.run(&["plan", "--exit-code"]).ended(3);
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    for document in Document::of_one_link(&world) {
        let text = document.read(&world).expect("the document").to_string();
        assert!(!text.contains("AROA"), "{text}");
    }
    world.run(&["status"]).ended(0);

    // Somebody else makes it again, with a trust policy of his own.
    world.block(async {
        iam.delete_role_policy().role_name(ROLE).policy_name(POLICY).send().await.expect("gone");
        iam.delete_role().role_name(ROLE).send().await.expect("gone");
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"Service": "s3.amazonaws.com"}}]});
        let role = iam.create_role().role_name(ROLE).assume_role_policy_document(trust.to_string());
        role.send().await.expect("a role");
    });
    world.run(&["status"]).ended(4);
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
}

fn suspend(world: &World, account: &str, region: &str, bucket: &str) {
    let off = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    let request =
        world.s3(account, region).put_bucket_versioning().bucket(bucket).versioning_configuration(off);
    world.block(request.send()).expect("suspended");
}

#[test]
fn settings_of_buckets() {
    let world = made();
    suspend(&world, "backup", "us-east-1", "orders-backup");
    seen_and_healed(&world, &["backup bucket orders-backup: drift: versioning"]);

    // Of the source only when nothing replicates from it.
    let s3 = world.s3("prod", "ap-south-1");
    world.block(s3.delete_bucket_replication().bucket("orders-prod").send()).expect("gone");
    suspend(&world, "prod", "ap-south-1", "orders-prod");
    let found = differences(&world, 4);
    assert_eq!(found[0], "prod bucket orders-prod: drift: versioning");
    assert!(found[1].starts_with("prod replication orders-prod: missing"), "{found:#?}");
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");

    // Public access to a bucket that we made is ours to block again.
    world.block(s3.delete_public_access_block().bucket("orders-prod").send()).expect("gone");
    seen_and_healed(&world, &["prod bucket orders-prod: drift: public access block"]);
    let half = PublicAccessBlockConfiguration::builder().block_public_acls(true).build();
    let request = s3.put_public_access_block().bucket("orders-prod").public_access_block_configuration(half);
    world.block(request.send()).expect("half of it");
    seen_and_healed(&world, &["prod bucket orders-prod: drift: public access block"]);
}

fn encrypt_by_default(world: &World, account: &str, region: &str, bucket: &str, key: Option<&str>) {
    let algorithm = if key.is_some() { ServerSideEncryption::AwsKms } else { ServerSideEncryption::Aes256 };
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(algorithm)
        .set_kms_master_key_id(key.map(str::to_owned))
        .build()
        .expect("a default");
    let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
    let configuration =
        ServerSideEncryptionConfiguration::builder().rules(rule).build().expect("a configuration");
    let request = world
        .s3(account, region)
        .put_bucket_encryption()
        .bucket(bucket)
        .server_side_encryption_configuration(configuration);
    world.block(request.send()).expect("encryption");
}

#[test]
fn the_default_key_of_a_bucket() {
    let world = made();
    let other = documents::make_key(&world, "prod", "ap-south-1", "alias/other");
    // Of a bucket that we made, SSE-S3 is drift.
    encrypt_by_default(&world, "prod", "ap-south-1", "orders-prod", None);
    seen_and_healed(&world, &["prod bucket orders-prod: drift: default encryption"]);
    // Another key: new objects would not be replicated.
    encrypt_by_default(&world, "prod", "ap-south-1", "orders-prod", Some(&other));
    let plan = world.run(&["plan", "--exit-code", "-o", "json"]).ended(3);
    assert!(plan.stdout.contains(&other), "{}", plan.stdout);
    seen_and_healed(&world, &["prod bucket orders-prod: drift: default encryption"]);
}

/// The default encryption of a bucket that others made is theirs, and its difference a note, unless its
/// entry says otherwise.
#[test]
fn the_default_key_of_a_bucket_of_others() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "prod", "ap-south-1", "orders-prod");
    world.apply(&["--no-check"]).ended(0);
    let other = documents::make_key(&world, "prod", "ap-south-1", "alias/other");
    encrypt_by_default(&world, "prod", "ap-south-1", "orders-prod", Some(&other));
    let plan = world.run(&["plan", "--exit-code", "-o", "json"]).ended(0);
    assert!(plan.stdout.contains("default encryption is") && plan.stdout.contains(&other), "{}", plan.stdout);
    let enforced = one_link()
        .replace("key = \"alias/orders-prod\"", "key = \"alias/orders-prod\"\nsettings = \"enforce\"");
    world.map(&enforced);
    world.run(&["plan", "--exit-code"]).ended(3);
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    world.run(&["status"]).ended(0);
}

#[test]
fn rotation_and_the_alias_of_a_key() {
    let world = made();
    let key = documents::key_arn(&world, "backup", "us-east-1", "alias/orders-backup").expect("a key");
    let kms = world.kms("backup", "us-east-1");
    world.block(kms.disable_key_rotation().key_id(&key).send()).expect("off");
    seen_and_healed(&world, &["backup key alias/orders-backup (us-east-1): drift: rotation"]);

    // Without its alias the key is known by its tag, and no second one is made.
    world.block(kms.delete_alias().alias_name("alias/orders-backup").send()).expect("gone");
    let found = differences(&world, 4);
    assert_eq!(found[0], "backup key alias/orders-backup (us-east-1): drift: alias");
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    assert_eq!(documents::key_arn(&world, "backup", "us-east-1", "alias/orders-backup"), Some(key));
    assert_eq!(documents::customer_keys(&world, "backup", "us-east-1"), 1);

    // A key of somebody else's: its rotation is his.
    let theirs = documents::make_key(&world, "backup", "us-east-1", "alias/theirs");
    world.map(&one_link().replace("alias/orders-backup", "alias/theirs"));
    world.apply(&[]).ended(0);
    world.run(&["plan", "--exit-code"]).ended(0);
    let rotates = world.block(kms.get_key_rotation_status().key_id(&theirs).send()).expect("a status");
    assert!(!rotates.key_rotation_enabled);
}

/// Edits the source's replication configuration.
fn edit_rules(world: &World, edit: impl FnOnce(&mut ReplicationConfiguration)) {
    let mut configuration =
        documents::replication(world, "prod", "ap-south-1", "orders-prod").expect("rules");
    edit(&mut configuration);
    documents::put_replication(world, "prod", "ap-south-1", "orders-prod", configuration);
}

#[test]
fn rules_that_were_disabled_edited_or_deleted() {
    let world = made();
    edit_rules(&world, |c| c.rules[0].status = ReplicationRuleStatus::Disabled);
    seen_and_healed(
        &world,
        &["prod replication orders-prod: drift: rule Bucketbridge-# (link orders): Status"],
    );

    let other = documents::make_key(&world, "backup", "us-east-1", "alias/other");
    edit_rules(&world, |c| {
        let rule = &mut c.rules[0];
        rule.priority = Some(9);
        let destination = rule.destination.as_mut().expect("a destination");
        destination.storage_class = Some(aws_sdk_s3::types::StorageClass::StandardIa);
        destination.access_control_translation = None;
        destination.encryption_configuration.as_mut().expect("a key").replica_kms_key_id = Some(other);
    });
    let rule = "prod replication orders-prod: drift: rule Bucketbridge-# (link orders): ";
    // The priority is whatever the rule has: the map does not say one.
    seen_and_healed(
        &world,
        &[
            "Destination.StorageClass",
            "Destination.AccessControlTranslation",
            "Destination.EncryptionConfiguration.ReplicaKmsKeyID",
        ]
        .map(|field| format!("{rule}{field}"))
        .each_ref()
        .map(String::as_str),
    );
    let rules = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    assert_eq!(rules.rules()[0].priority, Some(9));

    let s3 = world.s3("prod", "ap-south-1");
    world.block(s3.delete_bucket_replication().bucket("orders-prod").send()).expect("gone");
    seen_and_healed(
        &world,
        &[
            "prod replication orders-prod: missing: role",
            "prod replication orders-prod: missing: rule Bucketbridge-# (link orders)",
        ],
    );
}

#[test]
fn what_differs_by_design_is_a_note() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "prod", "ap-south-1", "orders-prod");
    world.apply(&[]).ended(0);
    // Others made the bucket, so its encryption is theirs.
    let status = world.run(&["status", "-o", "json"]).ended(0).json();
    let found = status["resources"].as_array().expect("resources");
    let bucket: &Value =
        found.iter().find(|r| r["name"] == "orders-prod" && r["kind"] == "bucket").expect("the bucket");
    assert_eq!(bucket["state"], "ok");
    assert!(bucket["notes"].to_string().contains("default encryption is AES256"), "{bucket:#}");
    world.run(&["plan", "--exit-code"]).ended(0);
    world.map(
        &one_link()
            .replace("key = \"alias/orders-prod\"", "key = \"alias/orders-prod\"\nsettings = \"enforce\""),
    );
    seen_and_healed(&world, &["prod bucket orders-prod: drift: default encryption"]);
}

/// A key that cannot be used says nothing of what others hold: no change is invented for them.
#[test]
fn a_disabled_key_is_not_drift_of_the_other_account() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let kms = world.kms("backup", "us-east-1");
    let key = crate::documents::key_arn(&world, "backup", "us-east-1", "alias/orders-backup").expect("a key");
    world.block(kms.disable_key().key_id(&key).send()).expect("disabled");

    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    assert_eq!(plan["summary"], serde_json::json!({"create": 0, "update": 0, "keep": 8, "await": 0}));
    let status = world.run(&["status", "-o", "json"]).ended(4).json();
    let resources = status["resources"].as_array().expect("resources");
    let disabled = resources.iter().find(|r| r["state"] == "drift").expect("the key");
    let state = serde_json::json!([{"field": "state", "before": "Disabled", "after": "Enabled"}]);
    assert_eq!(disabled["differences"], state);
    let not_ok: Vec<String> = resources
        .iter()
        .filter(|r| r["state"] != "ok")
        .map(|r| format!("{} {} {}", r["account"], r["kind"], r["state"]).replace('"', ""))
        .collect();
    assert_eq!(not_ok, ["backup key drift", "backup key-policy unknown"]);
    let check = world.run(&["check", "-o", "json"]).ended(4).json();
    let why = check["links"][0]["problems"].to_string();
    assert!(why.contains("is disabled") && why.contains("aws kms enable-key"), "{why}");
    let apply = world.apply(&[]).ended(1);
    assert_eq!(apply.outcomes()["backup key alias/orders-backup (us-east-1)"], "failed");
    assert!(!apply.outcomes().values().any(|outcome| outcome == "made" || outcome == "changed"));
}

/// It stops what needs the key, and is never replaced.
#[test]
fn a_key_that_is_pending_deletion() {
    let world = made();
    let kms = world.kms("backup", "us-east-1");
    let key = documents::key_arn(&world, "backup", "us-east-1", "alias/orders-backup").expect("a key");
    world
        .block(kms.schedule_key_deletion().key_id(&key).pending_window_in_days(7).send())
        .expect("scheduled");
    assert_eq!(
        differences(&world, 4),
        [
            "backup key alias/orders-backup (us-east-1): drift: state",
            "backup key-policy alias/orders-backup (us-east-1): unknown",
        ]
    );
    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    let problem = &plan["problems"][0];
    assert_eq!(problem["details"][0]["before"], "PendingDeletion");
    let hint = problem["hint"].as_str().expect("a hint");
    assert!(
        hint.contains(&format!("aws kms cancel-key-deletion --key-id {key} --region us-east-1")),
        "{hint}"
    );
    assert!(hint.contains("account backup"), "{hint}");
    world.calls();
    world.apply(&[]).ended(1);
    world.wrote_nothing();
    assert_eq!(documents::customer_keys(&world, "backup", "us-east-1"), 1);
    world.block(async {
        kms.cancel_key_deletion().key_id(&key).send().await.expect("cancelled");
        kms.enable_key().key_id(&key).send().await.expect("enabled");
    });
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
}

/// A link that was pointed elsewhere leaves a rule that goes on replicating.
#[test]
fn a_former_rule_of_ours_is_named() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let elsewhere = one_link().replace("to = \"orders-backup\"", "to = \"orders-elsewhere\"")
        + "[buckets.orders-elsewhere]\naccount = \"backup\"\nregion = \"us-east-1\"\nkey = \"alias/orders-backup\"\n";
    world.map(&elsewhere);
    for _ in 0..2 {
        let plan = world.run(&["plan", "-v"]).ended(0).stdout;
        assert!(plan.contains("to arn:aws:s3:::orders-backup is of no link selected here"), "{plan}");
        world.apply(&["--no-check"]).ended(0);
    }
}
