//! The desired world: accounts, keys, buckets and links, with every reference resolved.
//!
//! A `Topology` comes from a profile map that has no problems left ([`crate::config`]). It is keyed
//! by bucket and by key, not by link: a source bucket has one role and one replication
//! configuration, a destination bucket one policy and a key one policy, whatever the number of links.
//!
//! Deliberately absent: anything that AWS said. That is [`crate::observe`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arn::{AccountId, Alias, BucketArn, BucketName, KeyArn, Partition, Region, RoleArn};

/// The key of the tag that everything we make carries; a profile map cannot give it another value.
pub const TAG: &str = "bucketbridge";

/// Declares the name of an entry of the profile map.
macro_rules! entry_name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

entry_name!(
    /// The name of an account's entry in the profile map.
    AccountName
);
entry_name!(
    /// The name of a link's entry in the profile map.
    LinkName
);

/// Everything that is wanted.
#[derive(Debug, Clone)]
pub struct Topology {
    /// The accounts, by the name of their entry.
    pub accounts: BTreeMap<AccountName, Account>,
    /// Every key that a bucket is under, made or adopted.
    pub keys: BTreeMap<KeyId, Key>,
    /// The buckets, by their real names.
    pub buckets: BTreeMap<BucketName, Bucket>,
    /// The links, by the name of their entry.
    pub links: BTreeMap<LinkName, Link>,
    /// How replication roles are named and made.
    pub roles: Roles,
    /// Tags of everything that is made.
    pub tags: BTreeMap<String, String>,
    /// What the Sids and rule ids of ours begin with: letters and digits only.
    pub marker: String,
}

/// An account and how it is reached.
#[derive(Debug, Clone)]
pub struct Account {
    /// Nothing is written unless STS says the same.
    pub id: AccountId,
    /// All Regions of an account's buckets are of this partition.
    pub partition: Partition,
    /// How credentials are had.
    pub credentials: Credentials,
}

/// Where an account's credentials come from.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// The SDK's default chain: environment, default profile, container, instance.
    Default,
    /// A named profile of the AWS files.
    Profile(String),
    /// Roles assumed one after the other; the last one is in the account. A role that another account
    /// entry assumes (`from = "prod"`) is already put before it here.
    Roles {
        /// Who assumes the first role.
        base: Base,
        /// In the order in which they are assumed; never empty.
        chain: Vec<AssumeRole>,
    },
    /// Nobody signs in there: it is another team's, and what is needed of it comes by handoff.
    Remote {
        /// Which of its roles may be granted: an ARN, or a glob over path and name that begins with `/`.
        /// `None`: the role that the map names.
        role: Option<String>,
    },
}

/// Who assumes the first role of a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Base {
    /// The SDK's default chain.
    Default,
    /// A named profile.
    Profile(String),
}

/// One role to assume.
#[derive(Debug, Clone)]
pub struct AssumeRole {
    /// The role.
    pub role: RoleArn,
    /// Handed to STS; printed in a trust policy alone.
    pub external_id: Option<ExternalId>,
    /// Shown in CloudTrail.
    pub session_name: Option<String>,
    /// Unset: STS's default of one hour.
    pub duration: Option<Duration>,
    /// `sts:SourceIdentity`.
    pub source_identity: Option<String>,
    /// Session tags.
    pub session_tags: BTreeMap<String, String>,
    /// The device whose code is asked for at the terminal, once per base identity.
    pub mfa_serial: Option<String>,
}

/// An external id: text, or the name of a variable that holds it. It has no `Display`, and `Debug`
/// hides it.
#[derive(Clone, PartialEq, Eq)]
pub enum ExternalId {
    /// As it stands in the file.
    Text(String),
    /// The name of an environment variable.
    Variable(String),
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "ExternalId(hidden)",
            Self::Variable(_) => "ExternalId(from a variable)",
        })
    }
}

/// Which key: the account and Region it serves, and how the map names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId {
    /// The account that owns the key.
    pub account: AccountName,
    /// Keys are Regional.
    pub region: Region,
    /// As the map names it.
    pub name: KeyName,
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.region)
    }
}

