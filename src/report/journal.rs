//! `journal show`: the writes of a run, one after the other.

use serde::Serialize;

use super::grid::{Grid, optional};
use super::page::{Column, Is, Page, Span, Table, Tone};
use super::{count, group};
use crate::topology::AccountName;
use crate::trail::journal::{Read, Write};

/// A journal.
#[derive(Debug, Clone, Serialize)]
pub struct JournalReport {
    /// The file that it was read from.
    pub file: String,
    /// The command that wrote it.
    pub run: String,
    /// When that began (RFC 3339, UTC).
    pub began: String,
    /// How many of each.
    pub summary: Summary,
    /// In the order in which they began.
    pub writes: Vec<WriteLine>,
}

/// How many writes ended in each way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Took effect.
    pub done: usize,
    /// Were refused, or their answer was lost.
    pub failed: usize,
    /// Were under way when the run was killed.
    pub in_flight: usize,
}

/// One write.
#[derive(Debug, Clone, Serialize)]
pub struct WriteLine {
    /// When the call was made (RFC 3339, UTC).
    pub time: String,
    /// The account's entry in the profile map.
    pub account: AccountName,
    /// Its id.
    pub account_id: String,
    /// Who made it.
    pub caller: String,
    /// As the API names it.
    pub operation: String,
    /// On what.
    pub resource: String,
    /// `ok`, or what AWS said; `None`: in flight when the run was killed.
    pub outcome: Option<String>,
    /// What AWS's support asks for.
    pub request_id: Option<String>,
    /// SHA-256 of the document that was replaced.
    pub digest_before: Option<String>,
    /// SHA-256 of the document that was sent.
    pub digest_after: Option<String>,
}

const COLUMNS: &[Column] = &[
    Column { title: "time", is: Is::Word },
    Column { title: "operation", is: Is::Word },
    Column { title: "resource", is: Is::Name },
    Column { title: "outcome", is: Is::Word },
    Column { title: "request id", is: Is::Word },
];

impl JournalReport {
    /// From a journal that was read from this file.
    pub fn new(file: String, journal: Read) -> Self {
        let line = |write: Write| {
            let Write { time, begun, ended } = write;
            WriteLine {
                time: time.to_string(),
                account: AccountName(begun.account),
                account_id: begun.account_id,
                caller: begun.caller,
                operation: begun.operation,
                resource: begun.resource,
                request_id: ended.as_ref().and_then(|e| e.request_id.clone()),
                outcome: ended.map(|e| e.outcome),
                digest_before: begun.digests.before,
                digest_after: begun.digests.after,
            }
        };
        let writes: Vec<WriteLine> = journal.writes.into_iter().map(line).collect();
        let of = |is: fn(Option<&str>) -> bool| writes.iter().filter(|w| is(w.outcome.as_deref())).count();
        let summary = Summary {
            done: of(|outcome| outcome == Some("ok")),
            failed: of(|outcome| outcome.is_some_and(|o| o != "ok")),
            in_flight: of(|outcome| outcome.is_none()),
        };
        Self { file, run: journal.command, began: journal.time.to_string(), summary, writes }
    }

    pub(super) fn page(&self) -> Page {
        let Summary { done, failed, in_flight } = self.summary;
        let counts = [(done, "done"), (failed, "failed"), (in_flight, "in flight when it was killed")];
        let counts = count::counts(&counts, "no writes");
        let tone = if failed + in_flight == 0 { Tone::Plain } else { Tone::Bad };
        let mut page = Page::summary(format!("{} of {}: {counts}", self.run, self.began), tone);
        for (account, writes) in group::by_account(&self.writes, |w| &w.account) {
            let who = writes.first().map(|w| format!("{account} ({}) as {}", w.account_id, w.caller));
            page.heading(who.unwrap_or_default());
            page.table(Table { columns: COLUMNS, rows: writes.iter().map(|w| w.row()).collect() });
        }
        page
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        let row = |w: &WriteLine| {
            vec![
                w.time.clone(),
                w.account.to_string(),
                w.account_id.clone(),
                w.caller.clone(),
                w.operation.clone(),
                w.resource.clone(),
                optional(&w.outcome),
                optional(&w.request_id),
                optional(&w.digest_before),
                optional(&w.digest_after),
            ]
        };
        vec![Grid {
            table: "writes",
            columns: &[
                "time",
                "account",
                "account_id",
                "caller",
                "operation",
                "resource",
                "outcome",
                "request_id",
                "digest_before",
                "digest_after",
            ],
            rows: self.writes.iter().map(row).collect(),
        }]
    }
}

impl WriteLine {
    fn row(&self) -> Vec<Span> {
        // The day stands above; a run lasts minutes.
        let clock = self.time.get(11..19).unwrap_or(&self.time);
        let outcome = match self.outcome.as_deref() {
            Some("ok") => Span::toned("ok", Tone::Good),
            // AWS's code; the message is in the JSON.
            Some(error) => Span::toned(error.split(": ").next().unwrap_or(error), Tone::Bad),
            None => Span::toned("in flight", Tone::Bad),
        };
        vec![
            Span::word(clock),
            Span::word(&self.operation),
            Span::name(&self.resource),
            outcome,
            Span::word(optional(&self.request_id)),
        ]
    }
}
