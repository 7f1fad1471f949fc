//! Tests of the doctor.
//!
//! Deliberately absent: the sandbox. Whether its engine agrees is tested where both can be reached.

mod cases;
mod cures;
mod estate;
mod properties;
mod published;
mod questions;
mod register;
mod world;
mod worlds;
