//! `apply` lets the doctor judge what a plan would come to, and refuses one that could not replicate before
//! the first write.

use serde_json::{Value, json};

use crate::documents::{self, Document, ROLE};
use crate::world::{Ran, World, one_link};

/// The causes that the doctor names, with the document of each.
fn causes(ran: &Ran) -> Vec<(String, Value)> {
    let report = ran.json();
    let links = report["doctor"].as_array().expect("what the doctor says");
    let findings = links.iter().flat_map(|link| link["findings"].as_array().expect("findings"));
    let errors = findings.filter(|finding| finding["severity"] == "error");
    errors.map(|f| (f["cause"].as_str().expect("a cause").to_owned(), f["document"].clone())).collect()
}

/// Refused, for this cause in this document, and nothing was written.
#[track_caller]
fn refused(world: &World, cause: &str, document: Value) -> Ran {
    world.calls();
    let ran = world.apply(&[]).ended(1);
    world.wrote_nothing();
    assert_eq!(causes(&ran), [(cause.to_owned(), document)], "{}", ran.stdout);
    assert!(ran.outcomes().values().all(|outcome| outcome == "blocked" || outcome == "kept"));
    assert!(ran.stderr.contains("the plan could not replicate, and nothing was changed"), "{}", ran.stderr);
    ran
}

fn deny(action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource}]})
}

#[test]
fn a_deny_of_the_destination_bucket() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    let policy = Document::bucket("backup", "us-east-1", "orders-backup");
    policy.write(&world, &deny("s3:ReplicateObject", "arn:aws:s3:::orders-backup/*"));
    let document = json!({"kind": "bucket-policy", "bucket": "orders-backup"});
    let ran = refused(&world, "dst-bucket-policy-deny", document);
    let finding = &ran.json()["doctor"][0]["findings"][0];
    assert_eq!(finding["statement"], json!({"sid": "Theirs", "index": 0}));
    assert_eq!(finding["fix"]["apply"], false, "an apply is what was refused");
    let seen = world.run(&["apply", "--yes"]).ended(1).stdout;
    assert!(seen.starts_with("refused"), "{seen}");
    assert!(seen.contains("statement Theirs"), "{seen}");

    // Somebody who knows better may go on, and sees it fail.
    assert_eq!(world.apply(&["--no-doctor"]).ended(4).links()["orders"], "failed");
    policy.edit(&world, |policy| policy["Statement"].as_array_mut().expect("statements").truncate(0));
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
}

#[test]
fn a_deny_of_the_source_bucket() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "prod", "ap-south-1", "orders-prod");
    let policy = Document::bucket("prod", "ap-south-1", "orders-prod");
    policy.write(&world, &deny("s3:GetObjectVersionForReplication", "arn:aws:s3:::orders-prod/*"));
    refused(&world, "src-bucket-policy-deny", json!({"kind": "bucket-policy", "bucket": "orders-prod"}));

    // Who may not read it is not told that all is well, nor kept from trying.
    world.operator_without("prod", "limited", &["s3:GetBucketPolicy"]);
    world.map(&one_link().replace("profile = \"prod\"", "profile = \"limited\""));
    let ran = world.apply(&[]).ended(4);
    assert_eq!(ran.links()["orders"], "failed");
    assert!(ran.stderr.contains("it takes s3:GetBucketPolicy on arn:aws:s3:::orders-prod"), "{}", ran.stderr);
}

#[test]
fn a_deny_for_others_is_in_nobodys_way() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "prod", "ap-south-1", "orders-prod");
    let mut theirs = deny("s3:*", "arn:aws:s3:::orders-prod/*");
    theirs["Statement"][0]["Principal"] = json!({"AWS": "arn:aws:iam::333333333333:root"});
    Document::bucket("prod", "ap-south-1", "orders-prod").write(&world, &theirs);
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
}

