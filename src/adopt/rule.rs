//! What a replication rule says, in the words of a link; or why a link cannot say it.
//!
//! Deliberately absent: the limits of these words, such as how long a prefix may be. The profile map's own
//! reader knows them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::doctor::Snapshot;
use crate::iam::{Marker, link_hash};
use crate::resource::rule::{self, REPLICA_KEY};
use crate::resource::rule_element::RuleElement;

use super::home::Home;
use super::key::{self, Named};
use super::link::Link;

/// The rule as a link, with the bucket that it leads to and the key of its replicas.
pub struct Told<'a> {
    pub link: Link,
    pub to: Home<'a>,
    pub key: Named,
}

/// What the rule is called: by its id, or by its place.
pub fn name(rule: &RuleElement, at: usize) -> String {
    let Some(id) = rule.id() else { return format!("number {} (without an id)", at + 1) };
    // One line, whatever somebody put into it.
    id.split(char::is_control).collect::<Vec<_>>().join(" ")
}

/// The name of the bucket that the rule leads to.
pub fn destination(rule: &RuleElement) -> &str {
    let named = rule.destination();
    named.rsplit_once(":::").map_or(named, |(_, name)| name)
}

/// The marker that the rule was made with, if bucketbridge made it and it still is about what its id says.
pub fn marker<'a>(rule: &'a RuleElement, source: &Home<'_>) -> Option<&'a str> {
    let id = rule.id()?;
    let (marker, _) = id.split_once('-')?;
    let to = destination(rule).parse().ok()?;
    let hash = link_hash(&source.account, &source.bucket, Some(&to));
    (rule::id(Marker(marker), &hash, rule.prefix(), &tags(rule)) == id).then_some(marker)
}

/// The full name of the key of the rule's replicas, where that can be told.
pub fn replica_key(snapshot: &Snapshot, rule: &RuleElement) -> Option<String> {
    let called = text(rule, REPLICA_KEY)?;
    if called.starts_with("arn:") {
        return Some(called.to_owned());
    }
    Some(key::full(Some(called), &Home::of(snapshot, destination(rule)).ok()?))
}

/// The rule as a link of a map with this marker.
///
/// # Errors
/// Why a link cannot say it.
pub fn told<'a>(
    snapshot: &'a Snapshot,
    rule: &RuleElement,
    source: &Home<'_>,
    marker_of_map: Option<&str>,
) -> Result<Told<'a>, String> {
    let made_with = marker(rule, source);
    if let Some(other) = made_with.filter(|other| Some(*other) != marker_of_map) {
        return Err(format!(
            "it belongs to a map with the marker `{other}`; adopt that with `--destination`"
        ));
    }
    let ours = made_with.is_some();
    if !is_on(rule, "SourceSelectionCriteria.SseKmsEncryptedObjects") {
        return Err(
            "it does not select objects under KMS keys (`SseKmsEncryptedObjects`), and a link always does"
                .to_owned(),
        );
    }
    let Some(found) = rule.priority() else {
        return Err(
            "it is of the older form (V1, without `Filter` and `Priority`), and links are not; a link with \
                    the same `prefix` and `delete_markers = true` says the same"
                .to_owned(),
        );
    };
    if let Some(unknown) = rule.unknown().filter(|_| !ours) {
        return Err(format!("it holds `{unknown}`, for which a profile map has no word"));
    }
    let named = destination(rule);
    let to = Home::of(snapshot, named).map_err(|why| match snapshot.bucket(named).is_absent() {
        true => why,
        false => {
            format!("{why}; `--destination-profile` names the profile of an account, and may be given several times")
        }
    })?;
    let called = replica_key(snapshot, rule).ok_or("it names no key for replicas (`ReplicaKmsKeyID`)")?;
    let key = key::named(snapshot, &called, &to)
        .ok_or_else(|| format!("its replicas are under {called}, which AWS manages and no map can name"))?;
    let mut notes = Vec::new();
    if let Some(unknown) = rule.unknown() {
        notes.push(format!("its rule holds `{unknown}`, for which a profile map has no word; it is kept"));
    }
    let overrides = text(rule, "Destination.AccessControlTranslation").is_some();
    let crosses = source.account != to.account;
    if overrides && !crosses {
        notes.push(
            "its rule gives replicas to the destination's owner, which means nothing within one account and \
             is not said here"
                .to_owned(),
        );
    }
    let time_control = is_on(rule, "Destination.ReplicationTime");
    let link = Link {
        name: String::new(),
        rule: rule.id().map(str::to_owned),
        ours,
        to: to.bucket.to_string(),
        prefix: rule.prefix().to_owned(),
        tags: tags(rule),
        found,
        priority: None,
        enabled: rule.is_enabled(),
        delete_markers: is_on(rule, "DeleteMarkerReplication"),
        owner_override: (crosses && !overrides).then_some(false),
        storage_class: text(rule, "Destination.StorageClass").map(str::to_owned),
        replication_time_control: time_control,
        metrics: is_on(rule, "Destination.Metrics") && !time_control,
        replica_modifications: is_on(rule, "SourceSelectionCriteria.ReplicaModifications"),
        notes,
    };
    Ok(Told { link, to, key })
}

fn text<'a>(rule: &'a RuleElement, field: &str) -> Option<&'a str> {
    rule.fields().get(field).and_then(Value::as_str)
}

fn is_on(rule: &RuleElement, field: &str) -> bool {
    text(rule, field) == Some("Enabled")
}

fn tags(rule: &RuleElement) -> BTreeMap<String, String> {
    let tags = rule.fields().get("Filter.Tags").and_then(Value::as_object).into_iter().flatten();
    tags.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}
