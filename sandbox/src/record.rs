//! The record of calls: who called what, on what, with which result, when.
//!
//! Kept in memory for tests and, if wanted, in a JSON Lines file that gets a
//! line as each call ends. It never holds bodies, secrets or tokens.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context;
use chrono::{DateTime, SecondsFormat, Utc};
use parking_lot::Mutex;
use serde::{Serialize, Serializer};

/// One call, as a test or a reader of the record sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// The caller's account, empty if nobody signed.
    pub account: String,
    /// The caller's ARN, empty if nobody signed.
    pub principal: String,
    pub service: String,
    /// The operation as the API names it: `CreateKey`, `HeadObject`, …
    pub operation: String,
    pub resource: String,
    pub status: u16,
    #[serde(serialize_with = "instant")]
    pub start: DateTime<Utc>,
    #[serde(serialize_with = "instant")]
    pub end: DateTime<Utc>,
}

fn instant<S: Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Micros, true))
}

#[derive(Debug, Default)]
pub struct Recorder {
    calls: Mutex<Vec<Call>>,
    file: Option<Mutex<File>>,
}

impl Recorder {
    pub fn new(file: Option<&Path>) -> anyhow::Result<Self> {
        let file = file
            .map(|path| File::create(path).with_context(|| format!("cannot write {}", path.display())))
            .transpose()?;
        Ok(Recorder { calls: Mutex::default(), file: file.map(Mutex::new) })
    }

    pub fn add(&self, call: Call) {
        if let Some(file) = &self.file
            && let Ok(mut line) = serde_json::to_vec(&call)
        {
            line.push(b'\n');
            // Unbuffered, so that the line is there when the answer is. A
            // full disk must not turn into a wrong answer.
            let _ = file.lock().write_all(&line);
        }
        self.calls.lock().push(call);
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().clone()
    }

    pub fn clear(&self) {
        self.calls.lock().clear();
    }
}
