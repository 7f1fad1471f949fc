//! What would have to change: the seven diffs, assembled. Pure.
//!
//! A plan is a decision, not a payload: documents are rendered again when they are written, from
//! values that were handed over, so nothing that is sent can hold a placeholder.

mod alias;
mod awaiting;
pub mod since;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::arn::BucketName;
use crate::observe::Observed;
use crate::resource::unmanaged::hands_off;
use crate::resource::{
    Action, Awaits, Change, Difference, ResourceId, Seen, Step, Stop, bucket, bucket_policy, key, key_policy,
    replication, role, role_policy,
};
use crate::topology::{AccountName, KeyId, LinkName, Topology};

/// Each resource with what is wanted, what is there, and how the two differ.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Each key.
    pub keys: BTreeMap<KeyId, Step<key::Desired, key::Live>>,
    /// The role of each source bucket.
    pub roles: BTreeMap<BucketName, Step<role::Desired, role::Live>>,
    /// Each bucket.
    pub buckets: BTreeMap<BucketName, Step<bucket::Desired, bucket::Live>>,
    /// The inline policy of each source bucket's role.
    pub role_policies: BTreeMap<BucketName, Step<role_policy::Desired, role_policy::Live>>,
    /// Each key's policy.
    pub key_policies: BTreeMap<KeyId, Step<key_policy::Desired, key_policy::Live>>,
    /// Each destination bucket's policy, where one is needed.
    pub bucket_policies: BTreeMap<BucketName, Step<bucket_policy::Desired, bucket_policy::Live>>,
    /// Each source bucket's replication configuration.
    pub replications: BTreeMap<BucketName, Step<replication::Desired, replication::Live>>,
    /// Links to buckets of other teams that have not granted yet.
    pub awaited: BTreeMap<LinkName, Awaits>,
    /// Accounts of other teams: what is theirs is no step of this plan.
    remote: BTreeSet<AccountName>,
    problems: Vec<PlanProblem>,
}

/// A step that is known to fail before it is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanProblem {
    /// Which one.
    pub id: Option<ResourceId>,
    /// Why.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Field by field, what would have to be changed, as far as it is known.
    pub details: Vec<Difference>,
}

impl fmt::Display for PlanProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{id}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// Compares what is wanted with what was found.
pub fn plan(topology: &Topology, observed: Observed) -> Plan {
    // Destructured whole, so that an eighth kind cannot be forgotten.
    let Observed {
        mut keys,
        key_policies,
        buckets,
        bucket_policies,
        replications,
        roles,
        role_policies,
        awaited,
    } = observed;
    stop_twins(&mut keys);
    let names: BTreeMap<KeyId, String> =
        keys.iter().filter_map(|(id, (_, seen))| Some((id.clone(), key::name(id, seen)?))).collect();
    let former = alias::former(&keys, &buckets, &role_policies, &replications);
    let key_name = |id: &KeyId| names.get(id).cloned();
    let arns: BTreeMap<BucketName, _> =
        roles.iter().map(|(name, (d, _))| (name.clone(), d.arn.clone())).collect();
    let role_of =
        |name: &BucketName| arns.get(name).cloned().unwrap_or_else(|| role::arn_by_map(topology, name));
    let hands = Hands(topology);
    let keys: BTreeMap<_, _> = keys
        .into_iter()
        .map(|(id, (d, s))| {
            if topology.is_remote(&id.account) {
                let step = Step::told(key::resource_id(&id), d, s);
                return (id, step);
            }
            let step = hands.key(&id, key::diff(d, s));
            let managed = topology.keys.get(&id).is_none_or(|key| key.manage);
            let step = match former.get(&id) {
                Some(former) => alias::said(step, former, managed),
                None => step,
            };
            (id, step)
        })
        .collect();
    let buckets: BTreeMap<_, _> = buckets
        .into_iter()
        .map(|(name, (d, s))| {
            if topology.is_remote(&d.spec.account) {
                return (name, Step::told(bucket::resource_id(&d), d, s));
            }
            let key = key_name(&d.spec.key);
            let step = bucket::diff(d, s, key.as_deref());
            (name.clone(), hands.bucket(&name, step))
        })
        .collect();
    let roles: BTreeMap<_, _> = roles
        .into_iter()
        .map(|(name, (d, s))| match topology.is_remote(&d.account) {
            true => (name, Step::told(role::resource_id(&d), d, s)),
            false => (name, role::diff(d, s)),
        })
        .collect();
    let mut plan = Plan {
        role_policies: role_policies
            .into_iter()
            .map(|(name, (d, s))| {
                let seen = on(roles.get(&name), s);
                (name, role_policy::diff(d, seen, &key_name))
            })
            .collect(),
        key_policies: key_policies
            .into_iter()
            .map(|(id, (d, s))| {
                let step = key_policy::diff(d, on(keys.get(&id), s), &role_of);
                (id.clone(), hands.key(&id, step))
            })
            .collect(),
        bucket_policies: bucket_policies
            .into_iter()
            .map(|(name, (d, s))| {
                let step = bucket_policy::diff(d, on(buckets.get(&name), s), &role_of);
                (name.clone(), hands.bucket(&name, step))
            })
            .collect(),
        replications: replications
            .into_iter()
            .map(|(name, (d, s))| {
                let step = replication::diff(d, on(buckets.get(&name), s), &key_name);
                (name.clone(), hands.bucket(&name, step))
            })
            .collect(),
        keys,
        roles,
        buckets,
        awaited,
        remote: topology.accounts.keys().filter(|name| topology.is_remote(name)).cloned().collect(),
        problems: Vec::new(),
    };
    awaiting::mark(&mut plan);
    plan.problems = plan.stops();
    plan
}

