//! `--snapshot` and `--save-snapshot`: what was read, as a file.
//!
//! Deliberately absent: the format, which is [`crate::doctor::snapshot`]'s.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::doctor::Snapshot;
use crate::trail::private;

use super::refusal::Refusal;

/// Hundreds of links have a few megabytes of documents.
const LARGEST: u64 = 256 * 1024 * 1024;

/// What there is in these files: what one could not read, another may have.
///
/// # Errors
/// A file that is no snapshot.
pub fn load(files: &[PathBuf]) -> Result<Snapshot, Refusal> {
    let read = |file: &PathBuf| {
        let refused = |why: String| {
            Refusal::new(
                format!("{}: {why}", file.display()),
                "name a file that `bucketbridge doctor --save-snapshot FILE` wrote",
            )
        };
        let text = text(file).map_err(|error| refused(error.to_string()))?;
        if !is_snapshot(&text) {
            return Err(refused("it is no snapshot".to_owned()));
        }
        Snapshot::parse(&text).map_err(|error| refused(error.to_string()))
    };
    let mut all = files.iter().map(read).collect::<Result<Vec<_>, _>>()?.into_iter();
    let first = all.next().unwrap_or_default();
    Ok(all.fold(first, Snapshot::merged))
}

/// Refuses early what cannot be saved in the end.
///
/// # Errors
/// A file that is there and is no snapshot, or cannot be read.
pub fn may_save(file: &Path) -> Result<(), Refusal> {
    let refused = |why: String| {
        Refusal::new(
            format!("the snapshot cannot be saved as {}: {why}", file.display()),
            "name a file that does not exist, or an older snapshot",
        )
    };
    match text(file) {
        Ok(text) if is_snapshot(&text) => Ok(()),
        Ok(_) => Err(refused("the file is there and is no snapshot".to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(refused(error.to_string())),
    }
}

/// Saves what was read, for its owner's eyes: it holds the policies of production accounts.
///
/// # Errors
/// As [`may_save`], and what the system says.
pub fn save(file: &Path, snapshot: &Snapshot) -> anyhow::Result<()> {
    may_save(file)?;
    private::replace(file, snapshot.text()?.as_bytes())
        .map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))
}

/// Other files of ours have a version too; a snapshot of a later version is one all the same.
fn is_snapshot(text: &str) -> bool {
    let head: Value = serde_json::from_str(text).unwrap_or_default();
    head["version"].is_u64() && ["buckets", "keys", "roles"].iter().all(|part| head[part].is_object())
}

fn text(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    std::fs::File::open(file)?.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}
