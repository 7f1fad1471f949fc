//! `--delete-keys`: a key goes only if this tool made it, nothing is under it, and it was typed.

use aws_sdk_kms::types::KeyState;
use aws_sdk_s3::types::{
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};
use bucketbridge_sandbox::{Effect, Fault};

use crate::documents;
use crate::world::{Ran, World, one_link, until, writes_configuration};

use super::two_destinations;

const PROD: (&str, &str, &str) = ("prod", "ap-south-1", "orders-prod");
const BACKUP: (&str, &str, &str) = ("backup", "us-east-1", "orders-backup");
pub const BOTH: [&str; 5] =
    ["--delete-keys", "--typed", "alias/orders-prod", "--typed", "alias/orders-backup"];

fn state(world: &World, (account, region, bucket): (&str, &str, &str)) -> Option<KeyState> {
    let call = world.kms(account, region).describe_key().key_id(format!("alias/{bucket}")).send();
    world.block(call).ok()?.key_metadata?.key_state
}

/// Makes S3's own key the default of a bucket, or the given one.
fn default(world: &World, (account, region, bucket): (&str, &str, &str), key: Option<&str>) {
    let algorithm = if key.is_some() { ServerSideEncryption::AwsKms } else { ServerSideEncryption::Aes256 };
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(algorithm)
        .set_kms_master_key_id(key.map(str::to_owned))
        .build()
        .expect("a default");
    let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().expect("one rule");
    let put = world.s3(account, region).put_bucket_encryption().bucket(bucket);
    world.block(put.server_side_encryption_configuration(configuration).send()).expect("a default");
}

/// A world whose two keys nothing is under any more.
pub fn unused() -> World {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    default(&world, PROD, None);
    default(&world, BACKUP, None);
    world
}

/// The deletion of the destination's key is refused for this reason, and everything else is done.
#[track_caller]
fn refused(world: &World, more: &[&str], why: &str) {
    let ran = world.remove(&[&["--delete-keys"], more].concat()).ended(1);
    let json = ran.json();
    let problems = json["problems"].as_array().expect("problems");
    let said = problems.iter().map(|p| p["message"].to_string()).collect::<Vec<_>>().join("\n");
    assert!(said.contains(why), "{why}\n{said}");
    assert_eq!(ran.outcomes()["backup key alias/orders-backup (us-east-1)"], "failed");
    assert_eq!(state(world, BACKUP), Some(KeyState::Enabled));
    assert_eq!(documents::replication(world, PROD.0, PROD.1, PROD.2), None, "the rest is done");
}

#[test]
fn unused_keys_are_scheduled_when_they_are_typed() {
    let world = unused();
    world.calls();
    // Confirming is not typing.
    let ran = world.remove(&["--delete-keys"]).ended(2);
    assert!(ran.stderr.contains("no terminal to type its name at"), "{}", ran.stderr);
    let ran = world.remove(&["--delete-keys", "--typed", "alias/orders-prod"]).ended(2);
    assert!(ran.stderr.contains("--typed alias/orders-backup"), "{}", ran.stderr);
    let ran = world.remove(&["--delete-keys", "--typed", "alias/nobody"]).ended(2);
    assert!(
        ran.stderr.contains("no key that these links alone use is named `alias/nobody`"),
        "{}",
        ran.stderr
    );
    for wrong in [&["--delete-keys", "--window-days", "6"][..], &["--typed", "alias/orders-prod"]] {
        world.remove(wrong).ended(2);
    }
    assert!(world.calls().iter().all(|call| !writes_configuration(call)));

    let ran = world.remove(&[&BOTH[..], &["--window-days", "7"]].concat()).ended(0);
    for bucket in [PROD, BACKUP] {
        assert_eq!(state(&world, bucket), Some(KeyState::PendingDeletion), "by its alias, which stays");
    }
    let step = ran.json()["steps"].to_string();
    assert!(
        step.contains("aws kms cancel-key-deletion --key-id arn:aws:kms:us-east-1:222222222222:key/"),
        "{step}"
    );
    assert!(step.contains("it is deleted on 20"), "{step}");
    let scheduled: Vec<_> =
        world.calls().into_iter().filter(|c| c.operation == "ScheduleKeyDeletion").collect();
    assert_eq!(scheduled.len(), 2);

    // Again, with the same options: it is scheduled already.
    let again = world.remove(&BOTH).ended(0);
    assert!(
        again.json()["changes"].to_string().contains("its deletion is scheduled already"),
        "{}",
        again.stdout
    );
    assert!(again.outcomes().values().all(|o| o == "kept"), "{:#?}", again.outcomes());
}

