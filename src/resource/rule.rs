//! One rule of a replication configuration: what a link becomes.
//!
//! Rules are compared field by field in one flat form, whether S3 gave them or the map wants them, so
//! that a difference is named in S3's words.
//!
//! Deliberately absent: what a rule that was read holds. That is [`RuleElement`].

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::iam::{Marker, link_hash};
use crate::topology::{Link, Topology};

use super::rule_element::RuleElement;
use super::xml::{element, text_element};
use super::{Difference, Stop};

/// S3 Replication Time Control promises this many minutes, and takes no other number.
const RTC_MINUTES: &str = "15";

/// The field that names the destination's key.
pub const REPLICA_KEY: &str = "Destination.EncryptionConfiguration.ReplicaKmsKeyID";

/// A rule as the map wants it, but for its priority and its key.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Made of marker, buckets and filter: the link's name may change.
    pub id: String,
    /// As the map says; `None`: to be assigned.
    pub priority: Option<i32>,
    link: Link,
    bucket: String,
    account: String,
}

impl Rule {
    /// The rule of a link.
    pub fn of(topology: &Topology, link: &Link) -> Self {
        let from = &topology.buckets[&link.from];
        let to = &topology.buckets[&link.to];
        let hash = link_hash(&topology.account(&from.account).id, &link.from, Some(&link.to));
        Self {
            id: id(Marker(&topology.marker), &hash, &link.prefix, &link.tags),
            priority: link.priority,
            link: link.clone(),
            bucket: topology.bucket_arn(&link.to).to_string(),
            account: topology.account(&to.account).id.to_string(),
        }
    }

    /// The ARN of the destination bucket.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What the keys of its objects begin with; empty for all.
    pub fn prefix(&self) -> &str {
        &self.link.prefix
    }

    /// The rule in the form in which rules are compared.
    pub fn fields(&self, priority: i32, key: &str) -> Map<String, Value> {
        let link = &self.link;
        let mut fields = Map::new();
        let mut put = |field: &str, value: Value| fields.insert(field.to_owned(), value);
        put("Status", json!(on(link.enabled)));
        put("Priority", json!(priority));
        put("Filter.Prefix", json!(link.prefix));
        put("Filter.Tags", json!(link.tags));
        put("SourceSelectionCriteria.SseKmsEncryptedObjects", json!("Enabled"));
        put("SourceSelectionCriteria.ReplicaModifications", json!(on(link.replica_modifications)));
        put("DeleteMarkerReplication", json!(on(link.delete_markers)));
        put("Destination.Bucket", json!(self.bucket));
        put("Destination.Account", json!(self.account));
        put("Destination.StorageClass", json!(link.storage_class));
        put("Destination.AccessControlTranslation", json!(link.owner_override.then_some("Destination")));
        put(REPLICA_KEY, json!(key));
        put("Destination.ReplicationTime", json!(on(link.replication_time_control)));
        put("Destination.Metrics", json!(on(link.metrics || link.replication_time_control)));
        fields
    }

    /// The rule as S3 takes it. Who sends it has the ARN of a living key.
    ///
    /// # Errors
    /// Something in it cannot be said in XML.
    pub(super) fn build(&self, priority: i32, key: &str) -> Result<RuleElement, Stop> {
        RuleElement::parse(&self.text(priority, key)).map_err(|e| {
            let (id, link) = (&self.id, &self.link);
            Stop::new(
                format!("rule {id} ({} to {}) cannot be written as XML: {e}", link.from, link.to),
                "leave control characters out of the link's prefix and tags",
            )
        })
    }

    /// Its XML, in the order of S3's API.
    fn text(&self, priority: i32, key: &str) -> String {
        let link = &self.link;
        let status = |name: &str, yes: bool| element(name, &text_element("Status", on(yes)));
        let mut criteria = status("SseKmsEncryptedObjects", true);
        if link.replica_modifications {
            criteria += &status("ReplicaModifications", true);
        }
        let rule = [
            text_element("ID", &self.id),
            text_element("Priority", &priority.to_string()),
            element("Filter", &filter(link)),
            text_element("Status", on(link.enabled)),
            element("SourceSelectionCriteria", &criteria),
            element("Destination", &self.destination(key)),
            status("DeleteMarkerReplication", link.delete_markers),
        ];
        element("Rule", &rule.concat())
    }

    fn destination(&self, key: &str) -> String {
        let link = &self.link;
        let mut out = text_element("Bucket", &self.bucket) + &text_element("Account", &self.account);
        if let Some(class) = &link.storage_class {
            out += &text_element("StorageClass", class);
        }
        if link.owner_override {
            out += &element("AccessControlTranslation", &text_element("Owner", "Destination"));
        }
        out += &element("EncryptionConfiguration", &text_element("ReplicaKmsKeyID", key));
        let enabled = text_element("Status", "Enabled");
        let within = |name: &str| element(name, &text_element("Minutes", RTC_MINUTES));
        if link.replication_time_control {
            out += &element("ReplicationTime", &(enabled.clone() + &within("Time")));
            out += &element("Metrics", &(enabled + &within("EventThreshold")));
        } else if link.metrics {
            out += &element("Metrics", &enabled);
        }
        out
    }
}

