//! Putting our statements into a policy that others write too, whichever it is.
//!
//! Deliberately absent: which statements, and taking them out: that is [`super::withdrawal`].

use serde_json::Value;

use crate::aws::{Account, Patience};
use crate::iam::Document;
use crate::trail::{Pen, Place};

use super::merge::{Target, merge, sids, with_ours};
use super::place::{self, Text};
use super::{Done, Stop};

/// A policy that our statements go into.
pub struct Insertion<'a> {
    /// Where it is.
    pub place: Place,
    /// What it is on, for people: `bucket orders`.
    pub resource: String,
    /// The policy, for people: `the policy of bucket orders`.
    pub what: String,
    /// Our statements.
    pub ours: Vec<Value>,
    /// As the plan saw it, which may be that there was none; `None`: the plan saw nothing, since the
    /// policy comes with what it is on.
    pub planned: Option<Option<&'a Document>>,
    /// Which failures of the write pass by themselves.
    pub patience: Patience,
}

/// Puts them in, and gives the policy as it was read last.
///
/// # Errors
/// As [`merge`]; or what `budget` says of the policy that would be sent.
pub async fn insert(
    account: &Account,
    pen: &Pen,
    insertion: Insertion<'_>,
    budget: impl Fn(&Document) -> Result<(), Stop>,
) -> Result<Done<Document>, Stop> {
    let Insertion { place, resource, what, ours, planned, patience } = insertion;
    let target = Target { what: what.clone(), place: place.clone(), ours: sids(&ours), planned, patience };
    let merged = merge(
        account,
        pen,
        target,
        |found| with_ours(&what, found, &ours, &budget),
        || async { Ok(place::policy(account, &place, &resource).await?) },
        |policy, digests| place::write(account, pen, &place, &resource, policy.map(Text::Policy), digests),
    )
    .await?;
    Ok(Done { live: merged.document.unwrap_or_default(), notes: merged.notes })
}
