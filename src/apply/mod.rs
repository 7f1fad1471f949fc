//! Applies a plan: every step of every account as soon as what it needs has been handed over.
//!
//! Seven stanzas, one a kind, each using the ones above it. The order of the `let`s is the order of
//! dependence, so there can be no cycle and no forgotten need. Whoever has no link to a failed step
//! goes on.
//!
//! Deliberately absent: deciding. What is to be done comes from [`crate::plan`].

mod handoff;
pub mod outcome;

use std::collections::BTreeMap;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::arn::BucketName;
use crate::aws::Accounts;
use crate::canary::proofs::{Proofs, awaited, reasons, replications as known};
use crate::event::{Event, Events};
use crate::plan::Plan;
use crate::resource::grant::Pair;
use crate::resource::key_policy::Use;
use crate::resource::{
    Blocked, Coverage, ResourceId, bucket, bucket_policy, key, key_policy, replication, role, role_policy,
};
use crate::topology::{KeyId, LinkName, Topology};
use crate::trail::Pen;

use handoff::{Again, Handoff, Ready, Run, Scene, cover, worst};
use outcome::StepOutcome;

/// Applies the plan and says how each step ended, and what exists now.
pub async fn apply(
    topology: &Topology,
    plan: Plan,
    accounts: &Accounts,
    pen: &Pen,
    events: &Events,
    stop: &CancellationToken,
) -> (Vec<StepOutcome>, Proofs) {
    let changes = plan.changes();
    events.send(Event::Applying { steps: changes.iter().filter(|c| c.action.writes()).count() });
    let order: Vec<ResourceId> = changes.into_iter().map(|change| change.id).collect();
    let run = Run::new(accounts, pen, events, stop);
    let again = Again::default();
    let proofs = run_all(topology, &plan, &run, &again).await;
    join_all(again.take()).await;
    (run.outcomes(&order), proofs)
}

