//! The map as a whole: accounts, buckets and links, in the order in which they are written.
//!
//! Deliberately absent: how it is written. That is [`super::page`].

use std::collections::BTreeSet;
use std::path::Path;

use crate::arn::AccountId;
use crate::config;
use crate::doctor::Snapshot;
use crate::iam::Marker;
use crate::resource::configuration::Configuration;
use crate::resource::rule_element::RuleElement;

use super::home::Home;
use super::key::{self, Named};
use super::link::{Link, prioritize};
use super::role::{self, Roles};
use super::rule::{self, Told};
use super::{Reached, Unadoptable, page};

/// What the marker is unless a map says otherwise.
const MARKER: &str = "Bucketbridge";

/// A profile map that describes what is there.
#[derive(Debug, Clone)]
pub struct Map {
    /// The source bucket.
    pub source: String,
    /// Unless it is the default.
    pub marker: Option<String>,
    /// The accounts that something of the map is in.
    pub accounts: Vec<Account>,
    /// What there is to say of the role.
    pub roles: Roles,
    /// The source, then destinations.
    pub buckets: Vec<Bucket>,
    /// In the order of the rules.
    pub rules: Vec<Rule>,
    /// Rules to other buckets than the one that was asked for.
    pub elsewhere: usize,
}

/// An account entry.
#[derive(Debug, Clone)]
pub struct Account {
    pub name: String,
    pub id: AccountId,
    pub profile: Option<String>,
}

/// A bucket entry.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub name: String,
    pub account: AccountId,
    pub region: String,
    pub key: Named,
    pub source_keys: Vec<Named>,
    /// Only where it is off.
    pub bucket_key: Option<bool>,
    /// Who administers and who uses the key, as `[keys]` says it.
    pub further: (Vec<String>, Vec<String>),
    pub notes: Vec<String>,
}

/// A rule of the configuration.
#[derive(Debug, Clone)]
pub enum Rule {
    /// As a link.
    Link(Box<Link>),
    /// Not in the map.
    Left {
        /// What it goes by.
        name: String,
        /// Where it leads.
        to: String,
        /// Why it is not.
        why: String,
    },
}

impl Map {
    /// Of what was read.
    ///
    /// # Errors
    /// The source bucket cannot be said.
    pub fn of(
        snapshot: &Snapshot,
        source: &Home<'_>,
        configuration: &Configuration,
        destination: Option<&str>,
        reached: &[Reached],
    ) -> Result<Self, Unadoptable> {
        let asked = |rule: &&RuleElement| destination.is_none_or(|name| name == rule::destination(rule));
        let marker = configuration.rules().filter(asked).find_map(|found| rule::marker(found, source));
        let mut map = Self {
            source: source.bucket.to_string(),
            marker: marker.filter(|marker| *marker != MARKER).map(str::to_owned),
            accounts: accounts(reached),
            roles: Roles::of(snapshot, configuration.role(), source),
            buckets: Vec::new(),
            rules: Vec::new(),
            elsewhere: configuration.rules().filter(|rule| !asked(rule)).count(),
        };
        let source_bucket = map.source_bucket(snapshot, source, configuration)?;
        map.buckets.push(source_bucket);
        map.check().map_err(|why| Unadoptable {
            message: format!("a profile map cannot say what bucket {} is: {why}", source.bucket),
            hint: "write the map by hand; profiles.example.toml is a commented one".to_owned(),
        })?;
        // Ours first: what they take, rules of others need not be adopted for.
        let mut rules: Vec<(usize, &RuleElement)> = configuration.rules().enumerate().collect();
        rules.retain(|(_, rule)| asked(rule));
        rules.sort_by_key(|(_, found)| rule::marker(found, source).is_none());
        let mut read: Vec<(usize, Rule)> = Vec::new();
        for (at, element) in rules {
            let told = rule::told(snapshot, element, source, marker);
            let rule = match told.and_then(|told| map.take(snapshot, told)) {
                Ok(link) => {
                    map.rules.push(Rule::Link(Box::new(link.clone())));
                    Rule::Link(Box::new(link))
                }
                Err(why) => {
                    let (name, to) = (rule::name(element, at), rule::destination(element).to_owned());
                    Rule::Left { name, to, why }
                }
            };
            read.push((at, rule));
        }
        read.sort_by_key(|(at, _)| *at);
        map.rules = read.into_iter().map(|(_, rule)| rule).collect();
        map.prioritize(configuration);
        map.only_what_is_used();
        Ok(map)
    }

