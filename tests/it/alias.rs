//! An alias that was pointed elsewhere: it is followed, but not without a word.

use serde_json::{Value, json};

use crate::documents::{self, Document};
use crate::world::{World, one_link};

/// A world whose link was made, and then the alias given to another key: the former key and the new one.
fn moved(account: &str, region: &str, alias: &str) -> (World, String, String) {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let former = documents::key_arn(&world, account, region, alias).expect("a key");
    let new = documents::make_key(&world, account, region, "alias/new");
    point(&world, account, region, alias, &new);
    (world, former, new)
}

fn point(world: &World, account: &str, region: &str, alias: &str, key: &str) {
    let request = world.kms(account, region).update_alias().alias_name(alias).target_key_id(key);
    world.block(request.send()).expect("pointed elsewhere");
}

/// The key of that name, as `plan` and `status` show it.
#[track_caller]
fn entry(list: &Value, name: &str) -> Value {
    let all = list.as_array().expect("a list");
    let name = format!("{name} (");
    let is_it = |e: &&Value| e["kind"] == "key" && e["name"].as_str().is_some_and(|n| n.starts_with(&name));
    all.iter().find(is_it).unwrap_or_else(|| panic!("{name}: {all:#?}")).clone()
}

#[track_caller]
fn is_named(world: &World, alias: &str, former: &str, new: &str) {
    let plan = world.run(&["plan", "--exit-code", "-o", "json"]).ended(3).json();
    let key = entry(&plan["changes"], alias);
    assert_eq!(key["action"], "update");
    assert_eq!(key["details"], json!([{"field": "alias", "before": former, "after": new}]));
    let note = key["notes"].to_string();
    assert!(
        note.contains(&format!("aws kms update-alias --alias-name {alias} --target-key-id {former}")),
        "{note}"
    );
    assert!(note.contains("`source_keys`"), "{note}");
    let status = world.run(&["status", "-o", "json"]).ended(4).json();
    let key = entry(&status["resources"], alias);
    assert_eq!((&key["state"], &key["differences"][0]["field"]), (&json!("drift"), &json!("alias")));
}

#[test]
fn of_the_destination() {
    let (world, former, new) = moved("backup", "us-east-1", "alias/orders-backup");
    is_named(&world, "alias/orders-backup", &former, &new);
    let ran = world.apply(&[]).ended(0);
    assert_eq!(ran.links()["orders"], "replicated");
    assert_eq!(ran.json()["links"][0]["replica"]["key_arn"], new.as_str());
    world.run(&["plan", "--exit-code"]).ended(0);
    world.run(&["status"]).ended(0);
    // The bucket is ours, so its default encryption has followed.
    let s3 = world.s3("backup", "us-east-1");
    let answer = world.block(s3.get_bucket_encryption().bucket("orders-backup").send()).expect("encryption");
    let rules = answer.server_side_encryption_configuration.expect("encryption").rules;
    let default = rules[0].apply_server_side_encryption_by_default().expect("a default");
    assert_eq!(default.kms_master_key_id(), Some(new.as_str()));
}

#[test]
fn of_the_source() {
    let (world, former, new) = moved("prod", "ap-south-1", "alias/orders-prod");
    is_named(&world, "alias/orders-prod", &former, &new);
    // Objects are under the former key, so it is listed.
    let listed = one_link().replace(
        "key = \"alias/orders-prod\"",
        &format!("key = \"alias/orders-prod\"\nsource_keys = [\"{former}\"]"),
    );
    world.map(&listed);
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    let s3 = world.s3("prod", "ap-south-1");
    let old = s3.put_object().bucket("orders-prod").key("old").ssekms_key_id(&former);
    let old = old.server_side_encryption(aws_sdk_s3::types::ServerSideEncryption::AwsKms);
    world.block(old.send()).expect("an object");
    documents::settled(&world, "orders-prod", "old");
    assert_eq!(documents::versions(&world, "backup", "us-east-1", "orders-backup", "old").len(), 1);
    world.run(&["plan", "--exit-code"]).ended(0);
}

#[test]
fn pointed_back() {
    let (world, former, _) = moved("backup", "us-east-1", "alias/orders-backup");
    point(&world, "backup", "us-east-1", "alias/orders-backup", &former);
    world.run(&["plan", "--exit-code"]).ended(0);
}

/// One document that names another key was edited: that is not the alias.
#[test]
fn one_document_of_several() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let other = documents::make_key(&world, "backup", "us-east-1", "alias/other");
    Document::role_policy().edit(&world, |d| documents::ours(d, "Encrypt")["Resource"] = json!(other));
    let plan = world.run(&["plan", "-v", "-o", "json"]).ended(0).json();
    assert_eq!(entry(&plan["changes"], "alias/orders-backup")["action"], "keep");
}

/// The owner of a key that is not managed may give its alias another one: it is said, and followed.
#[test]
fn of_a_key_that_is_not_managed() {
    let (world, former, new) = moved("backup", "us-east-1", "alias/orders-backup");
    world.map(&format!("{}\n[keys.\"alias/orders-backup\"]\nmanage = false\n", one_link()));
    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    let key = entry(&plan["changes"], "alias/orders-backup");
    assert_eq!(key["action"], "keep");
    assert!(key["notes"].to_string().contains(&former) && key["notes"].to_string().contains(&new), "{key:#}");
    // What the new key's policy lacks is its owner's to give.
    assert_eq!(plan["problems"][0]["kind"], "key-policy");
}
