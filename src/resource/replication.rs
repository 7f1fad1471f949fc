//! The replication configuration of a source bucket: one rule of ours for each link.
//!
//! S3 replaces the whole configuration with each write, and does not try an object again whose
//! replication was refused; so rules are written last, when every grant is in place, and together
//! with the rules that others made, which stay as they are: to the byte, see [`super::configuration`].
//!
//! Deliberately absent: V1 rules of our own, and rules for objects that exist already.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::arn::{BucketArn, BucketName, RoleArn};
use crate::aws::{Account, Patience};
use crate::topology::{AccountName, KeyId, LinkName, Topology};
use crate::trail::{Pen, Place};

use super::configuration::{self, Configuration};
use super::merge::{Target, merge};
use super::place::{self, Text};
use super::rule::{self, Rule};
use super::rule_element::RuleElement;
use super::withdrawal::Withdrawal;
use super::{
    Action, Change, Difference, Done, Kind, ResourceId, Seen, Step, Stop, bucket, key, role, role_policy,
};

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Desired {
    /// The source bucket's account.
    pub account: AccountName,
    /// The source bucket.
    pub bucket: BucketArn,
    /// A rule for each link, with the key of its destination.
    pub rules: BTreeMap<LinkName, (Rule, KeyId)>,
    region: crate::arn::Region,
    /// The role of the configuration.
    role: RoleArn,
    marker: String,
}

/// What must exist first. Links that lack something are left out.
#[derive(Debug, Clone)]
pub struct Needs {
    /// The source bucket, versioned.
    pub bucket: bucket::Live,
    /// The role.
    pub role: role::Live,
    /// Its permissions.
    pub role_policy: role_policy::Live,
    /// What each link needs.
    pub destinations: BTreeMap<LinkName, Destination>,
}

/// What a link's rule needs on the other side.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The destination bucket, versioned.
    pub bucket: bucket::Live,
    /// Its key, with a policy that lets the role use it.
    pub key: key::Live,
}

/// A configuration that was read; it is the same as another if their texts are.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    configuration: Configuration,
}

impl Live {
    /// Its rules, in order.
    pub fn rules(&self) -> impl Iterator<Item = &RuleElement> {
        self.configuration.rules()
    }

    /// The XML, as S3 gave it.
    pub fn text(&self) -> &str {
        self.configuration.text()
    }

    /// Keys of the map, and the ARNs that stand for them in our rules.
    pub fn keys_named<'a>(&self, desired: &'a Desired) -> Vec<(Vec<&'a KeyId>, Vec<String>)> {
        let named = |id: &str| {
            let rule = self.configuration.rules().find(|rule| rule.id() == Some(id));
            rule.and_then(|rule| rule.fields().get(rule::REPLICA_KEY)?.as_str().map(str::to_owned))
        };
        desired.rules.values().map(|(rule, key)| (vec![key], named(&rule.id).into_iter().collect())).collect()
    }

    /// What was looked at, for a plan that is saved.
    pub fn facts(&self) -> Value {
        let rule = |(at, rule): (usize, &RuleElement)| {
            let name = rule.id().map_or_else(|| format!("number {}", at + 1), str::to_owned);
            (name, Value::Object(rule.fields().clone()))
        };
        let rules: Map<String, Value> = self.configuration.rules().enumerate().map(rule).collect();
        json!({"role": self.configuration.role(), "rules": rules, "configuration": self.text()})
    }

    /// The XML, read.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The role that the configuration names, if rules of others depend on it: it must be kept.
    pub fn role_of_others(&self, marker: &str) -> Option<&str> {
        let ours = |rule: &RuleElement| rule.id().is_some_and(|id| id.starts_with(&format!("{marker}-")));
        let others = self.configuration.rules().any(|rule| !ours(rule));
        others.then(|| self.configuration.role())
    }
}

/// What is wanted of a source bucket's configuration.
pub fn desired(topology: &Topology, source: &BucketName, role: &RoleArn) -> Desired {
    let bucket = &topology.buckets[source];
    Desired {
        account: bucket.account.clone(),
        bucket: topology.bucket_arn(source),
        rules: topology
            .links_from(source)
            .map(|(name, link)| {
                let key = topology.buckets[&link.to].key.clone();
                (name.clone(), (Rule::of(topology, link), key))
            })
            .collect(),
        region: bucket.region.clone(),
        role: role.clone(),
        marker: topology.marker.clone(),
    }
}

/// The name that people know the configuration by: its bucket's.
pub fn resource_id(desired: &Desired) -> ResourceId {
    ResourceId {
        account: desired.account.clone(),
        kind: Kind::Replication,
        name: desired.bucket.name.to_string(),
    }
}

/// Reads the configuration of a bucket.
pub async fn observe(account: &Account, topology: &Topology, source: &BucketName) -> Seen<Live> {
    let region = &topology.buckets[source].region;
    Ok(place::configuration(account, source, region).await?.map(|configuration| Live { configuration }))
}