    /// Its links.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.rules.iter().filter_map(|rule| match rule {
            Rule::Link(link) => Some(&**link),
            Rule::Left { .. } => None,
        })
    }

    /// The name of an account's entry.
    pub fn account<'a>(&'a self, id: &'a AccountId) -> &'a str {
        let found = self.accounts.iter().find(|account| account.id == *id);
        found.map_or(id.as_str(), |account| &account.name)
    }

    /// Everything that it does not say, or not as it is.
    pub fn unsaid(&self) -> Vec<String> {
        let mut unsaid = self.roles.notes.clone();
        for bucket in &self.buckets {
            let keys = std::iter::once(&bucket.key).chain(&bucket.source_keys);
            unsaid.extend(keys.flat_map(|key| &key.notes).cloned());
            unsaid.extend(bucket.notes.iter().map(|note| format!("bucket {}: {note}", bucket.name)));
        }
        for rule in &self.rules {
            match rule {
                Rule::Link(link) => {
                    unsaid.extend(link.notes.iter().map(|note| format!("link {}: {note}", link.name)));
                }
                Rule::Left { .. } => unsaid.extend(rule.left()),
            }
        }
        unsaid
    }

    fn reaches(&self, account: &str) -> bool {
        self.accounts.iter().any(|known| known.id.as_str() == account)
    }

    fn marker(&self) -> Marker<'_> {
        Marker(self.marker.as_deref().unwrap_or(MARKER))
    }

    /// The source bucket, under its default key, or one that its role may decrypt with.
    fn source_bucket(
        &self,
        snapshot: &Snapshot,
        source: &Home<'_>,
        configuration: &Configuration,
    ) -> Result<Bucket, Unadoptable> {
        let mut notes = Vec::new();
        let default = key::of_default(snapshot, source);
        let replicas: BTreeSet<String> = configuration
            .rules()
            .filter_map(|rule| rule::replica_key(snapshot, rule))
            .map(|name| key::named(snapshot, &name, source).map_or(name, |key| key.full))
            .collect();
        let mut keys: Vec<Named> = role::decrypts(snapshot, configuration.role(), source)
            .iter()
            .filter_map(|name| key::named(snapshot, name, source))
            .filter(|key| !replicas.contains(&key.full))
            .collect();
        if let Some(unreached) = default.iter().find(|key| !self.reaches(&key.account)) {
            return Err(out_of_reach(source, unreached));
        }
        keys.retain(|key| {
            let reached = self.reaches(&key.account);
            if !reached {
                notes.push(format!(
                    "its role may decrypt with {}, which is not in `source_keys`: no profile reaches account {}",
                    key.full, key.account
                ));
            }
            reached
        });
        if default.is_none() {
            notes.push(match keys.first() {
                Some(key) => format!(
                    "{}; `key` is one that the role may decrypt with: {}",
                    encryption(source),
                    key.text
                ),
                None => format!(
                    "{}, and its role names no key to decrypt with, so `key` is one that `apply` would make",
                    encryption(source)
                ),
            });
        }
        let made = || Named {
            text: format!("alias/{}", source.bucket.as_str().replace('.', "-")),
            account: source.account.to_string(),
            full: String::new(),
            also: Vec::new(),
            notes: Vec::new(),
        };
        let key = default.or_else(|| keys.first().cloned()).unwrap_or_else(made);
        keys.retain(|other| other.full != key.full);
        Ok(self.bucket(snapshot, source, key, keys, notes))
    }

    fn bucket(
        &self,
        snapshot: &Snapshot,
        home: &Home<'_>,
        key: Named,
        source_keys: Vec<Named>,
        notes: Vec<String>,
    ) -> Bucket {
        let kms = home.read.encryption.known().filter(|found| found.algorithm.starts_with("aws:kms"));
        Bucket {
            name: home.bucket.to_string(),
            account: home.account.clone(),
            region: home.region.to_string(),
            bucket_key: kms.filter(|found| !found.bucket_key).map(|_| false),
            further: key::further(snapshot, &key, &home.region, self.marker()),
            key,
            source_keys,
            notes,
        }
    }

    /// Takes a rule in as a link.
    ///
    /// # Errors
    /// Why the map cannot.
    fn take(&mut self, snapshot: &Snapshot, told: Told<'_>) -> Result<Link, String> {
        let Told { mut link, to, key } = told;
        if let Some(same) = self.links().find(|known| known.equals(&link)) {
            return Err(format!("link {} takes the same objects to the same bucket", same.name));
        }
        if !self.reaches(&key.account) {
            return Err(format!(
                "its replicas are under {}, and no profile here reaches account {}: give its profile as one more \
                 `--destination-profile`",
                key.full, key.account
            ));
        }
        let known = self.buckets.iter().position(|bucket| bucket.name == link.to);
        if let Some(bucket) = known.map(|at| &self.buckets[at]).filter(|bucket| bucket.key.text != key.text) {
            return Err(format!(
                "its replicas are under {}, and a map puts all replicas of a bucket under one key, here {}",
                key.full, bucket.key.text
            ));
        }
        link.christen(&self.links().map(|link| link.name.clone()).collect());
        if known.is_none() {
            let notes = unlike_default(snapshot, &to, &key).into_iter().collect();
            let bucket = self.bucket(snapshot, &to, key, Vec::new(), notes);
            self.buckets.push(bucket);
        }
        let alone = Self { rules: vec![Rule::Link(Box::new(link.clone()))], ..self.clone() };
        let judged = alone.check();
        if judged.is_err() && known.is_none() {
            self.buckets.pop();
        }
        judged.map(|()| link)
    }

    /// Whether the profile map's own reader takes it.
    fn check(&self) -> Result<(), String> {
        let read = config::parse(Path::new("adopted"), &page::page(self));
        let first = read.err().and_then(|problems| problems.iter().next());
        first.map_or(Ok(()), |problem| Err(problem.message))
    }

    fn prioritize(&mut self, configuration: &Configuration) {
        let highest = configuration.rules().filter_map(RuleElement::priority).max().unwrap_or_default();
        let links = self.links().count();
        let others = configuration.rules().count() - links;
        let left: Vec<(String, String, String, i32)> = configuration
            .rules()
            .enumerate()
            .filter(|(_, rule)| {
                rule.is_enabled() && !self.links().any(|link| link.rule.as_deref() == rule.id())
            })
            .filter_map(|(at, found)| {
                let to = rule::destination(found).to_owned();
                Some((rule::name(found, at), to, found.prefix().to_owned(), found.priority()?))
            })
            .collect();
        let mut links: Vec<&mut Link> = self
            .rules
            .iter_mut()
            .filter_map(|rule| match rule {
                Rule::Link(link) => Some(&mut **link),
                Rule::Left { .. } => None,
            })
            .collect();
        prioritize(&mut links, others, highest);
        for link in links.into_iter().filter(|link| !link.ours) {
            let loses = |(_, to, prefix, priority): &&(String, String, String, i32)| {
                *priority > link.found && link.overlaps(to, prefix)
            };
            let notes = left.iter().filter(loses).map(|(name, .., priority)| {
                format!(
                    "where both take an object, S3 follows rule {name} now and will follow this link's new rule; a \
                     `priority` below {priority} that no rule has would leave it as it is"
                )
            });
            link.notes.extend(notes.collect::<Vec<_>>());
        }
    }

    /// Accounts that nothing is in are not said.
    fn only_what_is_used(&mut self) {
        let buckets = &self.buckets;
        let keys = |bucket: &'_ Bucket| {
            let all = std::iter::once(&bucket.key).chain(&bucket.source_keys);
            all.map(|key| key.account.clone()).collect::<Vec<_>>()
        };
        let used = |id: &AccountId| {
            buckets.iter().any(|b| b.account == *id || keys(b).iter().any(|key| key == id.as_str()))
        };
        self.accounts.retain(|account| used(&account.id));
    }
}

