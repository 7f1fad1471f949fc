//! Replication: configuration, delay, decision, replica.

mod estate;

mod configuration;
mod copies;
mod refusals;
mod why;
