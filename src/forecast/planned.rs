//! A plan, with what is around it, as a snapshot. Pure.
//!
//! Keys that are still to be made have no ARN; a name that no key can have stands for it.

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::{BucketName, RoleArn};
use crate::doctor::snapshot::{Bucket, Encryption, Key, KeyFacts, PolicyText, PublicAccessBlock, Role};
use crate::doctor::{Read, Snapshot, Unread};
use crate::plan::Plan;
use crate::resource::{Stop, bucket, bucket_policy, key_policy, replication, role, role_policy};
use crate::topology::{KeyId, KeyName, Topology};

use super::Around;

/// What there is to go by.
pub struct Planned<'a> {
    /// What is wanted.
    pub topology: &'a Topology,
    /// What would change.
    pub plan: &'a Plan,
    /// What others have.
    pub around: Around,
}

/// The keys that links need of a bucket: of a source all that its objects may be under.
pub fn keys<'a>(
    topology: &'a Topology,
    sources: &BTreeSet<&BucketName>,
    name: &BucketName,
) -> impl Iterator<Item = &'a KeyId> + use<'a> {
    let most = if sources.contains(name) { usize::MAX } else { 1 };
    topology.buckets[name].keys().take(most)
}

/// The ARN of a key, or what stands for that of one that is still to be made; nothing, if it could not be
/// read.
pub fn arn(topology: &Topology, plan: &Plan, id: &KeyId) -> Option<String> {
    match (&plan.keys.get(id)?.live, &id.name) {
        (Ok(Some(live)), _) => Some(live.arn().to_string()),
        (Ok(None), name) => Some(in_account(topology, id, &format!("key/({name})"))),
        (Err(_), _) => None,
    }
}

fn in_account(topology: &Topology, id: &KeyId, what: &str) -> String {
    let account = topology.account(&id.account);
    format!("arn:{}:kms:{}:{}:{what}", account.partition.as_str(), id.region, account.id)
}

/// What cannot be done is not foreseen.
fn read<T>(foreseen: Result<T, Stop>) -> Read<T> {
    match foreseen {
        Ok(value) => Read::Known(value),
        Err(stop) => Read::Unread(Unread { why: stop.message, ..Unread::default() }),
    }
}

