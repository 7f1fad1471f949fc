//! Keys: of whom, by which name, of which kind, and what their policies hold.

use super::*;

#[test]
fn without_bucket_keys() {
    for source_only in [true, false] {
        let mut map = one_link()
            .replace("key = \"alias/orders-prod\"", "key = \"alias/orders-prod\"\nbucket_key = false");
        if !source_only {
            map = map.replace(
                "key = \"alias/orders-backup\"",
                "key = \"alias/orders-backup\"\nbucket_key = false",
            );
        }
        let world = World::of(&map);
        world.settles(&[], &[]);
        let answer =
            world.block(FROM.s3(&world).get_bucket_encryption().bucket(FROM.2).send()).expect("encryption");
        let rules = answer.server_side_encryption_configuration.expect("a configuration").rules;
        assert_ne!(rules[0].bucket_key_enabled(), Some(true));
        FROM.put(&world, "object", None, None);
        assert_ne!(TO.replica(&world, "object").bucket_key_enabled(), Some(true));
    }
}

#[test]
fn objects_under_further_source_keys_are_replicated() {
    let keys = "source_keys = [\"alias/older\", \"alias/new-one\"]";
    let map =
        one_link().replace("key = \"alias/orders-prod\"", &format!("key = \"alias/orders-prod\"\n{keys}"));
    let world = World::of(&map);
    let older = make_key(&world, "prod", "ap-south-1", Some("alias/older"));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["prod key alias/older (ap-south-1)"], "kept");
    assert_eq!(ran.outcomes()["prod key alias/new-one (ap-south-1)"], "made");
    assert_eq!(ran.outcomes()["prod key-policy alias/older (ap-south-1)"], "changed");
    let new = key_arn(&world, "prod", "ap-south-1", "alias/new-one");
    FROM.put(&world, "under-older", None, Some(&older));
    FROM.put(&world, "under-new", None, Some(&new));
    let key = key_arn(&world, "backup", "us-east-1", "alias/orders-backup");
    for object in ["under-older", "under-new"] {
        assert_eq!(TO.replica(&world, object).ssekms_key_id(), Some(key.as_str()));
    }
    // Rotation of a key of others is left alone.
    let rotation =
        world.block(world.kms("prod", "ap-south-1").get_key_rotation_status().key_id(older).send());
    assert!(!rotation.expect("an answer").key_rotation_enabled);
}

#[test]
fn the_destination_key_of_a_third_account() {
    let vault = format!("arn:aws:kms:eu-west-1:{ARCHIVE}:alias/vault");
    let world = World::of(&three(&[
        bucket("orders", "prod", "ap-south-1", "alias/orders"),
        bucket("vault", "backup", "eu-west-1", &vault).replace("\"vault\"]", "\"vault-copy\"]"),
        link("vault", "orders", "vault-copy"),
        format!("\n[keys.{vault:?}]\nusers = [\"arn:aws:iam::{BACKUP}:user/administrator\"]\n"),
    ]));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["archive key alias/vault (eu-west-1)"], "made");
    assert_eq!(ran.outcomes()["archive key-policy alias/vault (eu-west-1)"], "made");
    let key = replica_of(&ran.json(), "vault")["key_arn"].as_str().expect("a key").to_owned();
    assert!(key.starts_with(&format!("arn:aws:kms:eu-west-1:{ARCHIVE}:key/")), "{key}");
}

/// The destination's account may not decrypt: the canary is compared without its checksum, and said so.
#[test]
fn a_destination_key_that_the_destination_may_not_use_itself() {
    let vault = format!("arn:aws:kms:eu-west-1:{ARCHIVE}:alias/vault");
    let world = World::of(&three(&[
        bucket("orders", "prod", "ap-south-1", "alias/orders"),
        bucket("vault-copy", "backup", "eu-west-1", &vault),
        link("vault", "orders", "vault-copy"),
    ]));
    let ran = world.settles(&[], &[]);
    assert!(ran.stdout.contains("checksum was not compared"), "{}", ran.stdout);
}

#[test]
fn the_source_key_of_a_third_account() {
    let arn = format!("arn:aws:kms:ap-south-1:{ARCHIVE}:alias/central");
    let world = World::of(&three(&[
        bucket("orders", "prod", "ap-south-1", &arn),
        bucket("orders-copy", "backup", "eu-west-1", "alias/copy"),
        link("orders", "orders", "orders-copy"),
        format!("\n[keys.{arn:?}]\nusers = [\"arn:aws:iam::{PROD}:user/administrator\"]\n"),
    ]));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["archive key-policy alias/central (ap-south-1)"], "made");
    assert_eq!(sids(&key_policy(&world, "archive", "ap-south-1", "alias/central"), "Decrypt"), 1);
}