/// How the map names a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyName {
    /// An alias; one that does not exist is made with a new key.
    Alias(Alias),
    /// An existing key, by its ARN or by an id whose account and Region are the bucket's.
    Existing(KeyArn),
    /// The key of a bucket in a remote account: which it is, its owner tells.
    Told {
        /// The bucket.
        bucket: BucketName,
        /// Which it has to be, if the map says.
        expected: Option<KeyArn>,
    },
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias(alias) => f.pad(alias.as_str()),
            Self::Existing(arn) => f.pad(&format!("key/{}", arn.id)),
            Self::Told { bucket, .. } => f.pad(&format!("of bucket {bucket}")),
        }
    }
}

/// What a key should be.
#[derive(Debug, Clone)]
pub struct Key {
    /// Make it if its alias is absent; otherwise its absence is an error. Never without `manage`.
    pub create: bool,
    /// Write it: alias, rotation and policy. Otherwise they are read and checked only.
    pub manage: bool,
    /// Yearly rotation; `None` leaves an existing key as it is and turns it on for one that is made.
    pub rotation: Option<bool>,
    /// Make it as a multi-Region key. S3 treats it as a single-Region key all the same.
    pub multi_region: bool,
    /// Make it as the replica of this multi-Region key of the same account.
    pub replica_of: Option<KeyId>,
    /// Principals who administer the key, beside the account itself.
    pub administrators: Vec<String>,
    /// Further principals who encrypt and decrypt with it.
    pub users: Vec<String>,
    /// Further statements, kept word for word (from a JSON file).
    pub statements: Vec<Value>,
}

/// A key of which the map says nothing more than its name.
impl Default for Key {
    fn default() -> Self {
        Self {
            create: true,
            manage: true,
            rotation: None,
            multi_region: false,
            replica_of: None,
            administrators: Vec::new(),
            users: Vec::new(),
            statements: Vec::new(),
        }
    }
}

/// What a bucket should be.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// The account that owns it; every call says so to S3.
    pub account: AccountName,
    /// Where it is, or is to be made.
    pub region: Region,
    /// The key of its default encryption, and the replica key of links into it.
    pub key: KeyId,
    /// Further keys that its objects are under: Decrypt is granted on them too.
    pub source_keys: BTreeSet<KeyId>,
    /// Whether default encryption uses a bucket key.
    pub bucket_key: bool,
    /// Make it if it is absent; otherwise its absence is an error. Never without `manage`.
    pub create: bool,
    /// Write it: settings, policy and replication configuration. Otherwise they are read and checked only.
    pub manage: bool,
    /// Bring an existing bucket's encryption, ownership and public access block to what a new one
    /// would get. Without it they are read and reported only, since others write to the bucket.
    pub enforce_settings: bool,
    /// Tags beside those of the map, given when the bucket is made.
    pub tags: BTreeMap<String, String>,
}

impl Bucket {
    /// The keys that objects of the bucket may be under: its own first.
    pub fn keys(&self) -> impl Iterator<Item = &KeyId> {
        std::iter::once(&self.key).chain(&self.source_keys)
    }
}

/// One source bucket replicating to one destination bucket: a rule of the replication configuration.
#[derive(Debug, Clone)]
pub struct Link {
    /// The source bucket.
    pub from: BucketName,
    /// The destination bucket.
    pub to: BucketName,
    /// Only keys that begin with it; empty for all.
    pub prefix: String,
    /// Only objects that carry every one of these tags when they are written.
    pub tags: BTreeMap<String, String>,
    /// As the map says; unset ones are assigned by [`crate::resource::replication`] and stay.
    pub priority: Option<i32>,
    /// A disabled rule is kept in the configuration and replicates nothing.
    pub enabled: bool,
    /// Replicate delete markers made by users.
    pub delete_markers: bool,
    /// Give replicas to the destination's owner. Resolved: by default true across accounts.
    pub owner_override: bool,
    /// Storage class of replicas; unset: that of the object.
    pub storage_class: Option<String>,
    /// S3 Replication Time Control (15 minutes). Turns metrics on.
    pub replication_time_control: bool,
    /// Replication metrics and failure events.
    pub metrics: bool,
    /// Replicate metadata changes made to replicas in the source bucket.
    pub replica_modifications: bool,
    /// Whom the destination's statements name.
    pub grant: Grant,
    /// Prove it with a canary.
    pub check: bool,
}

