//! The seven kinds of resource, one file each: what is wanted, how it is read, how the two differ,
//! how it is written.
//!
//! A convention, not a trait: each file declares `Desired` (from the topology), `Needs` (what must
//! exist first), `Live` (the proof that it exists), `observe`, `diff` and `apply`. A `Live` can be
//! built only in its own file, by having read or made the thing.
//!
//! Deliberately absent: any way to delete a bucket or an object. The deletion of a key is scheduled in
//! [`key_deletion`] alone, for whom it was typed.

pub mod bucket;
pub mod bucket_policy;
mod bucket_settings;
pub mod configuration;
pub mod grant;
pub mod insertion;
pub mod key;
pub mod key_deletion;
pub mod key_policy;
mod key_state;
pub mod key_use;
pub mod merge;
pub mod place;
pub mod replication;
pub mod role;
mod role_name;
pub mod role_policy;
pub mod role_removal;
pub mod rule;
pub mod rule_element;
pub mod unaliased;
pub mod unmanaged;
pub mod withdrawal;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::aws::AwsError;
use crate::topology::LinkName;

pub use crate::change::{Action, Awaits, Change, Difference, Kind, ResourceId};
pub use crate::topology::TAG;

/// Why a step cannot be done: what AWS refused, or what a person has to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// What is the matter, in a sentence without an end.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The step was not even tried: its outcome is `blocked`, not `failed`.
    pub untried: bool,
    /// What it waits for in vain, where that is another resource.
    pub by: Option<ResourceId>,
    /// Field by field, what is known to be wrong.
    pub details: Vec<Difference>,
    /// The message of another team that would tell.
    pub awaits: Option<Awaits>,
}

/// A step that something waits for in vain, or for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The step that failed first, or what another team has yet to tell of.
    pub by: ResourceId,
    /// The message that would tell.
    pub awaits: Option<Awaits>,
}

impl Blocked {
    /// By a step that failed.
    pub fn by(by: ResourceId) -> Self {
        Self { by, awaits: None }
    }
}

/// What is waited for: the other team's message, or a step.
impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.awaits {
            Some(awaits) => awaits.fmt(f),
            None => self.by.fmt(f),
        }
    }
}

impl Stop {
    /// A reason with its way out.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: Some(hint.into()),
            untried: false,
            by: None,
            details: Vec::new(),
            awaits: None,
        }
    }

    /// A reason that nobody but its author can do something about.
    pub fn because(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            untried: false,
            by: None,
            details: Vec::new(),
            awaits: None,
        }
    }

    /// A reason not to try at all.
    pub fn untried(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
            untried: true,
            by: None,
            details: Vec::new(),
            awaits: None,
        }
    }

    /// A document on a thing that could not be read: nobody knows what is in it.
    pub fn waits_for(by: ResourceId) -> Self {
        Self {
            message: format!("waits for {by}"),
            hint: None,
            untried: true,
            by: Some(by),
            details: Vec::new(),
            awaits: None,
        }
    }
}

impl Stop {
    /// A thing of another team, of which nothing is known before its message has come.
    pub fn awaits(awaits: Awaits) -> Self {
        Self { awaits: Some(awaits.clone()), ..Self::untried(format!("waits for {awaits}")) }
    }
}

impl From<AwsError> for Stop {
    fn from(error: AwsError) -> Self {
        Self {
            hint: error.hint(),
            message: error.to_string(),
            untried: error.is_interrupted(),
            by: None,
            details: Vec::new(),
            awaits: None,
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// What was found where something is wanted: the thing, nothing, or a reason to stop.
pub type Seen<L> = Result<Option<L>, Stop>;

/// One resource's part of the plan: what is wanted, what is there, and how they differ.
#[derive(Debug, Clone)]
pub struct Step<D, L> {
    /// For people and for JSON. `Keep` is a decision: the step makes no call.
    pub change: Change,
    /// What is wanted.
    pub desired: D,
    /// What was found.
    pub live: Seen<L>,
}

impl<D, L> Step<D, L> {
    /// A thing of another team: it is as that team says.
    pub fn told(id: ResourceId, desired: D, live: Seen<L>) -> Self {
        let change =
            Change { id, action: Action::Keep, details: Vec::new(), notes: Vec::new(), awaits: None };
        Self { change, desired, live }
    }

    /// Why nothing is known of a thing of another team.
    pub fn awaited(&self) -> Option<&Awaits> {
        self.live.as_ref().err()?.awaits.as_ref()
    }
}

/// What a step gives: the proof, and what the step is worth knowing for.
#[derive(Debug, Clone)]
pub struct Done<L> {
    /// The proof that it exists.
    pub live: L,
    /// For people.
    pub notes: Vec<String>,
}

impl<L> Done<L> {
    /// Nothing to say.
    pub fn quietly(live: L) -> Self {
        Self { live, notes: Vec::new() }
    }
}

/// What is left of a thing that ours was withdrawn from.
#[derive(Debug, Clone)]
pub struct Withdrawn {
    /// Nothing: it is deleted.
    pub gone: bool,
    /// For people.
    pub notes: Vec<String>,
}

/// Links that a shared document serves, and those that it does not yet, each with the step that it
/// waits for. A document is written for the links that can be had: one link's failure does not stop
/// another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Links whose statements or rules are in place.
    pub links: BTreeSet<LinkName>,
    /// Links without, and what they wait for.
    pub missing: BTreeMap<LinkName, Blocked>,
}

/// "3 other statements kept": what belongs to others is counted, so that it can be seen to be kept.
pub(crate) fn kept(others: usize, noun: &str) -> String {
    let plural = if others == 1 { "" } else { "s" };
    format!("{others} other {noun}{plural} kept")
}

/// What is done with a document: nothing, where nothing differs. One that could not be read is not
/// said to be right, nor to be absent.
pub(crate) fn decided(unread: bool, details: &[Difference], action: Action) -> Action {
    match (unread, details) {
        (true, _) => Action::Update,
        (false, []) => Action::Keep,
        (false, _) => action,
    }
}
