//! Taking what is ours out of a document that others write too, whichever it is.
//!
//! Everything else stays as it is. A document that holds nothing else is deleted, but for those that
//! cannot be without: a key's policy, which is left alone, and a role's trust policy, which keeps ours.
//!
//! Deliberately absent: which names leave.

use std::collections::BTreeSet;

use crate::aws::{Account, Patience};
use crate::iam::{Document, sid};
use crate::trail::{Pen, Place};

use super::merge::{Target, merge, savable};
use super::place::{self, Text};
use super::{Stop, Withdrawn};

/// A document that something leaves.
pub struct Withdrawal<'a> {
    /// Where it is.
    pub place: Place,
    /// What it is on, for people: `bucket orders`.
    pub resource: String,
    /// The document, for people: `the policy of bucket orders`.
    pub what: String,
    /// As it was read for the plan.
    pub planned: Text,
    /// The names that leave.
    pub leaving: &'a BTreeSet<String>,
}

impl Withdrawal<'_> {
    /// What is left of the document as it was read; `None`: nothing, so it is deleted.
    ///
    /// # Errors
    /// As [`withdraw`].
    pub fn rest(&self) -> Result<Option<Text>, Stop> {
        rest(&self.place, &self.what, &self.planned, self.leaving)
    }
}

/// Takes the names out of the document.
///
/// # Errors
/// What a call failed with, a statement of others that AWS does not save again, or that a key would be
/// left without a policy.
pub async fn withdraw(account: &Account, pen: &Pen, withdrawal: Withdrawal<'_>) -> Result<Withdrawn, Stop> {
    let Withdrawal { place, resource, what, planned, leaving } = withdrawal;
    let patience = match place {
        Place::Replication { .. } => Patience::until_replication_is_possible(),
        _ => Patience::repeatable(),
    };
    let target = Target {
        what: what.clone(),
        place: place.clone(),
        ours: leaving.clone(),
        planned: Some(Some(&planned)),
        patience,
    };
    let merged = merge(
        account,
        pen,
        target,
        |found| found.map_or(Ok(None), |found| rest(&place, &what, found, leaving)),
        || place::read(account, &place, &resource),
        |document, digests| async {
            let deletes = document.is_none();
            match place::write(account, pen, &place, &resource, document, digests).await {
                // Another run was faster.
                Err(error) if deletes && error.is_absent() => Ok(()),
                other => other,
            }
        },
    )
    .await?;
    Ok(Withdrawn { gone: merged.document.is_none(), notes: merged.notes })
}

fn rest(place: &Place, what: &str, found: &Text, leaving: &BTreeSet<String>) -> Result<Option<Text>, Stop> {
    let policy = match found {
        Text::Configuration(rules) => return Ok(rules.without(leaving).map(Text::Configuration)),
        Text::Policy(policy) => policy,
    };
    let rest = rest_of_policy(what, policy, leaving)?;
    match (place, rest) {
        (Place::KeyPolicy { .. }, None) => Err(Stop::new(
            format!("{what} has statements of ours alone, and KMS keeps no key without a policy"),
            "add the statement that lets the account administer the key, and run the command again",
        )),
        (Place::TrustPolicy { .. }, None) => Ok(Some(found.clone())),
        (_, rest) => Ok(rest.map(Text::Policy)),
    }
}

fn rest_of_policy(
    what: &str,
    found: &Document,
    leaving: &BTreeSet<String>,
) -> Result<Option<Document>, Stop> {
    if !found.statements().iter().filter_map(sid).any(|sid| leaving.contains(sid)) {
        return Ok(Some(found.clone()));
    }
    let rest = found.without(leaving);
    if let Some(rest) = &rest {
        savable(what, rest, &BTreeSet::new())?;
    }
    Ok(rest)
}
