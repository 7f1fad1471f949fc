//! What would be found in accounts in which nothing is: for a plan that is made without asking anybody.
//!
//! Deliberately absent: any claim that it is so.

use crate::resource::{bucket, bucket_policy, key, key_policy, replication, role, role_policy};
use crate::topology::Topology;

use super::Observed;

impl Observed {
    /// Nothing, for each thing that is wanted.
    pub fn nothing(topology: &Topology) -> Self {
        let mut observed = Self::default();
        for id in topology.keys.keys() {
            observed.keys.insert(id.clone(), (key::desired(topology, id), Ok(None)));
            observed.key_policies.insert(id.clone(), (key_policy::desired(topology, id), Ok(None)));
        }
        for name in topology.buckets.keys() {
            observed.buckets.insert(name.clone(), (bucket::desired(topology, name), Ok(None)));
            if let Some(desired) = bucket_policy::desired(topology, name) {
                observed.bucket_policies.insert(name.clone(), (desired, Ok(None)));
            }
        }
        for name in topology.sources() {
            let role = role::desired(topology, name, None);
            let policy = role_policy::desired(topology, name, &role.arn, false);
            let replication = replication::desired(topology, name, &role.arn);
            observed.roles.insert(name.clone(), (role, Ok(None)));
            observed.role_policies.insert(name.clone(), (policy, Ok(None)));
            observed.replications.insert(name.clone(), (replication, Ok(None)));
        }
        observed
    }
}
