//! `adopt`: a profile map of what replicates already, and what `plan` makes of it.

use aws_sdk_s3::types::ServerSideEncryption;
use serde_json::{Value, json};

use crate::documents::{self, Document};
use crate::estate::{assert_same, estate};
use crate::world::{Ran, TWO, World, one_link};

const PROFILES: [&str; 6] =
    ["--source", "orders-prod", "--source-profile", "prod", "--destination-profile", "backup"];

fn adopt(world: &World, more: &[&str]) -> Ran {
    world.calls();
    let ran = world.run(&[&["adopt"], &PROFILES[..], more].concat());
    world.wrote_nothing();
    ran
}

/// Applies a map, loses it, and adopts what it made: the map says the same.
#[track_caller]
fn comes_back(map: &str) -> String {
    let world = World::of(map);
    world.apply(&[]).ended(0);
    let before = estate(&world);
    std::fs::remove_file(world.path().join("profiles.toml")).expect("removed");
    let ran = adopt(&world, &["--out", "profiles.toml"]).ended(0);
    assert_eq!(ran.stdout, "");
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    let adopted = std::fs::read_to_string(world.path().join("profiles.toml")).expect("a map");
    world.run(&["validate"]).ended(0);
    let plan = world.run(&["plan", "--exit-code", "-v"]);
    assert_eq!(plan.code, Some(0), "{adopted}\n{}", plan.stdout);
    world.settles(&[], &["off"]);
    assert_same(&estate(&world), &before);
    // Read again, it is the same to the byte.
    assert_eq!(adopt(&world, &[]).ended(0).stdout, adopted);
    adopted
}

#[test]
fn a_link_whose_map_was_lost_comes_back() {
    let adopted = comes_back(&one_link());
    println!("{adopted}");
    assert!(!adopted.contains("priority"), "one rule needs none: {adopted}");
}

#[test]
fn everything_that_a_link_says_comes_back() {
    let links = r#"
marker = "Archive"

[roles]
name = "replicates-{bucket}-{region}"
path = "/replication/"
source_account_condition = true

[keys."alias/orders-backup"]
administrators = ["arn:aws:iam::222222222222:root"]
users = ["arn:aws:iam::222222222222:root"]

[links.logs]
from = "orders-prod"
to = "orders-backup"
prefix = "logs/\"é"
priority = 7
storage_class = "STANDARD_IA"
delete_markers = true
metrics = true
owner_override = false

[links.gold]
from = "orders-prod"
to = "orders-backup"
prefix = "gold/"
tags = { class = "gold", "a b" = "c+d/=e" }
replication_time_control = true
replica_modifications = true

[links.off]
from = "orders-prod"
to = "orders-backup"
tags = { class = "lead" }
enabled = false
"#;
    let (head, tables) = TWO.split_once("version = 1\n").expect("a version");
    let (marker, links) = links.split_once("\n\n").expect("a marker");
    let tables = tables
        .replace("key = \"alias/orders-prod\"", "key = \"alias/orders-prod\"\nsource_keys = [\"alias/older\"]\nbucket_key = false");
    let adopted = comes_back(&format!("{head}version = 1\n{marker}\n{tables}\n{links}"));
    println!("{adopted}");
    for said in [
        "marker = \"Archive\"",
        "name = \"replicates-{bucket}-{region}\"",
        "source_keys = [\"alias/older\"]",
        "bucket_key = false",
        "priority = 7",
        "administrators",
    ] {
        assert!(adopted.contains(said) || said.contains("{region}"), "{said}: {adopted}");
    }
}

/// What a person makes at the console: keys, buckets, a role with a policy of its own, statements with Sids of
/// their own, and rules. Gives the ARNs of both keys.
fn made_by_hand(world: &World, rules: impl Fn(&str) -> String) -> (String, String) {
    let source_key = documents::make_key(world, "prod", "ap-south-1", "alias/data");
    let replica_key = documents::make_key(world, "backup", "us-east-1", "alias/replicas");
    for (account, region, bucket) in
        [("prod", "ap-south-1", "orders-prod"), ("backup", "us-east-1", "orders-backup")]
    {
        documents::make_bucket(world, account, region, bucket);
        documents::enable_versioning(world, account, region, bucket);
    }
    encrypt(world, "prod", "ap-south-1", "orders-prod", &source_key);
    encrypt(world, "backup", "us-east-1", "orders-backup", &replica_key);
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket"],
         "Resource": ["arn:aws:s3:::orders-prod", "arn:aws:s3:::orders-prod/*"]},
        {"Effect": "Allow", "Action": ["s3:Replicate*", "s3:ObjectOwnerOverrideToBucketOwner"],
         "Resource": "arn:aws:s3:::orders-backup/*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": source_key},
        {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": replica_key}]});
    let iam = world.iam("prod");
    let role = world.block(async {
        let role = iam.create_role().role_name("s3crr_for_orders").path("/service-role/");
        let role = role.assume_role_policy_document(trust.to_string()).send().await.expect("a role");
        let inline = iam.put_role_policy().role_name("s3crr_for_orders").policy_name("crr");
        inline.policy_document(policy.to_string()).send().await.expect("a policy");
        role.role.expect("the role").arn
    });
    let key = Document::Key { account: "backup", region: "us-east-1", key: replica_key.clone() };
    key.edit(world, |document| {
        let more = json!({"Sid": "Replication from prod", "Effect": "Allow", "Principal": {"AWS": role},
            "Action": "kms:Encrypt", "Resource": "*"});
        document["Statement"].as_array_mut().expect("statements").push(more);
    });
    Document::bucket("backup", "us-east-1", "orders-backup").write(
        world,
        &json!({"Version": "2012-10-17", "Statement": [{"Sid": "Replication from prod", "Effect": "Allow",
            "Principal": {"AWS": role}, "Action": ["s3:Replicate*", "s3:ObjectOwnerOverrideToBucketOwner"],
            "Resource": "arn:aws:s3:::orders-backup/*"}]}),
    );
    let text = format!(
        "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>{role}</Role>{}\
         </ReplicationConfiguration>",
        rules(&replica_key)
    );
    put_text(world, &text);
    (source_key, replica_key)
}

