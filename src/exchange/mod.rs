//! Two teams, one link: what each has told the other by handoff, what is due next, and whose turn it is.
//!
//! Deliberately absent: the form of a message and the reasons to refuse one, which are
//! [`crate::message`]'s; acting on one, which is an apply's.

mod due;
mod ground;
mod store;
mod told;
mod turn;

pub use due::{Due, Teller, Unmade};
pub use ground::{Ground, Side, Unsayable};
pub use store::{KeepError, Kept, Store, read};
pub use told::{Heard, Pair, Told, first};
pub use turn::Turn;