#[test]
fn not_while_a_bucket_has_it_as_its_default() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    refused(&world, &[], "it is the default key of bucket orders-backup");
    // Also one that no map knows, which names it by its alias.
    default(&world, BACKUP, None);
    documents::make_bucket(&world, "backup", "us-east-1", "somebodys");
    default(&world, ("backup", "us-east-1", "somebodys"), Some("alias/orders-backup"));
    refused(&world, &[], "it is the default key of bucket somebodys");
}

#[test]
fn not_while_a_version_is_under_it() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    documents::replicate(&world, PROD.0, PROD.1, PROD.2, "an object");
    // Deleted, it is an older version.
    for (account, region, bucket) in [PROD, BACKUP] {
        let delete = world.s3(account, region).delete_object().bucket(bucket).key("an object");
        world.block(delete.send()).expect("a delete marker");
    }
    default(&world, PROD, None);
    default(&world, BACKUP, None);
    refused(&world, &[], "1 object version is under it in bucket orders-backup");
    // With the version gone, and its delete marker still there, the key may go.
    for (account, region, bucket) in [PROD, BACKUP] {
        let s3 = world.s3(account, region);
        let page = world.block(s3.list_object_versions().bucket(bucket).send()).expect("versions");
        for version in page.versions() {
            let delete = s3.delete_object().bucket(bucket).key("an object");
            world.block(delete.version_id(version.version_id().expect("an id")).send()).expect("gone");
        }
    }
    world.remove(&BOTH).ended(0);
    assert_eq!(state(&world, BACKUP), Some(KeyState::PendingDeletion));
}

#[test]
fn not_with_more_versions_than_are_looked_at() {
    let world = unused();
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"x");
    let put = world.s3(BACKUP.0, BACKUP.1).put_object().bucket(BACKUP.2).key("x").body(body);
    world.block(put.send()).expect("an object");
    refused(&world, &["--max-versions", "0"], "it holds more than 0 versions, too many to look at");
    world.remove(&BOTH).ended(0);
}

#[test]
fn not_if_it_cannot_be_told() {
    for (denied, why) in [
        ("s3:ListAllMyBuckets", "ListBuckets on all buckets failed"),
        ("s3:GetEncryptionConfiguration", "it cannot be told whether a bucket has it as its default"),
        ("s3:ListBucketVersions", "it cannot be told whether a version in bucket orders-backup is under it"),
        ("s3:GetObjectVersion", "it cannot be told whether a version in bucket orders-backup is under it"),
        ("kms:ListAliases", "ListAliases on key alias/orders-backup (us-east-1) failed"),
    ] {
        let world = unused();
        let body = aws_sdk_s3::primitives::ByteStream::from_static(b"x");
        let put = world.s3(BACKUP.0, BACKUP.1).put_object().bucket(BACKUP.2).key("x").body(body);
        world.block(put.send()).expect("an object");
        world.operator_without("backup", "limited", &[denied]);
        world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
        let typed = if denied.starts_with("s3:ListB") || denied == "s3:GetObjectVersion" {
            &[][..]
        } else {
            &["--typed", "alias/orders-prod"]
        };
        refused(&world, typed, why);
    }
}

