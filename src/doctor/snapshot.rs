//! What was read in the accounts, as plain data: what the doctor judges, and what `--save-snapshot`
//! writes.
//!
//! Every part that is read by a call of its own is a [`Read`], so that what could not be read is named
//! with the permission that would let us. A key that this version does not know is ignored, and one that
//! is missing was not read; neither ever counts as a grant.
//!
//! Deliberately absent: reading anything, and names checked like those of [`crate::arn`]: here stands
//! whatever AWS said.

mod bucket;
mod key;
mod merge;
mod object;
mod read;
mod role;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use bucket::{Bucket, Encryption, PublicAccessBlock};
pub use key::{Key, KeyFacts, KeyGrant, full_key_name};
pub use object::{Object, ObjectAccess, ObjectChange, ObjectFacts};
pub use read::{PolicyText, Read, Unread};
pub use role::{AttachedPolicy, Role};

/// The version of the format: raised when a key goes away or changes its meaning.
pub const VERSION: u32 = 1;

/// Everything that the doctor looks at.
///
/// What is in none of the maps was not read. `Absent` there says that the thing does not exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Of the format.
    pub version: u32,
    /// When it was read.
    #[serde(default)]
    pub taken: Option<Timestamp>,
    /// The accounts that were looked at, by id.
    #[serde(default)]
    pub accounts: BTreeMap<String, Account>,
    /// By name.
    #[serde(default)]
    pub buckets: BTreeMap<String, Read<Bucket>>,
    /// By [`full_key_name`]: the ARN of a key or of an alias. A key that a rule names by its alias and a
    /// bucket by its ARN may stand here twice.
    #[serde(default)]
    pub keys: BTreeMap<String, Read<Key>>,
    /// By ARN.
    #[serde(default)]
    pub roles: BTreeMap<String, Read<Role>>,
    /// Object versions that are asked about.
    #[serde(default)]
    pub objects: Vec<Object>,
}

/// An account that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// The ARN of whoever looked.
    #[serde(default)]
    pub caller: Option<String>,
    /// The id of its organization (`DescribeOrganization`); absent if it is in none.
    #[serde(default)]
    pub organization: Read<String>,
    /// Its canonical user id (`ListBuckets`).
    #[serde(default)]
    pub canonical_id: Read<String>,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            version: VERSION,
            taken: None,
            accounts: BTreeMap::new(),
            buckets: BTreeMap::new(),
            keys: BTreeMap::new(),
            roles: BTreeMap::new(),
            objects: Vec::new(),
        }
    }
}

/// A text that is no snapshot that this version can judge.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It is not JSON of this form.
    #[error("not a snapshot: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// It was written by a later version.
    #[error("the snapshot has version {0}; this program reads version {VERSION}")]
    Version(u32),
}

impl Snapshot {
    /// From what [`Snapshot::text`] wrote.
    ///
    /// # Errors
    /// It is no snapshot, or one of a later version.
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let snapshot: Self = serde_json::from_str(text)?;
        if snapshot.version != VERSION {
            return Err(SnapshotError::Version(snapshot.version));
        }
        Ok(snapshot)
    }

    /// As it is written to a file.
    ///
    /// # Errors
    /// None that this type can have.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// What is known of a bucket.
    pub fn bucket(&self, name: &str) -> Read<&Bucket> {
        look_up(&self.buckets, name)
    }

    /// What is known of a role.
    pub fn role(&self, arn: &str) -> Read<&Role> {
        look_up(&self.roles, arn)
    }

    /// What is known of a key, by its ARN or that of one of its aliases.
    pub fn key(&self, name: &str) -> Read<&Key> {
        if let Some(found) = self.keys.get(name) {
            return found.as_ref();
        }
        let known = self.keys.values().filter_map(Read::known);
        let by_name = known.into_iter().find(|key| key.has_name(name));
        by_name.map_or_else(|| Read::not_looked_up(name), Read::Known)
    }
}

fn look_up<'a, T>(map: &'a BTreeMap<String, Read<T>>, name: &str) -> Read<&'a T> {
    map.get(name).map_or_else(|| Read::not_looked_up(name), Read::as_ref)
}