async fn run_all<'r>(topology: &'r Topology, plan: &'r Plan, run: &'r Run<'r>, again: &Again<'r>) -> Proofs {
    let Plan { keys, roles, buckets, role_policies, key_policies, bucket_policies, replications, .. } = plan;

    // Replicas of multi-Region keys need their primary, so keys are made in two rounds.
    let mut key_handoffs: BTreeMap<&KeyId, Handoff<'_, key::Live>> = BTreeMap::new();
    let (replicas, primaries): (Vec<_>, Vec<_>) =
        keys.iter().partition(|(id, _)| topology.keys[*id].replica_of.is_some());
    for (id, step) in primaries.into_iter().chain(replicas) {
        let primary = topology.keys[id].replica_of.as_ref().and_then(|id| key_handoffs.get(id)).cloned();
        let ready = async move {
            match primary {
                None => Ok(Ready::all(None)),
                Some(primary) => Ok(Ready::all(Some(primary.await?.live))),
            }
        };
        let handoff = run.step(
            step,
            None,
            key_arn,
            ready,
            |at, desired, live, primary: Option<key::Live>| async move {
                key::apply(at.account, at.pen, desired, live, primary.as_ref()).await
            },
        );
        key_handoffs.insert(id, handoff);
    }
    let keys = &key_handoffs;

    let roles: &BTreeMap<&BucketName, Handoff<'_, role::Live>> = &roles
        .iter()
        .map(|(source, step)| {
            let ready = async { Ok(Ready::all(())) };
            let arn = |live: &role::Live| live.arn().to_string();
            (
                source,
                run.step(step, None, arn, ready, |at, desired, live, ()| {
                    role::apply(at.account, at.pen, desired, live)
                }),
            )
        })
        .collect();

    let buckets: &BTreeMap<&BucketName, Handoff<'_, bucket::Live>> = &buckets
        .iter()
        .map(|(name, step)| {
            let key = keys[&step.desired.spec.key].clone();
            let ready = async move { Ok(Ready::all(key.await?.live)) };
            let arn = |_: &bucket::Live| topology.bucket_arn(name).to_string();
            let work = |at: Scene<'r>, desired, live, key: key::Live| async move {
                bucket::apply(at.account, at.pen, desired, live, &key).await
            };
            (name, run.step(step, None, arn, ready, work))
        })
        .collect();

    let role_policies: &BTreeMap<&BucketName, Handoff<'_, role_policy::Live>> = &role_policies
        .iter()
        .map(|(source, step)| {
            let desired = &step.desired;
            let role = roles[source].clone();
            let ready = async move {
                let role = role.await?.live;
                let mut source_keys = Vec::new();
                for id in &desired.source_keys {
                    source_keys.push(keys[id].clone().await?.live);
                }
                let mut coverage = Coverage::default();
                let mut destinations = Vec::new();
                for (pair, id) in &desired.destinations {
                    let key = keys[id].clone().await.map(|given| given.live);
                    if let Some(key) = cover(&mut coverage, &pair.links, key) {
                        destinations.push((pair.clone(), key));
                    }
                }
                served(coverage, role_policy::Needs { role, source_keys, destinations })
            };
            let arn = |_: &role_policy::Live| desired.role.to_string();
            let work = |at: Scene<'r>,
                        desired,
                        live: Option<role_policy::Live>,
                        needs: role_policy::Needs| async move {
                role_policy::apply(at.account, at.pen, desired, live.as_ref(), &needs).await
            };
            (source, run.step(step, Some(again), arn, ready, work))
        })
        .collect();

    let key_policies: &BTreeMap<&KeyId, Handoff<'_, key_policy::Live>> =
        &key_policies
            .iter()
            .map(|(id, step)| {
                let desired = &step.desired;
                let key = keys[id].clone();
                let ready = async move {
                    let key = key.await?.live;
                    let mut coverage = Coverage::default();
                    let mut users = Vec::new();
                    for usage in &desired.uses {
                        let role = roles[usage.source()].clone().await.map(|given| given.live);
                        if let Some(role) = cover(&mut coverage, &links_of(topology, usage), role) {
                            users.push((usage.clone(), role));
                        }
                    }
                    served(coverage, key_policy::Needs { key, users })
                };
                let arn = |live: &key_policy::Live| live.key().to_string();
                let work = |at: Scene<'r>,
                            desired,
                            live: Option<key_policy::Live>,
                            needs: key_policy::Needs| async move {
                    key_policy::apply(at.account, at.pen, desired, live.as_ref(), &needs).await
                };
                (id, run.step(step, Some(again), arn, ready, work))
            })
            .collect();

    let bucket_policies: &BTreeMap<&BucketName, Handoff<'_, bucket_policy::Live>> = &bucket_policies
        .iter()
        .map(|(name, step)| {
            let desired = &step.desired;
            let bucket = buckets[name].clone();
            let ready = async move {
                let bucket = bucket.await?.live;
                let mut coverage = Coverage::default();
                let mut writers = Vec::new();
                for pair in &desired.pairs {
                    let role = roles[&pair.from.name].clone().await.map(|given| given.live);
                    if let Some(role) = cover(&mut coverage, &pair.links, role) {
                        writers.push((pair.clone(), role));
                    }
                }
                served(coverage, bucket_policy::Needs { bucket, writers })
            };
            let arn = |_: &bucket_policy::Live| desired.bucket.to_string();
            let work = |at: Scene<'r>,
                        desired,
                        live: Option<bucket_policy::Live>,
                        needs: bucket_policy::Needs| async move {
                bucket_policy::apply(at.account, at.pen, desired, live.as_ref(), &needs).await
            };
            (name, run.step(step, Some(again), arn, ready, work))
        })
        .collect();

    let replications: Vec<(&BucketName, Handoff<'_, replication::Live>)> = replications
        .iter()
        .map(|(source, step)| {
            let desired = &step.desired;
            let ready = async move {
                let bucket = buckets[source].clone().await?.live;
                let role = roles[source].clone().await?.live;
                let role_policy = role_policies[source].clone().await?;
                let mut coverage = Coverage::default();
                let mut destinations = BTreeMap::new();
                for (link, (_, key)) in &desired.rules {
                    let found = async {
                        role_policy.covers(link)?;
                        // Refused objects are not tried again: every grant is in place before the rule.
                        for id in topology.buckets[source].keys() {
                            key_policies[id].clone().await?.covers(link)?;
                        }
                        let to = &topology.links[link].to;
                        if topology.is_remote(&topology.buckets[to].account) {
                            granted(plan, link, to)?;
                        } else {
                            key_policies[key].clone().await?.covers(link)?;
                        }
                        if let Some(policy) = bucket_policies.get(to) {
                            policy.clone().await?.covers(link)?;
                        }
                        Ok(replication::Destination {
                            bucket: buckets[to].clone().await?.live,
                            key: keys[key].clone().await?.live,
                        })
                    };
                    let found: Result<_, Blocked> = found.await;
                    if let Some(destination) = cover(&mut coverage, std::slice::from_ref(link), found) {
                        destinations.insert(link.clone(), destination);
                    }
                }
                let role_policy = role_policy.live;
                served(coverage, replication::Needs { bucket, role, role_policy, destinations })
            };
            let arn = |_: &replication::Live| desired.bucket.to_string();
            let work = |at: Scene<'r>,
                        desired,
                        live: Option<replication::Live>,
                        needs: replication::Needs| async move {
                replication::apply(at.account, at.pen, desired, live.as_ref(), &needs).await
            };
            (source, run.step(step, Some(again), arn, ready, work))
        })
        .collect();

    // All of them at once: a step starts when what it needs is there, not when somebody asks for it.
    let (keys, roles, buckets, _, _, _, replications) = futures_util::join!(
        living(keys),
        living(roles),
        living(buckets),
        join_all(role_policies.values().cloned()),
        join_all(key_policies.values().cloned()),
        join_all(bucket_policies.values().cloned()),
        join_all(replications.into_iter().map(|(source, handoff)| async move { (source, handoff.await) })),
    );
    let mut unready = BTreeMap::new();
    for (source, replication) in replications {
        for (name, _) in topology.links_from(source) {
            let found = replication.as_ref().map_err(Clone::clone).and_then(|given| given.covers(name));
            if let Err(blocked) = found {
                let why = format!("{} did not succeed, so there is nothing to prove yet", blocked.by);
                unready.insert(name.clone(), why);
            }
        }
    }
    let awaited = awaited(plan);
    Proofs { keys, buckets, roles, replications: known(plan), awaited, unready, reasons: reasons(plan) }
}

