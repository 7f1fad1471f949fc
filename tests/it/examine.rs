//! What `doctor` reads, as its snapshot has it: every document of a role, keys however they are named,
//! buckets whoever they belong to.

use aws_sdk_s3::types::{
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};
use serde_json::{Value, json};

use crate::documents::{self, ROLE};
use crate::world::{ARCHIVE, BACKUP, PROD, World, one_link};

fn healthy() -> World {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world.calls();
    world
}

/// The snapshot of the link, and what was said of it.
fn read(world: &World) -> (Value, Value) {
    let args = ["doctor", "-o", "json", "--save-snapshot", "state.json"];
    let said = world.run(&args).json();
    let text = std::fs::read_to_string(world.path().join("state.json")).expect("a snapshot");
    (serde_json::from_str(&text).expect("JSON"), said["links"][0].clone())
}

/// Errors, as `kind of document`.
fn documents_of(link: &Value) -> Vec<&str> {
    let findings = link["findings"].as_array().expect("findings").iter();
    let errors = findings.filter(|finding| finding["severity"] == "error");
    errors.filter_map(|finding| finding["document"]["kind"].as_str()).collect()
}

fn only<'a>(snapshot: &'a Value, part: &str) -> &'a Value {
    let all = snapshot[part].as_object().expect(part);
    assert_eq!(all.len(), 1, "{all:#?}");
    &all.values().next().expect("one")["known"]
}

fn policy(effect: &str, actions: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": actions, "Resource": "*"}]})
        .to_string()
}

#[test]
fn every_document_of_the_role_is_read() {
    let world = healthy();
    let iam = world.iam("prod");
    let managed = |name: &str, document: String| {
        let made = iam.create_policy().policy_name(name).policy_document(document).send();
        world.block(made).expect("a policy").policy.and_then(|policy| policy.arn).expect("an ARN")
    };
    let (snapshot, link) = read(&world);
    assert_eq!(link["verdict"], "replicates", "{link:#}");
    let role = only(&snapshot, "roles");
    assert_eq!(role["boundary"], "absent", "{role:#}");
    assert_eq!(role["attached"]["known"], json!([]));
    assert_eq!(role["inline"]["known"].as_object().expect("policies").len(), 1);
    assert!(role["id"].as_str().is_some_and(|id| id.starts_with("AROA")), "{role:#}");
    assert_eq!(role["tags"]["known"]["bucketbridge"], "orders-prod");

    // A new version of a managed policy is the one in force.
    let guard = managed("guard", policy("Allow", json!("s3:*")));
    let version = iam.create_policy_version().policy_arn(&guard).set_as_default(true);
    let denies = policy("Deny", json!("s3:ReplicateObject"));
    world.block(version.policy_document(denies).send()).expect("a version");
    let attach = iam.attach_role_policy().role_name(ROLE).policy_arn(&guard);
    world.block(attach.send()).expect("attached");
    let (snapshot, link) = read(&world);
    let attached = &only(&snapshot, "roles")["attached"]["known"][0];
    assert_eq!(attached["document"]["known"]["Statement"][0]["Effect"], "Deny", "{attached:#}");
    assert_eq!(link["verdict"], "fails");
    assert!(documents_of(&link).contains(&"attached-policy"), "{link:#}");
    let detach = iam.detach_role_policy().role_name(ROLE).policy_arn(&guard);
    world.block(detach.send()).expect("detached");

    let boundary = managed("boundary", policy("Allow", json!(["s3:*", "kms:Decrypt"])));
    let put = iam.put_role_permissions_boundary().role_name(ROLE).permissions_boundary(&boundary);
    world.block(put.send()).expect("a boundary");
    let (snapshot, link) = read(&world);
    assert_eq!(only(&snapshot, "roles")["boundary"]["known"]["arn"], boundary.as_str());
    assert_eq!(link["verdict"], "fails");
    assert!(documents_of(&link).contains(&"permissions-boundary"), "{link:#}");
}

