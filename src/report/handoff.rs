//! `handoff status`: which side of each link waits for what, since when.

use serde::Serialize;

use super::grid::{Grid, optional};
use super::page::{Column, Is, Page, Span, Table, Tone};
use crate::topology::AccountName;

/// Every link between two teams.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HandoffReport {
    /// In the order of their buckets' names.
    pub links: Vec<LinkHandoffs>,
}

/// The messages between two buckets.
#[derive(Debug, Clone, Serialize)]
pub struct LinkHandoffs {
    /// The links' entries: links between the same two buckets share their messages.
    pub links: Vec<String>,
    /// `bucket (account)`.
    pub from: String,
    /// `bucket (account)`.
    pub to: String,
    /// The other team's account.
    pub account: AccountName,
    /// Whose turn it is.
    pub turn: Turn,
    /// `offer`, `request` or `grant`: what is to be sent; `null` when nothing is.
    pub message: Option<&'static str>,
    /// Since when somebody waits for it (RFC 3339, UTC); when nothing is to be sent, when it was granted.
    pub since: Option<String>,
    /// The messages that are kept.
    pub kept: Vec<KeptHandoff>,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// This side's.
    Ours,
    /// The other side's.
    Theirs,
    /// Nobody's: everything was said.
    Done,
}

/// A message that is kept.
#[derive(Debug, Clone, Serialize)]
pub struct KeptHandoff {
    /// `offer`, `request` or `grant`.
    pub message: &'static str,
    /// Made here, for the other side.
    pub sent: bool,
    /// When it was made.
    pub made: String,
    /// By whom.
    pub by: String,
    /// Its digest.
    pub digest: String,
    /// Where it is.
    pub file: String,
    /// Why it counts for nothing.
    pub set_aside: Option<String>,
}

const COLUMNS: &[Column] = &[
    Column { title: "link", is: Is::Name },
    Column { title: "from", is: Is::Word },
    Column { title: "to", is: Is::Word },
    Column { title: "next", is: Is::Word },
    Column { title: "since", is: Is::Word },
];

impl LinkHandoffs {
    /// The last message that was made here. Whether it was sent, only a person knows.
    fn sent(&self) -> Option<&'static str> {
        self.kept.iter().rev().find(|kept| kept.sent && kept.set_aside.is_none()).map(|kept| kept.message)
    }

    fn next(&self) -> (String, Tone) {
        match (self.turn, self.message) {
            (Turn::Ours, Some(message)) => {
                (format!("apply, and send the {message} to account {}", self.account), Tone::Change)
            }
            (Turn::Theirs, Some(message)) => {
                let sent = self
                    .sent()
                    .map(|sent| format!("send the {sent}, if that is not done; "))
                    .unwrap_or_default();
                (format!("{sent}wait for the {message} of account {}", self.account), Tone::Change)
            }
            _ => match self.sent() {
                Some("grant") => ("send the grant, if that is not done; nothing else".to_owned(), Tone::Good),
                _ => ("nothing: it is granted".to_owned(), Tone::Good),
            },
        }
    }
}

impl HandoffReport {
    fn headline(&self) -> (String, Tone) {
        let of = |turn: Turn| self.links.iter().filter(|link| link.turn == turn).count();
        let counts = [
            (of(Turn::Ours), "to be sent from here"),
            (of(Turn::Theirs), "waited for"),
            (of(Turn::Done), "granted"),
        ];
        let tone = if of(Turn::Done) == self.links.len() { Tone::Good } else { Tone::Change };
        (super::count::counts(&counts, "no link leads to another team"), tone)
    }

    pub(super) fn page(&self, verbose: bool) -> Page {
        let (headline, tone) = self.headline();
        let mut page = Page::summary(headline, tone);
        let row = |link: &LinkHandoffs| {
            let (next, tone) = link.next();
            vec![
                Span::name(link.links.join(", ")),
                Span::name(&link.from),
                Span::name(&link.to),
                Span::toned(next, tone),
                Span::word(optional(&link.since)),
            ]
        };
        page.table(Table { columns: COLUMNS, rows: self.links.iter().map(row).collect() });
        for link in &self.links {
            for kept in link.kept.iter().filter(|kept| verbose || kept.set_aside.is_some()) {
                let way = if kept.sent { "sent" } else { "received" };
                page.remark(format!(
                    "{}: {} {way}, made {} by {}: {}",
                    link.links.join(", "),
                    kept.message,
                    kept.made,
                    kept.by,
                    kept.file
                ));
                if let Some(why) = &kept.set_aside {
                    page.remark(format!("  counts for nothing: {why}"));
                }
            }
        }
        page
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        let row = |link: &LinkHandoffs| {
            vec![
                link.links.join(", "),
                link.from.clone(),
                link.to.clone(),
                link.account.to_string(),
                link.next().0,
                optional(&link.since),
            ]
        };
        vec![Grid {
            table: "handoffs",
            columns: &["links", "from", "to", "account", "next", "since"],
            rows: self.links.iter().map(row).collect(),
        }]
    }
}
