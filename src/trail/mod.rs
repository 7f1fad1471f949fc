//! What a run leaves on this machine: the journal of its writes, and every document as it was before
//! its first change; and plans that are saved.
//!
//! Deliberately absent: anything that decides what is written to an account, and secrets.

pub mod backup;
pub mod journal;
mod pen;
pub mod plan_file;
pub mod private;

pub use backup::{Backup, Backups, Place};
pub use journal::{Digests, Journal};
pub use pen::{Basis, Pen};
pub use plan_file::PlanFile;
