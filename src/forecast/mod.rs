//! What the accounts would be like once a plan is applied, for the doctor to judge before the first write.
//!
//! What the profile map manages is taken from the plan. The rest decides as well, and is read: the policies
//! of buckets that have none of ours, the other policies and the boundary of a role, and whatever the map
//! does not manage.
//!
//! Deliberately absent: judging, and refusing. A step that cannot be done is the plan's problem, so what it
//! would make counts as not read.

mod planned;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use futures_util::join;

use crate::arn::BucketName;
use crate::aws::{Account, Accounts};
use crate::doctor::snapshot::{AttachedPolicy, PolicyText};
use crate::doctor::{Read, Snapshot, Unread, Want};
use crate::examine::{boundary, things};
use crate::plan::Plan;
use crate::resource::place;
use crate::resource::{Step, role};
use crate::status::needed;
use crate::topology::{KeyId, Link, LinkName, Topology};
use crate::trail::Place;

use planned::Planned;

/// What others have around the links.
struct Around {
    /// Roles that exist, and what the map does not manage.
    things: Snapshot,
    /// Policies of buckets that have none of ours.
    policies: BTreeMap<BucketName, Read<PolicyText>>,
    /// By source bucket: the boundary that its role has or will have.
    boundaries: BTreeMap<BucketName, AttachedPolicy>,
}

/// Links that are meant to replicate, and for which the plan changes something.
pub fn concerned(topology: &Topology, plan: &Plan) -> Vec<LinkName> {
    let changes = plan.changes();
    let changed: BTreeSet<_> = changes.iter().filter(|c| c.action.writes()).map(|c| &c.id).collect();
    let touched = |link: &Link| needed(topology, plan, link).iter().any(|id| changed.contains(id));
    // What leaves another team's bucket, nobody here can judge.
    let here = |link: &Link| !topology.is_remote(&topology.buckets[&link.from].account);
    let links = topology.links.iter().filter(|(_, link)| link.enabled && here(link) && touched(link));
    links.map(|(name, _)| name.clone()).collect()
}

/// The accounts as they would be, as far as these links are concerned; and what of others could not be read.
pub async fn forecast(
    topology: &Topology,
    plan: &Plan,
    accounts: &Accounts,
    links: &[LinkName],
) -> (Snapshot, BTreeSet<Unread>) {
    let links: Vec<&Link> = links.iter().filter_map(|name| topology.links.get(name)).collect();
    let sources: BTreeSet<&BucketName> = links.iter().map(|link| &link.from).collect();
    let ends = links.iter().flat_map(|link| [&link.from, &link.to]);
    let buckets: BTreeSet<&BucketName> =
        ends.filter(|name| !topology.is_remote(&topology.buckets[*name].account)).collect();
    let wants = wants(topology, plan, &sources, &buckets);
    let (things, policies, boundaries) = join!(
        things(accounts.all(), &wants),
        policies(topology, plan, accounts, &buckets),
        boundaries(plan, accounts, &sources),
    );
    let around = Around { things, policies, boundaries };
    let unread = around.unread();
    (Planned { topology, plan, around }.snapshot(&sources, &buckets), unread)
}

impl Around {
    /// What might be in the way, and was not to be seen.
    fn unread(&self) -> BTreeSet<Unread> {
        let mut unread = BTreeSet::new();
        let mut see = |found: Option<&Unread>| unread.extend(found.cloned());
        self.policies.values().for_each(|policy| see(policy.unread()));
        self.boundaries.values().for_each(|boundary| see(boundary.document.unread()));
        self.things.keys.values().filter_map(Read::known).for_each(|key| see(key.grants.unread()));
        for role in self.things.roles.values().filter_map(Read::known) {
            see(role.inline.unread());
            role.inline
                .known()
                .into_iter()
                .flat_map(|all| all.values())
                .for_each(|policy| see(policy.unread()));
            see(role.attached.unread());
            let attached = role.attached.known().into_iter().flatten();
            attached.for_each(|policy| see(policy.document.unread()));
        }
        unread
    }
}

/// Roles that exist have other policies; what is not managed stays as it is.
fn wants(
    topology: &Topology,
    plan: &Plan,
    sources: &BTreeSet<&BucketName>,
    buckets: &BTreeSet<&BucketName>,
) -> Vec<Want> {
    let roles = sources.iter().filter_map(|name| plan.roles.get(*name)).filter(exists);
    let mut wants: Vec<Want> = roles.map(|step| Want::Role(step.desired.arn.to_string())).collect();
    let bounded =
        plan.roles.values().any(|step| role::planned(step).is_ok_and(|(_, boundary)| boundary.is_some()));
    for name in buckets {
        let bucket = &topology.buckets[*name];
        if !bucket.manage {
            let owner = topology.account(&bucket.account).id.to_string();
            wants.push(Want::Bucket { name: name.to_string(), account: Some(owner) });
        }
        let keys = planned::keys(topology, sources, name);
        let counts = |id: &&KeyId| {
            let is_there = plan.keys.get(id).is_some_and(|step| exists(&step));
            // A grant allows what a boundary leaves out of the policies.
            is_there && (bounded || topology.keys.get(id).is_some_and(|key| !key.manage))
        };
        wants.extend(keys.filter(counts).filter_map(|id| planned::arn(topology, plan, id)).map(Want::Key));
    }
    wants.sort();
    wants.dedup();
    wants
}

fn exists<D, L>(step: &&Step<D, L>) -> bool {
    matches!(step.live, Ok(Some(_)))
}

/// A source bucket, and a destination within the account, have no statement of ours; others may have put
/// a Deny there.
async fn policies(
    topology: &Topology,
    plan: &Plan,
    accounts: &Accounts,
    buckets: &BTreeSet<&BucketName>,
) -> BTreeMap<BucketName, Read<PolicyText>> {
    let others = buckets.iter().filter(|name| {
        topology.buckets[**name].manage
            && !plan.bucket_policies.contains_key(**name)
            && plan.buckets.get(**name).is_some_and(|step| exists(&step))
    });
    let read = others.map(|name| async move {
        let bucket = &topology.buckets[*name];
        let policy = match accounts.get(&bucket.account) {
            Some(account) => policy(account, name, topology).await,
            None => Read::default(),
        };
        ((*name).clone(), policy)
    });
    join_all(read).await.into_iter().collect()
}

async fn policy(account: &Account, name: &BucketName, topology: &Topology) -> Read<PolicyText> {
    let region = topology.buckets[name].region.clone();
    let place = Place::BucketPolicy { bucket: name.clone(), region };
    match place::policy(account, &place, &format!("bucket {name}")).await {
        Ok(Some(document)) => Read::Known(document.into()),
        Ok(None) => Read::Absent,
        Err(error) => Read::Unread(Unread {
            account: Some(error.account_id.to_string()),
            operation: Some(error.operation.to_string()),
            permission: error
                .is_denied()
                .then(|| format!("s3:GetBucketPolicy on {}", topology.bucket_arn(name))),
            why: error.brief(),
        }),
    }
}

async fn boundaries(
    plan: &Plan,
    accounts: &Accounts,
    sources: &BTreeSet<&BucketName>,
) -> BTreeMap<BucketName, AttachedPolicy> {
    let wanted = sources.iter().filter_map(|name| {
        let step = plan.roles.get(*name)?;
        let (_, boundary) = role::planned(step).ok()?;
        Some((*name, accounts.get(&step.desired.account)?, boundary?))
    });
    let read =
        wanted.map(|(name, account, arn)| async move { (name.clone(), boundary(account, &arn).await) });
    join_all(read).await.into_iter().collect()
}
