//! Replication, decided as S3 decides it.
//!
//! - [`document`]: the configuration, read;
//! - [`admission`]: what is refused when it is stored;
//! - [`configuration`]: storing, answering, deleting;
//! - [`selection`]: which rules take a version, decided when it is written;
//! - [`queue`]: `PENDING` until the delay ends;
//! - [`facts`]: the documents as they are at that moment;
//! - [`requests`]: the requests that S3 makes with the role's session;
//! - [`decision`]: whether each is allowed;
//! - [`delivery`]: the replica;
//! - [`explain`]: what became of a key, for a person.

pub mod admission;
pub mod configuration;
pub mod decision;
pub mod delivery;
pub mod document;
pub mod explain;
pub mod facts;
pub mod queue;
pub mod requests;
pub mod selection;
pub mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::RwLock;

use verdict::Verdict;

/// The configurations by bucket and the verdicts so far.
#[derive(Debug, Default)]
pub struct Replication {
    configurations: RwLock<BTreeMap<String, Stored>>,
    verdicts: RwLock<Vec<Verdict>>,
}

/// A configuration as it was put, and as it was understood.
#[derive(Clone, Debug)]
pub struct Stored {
    pub text: Arc<str>,
    pub configuration: Arc<document::Configuration>,
}

impl Replication {
    pub fn of(&self, bucket: &str) -> Option<Stored> {
        self.configurations.read().get(bucket).cloned()
    }

    pub fn put(&self, bucket: &str, stored: Stored) {
        self.configurations.write().insert(bucket.to_owned(), stored);
    }

    pub fn remove(&self, bucket: &str) {
        self.configurations.write().remove(bucket);
    }

    /// A later verdict on the same version and rule replaces the earlier.
    pub fn note(&self, verdict: Verdict) {
        let mut verdicts = self.verdicts.write();
        match verdicts.iter_mut().rev().find(|other| other.is_about_the_same(&verdict)) {
            Some(earlier) => *earlier = verdict,
            None => verdicts.push(verdict),
        }
    }

    pub fn why(&self, bucket: &str, key: &str) -> Vec<Verdict> {
        let verdicts = self.verdicts.read();
        verdicts.iter().filter(|verdict| verdict.bucket == bucket && verdict.key == key).cloned().collect()
    }
}
