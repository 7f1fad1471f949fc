//! Bucket entries: their real names, their accounts, and the keys they are under.
//!
//! Whether a bucket exists and whose it is, only S3 knows.

use std::collections::{BTreeMap, BTreeSet};

use super::accounts::Accounts;
use super::file;
use super::key_ref::KeyRef;
use super::names;
use super::problem::Collector;
use super::table::{At, Field};
use super::tags;
use super::value::{Entries, Entry, Settings};
use crate::arn::{BucketName, Region};
use crate::topology::{AccountName, Bucket, KeyId, KeyName};

/// The bucket entries of the map.
pub struct Buckets<'a> {
    names: BTreeSet<&'a str>,
    /// The table as a whole was reported as wrong, so that nothing is known of the names in it.
    torn: bool,
    resolved: BTreeMap<&'a str, (BucketName, Bucket)>,
    /// Whether every bucket's keys are known; otherwise some key may seem to be in nobody's use.
    pub keys_complete: bool,
}

impl<'a> Buckets<'a> {
    /// Checks the entries one by one and together. `common` is how many tags the whole map gives.
    pub fn read(
        map: &'a file::ProfileMap,
        accounts: &mut Accounts<'_>,
        common: &BTreeMap<String, String>,
        problems: &mut Collector,
    ) -> Self {
        let entries = map.buckets.get().map(|entries: &Entries<_>| entries.0.as_slice()).unwrap_or_default();
        let none = file::Bucket::default();
        let defaults = map.defaults.get().and_then(|defaults| defaults.bucket.get()).unwrap_or(&none);
        tags::read(&defaults.tags, tags::MOST_OF_MADE, problems);
        let names = names::of(entries);
        let torn = map.buckets.is_bad();
        let mut buckets = Self { names, torn, resolved: BTreeMap::new(), keys_complete: !torn };
        let mut seen: BTreeMap<BucketName, &At<String>> = BTreeMap::new();
        for entry in entries {
            let Some(bucket) = &entry.value else {
                buckets.keys_complete = false;
                continue;
            };
            let home = home(entry, bucket, defaults, accounts, problems);
            let name = match &home {
                Some(home) => real_name(&entry.name, home, accounts, problems),
                None => {
                    judge_plain_name(&entry.name, problems);
                    None
                }
            };
            let made = home.and_then(|home| match accounts.is_remote(&home.account) {
                true => told(name.clone()?, bucket, home, accounts, problems),
                false => made(entry, bucket, defaults, home, accounts, common, problems),
            });
            buckets.keys_complete &= made.is_some();
            if let Some(name) = &name
                && let Some(first) = seen.insert(name.clone(), &entry.name)
            {
                problems
                    .add(&entry.name.span, format!("two entries are of the bucket `{name}`"))
                    .also(&first.span, "the other one");
            }
            if let (Some(name), Some(made)) = (name, made) {
                buckets.resolved.insert(&entry.name.value, (name, made));
            }
        }
        buckets
    }

    /// The bucket that a link refers to; reports it if there is no such entry. `Some(None)` is an entry
    /// with problems of its own.
    pub fn refer(
        &self,
        reference: &At<String>,
        problems: &mut Collector,
    ) -> Option<Option<&(BucketName, Bucket)>> {
        if self.names.contains(reference.value.as_str()) {
            return Some(self.resolved.get(reference.value.as_str()));
        }
        let written = self.resolved.iter().find(|(_, (name, _))| name.as_str() == reference.value);
        if let Some((written, _)) = written {
            problems
                .add(
                    &reference.span,
                    format!("a link names a bucket as its entry does, which is `{written}`"),
                )
                .help(format!("write `{written}`"));
        } else if !self.torn {
            names::refer("bucket", reference, &self.names, problems);
        }
        None
    }

    /// Every key that a bucket is under.
    pub fn keys(&self) -> BTreeSet<KeyId> {
        self.resolved.values().flat_map(|(_, bucket)| bucket.keys().cloned()).collect()
    }

    /// The buckets that have no problem.
    pub fn resolved(&self) -> impl Iterator<Item = (BucketName, Bucket)> {
        self.resolved.values().cloned()
    }
}

/// Whose a bucket is and where.
struct Home<'a> {
    account: AccountName,
    region: &'a At<Region>,
}

fn home<'a>(
    entry: &Entry<file::Bucket>,
    bucket: &'a file::Bucket,
    defaults: &'a file::Bucket,
    accounts: &mut Accounts<'_>,
    problems: &mut Collector,
) -> Option<Home<'a>> {
    let account = present("account", entry, bucket.account.or(&defaults.account), problems);
    let region = present("region", entry, bucket.region.or(&defaults.region), problems);
    let account = account.and_then(|account| accounts.refer(account, problems));
    if account.as_ref().is_none_or(|account| !accounts.is_remote(account)) {
        present("key", entry, bucket.key.or(&defaults.key), problems);
    }
    let home = Home { account: account?, region: region? };
    accounts.claim_region(&home.account, &home.region.value, &home.region.span, problems);
    Some(home)
}

fn present<'a, T>(
    key: &str,
    entry: &Entry<file::Bucket>,
    field: &'a Field<T>,
    problems: &mut Collector,
) -> Option<&'a At<T>> {
    if field.is_absent() {
        let path = super::table::join("buckets", &entry.name.value);
        problems
            .add(&entry.span, format!("`{path}` lacks `{key}`"))
            .help("write it there, or in `[defaults.bucket]` for all");
    }
    field.at()
}

