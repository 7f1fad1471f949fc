//! Whether a key may be deleted: what is said of it, and how.
//!
//! Deliberately absent: finding out.

use crate::resource::key_deletion::{Facts, Found, cancellation};
use crate::resource::{Action, Change, Difference, Kind, ResourceId, Seen, Step, Stop};
use crate::topology::{KeyId, KeyName, Topology};

/// What becomes of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Its deletion is scheduled.
    Schedule,
    /// It is not one that may ever go; and why.
    Keep(String),
    /// It must not go while this is so.
    Refuse(String),
}

/// What its own facts say. `aliases` in the map of its account and Region are ours.
pub fn by_its_facts(map: &Topology, id: &KeyId, found: &Found, facts: &Facts) -> Option<Verdict> {
    if found.is_pending_deletion() {
        return Some(Verdict::Keep(format!(
            "its deletion is scheduled already; until then: {}",
            cancellation(id, found.arn())
        )));
    }
    if found.is_aws_managed() {
        return Some(Verdict::Keep("AWS manages it".to_owned()));
    }
    if !map.keys[id].manage {
        return Some(Verdict::Keep("its entry says `manage = false`".to_owned()));
    }
    if !facts.ours {
        let why = "this tool did not make it: it does not carry the tag `bucketbridge`";
        return Some(Verdict::Keep(why.to_owned()));
    }
    let ours = |alias: &str| {
        let same = map.keys.keys().filter(|k| (&k.account, &k.region) == (&id.account, &id.region));
        same.into_iter().any(|k| matches!(&k.name, KeyName::Alias(name) if name.as_str() == alias))
    };
    if let Some(alias) = facts.aliases.iter().find(|alias| !ours(alias)) {
        return Some(Verdict::Keep(format!("{alias}, which is not in this map, points to it, too")));
    }
    let grantee = facts.grantees.first()?;
    Some(Verdict::Refuse(format!("{grantee} uses it by a grant")))
}

/// A key's part of the plan.
pub fn step(id: KeyId, seen: Seen<(Found, Verdict)>, days: i32) -> Option<Step<KeyId, Found>> {
    let resource = ResourceId { account: id.account.clone(), kind: Kind::Key, name: id.to_string() };
    let mut change =
        Change { id: resource, action: Action::Keep, details: vec![], notes: vec![], awaits: None };
    let live = match seen {
        Err(stop) => Err(stop),
        Ok(None) => return None,
        Ok(Some((found, Verdict::Keep(why)))) => {
            change.notes.push(format!("the key is kept: {why}"));
            Ok(Some(found))
        }
        Ok(Some((found, Verdict::Refuse(why)))) => Err(refused(&found, &why)),
        Ok(Some((found, Verdict::Schedule))) => {
            change.action = Action::Update;
            let after = format!("PendingDeletion, deleted after {days} days with all that is under it");
            change.details.push(Difference::changed("KeyState", found.state(), after));
            change.notes.push(format!("until then it can be cancelled: {}", cancellation(&id, found.arn())));
            Ok(Some(found))
        }
    };
    Some(Step { change, desired: id, live })
}

/// Why a key is not deleted.
pub fn refused(found: &Found, why: &str) -> Stop {
    Stop::new(
        format!("key {} is not deleted: {why}", found.arn()),
        "a key is never taken from data: delete what is under it or put it under another key first, and run the \
         command again; or leave `--delete-keys` out",
    )
}
