//! Steps of a plan that are known to fail, as reports carry them.

use serde::Serialize;

use super::difference;
use super::grid::{Grid, optional};
use super::page::{Item, Line, Span, Tone};
use crate::resource::{Difference, Kind, ResourceId};
use crate::topology::AccountName;

/// One reason why a step cannot be done.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// In which account, if it is about a resource.
    pub account: Option<AccountName>,
    /// What kind of resource.
    pub kind: Option<Kind>,
    /// Its name.
    pub name: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Field by field, what would have to be changed, as far as it is known.
    pub details: Vec<Difference>,
}

impl Problem {
    /// From what a plan says.
    pub fn new(id: Option<&ResourceId>, message: impl Into<String>, hint: Option<String>) -> Self {
        Self {
            account: id.map(|id| id.account.clone()),
            kind: id.map(|id| id.kind),
            name: id.map(|id| id.name.clone()),
            message: message.into(),
            hint,
            details: Vec::new(),
        }
    }

    fn item(&self) -> Item {
        let words = match (&self.account, self.kind, &self.name) {
            (Some(account), Some(kind), Some(name)) => vec![
                Span::toned("!", Tone::Bad),
                Span::word(kind.to_string()),
                Span::name(name),
                Span::word(format!("in account {account}")),
            ],
            _ => vec![Span::toned("!", Tone::Bad), Span::word("the plan as a whole")],
        };
        let mut below = vec![Line::error(&self.message)];
        below.extend(difference::lines(&self.details));
        below.extend(self.hint.iter().map(Line::hint));
        Item { words, below }
    }
}

/// As a list.
pub fn items(problems: &[Problem]) -> Vec<Item> {
    problems.iter().map(Problem::item).collect()
}

/// As records.
pub fn grid(problems: &[Problem]) -> Grid {
    let row = |p: &Problem| {
        vec![
            optional(&p.account),
            p.kind.map(super::json::kind).unwrap_or_default(),
            optional(&p.name),
            difference::summary(&p.details),
            p.message.clone(),
            optional(&p.hint),
        ]
    };
    Grid {
        table: "problems",
        columns: &["account", "kind", "name", "details", "error", "hint"],
        rows: problems.iter().map(row).collect(),
    }
}
