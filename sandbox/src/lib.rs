//! A local AWS with several accounts: S3, KMS, IAM and STS on one loopback
//! address, for `bucketbridge`'s demo and tests, and for anybody else's.
//!
//! It stands on the emulator crates `fakecloud-*` and puts layers over them
//! for what they do otherwise than AWS: authorization under AWS's action
//! names, principals that must exist, keys that live in one Region, and
//! replication that takes time and is refused for AWS's reasons. What it does
//! as AWS does, and what it does not, is in `docs/sandbox.md`.
//!
//! It is no security boundary: it knows no anonymous access, no
//! policies of organizations, and keeps object bodies as they are.
//!
//! # Licence
//!
//! The emulator crates are licensed AGPL-3.0-or-later, and so is this one.
//! `bucketbridge` itself does not link it; it is a dependency of its tests
//! only.
//!
//! # Code map
//!
//! - [`Sandbox`], [`Options`]: starting one;
//! - [`front`] and [`caption`]: every request passes; recorded and delayed;
//! - [`private_route`]: a door for `bucketbridge-sandbox why`;
//! - [`faults`], [`quotas`], [`busy`], [`wire`]: what can go wrong on the way;
//! - [`services`]: S3, KMS, IAM, STS, each around the emulator's;
//! - [`actions`]: what a request asks for, in AWS's names;
//! - [`authority`]: whether it is allowed;
//! - [`checks`]: what else AWS refuses, a file each;
//! - [`replication`]: from the written version to the replica;
//! - [`breaks`]: the demo's link broken, and cured as the doctor says;
//! - [`world`], [`keys`], [`accounts`], [`sessions`]: what exists.

pub mod accounts;
pub mod actions;
pub mod arn;
pub mod authority;
pub mod breaks;
pub mod busy;
pub mod caption;
pub mod checks;
pub mod faults;
pub mod front;
pub mod keys;
pub mod multi_region;
pub mod options;
pub mod private_route;
pub mod profiles;
pub mod quotas;
pub mod record;
pub mod replication;
mod sandbox;
pub mod server;
pub mod services;
pub mod sessions;
pub mod wire;
pub mod world;

pub use faults::{Effect, Fault, Faults};
pub use options::Options;
pub use profiles::AwsDir;
pub use record::Call;
pub use replication::verdict::{Failure, Outcome, Verdict};
pub use sandbox::Sandbox;
