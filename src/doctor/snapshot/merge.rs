//! Two snapshots of the same accounts, each of which could read what the other could not.
//!
//! What was read wins over what was not. Where both read something, the first one counts.
//!
//! Deliberately absent: telling which of two is older.

use std::collections::BTreeMap;

use super::{Account, Bucket, Key, Object, Read, Role, Snapshot};

impl Snapshot {
    /// Everything that either has.
    #[must_use]
    pub fn merged(self, other: Self) -> Self {
        let mut accounts = other.accounts;
        for (id, own) in self.accounts {
            let merged = match accounts.remove(&id) {
                Some(theirs) => own.merged(theirs),
                None => own,
            };
            accounts.insert(id, merged);
        }
        let mut objects = self.objects;
        for theirs in other.objects {
            match objects.iter_mut().find(|own| own.is_same_version(&theirs)) {
                Some(own) => *own = std::mem::take(own).merged(theirs),
                None => objects.push(theirs),
            }
        }
        Self {
            version: self.version,
            taken: self.taken.or(other.taken),
            accounts,
            buckets: both(self.buckets, other.buckets, Bucket::merged),
            keys: both(self.keys, other.keys, Key::merged),
            roles: both(self.roles, other.roles, Role::merged),
            objects,
        }
    }
}

fn both<T>(
    first: BTreeMap<String, Read<T>>,
    second: BTreeMap<String, Read<T>>,
    merge: fn(T, T) -> T,
) -> BTreeMap<String, Read<T>> {
    let mut merged = second;
    for (name, own) in first {
        let value = match (own, merged.remove(&name)) {
            (Read::Known(own), Some(Read::Known(theirs))) => Read::Known(merge(own, theirs)),
            (own, Some(theirs)) => own.or(theirs),
            (own, None) => own,
        };
        merged.insert(name, value);
    }
    merged
}

impl Account {
    fn merged(self, other: Self) -> Self {
        Self {
            caller: self.caller.or(other.caller),
            organization: self.organization.or(other.organization),
            canonical_id: self.canonical_id.or(other.canonical_id),
        }
    }
}

impl Bucket {
    fn merged(self, other: Self) -> Self {
        let mut not_owned_by = self.not_owned_by;
        not_owned_by.extend(other.not_owned_by);
        not_owned_by.sort();
        not_owned_by.dedup();
        Self {
            owner: self.owner.or(other.owner),
            not_owned_by,
            region: self.region.or(other.region),
            versioning: self.versioning.or(other.versioning),
            encryption: self.encryption.or(other.encryption),
            policy: self.policy.or(other.policy),
            public_access_block: self.public_access_block.or(other.public_access_block),
            account_public_access_block: self
                .account_public_access_block
                .or(other.account_public_access_block),
            ownership: self.ownership.or(other.ownership),
            object_lock: self.object_lock.or(other.object_lock),
            request_payment: self.request_payment.or(other.request_payment),
            replication: self.replication.or(other.replication),
        }
    }
}

impl Key {
    fn merged(self, other: Self) -> Self {
        Self {
            arn: self.arn.or(other.arn),
            facts: self.facts.or(other.facts),
            aliases: self.aliases.or(other.aliases),
            policy: self.policy.or(other.policy),
            grants: self.grants.or(other.grants),
        }
    }
}

impl Role {
    fn merged(self, other: Self) -> Self {
        Self {
            arn: self.arn,
            id: self.id.or(other.id),
            trust: self.trust.or(other.trust),
            inline: match (self.inline, other.inline) {
                (Read::Known(own), Read::Known(theirs)) => Read::Known(both(own, theirs, |own, _| own)),
                (own, theirs) => own.or(theirs),
            },
            attached: self.attached.or(other.attached),
            boundary: self.boundary.or(other.boundary),
            tags: self.tags.or(other.tags),
        }
    }
}

impl Object {
    /// Whether both are about the same version, as far as they say.
    fn is_same_version(&self, other: &Self) -> bool {
        self.bucket == other.bucket && self.key == other.key && self.version_id == other.version_id
    }

    fn merged(self, other: Self) -> Self {
        Self {
            facts: self.facts.or(other.facts),
            tags: self.tags.or(other.tags),
            access: self.access.or(other.access),
            before_rule: self.before_rule.or(other.before_rule),
            ..self
        }
    }
}
