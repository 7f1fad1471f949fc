//! Two modules deep, as the doctor's own tests are.

#[path = "../../../src/doctor/tests/estate.rs"]
#[allow(dead_code, reason = "the doctor's own tests use the rest")]
mod estate;

/// What the doctor would read of this case.
pub fn of(case: &serde_json::Value) -> super::snapshot::Snapshot {
    estate::snapshot(case)
}
