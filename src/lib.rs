//! `bucketbridge` sets up, proves, explains and withdraws Amazon S3 replication of KMS-encrypted
//! objects between AWS accounts.
//!
//! # Code map
//!
//! ```text
//! profiles.toml ─config─▶ Topology ─┐
//!                                   ├─plan─▶ Plan ─apply─▶ StepOutcome, Proofs ─┐
//! AWS accounts ─observe─▶ Observed ─┘                                           ├─report─▶ stdout
//!                                        Proofs ─canary─▶ LinkResult ───────────┘
//!           (observe, apply and canary send events; ui shows them on stderr)
//! ```
//!
//! - [`config`]: the profile map; [`topology`]: what it means; [`arn`]: names.
//! - [`aws`]: credentials, clients, limits, retries, errors; [`iam`]: policy documents.
//! - [`resource`]: the seven kinds of resource, a file each; [`change`]: what is said of them.
//! - [`examine`]: reads what the doctor looks at; [`doctor`]: why a replication fails; judges what was read.
//! - [`forecast`]: the accounts as a plan would make them, for the doctor to judge before the first write.
//! - [`adopt`]: a live replication, written down as a profile map.
//! - [`observe`], [`plan`], [`apply`]: read, compare, write; [`canary`]: prove; [`status`]: drift.
//! - [`removal`], [`remove`]: what is withdrawn, and withdrawing it.
//! - [`trail`]: the journal of writes, saved plans, and documents as they were before; [`restore`] puts one back.
//! - [`permissions`]: the policies that whoever runs a command needs.
//! - [`render`]: what apply would send to accounts in which nothing is, for others' pipelines.
//! - [`message`]: handoffs, which teams exchange that do not share credentials.
//! - [`report`], [`ui`], [`cli`], [`exit`], [`event`]: what a person sees.
//!
//! It is a library so that tests reach its parts; it promises no stable interface.

pub mod adopt;
pub mod apply;
pub mod arn;
pub mod aws;
pub mod canary;
pub mod change;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod event;
pub mod examine;
pub mod exchange;
pub mod exit;
pub mod forecast;
pub mod iam;
pub mod message;
pub mod observe;
pub mod operation;
pub mod permissions;
pub mod plan;
pub mod removal;
pub mod remove;
pub mod render;
pub mod report;
pub mod resource;
pub mod restore;
pub mod status;
pub mod topology;
pub mod trail;
pub mod ui;
