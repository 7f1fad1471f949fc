//! A time in a message: whole seconds, in UTC, in one form only.
//!
//! Deliberately absent: the clock. Whoever makes or checks a message says what time it is.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;

use super::text::TextError;

/// `2026-07-01T09:00:00Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Moment(Timestamp);

impl Moment {
    /// The same time, as others count it.
    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

/// Without the fraction of the second.
impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(Timestamp::from_second(at.as_second()).unwrap_or(at))
    }
}

impl FromStr for Moment {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        let refused = || TextError("a time looks like `2026-07-01T09:00:00Z`".to_owned());
        let at: Timestamp = text.parse().map_err(|_| refused())?;
        // What the parser forgives (offsets, fractions, blanks, small letters) prints otherwise.
        if text.len() == 20 && at.to_string() == text { Ok(Self(at)) } else { Err(refused()) }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
