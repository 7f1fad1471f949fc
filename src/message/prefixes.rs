//! The prefixes that a source sends or a destination accepts, and whether the ones lie within the others.
//!
//! Deliberately absent: tags. A destination cannot see by which tags a source selects.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use super::text::{Prefix, TextError};

/// One prefix or more; an empty one stands for every object. In a message they stand in ascending order,
/// each once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Prefixes(#[schemars(with = "Vec<Prefix>", length(min = 1, max = 100))] BTreeSet<Prefix>);

/// How a prefix that is sent lies to those that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cover {
    /// It begins with one of them.
    Within,
    /// One of them begins with it: some of its objects are accepted, others are not.
    Wider,
    /// No object has it and one of them.
    Disjoint,
}

impl Prefixes {
    /// How many there may be.
    pub const MOST: usize = 100;

    /// How many bytes they may have together, so that every message fits its limit.
    pub const LARGEST: usize = 16 * 1024;

    /// These.
    ///
    /// # Errors
    /// There are none, or too many for a message.
    pub fn new(prefixes: impl IntoIterator<Item = Prefix>) -> Result<Self, TextError> {
        let prefixes: BTreeSet<_> = prefixes.into_iter().collect();
        let bytes: usize = prefixes.iter().map(|prefix| prefix.as_str().len()).sum();
        match prefixes.len() {
            0 => Err(TextError("there is no prefix; an empty one stands for every object".to_owned())),
            count if count > Self::MOST => {
                Err(TextError(format!("there are {count} prefixes; a handoff holds {}", Self::MOST)))
            }
            _ if bytes > Self::LARGEST => {
                Err(TextError(format!("the prefixes have {bytes} bytes; a handoff holds {}", Self::LARGEST)))
            }
            _ => Ok(Self(prefixes)),
        }
    }

    /// In ascending order.
    pub fn iter(&self) -> impl Iterator<Item = &Prefix> {
        self.0.iter()
    }

    /// How a prefix that is sent lies to these, which are accepted.
    pub fn cover(&self, sent: &Prefix) -> Cover {
        let sent = sent.as_str();
        if self.iter().any(|accepted| sent.starts_with(accepted.as_str())) {
            Cover::Within
        } else if self.iter().any(|accepted| accepted.as_str().starts_with(sent)) {
            Cover::Wider
        } else {
            Cover::Disjoint
        }
    }
}

impl fmt::Display for Prefixes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, prefix) in self.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { ", " })?;
            write!(f, "`{prefix}`")?;
        }
        Ok(())
    }
}