/// The id of a rule between the buckets of that hash. Links between the same two differ in their filter.
pub fn id(marker: Marker<'_>, hash: &str, prefix: &str, tags: &BTreeMap<String, String>) -> String {
    let filter =
        (!prefix.is_empty() || !tags.is_empty()).then(|| json!({"prefix": prefix, "tags": tags}).to_string());
    marker.rule_id(hash, filter.as_deref())
}

fn on(yes: bool) -> &'static str {
    if yes { "Enabled" } else { "Disabled" }
}

/// A filter holds a prefix, or one tag, or an `And` of more.
fn filter(link: &Link) -> String {
    let tag = |(key, value): (&String, &String)| {
        element("Tag", &(text_element("Key", key) + &text_element("Value", value)))
    };
    let tags: String = link.tags.iter().map(tag).collect();
    match (link.tags.len(), link.prefix.is_empty()) {
        (0, _) => text_element("Prefix", &link.prefix),
        (1, true) => tags,
        (_, true) => element("And", &tags),
        (_, false) => element("And", &(text_element("Prefix", &link.prefix) + &tags)),
    }
}

/// The fields that say something: what S3 would do anyway is left out.
pub fn set_fields(mut fields: Map<String, Value>) -> Map<String, Value> {
    fields.retain(|field, value| {
        let silent = value.is_null() || value == "" || value.as_object().is_some_and(Map::is_empty);
        let required = field == "Status" || field == "DeleteMarkerReplication";
        required || !silent && value != "Disabled"
    });
    fields
}

/// The fields in which a rule differs from the wanted one.
pub fn differences(name: &str, found: &Map<String, Value>, wanted: &Map<String, Value>) -> Vec<Difference> {
    wanted
        .iter()
        .filter(|(field, value)| found.get(*field) != Some(value))
        .map(|(field, value)| Difference {
            field: format!("{name}: {field}"),
            before: found.get(field).filter(|v| !v.is_null()).cloned(),
            after: Some(value).filter(|v| !v.is_null()).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn link() -> impl Strategy<Value = Link> {
        let tags = prop::collection::btree_map("[a-z<]{1,4}", "[ -~é]{0,4}", 0..3);
        let class = prop_oneof![Just(None), Just(Some("STANDARD_IA".to_owned()))];
        (("[a-z/&<>\"'\r\n é]{0,6}", tags, class), any::<[bool; 6]>()).prop_map(
            |((prefix, tags, storage_class), on)| Link {
                from: "orders-prod".parse().expect("a name"),
                to: "orders-backup".parse().expect("a name"),
                prefix,
                tags,
                priority: None,
                enabled: on[0],
                delete_markers: on[1],
                owner_override: on[2],
                storage_class,
                replication_time_control: on[3],
                metrics: on[4],
                replica_modifications: on[5],
                check: true,
                grant: crate::topology::Grant::Role,
            },
        )
    }

    fn rule(link: Link) -> Rule {
        let bucket = "arn:aws:s3:::orders-backup".to_owned();
        Rule {
            id: "Bucketbridge-0".to_owned(),
            priority: None,
            link,
            bucket,
            account: "222222222222".to_owned(),
        }
    }

    proptest! {
        /// A rule that was written compares equal to what is wanted: a second apply has nothing to do.
        #[test]
        fn what_is_built_reads_back_as_what_is_wanted(link in link(), priority in 0..1000_i32) {
            let rule = rule(link);
            let built = rule.build(priority, KEY).expect("a rule");
            prop_assert_eq!(built.fields(), &rule.fields(priority, KEY));
            prop_assert_eq!(built.id(), Some("Bucketbridge-0"));
            prop_assert_eq!(built.unknown(), None, "it may be written anew");
        }
    }

    #[test]
    fn a_control_character_is_refused() {
        let rule = rule(Link { prefix: "a\u{1}".to_owned(), ..sample() });
        let stop = rule.build(1, KEY).expect_err("no XML");
        assert!(stop.message.contains("rule Bucketbridge-0 (orders-prod to orders-backup)"), "{stop}");
    }

    #[test]
    fn a_changed_rule_is_named_field_by_field() {
        let link = Link { tags: BTreeMap::new(), ..sample() };
        let rule = rule(link);
        let wanted = rule.fields(1, KEY);
        let mut found = wanted.clone();
        found.insert("Status".to_owned(), json!("Disabled"));
        found.insert(REPLICA_KEY.to_owned(), Value::Null);
        let fields: Vec<String> =
            differences("rule x", &found, &wanted).into_iter().map(|d| d.field).collect();
        assert_eq!(fields, ["rule x: Status", "rule x: Destination.EncryptionConfiguration.ReplicaKmsKeyID"]);
        assert!(differences("rule x", &wanted, &wanted).is_empty());
    }

    fn sample() -> Link {
        use proptest::strategy::ValueTree;
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let mut link = link().new_tree(&mut runner).expect("a link").current();
        link.enabled = true;
        link
    }
}
