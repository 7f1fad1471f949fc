//! Whose turn it is, by the messages that are kept: known without asking AWS.

use jiff::Timestamp;

use crate::message::{Digest, Kind};
use crate::topology::Grant;

use super::ground::{Ground, Side};
use super::store::Kept;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// This side's, to send that message; since when the other side waits, if it has told anything.
    Ours(Kind, Option<Timestamp>),
    /// The other side's, to send that message; since when this side waits, if it has told anything.
    Theirs(Kind, Option<Timestamp>),
    /// Nobody's: it is granted, and was when the grant was made.
    Nobodys(Option<Timestamp>),
}

impl Turn {
    /// By what is kept of a pair of buckets.
    pub fn of(ground: &Ground<'_>, kept: &Kept) -> Self {
        let offered = kept.offer.as_ref().map(|offer| offer.head().made.at.timestamp());
        let requested = kept.request.as_ref().map(|request| request.head().made.at.timestamp());
        let granted = kept.grant.as_ref().map(|grant| grant.head().made.at.timestamp());
        let offers = ground.grant() == Grant::Role;
        let accepted = &kept.accepted;
        match ground.side {
            Side::Source if accepted.grant.is_some() => Self::Nobodys(granted),
            Side::Source if offers && accepted.offer.is_none() => Self::Theirs(Kind::Offer, None),
            Side::Source
                if kept
                    .request
                    .as_ref()
                    .is_none_or(|request| !answers_newest(request.head().answers.as_ref(), kept)) =>
            {
                Self::Ours(Kind::Request, offered.filter(|_| offers))
            }
            Side::Source => Self::Theirs(Kind::Grant, requested),
            Side::Destination => match (&accepted.request, &kept.grant) {
                (Some(request), Some(grant)) if grant.head().answers.as_ref() == Some(request.digest()) => {
                    Self::Nobodys(granted)
                }
                (Some(_), _) => Self::Ours(Kind::Grant, requested),
                (None, _) if offers && kept.offer.is_none() => Self::Ours(Kind::Offer, None),
                (None, _) => Self::Theirs(Kind::Request, offered.filter(|_| offers)),
            },
        }
    }
}

/// Whether a request answers the offer that counts, where it answers one.
fn answers_newest(answers: Option<&Digest>, kept: &Kept) -> bool {
    answers == kept.accepted.offer.as_ref().map(|offer| offer.digest())
}
