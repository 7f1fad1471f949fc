//! Policy documents: parsed, compared by meaning, merged statement by statement, evaluated.
//!
//! Pure: knows nothing of clients. Deliberately absent: reading documents from AWS.

mod comparison;
mod document;
pub mod evaluate;
mod meaning;
mod ownership;
mod unique;
mod unique_id;

pub use comparison::between;
pub use document::{Document, DocumentError, sid, texts};
pub use meaning::same_statement;
pub use ownership::{Marker, Purpose, hex, link_hash};
pub use unique::check as each_key_once;
pub use unique_id::is_unique_id;
