//! What a canary leaves behind is found, whatever happened.

use bucketbridge_sandbox::{Effect, Fault, Options};
use std::time::Duration;

use crate::crash::Mortal;
use crate::documents;
use crate::estate::{assert_same, estate};
use crate::world::{BACKUP, PROD, World, one_link, until};

const CHECK: &[&str] = &["check", "-o", "json", "--timeout", "20s"];

/// Replicas are there at once, so that a check always makes the same calls.
fn made() -> World {
    let world = World::with(Options { replication_delay: Duration::ZERO, ..Options::default() });
    world.map(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world
}

/// A canary or an upload whose answer was lost is made twice.
#[test]
fn a_canary_that_was_put_twice_is_removed_twice() {
    for operation in ["PutObject", "CreateMultipartUpload", "CompleteMultipartUpload"] {
        let world = made();
        let wanted = estate(&world);
        world.sandbox.faults().add(Fault::new(Effect::CutAfter).operation(operation).times(1));
        world.apply(&["--variants"]).ended(0);
        assert_same(&estate(&world), &wanted);
    }
}

/// Killed between the removal in the source and that in the destination.
#[test]
fn a_replica_whose_removal_was_cut_short_is_swept() {
    let world = made();
    let hold = |effect, account: &str| Fault::new(effect).account(account).operation("DeleteObject");
    world.sandbox.faults().add(hold(Effect::Held, BACKUP));
    world.sandbox.faults().add(hold(Effect::HeldAfter, PROD));
    let mut child = world.start(CHECK);
    until("both removals are held", || world.sandbox.faults().held() == 2);
    child.kill().expect("killed");
    child.wait().expect("it ends");
    until("the held calls are gone", || world.sandbox.faults().held() == 0);
    world.sandbox.faults().release();
    world.run(CHECK).ended(0);
    assert_eq!(documents::versions(&world, "backup", "us-east-1", "orders-backup", ""), [] as [&str; 0]);
}

const MORTAL: Mortal<'static> = Mortal {
    setup: made,
    command: CHECK,
    again: CHECK,
    writes: |call| ["PutObject", "DeleteObject"].contains(&&*call.operation),
};

#[test]
fn every_call_of_a_check_can_be_the_last() {
    assert!(MORTAL.every_call_can_be_the_last() >= 20);
}

#[test]
fn every_write_of_a_check_can_go_unanswered() {
    assert_eq!(MORTAL.every_write_can_go_unanswered(), 3);
}
