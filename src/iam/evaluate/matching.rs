//! The three answers that an element of a statement can give, and how they are combined.
//!
//! Deliberately absent: a way to turn `CannotTell` into one of the others. Who wants a yes or a no
//! has to say what is unknown.

use serde::Serialize;

/// Whether something matches, as far as is known (Kleene's logic).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// It matches, whatever the unknown values are.
    Match,
    /// It does not match, whatever the unknown values are.
    NoMatch,
    /// That depends on something unknown.
    CannotTell,
}

impl Match {
    /// A known answer.
    pub fn of(known: bool) -> Self {
        if known { Self::Match } else { Self::NoMatch }
    }

    /// Both.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NoMatch, _) | (_, Self::NoMatch) => Self::NoMatch,
            (Self::Match, Self::Match) => Self::Match,
            _ => Self::CannotTell,
        }
    }

    /// At least one.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Match, _) | (_, Self::Match) => Self::Match,
            (Self::NoMatch, Self::NoMatch) => Self::NoMatch,
            _ => Self::CannotTell,
        }
    }

    /// The opposite; what is unknown stays so.
    pub fn negated(self) -> Self {
        match self {
            Self::Match => Self::NoMatch,
            Self::NoMatch => Self::Match,
            Self::CannotTell => Self::CannotTell,
        }
    }

    /// All of them; `Match` if there are none.
    pub fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().fold(Self::Match, Self::and)
    }

    /// At least one of them; `NoMatch` if there are none.
    pub fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        answers.into_iter().fold(Self::NoMatch, Self::or)
    }
}
