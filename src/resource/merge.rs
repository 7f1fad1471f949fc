//! Writing a document that others write too: read, merge, save what was there, write, read back.
//!
//! None of the services offers a conditional write for these documents, so a write by somebody else
//! between our read and our write cannot be excluded. It is made unlikely (a document is read again
//! before every try) and found out (it is read back until it agrees, and merged again on what is
//! there then). docs/safety.md says what remains possible.

use std::collections::BTreeSet;
use std::future::Future;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::aws::{Account, AwsError, Patience};
use crate::iam::{Document, Marker, sid};
use crate::trail::{Basis, Digests, Pen, Place};

use super::configuration::Configuration;
use super::{Difference, Stop};

/// How long a write may take to be seen by a read. IAM and KMS are eventually consistent.
const READ_BACK: Duration = Duration::from_secs(60);

/// Reads after a write before the document is taken for one that somebody else wrote since.
const READS_BEFORE_MERGING_AGAIN: u32 = 5;

/// Whether a statement is of the map with this marker, so that it may be put in its place again.
pub fn is_ours(marker: &str, statement: &Value) -> bool {
    sid(statement).is_some_and(|sid| Marker(marker).owns(sid))
}

/// A document that others write too.
pub trait Shared: Clone + PartialEq {
    /// As it is sent.
    fn text(&self) -> String;

    /// As it is saved before its first change.
    fn backup(&self) -> Value;

    /// The first thing of others that `later`, as it is read back, does not hold as it was written.
    fn lost(&self, later: &Self, ours: &BTreeSet<String>) -> Option<String>;
}

impl Shared for Document {
    fn text(&self) -> String {
        Document::text(self)
    }

    fn backup(&self) -> Value {
        self.value()
    }

    /// AWS keeps policies word for word, but for principals, which it may name in another form.
    fn lost(&self, _: &Self, _: &BTreeSet<String>) -> Option<String> {
        None
    }
}

impl Shared for Configuration {
    fn text(&self) -> String {
        Configuration::text(self).to_owned()
    }

    fn backup(&self) -> Value {
        Value::from(Configuration::text(self))
    }

    fn lost(&self, later: &Self, ours: &BTreeSet<String>) -> Option<String> {
        Configuration::lost(self, later, ours)
    }
}

/// Which document, and what is known of it.
pub struct Target<'a, D> {
    /// For people: `the policy of key alias/orders (eu-west-1)`.
    pub what: String,
    /// For the backup.
    pub place: Place,
    /// Names of what is ours in it: what AWS gives back in another form is no loss.
    pub ours: BTreeSet<String>,
    /// As the plan saw it; `None`: what it is on was made since, so that there was nothing to see.
    pub planned: Option<Option<&'a D>>,
    /// Which failures of the write pass by themselves.
    pub patience: Patience,
}

/// A document as it was read last, and what is worth knowing of how it came about.
pub struct Merged<D> {
    /// `None`: there is none.
    pub document: Option<D>,
    /// For people.
    pub notes: Vec<String>,
}

