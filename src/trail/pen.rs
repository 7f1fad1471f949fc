//! The permission to write, and the duty to keep a record of it.
//!
//! A write goes through [`crate::aws::Lane::write`], which takes a pen; whoever only plans has none.

use super::{Backups, Journal};

/// What a shared document is merged into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// What is there when it is written, whatever the plan saw.
    Newest,
    /// What the plan saw, and nothing else: a document that has changed since stops its step.
    Planned,
}

/// The permission to write.
#[derive(Debug)]
pub struct Pen {
    /// Where every write is recorded.
    pub journal: Journal,
    /// Where documents are saved before their first change.
    pub backups: Backups,
    /// What documents are merged into.
    pub basis: Basis,
}
