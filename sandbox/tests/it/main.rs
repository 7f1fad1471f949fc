//! The sandbox through the raw AWS SDK, a module a layer. Each test has a
//! sandbox of its own.

mod actions;
mod assume;
mod bench;
mod buckets;
mod cases;
mod evaluator;
mod faults;
mod keys;
mod ownership;
mod policies;
mod principals;
mod record;
mod replication;
mod serve;
mod server;
