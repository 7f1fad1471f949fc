//! Documents that were rendered, beside those that accounts hold after an apply.

use aws_sdk_s3::types::{ReplicationConfiguration, ReplicationRule, ReplicationRuleFilter, Tag};
use serde_json::{Map, Value, json};

use super::{json_file, render, rich_world};
use crate::documents::{self, Document, statements};
use crate::shapes::{bucket, link};
use crate::world::{TWO, World, one_link};

/// Keys that the rendered documents leave open: what stands for them, and their ARNs in the world.
fn filled(world: &World, index: &Value, path: &str) -> Value {
    let mut text = json_file(world, path).to_string();
    for entry in index["placeholders"].as_array().expect("placeholders") {
        let word = |key: &str| entry[key].as_str().expect("text");
        let alias =
            word("from").split("--key-id ").nth(1).and_then(|t| t.split(' ').next()).expect("an alias");
        let arn = documents::key_arn(world, word("account"), word("region"), alias).expect("the key");
        text = text.replace(word("placeholder"), &arn);
    }
    serde_json::from_str(&text).expect("JSON")
}

/// Applies, and compares every document of the index with what is there, and the steps of the index with the
/// calls of the apply.
#[track_caller]
fn apply_and_compare(world: &World, folder: &str) {
    let index = json_file(world, &format!("{folder}/index.json"));
    let steps = index["steps"].as_array().expect("steps");
    world.calls();
    world.apply(&["--no-check"]).ended(0);
    let calls = world.calls();
    for operation in
        ["CreateRole", "PutRolePolicy", "PutKeyPolicy", "PutBucketPolicy", "PutBucketReplication"]
    {
        let rendered = steps.iter().filter(|step| step["operation"] == operation).count();
        let sent = calls.iter().filter(|call| call.operation == operation && call.status < 300).count();
        assert_eq!(rendered, sent, "{operation}");
    }
    for step in steps {
        let parameters = step["parameters"].as_object().expect("parameters");
        let files = parameters.values().filter_map(|value| value.as_str()?.strip_prefix("file://"));
        for file in files {
            let rendered = filled(world, &index, &format!("{folder}/{file}"));
            let Some(found) = found(world, &index, step) else { continue };
            if step["note"].is_string() {
                let ours = statements(&rendered);
                assert!(
                    ours.iter().all(|statement| statements(&found).contains(statement)),
                    "{file}: {found:#}"
                );
            } else {
                assert_eq!(rendered, found, "{file}");
            }
        }
    }
}

/// The document that a step writes, as it is there.
fn found(world: &World, index: &Value, step: &Value) -> Option<Value> {
    let word = |value: &Value| -> &'static str { value.as_str().expect("text").to_owned().leak() };
    let (account, region) = (word(&step["account"]), word(&step["region"]));
    let parameter = |name: &str| word(&step["parameters"][name]).to_owned();
    let key = |name: String| {
        let entries = index["placeholders"].as_array().expect("placeholders");
        let entry = entries.iter().find(|entry| entry["placeholder"] == name.as_str());
        let from = entry.map(|entry| entry["from"].as_str().expect("text").to_owned());
        let alias = from.and_then(|from| Some(from.split("--key-id ").nth(1)?.split(' ').next()?.to_owned()));
        alias.map_or(name, |alias| documents::key_arn(world, account, region, &alias).expect("the key"))
    };
    let document = match step["operation"].as_str()? {
        "CreateRole" => Document::Trust { account, role: parameter("RoleName") },
        "PutRolePolicy" => {
            Document::RolePolicy { account, role: parameter("RoleName"), policy: parameter("PolicyName") }
        }
        "PutKeyPolicy" => Document::Key { account, region, key: key(parameter("KeyId")) },
        "PutBucketPolicy" => Document::bucket(account, region, &parameter("Bucket")),
        "PutBucketReplication" => {
            let found = documents::replication(world, account, region, &parameter("Bucket"));
            return Some(as_json(&found.expect("a configuration")));
        }
        _ => return None,
    };
    Some(document.read(world).expect("the document"))
}

/// What is set of these members.
fn object(members: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    Value::Object(members.into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?))).collect::<Map<_, _>>())
}

/// A configuration as AWS's CLI takes it.
fn as_json(configuration: &ReplicationConfiguration) -> Value {
    json!({"Role": configuration.role(), "Rules": configuration.rules().iter().map(rule).collect::<Vec<_>>()})
}

fn status(status: &impl AsRef<str>) -> Value {
    json!({"Status": status.as_ref()})
}

