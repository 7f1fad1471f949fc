//! Whether a key may be deleted: its tag and aliases, then the account's buckets, then the versions in
//! the buckets of its links. What speaks against it ends the search.
//!
//! Deliberately absent: deleting it.

use std::collections::BTreeMap;

use crate::arn::BucketName;
use crate::aws::Accounts;
use crate::observe::unreachable;
use crate::removal::Names;
use crate::removal::keys::{Verdict, by_its_facts};
use crate::resource::Stop;
use crate::resource::key_deletion::{self, Found};
use crate::resource::key_use::{self, Defaults, Versions};
use crate::topology::{AccountName, KeyId};

/// Remembers what it has read: keys share accounts and buckets.
pub struct Judge<'a> {
    names: &'a Names<'a>,
    accounts: &'a Accounts,
    /// Versions of a bucket that are looked at, at most.
    most: usize,
    defaults: BTreeMap<AccountName, Defaults>,
    versions: BTreeMap<BucketName, Versions>,
}

impl<'a> Judge<'a> {
    /// One who has read nothing yet.
    pub fn new(names: &'a Names<'a>, accounts: &'a Accounts, most: usize) -> Self {
        Self { names, accounts, most, defaults: BTreeMap::new(), versions: BTreeMap::new() }
    }

    /// Whether the key may go.
    ///
    /// # Errors
    /// What a call about the key itself failed with.
    pub async fn judge(&mut self, id: &KeyId, key: &Found) -> Result<Verdict, Stop> {
        let Some(account) = self.accounts.get(&id.account) else {
            return Err(unreachable(self.accounts, &id.account));
        };
        let facts = key_deletion::facts(account, id, key).await?;
        if let Some(verdict) = by_its_facts(self.names.map, id, key, &facts) {
            return Ok(verdict);
        }
        if !self.defaults.contains_key(&id.account) {
            let found = key_use::defaults(account, &id.region).await?;
            self.defaults.insert(id.account.clone(), found);
        }
        let defaults = &self.defaults[&id.account];
        if let Some(why) = defaults.against(key.arn(), &facts.aliases) {
            return Ok(Verdict::Refuse(why));
        }
        for bucket in self.names.buckets_of_key(id) {
            if let Some(why) = self.versions(&bucket).await?.against(&bucket, key.arn()) {
                return Ok(Verdict::Refuse(why));
            }
        }
        Ok(Verdict::Schedule)
    }

    async fn versions(&mut self, bucket: &BucketName) -> Result<&Versions, Stop> {
        let spec = &self.names.map.buckets[bucket];
        let Some(account) = self.accounts.get(&spec.account) else {
            return Err(unreachable(self.accounts, &spec.account));
        };
        if !self.versions.contains_key(bucket) {
            let found = key_use::versions(account, &spec.region, bucket, self.most).await;
            self.versions.insert(bucket.clone(), found);
        }
        Ok(&self.versions[bucket])
    }
}
