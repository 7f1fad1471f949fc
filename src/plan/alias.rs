//! Aliases that name another key than the documents which were written before.
//!
//! The alias is the map's name for the key, so an apply follows it. But the key may have been swapped
//! behind the map's back, and objects may be under the former one: that has to be seen.
//!
//! Deliberately absent: calls. Documents that are read anyway tell.

use std::collections::{BTreeMap, BTreeSet};

use crate::arn::{BucketName, KeyArn};
use crate::resource::{Action, Difference, Seen, Step, bucket, key, replication, role_policy};
use crate::topology::{KeyId, KeyName};

/// What is wanted and what was found, of all resources of a kind.
type All<K, D, L> = BTreeMap<K, (D, Seen<L>)>;

/// Keys of the map, and the ARNs that stand for them in a document.
type Named<'a> = (Vec<&'a KeyId>, Vec<String>);

/// Each key whose alias names another key than our documents do, all of them, with that key.
pub fn former(
    keys: &All<KeyId, key::Desired, key::Live>,
    buckets: &All<BucketName, bucket::Desired, bucket::Live>,
    role_policies: &All<BucketName, role_policy::Desired, role_policy::Live>,
    replications: &All<BucketName, replication::Desired, replication::Live>,
) -> BTreeMap<KeyId, KeyArn> {
    let mut named: Vec<Named<'_>> = Vec::new();
    named.extend(found(role_policies).flat_map(|(desired, live)| live.keys_named(desired)));
    named.extend(found(replications).flat_map(|(desired, live)| live.keys_named(desired)));
    named.extend(found(buckets).filter_map(|(d, live)| Some((vec![&d.spec.key], vec![live.default_key()?]))));
    let current: BTreeMap<&KeyId, String> = keys
        .iter()
        .filter_map(|(id, (_, seen))| Some((id, seen.as_ref().ok()?.as_ref()?)))
        .filter(|(_, live)| live.is_aliased())
        .map(|(id, live)| (id, live.arn().to_string()))
        .collect();
    let in_use: BTreeSet<&String> = current.values().collect();
    let aliased = current.iter().filter(|(id, _)| matches!(id.name, KeyName::Alias(_)));
    aliased
        .filter_map(|(id, now)| {
            let mine = named.iter().filter(|(ids, _)| ids.contains(id));
            let arns: Vec<&String> = mine.flat_map(|(_, arns)| arns).collect();
            if arns.contains(&now) {
                return None;
            }
            // A key that another name of the map stands for was not swapped: the map was changed.
            let other = arns.into_iter().filter(|arn| !in_use.contains(arn));
            let former =
                other.filter_map(|arn| arn.parse::<KeyArn>().ok()).find(|arn| arn.region == id.region)?;
            Some(((*id).clone(), former))
        })
        .collect()
}

fn found<K, D, L>(all: &All<K, D, L>) -> impl Iterator<Item = (&D, &L)> {
    all.values().filter_map(|(desired, seen)| Some((desired, seen.as_ref().ok()?.as_ref()?)))
}

/// The step of a key whose documents name another one. To follow an alias that is not managed is no
/// change of the key.
pub fn said(
    mut step: Step<key::Desired, key::Live>,
    former: &KeyArn,
    managed: bool,
) -> Step<key::Desired, key::Live> {
    let Ok(Some(live)) = &step.live else { return step };
    let id = &step.desired.id;
    let (alias, account, region, now) = (&id.name, &id.account, &id.region, live.arn());
    let change = &mut step.change;
    change.notes.push(format!(
        "{alias} names {now}, and what was written before names {former}: `aws kms update-alias --alias-name {alias} \
         --target-key-id {former} --region {region}` in account {account} points it back; or apply to follow it, with \
         {former} in `source_keys` of each bucket that has objects under it"
    ));
    if managed {
        change.action = Action::Update;
        change.details.push(Difference::changed("alias", former.to_string(), now.to_string()));
    }
    step
}
