//! What AWS has no room for is said before anything is written: by how much, and what to do.

use serde_json::{Value, json};

use crate::documents::{Document, POLICY, ROLE};
use crate::world::{World, one_link};

/// A role of the name that ours has, with an inline policy of somebody else's of that many characters.
fn role_with(world: &World, characters: usize) {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let policy = |name: &str| {
        json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{name}/*")}]})
    };
    let frame = policy("").to_string().chars().filter(|c| !c.is_whitespace()).count();
    let iam = world.iam("prod");
    world.block(async {
        iam.create_role()
            .role_name(ROLE)
            .assume_role_policy_document(trust.to_string())
            .send()
            .await
            .expect("a role");
        let inline = iam.put_role_policy().role_name(ROLE).policy_name("theirs");
        let text = policy(&"x".repeat(characters - frame)).to_string();
        inline.policy_document(text).send().await.expect("a policy");
    });
}

#[track_caller]
fn problem(world: &World) -> Value {
    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    let problems = plan["problems"].as_array().expect("problems");
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems[0].clone()
}

#[test]
fn inline_policies_of_a_role_together() {
    let world = World::of(&one_link());
    role_with(&world, 9_500);
    let found = problem(&world);
    assert_eq!(found["kind"], "role-policy");
    let message = found["message"].as_str().expect("a message");
    assert!(
        message.contains("9500 of them others'") && message.contains("more than IAM allows"),
        "{message}"
    );
    assert!(found["hint"].as_str().expect("a hint").contains("make others' inline policies managed ones"));
    world.calls();
    let ran = world.apply(&[]).ended(1);
    assert_eq!(ran.outcomes()["prod role-policy bucketbridge-orders-prod"], "failed");
    assert!(world.calls().iter().all(|call| call.operation != "PutRolePolicy"));

    // With room for both, both are there; and when ours is right, nobody asks again.
    let iam = world.iam("prod");
    world.block(iam.delete_role_policy().role_name(ROLE).policy_name("theirs").send()).expect("gone");
    world.block(iam.delete_role().role_name(ROLE).send()).expect("gone");
    role_with(&world, 2_000);
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    world.calls();
    world.run(&["plan", "--exit-code"]).ended(0);
    assert!(world.calls().iter().all(|call| call.operation != "ListRolePolicies"));
    assert!(
        Document::RolePolicy { account: "prod", role: ROLE.to_owned(), policy: POLICY.to_owned() }
            .read(&world)
            .is_some()
    );
}

/// Who may not list them is not kept from planning.
#[test]
fn inline_policies_that_may_not_be_listed() {
    let world = World::of(&one_link());
    role_with(&world, 2_000);
    world.operator_without("prod", "limited", &["iam:ListRolePolicies"]);
    world.map(&one_link().replace("profile = \"prod\"", "profile = \"limited\""));
    let plan = world.run(&["plan", "-o", "json"]).ended(0).json();
    let changes = plan["changes"].as_array().expect("changes");
    let notes = changes.iter().find(|c| c["kind"] == "role-policy").expect("the policy")["notes"].to_string();
    assert!(notes.contains("were not read") && notes.contains("AccessDenied"), "{notes}");
}

/// A rule of others has the priority that the map gives to a link.
#[test]
fn a_priority_that_is_taken() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let map =
        one_link().replace("orders-backup", "orders-second").replace("[links.orders]", "[links.second]")
            + "priority = 1\n";
    world.map(&map);
    let found = problem(&world);
    assert_eq!(found["kind"], "replication");
    let message = found["message"].as_str().expect("a message");
    assert!(message.starts_with("link second has priority 1, which rule Bucketbridge-"), "{message}");
    assert!(message.ends_with("of bucket orders-prod has already"), "{message}");
    assert!(found["hint"].as_str().expect("a hint").contains("another `priority`"));
}