#[test]
fn existing_keys_by_id_and_by_arn() {
    let world = World::new();
    let ours = make_key(&world, "prod", "ap-south-1", None);
    let theirs = make_key(&world, "backup", "us-east-1", Some("alias/has-a-name-too"));
    let id = ours.rsplit('/').next().expect("an id");
    world.map(&one_link().replace("alias/orders-prod", id).replace("alias/orders-backup", &theirs));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()[&format!("prod key key/{id} (ap-south-1)")], "kept");
    assert_eq!(replica_of(&ran.json(), "orders")["key_arn"], theirs.as_str());
    assert!(!world.sandbox.calls().iter().any(|call| call.operation == "CreateKey"));
}

#[test]
fn a_key_id_that_does_not_exist_is_a_failed_step() {
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let world = World::of(&one_link().replace("alias/orders-prod", id));
    let ran = world.apply(&[]).ended(1);
    assert_eq!(ran.outcomes()[&format!("prod key key/{id} (ap-south-1)")], "failed");
    assert_eq!(ran.outcomes()["prod bucket orders-prod"], "blocked");
    assert_eq!(ran.outcomes()["backup key alias/orders-backup (us-east-1)"], "made");
    assert_eq!(ran.links()["orders"], "not-run");
}

#[test]
fn multi_region_keys() {
    let world = World::of(&three(&[
        bucket("primary-data", "prod", "us-east-1", "alias/data"),
        bucket("replica-data", "prod", "us-west-2", "alias/data-replica"),
        link("data", "primary-data", "replica-data"),
        "\n[keys.\"alias/data\"]\nmulti_region = true\n\n[keys.\"alias/data-replica\"]\nreplica_of = \"alias/data\"\n"
            .to_owned(),
    ]));
    world.settles(&[], &[]);
    let primary = key_arn(&world, "prod", "us-east-1", "alias/data");
    let replica = key_arn(&world, "prod", "us-west-2", "alias/data-replica");
    assert!(primary.contains(":key/mrk-"), "{primary}");
    assert_eq!(primary.replace("us-east-1", "us-west-2"), replica);
}

#[test]
fn a_multi_region_primary_that_no_bucket_is_under() {
    let world = World::of(&three(&[
        bucket("orders", "prod", "us-east-1", "alias/orders"),
        bucket("third", "backup", "eu-west-1", "alias/third").replace("\"third\"]", "\"third-copy\"]"),
        link("third", "orders", "third-copy"),
        "\n[keys.\"alias/third\"]\nreplica_of = \"alias/elsewhere\"\n".to_owned(),
        "\n[keys.\"alias/elsewhere\"]\naccount = \"backup\"\nregion = \"eu-central-1\"\nmulti_region = true\n".to_owned(),
    ]));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["backup key alias/elsewhere (eu-central-1)"], "made");
    // Chosen by a link it comes along, too.
    world.calls();
    let part = world.apply(&["--link", "third"]).ended(0);
    assert!(part.outcomes().contains_key("backup key alias/elsewhere (eu-central-1)"));
    world.wrote_nothing();
}

#[test]
fn administrators_users_and_rotation_of_keys() {
    let extra = format!(
        "\n[keys.\"alias/orders-prod\"]\nrotation = false\nadministrators = [\"arn:aws:iam::{PROD}:role/ReplicationAdmin\"]\n\
         users = [\"arn:aws:iam::{PROD}:user/administrator\", \"arn:aws:iam::{BACKUP}:root\"]\n"
    );
    let world = World::of(&format!("{}{extra}", one_link()));
    world.settles(&[], &[]);
    let policy = key_policy(&world, "prod", "ap-south-1", "alias/orders-prod");
    assert_eq!(
        ["Administer", "Use", "Decrypt"].map(|what| sids(&policy, &format!("Bucketbridge{what}"))),
        [1, 1, 1]
    );
    assert!(policy.to_string().contains(&format!("arn:aws:iam::{PROD}:root")), "{policy}");
    let rotates = |account: &str, region: &str, key: &str| {
        let arn = key_arn(&world, account, region, key);
        let kms = world.kms(account, region);
        world.block(kms.get_key_rotation_status().key_id(arn).send()).expect("an answer").key_rotation_enabled
    };
    assert!(!rotates("prod", "ap-south-1", "alias/orders-prod"));
    assert!(rotates("backup", "us-east-1", "alias/orders-backup"));
    world.map(&format!("{}{}", one_link(), extra.replace("rotation = false", "rotation = true")));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["prod key alias/orders-prod (ap-south-1)"], "changed");
    assert!(rotates("prod", "ap-south-1", "alias/orders-prod"));
}

