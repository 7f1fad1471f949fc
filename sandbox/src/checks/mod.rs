//! Checks that AWS makes and the emulator does not, a file each.

pub mod boundary;
pub mod bucket_policy;
pub mod decay;
pub mod defaults;
pub mod documents;
pub mod encryption;
pub mod lockout;
pub mod object_owner;
pub mod ownership;
pub mod principals;
pub mod public_access;
pub mod public_policy;
pub mod region;
pub mod size;
