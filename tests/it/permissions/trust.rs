//! `permissions --trust`: who may become the operator.

use serde_json::json;

use crate::world::{BACKUP, PROD, World, one_link};

use super::policies;

const ROLE: &str = "Operator";

/// The destination is reached by a role, with whatever else its entry says.
fn by_role(from: &str, more: &str) -> String {
    one_link().replace(
        "profile = \"backup\"",
        &format!("assume_role = {{ role = \"arn:aws:iam::{BACKUP}:role/{ROLE}\", {from}{more} }}"),
    )
}

/// A role with this trust policy and all permissions.
fn make_role(world: &World, trust: &serde_json::Value) {
    let iam = world.iam("backup");
    let all =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    world.block(async {
        let made = iam.create_role().role_name(ROLE).assume_role_policy_document(trust.to_string());
        made.send().await.expect("a role");
        let put = iam.put_role_policy().role_name(ROLE).policy_name("all").policy_document(all.to_string());
        put.send().await.expect("a policy");
    });
}

#[test]
fn with_it_and_the_policy_of_the_source_the_role_is_assumed() {
    let more =
        ", external_id = \"agreed-4711\", source_identity = \"jane\", session_tags = { team = \"storage\" }";
    let world = World::of(&by_role("from = \"prod\"", more));
    let trust = world.run(&["permissions", "--account", "backup", "--trust"]).ended(0);
    assert!(trust.stderr.contains("--principal ARN says who"), "{}", trust.stderr);
    let trust = trust.json();
    assert_eq!(trust["Statement"][0]["Principal"]["AWS"], format!("arn:aws:iam::{PROD}:root"));
    assert_eq!(trust["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"], "agreed-4711");
    make_role(&world, &trust);
    super::operator(&world, "prod", &policies(&world, "prod", &[]));
    let map = super::operated(&by_role("from = \"prod\"", more));
    world.map(&map);
    world.run(&["accounts"]).ended(0);
    world.apply(&[]).ended(0).proven_but(&[]);
    // Neither another id, nor another tag, nor another source identity.
    for (right, wrong) in [("agreed-4711", "agreed-4712"), ("storage", "sales"), ("jane", "john")] {
        world.map(&map.replace(right, wrong));
        world.run(&["accounts"]).ended(1);
    }
}

#[test]
fn a_code_is_asked_for_where_the_entry_has_a_device() {
    let device = format!(", mfa_serial = \"arn:aws:iam::{PROD}:mfa/jane\"");
    let world = World::of(&by_role("from_profile = \"prod\"", &device));
    let trust = world.run(&["permissions", "--account", "backup", "--trust"]).ended(0).json();
    let condition = &trust["Statement"][0]["Condition"];
    assert_eq!(condition["Bool"]["aws:MultiFactorAuthPresent"], "true", "{trust:#}");
}

#[test]
fn the_identity_is_the_role_before_or_the_one_that_is_given() {
    let world = World::of(&by_role("from_profile = \"somebody\"", ""));
    let refused = world.run(&["permissions", "--account", "backup", "--trust"]).ended(2).stderr;
    assert!(refused.contains("pass --principal ARN"), "{refused}");
    let jane = format!("arn:aws:iam::{PROD}:user/jane");
    let given = ["permissions", "--account", "backup", "--trust", "--principal", &jane];
    let trust = world.run(&given).ended(0).json();
    assert_eq!(
        trust["Statement"],
        json!([{"Sid": "Assume", "Effect": "Allow", "Principal": {"AWS": jane},
        "Action": "sts:AssumeRole"}])
    );
    let none = world.run(&["permissions", "--account", "prod", "--trust"]).ended(2).stderr;
    assert!(none.contains("reached with credentials of its own"), "{none}");
    // A list of roles: the last one trusts the one before it.
    let hub = format!("arn:aws:iam::{PROD}:role/Hub");
    world.map(&one_link().replace(
        "profile = \"backup\"",
        &format!("assume_role = [{{ role = {hub:?}, from_profile = \"prod\" }}, {{ role = \"arn:aws:iam::{BACKUP}:role/{ROLE}\" }}]"),
    ));
    let trust = world.run(&["permissions", "--account", "backup", "--trust"]).ended(0).json();
    assert_eq!(trust["Statement"][0]["Principal"]["AWS"], hub);
}

#[test]
fn the_external_id_of_a_variable() {
    let world = World::of(&by_role("from_profile = \"prod\"", ", external_id_env = \"AGREED\""));
    let args = ["permissions", "--account", "backup", "--trust", "--format", "cloudformation"];
    let refused = world.run(&args).ended(2).stderr;
    assert!(refused.contains("set AGREED to the external id"), "{refused}");
    let ran = world.command(&args).env("AGREED", "agreed-0815").output().expect("the binary runs");
    let template: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
    let role = &template["Resources"][ROLE]["Properties"];
    let id = &role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"]["sts:ExternalId"];
    assert_eq!(id, "agreed-0815", "{template:#}");
    // Nowhere else.
    let other = world.command(&["permissions", "--account", "prod"]).env("AGREED", "agreed-0815").output();
    assert!(!String::from_utf8_lossy(&other.expect("a run").stdout).contains("agreed-0815"));
}
