//! Policy documents: parsed, compared by meaning, merged statement by statement, evaluated.
//!
//! Pure: knows nothing of clients. Deliberately absent: reading documents from AWS.

mod document;
pub mod evaluate;
mod meaning;
mod ownership;

pub use document::{Document, DocumentError};
pub use meaning::same_statement;
pub use ownership::{Marker, Purpose, hex, link_hash};
