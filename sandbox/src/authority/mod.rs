//! Authorization: an adapter in front of the emulator's policy evaluator.
//!
//! The evaluator matches actions, resources and conditions well, one
//! statement at a time. What it gets wrong is put right here: a policy that
//! names a role matches the role's sessions; `aws:PrincipalArn` of a session
//! is the role's ARN; `"AWS": "*"` in a key policy is no delegation to IAM;
//! a permissions boundary limits what is granted to a role's ARN.

pub mod caller;
pub mod document;
pub mod grants;
pub mod judgement;
pub mod lacking;
pub mod principal;

pub use caller::Caller;
pub use document::{Ask, Document};
pub use grants::Grant;
pub use judgement::{Identity, Judgement, Resource, admits, judge};
