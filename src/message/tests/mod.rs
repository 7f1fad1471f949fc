//! Handoffs, from the outside: made, sent, changed on the way, received.

mod check;
mod examples;
mod form;
mod mutations;
mod properties;
mod schema;
mod world;
