//! Every shape that a profile map can have, from nothing to proven replicas and again without a change.

mod buckets;
mod keys;
mod links;
mod roles;
mod topologies;

use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, ObjectOwnership,
    ReplicationRule, ReplicationStatus, StorageClass,
};
use bucketbridge_sandbox::Outcome;
use serde_json::{Value, json};

use crate::world::{ARCHIVE, BACKUP, PROD, Ran, TWO, World, one_link, until};

/// The three accounts of a world.
pub const THREE: &str = r#"
version = 1

[accounts.prod]
id = "111111111111"
profile = "prod"

[accounts.backup]
id = "222222222222"
profile = "backup"

[accounts.archive]
id = "333333333333"
profile = "archive"
"#;

/// A bucket's entry; what follows it goes on with its keys.
pub fn bucket(name: &str, account: &str, region: &str, key: &str) -> String {
    format!("\n[buckets.{name:?}]\naccount = {account:?}\nregion = {region:?}\nkey = {key:?}\n")
}

/// A link's entry; what follows it goes on with its keys.
pub fn link(name: &str, from: &str, to: &str) -> String {
    format!("\n[links.{name:?}]\nfrom = {from:?}\nto = {to:?}\n")
}

/// [`THREE`] with more.
fn three(parts: &[String]) -> String {
    format!("{THREE}{}", parts.concat())
}

/// Two accounts with one link that says this, too.
fn link_with(keys: &str) -> String {
    format!("{}{keys}\n", one_link())
}

/// A bucket and where it is.
#[derive(Clone, Copy)]
struct At<'a>(&'a str, &'a str, &'a str);

/// The source of [`one_link`].
const FROM: At<'_> = At("prod", "ap-south-1", "orders-prod");
/// The destination of [`one_link`].
const TO: At<'_> = At("backup", "us-east-1", "orders-backup");

impl At<'_> {
    fn s3(self, world: &World) -> aws_sdk_s3::Client {
        world.s3(self.0, self.1)
    }

    /// Makes the bucket as anybody else would.
    fn make(self, world: &World, ownership: ObjectOwnership) {
        let region = (self.1 != "us-east-1").then(|| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(self.1))
                .build()
        });
        let request = self.s3(world).create_bucket().bucket(self.2).object_ownership(ownership);
        world.block(request.set_create_bucket_configuration(region).send()).expect("a bucket");
    }

    fn exists(self, world: &World) -> bool {
        world.block(self.s3(world).head_bucket().bucket(self.2).send()).is_ok()
    }

    fn rules(self, world: &World) -> Vec<ReplicationRule> {
        let answer = world.block(self.s3(world).get_bucket_replication().bucket(self.2).send());
        answer.expect("a configuration").replication_configuration.expect("a configuration").rules
    }

    fn rule(self, world: &World) -> ReplicationRule {
        let mut rules = self.rules(world);
        assert_eq!(rules.len(), 1, "{rules:#?}");
        rules.remove(0)
    }

    /// Destination and prefix of each rule, with its priority, in order.
    fn priorities(self, world: &World) -> Vec<(String, i32)> {
        let name = |rule: &ReplicationRule| {
            let filter = rule.filter().expect("a filter");
            let prefix = filter.prefix().or(filter.and().and_then(|a| a.prefix())).unwrap_or_default();
            let bucket =
                rule.destination().expect("a destination").bucket().rsplit(':').next().unwrap_or_default();
            format!("{bucket}/{prefix}")
        };
        let mut all: Vec<_> =
            self.rules(world).iter().map(|r| (name(r), r.priority().expect("a priority"))).collect();
        all.sort();
        all
    }

    /// Puts an object, under the bucket's default encryption unless a key is named.
    fn put(self, world: &World, key: &str, tagging: Option<&str>, kms: Option<&str>) -> String {
        let mut request = self.s3(world).put_object().bucket(self.2).key(key).body(b"text".to_vec().into());
        if let Some(kms) = kms {
            let algorithm = aws_sdk_s3::types::ServerSideEncryption::AwsKms;
            request = request.server_side_encryption(algorithm).ssekms_key_id(kms);
        }
        let answer = world.block(request.set_tagging(tagging.map(str::to_owned)).send()).expect("an object");
        answer.version_id.expect("a version")
    }

    /// Waits for the replica, and gives its head.
    #[track_caller]
    fn replica(self, world: &World, key: &str) -> aws_sdk_s3::operation::head_object::HeadObjectOutput {
        let request = self.s3(world).head_object().bucket(self.2).key(key);
        let mut found = None;
        until(&format!("{key} arrives in {}", self.2), || {
            found = world.block(request.clone().send()).ok();
            found.is_some()
        });
        let head = found.expect("found");
        assert_eq!(head.replication_status(), Some(&ReplicationStatus::Replica));
        head
    }

    fn policy(self, world: &World) -> Value {
        let answer = world.block(self.s3(world).get_bucket_policy().bucket(self.2).send());
        serde_json::from_str(&answer.expect("a policy").policy.expect("a policy")).expect("JSON")
    }
}

fn key_policy(world: &World, account: &str, region: &str, key: &str) -> Value {
    let kms = world.kms(account, region);
    let arn = key_arn(world, account, region, key);
    let answer = world.block(kms.get_key_policy().key_id(arn).send());
    serde_json::from_str(&answer.expect("a policy").policy.expect("a policy")).expect("JSON")
}

fn key_arn(world: &World, account: &str, region: &str, key: &str) -> String {
    let answer = world.block(world.kms(account, region).describe_key().key_id(key).send()).expect("a key");
    answer.key_metadata.and_then(|m| m.arn).expect("an ARN")
}

/// A key that somebody else made.
fn make_key(world: &World, account: &str, region: &str, alias: Option<&str>) -> String {
    let kms = world.kms(account, region);
    world.block(async {
        let made = kms.create_key().send().await.expect("a key").key_metadata.expect("a key");
        if let Some(alias) = alias {
            kms.create_alias().alias_name(alias).target_key_id(made.key_id()).send().await.expect("an alias");
        }
        made.arn.expect("an ARN")
    })
}

fn role(world: &World, account: &str, name: &str) -> aws_sdk_iam::types::Role {
    world.block(world.iam(account).get_role().role_name(name).send()).expect("a role").role.expect("a role")
}

fn trust(role: &aws_sdk_iam::types::Role) -> Value {
    let text = role.assume_role_policy_document().expect("a trust policy");
    let plain = percent_encoding::percent_decode_str(text).decode_utf8().expect("UTF-8");
    serde_json::from_str(&plain).expect("JSON")
}

/// Sids that contain the text.
fn sids(policy: &Value, part: &str) -> usize {
    let statements = policy["Statement"].as_array().expect("statements");
    statements.iter().filter(|s| s["Sid"].as_str().is_some_and(|sid| sid.contains(part))).count()
}

fn steps_of_kind(ran: &Ran, kind: &str) -> Vec<String> {
    ran.outcomes().into_keys().filter(|step| step.split(' ').nth(1) == Some(kind)).collect()
}

/// The notes of a step.
fn notes(ran: &Ran, kind: &str, name: &str) -> String {
    let json = ran.json();
    let steps = json["steps"].as_array().expect("steps");
    let step = steps.iter().find(|s| s["kind"] == kind && s["name"] == name).expect("the step");
    step["notes"].to_string()
}

fn replica_of<'a>(json: &'a Value, link: &str) -> &'a Value {
    &json["links"].as_array().expect("links").iter().find(|l| l["link"] == link).expect("the link")["replica"]
}
