//! What a command has to say in the end: one serialisable report per command, in four formats.
//!
//! Every report gives three things: itself as JSON (the contract of `docs/output.md`), a `page` for
//! people, and `grid`s of plain records. A [`Format`] is one renderer of one of the three, so a new
//! format is one file here and a new report needs no word about formats.
//!
//! Pure: everything returns a `String`. Deliberately absent: printing, the terminal and colours of
//! the conversation. Those are [`crate::ui`].

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

pub use accounts::AccountsReport;
pub use apply::ApplyReport;
pub use check::CheckReport;
pub use doctor::{DoctorReport, LinkDiagnosis};
pub use handoff::HandoffReport;
pub use journal::JournalReport;
pub use plan::PlanReport;
pub use remove::RemoveReport;
pub use status::StatusReport;
pub use validate::ValidateReport;

pub mod accounts;
pub mod apply;
pub mod check;
pub(crate) mod clean;
#[cfg(test)]
mod contract;
pub(crate) mod count;
mod csv;
mod difference;
pub mod doctor;
mod finding;
mod fold;
mod grid;
mod group;
pub mod handoff;
pub mod journal;
mod json;
mod links;
mod markdown;
mod page;
pub mod plan;
pub mod problem;
mod reasoning;
pub mod remove;
#[cfg(test)]
mod sample;
pub mod since;
#[cfg(test)]
mod snapshots;
pub mod status;
mod table;
mod terminal;
pub mod validate;

/// The version of the JSON shapes: raised when a key goes away or changes its meaning, not when one is
/// added.
pub const VERSION: u32 = 1;

/// What a command has found or done.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "command", rename_all = "lowercase")]
pub enum Report {
    /// Who am I in each account?
    Accounts(AccountsReport),
    /// Is the profile map in order?
    Validate(ValidateReport),
    /// What would change?
    Plan(PlanReport),
    /// What has changed, and does it replicate?
    Apply(ApplyReport),
    /// Does it replicate?
    Check(CheckReport),
    /// Is everything still as wanted?
    Status(StatusReport),
    /// What is withdrawn, and what stays?
    Remove(RemoveReport),
    /// Is the document as it was saved?
    Restore(ApplyReport),
    /// What did a run write?
    Journal(JournalReport),
    /// Why does it not replicate?
    Doctor(DoctorReport),
    /// Whose turn is it?
    Handoff(HandoffReport),
}

impl Report {
    fn page(&self, verbose: bool) -> page::Page {
        match self {
            Self::Accounts(report) => report.page(),
            Self::Validate(report) => report.page(),
            Self::Plan(report) => report.page(verbose),
            Self::Apply(report) | Self::Restore(report) => report.page(verbose),
            Self::Check(report) => report.page(),
            Self::Status(report) => report.page(verbose),
            Self::Remove(report) => report.page(verbose),
            Self::Journal(report) => report.page(),
            Self::Doctor(report) => report.page(verbose),
            Self::Handoff(report) => report.page(verbose),
        }
    }

    fn grids(&self) -> Vec<grid::Grid> {
        match self {
            Self::Accounts(report) => report.grids(),
            Self::Validate(report) => report.grids(),
            Self::Plan(report) => report.grids(),
            Self::Apply(report) | Self::Restore(report) => report.grids(),
            Self::Check(report) => report.grids(),
            Self::Status(report) => report.grids(),
            Self::Remove(report) => report.grids(),
            Self::Journal(report) => report.grids(),
            Self::Doctor(report) => report.grids(),
            Self::Handoff(report) => report.grids(),
        }
    }
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For a terminal.
    #[default]
    Table,
    /// For programs; everything, kept rows included.
    Json,
    /// For a pull request or a change ticket.
    Markdown,
    /// For a spreadsheet; everything, one record a row.
    Csv,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Table, Self::Json, Self::Markdown, Self::Csv];

    /// As the option spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
        }
    }
}

/// A format that there is not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such format: {0}")]
pub struct NoSuchFormat(String);

impl FromStr for Format {
    type Err = NoSuchFormat;

    fn from_str(text: &str) -> Result<Self, NoSuchFormat> {
        Self::ALL.into_iter().find(|f| f.as_str() == text).ok_or_else(|| NoSuchFormat(text.to_owned()))
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// For whom the formats for people are written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// Columns of the terminal; `None`: no terminal, nothing is folded.
    pub width: Option<usize>,
    /// Whether to colour. Nothing is said by colour alone.
    pub colour: bool,
    /// Show what was kept, too.
    pub verbose: bool,
}

/// The report in that format, with a newline at its end.
pub fn render(report: &Report, format: Format, look: Look) -> String {
    match format {
        Format::Table => terminal::render(&report.page(look.verbose), look),
        Format::Json => json::render(report),
        Format::Markdown => markdown::render(&report.page(look.verbose)),
        Format::Csv => csv::render(&report.grids()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_the_same_ten_times() {
        for report in sample::all() {
            for format in Format::ALL {
                let look = Look { width: Some(100), colour: true, verbose: true };
                let first = render(&report, format, look);
                assert!(first.ends_with('\n') && !first.ends_with("\n\n"), "{format}: {first}");
                for _ in 0..10 {
                    assert_eq!(render(&report, format, look), first, "{format}");
                }
            }
        }
    }

    #[test]
    fn no_format_lets_a_control_character_through() {
        let evil = "red \u{1b}[31m bell \u{7} csi \u{9b}31m bidi \u{202e} return \r tab \t";
        for report in sample::all_saying(evil) {
            for format in Format::ALL {
                let text = render(&report, format, Look { verbose: true, ..Look::default() });
                let raw = text.chars().find(|c| clean::is_unsafe(*c) && *c != '\n');
                assert_eq!(raw, None, "{format}: {text:?}");
            }
        }
    }

    #[test]
    fn json_says_the_same_after_control_characters_were_escaped() {
        let evil = "csi \u{9b}31m bidi \u{202e}";
        for report in sample::all_saying(evil) {
            let text = render(&report, Format::Json, Look::default());
            let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            assert!(format!("{value:?}").contains(&format!("{evil:?}")[1..10]), "{value:?}");
        }
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        for report in sample::all() {
            for width in [None, Some(80), Some(120)] {
                let look = Look { width, colour: false, verbose: true };
                let plain = render(&report, Format::Table, look);
                let coloured = render(&report, Format::Table, Look { colour: true, ..look });
                assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), plain);
            }
        }
    }
}
