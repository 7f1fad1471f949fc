//! The journal: one record for each write of a run, as JSON Lines.
//!
//! A record is two lines of one number: `begun`, on disk before the call is made, and `ended`. A
//! record without its second line is a call that was in flight when the run was killed: nobody knows
//! whether it took effect. The file is made with the first write.
//!
//! Deliberately absent: documents, only their digests; and anything that is secret.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::iam::hex;

use super::private;

/// The version of the format: raised when a key goes away or changes its meaning.
const VERSION: u32 = 1;

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal(Option<Mutex<Open>>);

#[derive(Debug)]
struct Open {
    path: PathBuf,
    command: &'static str,
    file: Option<File>,
    records: u64,
}

/// SHA-256 of a document before and after a write; `None`: there is no document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digests {
    /// As it was read.
    pub before: Option<String>,
    /// As it is sent.
    pub after: Option<String>,
}

impl Digests {
    /// Of the documents' texts.
    pub fn of(before: Option<&str>, after: Option<&str>) -> Self {
        let digest = |text: &str| format!("sha256:{}", hex(text));
        Self { before: before.map(digest), after: after.map(digest) }
    }
}

/// A write that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// The account's entry in the profile map.
    pub account: String,
    /// Its id.
    pub account_id: String,
    /// Who writes, as STS names it.
    pub caller: String,
    /// As the API names it: `PutKeyPolicy`.
    pub operation: String,
    /// On what, for people.
    pub resource: String,
    /// Of the document that is replaced.
    #[serde(flatten)]
    pub digests: Digests,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// `ok`, or AWS's code and message.
    pub outcome: String,
    /// What AWS's support asks for.
    pub request_id: Option<String>,
}

/// A line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Run {
        version: u32,
        command: String,
        program: String,
        time: Timestamp,
    },
    Begun {
        record: u64,
        time: Timestamp,
        #[serde(flatten)]
        begun: Begun,
    },
    Ended {
        record: u64,
        time: Timestamp,
        #[serde(flatten)]
        ended: Ended,
    },
}

/// The number of a record that has begun.
#[derive(Debug, Clone, Copy)]
pub struct Record(u64);

impl Journal {
    /// Into a file that does not exist yet.
    pub fn into(path: PathBuf, command: &'static str) -> Self {
        Self(Some(Mutex::new(Open { path, command, file: None, records: 0 })))
    }

    /// None is kept.
    pub fn none() -> Self {
        Self(None)
    }

    /// The file, once something was written.
    pub fn written(&self) -> Option<PathBuf> {
        let open = lock(self.0.as_ref()?);
        open.file.is_some().then(|| open.path.clone())
    }

    /// Records that a write is about to be made; it is on disk when this returns.
    ///
    /// # Errors
    /// The file cannot be written, with its name: then the write must not be made.
    pub fn begin(&self, begun: Begun) -> io::Result<Record> {
        let Some(open) = &self.0 else { return Ok(Record(0)) };
        let mut open = lock(open);
        let record = open.records + 1;
        open.line(&Line::Begun { record, time: Timestamp::now(), begun })?;
        open.records = record;
        Ok(Record(record))
    }

    /// Records how it ended.
    ///
    /// # Errors
    /// The file cannot be written, with its name.
    pub fn end(&self, record: Record, ended: Ended) -> io::Result<()> {
        let Some(open) = &self.0 else { return Ok(()) };
        lock(open).line(&Line::Ended { record: record.0, time: Timestamp::now(), ended })
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Open {
    fn line(&mut self, line: &Line) -> io::Result<()> {
        let named = |path: &Path, e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
        if self.file.is_none() {
            let mut file = private::create(&self.path).map_err(|e| named(&self.path, e))?;
            let run = Line::Run {
                version: VERSION,
                command: self.command.to_owned(),
                program: concat!("bucketbridge ", env!("CARGO_PKG_VERSION")).to_owned(),
                time: Timestamp::now(),
            };
            put(&mut file, &run).map_err(|e| named(&self.path, e))?;
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => put(file, line).map_err(|e| named(&self.path, e)),
            None => Ok(()),
        }
    }
}

/// In one call, so that a line is there as a whole or not at all.
fn put(file: &mut File, line: &Line) -> io::Result<()> {
    let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
    text.push('\n');
    file.write_all(text.as_bytes())
}

/// A journal that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The command that wrote it.
    pub command: String,
    /// When it began.
    pub time: Timestamp,
    /// Its writes, in the order in which they began.
    pub writes: Vec<Write>,
}

/// One write of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// When the call was made.
    pub time: Timestamp,
    /// What it was.
    pub begun: Begun,
    /// How it ended; `None`: the run was killed while it was in flight.
    pub ended: Option<Ended>,
}

