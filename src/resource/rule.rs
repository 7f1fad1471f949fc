//! One rule of a replication configuration: what a link becomes.
//!
//! Rules are compared field by field in one flat form, whether S3 gave them or the map wants them, so
//! that a difference is named in S3's words.

use aws_sdk_s3::types::{
    AccessControlTranslation, DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination,
    EncryptionConfiguration, Metrics, MetricsStatus, OwnerOverride, ReplicaModifications,
    ReplicaModificationsStatus, ReplicationRule, ReplicationRuleAndOperator, ReplicationRuleFilter,
    ReplicationRuleStatus, ReplicationTime, ReplicationTimeStatus, ReplicationTimeValue,
    SourceSelectionCriteria, SseKmsEncryptedObjects, SseKmsEncryptedObjectsStatus, StorageClass, Tag,
};
use serde_json::{Map, Value, json};

use crate::iam::{Marker, link_hash};
use crate::topology::{Link, Topology};

use super::{Difference, Stop, key};

/// S3 Replication Time Control promises this many minutes, and takes no other number.
const RTC_MINUTES: i32 = 15;

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
        let filter = (!link.prefix.is_empty() || !link.tags.is_empty())
            .then(|| json!({"prefix": link.prefix, "tags": link.tags}).to_string());
        Self {
            id: Marker(&topology.marker).rule_id(&hash, filter.as_deref()),
            priority: link.priority,
            link: link.clone(),
            bucket: topology.bucket_arn(&link.to).to_string(),
            account: topology.account(&to.account).id.to_string(),
        }
    }

    /// The rule in the form in which rules are compared.
    pub fn fields(&self, priority: i32, key: &str) -> Map<String, Value> {
        let link = &self.link;
        let on = |yes: bool| if yes { "Enabled" } else { "Disabled" };
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

    /// The rule as S3 takes it.
    pub fn build(&self, priority: i32, key: &key::Live) -> Result<ReplicationRule, Stop> {
        let link = &self.link;
        let failed = |e: aws_smithy_types::error::operation::BuildError| Stop::because(e.to_string());
        let mut destination = Destination::builder()
            .bucket(&self.bucket)
            .account(&self.account)
            .set_storage_class(link.storage_class.as_deref().map(StorageClass::from))
            .encryption_configuration(
                EncryptionConfiguration::builder().replica_kms_key_id(key.arn().to_string()).build(),
            );
        if link.owner_override {
            let owner = AccessControlTranslation::builder().owner(OwnerOverride::Destination).build();
            destination = destination.access_control_translation(owner.map_err(failed)?);
        }
        let minutes = || ReplicationTimeValue::builder().minutes(RTC_MINUTES).build();
        if link.replication_time_control {
            let time =
                ReplicationTime::builder().status(ReplicationTimeStatus::Enabled).time(minutes()).build();
            destination = destination.replication_time(time.map_err(failed)?);
        }
        if link.metrics || link.replication_time_control {
            let threshold = link.replication_time_control.then(minutes);
            let metrics =
                Metrics::builder().status(MetricsStatus::Enabled).set_event_threshold(threshold).build();
            destination = destination.metrics(metrics.map_err(failed)?);
        }
        let kms = SseKmsEncryptedObjects::builder().status(SseKmsEncryptedObjectsStatus::Enabled).build();
        let mut criteria = SourceSelectionCriteria::builder().sse_kms_encrypted_objects(kms.map_err(failed)?);
        if link.replica_modifications {
            let on = ReplicaModifications::builder().status(ReplicaModificationsStatus::Enabled).build();
            criteria = criteria.replica_modifications(on.map_err(failed)?);
        }
        let markers = match link.delete_markers {
            true => DeleteMarkerReplicationStatus::Enabled,
            false => DeleteMarkerReplicationStatus::Disabled,
        };
        ReplicationRule::builder()
            .id(&self.id)
            .priority(priority)
            .status(if link.enabled {
                ReplicationRuleStatus::Enabled
            } else {
                ReplicationRuleStatus::Disabled
            })
            .filter(filter(link).map_err(failed)?)
            .source_selection_criteria(criteria.build())
            .delete_marker_replication(DeleteMarkerReplication::builder().status(markers).build())
            .destination(destination.build().map_err(failed)?)
            .build()
            .map_err(failed)
    }
}

