//! What became of a key, for a person: the verdicts, and for the versions
//! that no rule took, why each rule left them.
//!
//! Only told on demand; nothing is decided by it.

use super::document::Rule;
use super::verdict::{Outcome, Verdict};
use crate::world::World;

/// One entry for each version and rule, oldest version first.
pub fn explain(world: &World, bucket: &str, key: &str) -> Vec<Verdict> {
    let verdicts = world.replication.why(bucket, key);
    let versions = world.bucket(bucket, |_, found| found.object_versions.get(key).cloned());
    let Some(versions) = versions.flatten() else {
        return verdicts;
    };
    let stored = world.replication.of(bucket);
    let mut told = Vec::new();
    for object in &versions {
        let id = object.version_id.clone().unwrap_or_default();
        let known = verdicts.iter().filter(|verdict| verdict.version == id);
        let before = told.len();
        told.extend(known.cloned());
        if told.len() > before {
            continue;
        }
        let skipped = |rule: String, destination: String, reason: &str| Verdict {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version: id.clone(),
            rule,
            destination,
            outcome: Outcome::Skipped { reason: reason.to_owned() },
        };
        let Some(stored) = &stored else {
            told.push(skipped(String::new(), String::new(), "the bucket has no replication configuration"));
            continue;
        };
        for (index, rule) in stored.configuration.rules.iter().enumerate() {
            let reason = if object.replication_status.as_deref() == Some("REPLICA") {
                "it is itself a replica"
            } else {
                reason(rule, key, &object.tags)
            };
            told.push(skipped(rule.label(index), rule.bucket().to_owned(), reason));
        }
    }
    // Versions that are gone since have verdicts all the same.
    let gone = |verdict: &&Verdict| !versions.iter().any(|v| v.version_id.as_ref() == Some(&verdict.version));
    told.splice(0..0, verdicts.iter().filter(gone).cloned());
    told
}

fn reason(rule: &Rule, key: &str, tags: &std::collections::BTreeMap<String, String>) -> &'static str {
    if !rule.enabled {
        return "the rule is disabled";
    }
    if !key.starts_with(&rule.prefix) {
        return "the key does not begin with the rule's prefix";
    }
    if !rule.tags.iter().all(|(name, value)| tags.get(name) == Some(value)) {
        return "the version lacks a tag of the rule's filter";
    }
    "it was written before the rule was stored, or got its tags later"
}
