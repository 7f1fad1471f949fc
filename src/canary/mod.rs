//! Proves links: a small object is put, and its replica must arrive in the other account, under the
//! other account's key.
//!
//! All links at once; links of one source bucket with the same filter share a canary, since S3 sends
//! it to all of them anyway. Whatever happens, its versions are removed in every account that it may
//! have reached: an object whose replication failed pauses lifecycle rules.
//!
//! Deliberately absent: proving what exists already. A canary proves that what is written from now on
//! will be replicated.

mod arrival;
mod broom;
mod compare;
mod object;
mod probe;
pub mod proofs;
pub mod result;
mod run;

pub use broom::PREFIX;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::arn::BucketName;
use crate::aws::{Account, Accounts, Lane};
use crate::event::{Event, Events};
use crate::observe::unreachable;
use crate::resource::{ResourceId, bucket, key};
use crate::topology::{Bucket, Link, LinkName, Topology};
use crate::trail::Pen;

use proofs::Proofs;
use result::{LinkResult, LinkStatus};

/// How to check.
#[derive(Debug, Clone, Copy)]
pub struct CheckOptions {
    /// Until S3 must have replicated the canary.
    pub timeout: Duration,
    /// Also prove a multipart and a tagged object.
    pub variants: bool,
}

/// A source bucket, a prefix and tags: what a rule selects by.
type Filter<'a> = (&'a BucketName, &'a str, &'a BTreeMap<String, String>);

/// Checks every link of the topology for which there are `proofs`; the results are in the order of
/// the links' names.
pub async fn check(
    topology: &Topology,
    accounts: &Accounts,
    pen: &Pen,
    proofs: &Proofs,
    options: &CheckOptions,
    events: &Events,
    stop: &CancellationToken,
) -> Vec<LinkResult> {
    let check = Check { topology, accounts, pen, proofs, options, events, stop };
    let mut results: BTreeMap<&LinkName, LinkResult> =
        topology.links.iter().map(|(name, link)| (name, check.unproven(name, link))).collect();
    let mut groups: BTreeMap<Filter<'_>, Vec<(&LinkName, &Link)>> = BTreeMap::new();
    let mut arrivals = Vec::new();
    for (name, link) in &topology.links {
        if let Some(awaits) = proofs.awaited.get(name) {
            if let Some(result) = results.get_mut(name) {
                result.status = LinkStatus::Awaited;
                result.problems.push(format!("waits for {awaits}"));
            }
            continue;
        }
        match check.may_run(name, link) {
            Ok(()) if topology.is_remote(&topology.buckets[&link.from].account) => {
                arrivals.push(check.arrival(name, link));
            }
            Ok(()) => groups.entry((&link.from, &link.prefix, &link.tags)).or_default().push((name, link)),
            Err(why) => {
                if let Some(result) = results.get_mut(name) {
                    result.problems.push(why);
                }
            }
        }
    }
    events.send(Event::Checking { links: groups.values().map(Vec::len).sum::<usize>() + arrivals.len() });
    let (proven, arrived) = futures_util::join!(
        join_all(groups.into_values().map(|links| check.group(links))),
        join_all(arrivals)
    );
    for result in proven.into_iter().flatten().chain(arrived) {
        let name = result.link.clone();
        if let Some((key, _)) = topology.links.get_key_value(&name) {
            results.insert(key, result);
        }
    }
    results.into_values().collect()
}

struct Check<'a> {
    topology: &'a Topology,
    accounts: &'a Accounts,
    pen: &'a Pen,
    proofs: &'a Proofs,
    options: &'a CheckOptions,
    events: &'a Events,
    stop: &'a CancellationToken,
}

/// One bucket that a canary is put into or arrives in, with the permission to work there.
struct Side<'a> {
    account: &'a Account,
    pen: &'a Pen,
    bucket: &'a Bucket,
    live: &'a bucket::Live,
    key: &'a key::Live,
}

impl Side<'_> {
    fn s3(&self) -> Lane<aws_sdk_s3::Client> {
        self.account.s3(&self.bucket.region)
    }

    fn name(&self) -> &str {
        self.live.name().as_str()
    }
}

impl<'a> Check<'a> {
    fn unproven(&self, name: &LinkName, link: &Link) -> LinkResult {
        let describe = |bucket: &BucketName| format!("{bucket} ({})", self.topology.buckets[bucket].account);
        LinkResult {
            link: name.clone(),
            from: describe(&link.from),
            to: describe(&link.to),
            status: LinkStatus::NotRun,
            seconds: None,
            replica: None,
            problems: Vec::new(),
        }
    }

