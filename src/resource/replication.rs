//! The replication configuration of a source bucket: one rule of ours for each link.
//!
//! S3 replaces the whole configuration with each write, and does not try an object again whose
//! replication was refused; so rules are written last, when every grant is in place, and together
//! with the rules that others made, which stay as they are.
//!
//! Deliberately absent: V1 rules of our own, and rules for objects that exist already.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{ReplicationConfiguration, ReplicationRule};
use serde_json::Value;

use crate::arn::{BucketArn, BucketName, RoleArn};
use crate::aws::{Account, AwsError, Patience};
use crate::topology::{AccountName, KeyId, LinkName, Topology};

use super::rule::{self, Rule};
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

/// A configuration that was read or written.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    configuration: ReplicationConfiguration,
}

impl Live {
    /// The role that the configuration names, if rules of others depend on it: it must be kept.
    pub fn role_of_others(&self, marker: &str) -> Option<&str> {
        let ours = |rule: &ReplicationRule| rule.id().is_some_and(|id| id.starts_with(&format!("{marker}-")));
        let others = self.configuration.rules().iter().any(|rule| !ours(rule));
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
    Ok(read(account, region, source).await?.map(|configuration| Live { configuration }))
}

async fn read(
    account: &Account,
    region: &crate::arn::Region,
    bucket: &BucketName,
) -> Result<Option<ReplicationConfiguration>, AwsError> {
    let s3 = account.s3(region);
    let request =
        s3.client.get_bucket_replication().bucket(bucket.as_str()).expected_bucket_owner(s3.account_id());
    let answer =
        s3.find("GetBucketReplication", &format!("bucket {bucket}"), || request.clone().send()).await?;
    Ok(answer.and_then(|a| a.replication_configuration))
}

/// How the configuration differs from what is wanted; `key_name` gives a key's ARN, or says where it
/// will come from.
pub fn diff(
    desired: Desired,
    live: Seen<Live>,
    key_name: &dyn Fn(&KeyId) -> Option<String>,
) -> Step<Desired, Live> {
    let rules: &[ReplicationRule] = match &live {
        Ok(Some(live)) => live.configuration.rules(),
        _ => &[],
    };
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
    match assigned(&desired, rules) {
        Err(clash) => stop = Some(clash),
        Ok(priorities) => {
            for (link, (rule, key)) in &desired.rules {
                let name = format!("rule {} (link {link})", rule.id);
                let found = rules.iter().find(|r| r.id() == Some(&rule.id)).map(rule::fields_of);
                let mut wanted = rule.fields(priorities[link], &key_name(key).unwrap_or_default());
                if key_name(key).is_none() {
                    notes.push(format!("what concerns key {key} was not compared"));
                    let kept = found.as_ref().and_then(|f| f.get(rule::REPLICA_KEY)).cloned();
                    wanted.insert(rule::REPLICA_KEY.to_owned(), kept.unwrap_or(Value::Null));
                }
                match found {
                    None => details.push(Difference::added(name, Value::Object(rule::set_fields(wanted)))),
                    Some(found) => details.extend(rule::differences(&name, &found, &wanted)),
                }
            }
        }
    }
    let others = others(&desired, rules);
    if unread {
        details.clear();
    }
    let action = if matches!(live, Ok(Some(_))) { Action::Update } else { Action::Create };
    let action = super::decided(unread, &details, action);
    if others > 0 && action != Action::Keep {
        notes.push(super::kept(others, "rule"));
    }
    notes.extend(strays(&desired, rules));
    let change = Change { id: resource_id(&desired), action, details, notes };
    let live = match stop {
        Some(stop) => live.and(Err(stop)),
        None => live,
    };
    Step { change, desired, live }
}

fn others(desired: &Desired, rules: &[ReplicationRule]) -> usize {
    let ours = |rule: &ReplicationRule| desired.rules.values().any(|(r, _)| rule.id() == Some(&r.id));
    rules.iter().filter(|rule| !ours(rule)).count()
}

/// Rules with our marker that belong to no link of this map: another map's, or of a link that was
/// taken out or pointed elsewhere, and that still replicates.
fn strays(desired: &Desired, rules: &[ReplicationRule]) -> Vec<String> {
    let ours = |id: &str| desired.rules.values().any(|(rule, _)| rule.id == id);
    rules
        .iter()
        .filter_map(|rule| Some((rule.id()?, rule.destination().map_or("", |d| d.bucket()))))
        .filter(|(id, _)| id.starts_with(&format!("{}-", desired.marker)) && !ours(id))
        .map(|(id, to)| {
            format!("rule {id} to {to} is of no link selected here: another map's, or a former link that still replicates")
        })
        .collect()
}

/// Each link's priority: as the map says; else as its rule has it already; else the next free one,
/// in the order of the links' names. S3 wants them different from each other.
fn assigned(desired: &Desired, rules: &[ReplicationRule]) -> Result<BTreeMap<LinkName, i32>, Stop> {
    let found = |id: &str| rules.iter().find(|r| r.id() == Some(id)).and_then(|r| r.priority());
    let is_ours = |rule: &ReplicationRule| desired.rules.values().any(|(r, _)| rule.id() == Some(&r.id));
    let mut taken: Vec<i32> = rules.iter().filter(|r| !is_ours(r)).filter_map(|r| r.priority()).collect();
    let mut priorities = BTreeMap::new();
    for (link, (rule, _)) in &desired.rules {
        if let Some(priority) = rule.priority {
            if taken.contains(&priority) {
                return Err(Stop::new(
                    format!(
                        "link {link} has priority {priority}, which another rule of bucket {} has already",
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
        let kept = found(&rule.id).filter(|p| !taken.contains(p));
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
    pen: &crate::trail::Pen,
    desired: &Desired,
    _: Option<&Live>,
    needs: &Needs,
) -> Result<Done<Live>, Stop> {
    let s3 = account.s3(&desired.region);
    let name = needs.bucket.name();
    let resource = format!("bucket {name}");
    let begun = tokio::time::Instant::now();
    loop {
        // Read again just before it is written: others may have changed it since the plan.
        let found = read(account, &desired.region, name).await?;
        let configuration = merged(desired, needs, found.as_ref())?;
        if found.as_ref() == Some(&configuration) {
            return Ok(Done::quietly(Live { configuration }));
        }
        let request = s3
            .client
            .put_bucket_replication()
            .bucket(name.as_str())
            .expected_bucket_owner(s3.account_id())
            .replication_configuration(configuration);
        let patience = Patience::until_replication_is_possible();
        let write = crate::aws::Write::new("PutBucketReplication", &resource);
        s3.write(pen, write, patience, || request.clone().send()).await?;
        for tries in 1..=5 {
            let found = read(account, &desired.region, name).await?;
            if let Some(configuration) = found
                && merged(desired, needs, Some(&configuration))? == configuration
            {
                return Ok(Done::quietly(Live { configuration }));
            }
            if begun.elapsed() > Patience::repeatable().deadline {
                return Err(Stop::new(
                    format!(
                        "the replication configuration of {resource} was written but does not hold our rules when it is read back"
                    ),
                    "another tool may be writing it at the same time: stop that, and run the command again",
                ));
            }
            tokio::time::sleep(Patience::wait(tries)).await;
        }
    }
}

/// The configuration with our rules in it. A rule of ours that is right already stays as it was read.
fn merged(
    desired: &Desired,
    needs: &Needs,
    found: Option<&ReplicationConfiguration>,
) -> Result<ReplicationConfiguration, Stop> {
    let mut rules = found.map(|c| c.rules().to_vec()).unwrap_or_default();
    let priorities = assigned(desired, &rules)?;
    for (link, (rule, _)) in &desired.rules {
        let Some(destination) = needs.destinations.get(link) else { continue };
        let key = destination.key.arn().to_string();
        let wanted = rule.fields(priorities[link], &key);
        let at = rules.iter().position(|r| r.id() == Some(&rule.id));
        match at {
            Some(at) if rule::fields_of(&rules[at]) == wanted => {}
            Some(at) => rules[at] = rule.build(priorities[link], &destination.key)?,
            None => rules.push(rule.build(priorities[link], &destination.key)?),
        }
    }
    ReplicationConfiguration::builder()
        .role(needs.role.arn().to_string())
        .set_rules(Some(rules))
        .build()
        .map_err(|e| Stop::because(e.to_string()))
}
