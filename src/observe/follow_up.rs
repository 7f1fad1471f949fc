//! What is worth a call only because the first reading shows a difference.
//!
//! An estate that is as wanted costs nothing here.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::resource::{bucket, key, role_policy};
use crate::topology::KeyId;

use super::{Observed, Reader};

impl Reader<'_> {
    /// Whether buckets with another default key are ours; and how much room there is beside the inline
    /// policies of others, where ours has to be written.
    pub(super) async fn follow_up(&self, observed: &mut Observed) {
        let Observed { keys, buckets, roles, role_policies, .. } = observed;
        let names: BTreeMap<&KeyId, String> =
            keys.iter().filter_map(|(id, (_, seen))| Some((id, key::name(id, seen)?))).collect();
        let names = &|id: &KeyId| names.get(id).cloned();
        let buckets = buckets.values_mut().map(|(desired, seen)| async move {
            let (Ok(Some(live)), Some(key)) = (&mut *seen, names(&desired.spec.key)) else { return };
            let Some(account) = self.accounts.get(&desired.spec.account) else { return };
            if let Err(error) = bucket::recognize(account, desired, live, &key).await {
                *seen = Err(error.into());
            }
        });
        let policies = role_policies.iter_mut().map(|(source, (desired, seen))| {
            let exists = roles.get(source).is_some_and(|(_, role)| matches!(role, Ok(Some(_))));
            async move {
                let (true, Ok(live)) = (exists, &*seen) else { return };
                let Some(account) = self.accounts.get(&desired.account) else { return };
                if role_policy::is_lacking(desired, live.as_ref(), names) {
                    let others = role_policy::others(account, desired).await;
                    *desired = desired.clone().beside(others.map_err(|error| error.brief()));
                }
            }
        });
        futures_util::join!(join_all(buckets), join_all(policies));
    }
}
