//! Cases as snapshots, and the doctor's own worlds as cases, by the modules that the doctor's tests have
//! for it.

use bucketbridge::doctor::{Verdict, snapshot};

mod within;

pub use within::{broken, healthy, of};
