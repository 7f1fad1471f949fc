//! Which cures `bucketbridge apply` carries out for a link: the doctor knows what apply does in general,
//! the profile map what it may touch.
//!
//! Deliberately absent: cures, which are the doctor's, and whether apply has the permissions for them.

use crate::doctor::{Change, DocumentName, Finding, Read, Snapshot};
use crate::resource::merge::is_ours;
use crate::topology::{Bucket, KeyId, KeyName, Link, Topology};

/// What apply may touch for the sake of a link.
#[derive(Debug, Clone, Copy)]
pub struct Reach<'a> {
    pub topology: &'a Topology,
    pub link: &'a Link,
    pub snapshot: &'a Snapshot,
}

impl Reach<'_> {
    /// Takes the promise out of cures that the map keeps apply from.
    pub fn narrow(&self, findings: &mut [Finding]) {
        for finding in findings {
            let possible = match finding.cause {
                "src-bucket-missing" => self.bucket(self.link.from.as_str(), |bucket| bucket.create),
                "src-replication-missing" => self.bucket(self.link.from.as_str(), |bucket| bucket.manage),
                _ => true,
            };
            if let Some(fix) = &mut finding.fix {
                fix.apply &= possible && fix.changes.iter().all(|change| self.makes(change));
            }
        }
    }

    fn makes(&self, change: &Change) -> bool {
        match change {
            Change::AddStatement { document, .. } => self.writes(document),
            // What others wrote is theirs.
            Change::ReplaceStatement { document, statement, .. } => {
                is_ours(&self.topology.marker, statement) && self.writes(document)
            }
            Change::RemoveStatement { .. } | Change::EnableKey { .. } => false,
            Change::SetRuleElement { bucket, .. }
            | Change::SetReplicationRole { bucket, .. }
            | Change::SetBucket { bucket, .. } => self.bucket(bucket, |bucket| bucket.manage),
            Change::CreateBucket { bucket, .. } => self.bucket(bucket, |bucket| bucket.create),
            Change::CreateKey { .. } => {
                let key = self.topology.buckets.get(&self.link.to).map(|bucket| &bucket.key);
                key.and_then(|id| self.topology.keys.get(id)).is_some_and(|key| key.create)
            }
            Change::CreateRole { .. } => true,
        }
    }

    fn bucket(&self, name: &str, may: fn(&Bucket) -> bool) -> bool {
        let mut buckets = self.topology.buckets.iter();
        buckets.find(|(own, _)| own.as_str() == name).is_some_and(|(_, bucket)| may(bucket))
    }

    fn writes(&self, document: &DocumentName) -> bool {
        match document {
            DocumentName::RolePolicy { .. } | DocumentName::TrustPolicy { .. } => true,
            DocumentName::AttachedPolicy { .. }
            | DocumentName::PermissionsBoundary { .. }
            | DocumentName::KeyGrants { .. } => false,
            DocumentName::BucketPolicy { bucket } | DocumentName::Replication { bucket } => {
                self.bucket(bucket, |bucket| bucket.manage)
            }
            DocumentName::KeyPolicy { key } => {
                let topology = self.topology;
                let ends = [&self.link.from, &self.link.to];
                let buckets = ends.into_iter().filter_map(|name| topology.buckets.get(name));
                let mut ids = buckets.flat_map(Bucket::keys).filter(|id| self.is_key(id, key));
                ids.next().and_then(|id| topology.keys.get(id)).is_some_and(|key| key.manage)
            }
        }
    }

    /// Whether the map's key is the one of this ARN. Of an alias that could not be read it may be.
    fn is_key(&self, id: &KeyId, arn: &str) -> bool {
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        let account = self.topology.accounts.get(&id.account).map(|account| account.id.as_str());
        let place = [Some(id.region.as_str()), account];
        if place != [fields.get(3).copied(), fields.get(4).copied()] {
            return false;
        }
        let aliases = match self.snapshot.key(arn) {
            Read::Known(key) => key.aliases.clone(),
            _ => Read::default(),
        };
        match (&id.name, aliases) {
            (KeyName::Alias(alias), Read::Known(known)) => known.iter().any(|own| own == alias.as_str()),
            (KeyName::Alias(_), Read::Absent) => false,
            (KeyName::Alias(_), Read::Unread(_)) => true,
            // Nothing is written in a remote account.
            (KeyName::Told { .. }, _) => false,
            (KeyName::Existing(_), _) => fields.get(5) == Some(&id.name.to_string().as_str()),
        }
    }
}
