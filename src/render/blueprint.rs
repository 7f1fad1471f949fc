//! What is to be made, with its documents: what every format is rendered from.
//!
//! The plan is one for accounts in which nothing is, and for a map that leaves nothing to others; what the
//! map does leave to others is marked, and of its documents ours alone is of use ([`Care`]).
//!
//! Deliberately absent: any form in which it is written.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::arn::{AccountId, BucketName, KeyArn, Partition, Region, RoleArn};
use crate::observe::Observed;
use crate::plan::{Plan, PlanProblem, plan};
use crate::resource::{
    Action, Step, Stop, bucket_policy, configuration, key, key_policy, replication, role, role_policy,
};
use crate::topology::{AccountName, Credentials, KeyId, KeyName, Topology};

use super::identifier::{file_names, identifiers};

/// Whose a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// It is made, with everything that it holds.
    Make,
    /// It is there already; ours is put beside what others have in it.
    Add,
    /// It is there already, and others write it; they are told what it lacks (`manage = false`).
    Leave,
}

/// Everything that is to be made.
#[derive(Debug)]
pub struct Blueprint {
    /// By name.
    pub accounts: BTreeMap<AccountName, Account>,
    /// A replica comes after its primary.
    pub keys: Vec<Key>,
    /// One for each source bucket.
    pub roles: Vec<Role>,
    /// Sources and destinations.
    pub buckets: Vec<Bucket>,
}

/// An account.
#[derive(Debug)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Its partition.
    pub partition: Partition,
    /// A name of letters, digits and `_`.
    pub identifier: String,
    /// The name of a folder.
    pub folder: String,
    /// How the map reaches it.
    pub credentials: Credentials,
}

/// A key.
#[derive(Debug)]
pub struct Key {
    /// Which.
    pub id: KeyId,
    /// Whose.
    pub care: Care,
    /// Its ARN, where the map says it.
    pub arn: Option<KeyArn>,
    /// What stands for its ARN where that is not known yet: `KEY_backup_us_east_1_alias_orders`.
    pub variable: String,
    /// What its files are called.
    pub file: String,
    /// Of a key that is made.
    pub description: String,
    /// Of a key that is made.
    pub tags: BTreeMap<String, String>,
    /// Of a key that is made.
    pub multi_region: bool,
    /// What is done about rotation; a replica follows its primary.
    pub rotation: Option<bool>,
    /// The key that it is made a replica of.
    pub primary: Option<KeyId>,
    /// What KMS gives a key that is made without a policy.
    pub default_policy: Value,
    /// The policy of a new key, with ours in it; `None` where there is none of ours.
    pub policy: Option<Value>,
    /// Ours alone.
    pub statements: Vec<Value>,
}

impl Key {
    /// Its ARN, or the placeholder for it.
    pub fn name(&self) -> String {
        self.arn.as_ref().map_or_else(|| placeholder(&self.variable), ToString::to_string)
    }
}

/// A replication role with its policies.
#[derive(Debug)]
pub struct Role {
    /// The account of the source bucket.
    pub account: AccountName,
    /// The Region of the source bucket.
    pub region: Region,
    /// Which.
    pub arn: RoleArn,
    /// What its files are called.
    pub file: String,
    /// The name of its source bucket in letters, digits and `_`.
    pub identifier: String,
    /// The source bucket.
    pub source: BucketName,
    /// Of a role that is made.
    pub tags: BTreeMap<String, String>,
    /// The trust policy.
    pub trust: Value,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// The name of the inline policy.
    pub policy_name: String,
    /// The inline policy.
    pub policy: Value,
}

/// A bucket with its documents.
#[derive(Debug)]
pub struct Bucket {
    /// Which.
    pub name: BucketName,
    /// Its name in letters, digits and `_`.
    pub identifier: String,
    /// Whose.
    pub care: Care,
    /// Where.
    pub account: AccountName,
    /// Where.
    pub region: Region,
    /// The key of its default encryption.
    pub key: KeyId,
    /// Whether that uses a bucket key.
    pub bucket_key: bool,
    /// Encryption, ownership and public access block are written, also where the bucket is there.
    pub settings: bool,
    /// Of a bucket that is made.
    pub tags: BTreeMap<String, String>,
    /// Its policy: ours alone.
    pub policy: Option<Value>,
    /// Its replication configuration, as AWS's CLI takes it: our rules alone.
    pub replication: Option<Value>,
    /// The buckets that it replicates to.
    pub destinations: Vec<BucketName>,
    /// The keys that its objects are under, its own first.
    pub source_keys: Vec<KeyId>,
}

