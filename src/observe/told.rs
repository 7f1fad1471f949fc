//! Things of other teams, as they were told.
//!
//! Deliberately absent: asking anybody. What was not told is awaited.

use crate::exchange::{Told, first};
use crate::message::Kind;
use crate::resource::{Awaits, Stop, bucket, key, role};
use crate::topology::{AccountName, Topology};

use super::Observed;

/// The buckets and keys that links here lead to, and the roles that links here come from.
pub fn take(topology: &Topology, told: &Told, observed: &mut Observed) {
    for (name, link) in &topology.links {
        let (from, to) = (&topology.buckets[&link.from], &topology.buckets[&link.to]);
        if topology.is_remote(&to.account) {
            let said = told.destination(&link.to);
            let unsaid = || awaits(&to.account, first(link));
            let bucket = said.map(|said| Some(bucket::Live::told(said))).ok_or_else(unsaid);
            observed.buckets.insert(link.to.clone(), (bucket::desired(topology, &link.to), bucket));
            let key = said.map(|said| Some(key::Live::told(said))).ok_or_else(unsaid);
            observed.keys.insert(to.key.clone(), (key::desired(topology, &to.key), key));
            let role = observed.roles.get(&link.from).and_then(|(_, seen)| seen.as_ref().ok()?.as_ref());
            let unique_id = role.and_then(role::Live::unique_id).map(str::to_owned);
            let awaited = told.awaited(topology, link, unique_id.as_deref());
            observed.awaited.extend(awaited.map(|awaits| (name.clone(), awaits)));
        }
        if topology.is_remote(&from.account) {
            let said = told.source(&link.from);
            let named = said.map(|said| said.role.arn.clone());
            let role = said.map(|said| Some(role::Live::told(said)));
            let role = role.ok_or_else(|| awaits(&from.account, Kind::Request));
            observed.roles.insert(link.from.clone(), (role::desired(topology, &link.from, named), role));
        }
    }
}

fn awaits(account: &AccountName, message: Kind) -> Stop {
    Stop::awaits(Awaits { account: account.clone(), message: message.as_str() })
}