/// Makes a managed policy of an account.
fn policy(world: &World, name: &str, document: &Value) -> String {
    let request = world.iam("prod").create_policy().policy_name(name).policy_document(document.to_string());
    let made = world.block(request.send()).expect("a policy").policy.expect("a policy");
    made.arn.expect("an ARN")
}

#[test]
fn a_boundary_that_leaves_out_the_key() {
    let world = World::of(&one_link());
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "kms:Decrypt"], "Resource": "*"}]});
    let boundary = policy(&world, "storage", &document);
    let role = format!("arn:aws:iam::111111111111:role/{ROLE}");
    let where_it_is = json!({"kind": "permissions-boundary", "role": role, "policy": boundary});
    let with = |boundary: &str| format!("{}\n[roles]\npermissions_boundary = \"{boundary}\"\n", one_link());

    // Of a role that is to be made with it.
    world.map(&with(&boundary));
    refused(&world, "role-permissions-boundary", where_it_is.clone());

    // Of a role that is there.
    world.map(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let iam = world.iam("prod");
    let put = iam.put_role_permissions_boundary().role_name(ROLE).permissions_boundary(&boundary);
    world.block(put.send()).expect("a boundary");
    Document::bucket("backup", "us-east-1", "orders-backup").edit(&world, |policy| {
        policy["Statement"] = json!([deny("s3:GetObject", "arn:aws:s3:::orders-backup/*")["Statement"][0]])
    });
    refused(&world, "role-permissions-boundary", where_it_is);
}

#[test]
fn a_deny_in_another_policy_of_the_role() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let iam = world.iam("prod");
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "kms:Encrypt", "Resource": "*"}]});
    let guard = policy(&world, "guard", &document);
    world.block(iam.attach_role_policy().role_name(ROLE).policy_arn(&guard).send()).expect("attached");
    // Nothing to write: nothing is judged, and no more is read than before.
    world.calls();
    world.apply(&["--no-check"]).ended(0);
    assert!(world.calls().iter().all(|call| call.operation != "ListAttachedRolePolicies"));
    Document::role_policy().edit(&world, |policy| {
        policy["Statement"].as_array_mut().expect("statements").truncate(1);
    });
    let role = format!("arn:aws:iam::111111111111:role/{ROLE}");
    let document = json!({"kind": "attached-policy", "role": role, "policy": guard});
    refused(&world, "role-policy-deny", document);
}

/// The key's owner has to grant it, and nobody here may.
#[test]
fn the_policy_of_a_key_that_is_not_managed() {
    let world = World::of(&(one_link() + "\n[keys.\"alias/orders-backup\"]\nmanage = false\n"));
    let key = documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    let ran = refused(&world, "dst-key-policy-missing-grant", json!({"kind": "key-policy", "key": key}));
    let statement = &ran.json()["doctor"][0]["findings"][0]["fix"]["changes"][0]["statement"];
    assert_eq!(statement["Action"][0], "kms:Encrypt", "{statement}");
    assert!(ran.stderr.contains("--no-doctor"), "{}", ran.stderr);
}

/// A link that nothing is in the way of is not kept from replicating by another, if it is chosen.
#[test]
fn links_that_are_not_chosen_are_not_judged() {
    let more = "[buckets.media-prod]\naccount = \"prod\"\nregion = \"ap-south-1\"\nkey = \"alias/orders-prod\"\n\
                [links.media]\nfrom = \"media-prod\"\nto = \"orders-backup\"\n";
    let world = World::of(&(one_link() + "\n" + more));
    documents::make_bucket(&world, "prod", "ap-south-1", "media-prod");
    Document::bucket("prod", "ap-south-1", "media-prod")
        .write(&world, &deny("s3:GetObjectVersionForReplication", "arn:aws:s3:::media-prod/*"));
    let ran =
        refused(&world, "src-bucket-policy-deny", json!({"kind": "bucket-policy", "bucket": "media-prod"}));
    assert_eq!(ran.json()["doctor"].as_array().expect("links").len(), 1, "only what could not replicate");
    assert_eq!(world.apply(&["--link", "orders"]).ended(0).links()["orders"], "replicated");
}
