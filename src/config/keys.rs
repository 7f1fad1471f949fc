//! Key entries: what the keys that buckets name should be.
//!
//! A key without an entry is as an entry without fields would make it. Which key is a replica of which
//! is settled in [`super::replica`].

use std::collections::BTreeMap;
use std::path::Path;

use super::accounts::Accounts;
use super::buckets::Buckets;
use super::file;
use super::key_ref::KeyRef;
use super::problem::Collector;
use super::replica;
use super::source::Span;
use super::statements;
use super::suggest::closest;
use super::table::Field;
use super::text::{Principal, Text};
use super::value::{Entries, Entry, List};
use crate::topology::{AccountName, Key, KeyId, KeyName};

/// An entry with what it refers to.
pub struct KeyEntry<'a> {
    /// As the entry names the key.
    pub key: KeyRef,
    /// Where that stands.
    pub span: &'a Span,
    /// What the entry says.
    pub file: &'a file::Key,
    /// `account`, if it is there and right.
    pub account: Option<AccountName>,
    /// The keys that the entry speaks of.
    pub targets: Vec<KeyId>,
}

impl KeyEntry<'_> {
    /// The key that the entry itself pins down, whether or not a bucket names it.
    pub fn pinned(&self, accounts: &Accounts<'_>, account: &AccountName) -> Option<KeyId> {
        let account = self.account.as_ref().unwrap_or(account);
        let home = self.key.home();
        let region = home.map(|(_, region)| region).or(self.file.region.get())?;
        let id = accounts.id(account)?;
        if home.is_some_and(|(owner, _)| owner != id) {
            return None;
        }
        let name = self.key.name_in(id, region);
        Some(KeyId { account: account.clone(), region: region.clone(), name })
    }

    /// Whether the entry may speak of this key.
    fn speaks_of(&self, id: &KeyId, accounts: &Accounts<'_>) -> bool {
        self.account.as_ref().is_none_or(|account| *account == id.account)
            && self.file.region.get().is_none_or(|region| *region == id.region)
            && accounts.id(&id.account).is_some_and(|owner| self.key.fits(&id.name, owner, &id.region))
    }
}

/// Every key that a bucket is under or that such a key is a replica of.
pub fn read(
    map: &file::ProfileMap,
    path: &Path,
    marker: &str,
    accounts: &Accounts<'_>,
    buckets: &Buckets<'_>,
    problems: &mut Collector,
) -> BTreeMap<KeyId, Key> {
    let used = buckets.keys();
    let mut entries = entries(map, accounts, problems);
    for entry in &mut entries {
        entry.targets = used.iter().filter(|id| entry.speaks_of(id, accounts)).cloned().collect();
    }
    let complete = buckets.keys_complete;
    let known = replica::Replicas { accounts, used: &used, complete };
    let (replicas, all_found) = known.resolve(&mut entries, problems);
    let mut keys: BTreeMap<KeyId, Key> = used.into_iter().map(|id| (id, Key::default())).collect();
    let mut described: BTreeMap<KeyId, &Span> = BTreeMap::new();
    for entry in &entries {
        // A primary key may be in nobody's use but for a replica that could not be made out.
        // In a file that two teams share it may be one of the other team's.
        if entry.targets.is_empty() && complete && all_found && !accounts.any_remote() {
            dangling(entry, map, problems);
        }
        let read = read_one(entry, path, marker, accounts, problems);
        for id in &entry.targets {
            if let Some(first) = described.insert(id.clone(), entry.span) {
                problems
                    .add(entry.span, format!("two entries speak of the key {}", called(id)))
                    .also(first, "the other one")
                    .help("narrow them with `account` and `region`, or make them one");
            }
            let replica_of = replicas.get(id).cloned();
            let multi_region = read.multi_region || replica_of.is_some();
            keys.insert(id.clone(), Key { replica_of, multi_region, ..read.clone() });
        }
    }
    keys
}

fn entries<'a>(
    map: &'a file::ProfileMap,
    accounts: &Accounts<'_>,
    problems: &mut Collector,
) -> Vec<KeyEntry<'a>> {
    let entries = map.keys.get().map(|entries: &Entries<_>| entries.0.as_slice()).unwrap_or_default();
    let read = |entry: &'a Entry<file::Key>| {
        let file = entry.value.as_ref()?;
        let key = KeyRef::parse(&entry.name.value)
            .map_err(|why| {
                problems.add(&entry.name.span, format!("key `{}`: {why}", entry.name.value));
            })
            .ok()?;
        let account = match &file.account {
            Field::Absent => owner_in_arn(&key, &entry.name.span, accounts, problems)?,
            Field::Bad => return None,
            Field::Given(at) => Some(accounts.refer(at, problems)?),
        };
        if matches!(file.region, Field::Bad) {
            return None;
        }
        let narrowed = [file.account.at().map(|at| &at.span), file.region.at().map(|at| &at.span)];
        if let (Some(span), Some(_)) = (narrowed.into_iter().flatten().next(), key.home()) {
            problems
                .add(span, "the ARN says whose the key is and where")
                .help("leave `account` and `region` out");
            return None;
        }
        Some(KeyEntry { key, span: &entry.name.span, file, account, targets: Vec::new() })
    };
    entries.iter().filter_map(read).collect()
}