/// How the configuration differs from what is wanted; `key_name` gives a key's ARN, or says where it
/// will come from.
pub fn diff(
    desired: Desired,
    live: Seen<Live>,
    key_name: &dyn Fn(&KeyId) -> Option<String>,
) -> Step<Desired, Live> {
    let rules: Vec<&RuleElement> = match &live {
        Ok(Some(live)) => live.configuration.rules().collect(),
        _ => Vec::new(),
    };
    let bucket = desired.bucket.name.as_str();
    let unread = live.is_err();
    let mut details = Vec::new();
    let mut notes = Vec::new();
    let mut stop = None;
    if let Ok(Some(live)) = &live
        && live.configuration.role() != desired.role.to_string()
    {
        details.push(Difference::changed("role", live.configuration.role(), desired.role.to_string()));
    } else if rules.is_empty() {
        details.push(Difference::added("role", desired.role.to_string()));
    }
    match assigned(&desired, &rules) {
        Err(clash) => stop = Some(clash),
        Ok(priorities) => {
            for (link, (rule, key)) in &desired.rules {
                let name = format!("rule {} (link {link})", rule.id);
                let element = rules.iter().find(|r| r.id() == Some(&rule.id));
                let mut wanted = rule.fields(priorities[link], &key_name(key).unwrap_or_default());
                if key_name(key).is_none() {
                    notes.push(format!("what concerns key {key} was not compared"));
                    let kept = element.and_then(|e| e.fields().get(rule::REPLICA_KEY)).cloned();
                    wanted.insert(rule::REPLICA_KEY.to_owned(), kept.unwrap_or(Value::Null));
                }
                let Some(element) = element else {
                    details.push(Difference::added(name, Value::Object(rule::set_fields(wanted))));
                    continue;
                };
                let differences = rule::differences(&name, element.fields(), &wanted);
                if !differences.is_empty() && stop.is_none() {
                    stop = configuration::rewritable(bucket, element).err();
                }
                details.extend(differences);
            }
        }
    }
    let others = others(&desired, &rules);
    stop = stop.or_else(|| configuration::fits(bucket, others + desired.rules.len()).err());
    if unread {
        details.clear();
    }
    let action = if matches!(live, Ok(Some(_))) { Action::Update } else { Action::Create };
    let action = super::decided(unread, &details, action);
    if others > 0 && action != Action::Keep {
        notes.push(super::kept(others, "rule"));
    }
    notes.extend(strays(&desired, &rules));
    let change = Change { id: resource_id(&desired), action, details, notes, awaits: None };
    let live = match stop {
        Some(stop) => live.and(Err(stop)),
        None => live,
    };
    Step { change, desired, live }
}

/// The XML that the bucket will have, as far as it can be foreseen; `key_name` gives a key's ARN, or what
/// stands for it.
///
/// # Errors
/// Why the step cannot be done, so that nothing is foreseen.
pub fn planned(
    step: &Step<Desired, Live>,
    key_name: &dyn Fn(&KeyId) -> Option<String>,
) -> Result<String, Stop> {
    let Step { desired, live, .. } = step;
    let found = live.as_ref().map_err(Clone::clone)?.as_ref().map(|live| &live.configuration);
    let keys = desired.rules.iter().filter_map(|(link, (_, key))| Some((link, key_name(key)?))).collect();
    Ok(merged(desired, &desired.role.to_string(), &keys, found)?.text().to_owned())
}

/// Whether an object can begin with both.
fn overlap(a: &str, b: &str) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

fn others(desired: &Desired, rules: &[&RuleElement]) -> usize {
    let ours = |rule: &RuleElement| desired.rules.values().any(|(r, _)| rule.id() == Some(&r.id));
    rules.iter().filter(|rule| !ours(rule)).count()
}

/// Rules with our marker that belong to no link of this map: another map's, or of a link that was
/// taken out or pointed elsewhere, and that still replicates.
fn strays(desired: &Desired, rules: &[&RuleElement]) -> Vec<String> {
    let ours = |id: &str| desired.rules.values().any(|(rule, _)| rule.id == id);
    rules
        .iter()
        .filter_map(|rule| Some((rule.id()?, rule.destination())))
        .filter(|(id, _)| id.starts_with(&format!("{}-", desired.marker)) && !ours(id))
        .map(|(id, to)| {
            format!("rule {id} to {to} is of no link selected here: another map's, or a former link that still replicates")
        })
        .collect()
}

