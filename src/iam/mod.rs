//! Policy documents: parsed, compared by meaning, merged statement by statement.
//!
//! Pure: knows nothing of clients. Deliberately absent for now: deciding what a policy allows.

mod comparison;
mod document;
mod meaning;
mod ownership;
mod unique;

pub use comparison::between;
pub use document::{Document, DocumentError, sid, texts};
pub use meaning::same_statement;
pub use ownership::{Marker, Purpose, hex, link_hash};
