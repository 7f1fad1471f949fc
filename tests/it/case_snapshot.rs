//! A case as a snapshot, made by the module that the doctor's own tests have for it.

use bucketbridge::doctor::snapshot;

mod within;

pub use within::of;
