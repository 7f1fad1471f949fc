//! `--out FILE` and `--force`: a profile map as a new file.
//!
//! Deliberately absent: what is in it.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use super::refusal::Refusal;

/// Refuses early what cannot be written in the end.
///
/// # Errors
/// Something is there, and `force` was not said; or the folder is not.
pub fn may_write(path: &Path, force: bool) -> Result<(), Refusal> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.is_dir()) {
        return Err(Refusal::new(
            format!("{} cannot be written: there is no folder {}", path.display(), folder.display()),
            "make the folder first, or name another file",
        ));
    }
    // A link that leads nowhere is something, too.
    if !force && path.symlink_metadata().is_ok() { Err(there(path)) } else { Ok(()) }
}

fn there(path: &Path) -> Refusal {
    Refusal::new(
        format!("{} is there already, and was not changed", path.display()),
        "name another file with --out, or pass --force to replace it",
    )
}

/// Writes it; never over a file that is there, unless `force` was said.
///
/// # Errors
/// As [`may_write`], and what the system says.
pub fn write(path: &Path, text: &str, force: bool) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    match written {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(there(path).into()),
        written => written.map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", path.display())),
    }
}
