//! `validate`: is the profile map in order?

use serde::Serialize;

use super::count;
use super::grid::{Grid, optional};
use super::page::{Item, Line, Page, Span, Tone};

/// The result of reading a profile map.
#[derive(Debug, Clone, Serialize)]
pub struct ValidateReport {
    /// The profile map.
    pub file: String,
    /// Everything that is wrong, in the order of the file; empty if it is in order.
    pub problems: Vec<Problem>,
    /// How much it describes; `None` if it is not in order.
    pub summary: Option<Summary>,
}

/// How much a profile map describes.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Summary {
    /// Accounts of the map.
    pub accounts: usize,
    /// Buckets of the map.
    pub buckets: usize,
    /// Links of the map.
    pub links: usize,
}

/// A place and what is wrong there.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// The profile map, or a file that it names.
    pub file: String,
    /// Counted from one; zero where the file as a whole is meant.
    pub line: usize,
    /// In characters, counted from one; zero where the file as a whole is meant.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The way out, where there is one.
    pub help: Option<String>,
}

impl ValidateReport {
    pub(super) fn page(&self) -> Page {
        let Some(Summary { accounts, buckets, links }) = self.summary else {
            let found = count::plural(self.problems.len(), "problem");
            let mut page = Page::summary(format!("{}: {found}", self.file), Tone::Bad);
            page.items(self.problems.iter().map(Problem::item).collect());
            return page;
        };
        let parts = [(accounts, "account"), (buckets, "bucket"), (links, "link")];
        let parts = parts.map(|(n, what)| count::plural(n, what)).join(", ");
        Page::summary(format!("{}: no problems ({parts})", self.file), Tone::Good)
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        let row = |p: &Problem| {
            vec![
                p.file.clone(),
                p.line.to_string(),
                p.column.to_string(),
                p.message.clone(),
                optional(&p.help),
            ]
        };
        vec![Grid {
            table: "problems",
            columns: &["file", "line", "column", "message", "help"],
            rows: self.problems.iter().map(row).collect(),
        }]
    }
}

impl Problem {
    fn item(&self) -> Item {
        let place = match self.line {
            0 => self.file.clone(),
            line => format!("{}:{line}:{}", self.file, self.column),
        };
        Item {
            words: vec![Span::toned("!", Tone::Bad), Span::name(place)],
            below: std::iter::once(Line::error(&self.message))
                .chain(self.help.iter().map(Line::hint))
                .collect(),
        }
    }
}
