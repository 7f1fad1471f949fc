//! Why a text is no handoff.
//!
//! Deliberately absent: what its receiver thinks of a handoff that is one.

use super::{LARGEST, VERSION};

/// Why a text is no handoff. Nothing of the text is quoted but keys of plain letters.
#[derive(Debug, thiserror::Error)]
pub enum Malformed {
    /// It is larger than any handoff.
    #[error("it is larger than {LARGEST} bytes")]
    TooLarge,
    /// It is no text.
    #[error("it is not UTF-8")]
    NotText,
    /// It is nested deeper than any handoff.
    #[error("it is nested deeper than a handoff is")]
    Deep,
    /// It has a key that no handoff has.
    #[error("it has a key of other characters than small letters and `_`")]
    Key,
    /// It has a number that no handoff has.
    #[error("it has a number that is not whole and positive")]
    Number,
    /// It is no JSON, or has a key twice.
    #[error("it cannot be read as JSON: {0}")]
    NotJson(serde_json::Error),
    /// It is something else.
    #[error("it is not a handoff of bucketbridge: it has no `version`, `kind` and `digest`")]
    NotAHandoff,
    /// A later program made it.
    #[error("it is a handoff of version {0}, and this program knows version {VERSION}")]
    Version(u64),
    /// It says to be of a kind that there is not.
    #[error("`kind`: the kinds are `offer`, `request` and `grant`")]
    Kind,
    /// Somebody has edited it.
    #[error("it is not as it was made: its digest does not fit")]
    Changed,
    /// A field is wrong.
    #[error("`{at}`: {why}")]
    Field {
        /// The field, with dots.
        at: String,
        /// A lower-case fragment.
        why: String,
    },
}

impl Malformed {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAHandoff | Self::TooLarge | Self::NotText => {
                "name a file that `bucketbridge handoff export` wrote"
            }
            Self::Version(_) => {
                "use the same version of bucketbridge in both accounts, then ask for a new one: `bucketbridge handoff export`"
            }
            _ => "ask whoever sent it for a new one, and hand it on as it is: `bucketbridge handoff export`",
        }
    }
}
