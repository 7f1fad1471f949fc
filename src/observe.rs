//! Reads everything in scope, in all accounts at once.
//!
//! What cannot be read is recorded with its reason where the thing would be, so that everything
//! unreadable is named at once and what does not depend on it goes on.
//!
//! Deliberately absent: any call that writes.

mod facts;
mod follow_up;
mod nothing;
mod told;

use std::collections::BTreeMap;
use std::future::Future;

use futures_util::future::join_all;

use crate::arn::{BucketName, Region, RoleArn};
use crate::aws::{Account, Accounts};
use crate::event::{Event, Events};
use crate::exchange::Told;
use crate::resource::{
    Awaits, Seen, Stop, bucket, bucket_policy, key, key_policy, replication, role, role_policy, unaliased,
};
use crate::topology::{AccountName, KeyId, LinkName, Topology};

/// What was found for each thing that is wanted.
#[derive(Debug, Default)]
pub struct Observed {
    /// Each key.
    pub keys: BTreeMap<KeyId, (key::Desired, Seen<key::Live>)>,
    /// Each key's policy.
    pub key_policies: BTreeMap<KeyId, (key_policy::Desired, Seen<key_policy::Live>)>,
    /// Each bucket.
    pub buckets: BTreeMap<BucketName, (bucket::Desired, Seen<bucket::Live>)>,
    /// Each destination bucket's policy, where one is needed.
    pub bucket_policies: BTreeMap<BucketName, (bucket_policy::Desired, Seen<bucket_policy::Live>)>,
    /// Each source bucket's replication configuration.
    pub replications: BTreeMap<BucketName, (replication::Desired, Seen<replication::Live>)>,
    /// Each source bucket's role.
    pub roles: BTreeMap<BucketName, (role::Desired, Seen<role::Live>)>,
    /// The inline policy of each source bucket's role.
    pub role_policies: BTreeMap<BucketName, (role_policy::Desired, Seen<role_policy::Live>)>,
    /// Links to buckets of other teams that have not granted yet.
    pub awaited: BTreeMap<LinkName, Awaits>,
}

/// Reads it all. Of things in remote accounts only what links here need is in it, as it was told.
pub async fn observe(topology: &Topology, accounts: &Accounts, told: &Told, events: &Events) -> Observed {
    let reader = Reader { topology, accounts, events, unaliased: unaliased(topology) };
    let keys_here = || topology.keys.keys().filter(|id| !topology.is_remote(&id.account));
    let buckets_here = || topology.buckets.iter().filter(|(_, b)| !topology.is_remote(&b.account));
    let resources = keys_here().count() + buckets_here().count();
    events.send(Event::Reading { resources });
    let (keys, buckets) = futures_util::join!(
        join_all(keys_here().map(|id| reader.key(id))),
        join_all(buckets_here().map(|(name, _)| reader.bucket(name))),
    );
    let mut observed = Observed::default();
    for (id, (key, policy)) in keys_here().zip(keys) {
        observed.keys.insert(id.clone(), key);
        observed.key_policies.insert(id.clone(), policy);
    }
    for ((name, _), found) in buckets_here().zip(buckets) {
        observed.buckets.insert(name.clone(), found.bucket);
        if let Some(policy) = found.policy {
            observed.bucket_policies.insert(name.clone(), policy);
        }
        if let Some(source) = found.source {
            observed.replications.insert(name.clone(), source.replication);
            observed.roles.insert(name.clone(), source.role);
            observed.role_policies.insert(name.clone(), source.role_policy);
        }
    }
    told::take(topology, told, &mut observed);
    reader.follow_up(&mut observed).await;
    observed
}

struct Reader<'a> {
    topology: &'a Topology,
    accounts: &'a Accounts,
    events: &'a Events,
    unaliased: BTreeMap<(AccountName, Region), unaliased::Unaliased>,
}

fn unaliased(topology: &Topology) -> BTreeMap<(AccountName, Region), unaliased::Unaliased> {
    topology
        .keys
        .keys()
        .map(|id| ((id.account.clone(), id.region.clone()), unaliased::Unaliased::default()))
        .collect()
}

/// What belongs to a bucket.
struct BucketFound {
    bucket: (bucket::Desired, Seen<bucket::Live>),
    policy: Option<(bucket_policy::Desired, Seen<bucket_policy::Live>)>,
    source: Option<SourceFound>,
}

/// A role and its policy.
struct RoleFound {
    desired: role::Desired,
    seen: Seen<role::Live>,
    policy: Seen<role_policy::Live>,
}

/// What belongs to a bucket that links leave.
struct SourceFound {
    replication: (replication::Desired, Seen<replication::Live>),
    role: (role::Desired, Seen<role::Live>),
    role_policy: (role_policy::Desired, Seen<role_policy::Live>),
}