#[test]
fn not_one_that_others_made_or_use() {
    // By hand.
    let world = World::of(&one_link());
    documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    world.apply(&["--no-check"]).ended(0);
    default(&world, PROD, None);
    default(&world, BACKUP, None);
    // Another alias on the other one.
    let key = documents::key_arn(&world, PROD.0, PROD.1, "alias/orders-prod").expect("a key");
    let alias = world.kms(PROD.0, PROD.1).create_alias().alias_name("alias/theirs").target_key_id(key);
    world.block(alias.send()).expect("an alias");
    let ran = world.remove(&["--delete-keys"]).ended(0);
    let said = ran.json()["changes"].to_string();
    for why in [
        "the key is kept: this tool did not make it",
        "the key is kept: alias/theirs, which is not in this map, points to it, too",
    ] {
        assert!(said.contains(why), "{why}\n{said}");
    }
    assert_eq!(
        (state(&world, PROD), state(&world, BACKUP)),
        (Some(KeyState::Enabled), Some(KeyState::Enabled))
    );
    assert!(world.calls().iter().all(|call| call.operation != "ScheduleKeyDeletion"));
}

#[test]
fn not_one_that_another_link_or_map_uses() {
    let world = World::of(&two_destinations());
    world.apply(&["--no-check"]).ended(0);
    for bucket in [PROD, BACKUP] {
        default(&world, bucket, None);
    }
    let args = ["--link", "orders", "--delete-keys", "--typed", "alias/orders-backup"];
    let outcomes = world.remove(&args).ended(0).outcomes();
    let keys: Vec<_> = outcomes.iter().filter(|(step, _)| step.contains(" key ")).collect();
    assert_eq!(keys.len(), 1, "the source's key is the other link's, too: {keys:?}");
    assert_eq!(
        (state(&world, PROD), state(&world, BACKUP)),
        (Some(KeyState::Enabled), Some(KeyState::PendingDeletion))
    );
    // For this map the other link is another map's.
    world.map(&one_link());
    let ran = world.remove(&["--delete-keys"]).ended(1);
    assert_eq!(ran.outcomes()["prod key alias/orders-prod (ap-south-1)"], "failed");
    let why = ran.json()["problems"][0]["message"].to_string();
    assert!(why.contains("it is a key of bucket orders-prod, and rule Bucketbridge-"), "{why}");
}

#[test]
fn an_object_that_is_put_meanwhile_saves_its_key() {
    let world = unused();
    let key = documents::key_arn(&world, BACKUP.0, BACKUP.1, "alias/orders-backup").expect("a key");
    world.sandbox.faults().add(Fault::new(Effect::Held).operation("DeleteRole").times(1));
    let child = world.start(&[&["remove", "--yes", "-o", "json"], &BOTH[..]].concat());
    until("the role is about to go", || world.sandbox.faults().held() > 0);
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"x");
    let put = world.s3(BACKUP.0, BACKUP.1).put_object().bucket(BACKUP.2).key("x").body(body);
    let put = put.server_side_encryption(ServerSideEncryption::AwsKms).ssekms_key_id(key);
    world.block(put.send()).expect("an object");
    world.sandbox.faults().release();
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(1);
    assert_eq!(ran.outcomes()["backup key alias/orders-backup (us-east-1)"], "failed");
    assert_eq!(
        (state(&world, PROD), state(&world, BACKUP)),
        (Some(KeyState::PendingDeletion), Some(KeyState::Enabled))
    );
}

#[test]
fn not_while_its_rules_replicate() {
    let world = unused();
    world.operator_without("prod", "limited", &["s3:PutReplicationConfiguration"]);
    world.map(&one_link().replace("profile = \"prod\"", "profile = \"limited\""));
    let outcomes = world.remove(&BOTH).ended(1).outcomes();
    for key in ["prod key alias/orders-prod (ap-south-1)", "backup key alias/orders-backup (us-east-1)"] {
        assert_eq!(outcomes[key], "blocked", "{outcomes:#?}");
    }
    assert_eq!(
        (state(&world, PROD), state(&world, BACKUP)),
        (Some(KeyState::Enabled), Some(KeyState::Enabled))
    );
}
