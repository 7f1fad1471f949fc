//! `bucketbridge journal`.

use std::path::{Path, PathBuf};

use crate::exit::Exit;
use crate::report::{JournalReport, Report};
use crate::trail::journal;

use super::Context;
use super::record::JOURNALS;
use super::refusal::Refusal;

/// What earlier runs wrote, call by call.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do with it.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with a journal.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show every write of a run: when, in which account, what, and how it ended. Needs no account.
    Show {
        /// The journal; by default the newest one in .bucketbridge/journal.
        #[arg(value_name = "FILE")]
        journal: Option<PathBuf>,
    },
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let Command::Show { journal } = args.command;
    let file = match journal {
        Some(file) => file,
        None => newest(Path::new(JOURNALS))?,
    };
    let refused = |why: String| {
        Refusal::new(
            format!("{}: {why}", file.display()),
            "name a journal, which `apply`, `remove` and `restore` write",
        )
    };
    let text = std::fs::read_to_string(&file).map_err(|e| refused(e.to_string()))?;
    let journal = journal::read(&text).map_err(|e| refused(e.to_string()))?;
    context.show(&Report::Journal(JournalReport::new(file.display().to_string(), journal))).await?;
    Ok(Exit::Done)
}

/// Their names begin with the time.
fn newest(folder: &Path) -> Result<PathBuf, Refusal> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.max().ok_or_else(|| {
        Refusal::new(
            format!("there is no journal in {}", folder.display()),
            "run this where `apply` or `remove` was run, or name the file",
        )
    })
}
