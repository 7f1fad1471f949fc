//! `plan`: what would change, account by account, in the order in which it would happen.

use serde::Serialize;

use super::grid::{Grid, several};
use super::group::{self, Account};
use super::page::{Item, Line, Page, Span, Tone};
use super::problem::{self, Problem};
use super::{count, difference, json};
use crate::resource::{Action, Change};
use crate::topology::Topology;

/// A plan.
#[derive(Debug, Clone, Serialize)]
pub struct PlanReport {
    /// How many of each.
    pub summary: Summary,
    /// The accounts that it is about.
    pub accounts: Vec<Account>,
    /// Every resource whose step can be done, kept ones included, in the order in which things happen.
    pub changes: Vec<Change>,
    /// Steps that are known to fail before they are tried; what does not need them can be done.
    pub problems: Vec<Problem>,
}

/// How many resources there are of each action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Do not exist.
    pub create: usize,
    /// Exist and differ.
    pub update: usize,
    /// Are as wanted.
    pub keep: usize,
    /// Wait for another team.
    #[serde(rename = "await")]
    pub awaiting: usize,
}

impl PlanReport {
    /// From a plan's changes and problems.
    pub fn new(topology: &Topology, changes: Vec<Change>, problems: Vec<Problem>) -> Self {
        let of = |action: Action| changes.iter().filter(|c| c.action == action).count();
        let summary = Summary {
            create: of(Action::Create),
            update: of(Action::Update),
            keep: of(Action::Keep),
            awaiting: of(Action::Await),
        };
        Self { summary, accounts: group::accounts(topology), changes, problems }
    }

    /// How many resources would be written.
    pub fn writes(&self) -> usize {
        self.summary.create + self.summary.update
    }

    /// In how many accounts.
    pub fn written_accounts(&self) -> usize {
        let writes: Vec<&Change> = self.changes.iter().filter(|c| c.action.writes()).collect();
        group::by_account(&writes, |c| &c.id.account).len()
    }

    fn headline(&self) -> (String, Tone) {
        let Summary { create, update, keep, awaiting } = self.summary;
        let text = match (self.writes(), keep, awaiting) {
            (0, 0, 0) => "nothing to do".to_owned(),
            (0, keep, 0) => format!("nothing to change, {keep} kept"),
            _ => count::counts(
                &[(create, "to create"), (update, "to update"), (keep, "kept"), (awaiting, "awaited")],
                "",
            ),
        };
        match self.problems.len() {
            0 => (text, Tone::Plain),
            n => (format!("{text}; {} cannot be done", count::plural(n, "step")), Tone::Bad),
        }
    }

    pub(super) fn page(&self, verbose: bool) -> Page {
        let (headline, tone) = self.headline();
        let mut page = Page::summary(headline, tone);
        show(&mut page, &self.accounts, &self.changes, verbose);
        if !self.problems.is_empty() {
            page.heading("what cannot be done");
            page.items(problem::items(&self.problems));
        }
        page
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        vec![grid(&self.changes), problem::grid(&self.problems)]
    }
}

/// What would change, account by account.
pub(super) fn show(page: &mut Page, accounts: &[Account], changes: &[Change], verbose: bool) {
    for (name, changes) in group::by_account(changes, |c| &c.id.account) {
        // A note on what is kept may be why nobody should agree.
        let shown = |c: &&&Change| verbose || c.action != Action::Keep || !c.notes.is_empty();
        let shown: Vec<Item> = changes.iter().filter(shown).map(|c| item(c)).collect();
        if !shown.is_empty() {
            page.heading(group::title(accounts, name));
            page.items(shown);
        }
    }
}

/// Changes as records.
pub(super) fn grid(changes: &[Change]) -> Grid {
    let row = |c: &Change| {
        vec![
            c.id.account.to_string(),
            json::kind(c.id.kind),
            c.id.name.clone(),
            action(c.action).to_owned(),
            difference::summary(&c.details),
            several(&c.notes),
        ]
    };
    Grid {
        table: "changes",
        columns: &["account", "kind", "name", "action", "details", "notes"],
        rows: changes.iter().map(row).collect(),
    }
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Create => "create",
        Action::Update => "update",
        Action::Delete => "delete",
        Action::Keep => "keep",
        Action::Await => "await",
    }
}

fn item(change: &Change) -> Item {
    let (mark, tone) = match change.action {
        Action::Create => ("+", Tone::Good),
        Action::Update => ("~", Tone::Change),
        Action::Delete => ("-", Tone::Bad),
        Action::Keep => ("=", Tone::Faint),
        Action::Await => ("?", Tone::Change),
    };
    let mut below = difference::lines(&change.details);
    below.extend(Line::notes(&change.notes));
    Item {
        words: vec![
            Span::toned(mark, tone),
            Span::toned(action(change.action), tone),
            Span::word(change.id.kind.to_string()),
            Span::name(&change.id.name),
            Span::word(format!("in account {}", change.id.account)),
        ],
        below,
    }
}