impl Planned<'_> {
    /// The buckets with their keys and roles.
    pub fn snapshot(self, sources: &BTreeSet<&BucketName>, buckets: &BTreeSet<&BucketName>) -> Snapshot {
        let mut snapshot = self.around.things.clone();
        for name in buckets {
            let bucket = self.bucket(name);
            snapshot.buckets.insert(name.to_string(), bucket);
            for id in keys(self.topology, sources, name) {
                let managed = self.topology.keys.get(id).is_none_or(|key| key.manage);
                if let (true, Some(arn)) = (managed, arn(self.topology, self.plan, id)) {
                    snapshot.keys.insert(arn.clone(), Read::Known(self.key(id, arn)));
                }
            }
        }
        for name in sources {
            let role = self.role(name);
            snapshot.roles.insert(self.role_of(name).to_string(), role);
        }
        snapshot
    }

    fn key_name(&self, id: &KeyId) -> Option<String> {
        arn(self.topology, self.plan, id)
    }

    fn role_of(&self, source: &BucketName) -> RoleArn {
        let planned = self.plan.roles.get(source).map(|step| step.desired.arn.clone());
        planned.unwrap_or_else(|| role::arn_by_map(self.topology, source))
    }

    /// New objects of a bucket may be under another key than the map's. A link is about the map's.
    fn bucket(&self, name: &BucketName) -> Read<Bucket> {
        let spec = &self.topology.buckets[name];
        let encryption = self.key_name(&spec.key).map(|key| Encryption {
            algorithm: "aws:kms".to_owned(),
            key: Some(key),
            bucket_key: spec.bucket_key,
        });
        let encryption = encryption.map_or_else(Read::default, Read::Known);
        if !spec.manage {
            let found = self.around.things.bucket(name.as_str());
            return found.map(|bucket| Bucket { encryption, ..bucket.clone() });
        }
        let Some(step) = self.plan.buckets.get(name) else { return Read::default() };
        read(bucket::planned(step)).map(|planned| Bucket {
            owner: Read::Known(self.topology.account(&spec.account).id.to_string()),
            region: Read::Known(spec.region.to_string()),
            versioning: Read::Known("Enabled".to_owned()),
            encryption,
            policy: self.bucket_policy(name, matches!(step.live, Ok(None))),
            public_access_block: match planned.public_access_blocked {
                true => Read::Known(PublicAccessBlock {
                    block_public_acls: true,
                    ignore_public_acls: true,
                    block_public_policy: true,
                    restrict_public_buckets: true,
                }),
                false => Read::default(),
            },
            ownership: planned.ownership.map_or(Read::Absent, Read::Known),
            object_lock: if planned.object_lock { Read::Known("Enabled".to_owned()) } else { Read::Absent },
            replication: match self.plan.replications.get(name) {
                Some(step) => read(replication::planned(step, &|id| self.key_name(id))),
                None => Read::Absent,
            },
            ..Bucket::default()
        })
    }

    fn bucket_policy(&self, name: &BucketName, is_new: bool) -> Read<PolicyText> {
        match (self.plan.bucket_policies.get(name), self.around.policies.get(name)) {
            (Some(step), _) => {
                read(bucket_policy::planned(step, &|source| self.role_of(source))).map(Into::into)
            }
            (None, Some(policy)) => policy.clone(),
            (None, None) if is_new => Read::Absent,
            (None, None) => Read::default(),
        }
    }

    fn key(&self, id: &KeyId, arn: String) -> Key {
        let is_new = self.plan.keys.get(id).is_some_and(|step| matches!(step.live, Ok(None)));
        let multi_region =
            self.topology.keys.get(id).is_some_and(|key| key.multi_region || key.replica_of.is_some());
        let root = format!(
            "arn:{}:iam::{}:root",
            self.topology.account(&id.account).partition.as_str(),
            self.topology.account(&id.account).id
        );
        Key {
            arn: Some(arn.clone()),
            // A key that is read as usable is.
            facts: Read::Known(KeyFacts {
                manager: "CUSTOMER".to_owned(),
                state: "Enabled".to_owned(),
                spec: "SYMMETRIC_DEFAULT".to_owned(),
                usage: "ENCRYPT_DECRYPT".to_owned(),
                origin: "AWS_KMS".to_owned(),
                multi_region,
            }),
            aliases: match &id.name {
                KeyName::Alias(alias) => Read::Known(vec![alias.to_string()]),
                KeyName::Existing(_) | KeyName::Told { .. } => Read::default(),
            },
            policy: match self.plan.key_policies.get(id) {
                Some(step) => {
                    read(key_policy::planned(step, &root, &|source| self.role_of(source))).map(Into::into)
                }
                None => Read::default(),
            },
            grants: match self.around.things.key(&arn) {
                _ if is_new => Read::Known(Vec::new()),
                found => found.and_then(|key| key.grants.clone()),
            },
        }
    }

    fn role(&self, source: &BucketName) -> Read<Role> {
        let (Some(role), Some(policy)) = (self.plan.roles.get(source), self.plan.role_policies.get(source))
        else {
            return Read::default();
        };
        let arn = role.desired.arn.to_string();
        let found = match (&role.live, self.around.things.role(&arn)) {
            (Ok(None), _) => Read::Known(of_a_new_role(arn)),
            (_, found) => found.map(Role::clone),
        };
        let name = role_policy::policy_name(&policy.desired).to_owned();
        let inline = read(role_policy::planned(policy, &|id| self.key_name(id))).map(PolicyText::from);
        found.and_then(|found| {
            read(role::planned(role)).map(|(trust, _)| Role {
                trust: Read::Known(trust.into()),
                inline: found.inline.map(|mut policies| {
                    policies.insert(name, inline);
                    policies
                }),
                boundary: match self.around.boundaries.get(source) {
                    Some(boundary) => Read::Known(boundary.clone()),
                    None => Read::Absent,
                },
                ..found
            })
        })
    }
}

fn of_a_new_role(arn: String) -> Role {
    Role {
        arn,
        inline: Read::Known(BTreeMap::new()),
        attached: Read::Known(Vec::new()),
        tags: Read::Known(BTreeMap::new()),
        ..Role::default()
    }
}
