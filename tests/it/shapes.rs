//! Every shape that a profile map can have, from nothing to proven replicas and again without a change.

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

#[test]
fn one_account_of_the_seeds() {
    let world = World::of(&format!(
        "version = 1\n[accounts.me]\nid = \"{PROD}\"\nprofile = \"prod\"\n{}{}{}delete_markers = true\n",
        bucket("site-primary-{account_id}", "me", "us-east-1", "alias/site-primary"),
        bucket("site-replica-{account_id}-{region}", "me", "us-west-2", "alias/site-replica"),
        link("site", "site-primary-{account_id}", "site-replica-{account_id}-{region}"),
    ));
    let first = world.settles(&[], &[]);
    assert_eq!(first.outcomes().len(), 9);
    assert!(steps_of_kind(&first, "bucket-policy").is_empty());
    let from = At("prod", "us-east-1", "site-primary-111111111111");
    let to = At("prod", "us-west-2", "site-replica-111111111111-us-west-2");
    assert!(from.rule(&world).destination().expect("a destination").access_control_translation().is_none());
    from.put(&world, "index.html", None, None);
    to.replica(&world, "index.html");
}

#[test]
fn one_region_of_one_account() {
    let world = World::of(&three(&[
        bucket("here-a", "prod", "us-east-1", "alias/both"),
        bucket("here-b", "prod", "us-east-1", "alias/both"),
        link("same", "here-a", "here-b"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&first, "key"), ["prod key alias/both (us-east-1)"]);
}

#[test]
fn fan_out_to_two_accounts() {
    let world = World::of(&three(&[
        bucket("orders", "prod", "eu-west-1", "alias/orders"),
        bucket("copy-ohio", "backup", "us-east-2", "alias/copies"),
        bucket("copy-frankfurt", "backup", "eu-central-1", "alias/copies"),
        bucket("copy-archive", "archive", "eu-west-1", "alias/archive"),
        link("archive", "orders", "copy-archive"),
        link("frankfurt", "orders", "copy-frankfurt"),
        link("ohio", "orders", "copy-ohio"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&first, "role"), ["prod role bucketbridge-orders"]);
    assert_eq!(steps_of_kind(&first, "replication").len(), 1);
    assert_eq!(steps_of_kind(&first, "key").len(), 4);
    assert_eq!(steps_of_kind(&first, "bucket-policy").len(), 3);
    let json = first.json();
    assert_eq!(replica_of(&json, "archive")["owner"], ARCHIVE);
    assert_eq!(replica_of(&json, "ohio")["owner"], BACKUP);
    let priorities = At("prod", "eu-west-1", "orders").priorities(&world);
    let expected = [("copy-archive/", 1), ("copy-frankfurt/", 2), ("copy-ohio/", 3)];
    assert_eq!(priorities, expected.map(|(name, priority)| (name.to_owned(), priority)));
}

#[test]
fn fan_in_to_one_bucket_and_key() {
    let world = World::of(&three(&[
        bucket("shop", "prod", "eu-west-1", "alias/shop"),
        bucket("billing", "prod", "us-east-1", "alias/billing"),
        bucket("ledger", "archive", "eu-west-1", "alias/ledger"),
        bucket("all", "backup", "eu-west-1", "alias/all").replace("\"all\"]", "\"all-of-it\"]"),
        link("shop", "shop", "all-of-it"),
        link("billing", "billing", "all-of-it"),
        link("ledger", "ledger", "all-of-it"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&first, "role").len(), 3);
    assert_eq!(steps_of_kind(&first, "bucket-policy").len(), 1);
    let to = At("backup", "eu-west-1", "all-of-it");
    assert_eq!(sids(&to.policy(&world), "Replicate"), 3);
    assert_eq!(sids(&key_policy(&world, "backup", "eu-west-1", "alias/all"), "Encrypt"), 3);
}

#[test]
fn both_directions() {
    let world = World::of(&three(&[
        bucket("east", "prod", "us-east-1", "alias/data").replace("\"east\"]", "\"data-east\"]"),
        bucket("west", "backup", "us-west-2", "alias/data").replace("\"west\"]", "\"data-west\"]"),
        "[defaults.link]\nreplica_modifications = true\ndelete_markers = true\n".to_owned(),
        link("east-to-west", "data-east", "data-west"),
        link("west-to-east", "data-west", "data-east"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&first, "role").len(), 2);
    let (east, west) = (At("prod", "us-east-1", "data-east"), At("backup", "us-west-2", "data-west"));
    for side in [east, west] {
        let rule = side.rule(&world);
        let criteria = rule.source_selection_criteria().expect("criteria");
        assert_eq!(
            criteria.replica_modifications().expect("replica modifications").status().as_str(),
            "Enabled"
        );
    }
    east.put(&world, "from-east", None, None);
    west.put(&world, "from-west", None, None);
    west.replica(&world, "from-east");
    east.replica(&world, "from-west");
}

#[test]
fn a_ring_of_three_accounts() {
    let world = World::of(&three(&[
        bucket("ring-a", "prod", "us-east-1", "alias/ring"),
        bucket("ring-b", "backup", "eu-west-1", "alias/ring"),
        bucket("ring-c", "archive", "ap-south-1", "alias/ring"),
        link("a-b", "ring-a", "ring-b"),
        link("b-c", "ring-b", "ring-c"),
        link("c-a", "ring-c", "ring-a"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(first.outcomes().len(), 7 * 3);
}

#[test]
fn two_links_of_one_pair_with_different_prefixes() {
    let mut map =
        format!("{TWO}{}prefix = \"invoices/\"\n", link("invoices", "orders-prod", "orders-backup"));
    map += &format!("{}prefix = \"receipts/\"\n", link("receipts", "orders-prod", "orders-backup"));
    let world = World::of(&map);
    let first = world.settles(&[], &[]);
    assert_eq!(first.outcomes().len(), 10);
    assert_eq!(FROM.rules(&world).len(), 2);
    assert_eq!(sids(&TO.policy(&world), "Replicate"), 1);
    FROM.put(&world, "receipts/1", None, None);
    TO.replica(&world, "receipts/1");
    FROM.put(&world, "other/1", None, None);
    assert!(world.sandbox.why("orders-prod", "other/1").is_empty());
}

/// Statements are shared by the links of a pair: naming one link must not take what the other needs.
#[test]
fn one_link_of_a_pair_keeps_what_the_other_needs() {
    let mut map =
        format!("{TWO}{}prefix = \"a/\"\ndelete_markers = true\n", link("a", "orders-prod", "orders-backup"));
    map += &format!("{}prefix = \"b/\"\nowner_override = false\n", link("b", "orders-prod", "orders-backup"));
    let world = World::of(&map);
    world.settles(&[], &[]);
    for only in ["b", "a"] {
        world.calls();
        let part = world.apply(&["--link", only]).ended(0);
        assert!(part.outcomes().values().all(|o| o == "kept"), "{only}: {:?}", part.outcomes());
        world.wrote_nothing();
    }
}

#[test]
fn two_links_share_one_key() {
    let world = World::of(&three(&[
        bucket("one-prod", "prod", "us-east-1", "alias/shared"),
        bucket("two-prod", "prod", "us-east-1", "alias/shared"),
        bucket("one-backup", "backup", "us-east-1", "alias/shared"),
        bucket("two-backup", "backup", "us-east-1", "alias/shared"),
        link("one", "one-prod", "one-backup"),
        link("two", "two-prod", "two-backup"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&first, "key").len(), 2);
    assert_eq!(sids(&key_policy(&world, "prod", "us-east-1", "alias/shared"), "Decrypt"), 2);
    assert_eq!(sids(&key_policy(&world, "backup", "us-east-1", "alias/shared"), "Encrypt"), 2);
}

#[test]
fn prefix() {
    let world = World::of(&link_with("prefix = \"in/\""));
    world.settles(&[], &[]);
    FROM.put(&world, "in/1", None, None);
    FROM.put(&world, "out/1", None, None);
    TO.replica(&world, "in/1");
    assert!(world.sandbox.why("orders-prod", "out/1").is_empty());
}

#[test]
fn tag_filter_of_one_tag() {
    let world = World::of(&link_with("tags = { class = \"gold\" }"));
    world.settles(&[], &[]);
    FROM.put(&world, "gold", Some("class=gold&more=1"), None);
    FROM.put(&world, "lead", Some("class=lead"), None);
    assert_eq!(TO.replica(&world, "gold").tag_count(), Some(2));
    assert!(world.sandbox.why("orders-prod", "lead").is_empty());
}

#[test]
fn tag_filter_with_prefix() {
    let world = World::of(&link_with("prefix = \"in/\"\ntags = { class = \"gold\", \"a b\" = \"c+d/=e\" }"));
    world.settles(&[], &[]);
    let tags = "class=gold&a%20b=c%2Bd%2F%3De";
    FROM.put(&world, "in/gold", Some(tags), None);
    FROM.put(&world, "out/gold", Some(tags), None);
    FROM.put(&world, "in/lead", Some("class=gold"), None);
    TO.replica(&world, "in/gold");
    assert!(world.sandbox.why("orders-prod", "out/gold").is_empty());
    assert!(world.sandbox.why("orders-prod", "in/lead").is_empty());
}

#[test]
fn assigned_priorities_stay_when_a_link_that_sorts_earlier_comes() {
    let prefixed =
        |name: &str| format!("{}prefix = \"{name}/\"\n", link(name, "orders-prod", "orders-backup"));
    let world = World::of(&format!("{TWO}{}{}", prefixed("m"), prefixed("z")));
    world.settles(&[], &[]);
    let at = |name: &str, priority| (format!("orders-backup/{name}/"), priority);
    assert_eq!(FROM.priorities(&world), [at("m", 1), at("z", 2)]);
    world.map(&format!("{TWO}{}{}{}", prefixed("a"), prefixed("m"), prefixed("z")));
    let more = world.settles(&[], &[]);
    let changed: Vec<_> = more.outcomes().into_iter().filter(|(_, o)| o != "kept").collect();
    assert_eq!(changed, [("prod replication orders-prod".to_owned(), "changed".to_owned())]);
    assert_eq!(FROM.priorities(&world), [at("a", 3), at("m", 1), at("z", 2)]);
    // A link may be called otherwise: its rule is known by buckets and filter.
    world.map(&format!(
        "{TWO}{}{}{}prefix = \"z/\"\n",
        prefixed("a"),
        prefixed("m"),
        link("0", "orders-prod", "orders-backup")
    ));
    let renamed = world.apply(&[]).ended(0);
    assert!(renamed.outcomes().values().all(|o| o == "kept"), "{:?}", renamed.outcomes());
}

#[test]
fn explicit_priorities_are_heeded_and_assigned_ones_go_round_them() {
    let prefixed =
        |name: &str| format!("{}prefix = \"{name}/\"\n", link(name, "orders-prod", "orders-backup"));
    let map =
        format!("{TWO}{}{}priority = 1\n{}priority = 70\n", prefixed("a"), prefixed("b"), prefixed("c"));
    let world = World::of(&map);
    world.settles(&[], &[]);
    let at = |name: &str, priority| (format!("orders-backup/{name}/"), priority);
    assert_eq!(FROM.priorities(&world), [at("a", 71), at("b", 1), at("c", 70)]);
    // A number that an assigned one has already goes to the link that asks for it.
    world.map(&map.replace("priority = 70", "priority = 71"));
    world.settles(&[], &[]);
    assert_eq!(FROM.priorities(&world), [at("a", 72), at("b", 1), at("c", 71)]);
}

#[test]
fn a_disabled_link_is_there_and_not_proven() {
    let world = World::of(&link_with("enabled = false"));
    world.settles(&[], &["orders"]);
    assert_eq!(FROM.rule(&world).status().as_str(), "Disabled");
    FROM.put(&world, "object", None, None);
    assert!(world.sandbox.why("orders-prod", "object").is_empty());
    let check = world.run(&["check", "-o", "json"]).ended(0);
    assert_eq!(check.links()["orders"], "not-run");
    world.map(&one_link());
    world.settles(&[], &[]);
}

#[test]
fn an_unchecked_link_is_there_and_gets_no_canary() {
    let world = World::of(&link_with("check = false"));
    let ran = world.settles(&[], &["orders"]);
    assert!(ran.stdout.contains("check = false"), "{}", ran.stdout);
    assert!(!world.sandbox.calls().iter().any(|call| call.operation == "PutObject"));
    FROM.put(&world, "object", None, None);
    TO.replica(&world, "object");
}

#[test]
fn delete_markers_are_replicated_where_wanted() {
    for wanted in [true, false] {
        let world = World::of(&link_with(&format!("delete_markers = {wanted}")));
        world.settles(&[], &[]);
        FROM.put(&world, "object", None, None);
        TO.replica(&world, "object");
        let deleted = world.block(FROM.s3(&world).delete_object().bucket(FROM.2).key("object").send());
        let marker = deleted.expect("a delete marker").version_id.expect("a version");
        let verdicts = || -> Vec<Outcome> {
            let why = world.sandbox.why(FROM.2, "object");
            why.into_iter().filter(|v| v.version == marker).map(|v| v.outcome).collect()
        };
        if wanted {
            until("the marker is replicated", || verdicts() == [Outcome::Completed { degraded: Vec::new() }]);
            let versions =
                world.block(TO.s3(&world).list_object_versions().bucket(TO.2).prefix("object").send());
            assert_eq!(versions.expect("versions").delete_markers().len(), 1);
        } else {
            assert!(verdicts().iter().all(|o| matches!(o, Outcome::Skipped { .. })), "{:?}", verdicts());
            TO.replica(&world, "object");
        }
    }
}

#[test]
fn owner_override_gives_replicas_to_the_owner_of_a_bucket_with_acls() {
    let world = World::of(&link_with("owner_override = true"));
    TO.make(&world, ObjectOwnership::ObjectWriter);
    let ran = world.settles(&[], &[]);
    assert_eq!(replica_of(&ran.json(), "orders")["owner"], BACKUP);
    let said = notes(&ran, "bucket", "orders-backup");
    assert!(said.contains("ObjectWriter"), "{said}");
}

#[test]
fn without_owner_override_replicas_keep_their_owner_in_a_bucket_with_acls() {
    let world = World::of(&link_with("owner_override = false"));
    TO.make(&world, ObjectOwnership::ObjectWriter);
    let ran = world.settles(&[], &[]);
    assert_eq!(replica_of(&ran.json(), "orders")["owner"], Value::Null);
    let rule = FROM.rule(&world);
    assert!(rule.destination().expect("a destination").access_control_translation().is_none());
    assert!(!TO.policy(&world).to_string().contains("ObjectOwnerOverrideToBucketOwner"));
}

#[test]
fn without_owner_override_an_enforced_bucket_owns_all_the_same() {
    let world = World::of(&link_with("owner_override = false"));
    let ran = world.settles(&[], &[]);
    assert_eq!(replica_of(&ran.json(), "orders")["owner"], BACKUP);
}

#[test]
fn storage_class_of_replicas() {
    let world = World::of(&link_with("storage_class = \"STANDARD_IA\""));
    world.settles(&[], &[]);
    FROM.put(&world, "object", None, None);
    assert_eq!(TO.replica(&world, "object").storage_class(), Some(&StorageClass::StandardIa));
}

#[test]
fn replication_time_control_and_metrics() {
    for (keys, time, metrics) in [
        ("replication_time_control = true", true, true),
        ("metrics = true", false, true),
        ("replication_time_control = true\nmetrics = true", true, true),
        ("", false, false),
    ] {
        let world = World::of(&link_with(keys));
        world.settles(&[], &[]);
        let rule = FROM.rule(&world);
        let to = rule.destination().expect("a destination");
        let minutes = to.replication_time().and_then(|t| t.time()).and_then(|t| t.minutes());
        assert_eq!(minutes, time.then_some(15), "{keys}");
        assert_eq!(to.metrics().is_some(), metrics, "{keys}");
    }
}

#[test]
fn replica_modifications() {
    let world = World::of(&link_with("replica_modifications = true"));
    world.settles(&[], &[]);
    let rule = FROM.rule(&world);
    let criteria = rule.source_selection_criteria().expect("criteria");
    assert_eq!(criteria.replica_modifications().expect("replica modifications").status().as_str(), "Enabled");
}

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
fn roles_by_template_path_boundary_and_source_account() {
    let world = World::of(&format!(
        "{}\n[roles]\nname = \"replicates-{{bucket}}-{{account_id}}-{{region}}\"\npath = \"/replication/s3/\"\n\
         permissions_boundary = \"arn:{{partition}}:iam::{{account_id}}:policy/Boundary\"\nsource_account_condition = true\n",
        one_link()
    ));
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let request =
        world.iam("prod").create_policy().policy_name("Boundary").policy_document(everything.to_string());
    world.block(request.send()).expect("a policy");
    world.settles(&[], &[]);
    let role = role(&world, "prod", &format!("replicates-orders-prod-{PROD}-ap-south-1"));
    assert_eq!(role.path(), "/replication/s3/");
    let boundary = role.permissions_boundary().and_then(|b| b.permissions_boundary_arn());
    assert_eq!(boundary, Some(format!("arn:aws:iam::{PROD}:policy/Boundary").as_str()));
    assert_eq!(
        trust(&role)["Statement"][0]["Condition"],
        json!({"StringEquals": {"aws:SourceAccount": PROD}})
    );
    assert!(FROM.rules(&world).iter().all(|_| TO.policy(&world).to_string().contains(role.arn())));
}

/// What was made bare gets its boundary and condition later on.
#[test]
fn a_boundary_and_a_condition_that_come_later() {
    let world = World::of(&one_link());
    world.settles(&[], &[]);
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let request =
        world.iam("prod").create_policy().policy_name("Boundary").policy_document(everything.to_string());
    world.block(request.send()).expect("a policy");
    let roles = "permissions_boundary = \"arn:aws:iam::{account_id}:policy/Boundary\"\nsource_account_condition = true\n";
    world.map(&format!("{}\n[roles]\n{roles}", one_link()));
    let ran = world.settles(&[], &[]);
    let changed: Vec<_> = ran.outcomes().into_iter().filter(|(_, o)| o != "kept").collect();
    assert_eq!(changed, [("prod role bucketbridge-orders-prod".to_owned(), "changed".to_owned())]);
    let role = role(&world, "prod", "bucketbridge-orders-prod");
    assert!(role.permissions_boundary().is_some());
    assert_eq!(trust(&role)["Statement"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_boundary_that_does_not_exist_fails_the_role_and_names_it() {
    let world = World::of(&format!(
        "{}\n[roles]\npermissions_boundary = \"arn:aws:iam::{{account_id}}:policy/Nowhere\"\n",
        one_link()
    ));
    let ran = world.apply(&[]).ended(1);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["prod role bucketbridge-orders-prod"], "failed", "{outcomes:?}");
    assert_eq!(outcomes["backup bucket orders-backup"], "made");
    assert_eq!(outcomes["backup bucket-policy orders-backup"], "blocked");
}

#[test]
fn tags_of_what_is_made() {
    let map = one_link().replace(
        "key = \"alias/orders-prod\"",
        "key = \"alias/orders-prod\"\ntags = { data = \"orders\", team = \"shop\" }",
    );
    let world = World::of(&format!("{map}\n[tags]\nteam = \"storage\"\n\"cost center\" = \"4711\"\n"));
    world.settles(&[], &[]);
    let tags = world.block(FROM.s3(&world).get_bucket_tagging().bucket(FROM.2).send()).expect("tags").tag_set;
    let mut tags: Vec<_> = tags.iter().map(|t| format!("{}={}", t.key(), t.value())).collect();
    tags.sort();
    assert_eq!(tags, ["bucketbridge=made", "cost center=4711", "data=orders", "team=shop"]);
    let key = key_arn(&world, "prod", "ap-south-1", "alias/orders-prod");
    let tags =
        world.block(world.kms("prod", "ap-south-1").list_resource_tags().key_id(key).send()).expect("tags");
    let mut tags: Vec<_> = tags.tags().iter().map(|t| format!("{}={}", t.tag_key(), t.tag_value())).collect();
    tags.sort();
    assert_eq!(tags, ["bucketbridge=alias/orders-prod", "cost center=4711", "team=storage"]);
    let request = world.iam("prod").list_role_tags().role_name("bucketbridge-orders-prod");
    let tags = world.block(request.send()).expect("tags");
    let mut tags: Vec<_> = tags.tags().iter().map(|t| format!("{}={}", t.key(), t.value())).collect();
    tags.sort();
    assert_eq!(tags, ["bucketbridge=orders-prod", "cost center=4711", "team=storage"]);
}

#[test]
fn a_bucket_without_a_link_is_made_too() {
    let world =
        World::of(&format!("{}{}", one_link(), bucket("lonely", "backup", "eu-west-1", "alias/lonely")));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["backup bucket lonely"], "made");
    assert_eq!(ran.outcomes()["backup key alias/lonely (eu-west-1)"], "made");
    assert_eq!(steps_of_kind(&ran, "role").len(), 1);
    // With a selection of links it is left out.
    let part = world.apply(&["--link", "orders"]).ended(0);
    assert!(!part.outcomes().contains_key("backup bucket lonely"));
}

#[test]
fn a_bucket_that_is_not_to_be_made_and_exists() {
    let world = World::of(
        &one_link().replace("key = \"alias/orders-backup\"", "key = \"alias/orders-backup\"\ncreate = false"),
    );
    TO.make(&world, ObjectOwnership::BucketOwnerEnforced);
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["backup bucket orders-backup"], "changed");
}

#[test]
fn a_bucket_that_is_not_to_be_made_and_does_not_exist() {
    let world = World::of(
        &one_link().replace("key = \"alias/orders-backup\"", "key = \"alias/orders-backup\"\ncreate = false"),
    );
    let plan = world.run(&["plan", "-o", "json"]).ended(1);
    assert!(plan.json()["problems"][0]["message"].as_str().expect("a message").contains("create = false"));
    let ran = world.apply(&[]).ended(1);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["backup bucket orders-backup"], "failed", "{outcomes:?}");
    assert_eq!(outcomes["prod replication orders-prod"], "blocked");
    assert_eq!(outcomes["prod bucket orders-prod"], "made");
    let json = ran.json();
    let steps = json["steps"].as_array().expect("steps");
    let blocked = steps.iter().find(|s| s["kind"] == "replication").expect("the step");
    assert_eq!(
        blocked["blocked_by"],
        json!({"account": "backup", "kind": "bucket", "name": "orders-backup"})
    );
    assert_eq!(ran.links()["orders"], "not-run");
    assert!(!TO.exists(&world));
    // Made by hand, the rest follows.
    TO.make(&world, ObjectOwnership::BucketOwnerEnforced);
    world.settles(&[], &[]);
}

#[test]
fn of_an_existing_bucket_only_versioning_is_turned_on() {
    let world = World::of(&one_link());
    FROM.make(&world, ObjectOwnership::BucketOwnerPreferred);
    let plan = world.run(&["plan"]).ended(0);
    assert!(plan.stdout.contains("versioning cannot be turned off again"), "{}", plan.stdout);
    world.calls();
    let ran = world.apply(&[]).ended(0);
    let mut writes: Vec<_> =
        world.writes().into_iter().filter(|c| c.resource == FROM.2).map(|c| c.operation).collect();
    writes.dedup();
    assert_eq!(writes, ["PutBucketVersioning", "PutBucketReplication"]);
    let said = notes(&ran, "bucket", "orders-prod");
    for what in ["BucketOwnerPreferred", "default encryption", "settings = \\\\\\\"enforce\\\\\\\""] {
        assert!(
            said.contains(what) || said.contains(&what.replace("\\\\\\\"", "\\\"")),
            "{what} is not in {said}"
        );
    }
    world.settles(&[], &[]);
    let versioning =
        world.block(FROM.s3(&world).get_bucket_versioning().bucket(FROM.2).send()).expect("versioning");
    assert_eq!(versioning.status(), Some(&BucketVersioningStatus::Enabled));
    let answer =
        world.block(FROM.s3(&world).get_bucket_encryption().bucket(FROM.2).send()).expect("encryption");
    let text = format!("{answer:?}");
    assert!(text.contains("Aes256"), "{text}");
    // What the map does not call for in so many words is not drift either.
    world.run(&["status"]).ended(0);

    world.map(
        &one_link()
            .replace("key = \"alias/orders-prod\"", "key = \"alias/orders-prod\"\nsettings = \"enforce\""),
    );
    let enforced = world.settles(&[], &[]);
    let changed: Vec<_> = enforced.outcomes().into_iter().filter(|(_, o)| o != "kept").collect();
    assert_eq!(changed, [("prod bucket orders-prod".to_owned(), "changed".to_owned())]);
    let controls = world.block(FROM.s3(&world).get_bucket_ownership_controls().bucket(FROM.2).send());
    assert!(format!("{controls:?}").contains("BucketOwnerEnforced"));
    let answer =
        world.block(FROM.s3(&world).get_bucket_encryption().bucket(FROM.2).send()).expect("encryption");
    assert!(format!("{answer:?}").contains("AwsKms"));
}

#[test]
fn suspended_versioning_is_turned_on_again() {
    let world = World::of(&one_link());
    TO.make(&world, ObjectOwnership::BucketOwnerEnforced);
    let suspended = aws_sdk_s3::types::VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Suspended)
        .build();
    let request = TO.s3(&world).put_bucket_versioning().bucket(TO.2).versioning_configuration(suspended);
    world.block(request.send()).expect("versioning");
    world.settles(&[], &[]);
}

#[test]
fn defaults_of_buckets_and_links() {
    let world = World::of(&format!(
        "{THREE}
[defaults.bucket]
account = \"backup\"
region = \"eu-west-1\"
key = \"alias/replicas\"
bucket_key = false
tags = {{ data = \"copies\" }}

[defaults.link]
from = \"orders\"
storage_class = \"STANDARD_IA\"
delete_markers = true
owner_override = true

[buckets.orders]
account = \"prod\"
key = \"alias/orders\"
bucket_key = true

[buckets.copy-ireland]

[buckets.copy-ohio]
region = \"us-east-2\"

[buckets.copy-here]
account = \"prod\"
region = \"us-west-2\"

[links.ireland]
to = \"copy-ireland\"

[links.ohio]
to = \"copy-ohio\"
storage_class = \"GLACIER_IR\"

[links.here]
to = \"copy-here\"
"
    ));
    world.settles(&[], &[]);
    let classes: std::collections::BTreeMap<_, _> = At("prod", "eu-west-1", "orders")
        .rules(&world)
        .into_iter()
        .map(|r| {
            assert_eq!(
                r.delete_marker_replication().and_then(|d| d.status()).map(|s| s.as_str()),
                Some("Enabled")
            );
            let to = r.destination.expect("a destination");
            let owner = to.access_control_translation.is_some();
            (to.bucket, (to.storage_class.map(|c| c.as_str().to_owned()), owner))
        })
        .collect();
    assert_eq!(classes["arn:aws:s3:::copy-ireland"], (Some("STANDARD_IA".to_owned()), true));
    assert_eq!(classes["arn:aws:s3:::copy-ohio"], (Some("GLACIER_IR".to_owned()), true));
    assert_eq!(classes["arn:aws:s3:::copy-here"], (Some("STANDARD_IA".to_owned()), false));
}

#[test]
fn twelve_links_at_once() {
    let mut map = THREE.to_owned();
    let regions = ["us-east-1", "eu-west-1", "ap-south-1", "us-west-2"];
    for (n, region) in regions.iter().enumerate() {
        map += &bucket(&format!("source-{n}"), "prod", region, "alias/source");
    }
    for (n, account) in ["backup", "archive", "prod"].iter().enumerate() {
        map += &bucket(&format!("target-{n}"), account, "eu-central-1", "alias/target");
    }
    for from in 0..4 {
        for to in 0..3 {
            map += &link(&format!("l-{from}-{to}"), &format!("source-{from}"), &format!("target-{to}"));
        }
    }
    let world = World::of(&map);
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.links().len(), 12);
    assert_eq!(steps_of_kind(&ran, "replication").len(), 4);
}

#[test]
fn a_selection_of_links_makes_only_what_it_needs() {
    let world = World::of(&three(&[
        bucket("orders-a", "prod", "us-east-1", "alias/orders"),
        bucket("copy-a", "backup", "us-east-1", "alias/copy"),
        bucket("logs-a", "prod", "eu-west-1", "alias/logs"),
        bucket("logs-b", "archive", "eu-west-1", "alias/logs"),
        link("orders", "orders-a", "copy-a"),
        link("logs", "logs-a", "logs-b"),
    ]));
    let ran = world.settles(&["--link", "ord*"], &[]);
    assert!(ran.outcomes().keys().all(|step| !step.contains("logs")), "{:?}", ran.outcomes());
    assert_eq!(ran.links().into_keys().collect::<Vec<_>>(), ["orders"]);
    // An account that nothing of it needs is not even asked.
    assert!(world.sandbox.calls().iter().all(|call| call.account != ARCHIVE));
    assert!(!At("prod", "eu-west-1", "logs-a").exists(&world));
    assert!(!At("archive", "eu-west-1", "logs-b").exists(&world));
    let by_account = world.run(&["plan", "--account", "archive", "-o", "json"]).ended(0);
    assert!(by_account.stdout.contains("logs-b") && !by_account.stdout.contains("orders-a"));
    world.settles(&[], &[]);
}

/// A link more from the same source, chosen alone, leaves the rule of the other one as it is.
#[test]
fn a_link_more_from_one_source_chosen_alone() {
    let first =
        format!("{}{}", one_link(), bucket("orders-archive", "archive", "us-east-1", "alias/archive"))
            .replace(
                "[accounts.backup]",
                "[accounts.archive]\nid = \"333333333333\"\nprofile = \"archive\"\n\n[accounts.backup]",
            );
    let world = World::of(&first);
    world.settles(&["--link", "orders"], &[]);
    world.map(&format!("{first}{}", link("archive", "orders-prod", "orders-archive")));
    world.settles(&["--link", "archive"], &[]);
    assert_eq!(FROM.rules(&world).len(), 2);
    let all = world.apply(&[]).ended(0);
    assert!(all.outcomes().values().all(|o| o == "kept"), "{:?}", all.outcomes());
}

/// Two maps with markers of their own share a bucket: neither sees the other's rules as its own.
#[test]
fn two_maps_share_a_source_bucket() {
    let world = World::of(&format!("{}prefix = \"a/\"\n", one_link()));
    world.settles(&[], &[]);
    let other =
        format!("{}prefix = \"b/\"\n", one_link()).replace("version = 1", "version = 1\nmarker = \"Other\"");
    world.write("other.toml", &other);
    world.settles(&["-f", "other.toml"], &[]);
    assert_eq!(
        FROM.priorities(&world),
        [("orders-backup/a/".to_owned(), 1), ("orders-backup/b/".to_owned(), 2)]
    );
    world.calls();
    let first = world.apply(&[]).ended(0);
    assert!(first.outcomes().values().all(|o| o == "kept"), "{:?}", first.outcomes());
    world.wrote_nothing();
}

#[test]
fn variants_prove_multipart_and_tagged_objects() {
    let world = World::of(&link_with("prefix = \"in/\"\ntags = { class = \"gold\" }"));
    world.settles(&["--variants"], &[]);
    // No version of a canary is left in either account.
    for at in [FROM, TO] {
        let versions =
            world.block(at.s3(&world).list_object_versions().bucket(at.2).send()).expect("versions");
        assert!(versions.versions().is_empty() && versions.delete_markers().is_empty(), "{versions:?}");
    }
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
fn names_at_their_limits() {
    let long = format!("b.{}-{}", "a".repeat(40), "z".repeat(20));
    assert_eq!(long.len(), 63);
    let world = World::of(&three(&[
        bucket(&long, "prod", "us-east-1", "alias/with/slashes_and-more"),
        bucket("abc", "backup", "us-east-1", "alias/a"),
        link("a name: with (signs) & ümlaut", &long, "abc"),
    ]));
    let ran = world.settles(&[], &[]);
    let roles = steps_of_kind(&ran, "role");
    let name = roles[0].rsplit(' ').next().expect("a name");
    assert!(name.len() == 64 && name.starts_with("bucketbridge-b.aaa"), "{name}");
}

#[test]
fn a_prefix_with_every_sign() {
    let world = World::of(&link_with("prefix = \"in & out/ü +%2F<x>'\\\"/\""));
    world.settles(&["--variants"], &[]);
    let key = "in & out/ü +%2F<x>'\"/object";
    FROM.put(&world, key, None, None);
    TO.replica(&world, key);
}

#[test]
fn prefixes_within_each_other() {
    let backup = |name: &str, prefix: &str, more: &str| {
        format!("{}prefix = {prefix:?}\n{more}", link(name, "orders-prod", "orders-backup"))
    };
    let world = World::of(&format!(
        "{TWO}{}{}{}{}",
        bucket("orders-near", "prod", "us-east-1", "alias/near"),
        backup("all", "", ""),
        backup("some", "a/", ""),
        link("near", "orders-prod", "orders-near").replace("to =", "prefix = \"a/b/\"\nto ="),
    ));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.links().len(), 3);
    // Nothing of the canaries that reached several buckets is left.
    for at in [FROM, TO, At("prod", "us-east-1", "orders-near")] {
        let versions =
            world.block(at.s3(&world).list_object_versions().bucket(at.2).send()).expect("versions");
        assert!(versions.versions().is_empty() && versions.delete_markers().is_empty(), "{versions:?}");
    }
}

#[test]
fn a_link_that_changes_in_everything_but_its_buckets() {
    let first = "delete_markers = true\nstorage_class = \"STANDARD_IA\"\nreplication_time_control = true\n\
                 replica_modifications = true\npriority = 5\n";
    let world = World::of(&link_with(first));
    world.settles(&[], &[]);
    world.map(&link_with("owner_override = false\npriority = 9\n"));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["prod replication orders-prod"], "changed");
    let rule = FROM.rule(&world);
    let to = rule.destination().expect("a destination");
    assert!(
        to.storage_class().is_none() && to.replication_time().is_none() && to.metrics().is_none(),
        "{to:?}"
    );
    assert!(rule.source_selection_criteria().and_then(|c| c.replica_modifications()).is_none(), "{rule:?}");
    assert_eq!(rule.priority(), Some(9));
    let policy = TO.policy(&world).to_string();
    assert!(!policy.contains("ReplicateDelete") && !policy.contains("OwnerOverride"), "{policy}");
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

#[test]
fn a_map_without_links_or_without_buckets() {
    let world = World::of(TWO);
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes().len(), 2 * 2 + 2);
    world.run(&["status"]).ended(0);
    world.map(THREE);
    assert!(world.settles(&[], &[]).outcomes().is_empty());
    world.run(&["plan", "--exit-code"]).ended(0);
    world.run(&["check"]).ended(0);
}

#[test]
fn one_call_at_a_time() {
    let world = World::of(&one_link());
    world.settles(&["--concurrency", "1"], &[]);
}
