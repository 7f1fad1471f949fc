//! The real binary against a sandbox of its own: one test binary for all of it.

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test says what it expects by panicking, prints what it counted, and waits for other processes"
)]

mod adopt;
mod alias;
mod apply;
mod architecture;
#[path = "../../sandbox/tests/it/bench.rs"]
#[allow(dead_code, reason = "the sandbox's tests use the rest")]
mod bench;
mod broken;
mod budgets;
mod canary;
mod case_snapshot;
mod cases;
mod contention;
mod crash;
mod credentials;
mod deleted_principals;
mod denials;
mod differential;
mod doctor;
mod doctor_cases;
mod documents;
mod drift;
mod each;
mod estate;
mod examine;
mod failures;
mod faults;
mod forecast;
mod foreign;
mod grants;
mod hostile;
mod init;
mod interrupt;
mod lost_keys;
mod maps;
mod one_sided;
mod permissions;
mod plan_file;
mod quotas;
mod readme;
mod remove;
mod render;
mod restore;
mod rubbish;
mod safety;
mod shapes;
mod stories;
mod team;
mod trail;
mod two_teams;
mod two_teams_page;
mod unmanaged;
mod warnings;
mod world;
