//! What was looked at, in the form in which a plan is saved.
//!
//! Deliberately absent: whether it has changed. That is [`crate::plan`].

use serde_json::{Value, json};

use crate::resource::{
    ResourceId, Seen, bucket, bucket_policy, key, key_policy, replication, role, role_policy,
};

use super::Observed;

impl Observed {
    /// Each resource with what was found of it: `null` if it does not exist, `{"unread": true}` if it
    /// could not be read or cannot be used.
    pub fn facts(&self) -> Vec<(ResourceId, Value)> {
        // Destructured whole, so that an eighth kind cannot be forgotten.
        let Observed {
            keys,
            key_policies,
            buckets,
            bucket_policies,
            replications,
            roles,
            role_policies,
            awaited: _,
        } = self;
        let mut all = Vec::new();
        all.extend(keys.iter().map(|(id, (_, seen))| (key::resource_id(id), found(seen, key::Live::facts))));
        all.extend(roles.values().map(|(d, seen)| (role::resource_id(d), found(seen, role::Live::facts))));
        all.extend(
            buckets.values().map(|(d, seen)| (bucket::resource_id(d), found(seen, bucket::Live::facts))),
        );
        let policy = role_policies.values();
        all.extend(
            policy.map(|(d, seen)| (role_policy::resource_id(d), found(seen, role_policy::Live::facts))),
        );
        let policy = key_policies.iter();
        all.extend(
            policy.map(|(id, (_, seen))| (key_policy::resource_id(id), found(seen, key_policy::Live::facts))),
        );
        let policy = bucket_policies.values();
        all.extend(
            policy.map(|(d, seen)| (bucket_policy::resource_id(d), found(seen, bucket_policy::Live::facts))),
        );
        let rules = replications.values();
        all.extend(
            rules.map(|(d, seen)| (replication::resource_id(d), found(seen, replication::Live::facts))),
        );
        all
    }
}

fn found<L>(seen: &Seen<L>, facts: impl Fn(&L) -> Value) -> Value {
    match seen {
        Ok(None) => Value::Null,
        Ok(Some(live)) => facts(live),
        Err(_) => json!({"unread": true}),
    }
}
