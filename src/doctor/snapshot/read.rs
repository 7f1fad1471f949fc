//! A part that is read by a call of its own: known, absent, or not read and why.
//!
//! Deliberately absent: a way to get a value out of a part that was not read.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::iam::Document;

/// What came of reading something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Read<T> {
    /// It was read.
    Known(T),
    /// It is not there.
    Absent,
    /// It could not be read, so that nobody can tell.
    Unread(Unread),
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Unread {
    /// The id of the account that was asked, or would have to be.
    #[serde(default)]
    pub account: Option<String>,
    /// The call: `GetBucketPolicy`.
    #[serde(default)]
    pub operation: Option<String>,
    /// The permission that would let us, with the resource where there is one: `s3:GetBucketPolicy`.
    #[serde(default)]
    pub permission: Option<String>,
    /// What AWS said, or why nobody asked.
    #[serde(default)]
    pub why: String,
}

/// A part that a snapshot does not mention was not read.
impl<T> Default for Read<T> {
    fn default() -> Self {
        Self::Unread(Unread { why: "the snapshot does not have it".to_owned(), ..Unread::default() })
    }
}

impl<T> Read<T> {
    pub(in crate::doctor) fn not_looked_up(name: &str) -> Self {
        let why = format!("the snapshot does not have {name}");
        Self::Unread(Unread { why, ..Unread::default() })
    }

    /// The value, if it was read.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// Why it was not read.
    pub fn unread(&self) -> Option<&Unread> {
        match self {
            Self::Unread(unread) => Some(unread),
            _ => None,
        }
    }

    /// Whether it is known not to be there.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The same of a reference.
    pub fn as_ref(&self) -> Read<&T> {
        match self {
            Self::Known(value) => Read::Known(value),
            Self::Absent => Read::Absent,
            Self::Unread(unread) => Read::Unread(unread.clone()),
        }
    }

    /// With another value.
    pub fn map<U>(self, to: impl FnOnce(T) -> U) -> Read<U> {
        self.and_then(|value| Read::Known(to(value)))
    }

    /// What is read of the value.
    pub fn and_then<U>(self, to: impl FnOnce(T) -> Read<U>) -> Read<U> {
        match self {
            Self::Known(value) => to(value),
            Self::Absent => Read::Absent,
            Self::Unread(unread) => Read::Unread(unread),
        }
    }

    /// This, unless it was not read.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if matches!(self, Self::Unread(_)) { other } else { self }
    }
}

/// A policy document as AWS gave it: JSON; or a text, where it is none that can be judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PolicyText(pub Value);

impl PolicyText {
    /// From the text that AWS gave. A text that is no policy document, or that says a key twice, stays
    /// a text.
    pub fn of(text: &str) -> Self {
        match Document::parse(text) {
            Ok(document) => Self(document.value()),
            Err(_) => Self(Value::String(text.to_owned())),
        }
    }

    /// The document, if it is one.
    pub fn document(&self) -> Option<Document> {
        match &self.0 {
            Value::String(text) => Document::parse(text).ok(),
            other => Document::parse(&other.to_string()).ok(),
        }
    }
}

impl From<Document> for PolicyText {
    fn from(document: Document) -> Self {
        Self(document.value())
    }
}
