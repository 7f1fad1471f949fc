//! One case as it is written, with its placeholders, and how it may end.

use std::fmt;
use std::path::Path;

use serde_json::Value;

/// What a refused call ends a case with.
macro_rules! or_refused {
    ($call:literal, $sent:expr) => {
        if let Err(error) = $sent {
            let code = aws_sdk_s3::error::ProvideErrorMetadata::code(&error).unwrap_or_default();
            let text = aws_sdk_s3::error::ProvideErrorMetadata::message(&error).unwrap_or_default();
            return Ending::Refused($call, format!("{code}: {text}"));
        }
    };
}
pub(crate) use or_refused;

pub struct Story {
    pub id: String,
    pub disputed: bool,
    pub estate: Value,
    expected: Value,
}

/// What came of a case.
pub enum Ending {
    Works,
    Skipped,
    /// The failureReason, and a sentence.
    Fails(String, String),
    /// The call that was refused, and what it answered.
    Refused(&'static str, String),
    /// Neither: the test itself came to nothing.
    Stuck(String),
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ending::Works => f.write_str("it works"),
            Ending::Skipped => f.write_str("it is skipped"),
            Ending::Fails(reason, text) => write!(f, "it fails with {reason}: {text}"),
            Ending::Refused(call, text) => write!(f, "{call} is refused: {text}"),
            Ending::Stuck(text) => f.write_str(text),
        }
    }
}

impl Story {
    pub fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).expect("a case can be read");
        let mut whole: Value = serde_json::from_str(&text).expect("a case is JSON");
        Story {
            id: whole["id"].as_str().unwrap_or_default().to_owned(),
            disputed: whole["disputed"].as_bool().unwrap_or(false),
            estate: whole["estate"].take(),
            expected: whole["expected"].take(),
        }
    }

    pub fn new(id: &str, estate: Value, expected: Value) -> Self {
        Story { id: id.to_owned(), disputed: false, estate, expected }
    }

    /// Why no API call can set this up, if so.
    pub fn unreachable(&self) -> Option<&'static str> {
        let object = &self.estate["object"];
        let lists =
            |field: &str| self.estate["organization"][field].as_array().is_some_and(|list| !list.is_empty());
        match object["operation"].as_str().unwrap_or("put") {
            "lifecycle-delete-marker" => return Some("nothing runs lifecycle rules"),
            "batch-replication" => return Some("there is no Batch Replication"),
            _ => {}
        }
        if object["sse"] == "none" {
            return Some("every object written since January 2023 is encrypted");
        }
        (lists("scps") || lists("rcps")).then_some("there are no service or resource control policies")
    }

    pub fn is_refused(&self) -> bool {
        self.expected["verdict"] == "rejected-by-api"
    }

    pub fn has_cause(&self, code: &str) -> bool {
        self.causes().any(|cause| cause["code"] == code)
    }

    pub fn rejected_by(&self) -> &str {
        self.expected["rejected_by"].as_str().unwrap_or_default()
    }

    fn causes(&self) -> impl Iterator<Item = &Value> {
        self.expected["causes"].as_array().into_iter().flatten()
    }

    /// What is not as expected.
    pub fn difference(&self, ending: &Ending) -> Option<String> {
        let wanted = self.expected["verdict"].as_str().unwrap_or_default();
        let codes: Vec<_> = self.causes().filter_map(|cause| cause["code"].as_str()).collect();
        let agrees = match ending {
            Ending::Works => wanted == "works",
            Ending::Skipped => wanted == "skipped",
            Ending::Fails(reason, _) => {
                let reasons: Vec<_> =
                    self.causes().filter_map(|cause| cause["aws_reason"].as_str()).collect();
                wanted == "fails" && (reasons.is_empty() || reasons.contains(&reason.as_str()))
            }
            Ending::Refused(call, _) => {
                wanted == "rejected-by-api"
                    && (self.rejected_by().is_empty() || self.rejected_by().contains(call))
            }
            Ending::Stuck(_) => false,
        };
        (!agrees).then(|| format!("{wanted} {codes:?} {} expected, but {ending}", self.rejected_by()))
    }
}