#[test]
fn keys_are_read_however_they_are_named() {
    let world = healthy();
    let (snapshot, _) = read(&world);
    let keys = snapshot["keys"].as_object().expect("keys");
    assert_eq!(keys.len(), 2, "{keys:#?}");
    for key in keys.values().map(|key| &key["known"]) {
        assert_eq!(key["facts"]["known"]["state"], "Enabled", "{key:#}");
        assert_eq!(key["grants"]["known"], json!([]));
        assert!(key["policy"]["known"]["Statement"].is_array());
    }
    let aliases = |name: &str| keys.values().any(|key| key["known"]["aliases"]["known"] == json!([name]));
    assert!(aliases("alias/orders-prod") && aliases("alias/orders-backup"), "{keys:#?}");

    // A bucket may name its key by an alias, and a grant may be all that the role has.
    default_key(&world, "alias/orders-prod");
    let arn = documents::key_arn(&world, "prod", "ap-south-1", "alias/orders-prod").expect("a key");
    let grant = world.kms("prod", "ap-south-1").create_grant().key_id(&arn);
    let grant = grant.grantee_principal(format!("arn:aws:iam::{PROD}:role/{ROLE}"));
    world.block(grant.operations(aws_sdk_kms::types::GrantOperation::Decrypt).send()).expect("a grant");
    let (snapshot, link) = read(&world);
    let named = &snapshot["keys"][format!("arn:aws:kms:ap-south-1:{PROD}:alias/orders-prod")]["known"];
    assert_eq!(named["arn"], arn.as_str(), "{snapshot:#}");
    assert_eq!(named["grants"]["known"][0]["operations"], json!(["Decrypt"]), "{named:#}");
    assert_eq!(link["verdict"], "replicates", "{link:#}");

    // To describe an alias of AWS that nobody has used yet would make its key.
    default_key(&world, "alias/aws/s3");
    world.calls();
    let (snapshot, _) = read(&world);
    let calls = world.calls();
    let asked = calls.iter().filter(|call| call.operation == "DescribeKey" && call.account == PROD).count();
    let known = &snapshot["keys"][format!("arn:aws:kms:ap-south-1:{PROD}:alias/aws/s3")]["known"];
    assert_eq!(asked, usize::from(known["arn"].is_string()), "{known:#}");
}

fn default_key(world: &World, name: &str) {
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .kms_master_key_id(name)
        .build()
        .expect("a default");
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .bucket_key_enabled(true)
        .build();
    let configuration =
        ServerSideEncryptionConfiguration::builder().rules(rule).build().expect("a configuration");
    let s3 = world.s3("prod", "ap-south-1");
    let put = s3.put_bucket_encryption().bucket("orders-prod");
    world.block(put.server_side_encryption_configuration(configuration).send()).expect("put");
}

#[test]
fn a_bucket_of_somebody_else_is_known_to_be_one() {
    let world = healthy();
    let (snapshot, _) = read(&world);
    let bucket = &snapshot["buckets"]["orders-backup"]["known"];
    assert_eq!(bucket["owner"]["known"], BACKUP);
    assert_eq!(bucket["not_owned_by"], json!([PROD]));
    assert_eq!(bucket["region"]["known"], "us-east-1");
    assert_eq!(snapshot["buckets"]["orders-prod"]["known"]["region"]["known"], "ap-south-1");

    // Of an account that there are no credentials for.
    let args = ["--source", "orders-prod", "--source-profile", "prod", "--destination-profile", "archive"];
    let all = [&["doctor", "-o", "json", "--save-snapshot", "state.json"], &args[..]].concat();
    let said = world.run(&all).ended(4).json();
    assert_eq!(said["links"][0]["verdict"], "unknown", "{said:#}");
    let text = std::fs::read_to_string(world.path().join("state.json")).expect("a snapshot");
    let snapshot: Value = serde_json::from_str(&text).expect("JSON");
    let bucket = &snapshot["buckets"]["orders-backup"]["known"];
    assert_eq!(bucket["not_owned_by"], json!([PROD, ARCHIVE]), "{bucket:#}");
    assert_eq!(bucket["region"]["known"], "us-east-1", "S3 tells everybody");
    assert!(bucket["policy"]["unread"]["why"].as_str().is_some_and(|why| why.contains("orders-backup")));
    assert_eq!(snapshot["accounts"].as_object().expect("accounts").len(), 2);
}

#[test]
fn reading_a_link_takes_few_calls() {
    let world = healthy();
    read(&world);
    let calls = world.calls();
    assert!(calls.len() <= 36, "{}: {calls:#?}", calls.len());
    let mut each: Vec<String> =
        calls.iter().map(|call| format!("{} {} {}", call.account, call.operation, call.resource)).collect();
    each.retain(|call| !call.contains("GetCallerIdentity"));
    let all = each.len();
    each.sort();
    each.dedup();
    assert_eq!(each.len(), all, "nothing is read twice: {each:#?}");
}
