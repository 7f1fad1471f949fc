//! What the rule passes over: disabled rules, filters, encryption, delete markers, rules that another
//! outranks.
//!
//! Deliberately absent: what no rule can select, whatever it says. That is the object's.

use super::super::configuration::{self, Configuration};
use super::super::finding::{Finding, Severity};
use super::super::fix::{Change, DocumentName, Fix};
use super::super::hearing::Hearing;
use super::super::scene::Scene;
use super::super::snapshot::{ObjectChange, Read};
use super::super::subject::Sse;
use super::Rule;
use super::replica_key;

pub(super) const RULE: Rule = Rule {
    id: "selection",
    causes: &[
        "rule-disabled",
        "rule-outranked",
        "rule-filter-prefix-mismatch",
        "rule-filter-tag-mismatch",
        "rule-kms-objects-not-selected",
        "rule-delete-marker-not-replicated",
        "replica-stays-sse-s3",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    of(&hearing.scene)
}

/// Whether the rule takes the object.
pub(super) fn selects(scene: &Scene<'_>) -> bool {
    of(scene).iter().all(|finding| finding.severity != Severity::Error)
}

fn of(scene: &Scene<'_>) -> Vec<Finding> {
    let all = [
        disabled(scene),
        outranked(scene),
        prefix(scene),
        tags(scene),
        kms(scene),
        delete_marker(scene),
        plain(scene),
    ];
    all.into_iter().flatten().collect()
}

fn about(scene: &Scene<'_>, cause: &'static str, what: String) -> Finding {
    Finding::error(cause, scene.source_account(), scene.source_arn(), what)
        .document(DocumentName::Replication { bucket: scene.source_name.to_owned() })
}

/// The change of an element of the rule.
pub(super) fn set(scene: &Scene<'_>, path: &str, value: Option<&str>) -> Change {
    Change::SetRuleElement {
        bucket: scene.source_name.to_owned(),
        rule: scene.rule.index,
        path: path.to_owned(),
        value: value.map(str::to_owned),
    }
}

fn disabled(scene: &Scene<'_>) -> Option<Finding> {
    if scene.rule.is_enabled() {
        return None;
    }
    let name = scene.rule.name();
    let fix = Fix::new(
        format!("set Status of rule {name} to Enabled"),
        vec![set(scene, "Status", Some("Enabled"))],
    );
    Some(about(scene, "rule-disabled", format!("rule {name} is disabled")).fix(fix.by_apply()))
}

/// Of the rules that take an object to one bucket, only that of the highest priority counts
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html>).
fn outranked(scene: &Scene<'_>) -> Option<Finding> {
    let winner = winner(scene.configuration, scene)?;
    let (name, other) = (scene.rule.name(), winner.name());
    let what = format!("rule {other} has a higher priority and takes the same objects to the same bucket");
    let fix = Fix::by_hand(format!("remove rule {other} or {name}, or give {name} the higher priority"));
    Some(about(scene, "rule-outranked", what).fix(fix))
}

fn winner<'a>(configuration: &'a Configuration, scene: &Scene<'_>) -> Option<&'a configuration::Rule> {
    let own = scene.rule;
    let known = match &scene.subject.tags {
        Read::Known(tags) => Some(tags),
        _ => None,
    };
    configuration.rules.iter().find(|other| {
        let tags =
            other.tags.iter().all(|(key, value)| known.is_some_and(|tags| tags.get(key) == Some(value)));
        other.index != own.index
            && other.is_enabled()
            && other.destination_name() == own.destination_name()
            && other.priority().unwrap_or(0) > own.priority().unwrap_or(0)
            && scene.subject.key.starts_with(other.prefix())
            && tags
    })
}

