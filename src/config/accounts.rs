//! Account entries: ids, how each account is reached, and the partition it is in.
//!
//! Nobody signs in here. Profiles of the AWS files are named, not read.

use std::collections::{BTreeMap, BTreeSet};

use super::chain;
use super::file;
use super::names;
use super::problem::Collector;
use super::source::Span;
use super::table::{At, Field};
use super::value::{Entries, Entry};
use crate::arn::{AccountId, Partition, Region};
use crate::topology::{Account, AccountName, Credentials};

/// The account entries of the map.
pub struct Accounts<'a> {
    entries: &'a [Entry<file::Account>],
    names: BTreeSet<&'a str>,
    /// The table as a whole was reported as wrong, so that nothing is known of the names in it.
    torn: bool,
    ids: BTreeMap<&'a str, &'a AccountId>,
    credentials: BTreeMap<String, Credentials>,
    claims: BTreeMap<AccountName, Claim>,
}

/// Why an account is held to be in a partition.
struct Claim {
    partition: Partition,
    span: Span,
    contradicted: bool,
}

impl<'a> Accounts<'a> {
    /// Checks the entries one by one and together.
    pub fn read(field: &'a Field<Entries<file::Account>>, problems: &mut Collector) -> Self {
        let entries = field.get().map(|entries| entries.0.as_slice()).unwrap_or_default();
        let mut seen = BTreeMap::new();
        for entry in entries {
            names::check_entry("account", entry, problems);
            let Some(id) = entry.value.as_ref().and_then(|account| account.id.at()) else { continue };
            if let Some((name, span)) = seen.insert(&id.value, (&entry.name.value, &id.span)) {
                problems
                    .add(&id.span, format!("`accounts.{name}` has this id too"))
                    .also(span, "the other one")
                    .help("let all buckets of an account name one entry");
            }
        }
        let id = |entry: &'a Entry<file::Account>| {
            Some((entry.name.value.as_str(), entry.value.as_ref()?.id.get()?))
        };
        let mut accounts = Self {
            entries,
            names: names::of(entries),
            torn: field.is_bad(),
            ids: entries.iter().filter_map(id).collect(),
            credentials: chain::resolve(entries, problems),
            claims: BTreeMap::new(),
        };
        for (name, role) in chain::last_roles(entries) {
            accounts.claim(&AccountName(name.to_owned()), role.value.partition, &role.span, problems);
        }
        accounts
    }

    /// The entry that a bucket or a key refers to; reports it if there is none.
    pub fn refer(&self, reference: &At<String>, problems: &mut Collector) -> Option<AccountName> {
        if self.torn {
            return None;
        }
        names::refer("account", reference, &self.names, problems)
            .then(|| AccountName(reference.value.clone()))
    }

    /// The id of an entry, unless that was reported as wrong.
    pub fn id(&self, name: &AccountName) -> Option<&'a AccountId> {
        self.ids.get(name.0.as_str()).copied()
    }

    /// The entry with that id; reports it if there is none.
    pub fn refer_to_id(&self, id: &AccountId, span: &Span, problems: &mut Collector) -> Option<AccountName> {
        let found = self.ids.iter().find(|(_, known)| **known == id);
        // An entry whose id is wrong may be the one that is meant.
        if found.is_none() && self.ids.len() == self.names.len() && !self.torn {
            problems.add(span, format!("no account of this map has the id `{id}`")).help(format!(
                "the key's policy is changed there: add an account entry with `id = \"{id}\"`"
            ));
        }
        found.map(|(name, _)| AccountName((*name).to_owned()))
    }

    /// Something of the account is in this partition; reports what contradicts it.
    pub fn claim(
        &mut self,
        account: &AccountName,
        partition: Partition,
        span: &Span,
        problems: &mut Collector,
    ) {
        let new = Claim { partition, span: span.clone(), contradicted: false };
        let known = self.claims.entry(account.clone()).or_insert(new);
        if known.partition != partition && !known.contradicted {
            known.contradicted = true;
            let message = format!("account `{account}` is in partition `{partition}` by this");
            problems.add(span, message).also(&known.span, format!("in `{}` by this", known.partition));
        }
    }

    /// Likewise, for a Region that the account has something in.
    pub fn claim_region(
        &mut self,
        account: &AccountName,
        region: &Region,
        span: &Span,
        problems: &mut Collector,
    ) {
        self.claim(account, region.partition(), span, problems);
    }

    /// The partition of an account of which nothing says that it is elsewhere.
    pub fn partition(&self, account: &AccountName) -> Partition {
        self.claims.get(account).map_or(Partition::Aws, |claim| claim.partition)
    }

    /// Reports roles that would have to be assumed from another partition, and lets an account that only
    /// lends its credentials be where they are used. Only after all claims.
    pub fn settle_partitions(&mut self, problems: &mut Collector) {
        let account = |name: &str| AccountName(name.to_owned());
        // Each round goes one entry further up a chain, and chains are short.
        for _ in 0..chain::LONGEST {
            for (name, from) in chain::origins(self.entries) {
                let Some(Claim { partition, span, .. }) = self.claims.get(&account(name)) else { continue };
                let lent = Claim { partition: *partition, span: span.clone(), contradicted: false };
                self.claims.entry(account(&from.value)).or_insert(lent);
            }
        }
        let known = |name: &str| self.claims.get(&AccountName(name.to_owned())).filter(|c| !c.contradicted);
        for (name, from) in chain::origins(self.entries) {
            let (Some(here), Some(there)) = (known(name), known(&from.value)) else { continue };
            if here.partition != there.partition {
                let (here, there) = (here.partition, there.partition);
                let message = format!(
                    "a role of `{here}` cannot be assumed from `{}`, which is in `{there}`",
                    from.value
                );
                problems.add(&from.span, message);
            }
        }
    }

    /// Whether nobody signs in to the account of that entry.
    pub fn is_remote(&self, name: &AccountName) -> bool {
        matches!(self.credentials.get(name.0.as_str()), Some(Credentials::Remote { .. }))
    }

    /// Whether there is a remote account.
    pub fn any_remote(&self) -> bool {
        self.credentials.values().any(|credentials| matches!(credentials, Credentials::Remote { .. }))
    }

    /// The accounts that have no problem.
    pub fn resolved(&self) -> BTreeMap<AccountName, Account> {
        let one = |entry: &Entry<file::Account>| {
            let name = AccountName(entry.name.value.clone());
            let id = self.id(&name)?.clone();
            let credentials = self.credentials.get(&name.0)?.clone();
            let partition = self.partition(&name);
            Some((name, Account { id, partition, credentials }))
        };
        self.entries.iter().filter_map(one).collect()
    }
}
