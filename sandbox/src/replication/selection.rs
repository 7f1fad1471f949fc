//! Which rules take a version: decided once, when the version is written.
//!
//! Pure. Whether the copy is then allowed is another question
//! ([`decision`](super::decision)).
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html>

use std::collections::BTreeMap;

use super::document::{Configuration, Rule};

/// What is looked at of a version.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    pub key: String,
    pub tags: BTreeMap<String, String>,
    pub delete_marker: bool,
    /// Under a KMS key, one layer or two.
    pub kms: bool,
    pub replica: bool,
    pub storage_class: String,
}

/// A rule that a version met, with the reason if it does not take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen<'a> {
    pub index: usize,
    pub rule: &'a Rule,
    pub skipped: Option<&'static str>,
}

/// One rule for each destination: among those whose filter fits, the one of
/// the highest priority. Its other criteria then decide; a rule of lower
/// priority never stands in for it.
pub fn select<'a>(configuration: &'a Configuration, version: &Candidate) -> Vec<Chosen<'a>> {
    let mut chosen: Vec<Chosen<'a>> = Vec::new();
    for (index, rule) in configuration.rules.iter().enumerate() {
        if !rule.enabled || !fits(rule, version) {
            continue;
        }
        let candidate = Chosen { index, rule, skipped: refusal(rule, version) };
        match chosen.iter_mut().find(|other| other.rule.bucket() == rule.bucket()) {
            Some(other) if rule.priority.unwrap_or(0) > other.rule.priority.unwrap_or(0) => {
                *other = candidate;
            }
            Some(_) => {}
            None => chosen.push(candidate),
        }
    }
    chosen
}

fn fits(rule: &Rule, version: &Candidate) -> bool {
    version.key.starts_with(&rule.prefix)
        && rule.tags.iter().all(|(key, value)| version.tags.get(key) == Some(value))
}

fn refusal(rule: &Rule, version: &Candidate) -> Option<&'static str> {
    if version.replica {
        return Some("a replica is not replicated again");
    }
    if version.delete_marker {
        return (!rule.replicates_delete_markers()).then_some("the rule leaves delete markers out");
    }
    if matches!(version.storage_class.as_str(), "GLACIER" | "DEEP_ARCHIVE") {
        return Some("archived objects are not replicated");
    }
    if version.kms && !rule.replicates_kms_objects() {
        return Some("the rule does not select objects encrypted with KMS");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(bucket: &str, prefix: &str, priority: i64) -> Rule {
        Rule {
            enabled: true,
            v2: true,
            priority: Some(priority),
            prefix: prefix.to_owned(),
            destination: format!("arn:aws:s3:::{bucket}"),
            kms_objects: Some("Enabled".to_owned()),
            delete_markers: Some("Disabled".to_owned()),
            ..Rule::default()
        }
    }

    fn object(key: &str) -> Candidate {
        Candidate {
            key: key.to_owned(),
            kms: true,
            storage_class: "STANDARD".to_owned(),
            ..Candidate::default()
        }
    }

    fn taken(rules: Vec<Rule>, version: &Candidate) -> Vec<usize> {
        let configuration = Configuration { role: String::new(), rules };
        select(&configuration, version)
            .into_iter()
            .filter(|chosen| chosen.skipped.is_none())
            .map(|chosen| chosen.index)
            .collect()
    }

    #[test]
    fn the_higher_priority_wins_for_one_destination_only() {
        let rules = vec![rule("a", "", 1), rule("a", "logs/", 2), rule("b", "", 3)];
        assert_eq!(taken(rules.clone(), &object("logs/1")), [1, 2]);
        assert_eq!(taken(rules, &object("data/1")), [0, 2]);
    }

    #[test]
    fn a_lower_priority_does_not_stand_in() {
        let mut higher = rule("a", "", 2);
        higher.kms_objects = None;
        assert_eq!(taken(vec![rule("a", "", 1), higher], &object("k")), [] as [usize; 0]);
    }

    #[test]
    fn disabled_rules_replicas_and_markers_are_left_out() {
        let mut disabled = rule("a", "", 1);
        disabled.enabled = false;
        assert!(taken(vec![disabled], &object("k")).is_empty());
        let replica = Candidate { replica: true, ..object("k") };
        assert!(taken(vec![rule("a", "", 1)], &replica).is_empty());
        let marker = Candidate { delete_marker: true, kms: false, ..object("k") };
        assert!(taken(vec![rule("a", "", 1)], &marker).is_empty());
        let mut older = rule("a", "", 1);
        older.v2 = false;
        assert_eq!(taken(vec![older], &marker), [0]);
    }

    #[test]
    fn every_tag_of_the_filter_is_needed() {
        let mut tagged = rule("a", "", 1);
        tagged.tags = vec![("x".into(), "1".into()), ("y".into(), "2".into())];
        let mut version = object("k");
        version.tags.insert("x".into(), "1".into());
        assert!(taken(vec![tagged.clone()], &version).is_empty());
        version.tags.insert("y".into(), "2".into());
        assert_eq!(taken(vec![tagged], &version), [0]);
    }
}