/// Brings a document to what `want` makes of the one that is found, whatever that is by then.
///
/// # Errors
/// What a call failed with; what `want` says of the document that is found; a document that has
/// changed since the plan, where the pen says that this matters; or one that does not agree after a
/// minute.
pub async fn merge<D, R, W>(
    account: &Account,
    pen: &Pen,
    target: Target<'_, D>,
    want: impl Fn(Option<&D>) -> Result<Option<D>, Stop>,
    read: impl Fn() -> R,
    write: impl Fn(Option<D>, Digests) -> W,
) -> Result<Merged<D>, Stop>
where
    D: Shared,
    R: Future<Output = Result<Option<D>, Stop>>,
    W: Future<Output = Result<(), AwsError>>,
{
    let Target { what, place, ours, planned, patience } = target;
    let begun = Instant::now();
    let mut notes = Vec::new();
    let mut wrote = false;
    let mut failures = 0;
    loop {
        let found = read().await?;
        let wanted = want(found.as_ref())?;
        if wanted == found {
            return Ok(Merged { document: found, notes });
        }
        if !wrote && planned.is_some_and(|planned| found.as_ref() != planned) {
            if pen.basis == Basis::Planned {
                return Err(Stop::new(
                    format!("{what} has changed since it was looked at, so it was left alone"),
                    "run the command again, with a new plan where there is one, and read what it shows",
                ));
            }
            notes.push(format!(
                "{what} was changed by somebody else since the plan; merged with what is there now"
            ));
        }
        let original = found.as_ref().map(Shared::backup);
        pen.backups.save(account.name().0.as_str(), account.id(), &place, original).map_err(|e| {
            Stop::new(
                format!("{what} was not changed, since it cannot be saved first: {e}"),
                "make room or name another folder with `--backup-dir`",
            )
        })?;
        let texts = (found.as_ref().map(Shared::text), wanted.as_ref().map(Shared::text));
        let digests = Digests::of(texts.0.as_deref(), texts.1.as_deref());
        let sent = wanted.clone();
        match write(wanted, digests).await {
            Ok(()) => wrote = true,
            Err(error) => {
                failures += 1;
                let wait = Patience::wait(failures);
                if !patience.waits_for(&error, failures, begun.elapsed() + wait) {
                    return Err(error.into());
                }
                wrote |= error.is_uncertain();
                account.pause(&error, &patience.reason(&error), wait).await?;
                continue;
            }
        }
        let written = Instant::now();
        let mut lost = None;
        for tries in 1..=READS_BEFORE_MERGING_AGAIN {
            let found = match read().await {
                // What was done is said to be done.
                Err(stop) if stop.untried => {
                    notes.push(format!("{what} was written, and not read back: the run was interrupted"));
                    return Ok(Merged { document: sent, notes });
                }
                read => read?,
            };
            if want(found.as_ref())? == found {
                lost = sent.as_ref().zip(found.as_ref()).and_then(|(sent, found)| sent.lost(found, &ours));
                if lost.is_none() {
                    return Ok(Merged { document: found, notes });
                }
            }
            if written.elapsed() > READ_BACK {
                return Err(Stop::new(
                    format!("{what} was written but is not so when it is read back"),
                    "another tool may be writing it at the same time: stop that, and run the command again",
                ));
            }
            tokio::time::sleep(Patience::wait(tries)).await;
        }
        // Not written again: what is there now does not hold it, and so the next write would not.
        if let Some(lost) = lost {
            return Err(Stop::new(
                format!(
                    "{what} was written with {lost} as it was, but is read back without it or with another text"
                ),
                "another tool may be writing it at the same time: compare it with the copy in the backup folder",
            ));
        }
        notes.push(format!("{what} was written by somebody else at the same time; merged again"));
    }
}

/// The document with our statements in it; as it is found, where it has them already.
///
/// # Errors
/// What `budget` says of it; or a statement of others that AWS does not save again.
pub fn with_ours(
    what: &str,
    found: Option<&Document>,
    ours: &[Value],
    budget: impl Fn(&Document) -> Result<(), Stop>,
) -> Result<Option<Document>, Stop> {
    let merged = found.cloned().unwrap_or_default().merged(ours);
    if Some(&merged) == found {
        return Ok(Some(merged));
    }
    budget(&merged)?;
    savable(what, &merged, &BTreeSet::new()).map_err(|stop| {
        let marker = ours.iter().filter_map(sid).find_map(Marker::of);
        let strays = marker.map(|marker| merged.strays(marker, &sids(ours))).unwrap_or_default();
        match merged.dead_principal(&strays) {
            Some(_) => stop,
            // It is not others' then.
            None => Stop {
                hint: Some(
                    "it is of a former link or of another map: `bucketbridge remove --orphans` shows it and takes it out"
                        .to_owned(),
                ),
                ..stop
            },
        }
    })?;
    Ok(Some(merged))
}

/// Whether AWS saves the document: it refuses one that names a principal that was deleted.
///
/// # Errors
/// The statement that does, unless it is of these Sids.
pub fn savable(what: &str, document: &Document, but: &BTreeSet<String>) -> Result<(), Stop> {
    match document.dead_principal(but) {
        None => Ok(()),
        Some((statement, id)) => Err(Stop::new(
            format!(
                "{what} cannot be saved: its statement {statement} names {id}, which is what AWS leaves of a user or \
                 role that was deleted, and AWS refuses a document with it"
            ),
            "put the ARN of whom the statement is meant for in its place, or take the statement out, and run the \
             command again; what others wrote is never dropped unasked",
        )),
    }
}

/// The Sids of statements.
pub fn sids(statements: &[Value]) -> BTreeSet<String> {
    statements.iter().filter_map(sid).map(str::to_owned).collect()
}

/// What of others is kept in a document, for people: "3 other statements kept".
pub fn kept(found: &Document, ours: &[Value], marker: Marker<'_>) -> Vec<String> {
    let strays = found.strays(marker, &sids(ours)).len();
    let others = found.others(ours) - strays;
    let mut notes = Vec::new();
    if others > 0 {
        notes.push(super::kept(others, "statement"));
    }
    if strays > 0 {
        notes.push(format!(
            "{}, of another map or a former link (`remove --orphans --keep-links` shows and drops them)",
            super::kept(strays, "statement with our marker").replace(" other ", " ")
        ));
    }
    notes
}

/// How a document differs from having our statements; nothing, if it could not be read.
pub fn differences(found: Option<&Document>, unread: bool, ours: &[Value]) -> Vec<Difference> {
    if unread { Vec::new() } else { found.cloned().unwrap_or_default().lacks(ours) }
}