/// What stands for a value that is known later.
pub fn placeholder(variable: &str) -> String {
    format!("${{{variable}}}")
}

impl Blueprint {
    /// Of a profile map.
    ///
    /// # Errors
    /// Steps that cannot be done by anybody.
    pub fn of(topology: &Topology) -> Result<Self, Vec<PlanProblem>> {
        let all_ours = with_everything_made(topology);
        let plan = plan(&all_ours, Observed::nothing(&all_ours));
        if !plan.problems().is_empty() {
            return Err(plan.problems().to_vec());
        }
        let variables = identifiers(
            topology
                .keys
                .keys()
                .map(|id| (id.clone(), format!("KEY_{}_{}_{}", id.account, id.region, id.name))),
        );
        let key_files =
            files(topology.keys.keys().map(|id| (&id.account, id, format!("{}-{}", id.region, id.name))));
        let role_files = files(
            plan.roles
                .iter()
                .map(|(source, step)| (&step.desired.account, source, step.desired.arn.name.clone())),
        );
        let identifiers = identifiers(topology.buckets.keys().map(|name| (name.clone(), name.to_string())));
        let draft = Draft { topology, plan: &plan, variables, key_files, role_files, identifiers };
        draft.blueprint().map_err(|stop| {
            vec![PlanProblem {
                id: stop.by.clone(),
                message: stop.message,
                hint: stop.hint,
                details: stop.details,
            }]
        })
    }

    /// The key of that id. Every id inside a blueprint is of a key in it.
    pub fn key(&self, id: &KeyId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == *id)
    }

    /// The key that a value names by its placeholder.
    pub fn key_named(&self, value: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.arn.is_none() && placeholder(&key.variable) == value)
    }

    /// The bucket of that name.
    pub fn bucket(&self, name: &BucketName) -> Option<&Bucket> {
        self.buckets.iter().find(|bucket| bucket.name == *name)
    }
}

/// The map as if all of it were to be made: then every document can be foreseen.
fn with_everything_made(topology: &Topology) -> Topology {
    let mut topology = topology.clone();
    for key in topology.keys.values_mut() {
        (key.create, key.manage) = (true, true);
    }
    for bucket in topology.buckets.values_mut() {
        (bucket.create, bucket.manage) = (true, true);
    }
    topology
}

struct Draft<'a> {
    topology: &'a Topology,
    plan: &'a Plan,
    variables: BTreeMap<KeyId, String>,
    key_files: BTreeMap<KeyId, String>,
    role_files: BTreeMap<BucketName, String>,
    identifiers: BTreeMap<BucketName, String>,
}

/// The names of files, different from each other in each account.
fn files<'a, K: Ord + Clone + 'a>(
    names: impl Iterator<Item = (&'a AccountName, &'a K, String)>,
) -> BTreeMap<K, String> {
    let mut by_account: BTreeMap<&AccountName, Vec<(K, String)>> = BTreeMap::new();
    for (account, key, name) in names {
        by_account.entry(account).or_default().push((key.clone(), name));
    }
    by_account.into_values().flat_map(file_names).collect()
}