/// Each link's priority: as the map says; else as its rule has it already; else the next free one,
/// in the order of the links' names. S3 wants them different from each other.
fn assigned(desired: &Desired, rules: &[&RuleElement]) -> Result<BTreeMap<LinkName, i32>, Stop> {
    let found = |id: &str| rules.iter().find(|r| r.id() == Some(id)).and_then(|r| r.priority());
    let is_ours = |rule: &RuleElement| desired.rules.values().any(|(r, _)| rule.id() == Some(&r.id));
    let mut taken: Vec<i32> = rules.iter().filter(|r| !is_ours(r)).filter_map(|r| r.priority()).collect();
    let mut priorities = BTreeMap::new();
    for (link, (rule, _)) in &desired.rules {
        if let Some(priority) = rule.priority {
            if taken.contains(&priority) {
                let holds = |rule: &&&RuleElement| !is_ours(rule) && rule.priority() == Some(priority);
                let holder = match rules.iter().find(holds).map(|rule| rule.id()) {
                    Some(Some(id)) => format!("rule {id}"),
                    Some(None) => "a rule without an id".to_owned(),
                    None => "another link".to_owned(),
                };
                return Err(Stop::new(
                    format!(
                        "link {link} has priority {priority}, which {holder} of bucket {} has already",
                        desired.bucket.name
                    ),
                    "give the link another `priority`, or leave it out to have one assigned",
                ));
            }
            taken.push(priority);
            priorities.insert(link.clone(), priority);
        }
    }
    for (link, (rule, _)) in &desired.rules {
        if priorities.contains_key(link) {
            continue;
        }
        // Of two rules to one bucket that both take an object, S3 follows the one with the higher priority.
        let shadowed = |priority: &i32| {
            let others = rules.iter().filter(|other| !is_ours(other) && other.is_enabled());
            let over = |other: &&&RuleElement| {
                other.destination() == rule.bucket() && other.priority().is_some_and(|p| p > *priority)
            };
            others.filter(over).any(|other| overlap(other.prefix(), rule.prefix()))
        };
        let kept = found(&rule.id).filter(|p| !taken.contains(p) && !shadowed(p));
        if let Some(priority) = kept {
            taken.push(priority);
            priorities.insert(link.clone(), priority);
        }
    }
    for link in desired.rules.keys() {
        if !priorities.contains_key(link) {
            let next = taken.iter().max().map_or(1, |most| most.saturating_add(1));
            taken.push(next);
            priorities.insert(link.clone(), next);
        }
    }
    Ok(priorities)
}

/// Writes the rules of the links that can be had, beside those of others.
pub async fn apply(
    account: &Account,
    pen: &Pen,
    desired: &Desired,
    live: Option<&Live>,
    needs: &Needs,
) -> Result<Done<Live>, Stop> {
    let name = needs.bucket.name();
    let resource = format!("bucket {name}");
    let place = Place::Replication { bucket: name.clone(), region: desired.region.clone() };
    let target = Target {
        what: what(desired),
        place: place.clone(),
        ours: desired.rules.values().map(|(rule, _)| rule.id.clone()).collect(),
        planned: Some(live.map(|live| &live.configuration)),
        patience: Patience::until_replication_is_possible(),
    };
    let role = needs.role.arn().to_string();
    let keys: BTreeMap<&LinkName, String> =
        needs.destinations.iter().map(|(link, to)| (link, to.key.arn().to_string())).collect();
    let merged = merge(
        account,
        pen,
        target,
        |found| merged(desired, &role, &keys, found).map(Some),
        || place::configuration(account, name, &desired.region),
        |configuration, digests| {
            let document = configuration.map(Text::Configuration);
            place::write(account, pen, &place, &resource, document, digests)
        },
    )
    .await?;
    match merged.document {
        Some(configuration) => Ok(Done { live: Live { configuration }, notes: merged.notes }),
        None => Err(Stop::because(format!("{} is gone", what(desired)))),
    }
}

/// The configuration as a document that something leaves, in one write.
pub fn withdrawal<'a>(desired: &Desired, live: &Live, leaving: &'a BTreeSet<String>) -> Withdrawal<'a> {
    let bucket = &desired.bucket.name;
    Withdrawal {
        place: Place::Replication { bucket: bucket.clone(), region: desired.region.clone() },
        resource: format!("bucket {bucket}"),
        what: what(desired),
        planned: Text::Configuration(live.configuration.clone()),
        leaving,
    }
}

/// For people.
fn what(desired: &Desired) -> String {
    format!("the replication configuration of bucket {}", desired.bucket.name)
}

/// The configuration with our rules in it, as far as their keys are known. A rule of ours that is right
/// already stays as it was read.
fn merged(
    desired: &Desired,
    role: &str,
    keys: &BTreeMap<&LinkName, String>,
    found: Option<&Configuration>,
) -> Result<Configuration, Stop> {
    let before = found.cloned().unwrap_or_else(|| Configuration::new(role));
    let rules: Vec<&RuleElement> = before.rules().collect();
    let priorities = assigned(desired, &rules)?;
    let mut ours = Vec::new();
    for (link, (rule, _)) in &desired.rules {
        let Some(key) = keys.get(link) else { continue };
        let wanted = rule.fields(priorities[link], key);
        let is_right = |found: &&RuleElement| found.id() == Some(&rule.id) && *found.fields() == wanted;
        if !rules.iter().any(is_right) {
            ours.push(rule.build(priorities[link], key)?);
        }
    }
    before.with(desired.bucket.name.as_str(), role, &ours)
}