    /// Whether a canary may be put for the link, or why not.
    fn may_run(&self, name: &LinkName, link: &Link) -> Result<(), String> {
        if !link.check {
            return Err("its entry says `check = false`".to_owned());
        }
        if !link.enabled {
            return Err("its rule is disabled (`enabled = false`)".to_owned());
        }
        if let Some(why) = self.proofs.unready.get(name) {
            return Err(why.clone());
        }
        if self.stop.is_cancelled() {
            return Err("the run was interrupted before its check".to_owned());
        }
        for bucket in [&link.from, &link.to].into_iter().filter(|bucket| !self.is_remote(bucket)) {
            self.side(bucket)?;
        }
        Ok(())
    }

    fn is_remote(&self, bucket: &BucketName) -> bool {
        self.topology.is_remote(&self.topology.buckets[bucket].account)
    }

    /// Destinations of all links that take the link's canary.
    fn reached(&self, link: &'a Link) -> Vec<&'a BucketName> {
        let takes = |other: &Link| {
            other.enabled
                && link.prefix.starts_with(&other.prefix)
                && other.tags.iter().all(|(key, value)| link.tags.get(key) == Some(value))
        };
        let mut reached: Vec<&BucketName> = self
            .topology
            .links_from(&link.from)
            .filter(|(_, other)| takes(other))
            .map(|(_, l)| &l.to)
            .collect();
        reached.sort();
        reached.dedup();
        reached
    }

    /// Rules that take the link's canary to buckets that are not looked at here: of others, or of links
    /// that were not selected.
    fn taken_elsewhere(&self, link: &Link) -> Vec<String> {
        let known: Vec<String> =
            self.reached(link).into_iter().map(|to| self.topology.bucket_arn(to).to_string()).collect();
        let folder = format!("{}{}", link.prefix, broom::PREFIX);
        let rules = self.proofs.replications.get(&link.from).into_iter().flat_map(|live| live.rules());
        rules
            .filter(|rule| rule.takes(&folder, &link.tags) && !known.iter().any(|arn| arn == rule.destination()))
            .map(|rule| {
                format!(
                    "{} took the canary to {}, too, which is not looked at here: what is under {folder} there may go",
                    rule.name(),
                    rule.destination()
                )
            })
            .collect()
    }

    fn side(&self, name: &BucketName) -> Result<Side<'a>, String> {
        let bucket = &self.topology.buckets[name];
        let account = self
            .accounts
            .get(&bucket.account)
            .ok_or_else(|| unreachable(self.accounts, &bucket.account).message)?;
        let because = |id: ResourceId| match self.proofs.reasons.get(&id) {
            Some(reason) => format!("{id}: {reason}"),
            None => format!("{id} does not exist; `bucketbridge apply` makes it"),
        };
        let id = || bucket::resource_id(&bucket::desired(self.topology, name));
        let live = self.proofs.buckets.get(name).ok_or_else(|| because(id()))?;
        let key = self.proofs.keys.get(&bucket.key).ok_or_else(|| because(key::resource_id(&bucket.key)))?;
        if live.locks_by_default() {
            return Err(format!(
                "bucket {name} keeps new objects by default (Object Lock), so a canary could not be removed; \
                 set `check = false` and prove the link with an object that may stay"
            ));
        }
        Ok(Side { account, pen: self.pen, bucket, live, key })
    }

    async fn group(&self, links: Vec<(&'a LinkName, &'a Link)>) -> Vec<LinkResult> {
        let mut results: Vec<LinkResult> =
            links.iter().map(|(name, link)| self.unproven(name, link)).collect();
        let Some((_, first)) = links.first() else { return results };
        let Ok(from) = self.side(&first.from) else { return results };
        let all = self.reached(first);
        // The other team looks for it, and removes it.
        let here = all.iter().filter(|to| !self.is_remote(to));
        let (reached, beyond): (Vec<_>, Vec<_>) = here.map(|to| self.side(to)).partition(Result::is_ok);
        let reached: Vec<Side<'_>> = reached.into_iter().flatten().collect();
        let probe = probe::Probe {
            links: &links,
            from: &from,
            reached: &reached,
            shared: all.len() > 1,
            options: self.options,
            events: self.events,
            stop: self.stop,
            role_is_young: self
                .proofs
                .roles
                .get(&first.from)
                .is_some_and(|role| role.is_younger_than(probe::YOUNG)),
        };
        probe.prove(&mut results).await;
        for why in beyond.into_iter().filter_map(Result::err) {
            let remark =
                format!("the canary may also have reached a bucket where it could not be removed: {why}");
            results.iter_mut().for_each(|result| result.problems.push(remark.clone()));
        }
        for remark in self.taken_elsewhere(first) {
            results.iter_mut().for_each(|result| result.problems.push(remark.clone()));
        }
        for result in &results {
            self.events.send(Event::LinkEnded { link: result.link.clone(), status: result.status });
        }
        results
    }
}