/// Seed 001: CloudFront serves what is under the key.
#[test]
fn statements_from_a_file() {
    let world =
        World::of(&format!("{}\n[keys.\"alias/orders-prod\"]\nstatements = \"more.json\"\n", one_link()));
    let statement = json!({
        "Sid": "CloudFrontDecrypts",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceArn": format!("arn:aws:cloudfront::{PROD}:distribution/EXAMPLE")}},
    });
    world.write("more.json", &json!({"Version": "2012-10-17", "Statement": [statement]}).to_string());
    world.settles(&[], &[]);
    let found = || {
        let policy = key_policy(&world, "prod", "ap-south-1", "alias/orders-prod");
        let all = policy["Statement"].as_array().expect("statements").clone();
        all.into_iter().filter(|s| s["Sid"] == "CloudFrontDecrypts").collect::<Vec<_>>()
    };
    assert_eq!(found(), std::slice::from_ref(&statement));
    // By its Sid it is known again when the file changes.
    let mut changed = statement;
    changed["Action"] = json!("kms:Decrypt");
    world.write("more.json", &changed.to_string());
    let ran = world.settles(&[], &[]);
    let others: Vec<_> = ran.outcomes().into_iter().filter(|(_, o)| o != "kept").collect();
    assert_eq!(others, [("prod key-policy alias/orders-prod (ap-south-1)".to_owned(), "changed".to_owned())]);
    assert_eq!(found(), [changed]);
}

#[test]
fn one_key_by_its_alias_and_by_the_arn_of_its_alias() {
    let world = World::of(&three(&[
        bucket("one-prod", "prod", "us-east-1", "alias/shared"),
        bucket("two-prod", "prod", "us-east-1", &format!("arn:aws:kms:us-east-1:{PROD}:alias/shared")),
        bucket("one-backup", "backup", "us-east-1", "alias/shared"),
        link("one", "one-prod", "one-backup"),
        link("two", "two-prod", "one-backup"),
    ]));
    let ran = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&ran, "key").len(), 2);
}

/// Two names of one key would be two steps that write one policy.
#[test]
fn one_key_by_its_alias_and_by_its_id_is_stopped() {
    let world = World::new();
    let arn = make_key(&world, "prod", "us-east-1", Some("alias/shared"));
    world.map(&three(&[
        bucket("one-prod", "prod", "us-east-1", "alias/shared"),
        bucket("two-prod", "prod", "us-east-1", &arn),
        bucket("one-backup", "backup", "us-east-1", "alias/shared"),
        link("one", "one-prod", "one-backup"),
        link("two", "two-prod", "one-backup"),
    ]));
    let ran = world.apply(&[]).ended(1);
    assert!(ran.stdout.contains("are the same key"), "{}", ran.stdout);
    assert_eq!(ran.links()["one"], "replicated");
    assert_eq!(ran.links()["two"], "not-run");
}

#[test]
fn buckets_that_change_their_keys() {
    let world = World::of(&one_link());
    world.settles(&[], &[]);
    let map = one_link()
        .replace("alias/orders-prod", "alias/other-prod")
        .replace("alias/orders-backup", "alias/other-backup");
    world.map(&map.replace(
        "key = \"alias/other-prod\"",
        "key = \"alias/other-prod\"\nsource_keys = [\"alias/orders-prod\"]",
    ));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["backup key alias/other-backup (us-east-1)"], "made");
    let key = key_arn(&world, "backup", "us-east-1", "alias/other-backup");
    assert_eq!(replica_of(&ran.json(), "orders")["key_arn"], key.as_str());
    // What is written under the former key still goes over.
    FROM.put(&world, "object", None, Some(&key_arn(&world, "prod", "ap-south-1", "alias/orders-prod")));
    assert_eq!(TO.replica(&world, "object").ssekms_key_id(), Some(key.as_str()));
}