impl Rule {
    /// What is said of one that is not in the map.
    pub fn left(&self) -> Option<String> {
        match self {
            Self::Link(_) => None,
            Self::Left { name, to, why } => {
                Some(format!("rule {name} to bucket {to} is not in this map and stays as it is: {why}"))
            }
        }
    }
}

/// Entries by the names of their profiles.
fn accounts(reached: &[Reached]) -> Vec<Account> {
    let mut accounts: Vec<Account> = Vec::new();
    for (at, Reached { id, profile }) in reached.iter().enumerate() {
        if accounts.iter().any(|known| known.id == *id) {
            continue;
        }
        let usable = |name: &&String| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@+ ".contains(c);
            !name.is_empty() && name.trim() == name.as_str() && name.chars().all(plain)
        };
        let place = if at == 0 { "source" } else { "destination" };
        let name = profile.as_ref().filter(usable).map_or_else(|| place.to_owned(), String::clone);
        let taken = accounts.iter().any(|known| known.name == name);
        let name = if taken { format!("{name}-{id}") } else { name };
        accounts.push(Account { name, id: id.clone(), profile: profile.clone() });
    }
    accounts
}

fn out_of_reach(source: &Home<'_>, key: &Named) -> Unadoptable {
    Unadoptable {
        message: format!(
            "bucket {} is under {}, and no profile here reaches account {}",
            source.bucket, key.full, key.account
        ),
        hint: "give its profile as one more `--destination-profile`".to_owned(),
    }
}

/// How the source encrypts, where that is not with a key that a map can name.
fn encryption(source: &Home<'_>) -> String {
    match source.read.encryption.known() {
        Some(found) if found.algorithm.starts_with("aws:kms") => {
            "the bucket's default encryption is under a key that AWS manages, for which a map has no word"
                .to_owned()
        }
        Some(found) => format!("the bucket's default encryption is {}, without a key", found.algorithm),
        None => "the bucket's default encryption is not known".to_owned(),
    }
}

/// A destination whose default key is another than that of its replicas.
fn unlike_default(snapshot: &Snapshot, to: &Home<'_>, key: &Named) -> Option<String> {
    let default = key::of_default(snapshot, to);
    match default {
        Some(default) if default.full == key.full => None,
        Some(default) => Some(format!(
            "its default encryption is under {}, its replicas are under {}; the map's `key` is the latter, and the \
             bucket's setting is only reported",
            default.text, key.text
        )),
        None => Some(format!(
            "its default encryption names no key of its own, its replicas are under {}; the bucket's setting is only \
             reported",
            key.text
        )),
    }
}