/// A filter holds a prefix, or one tag, or an `And` of more.
fn filter(link: &Link) -> Result<ReplicationRuleFilter, aws_smithy_types::error::operation::BuildError> {
    let tags = link
        .tags
        .iter()
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .collect::<Result<Vec<_>, _>>()?;
    let filter = ReplicationRuleFilter::builder();
    Ok(match tags.as_slice() {
        [] => filter.prefix(&link.prefix).build(),
        [one] if link.prefix.is_empty() => filter.tag(one.clone()).build(),
        _ => {
            let prefix = (!link.prefix.is_empty()).then(|| link.prefix.clone());
            let and = ReplicationRuleAndOperator::builder().set_prefix(prefix).set_tags(Some(tags)).build();
            filter.and(and).build()
        }
    })
}

/// A rule that S3 gave, in the form in which rules are compared.
#[expect(deprecated, reason = "V1 rules carry their prefix in the deprecated element")]
pub fn fields_of(rule: &ReplicationRule) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |field: &str, value: Value| fields.insert(field.to_owned(), value);
    put("Status", json!(rule.status().as_str()));
    put("Priority", json!(rule.priority()));
    let filter = rule.filter();
    let and = filter.and_then(|f| f.and());
    let prefix = filter.and_then(|f| f.prefix()).or(and.and_then(|a| a.prefix())).or(rule.prefix());
    let tags = filter.and_then(|f| f.tag()).into_iter().chain(and.into_iter().flat_map(|a| a.tags()));
    let tags: std::collections::BTreeMap<&str, &str> = tags.map(|t| (t.key(), t.value())).collect();
    put("Filter.Prefix", json!(prefix.unwrap_or_default()));
    put("Filter.Tags", json!(tags));
    let criteria = rule.source_selection_criteria();
    let kms = criteria.and_then(|c| c.sse_kms_encrypted_objects()).map(|s| s.status().as_str());
    put("SourceSelectionCriteria.SseKmsEncryptedObjects", json!(kms.unwrap_or("Disabled")));
    let modifications = criteria.and_then(|c| c.replica_modifications()).map(|m| m.status().as_str());
    put("SourceSelectionCriteria.ReplicaModifications", json!(modifications.unwrap_or("Disabled")));
    let markers = rule.delete_marker_replication().and_then(|d| d.status()).map(|s| s.as_str());
    put("DeleteMarkerReplication", json!(markers.unwrap_or("Disabled")));
    let destination = rule.destination();
    put("Destination.Bucket", json!(destination.map(|d| d.bucket())));
    put("Destination.Account", json!(destination.and_then(|d| d.account())));
    put("Destination.StorageClass", json!(destination.and_then(|d| d.storage_class()).map(|s| s.as_str())));
    let owner = destination.and_then(|d| d.access_control_translation()).map(|a| a.owner().as_str());
    put("Destination.AccessControlTranslation", json!(owner));
    let key = destination.and_then(|d| d.encryption_configuration()).and_then(|e| e.replica_kms_key_id());
    put(REPLICA_KEY, json!(key));
    let time = destination.and_then(|d| d.replication_time()).map(|t| t.status().as_str());
    put("Destination.ReplicationTime", json!(time.unwrap_or("Disabled")));
    let metrics = destination.and_then(|d| d.metrics()).map(|m| m.status().as_str());
    put("Destination.Metrics", json!(metrics.unwrap_or("Disabled")));
    fields
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
    use std::collections::BTreeMap;

    const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn link() -> impl Strategy<Value = Link> {
        let tags = prop::collection::btree_map("[a-z]{1,4}", "[a-z]{0,4}", 0..3);
        let class = prop_oneof![Just(None), Just(Some("STANDARD_IA".to_owned()))];
        (("[a-z/]{0,6}", tags, class), any::<[bool; 6]>()).prop_map(|((prefix, tags, storage_class), on)| {
            Link {
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
            }
        })
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
            let built = rule.build(priority, &key::Live::in_a_test(KEY)).expect("a rule");
            prop_assert_eq!(fields_of(&built), rule.fields(priority, KEY));
            prop_assert_eq!(built.id(), Some("Bucketbridge-0"));
        }
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
