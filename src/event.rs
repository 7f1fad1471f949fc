//! What work says while it goes on. [`crate::ui`] turns it into lines or progress bars on stderr.
//!
//! Deliberately absent: results. They are return values.

use std::time::Duration;

use tokio::sync::mpsc;

use crate::apply::outcome::Outcome;
use crate::canary::result::LinkStatus;
use crate::change::ResourceId;
use crate::operation::Operation;
use crate::topology::{AccountName, LinkName};

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// Credentials of so many accounts are being tried.
    SigningIn {
        /// How many.
        accounts: usize,
    },
    /// Resources are being read, so many in all.
    Reading {
        /// How many.
        resources: usize,
    },
    /// One of them has been read.
    Read(ResourceId),
    /// Steps are going to run, so many in all, kept ones not counted.
    Applying {
        /// How many.
        steps: usize,
    },
    /// A step has what it needs and starts.
    StepStarted(ResourceId),
    /// A step has ended.
    StepEnded {
        /// Which one.
        id: ResourceId,
        /// How.
        outcome: Outcome,
        /// How long it took.
        took: Duration,
        /// For a failed or blocked step, why, on one line.
        why: Option<String>,
    },
    /// An operation will be tried again, for a reason that passes by itself.
    Retrying {
        /// In which account.
        account: AccountName,
        /// The operation, as the API names it.
        operation: Operation,
        /// On what.
        resource: String,
        /// What AWS said, on one line.
        why: String,
        /// When.
        after: Duration,
    },
    /// An account's calls are slowed down, because it throttles.
    Throttled {
        /// Which account.
        account: AccountName,
        /// Region and service.
        service: String,
        /// How many calls may be in flight from now on.
        limit: usize,
    },
    /// Canaries are being put, so many in all.
    Checking {
        /// How many.
        links: usize,
    },
    /// A link's canary has been put, looked at, or is being cleaned up.
    Canary {
        /// Whose.
        link: LinkName,
        /// For people: `waiting, PENDING for 12 s`.
        state: String,
    },
    /// A link's outcome is known.
    LinkEnded {
        /// Whose.
        link: LinkName,
        /// Which.
        status: LinkStatus,
    },
    /// Something to know that is no failure.
    Warning(String),
}

/// The sending side: cheap to clone, never blocks, works when nobody listens.
#[derive(Debug, Clone)]
pub struct Events(Option<mpsc::UnboundedSender<Event>>);

impl Events {
    /// A sender and the receiver for [`crate::ui`].
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<Event>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(Some(sender)), receiver)
    }

    /// A sender that nobody listens to.
    pub fn ignored() -> Self {
        Self(None)
    }

    /// Says it.
    pub fn send(&self, event: Event) {
        if let Some(sender) = &self.0 {
            // Nobody listens any more: the work goes on all the same.
            let _ = sender.send(event);
        }
    }
}