/// What the steps of a kind have given.
async fn living<K: Clone + Ord, L: Clone>(handoffs: &BTreeMap<&K, Handoff<'_, L>>) -> BTreeMap<K, L> {
    let given = join_all(handoffs.iter().map(|(id, handoff)| async { (*id, handoff.clone().await) })).await;
    given.into_iter().filter_map(|(id, given)| Some(((*id).clone(), given.ok()?.live))).collect()
}

fn key_arn(live: &key::Live) -> String {
    live.arn().to_string()
}

/// Whether a link's destination, which is another team's, has granted it.
fn granted(plan: &Plan, link: &LinkName, to: &BucketName) -> Result<(), Blocked> {
    let bucket = plan.buckets.get(to).map(|step| bucket::resource_id(&step.desired));
    match (plan.awaited.get(link), bucket) {
        (Some(awaits), Some(by)) => Err(Blocked { by, awaits: Some(awaits.clone()) }),
        _ => Ok(()),
    }
}

/// A document that serves no link is not written; one that serves some is.
fn served<N>(coverage: Coverage, needs: N) -> Result<Ready<N>, Blocked> {
    match worst(&coverage) {
        Some(blocked) if coverage.links.is_empty() => Err(blocked.clone()),
        _ => Ok(Ready { needs, coverage }),
    }
}

/// The links that a use of a key serves.
fn links_of(topology: &Topology, usage: &Use) -> Vec<LinkName> {
    match usage {
        Use::Decrypt(source) => {
            topology.links_from(&source.bucket.name).map(|(name, _)| name.clone()).collect()
        }
        Use::Encrypt(Pair { links, .. }) => links.clone(),
    }
}
