//! What is withdrawn: which names of ours leave which document, and what becomes of each. Pure.
//!
//! A name leaves when the map makes it and no link that stays does. So what is withdrawn comes from the
//! map, not from what happens to be there, and a run that was killed is finished by the next one.
//!
//! Deliberately absent: reading and writing. Those are [`crate::remove`].

mod changes;
pub mod keys;
mod names;
mod plan;

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::BucketName;
use crate::resource::role_removal::Ties;
use crate::resource::{
    Seen, Step, Stop, bucket_policy, key_deletion, key_policy, replication, role, role_policy,
};
use crate::topology::{KeyId, LinkName};

pub use crate::resource::role_removal::Known;
pub use names::Names;
pub use plan::{Plan, plan};

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The links that go.
    pub links: BTreeSet<LinkName>,
    /// The whole map goes, with what it gives to keys that no link uses.
    pub whole: bool,
    /// What has our marker and is of no link of the map goes, too.
    pub orphans: bool,
}

/// A name of ours that leaves a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The bucket whose rules need it, and must be gone first.
    pub source: Option<BucketName>,
    /// It is of no link of the map: perhaps another map's.
    pub orphan: bool,
}

/// Names of ours that leave a document.
pub type Leaving = BTreeMap<String, Name>;

/// A document, and what leaves it.
#[derive(Debug, Clone)]
pub struct Going<D> {
    /// The document.
    pub place: D,
    /// Sids of statements, or ids of rules.
    pub leaving: Leaving,
    /// Those of them that were found in it.
    pub found: BTreeSet<String>,
}

/// One document's part.
pub type Part<D, L> = Step<Going<D>, L>;

/// A key's part, where its deletion was asked for.
pub type KeyStep = Step<KeyId, key_deletion::Found>;

/// A role of a source bucket, as it was found.
#[derive(Debug)]
pub struct FoundRole {
    /// By the map's naming, or by the bucket's configuration (`adopted`).
    pub desired: role::Desired,
    /// The role.
    pub seen: Seen<role::Live>,
    /// What hangs on it; read only where the role may go.
    pub ties: Result<Ties, Stop>,
    /// Where our inline policy is.
    pub place: role_policy::Desired,
    /// Our inline policy.
    pub policy: Seen<role_policy::Live>,
}

/// Everything that was read.
#[derive(Debug, Default)]
pub struct Found {
    /// Configurations of source buckets.
    pub configurations: BTreeMap<BucketName, Seen<replication::Live>>,
    /// Policies of destination buckets.
    pub bucket_policies: BTreeMap<BucketName, Seen<bucket_policy::Live>>,
    /// Keys.
    pub keys: BTreeMap<KeyId, Seen<key_deletion::Found>>,
    /// Their policies.
    pub key_policies: BTreeMap<KeyId, Seen<key_policy::Live>>,
    /// The roles that may hold something of ours, of each source bucket.
    pub roles: BTreeMap<BucketName, Vec<FoundRole>>,
}