fn prefix(scene: &Scene<'_>) -> Option<Finding> {
    let (key, prefix) = (&scene.subject.key, scene.rule.prefix());
    if key.starts_with(prefix) {
        return None;
    }
    let slash = if prefix.starts_with('/') { ": keys do not begin with a slash" } else { "" };
    let what =
        format!("the key {key} does not begin with the prefix {prefix} of rule {}{slash}", scene.rule.name());
    let bare = prefix.trim_start_matches('/');
    let fix = match bare != prefix && key.starts_with(bare) {
        true => {
            let paths = ["Filter/Prefix", "Filter/And/Prefix", "Prefix"];
            let path = paths.into_iter().find(|path| scene.rule.has(path)).unwrap_or("Filter/Prefix");
            Fix::new(format!("set the prefix to `{bare}`"), vec![set(scene, path, Some(bare))])
        }
        false => Fix::by_hand("give the object a key with this prefix, or change the rule's filter"),
    };
    Some(about(scene, "rule-filter-prefix-mismatch", what).fix(fix))
}

fn tags(scene: &Scene<'_>) -> Option<Finding> {
    let Read::Known(tags) = &scene.subject.tags else { return None };
    let lacking = |(key, value): &(&String, &String)| tags.get(*key) != Some(*value);
    let missing: Vec<String> =
        scene.rule.tags.iter().filter(lacking).map(|(key, value)| format!("{key}={value}")).collect();
    if missing.is_empty() || !scene.subject.is_written() {
        return None;
    }
    let what = format!(
        "rule {} wants every tag of its filter when the object is written; it lacks {}",
        scene.rule.name(),
        missing.join(", ")
    );
    let fix = Fix::by_hand(
        "write the object with these tags, or change the rule's filter; tags that are added later do not count",
    );
    Some(about(scene, "rule-filter-tag-mismatch", what).fix(fix))
}

/// Only the object's own encryption counts
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html>).
fn kms(scene: &Scene<'_>) -> Option<Finding> {
    if scene.subject.sse != Sse::Kms || scene.rule.selects_kms() || !scene.subject.is_written() {
        return None;
    }
    let what = format!(
        "the object is encrypted with a KMS key, and rule {} does not select such objects (SseKmsEncryptedObjects)",
        scene.rule.name()
    );
    let mut changes =
        vec![set(scene, "SourceSelectionCriteria/SseKmsEncryptedObjects/Status", Some("Enabled"))];
    if scene.rule.replica_key().is_none() {
        changes.extend(replica_key::another(scene));
    }
    let fix =
        Fix::new("enable SseKmsEncryptedObjects in the rule, with a ReplicaKmsKeyID", changes).by_apply();
    Some(about(scene, "rule-kms-objects-not-selected", what).fix(fix))
}

fn delete_marker(scene: &Scene<'_>) -> Option<Finding> {
    if scene.subject.change != ObjectChange::DeleteMarker || scene.rule.replicates_delete_markers() {
        return None;
    }
    let what = format!("rule {} does not replicate delete markers", scene.rule.name());
    // S3 does not take it together with a filter by tags.
    let fix = if scene.rule.tags.is_empty() {
        let change = set(scene, "DeleteMarkerReplication/Status", Some("Enabled"));
        Fix::new("enable DeleteMarkerReplication in the rule", vec![change]).by_apply()
    } else {
        Fix::by_hand(
            "S3 replicates delete markers for rules without tag filter only: filter by prefix instead",
        )
    };
    Some(about(scene, "rule-delete-marker-not-replicated", what).fix(fix))
}

/// An object under a key of S3 stays so, whatever the destination's default encryption is.
fn plain(scene: &Scene<'_>) -> Option<Finding> {
    let default = scene.destination.known().and_then(|bucket| bucket.encryption.known());
    let expects = default.is_some_and(|default| default.algorithm.starts_with("aws:kms"));
    if scene.subject.sse != Sse::S3 || !expects || !scene.subject.is_written() {
        return None;
    }
    let what = "objects that are encrypted with SSE-S3 stay so in the replica: the destination's default key is \
                not used";
    let mut finding = about(scene, "replica-stays-sse-s3", what.to_owned());
    finding.severity = Severity::Note;
    let fix = "write the objects with SSE-KMS: set the source bucket's default encryption to aws:kms";
    Some(finding.fix(Fix::by_hand(fix)))
}
