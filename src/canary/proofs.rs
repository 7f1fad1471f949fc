//! What a canary needs to be put: things that exist, by having been read or made.

use std::collections::BTreeMap;

use crate::arn::BucketName;
use crate::plan::{Plan, PlanProblem};
use crate::resource::{Awaits, ResourceId, Step, bucket, key, replication, role};
use crate::topology::{KeyId, LinkName};

/// Living things, from a plan that was read or from an apply.
#[derive(Debug, Clone, Default)]
pub struct Proofs {
    /// Keys that exist and can be used.
    pub keys: BTreeMap<KeyId, key::Live>,
    /// Buckets that exist.
    pub buckets: BTreeMap<BucketName, bucket::Live>,
    /// Roles that exist, by their source bucket.
    pub roles: BTreeMap<BucketName, role::Live>,
    /// Replication configurations as they were read, by their source bucket: rules of others take
    /// canaries, too.
    pub replications: BTreeMap<BucketName, replication::Live>,
    /// Links that wait for another team.
    pub awaited: BTreeMap<LinkName, Awaits>,
    /// Links whose steps did not succeed, and why.
    pub unready: BTreeMap<LinkName, String>,
    /// Why a thing is not among the living, with the way out.
    pub reasons: BTreeMap<ResourceId, String>,
}

/// What the plan knows of things that cannot be used.
pub fn reasons(plan: &Plan) -> BTreeMap<ResourceId, String> {
    let reason = |problem: &PlanProblem| {
        let hint = problem.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
        Some((problem.id.clone()?, format!("{}{hint}", problem.message)))
    };
    plan.problems().iter().filter_map(reason).collect()
}

/// What was read of them.
pub fn replications(plan: &Plan) -> BTreeMap<BucketName, replication::Live> {
    let live = |step: &Step<replication::Desired, replication::Live>| step.live.as_ref().ok()?.clone();
    plan.replications.iter().filter_map(|(name, step)| Some((name.clone(), live(step)?))).collect()
}

/// Links of which this side can do nothing more: to other teams that have not granted, and from other teams
/// that have not told their role.
pub fn awaited(plan: &Plan) -> BTreeMap<LinkName, Awaits> {
    let mut awaited = plan.awaited.clone();
    for step in plan.bucket_policies.values() {
        for pair in &step.desired.pairs {
            let role = plan.roles.get(&pair.from.name).and_then(Step::awaited);
            awaited.extend(
                role.into_iter().flat_map(|a| pair.links.iter().map(|link| (link.clone(), a.clone()))),
            );
        }
    }
    awaited
}

impl Proofs {
    /// What was found, whether or not it is as wanted: the canary will tell.
    pub fn found(plan: &Plan) -> Self {
        let live = |seen: &crate::resource::Seen<key::Live>| seen.as_ref().ok().and_then(Clone::clone);
        Self {
            keys: plan.keys.iter().filter_map(|(id, step)| Some((id.clone(), live(&step.live)?))).collect(),
            buckets: plan
                .buckets
                .iter()
                .filter_map(|(name, step)| Some((name.clone(), step.live.as_ref().ok()?.clone()?)))
                .collect(),
            roles: plan
                .roles
                .iter()
                .filter_map(|(name, step)| Some((name.clone(), step.live.as_ref().ok()?.clone()?)))
                .collect(),
            replications: replications(plan),
            awaited: awaited(plan),
            unready: BTreeMap::new(),
            reasons: reasons(plan),
        }
    }
}
