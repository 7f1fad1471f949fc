//! What the sessions of roles were given besides the role: tags and source
//! identity. The emulator keeps neither.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::RwLock;

#[derive(Debug, Default)]
pub struct Sessions(RwLock<HashMap<String, Arc<Session>>>);

#[derive(Clone, Debug, Default)]
pub struct Session {
    pub tags: BTreeMap<String, String>,
    /// The keys of those tags that go along into the next role of a chain.
    pub transitive: Vec<String>,
    pub source_identity: Option<String>,
}

impl Sessions {
    pub fn get(&self, access_key: &str) -> Option<Arc<Session>> {
        self.0.read().get(access_key).cloned()
    }

    pub fn put(&self, access_key: &str, session: Session) {
        self.0.write().insert(access_key.to_owned(), Arc::new(session));
    }
}
