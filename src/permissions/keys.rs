//! Keys in a policy: by their ARN where the map says it, otherwise all keys of the account and Region that
//! have the tag which this program makes keys with, or the alias of the map.
//!
//! A condition on tags or aliases is no more than those who may tag and alias keys make of it
//! (<https://docs.aws.amazon.com/kms/latest/developerguide/abac.html>).

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::Region;
use crate::operation::row::{Buckets, Keys};
use crate::resource::grant;
use crate::topology::{AccountName, Key, KeyId, KeyName, TAG};

use super::condition::Condition;
use super::scope::Scope;
use super::statement::Target;

impl<'a> Scope<'a> {
    /// The keys that are meant.
    pub(super) fn keys(&self, which: Keys) -> Vec<(&'a KeyId, &'a Key)> {
        let all = &self.topology.keys;
        let of_buckets = |which: Buckets| {
            let ids: BTreeSet<&KeyId> = self.buckets(which).map(|(_, bucket)| &bucket.key).collect();
            all.iter().filter(move |(id, _)| ids.contains(id)).collect()
        };
        match which {
            Keys::CanarySources => return of_buckets(Buckets::CanarySources),
            Keys::CanaryDestinations => return of_buckets(Buckets::CanaryDestinations),
            _ => {}
        }
        let made = |key: &Key| key.manage && key.create;
        let copied = |id: &KeyId| all.values().any(|key| made(key) && key.replica_of.as_ref() == Some(id));
        let is = |id: &KeyId, key: &Key| match which {
            Keys::All | Keys::CanarySources | Keys::CanaryDestinations => true,
            Keys::Managed | Keys::Deleted => key.manage,
            Keys::Made => made(key),
            Keys::Rotated => key.manage && key.rotation != Some(false) && key.replica_of.is_none(),
            Keys::Unrotated => key.manage && key.rotation == Some(false),
            Keys::Undecided => key.rotation.is_none() && matches!(id.name, KeyName::Existing(_)),
            Keys::Primaries => copied(id),
        };
        all.iter().filter(|(id, key)| id.account == *self.account && is(id, key)).collect()
    }

    /// Keys that are made with `CreateKey`.
    pub(super) fn new_keys(&self) -> Vec<(&'a KeyId, &'a Key)> {
        let aliased = |id: &KeyId| matches!(id.name, KeyName::Alias(_));
        self.keys(Keys::Made)
            .into_iter()
            .filter(|(id, key)| aliased(id) && key.replica_of.is_none())
            .collect()
    }

    /// Keys that are made with `ReplicateKey`.
    pub(super) fn new_replicas(&self) -> Vec<(&'a KeyId, &'a Key)> {
        self.keys(Keys::Made).into_iter().filter(|(_, key)| key.replica_of.is_some()).collect()
    }

    /// What an action on these keys is allowed on.
    pub(super) fn key_targets(&self, which: Keys, condition: &Condition, via_s3: bool) -> Vec<Target> {
        let mut found: BTreeMap<(String, Condition), BTreeSet<String>> = BTreeMap::new();
        let (mut tags, mut aliases) = (Places::new(), Places::new());
        let narrowed = |region: &Region| match via_s3 {
            true => condition.clone().equals("kms:ViaService", [grant::via_s3(region)]),
            false => condition.clone(),
        };
        for (id, key) in self.keys(which) {
            let place = (&id.account, &id.region);
            let by_tag_alone = matches!(which, Keys::Made | Keys::Deleted);
            match &id.name {
                // The operator here uses no key of another team; the replication role does.
                KeyName::Told { .. } => {}
                KeyName::Existing(_) if which == Keys::Made => {}
                KeyName::Existing(arn) => {
                    let place = ("Keys".to_owned(), narrowed(&id.region));
                    found.entry(place).or_default().insert(arn.to_string());
                }
                // Nothing that AWS writes says that tags and aliases of another account's key are seen. That key's
                // own policy has a say, too.
                KeyName::Alias(_) if id.account != *self.account => {
                    let place = ("KeysOfOthers".to_owned(), narrowed(&id.region));
                    found.entry(place).or_default().extend(self.any_key(&id.account, &id.region));
                }
                KeyName::Alias(alias) => {
                    if by_tag_alone || key.manage && key.create {
                        tags.entry(place).or_default().insert(alias.to_string());
                    }
                    if !by_tag_alone {
                        aliases.entry(place).or_default().insert(alias.to_string());
                    }
                }
            }
        }
        for ((account, region), values) in tags {
            let condition = narrowed(region).equals(&format!("aws:ResourceTag/{TAG}"), values);
            found.insert((format!("KeysByTag{}", camel(region)), condition), self.any_key(account, region));
        }
        for ((account, region), values) in aliases {
            // The key of a list: a key may have several aliases.
            let condition = narrowed(region).and("ForAnyValue:StringEquals", "kms:ResourceAliases", values);
            found.insert((format!("KeysByAlias{}", camel(region)), condition), self.any_key(account, region));
        }
        let target = |((noun, condition), resources)| Target { noun, resources, condition };
        found.into_iter().map(target).collect()
    }

    fn any_key(&self, account: &AccountName, region: &Region) -> BTreeSet<String> {
        let entry = self.topology.account(account);
        [format!("arn:{}:kms:{region}:{}:key/*", entry.partition.as_str(), entry.id)].into()
    }
}

type Places<'a> = BTreeMap<(&'a AccountName, &'a Region), BTreeSet<String>>;

/// `ap-south-1` as a Sid has it: `ApSouth1`.
fn camel(region: &Region) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    region.as_str().split('-').map(capital).collect()
}