fn encrypt(world: &World, account: &str, region: &str, bucket: &str, key: &str) {
    use aws_sdk_s3::types::{
        ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    };
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .kms_master_key_id(key)
        .build()
        .expect("a default");
    let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().expect("rules");
    let request = world.s3(account, region).put_bucket_encryption().bucket(bucket);
    world.block(request.server_side_encryption_configuration(configuration).send()).expect("encryption");
}

fn put_text(world: &World, text: &str) {
    let request = world.s3("prod", "ap-south-1").put_bucket_replication().bucket("orders-prod").customize();
    world
        .block(request.interceptor(bucketbridge::aws::RequestBody::of(text)).send())
        .expect("a replication configuration");
}

/// A rule of somebody's, as the console writes it.
fn rule(id: &str, priority: u32, prefix: &str, more: &str, key: &str) -> String {
    format!(
        "<Rule><ID>{id}</ID><Priority>{priority}</Priority><Status>Enabled</Status><Filter><Prefix>{prefix}</Prefix>\
         </Filter><SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status></SseKmsEncryptedObjects>\
         </SourceSelectionCriteria><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>\
         <Destination><Bucket>arn:aws:s3:::orders-backup</Bucket><Account>222222222222</Account>{more}\
         <AccessControlTranslation><Owner>Destination</Owner></AccessControlTranslation><EncryptionConfiguration>\
         <ReplicaKmsKeyID>{key}</ReplicaKmsKeyID></EncryptionConfiguration></Destination></Rule>"
    )
}

/// What one document of `before` held is in `after`.
#[track_caller]
fn assert_kept(before: &std::collections::BTreeMap<String, Value>, after: &std::collections::BTreeMap<String, Value>) {
    for (name, value) in before {
        let now = after.get(name).unwrap_or_else(|| panic!("{name} is gone"));
        match (value["Statement"].as_array(), now["Statement"].as_array()) {
            (Some(theirs), Some(all)) => {
                for statement in theirs {
                    assert!(all.contains(statement), "{name} lost {statement}");
                }
            }
            _ if name.contains("replication") => {}
            _ => assert_eq!(value, now, "{name}"),
        }
    }
}

#[test]
fn what_was_made_by_hand_is_adopted_beside_it() {
    let world = World::new();
    made_by_hand(&world, |key| rule("everything", 0, "", "", key));
    assert_eq!(
        documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "before").as_str(),
        "COMPLETED"
    );
    let before = estate(&world);
    let ran = adopt(&world, &["--out", "profiles.toml"]).ended(0);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    let map = std::fs::read_to_string(world.path().join("profiles.toml")).expect("a map");
    println!("{map}");
    world.run(&["validate"]).ended(0);
    let plan = world.run(&["plan", "-o", "json"]).ended(0).json();
    println!("{}", world.run(&["plan"]).ended(0).stdout);
    assert_eq!(plan["problems"], json!([]), "{plan:#}");
    // Nothing is made anew: no key, no bucket, no role; and what is changed is added to.
    assert_eq!(plan["summary"]["create"], 1, "our policy on their role: {plan:#}");
    for change in plan["changes"].as_array().expect("changes") {
        for detail in change["details"].as_array().expect("details") {
            assert_eq!(detail["before"], Value::Null, "{change:#}");
        }
    }

    world.settles(&[], &[]);
    assert_eq!(world.run(&["plan", "--exit-code"]).ended(0).code, Some(0));
    assert_kept(&before, &estate(&world));
    let after = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    let rules: Vec<_> = after.rules().iter().map(|r| (r.id().unwrap_or_default(), r.priority())).collect();
    assert_eq!(rules.len(), 2, "{rules:?}");
    assert_eq!(rules[0], ("everything", Some(0)));
    assert!(rules[1].1 > Some(0), "{rules:?}");
    assert!(after.role().ends_with("/service-role/s3crr_for_orders"));
    assert_eq!(
        documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "after").as_str(),
        "COMPLETED"
    );

    // Adopted again, the link is ours and the other rule is named.
    let again = adopt(&world, &[]).ended(0);
    assert!(again.stderr.contains("rule everything to bucket orders-backup"), "{}", again.stderr);
    assert!(again.stdout.contains("takes the same objects"), "{}", again.stdout);

    // The former rule goes, as the map says it may: nothing is left to do, and the role stays.
    let s3 = world.s3("prod", "ap-south-1");
    let only_ours = aws_sdk_s3::types::ReplicationConfiguration::builder()
        .role(after.role())
        .rules(after.rules()[1].clone())
        .build()
        .expect("a configuration");
    let put = s3.put_bucket_replication().bucket("orders-prod").replication_configuration(only_ours);
    world.block(put.send()).expect("put");
    assert_eq!(world.run(&["plan", "--exit-code"]).ended(0).code, Some(0));
}