/// A text that is no journal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct JournalError {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// Reads a journal. The last line may be cut: the machine went down while it was written.
///
/// # Errors
/// The first line that is none of a journal.
pub fn read(text: &str) -> Result<Read, JournalError> {
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let mut run = None;
    let mut writes: BTreeMap<u64, Write> = BTreeMap::new();
    for (at, text) in whole.lines().enumerate() {
        let wrong = |message: String| JournalError { line: at + 1, message };
        match serde_json::from_str(text).map_err(|e| wrong(e.to_string()))? {
            Line::Run { version: VERSION, command, time, .. } => run = Some((command, time)),
            Line::Run { version, .. } => return Err(wrong(format!("version {version} is not known here"))),
            Line::Begun { record, time, begun } => {
                writes.insert(record, Write { time, begun, ended: None });
            }
            Line::Ended { record, ended, .. } => match writes.get_mut(&record) {
                Some(write) => write.ended = Some(ended),
                None => return Err(wrong(format!("record {record} ends but never began"))),
            },
        }
    }
    match run {
        Some((command, time)) => Ok(Read { command, time, writes: writes.into_values().collect() }),
        None => Err(JournalError { line: 1, message: "it is not the beginning of a journal".to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(operation: &str) -> Begun {
        Begun {
            account: "backup".to_owned(),
            account_id: "222222222222".to_owned(),
            caller: "arn:aws:iam::222222222222:user/operator".to_owned(),
            operation: operation.to_owned(),
            resource: "key alias/x".to_owned(),
            digests: Digests::of(None, Some("{}")),
        }
    }

    #[test]
    fn what_is_written_is_read_and_what_was_in_flight_has_no_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/journal.jsonl");
        let journal = Journal::into(path.clone(), "apply");
        assert_eq!(journal.written(), None, "no file without a write");
        let first = journal.begin(begun("CreateKey")).expect("written");
        journal.begin(begun("CreateRole")).expect("written");
        let ended = Ended { outcome: "ok".to_owned(), request_id: Some("r-1".to_owned()) };
        journal.end(first, ended.clone()).expect("written");
        let text = std::fs::read_to_string(&path).expect("the file");
        let found = read(&text).expect("a journal");
        assert_eq!((found.command.as_str(), found.writes.len()), ("apply", 2));
        assert_eq!(
            (found.writes[0].begun.clone(), found.writes[0].ended.clone()),
            (begun("CreateKey"), Some(ended))
        );
        assert_eq!((found.writes[1].begun.operation.as_str(), &found.writes[1].ended), ("CreateRole", &None));
        // Cut in the middle of its last line, it still tells the rest.
        assert_eq!(read(&text[..text.len() - 5]).expect("a journal").writes.len(), 2);
        let again = Journal::into(path.clone(), "apply").begin(begun("CreateKey"));
        assert!(again.expect_err("never over another one").to_string().contains("journal.jsonl"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_no_journal_is_refused_with_its_line() {
        for (text, line) in [
            ("", 1),
            ("{}\n", 1),
            (
                "{\"run\":{\"version\":9,\"command\":\"apply\",\"program\":\"x\",\"time\":\"2026-11-22T00:00:00Z\"}}\n",
                1,
            ),
        ] {
            assert_eq!(read(text).expect_err("no journal").line, line, "{text}");
        }
    }
}
