//! Two modules deep, as the doctor's own tests are.

#[path = "../../../src/doctor/tests/estate.rs"]
#[allow(dead_code, reason = "the doctor's own tests use the rest")]
mod estate;
#[path = "../../../src/doctor/tests/world.rs"]
#[allow(dead_code, reason = "the doctor's own tests use the rest")]
mod world;
#[path = "../../../src/doctor/tests/worlds.rs"]
mod worlds;

use serde_json::Value;

/// What the doctor would read of this case.
pub fn of(case: &Value) -> super::snapshot::Snapshot {
    estate::snapshot(case)
}

/// A link that replicates.
pub fn healthy() -> Value {
    world::healthy()
}

/// The healthy link with one thing wrong: for every cause of the doctor.
pub fn broken() -> impl Iterator<Item = (&'static str, Value)> {
    worlds::WORLDS.iter().map(|world| (world.cause, world::broken(world)))
}