/// Without account or Region a name with a placeholder cannot be judged; one without can.
fn judge_plain_name(written: &At<String>, problems: &mut Collector) {
    if let (false, Err(error)) = (written.value.contains('{'), written.value.parse::<BucketName>()) {
        problems.add(&written.span, format!("bucket `{}`: {error}", written.value));
    }
}

fn real_name(
    written: &At<String>,
    home: &Home<'_>,
    accounts: &Accounts<'_>,
    problems: &mut Collector,
) -> Option<BucketName> {
    // Without an id a name with a placeholder cannot be judged; one without can.
    let id = accounts.id(&home.account).map(|id| id.as_str());
    if id.is_none() && written.value.contains("{account_id}") {
        return None;
    }
    let values = [("account_id", id.unwrap_or_default()), ("region", home.region.value.as_str())];
    let filled = names::fill(&written.value, &values);
    let name = filled.and_then(|name| {
        name.parse::<BucketName>().map_err(|error| match name == written.value {
            true => error.to_string(),
            false => format!("{error} (filled in: `{name}`)"),
        })
    });
    match name {
        Ok(name) => Some(name),
        Err(why) => {
            problems.add(&written.span, format!("bucket `{}`: {why}", written.value));
            None
        }
    }
}

fn made(
    entry: &Entry<file::Bucket>,
    bucket: &file::Bucket,
    defaults: &file::Bucket,
    home: Home<'_>,
    accounts: &mut Accounts<'_>,
    common: &BTreeMap<String, String>,
    problems: &mut Collector,
) -> Option<Bucket> {
    let before = problems.count();
    let field = bucket.tags.or(&defaults.tags);
    tags::check_ours(field, problems);
    let own = tags::read(field, tags::MOST_OF_MADE, problems);
    if own.len() <= tags::MOST_OF_MADE {
        let all: BTreeSet<&String> = own.keys().chain(common.keys()).collect();
        let span = field.at().map_or(&entry.span, |at| &at.span);
        tags::too_many(all.len(), tags::MOST_OF_MADE, span, problems);
    }
    let sources = bucket.source_keys.or(&defaults.source_keys);
    let complete = sources.get().is_none_or(|list| list.complete) && !sources.is_bad();
    let sources = sources.get().map(|list| list.items.as_slice()).unwrap_or_default();
    let source_keys: Vec<_> = sources.iter().map(|key| key_of(key, &home, accounts, problems)).collect();
    let key = key_of(bucket.key.or(&defaults.key).at()?, &home, accounts, problems)?;
    let mut source_keys = source_keys.into_iter().collect::<Option<BTreeSet<KeyId>>>()?;
    source_keys.remove(&key);
    let settings = bucket.settings.or(&defaults.settings).get();
    let manage = bucket.manage.or(&defaults.manage).get().copied().unwrap_or(true);
    (complete && problems.count() == before).then(|| Bucket {
        account: home.account,
        region: home.region.value.clone(),
        key,
        source_keys,
        bucket_key: bucket.bucket_key.or(&defaults.bucket_key).get().copied().unwrap_or(true),
        create: manage && bucket.create.or(&defaults.create).get().copied().unwrap_or(true),
        manage,
        enforce_settings: settings == Some(&Settings::Enforce),
        tags: own,
    })
}

/// A bucket of a remote account. What it is like, its owner tells; an alias of its key says nothing here.
fn told(
    name: BucketName,
    bucket: &file::Bucket,
    home: Home<'_>,
    accounts: &mut Accounts<'_>,
    problems: &mut Collector,
) -> Option<Bucket> {
    let expected = match bucket.key.at().filter(|key| key.value.exists()) {
        None => None,
        Some(key) => match key_of(key, &home, accounts, problems)?.name {
            KeyName::Existing(arn) if accounts.id(&home.account) == Some(&arn.account) => Some(arn),
            _ => {
                problems.add(&key.span, format!("this key is not of account `{}`, as its bucket is", home.account)).help(
                    "a key of a third account cannot be handed over: leave `key` out, and the offer tells the key",
                );
                return None;
            }
        },
    };
    let (account, region) = (home.account, home.region.value.clone());
    Some(Bucket {
        key: KeyId {
            account: account.clone(),
            region: region.clone(),
            name: KeyName::Told { bucket: name, expected },
        },
        account,
        region,
        source_keys: BTreeSet::new(),
        bucket_key: bucket.bucket_key.get().copied().unwrap_or(true),
        create: false,
        manage: false,
        enforce_settings: false,
        tags: BTreeMap::new(),
    })
}

/// The key that a bucket means by this.
fn key_of(
    key: &At<KeyRef>,
    home: &Home<'_>,
    accounts: &mut Accounts<'_>,
    problems: &mut Collector,
) -> Option<KeyId> {
    let region = &home.region.value;
    let account = match key.value.home() {
        None => home.account.clone(),
        Some((_, other)) if other != region => {
            problems
                .add(&key.span, format!("this key is in `{other}`, the bucket in `{region}`"))
                .also(&home.region.span, "the Region of the bucket")
                .help("a bucket is under a key of its own Region");
            return None;
        }
        Some((id, _)) => {
            let owner = accounts.refer_to_id(id, &key.span, problems)?;
            if accounts.is_remote(&owner) && !accounts.is_remote(&home.account) {
                problems
                    .add(&key.span, format!("this key is in account `{owner}`, which is remote"))
                    .help("a bucket that is managed here is under a key of an account that is managed here");
                return None;
            }
            accounts.claim_region(&owner, region, &key.span, problems);
            owner
        }
    };
    let name = key.value.name_in(accounts.id(&account)?, region);
    Some(KeyId { account, region: region.clone(), name })
}
