//! The key of the object: whether it can be used at all.
//!
//! Deliberately absent: its policy.

use super::super::finding::Finding;
use super::super::fix::{Change, Fix};
use super::super::hearing::Hearing;
use super::Rule;

pub(super) const RULE: Rule =
    Rule { id: "source-key", causes: &["src-key-not-found", "src-key-state"], find };

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let Some(named) = scene.source_key.as_ref().filter(|_| scene.subject.is_written()) else {
        return Vec::new();
    };
    let name = &named.name;
    if named.key.is_absent() {
        let what = format!("the object's key does not exist: {name}");
        let fix = "nobody can decrypt the object any more; have new objects encrypted with another key";
        let finding = Finding::error("src-key-not-found", named.account(), name, what);
        return vec![finding.reason("SrcKmsKeyInvalidState").fix(Fix::by_hand(fix))];
    }
    let Some(facts) = named.key.known().and_then(|key| key.facts.known()) else { return Vec::new() };
    if works(&facts.state) {
        return Vec::new();
    }
    let what = format!("the object's key is in state {}: {name}", facts.state);
    let finding =
        Finding::error("src-key-state", named.account(), name, what).reason("SrcKmsKeyInvalidState");
    vec![finding.fix(enable(named.arn().unwrap_or_else(|| name.clone()), &facts.state))]
}

/// The states in which a key can be used
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>).
pub(super) fn works(state: &str) -> bool {
    matches!(state, "Enabled" | "Updating" | "Creating")
}

/// The cure for either key.
pub(super) fn enable(key: String, state: &str) -> Fix {
    let region = key.split(':').nth(3).unwrap_or_default().to_owned();
    let enable = format!("aws kms enable-key --region {region} --key-id {key}");
    let (text, command) = match state {
        "PendingDeletion" | "PendingReplicaDeletion" => (
            format!("cancel the deletion of key {key} and enable it"),
            format!("aws kms cancel-key-deletion --region {region} --key-id {key} && {enable}"),
        ),
        _ => (format!("enable key {key}"), enable),
    };
    Fix::new(text, vec![Change::EnableKey { key }]).command(command)
}