/// The account that an ARN names; `Some(None)` for a name that is no ARN.
fn owner_in_arn(
    key: &KeyRef,
    span: &Span,
    accounts: &Accounts<'_>,
    problems: &mut Collector,
) -> Option<Option<AccountName>> {
    match key.home() {
        None => Some(None),
        Some((id, _)) => accounts.refer_to_id(id, span, problems).map(Some),
    }
}

fn dangling(entry: &KeyEntry<'_>, map: &file::ProfileMap, problems: &mut Collector) {
    let buckets = map.buckets.get().map(|entries| entries.0.as_slice()).unwrap_or_default();
    let default = map.defaults.get().and_then(|defaults| defaults.bucket.get());
    let files = buckets.iter().filter_map(|bucket| bucket.value.as_ref()).chain(default);
    let named: Vec<String> = files
        .flat_map(|bucket| {
            let others = bucket.source_keys.get().map(|list| list.items.as_slice()).unwrap_or_default();
            bucket.key.get().into_iter().chain(others.iter().map(|at| &at.value))
        })
        .map(KeyRef::to_string)
        .collect();
    let name = entry.key.to_string();
    let narrowed = named.contains(&name);
    let message = match narrowed {
        true => format!("no bucket is under the key `{name}` of this account and Region"),
        false => format!("no bucket is under the key `{name}`"),
    };
    let close = closest(&name, named.iter().map(String::as_str)).filter(|_| !narrowed);
    let found = problems.add(entry.span, message);
    match close {
        Some(close) => found.suggest(Some(close)),
        None => found.help("name it in `key` or `source_keys` of a bucket, or remove the entry"),
    };
}

fn read_one(
    entry: &KeyEntry<'_>,
    path: &Path,
    marker: &str,
    accounts: &Accounts<'_>,
    problems: &mut Collector,
) -> Key {
    let file = entry.file;
    if let Some(multi) = file.multi_region.at().filter(|multi| multi.value)
        && entry.key.exists()
        && !entry.key.is_multi_region_id()
    {
        problems
            .add(&multi.span, "a key of one Region cannot be made a multi-Region key later")
            .help("leave `multi_region` out: the ids of multi-Region keys begin with `mrk-`");
    }
    let manage = file.manage.get().copied().unwrap_or(true);
    Key {
        create: manage && file.create.get().copied().unwrap_or(true),
        manage,
        rotation: file.rotation.get().copied(),
        multi_region: file.multi_region.get().copied().unwrap_or(false),
        replica_of: None,
        administrators: principals(&file.administrators, entry, accounts, problems),
        users: principals(&file.users, entry, accounts, problems),
        statements: file
            .statements
            .at()
            .map(|at| statements::read(path, at, marker, problems))
            .unwrap_or_default(),
    }
}

fn principals(
    field: &Field<List<Principal>>,
    entry: &KeyEntry<'_>,
    accounts: &Accounts<'_>,
    problems: &mut Collector,
) -> Vec<String> {
    let listed = field.get().map(|list| list.items.as_slice()).unwrap_or_default();
    let mut read: Vec<String> = Vec::new();
    for principal in listed {
        let text = &principal.value.0;
        let found = text.split(':').nth(1).unwrap_or_default();
        let home = entry.targets.first().map(|id| accounts.partition(&id.account));
        if let Some(home) = home.filter(|home| home.as_str() != found) {
            problems.add(&principal.span, format!("this principal is of `{found}`, the key of `{home}`"));
        }
        if !read.contains(text) {
            read.push(text.clone());
        }
    }
    read
}

/// What a key is called in a message.
pub fn called(id: &KeyId) -> String {
    match &id.name {
        KeyName::Existing(arn) => format!("`{arn}`"),
        KeyName::Alias(alias) => format!("`{alias}` of account `{}` in `{}`", id.account, id.region),
        KeyName::Told { bucket, .. } => format!("of bucket `{bucket}`"),
    }
}
