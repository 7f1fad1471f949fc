//! Breaks the demo's link `orders` in one of several ways, and carries out the cure that the doctor prints.
//!
//! For `demo --broken` and its test: the product itself never carries out a cure.

mod cure;
mod estate;
mod list;
mod signed;

pub use cure::Diagnosis;
pub use estate::Estate;
pub use list::{BREAKS, Break};
