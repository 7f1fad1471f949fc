//! `--journal` and `--backup-dir`: what a run that writes leaves on this machine.

use std::path::{Path, PathBuf};

use jiff::{Timestamp, tz::TimeZone};

use crate::trail::{Backups, Basis, Journal, Pen};
use crate::ui::Ui;

use super::refusal::Refusal;

/// Where journals are, below the folder that the command runs in.
pub const JOURNALS: &str = ".bucketbridge/journal";

const BACKUPS: &str = ".bucketbridge/backups";

/// What a run that writes leaves on this machine.
#[derive(Debug, Clone, clap::Args)]
pub struct Record {
    /// Where to record every write, before and after it is made; a file that does not exist yet
    /// [default: a file of its own in .bucketbridge/journal].
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,

    /// Where to save every policy and configuration as it was before its first change
    /// [default: a folder of its own in .bucketbridge/backups].
    #[arg(long, value_name = "DIR")]
    pub backup_dir: Option<PathBuf>,
}

impl Record {
    /// The permission to write, for a run of this command.
    ///
    /// # Errors
    /// The file that was named is there already.
    pub fn pen(&self, command: &'static str, basis: Basis) -> Result<Pen, Refusal> {
        if let Some(file) = self.journal.as_ref().filter(|file| file.exists()) {
            return Err(Refusal::new(
                format!("there is a file {} already, so nothing was changed", file.display()),
                "name a journal that does not exist yet",
            ));
        }
        let now = Timestamp::now().to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
        let run = format!("{now}-{command}-{}", std::process::id());
        let journal = self.journal.clone();
        let journal = journal.unwrap_or_else(|| Path::new(JOURNALS).join(format!("{run}.jsonl")));
        let backups = self.backup_dir.as_deref().unwrap_or(Path::new(BACKUPS)).join(run);
        Ok(Pen { journal: Journal::into(journal, command), backups: Backups::into(backups), basis })
    }
}

/// Says where things are, once there is something.
pub fn say(pen: &Pen, ui: &Ui) {
    if let Some(folder) = pen.backups.written() {
        ui.status(&format!(
            "documents as they were before: {} (`bucketbridge restore FILE` puts one back)",
            folder.display()
        ));
    }
    if let Some(file) = pen.journal.written() {
        ui.status(&format!("every write: {} (`bucketbridge journal show`)", file.display()));
    }
}
