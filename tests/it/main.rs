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

mod apply;
mod architecture;
mod canary;
mod contention;
mod credentials;
mod documents;
mod drift;
mod failures;
mod foreign;
mod grants;
mod interrupt;
mod maps;
mod permissions;
mod readme;
mod restore;
mod shapes;
mod trail;
mod world;
