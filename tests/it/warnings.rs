//! What is nobody's mistake yet, and has to be seen before somebody agrees.

use aws_sdk_s3::types::{
    DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination, ReplicationRule,
    ReplicationRuleFilter, ReplicationRuleStatus,
};
use serde_json::json;

use crate::documents::{self, Document, ROLE};
use crate::world::{World, one_link};

fn plan(world: &World, code: i32) -> String {
    world.run(&["plan", "--exit-code"]).ended(code).stdout
}

#[test]
fn others_who_may_assume_the_role() {
    let world = World::of(&one_link());
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Sid": "theirs", "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::333333333333:root"}, "Action": "sts:AssumeRole"}]});
    let iam = world.iam("prod");
    let role = iam.create_role().role_name(ROLE).assume_role_policy_document(trust.to_string());
    world.block(role.send()).expect("a role");
    let said = "others may assume it, too, and get what is granted to it";
    let text = plan(&world, 3);
    assert!(text.contains(said) && text.contains("333333333333"), "{text}");
    world.apply(&[]).ended(0).proven_but(&[]);
    // Also when nothing is left to do.
    assert!(plan(&world, 0).contains(said));
    assert!(world.run(&["status"]).ended(0).stdout.contains(said));
    let statements = Document::trust().read(&world).expect("a trust policy");
    assert_eq!(documents::statements(&statements)[0]["Sid"], "theirs", "and it stays theirs");
}

/// A rule of others into another bucket, or into ours.
fn theirs(id: &str, priority: i32, to: &str) -> ReplicationRule {
    let destination = Destination::builder().bucket(format!("arn:aws:s3:::{to}")).build().expect("a bucket");
    let off = DeleteMarkerReplication::builder().status(DeleteMarkerReplicationStatus::Disabled).build();
    ReplicationRule::builder()
        .id(id)
        .priority(priority)
        .status(ReplicationRuleStatus::Enabled)
        .filter(ReplicationRuleFilter::builder().prefix("").build())
        .delete_marker_replication(off)
        .destination(destination)
        .build()
        .expect("a rule")
}

fn add(world: &World, rule: ReplicationRule) {
    let mut rules = documents::replication(world, "prod", "ap-south-1", "orders-prod").expect("rules");
    rules.rules.push(rule);
    documents::put_replication(world, "prod", "ap-south-1", "orders-prod", rules);
}

/// S3 follows the rule with the higher priority, and theirs does not select objects under KMS keys.
#[test]
fn a_rule_of_others_that_goes_before_ours() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    add(&world, theirs("sneaky", 99, "orders-backup"));
    let text = plan(&world, 3);
    assert!(text.contains("Priority: 1 → 100"), "{text}");
    world.run(&["status"]).ended(4);
    world.apply(&[]).ended(0).proven_but(&[]);
    assert!(!plan(&world, 0).contains("Priority"));
}

#[test]
fn a_rule_of_others_that_takes_the_canary_too() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    documents::make_bucket(&world, "prod", "ap-south-1", "others-copy");
    documents::enable_versioning(&world, "prod", "ap-south-1", "others-copy");
    add(&world, theirs("copy", 50, "others-copy"));
    let check = world.run(&["check"]).ended(0).stdout;
    assert!(check.contains("rule copy took the canary to arn:aws:s3:::others-copy, too"), "{check}");
}

#[test]
fn a_role_of_others_that_s3_may_not_assume() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    // Their role and their rule, then trust that leaves S3 out.
    let iam = world.iam("prod");
    let trust = |who: serde_json::Value| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}]})
            .to_string()
    };
    let s3 = trust(json!({"Service": "s3.amazonaws.com"}));
    let role = world.block(iam.create_role().role_name("theirs").assume_role_policy_document(s3).send());
    let arn = role.expect("a role").role.expect("a role").arn;
    let mut rules = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    rules.role = arn;
    rules.rules.push(theirs("copy", 50, "orders-backup-of-others"));
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup-of-others");
    documents::enable_versioning(&world, "backup", "us-east-1", "orders-backup-of-others");
    documents::put_replication(&world, "prod", "ap-south-1", "orders-prod", rules);
    let account = trust(json!({"AWS": "arn:aws:iam::333333333333:root"}));
    let request = iam.update_assume_role_policy().role_name("theirs").policy_document(account);
    world.block(request.send()).expect("a trust policy");
    let text = world.run(&["plan"]).ended(1).stdout;
    assert!(text.contains("whose trust policy does not let S3 assume it"), "{text}");
}

/// What concerns one link alone is no other link's trouble.
#[test]
fn a_link_agrees_though_another_one_does_not() {
    let world = World::new();
    let two = format!(
        "{}\n[links.invoices]\nfrom = \"orders-prod\"\nto = \"orders-backup\"\nprefix = \"invoices/\"\n",
        one_link()
    );
    world.map(&two.replace("[links.orders]", "[links.orders]\nprefix = \"orders/\""));
    world.apply(&["--no-check"]).ended(0);
    let mut rules = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    let first = rules
        .rules
        .iter_mut()
        .find(|rule| rule.filter.as_ref().and_then(|filter| filter.prefix.as_deref()) == Some("orders/"));
    first.expect("a rule").status = ReplicationRuleStatus::Disabled;
    documents::put_replication(&world, "prod", "ap-south-1", "orders-prod", rules);
    let status = world.run(&["status", "-o", "json"]).ended(4).json();
    let agrees = |name: &str| {
        let links = status["links"].as_array().expect("links");
        links.iter().find(|link| link["link"] == name).expect("the link")["agrees"].clone()
    };
    assert_eq!((agrees("orders"), agrees("invoices")), (json!(false), json!(true)), "{status:#}");
    // What cannot be read is not known to differ.
    world.apply(&["--no-check"]).ended(0);
    world.operator_without("backup", "limited", &["kms:GetKeyPolicy"]);
    let limited = two.replace("[links.orders]", "[links.orders]\nprefix = \"orders/\"");
    world.map(&limited.replace("profile = \"backup\"", "profile = \"limited\""));
    let status = world.run(&["status", "-o", "json"]).ended(1).json();
    for link in status["links"].as_array().expect("links") {
        assert!(link["agrees"].is_null(), "{link:#}");
    }
}