fn rule(rule: &ReplicationRule) -> Value {
    let criteria = rule.source_selection_criteria().map(|criteria| {
        object([
            ("SseKmsEncryptedObjects", criteria.sse_kms_encrypted_objects().map(|s| status(s.status()))),
            ("ReplicaModifications", criteria.replica_modifications().map(|s| status(s.status()))),
        ])
    });
    let to = rule.destination().expect("a destination");
    let destination = object([
        ("Bucket", Some(json!(to.bucket()))),
        ("Account", to.account().map(Value::from)),
        ("StorageClass", to.storage_class().map(|class| json!(class.as_str()))),
        (
            "AccessControlTranslation",
            to.access_control_translation().map(|owner| json!({"Owner": owner.owner().as_str()})),
        ),
        ("EncryptionConfiguration", to.encryption_configuration().map(|e| json!({"ReplicaKmsKeyID": e.replica_kms_key_id()}))),
        (
            "ReplicationTime",
            to.replication_time().map(|time| {
                json!({"Status": time.status().as_str(), "Time": {"Minutes": time.time().and_then(|t| t.minutes())}})
            }),
        ),
        (
            "Metrics",
            to.metrics().map(|metrics| {
                let threshold = metrics.event_threshold().map(|t| json!({"Minutes": t.minutes()}));
                object([("Status", Some(json!(metrics.status().as_str()))), ("EventThreshold", threshold)])
            }),
        ),
    ]);
    object([
        ("ID", rule.id().map(Value::from)),
        ("Priority", rule.priority().map(Value::from)),
        ("Filter", rule.filter().map(filter)),
        ("Status", Some(json!(rule.status().as_str()))),
        ("SourceSelectionCriteria", criteria),
        ("Destination", Some(destination)),
        ("DeleteMarkerReplication", rule.delete_marker_replication().and_then(|d| d.status()).map(status)),
    ])
}

fn filter(filter: &ReplicationRuleFilter) -> Value {
    let tag = |tag: &Tag| json!({"Key": tag.key(), "Value": tag.value()});
    let and = filter.and().map(|and| {
        let tags = Some(and.tags().iter().map(tag).collect()).filter(|_| !and.tags().is_empty());
        object([("Prefix", and.prefix().map(Value::from)), ("Tags", tags)])
    });
    object([("Prefix", filter.prefix().map(Value::from)), ("Tag", filter.tag().map(tag)), ("And", and)])
}

/// Renders before anything is there, applies, and compares.
#[track_caller]
fn render_and_compare(world: &World) {
    render(world, "json", "rendered");
    apply_and_compare(world, "rendered");
}

#[test]
fn one_link_and_most_of_what_a_map_can_say() {
    let world = World::of(&one_link());
    render_and_compare(&world);
    // Its files say whose they are.
    for file in ["backup/bucket-policy-orders-backup.json", "prod/replication-orders-prod.json"] {
        assert!(world.path().join("rendered").join(file).is_file(), "{file}");
    }
    render_and_compare(&rich_world());
}

#[test]
fn two_links_of_one_source_and_a_third_account() {
    let map = TWO.to_owned()
        + "\n[accounts.archive]\nid = \"333333333333\"\nprofile = \"archive\"\n"
        + &bucket("orders-archive", "archive", "eu-west-1", "alias/orders-backup")
        + &bucket("orders-unlinked", "archive", "eu-west-1", "alias/orders/backup")
        + &link("orders", "orders-prod", "orders-backup")
        + &link("archive", "orders-prod", "orders-archive")
        + &link("on", "orders-backup", "orders-archive");
    render_and_compare(&World::of(&map));
}

/// Of what is there already, ours is rendered, and what others wrote is not claimed to be known.
#[test]
fn things_that_are_there_already() {
    let world = World::new();
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    let arn = documents::make_key(&world, "backup", "us-east-1", "alias/theirs");
    documents::make_key(&world, "prod", "ap-south-1", "alias/orders-prod");
    let key = format!("key = \"{arn}\"\ncreate = false");
    world.map(
        &(one_link().replace("key = \"alias/orders-backup\"", &key)
            + "\n[keys.\"alias/orders-prod\"]\ncreate = false\n"),
    );
    render(&world, "json", "rendered");
    let index = json_file(&world, "rendered/index.json");
    let operations: Vec<&str> = index["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|s| s["operation"].as_str().expect("text"))
        .collect();
    assert!(!operations.contains(&"CreateKey"), "{operations:?}");
    let placeholders = index["placeholders"].as_array().expect("placeholders");
    assert_eq!(placeholders.len(), 1, "a key that is named by its ARN is none");
    assert!(json_file(&world, "rendered/prod/replication-orders-prod.json").to_string().contains(&arn));
    apply_and_compare(&world, "rendered");
}

/// `manage = false`: what its owner has to put there.
#[test]
fn an_owner_puts_what_was_rendered_and_all_is_well() {
    let theirs = one_link()
        .replace("key = \"alias/orders-backup\"", "key = \"alias/orders-backup\"\nmanage = false")
        + "\n[keys.\"alias/orders-backup\"]\nmanage = false\n";
    let world = World::of(&theirs);
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    documents::enable_versioning(&world, "backup", "us-east-1", "orders-backup");
    let key = documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    render(&world, "json", "rendered");
    let index = json_file(&world, "rendered/index.json");
    for step in index["steps"].as_array().expect("steps") {
        let note = step["note"].as_str().unwrap_or_default();
        assert_eq!(note.starts_with("`manage = false`"), step["account"] == "backup", "{step:#}");
    }
    // Whom to grant to must exist first.
    world.apply(&["--no-doctor"]).ended(1);
    let rendered = |name: &str| json_file(&world, &format!("rendered/backup/{name}.json"));
    Document::bucket("backup", "us-east-1", "orders-backup")
        .write(&world, &rendered("bucket-policy-orders-backup"));
    Document::Key { account: "backup", region: "us-east-1", key }.edit(&world, |document| {
        let ours = statements(&rendered("key-policy-us-east-1-alias_orders-backup")).clone();
        document["Statement"].as_array_mut().expect("statements").extend(ours);
    });
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
}