impl Reader<'_> {
    async fn key(
        &self,
        id: &KeyId,
    ) -> ((key::Desired, Seen<key::Live>), (key_policy::Desired, Seen<key_policy::Live>)) {
        let desired = key::desired(self.topology, id);
        let unaliased = &self.unaliased[&(id.account.clone(), id.region.clone())];
        let seen = self.within(&id.account, |account| key::observe(account, &desired, unaliased)).await;
        let policy = match &seen {
            Ok(Some(live)) => {
                self.within(&id.account, |account| key_policy::observe(account, id, live)).await
            }
            Ok(None) => Ok(None),
            Err(_) => Err(Stop::waits_for(key::resource_id(id))),
        };
        self.events.send(Event::Read(key::resource_id(id)));
        ((desired, seen), (key_policy::desired(self.topology, id), policy))
    }

    async fn bucket(&self, name: &BucketName) -> BucketFound {
        let desired = bucket::desired(self.topology, name);
        let account = &desired.spec.account;
        let is_source = self.topology.links_from(name).next().is_some();
        let by_map = async {
            match is_source {
                true => Some(self.role(name, account, None).await),
                false => None,
            }
        };
        let (seen, by_map) =
            futures_util::join!(self.within(account, |a| bucket::observe(a, &desired)), by_map);
        let exists =
            seen.as_ref().map(Option::is_some).map_err(|_| Stop::waits_for(bucket::resource_id(&desired)));
        let object_lock = seen.as_ref().is_ok_and(|s| s.as_ref().is_some_and(bucket::Live::has_object_lock));
        let (policy, source) = futures_util::join!(
            async {
                let wanted = bucket_policy::desired(self.topology, name)?;
                let seen = match &exists {
                    Ok(true) => self.within(account, |a| bucket_policy::observe(a, &wanted)).await,
                    Ok(false) => Ok(None),
                    Err(stop) => Err(stop.clone()),
                };
                Some((wanted, seen))
            },
            async {
                match by_map {
                    Some(by_map) => {
                        Some(self.source(name, account, exists.clone(), object_lock, by_map).await)
                    }
                    None => None,
                }
            },
        );
        self.events.send(Event::Read(bucket::resource_id(&desired)));
        BucketFound { bucket: (desired, seen), policy, source }
    }

    /// A role and its policy. A role that does not exist has none.
    async fn role(
        &self,
        source: &BucketName,
        account: &AccountName,
        configured: Option<RoleArn>,
    ) -> RoleFound {
        let desired = role::desired(self.topology, source, configured);
        let seen = self.within(account, |a| role::observe(a, &desired)).await;
        let policy = match seen {
            Ok(None) => Ok(None),
            Err(_) => Err(Stop::waits_for(role::resource_id(&desired))),
            // What a bucket locks does not matter for where the policy is.
            _ => {
                let wanted = role_policy::desired(self.topology, source, &desired.arn, false);
                self.within(account, |a| role_policy::observe(a, &wanted)).await
            }
        };
        RoleFound { desired, seen, policy }
    }

    /// `by_map`: the role that the map wants, which is read beside the bucket to save time. The
    /// configuration may name another one, which must be kept.
    async fn source(
        &self,
        name: &BucketName,
        account: &AccountName,
        exists: Result<bool, Stop>,
        object_lock: bool,
        by_map: RoleFound,
    ) -> SourceFound {
        let topology = self.topology;
        let mut replication = match exists {
            Ok(true) => self.within(account, |a| replication::observe(a, topology, name)).await,
            Ok(false) => Ok(None),
            Err(stop) => Err(stop),
        };
        let configured = replication.as_ref().ok().and_then(Option::as_ref);
        let configured = configured.and_then(|live| live.role_of_others(&topology.marker)).map(str::to_owned);
        let configured: Option<RoleArn> = match configured.map(|text| (text.parse::<RoleArn>(), text)) {
            None => None,
            Some((Ok(arn), _)) if arn.account == topology.account(account).id => Some(arn),
            Some((_, text)) => {
                replication = Err(Stop::new(
                    format!(
                        "the replication configuration of bucket {name} names {text}, which is no role of account {account}"
                    ),
                    "nothing replicates with it: correct or delete the configuration first",
                ));
                None
            }
        };
        let role = match configured {
            Some(arn) if arn != by_map.desired.arn => self.role(name, account, Some(arn)).await,
            _ => by_map,
        };
        let arn = &role.desired.arn;
        SourceFound {
            replication: (replication::desired(topology, name, arn), replication),
            role_policy: (role_policy::desired(topology, name, arn, object_lock), role.policy),
            role: (role.desired, role.seen),
        }
    }

    async fn within<'s, L, F>(&'s self, name: &AccountName, read: impl FnOnce(&'s Account) -> F) -> Seen<L>
    where
        F: Future<Output = Seen<L>>,
    {
        match self.accounts.get(name) {
            Some(account) => read(account).await,
            None => Err(unreachable(self.accounts, name)),
        }
    }
}

/// Why nothing can be done in an account.
pub fn unreachable(accounts: &Accounts, name: &AccountName) -> Stop {
    let why = accounts.why_not(name).unwrap_or("it was not signed in to");
    Stop::untried(format!("account {name} cannot be reached: {why}"))
}
