//! What policies allow, and why: a request and all documents that apply to it make a [`Decision`] that
//! says which side blocks it, in which document, in which statement, by which element.
//!
//! ```text
//! Document ─statement─▶ Statement ─┐
//!                                  ├─principal, target, condition─▶ records ─access─▶ Decision
//! Request (Caller, Context) ───────┘
//! ```
//!
//! Everything is three-valued: what is unknown of the request stays unknown in the verdict and never
//! becomes an allowance. Nothing here fails: what cannot be read is a [`Problem`] of its statement.
//!
//! Deliberately absent: words, which `report` has; which requests a service makes, which whoever asks
//! knows; which actions and condition keys exist.

mod access;
mod caller;
mod condition;
mod context;
mod decision;
mod evaluation;
mod findings;
mod grant;
mod matching;
mod operator;
mod pattern;
mod policies;
mod principal;
mod problem;
mod public;
mod record;
mod request;
mod side;
mod statement;
mod target;
#[cfg(test)]
mod tests;
mod value;

pub use caller::{Caller, Entity, NoPrincipal};
pub use context::{Context, Seen};
pub use decision::{Decision, SideRecord, StatementRef, Verdict, decide};
pub use findings::{Finding, findings};
pub use grant::{Constraint, Grant, GrantRecord};
pub use matching::Match;
pub use policies::{Level, Policies, Policy};
pub use problem::{Consequence, Element, Problem};
pub use public::{is_public, public_statements};
pub use record::{ElementRecord, Note, PolicyRecord, StatementRecord, Strength};
pub use request::Request;
pub use side::Side;
pub use statement::Effect;