impl Draft<'_> {
    fn blueprint(&self) -> Result<Blueprint, Stop> {
        let mut keys =
            self.plan.keys.iter().map(|(id, step)| self.key(id, step)).collect::<Result<Vec<_>, _>>()?;
        keys.sort_by_key(|key| key.primary.is_some());
        let names = || self.topology.accounts.keys().map(|name| (name.clone(), name.to_string()));
        let (names, folders) = (identifiers(names()), file_names(names()));
        let account = |name: &AccountName| {
            let account = self.topology.account(name);
            Account {
                id: account.id.clone(),
                partition: account.partition,
                identifier: names[name].clone(),
                folder: folders[name].clone(),
                credentials: account.credentials.clone(),
            }
        };
        Ok(Blueprint {
            accounts: self.topology.accounts.keys().map(|name| (name.clone(), account(name))).collect(),
            keys,
            roles: self
                .plan
                .roles
                .iter()
                .map(|(source, step)| self.role(source, step))
                .collect::<Result<_, _>>()?,
            buckets: self.topology.buckets.keys().map(|name| self.bucket(name)).collect::<Result<_, _>>()?,
        })
    }

    fn key_name(&self, id: &KeyId) -> Option<String> {
        Some(match &id.name {
            KeyName::Existing(arn) => arn.to_string(),
            KeyName::Alias(_) | KeyName::Told { .. } => placeholder(&self.variables[id]),
        })
    }

    fn role_of(&self, source: &BucketName) -> RoleArn {
        role::arn_by_map(self.topology, source)
    }

    fn key(&self, id: &KeyId, step: &Step<key::Desired, key::Live>) -> Result<Key, Stop> {
        let spec = &self.topology.keys[id];
        let account = self.topology.account(&id.account);
        let root = format!("arn:{}:iam::{}:root", account.partition.as_str(), account.id);
        let primary = spec.replica_of.clone();
        let made = spec.create && primary.as_ref().is_none_or(|id| self.topology.keys[id].manage);
        let arn = match &id.name {
            KeyName::Existing(arn) => Some(arn.clone()),
            KeyName::Alias(_) | KeyName::Told { .. } => None,
        };
        let care = match (spec.manage, made && arn.is_none()) {
            (false, _) => Care::Leave,
            (true, false) => Care::Add,
            (true, true) => Care::Make,
        };
        let policy = self.plan.key_policies.get(id);
        let statements = policy.map(|step| key_policy::ours(&step.desired, &|name| self.role_of(name)));
        let whole = policy.filter(|step| step.change.action != Action::Keep);
        let whole =
            whole.map(|step| key_policy::planned(step, &root, &|name| self.role_of(name))).transpose()?;
        Ok(Key {
            id: id.clone(),
            care,
            arn,
            variable: self.variables[id].clone(),
            file: self.key_files[id].clone(),
            description: if primary.is_some() { String::new() } else { key::description(id) },
            tags: owned(step.desired.tags()),
            multi_region: spec.multi_region,
            rotation: match care {
                Care::Make if primary.is_none() => Some(spec.rotation.unwrap_or(true)),
                Care::Add if primary.is_none() => spec.rotation,
                _ => None,
            },
            primary,
            default_policy: key_policy::of_a_new_key(&root).value(),
            policy: whole.map(|document| document.value()),
            statements: statements.unwrap_or_default(),
        })
    }

    fn role(&self, source: &BucketName, step: &Step<role::Desired, role::Live>) -> Result<Role, Stop> {
        let (trust, boundary) = role::planned(step)?;
        let bucket = &self.topology.buckets[source];
        let policy = &self.plan.role_policies[source];
        Ok(Role {
            account: bucket.account.clone(),
            region: bucket.region.clone(),
            arn: step.desired.arn.clone(),
            file: self.role_files[source].clone(),
            identifier: self.identifiers[source].clone(),
            source: source.clone(),
            tags: owned(step.desired.tags()),
            trust: trust.value(),
            boundary,
            policy_name: role_policy::policy_name(&policy.desired).to_owned(),
            policy: role_policy::planned(policy, &|id| self.key_name(id))?.value(),
        })
    }

    fn bucket(&self, name: &BucketName) -> Result<Bucket, Stop> {
        let spec = &self.topology.buckets[name];
        let policy = self.plan.bucket_policies.get(name);
        let policy =
            policy.map(|step| bucket_policy::planned(step, &|name| self.role_of(name))).transpose()?;
        let rules = self.plan.replications.get(name);
        let rules = rules.map(|step| replication::planned(step, &|id| self.key_name(id))).transpose()?;
        let rules = rules.map(|xml| configuration::json(&xml)).transpose();
        let care = match (spec.manage, spec.create) {
            (false, _) => Care::Leave,
            (true, false) => Care::Add,
            (true, true) => Care::Make,
        };
        let mut destinations: Vec<_> =
            self.topology.links_from(name).map(|(_, link)| link.to.clone()).collect();
        destinations.sort();
        destinations.dedup();
        Ok(Bucket {
            name: name.clone(),
            identifier: self.identifiers[name].clone(),
            care,
            account: spec.account.clone(),
            region: spec.region.clone(),
            key: spec.key.clone(),
            bucket_key: spec.bucket_key,
            settings: care == Care::Make || care == Care::Add && spec.enforce_settings,
            tags: owned(self.plan.buckets[name].desired.tags()),
            policy: policy.map(|document| document.value()),
            replication: rules.map_err(|e| Stop::because(format!("the rules of bucket {name}: {e}")))?,
            destinations,
            source_keys: spec.keys().cloned().collect(),
        })
    }
}

fn owned<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
    tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}
