//! Whether both accounts are as the profile map says: each resource, and each link over both sides.
//! Pure.
//!
//! Deliberately absent: proof. Documents that agree may still not replicate; `check` tells.

use serde::Serialize;

use crate::iam::{Marker, link_hash};
use crate::observe::Observed;
use crate::plan::{self, Plan};
use crate::resource::{Action, Change, Difference, ResourceId, bucket, key, key_policy};
use crate::topology::{Link, LinkName, Topology};

/// How one resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As the profile map says.
    Ok,
    /// It exists and differs.
    Drift,
    /// It does not exist.
    Missing,
    /// It could not be read, or cannot be judged.
    Unknown,
    /// It waits for another team.
    Awaited,
}

impl State {
    /// As tables and JSON print it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Drift => "drift",
            Self::Missing => "missing",
            Self::Unknown => "unknown",
            Self::Awaited => "awaited",
        }
    }
}

/// One resource.
#[derive(Debug, Clone, Serialize)]
pub struct ResourceStatus {
    /// Which one.
    #[serde(flatten)]
    pub id: ResourceId,
    /// How it is.
    pub state: State,
    /// Field by field, what is there and what should be.
    pub differences: Vec<Difference>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// One link, over both accounts.
#[derive(Debug, Clone, Serialize)]
pub struct LinkAgreement {
    /// The link's entry.
    pub link: LinkName,
    /// `bucket (account)`.
    pub from: String,
    /// `bucket (account)`.
    pub to: String,
    /// Whether everything that the link needs is as the profile map says, on both sides; `None`: nothing
    /// is known to differ, but not everything could be read.
    pub agrees: Option<bool>,
    /// What is not, and in which account.
    pub problems: Vec<String>,
    /// All that lacks waits for another team.
    pub awaited: bool,
}

/// Everything.
#[derive(Debug, Clone)]
pub struct Status {
    /// In the order in which they are made.
    pub resources: Vec<ResourceStatus>,
    /// In the order of their names.
    pub links: Vec<LinkAgreement>,
}

/// Compares what was found with the profile map.
pub fn status(topology: &Topology, observed: Observed) -> Status {
    of_plan(topology, &plan::plan(topology, observed))
}

/// The same of a plan that was made already.
pub fn of_plan(topology: &Topology, plan: &Plan) -> Status {
    let resources: Vec<ResourceStatus> =
        plan.changes().into_iter().map(|change| resource(plan, change)).collect();
    let links =
        topology.links.iter().map(|(name, link)| agreement(topology, plan, &resources, name, link)).collect();
    Status { resources, links }
}

fn resource(plan: &Plan, change: Change) -> ResourceStatus {
    let problem = plan.problems().iter().find(|problem| problem.id.as_ref() == Some(&change.id));
    let mut notes = change.notes;
    if let Some(problem) = problem {
        notes.push(problem.message.clone());
        notes.extend(problem.hint.clone());
    }
    // What cannot be put right may still be known to be wrong.
    let unknown = problem.is_some_and(|problem| problem.details.is_empty());
    let state = match change.action {
        _ if unknown => State::Unknown,
        Action::Keep => State::Ok,
        Action::Update | Action::Delete => State::Drift,
        Action::Create => State::Missing,
        Action::Await => State::Awaited,
    };
    ResourceStatus { id: change.id, state, differences: change.details, notes }
}

/// What the link needs, in both accounts.
pub fn needed(topology: &Topology, plan: &Plan, link: &Link) -> Vec<ResourceId> {
    let mut needed: Vec<ResourceId> = Vec::new();
    for side in [&link.from, &link.to] {
        needed.extend(plan.buckets.get(side).map(|step| bucket::resource_id(&step.desired)));
        for id in
            topology.buckets[side].keys().filter(|_| *side == link.from).chain([&topology.buckets[side].key])
        {
            needed.extend([key::resource_id(id), key_policy::resource_id(id)]);
        }
    }
    needed.extend(plan.roles.get(&link.from).map(|step| step.change.id.clone()));
    needed.extend(plan.role_policies.get(&link.from).map(|step| step.change.id.clone()));
    needed.extend(plan.bucket_policies.get(&link.to).map(|step| step.change.id.clone()));
    needed.extend(plan.replications.get(&link.from).map(|step| step.change.id.clone()));
    needed
}

fn agreement(
    topology: &Topology,
    plan: &Plan,
    resources: &[ResourceStatus],
    name: &LinkName,
    link: &Link,
) -> LinkAgreement {
    let needed = needed(topology, plan, link);
    let marker = Marker(&topology.marker);
    let from = &topology.account(&topology.buckets[&link.from].account).id;
    let hashes = [Some(&link.to), None].map(|to| link_hash(from, &link.from, to));
    // A document that several links share may differ in what concerns another one alone.
    let concerns = |difference: &&Difference| {
        let field = &difference.field;
        let sid = field.strip_prefix("statement ").and_then(|rest| rest.split(':').next());
        match (field.split_once("(link "), sid.and_then(|sid| marker.hash_of(sid))) {
            (Some((_, rest)), _) => rest.split(')').next() == Some(name.0.as_str()),
            (None, Some(hash)) => hashes.iter().any(|own| own == hash),
            (None, None) => true,
        }
    };
    let mut differs = false;
    let mut awaited = true;
    let mut problems = Vec::new();
    for resource in resources.iter().filter(|r| r.state != State::Ok && needed.contains(&r.id)) {
        let state = resource.state.as_str();
        let own: Vec<&Difference> = resource.differences.iter().filter(concerns).collect();
        differs |= resource.state != State::Unknown && !own.is_empty();
        awaited &= resource.state == State::Awaited || (own.is_empty() && !resource.differences.is_empty());
        match own.as_slice() {
            [] if !resource.differences.is_empty() => {}
            [] => problems.push(format!("{}: {state}", resource.id)),
            [one] => problems.push(format!("{}: {state}: {}", resource.id, one.field)),
            [one, rest @ ..] => {
                problems.push(format!("{}: {state}: {} and {} more", resource.id, one.field, rest.len()));
            }
        }
    }
    let describe = |bucket| format!("{bucket} ({})", topology.buckets[bucket].account);
    LinkAgreement {
        link: name.clone(),
        from: describe(&link.from),
        to: describe(&link.to),
        agrees: if problems.is_empty() { Some(true) } else { differs.then_some(false) },
        awaited: awaited && !problems.is_empty(),
        problems,
    }
}
