//! Which multi-Region key is made as the replica of which.
//!
//! S3 treats both as keys of their own; the relation matters only when the replica is made.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::Accounts;
use super::key_ref::KeyRef;
use super::keys::{KeyEntry, called};
use super::problem::Collector;
use super::suggest::closest;
use super::table::At;
use crate::topology::{KeyId, KeyName};

/// What is known when replicas are looked for.
pub struct Replicas<'a> {
    /// The account entries.
    pub accounts: &'a Accounts<'a>,
    /// Every key that a bucket is under.
    pub used: &'a BTreeSet<KeyId>,
    /// Whether these are all; otherwise a primary key that is not found is no problem of its own.
    pub complete: bool,
}

impl Replicas<'_> {
    /// The primary of every replica, and whether none is missing. A primary that no bucket is under becomes
    /// a target of its entry.
    pub fn resolve(
        &self,
        entries: &mut [KeyEntry<'_>],
        problems: &mut Collector,
    ) -> (BTreeMap<KeyId, KeyId>, bool) {
        let mut primaries = BTreeMap::new();
        let mut all = true;
        for entry in entries.iter() {
            all &= !entry.file.replica_of.is_bad();
            let Some(reference) = entry.file.replica_of.at() else { continue };
            check_alone(entry, reference, problems);
            for replica in &entry.targets {
                if let Some(primary) = self.primary(replica, reference, entries, problems) {
                    self.check_primary(replica, &primary, reference, entries, problems);
                    primaries.insert(replica.clone(), primary);
                } else {
                    all = false;
                }
            }
        }
        for primary in primaries.values().filter(|primary| !self.used.contains(primary)) {
            let entry = entries.iter_mut().find(|entry| self.is_of(entry, primary));
            if let Some(entry) = entry.filter(|entry| !entry.targets.contains(primary)) {
                entry.targets.push(primary.clone());
            }
        }
        (primaries, all)
    }

    /// Whether the entry speaks of this key.
    fn is_of(&self, entry: &KeyEntry<'_>, key: &KeyId) -> bool {
        entry.targets.contains(key) || entry.pinned(self.accounts, &key.account).as_ref() == Some(key)
    }

    /// The key that the reference means; reports it if that is none or several.
    fn primary(
        &self,
        replica: &KeyId,
        reference: &At<KeyRef>,
        entries: &[KeyEntry<'_>],
        problems: &mut Collector,
    ) -> Option<KeyId> {
        let owner = self.accounts.id(&replica.account)?;
        let pinned = entries.iter().filter_map(|entry| entry.pinned(self.accounts, &replica.account));
        let (here, elsewhere): (Vec<KeyId>, Vec<KeyId>) = self
            .used
            .iter()
            .cloned()
            .chain(pinned)
            .filter(|id| id.account == replica.account && reference.value.fits(&id.name, owner, &id.region))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .partition(|id| id.region == replica.region);
        let (primary, account, region) = (&reference.value, &replica.account, &replica.region);
        match &elsewhere[..] {
            [only] => return Some(only.clone()),
            [first, second, ..] => {
                let message = format!("`{primary}` may be {} or {}", called(first), called(second));
                problems.add(&reference.span, message).help("name the one that is meant by its ARN");
            }
            [] if !here.is_empty() => {
                problems
                    .add(&reference.span, format!("`{primary}` of account `{account}` is in `{region}` too"))
                    .help("a replica is in another Region than its primary key; `region` narrows an entry to one");
            }
            [] if self.complete => {
                let name = primary.to_string();
                let known: Vec<String> = entries.iter().map(|entry| entry.key.to_string()).collect();
                let close = closest(&name, known.iter().map(String::as_str));
                let message =
                    format!("this map has no key `{name}` of account `{account}` in another Region");
                let found = problems.add(&reference.span, message);
                match close {
                    Some(_) => found.suggest(close),
                    None => found.help(format!(
                        "if no bucket is under it, add `[keys.\"{name}\"]` with `account`, `region` and `multi_region = true`"
                    )),
                };
            }
            [] => {}
        }
        None
    }

    /// What the primary key does not allow.
    fn check_primary(
        &self,
        replica: &KeyId,
        primary: &KeyId,
        reference: &At<KeyRef>,
        entries: &[KeyEntry<'_>],
        problems: &mut Collector,
    ) {
        let entry = entries.iter().find(|entry| self.is_of(entry, primary));
        if let Some(entry) = entry.filter(|entry| entry.file.replica_of.at().is_some()) {
            problems
                .add(&reference.span, format!("`{}` is a replica itself", reference.value))
                .also(entry.span, "its entry")
                .help("name the primary key");
            return;
        }
        match (&primary.name, &replica.name) {
            (KeyName::Existing(arn), _) if !arn.id.starts_with("mrk-") => {
                problems
                    .add(&reference.span, format!("`{}` is the id of a key of one Region", arn.id))
                    .help("the id of a multi-Region key begins with `mrk-`; a key cannot be made one later");
            }
            (KeyName::Existing(arn), KeyName::Existing(own)) if arn.id != own.id => {
                problems.add(&reference.span, "a replica has the id of its primary key, these two differ");
            }
            (KeyName::Alias(alias), KeyName::Alias(_))
                if entry.is_none_or(|entry| entry.file.multi_region.get() != Some(&true)) =>
            {
                problems
                    .add(&reference.span, format!("`{alias}` is not made as a multi-Region key"))
                    .help(format!("write `multi_region = true` in the entry of `{alias}`"));
            }
            _ => {}
        }
    }
}

/// What the replica's own entry does not allow.
fn check_alone(entry: &KeyEntry<'_>, reference: &At<KeyRef>, problems: &mut Collector) {
    let file = entry.file;
    if let Some(multi) = file.multi_region.at().filter(|multi| !multi.value) {
        problems
            .add(&multi.span, "a replica is a multi-Region key")
            .also(&reference.span, "the key that it is a replica of")
            .help("leave `multi_region` out");
    }
    if let Some(rotation) = file.rotation.at() {
        problems
            .add(&rotation.span, "KMS rotates a replica together with its primary key")
            .help(format!("set `rotation` in the entry of `{}`", reference.value));
    }
    if entry.key.exists() && !entry.key.is_multi_region_id() {
        problems
            .add(entry.span, format!("`{}` is the id of a key of one Region, not of a replica", entry.key))
            .help("the id of a multi-Region key begins with `mrk-`");
    }
}
