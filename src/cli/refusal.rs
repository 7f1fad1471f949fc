//! Errors that the command line itself makes, and the exit code of any error.

use crate::config::Problems;
use crate::exit::Exit;

/// Something was asked for that cannot be done as it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What is wrong with it.
    pub message: String,
    /// What to ask for instead.
    pub hint: String,
}

impl Refusal {
    /// With both halves.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// A signal ended the run before there was a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted; nothing was changed")]
pub struct Interrupted;

/// The exit code that an error stands for.
pub fn exit(error: &anyhow::Error) -> Exit {
    if error.is::<Refusal>() || error.is::<Problems>() {
        Exit::Usage
    } else if error.is::<Interrupted>() {
        Exit::Interrupted
    } else {
        Exit::Failed
    }
}