/// What is read on a thing. On one that does not exist and cannot be made, nobody knows what will be.
fn on<D, L, M>(thing: Option<&Step<D, M>>, seen: Seen<L>) -> Seen<L> {
    match (seen, thing) {
        (Ok(None), Some(step)) if step.change.action == Action::Create && step.live.is_err() => {
            Err(Stop::waits_for(step.change.id.clone()))
        }
        (seen, _) => seen,
    }
}

/// Keeps steps on things that the map does not manage from being written.
struct Hands<'a>(&'a Topology);

impl Hands<'_> {
    fn key<D, L>(&self, id: &KeyId, step: Step<D, L>) -> Step<D, L> {
        let managed = self.0.keys.get(id).is_none_or(|key| key.manage);
        self.off(managed, &format!("key {id}"), &id.account, step)
    }

    fn bucket<D, L>(&self, name: &BucketName, step: Step<D, L>) -> Step<D, L> {
        let Some(bucket) = self.0.buckets.get(name) else { return step };
        self.off(bucket.manage, &format!("bucket {name}"), &bucket.account, step)
    }

    fn off<D, L>(&self, managed: bool, what: &str, account: &AccountName, step: Step<D, L>) -> Step<D, L> {
        if managed {
            return step;
        }
        let id = &self.0.account(account).id;
        hands_off(step, &format!("whoever manages {what} in account {account} ({id})"))
    }
}

/// Two names of one key would be two steps that write one policy.
fn stop_twins(keys: &mut BTreeMap<KeyId, (key::Desired, Seen<key::Live>)>) {
    let mut known: BTreeMap<String, KeyId> = BTreeMap::new();
    for (id, (_, seen)) in keys.iter_mut() {
        let Ok(Some(live)) = seen else { continue };
        let arn = live.arn().to_string();
        match known.get(&arn) {
            Some(first) => {
                *seen = Err(Stop::new(
                    format!("{} and {} are the same key ({arn})", first.name, id.name),
                    "name it the same way everywhere in the profile map",
                ));
            }
            None => {
                known.insert(arn, id.clone());
            }
        }
    }
}

impl Plan {
    /// Every step's part, in the order in which things happen.
    pub fn changes(&self) -> Vec<Change> {
        self.parts().into_iter().map(|(change, _)| change.clone()).collect()
    }

    /// Steps that are known to fail before they are tried; what does not depend on them can be done.
    pub fn problems(&self) -> &[PlanProblem] {
        &self.problems
    }

    fn stops(&self) -> Vec<PlanProblem> {
        let problem = |(change, stop): (&Change, Option<&Stop>)| {
            stop.map(|stop| PlanProblem {
                id: Some(change.id.clone()),
                message: stop.message.clone(),
                hint: stop.hint.clone(),
                details: change.details.clone(),
            })
        };
        self.parts().into_iter().filter_map(problem).collect()
    }

    fn parts(&self) -> Vec<(&Change, Option<&Stop>)> {
        let Plan {
            keys,
            roles,
            buckets,
            role_policies,
            key_policies,
            bucket_policies,
            replications,
            awaited: _,
            remote,
            problems: _,
        } = self;
        let mut parts = Vec::new();
        parts.extend(keys.values().map(|s| (&s.change, s.live.as_ref().err())));
        parts.extend(roles.values().map(|s| (&s.change, s.live.as_ref().err())));
        parts.extend(buckets.values().map(|s| (&s.change, s.live.as_ref().err())));
        parts.extend(role_policies.values().map(|s| (&s.change, s.live.as_ref().err())));
        parts.extend(key_policies.values().map(|s| (&s.change, s.live.as_ref().err())));
        parts.extend(bucket_policies.values().map(|s| (&s.change, s.live.as_ref().err())));
        parts.extend(replications.values().map(|s| (&s.change, s.live.as_ref().err())));
        parts.retain(|(change, _)| !remote.contains(&change.id.account));
        parts
    }
}