/// Whom the statements of a destination name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Grant {
    /// The role. It has to be there first, and is named again when it was made again.
    #[default]
    Role,
    /// The source's account, with a condition `aws:PrincipalArn` on the role's ARN: the role may come later,
    /// and be made again.
    AccountCondition,
}

/// How replication roles are named and made: one for each source bucket.
#[derive(Debug, Clone)]
pub struct Roles {
    /// A template with `{bucket}`, `{account_id}` and `{region}`; `None`: the default name.
    pub name: Option<String>,
    /// Begins and ends with `/`.
    pub path: String,
    /// The ARN of a policy, with `{account_id}` and `{partition}` filled in for each account.
    pub permissions_boundary: Option<String>,
    /// Add an `aws:SourceAccount` condition to the trust policy.
    pub source_account_condition: bool,
}

impl Topology {
    /// The account entry of that name. Every name inside a topology is resolved, so this one exists.
    ///
    /// # Panics
    /// On a name that is not of this topology.
    pub fn account(&self, name: &AccountName) -> &Account {
        &self.accounts[name]
    }

    /// Whether an account is another team's, so that nobody signs in there.
    pub fn is_remote(&self, name: &AccountName) -> bool {
        matches!(
            self.accounts.get(name).map(|account| &account.credentials),
            Some(Credentials::Remote { .. })
        )
    }

    /// The ARN of a bucket of this topology.
    pub fn bucket_arn(&self, name: &BucketName) -> BucketArn {
        BucketArn { partition: self.buckets[name].region.partition(), name: name.clone() }
    }

    /// All that is wanted, in words that are equal if it is: a digest of them tells one map from another.
    /// How accounts are reached is not in it, so that whoever applies need not be who planned.
    pub fn meaning(&self) -> String {
        let mut topology = self.clone();
        let credentials = topology.accounts.values_mut().map(|account| &mut account.credentials);
        let ours = credentials.filter(|credentials| !matches!(credentials, Credentials::Remote { .. }));
        ours.for_each(|credentials| *credentials = Credentials::Default);
        format!("{topology:?}")
    }

    /// Links that leave this bucket, in the order of their names.
    pub fn links_from<'a>(
        &'a self,
        bucket: &'a BucketName,
    ) -> impl Iterator<Item = (&'a LinkName, &'a Link)> {
        self.links.iter().filter(move |(_, link)| link.from == *bucket)
    }

    /// Buckets that at least one link leaves.
    pub fn sources(&self) -> BTreeSet<&BucketName> {
        self.links.values().map(|link| &link.from).collect()
    }

    /// The same world with these links only, and with the accounts, keys and buckets that they need.
    /// Links between the same two buckets share their grants, so they come along.
    pub fn select(&self, chosen: impl Fn(&LinkName, &Link) -> bool) -> Topology {
        let pairs: BTreeSet<(&BucketName, &BucketName)> =
            self.links.iter().filter(|(n, l)| chosen(n, l)).map(|(_, l)| (&l.from, &l.to)).collect();
        let links: BTreeMap<_, _> = self
            .links
            .iter()
            .filter(|(_, l)| pairs.contains(&(&l.from, &l.to)))
            .map(|(n, l)| (n.clone(), l.clone()))
            .collect();
        let buckets: BTreeMap<_, _> = self
            .buckets
            .iter()
            .filter(|(name, _)| links.values().any(|l| l.from == **name || l.to == **name))
            .map(|(n, b)| (n.clone(), b.clone()))
            .collect();
        let mut wanted: BTreeSet<KeyId> = buckets.values().flat_map(|b| b.keys().cloned()).collect();
        for id in wanted.clone() {
            wanted.extend(self.keys.get(&id).and_then(|key| key.replica_of.clone()));
        }
        let keys: BTreeMap<_, _> = self
            .keys
            .iter()
            .filter(|(id, _)| wanted.contains(id))
            .map(|(i, k)| (i.clone(), k.clone()))
            .collect();
        let mut needed: BTreeSet<AccountName> = buckets.values().map(|b| b.account.clone()).collect();
        needed.extend(keys.keys().map(|id| id.account.clone()));
        let accounts = self
            .accounts
            .iter()
            .filter(|(name, _)| needed.contains(name))
            .map(|(n, a)| (n.clone(), a.clone()))
            .collect();
        Topology { accounts, keys, buckets, links, ..self.clone() }
    }
}
