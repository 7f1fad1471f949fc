//! What is said of a document that ours leaves: each statement or rule that goes, and what is kept.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::iam::{Document, Marker, sid};
use crate::resource::{Action, Change, Difference, ResourceId};

use super::{Leaving, Name};

/// How a name is said: it may be another map's.
fn said(what: &str, name: &Name) -> String {
    match name.orphan {
        true => format!("{what} (of no link of this map: it may be another map's)"),
        false => what.to_owned(),
    }
}

/// The statements that go.
pub fn dropped(document: &Document, leaving: &Leaving) -> Vec<Difference> {
    let named = document.statements().iter().filter_map(|s| Some((s, sid(s)?)));
    let going = named.filter_map(|(s, sid)| Some((s, sid, leaving.get(sid)?)));
    going
        .map(|(s, sid, name)| Difference::dropped(said(&format!("statement {sid}"), name), s.clone()))
        .collect()
}

/// A rule that goes.
pub fn dropped_rule(what: &str, name: &Name, fields: Value) -> Difference {
    Difference::dropped(said(what, name), fields)
}

/// What is kept in a document: of this map, with our marker, and of others. `all`: what the map makes.
pub fn kept(
    document: &Document,
    leaving: &Leaving,
    all: &BTreeSet<String>,
    marker: Marker<'_>,
) -> Vec<String> {
    let staying =
        document.statements().iter().filter(|s| !sid(s).is_some_and(|sid| leaving.contains_key(sid)));
    counted(staying.map(|s| sid(s).map(|sid| (all.contains(sid), marker.owns(sid)))), "statement")
}

/// As [`kept`], for rules.
pub fn kept_rules<'r>(
    ids: impl Iterator<Item = Option<&'r str>>,
    leaving: &Leaving,
    all: &BTreeSet<String>,
    marker: Marker<'_>,
) -> Vec<String> {
    let staying = ids.filter(|id| !id.is_some_and(|id| leaving.contains_key(id)));
    counted(staying.map(|id| id.map(|id| (all.contains(id), marker.owns_rule(id)))), "rule")
}

/// Each as (of this map, with our marker); `None`: without a name.
fn counted(staying: impl Iterator<Item = Option<(bool, bool)>>, noun: &str) -> Vec<String> {
    let (mut links, mut strays, mut others) = (0, 0, 0);
    for name in staying {
        match name {
            Some((true, _)) => links += 1,
            Some((false, true)) => strays += 1,
            _ => others += 1,
        }
    }
    let plural = |n: usize| if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") };
    let mut notes = Vec::new();
    if links > 0 {
        notes.push(format!("{} of this map kept", plural(links)));
    }
    if strays > 0 {
        notes.push(format!(
            "{} with our marker kept, of another map or a former link (`--orphans` drops them)",
            plural(strays)
        ));
    }
    if others > 0 {
        notes.push(format!("{} of others kept", plural(others)));
    }
    notes
}

/// What becomes of a document: nothing, where nothing of it goes; it is deleted, where nothing stays.
pub fn change(id: ResourceId, details: Vec<Difference>, is_left: bool, notes: Vec<String>) -> Change {
    let action = match (details.is_empty(), is_left) {
        (true, _) => Action::Keep,
        (false, true) => Action::Update,
        (false, false) => Action::Delete,
    };
    Change { id, action, details, notes, awaits: None }
}
