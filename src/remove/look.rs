//! Reads everything that may hold something that goes, in all accounts at once.
//!
//! Deliberately absent: any call that writes.

use std::collections::BTreeMap;
use std::future::Future;

use futures_util::future::join_all;

use crate::arn::{BucketName, RoleArn};
use crate::aws::{Account, Accounts};
use crate::event::{Event, Events};
use crate::observe::unreachable;
use crate::removal::{Found, FoundRole, Names};
use crate::resource::role_removal::{self, Ties};
use crate::resource::{
    Kind, ResourceId, Seen, Stop, bucket_policy, key_deletion, key_policy, replication, role, role_policy,
};
use crate::topology::{AccountName, KeyId};

/// Reads it all.
pub async fn look(names: &Names<'_>, accounts: &Accounts, events: &Events) -> Found {
    let look = Look { names, accounts, events };
    let (sources, policies, keys) = (names.sources(), names.destinations(), names.keys());
    events.send(Event::Reading { resources: sources.len() + policies.len() + keys.len() });
    let (configurations, bucket_policies, keys) = futures_util::join!(
        join_all(sources.iter().map(|source| async { (source.clone(), look.source(source).await) })),
        join_all(policies.iter().map(|name| async { (name.clone(), look.bucket_policy(name).await) })),
        join_all(keys.iter().map(|id| async { (id.clone(), look.key(id).await) })),
    );
    let mut found = Found { bucket_policies: bucket_policies.into_iter().collect(), ..Found::default() };
    for (source, (configuration, roles)) in configurations {
        found.configurations.insert(source.clone(), configuration);
        found.roles.insert(source, roles);
    }
    let (mut seen, mut key_policies) = (BTreeMap::new(), BTreeMap::new());
    for (id, (key, policy)) in keys {
        seen.insert(id.clone(), key);
        key_policies.insert(id, policy);
    }
    Found { keys: seen, key_policies, ..found }
}

struct Look<'a> {
    names: &'a Names<'a>,
    accounts: &'a Accounts,
    events: &'a Events,
}

impl Look<'_> {
    async fn source(&self, source: &BucketName) -> (Seen<replication::Live>, Vec<FoundRole>) {
        let map = self.names.map;
        let account = &map.buckets[source].account;
        let (configuration, by_map) = futures_util::join!(
            self.within(account, |a| replication::observe(a, map, source)),
            self.role(source, None),
        );
        // Rules of others have kept their role, and it was given what our rules need.
        let named = configuration.as_ref().ok().and_then(Option::as_ref);
        let named = named.and_then(|live| live.configuration().role().parse::<RoleArn>().ok());
        let named = named.filter(|arn| arn.account == map.account(account).id && *arn != by_map.desired.arn);
        let mut roles = vec![by_map];
        if let Some(arn) = named {
            roles.push(self.role(source, Some(arn)).await);
        }
        let name = source.to_string();
        self.events.send(Event::Read(ResourceId { account: account.clone(), kind: Kind::Replication, name }));
        (configuration, roles)
    }

    async fn role(&self, source: &BucketName, configured: Option<RoleArn>) -> FoundRole {
        let map = self.names.map;
        let account = &map.buckets[source].account;
        let desired = role::desired(map, source, configured);
        let place = role_policy::desired(map, source, &desired.arn, false);
        let seen = self.within(account, |a| role::observe(a, &desired)).await;
        let live = match &seen {
            Ok(Some(live)) => live,
            Ok(None) => {
                return FoundRole { desired, seen, ties: Ok(Ties::default()), place, policy: Ok(None) };
            }
            Err(stop) => {
                let stop = stop.clone();
                let policy = Err(Stop::waits_for(role::resource_id(&desired)));
                return FoundRole { desired, seen, ties: Err(stop), place, policy };
            }
        };
        let may_go = !desired.adopted && !self.names.stays_a_source(source);
        let (policy, ties) =
            futures_util::join!(self.within(account, |a| role_policy::observe(a, &place)), async {
                match self.accounts.get(account) {
                    Some(account) if may_go => role_removal::observe(account, live).await,
                    _ => Ok(Ties::default()),
                }
            },);
        FoundRole { desired, seen, ties, place, policy }
    }

    async fn bucket_policy(&self, name: &BucketName) -> Seen<bucket_policy::Live> {
        let place = bucket_policy::of(self.names.map, name);
        let seen = self.within(&place.account, |a| bucket_policy::observe(a, &place)).await;
        self.events.send(Event::Read(bucket_policy::resource_id(&place)));
        seen
    }

    async fn key(&self, id: &KeyId) -> (Seen<key_deletion::Found>, Seen<key_policy::Live>) {
        let seen = self.within(&id.account, |a| key_deletion::observe(a, id)).await;
        let policy = match &seen {
            Ok(Some(key)) => self.within(&id.account, |a| key_policy::observe_of(a, id, key)).await,
            Ok(None) => Ok(None),
            Err(stop) => Err(stop.clone()),
        };
        self.events.send(Event::Read(key_policy::resource_id(id)));
        (seen, policy)
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
