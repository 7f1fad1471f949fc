//! Every call can be the last one: the binary is killed after each, and the next run ends where an
//! undisturbed one does.
//!
//! A command is run undisturbed once, to know its calls and where it ends. Then it is run as often as
//! it makes calls: each time the sandbox lets one call more pass than before and holds whatever comes
//! after it, so that the process is killed at exactly that point.

use std::io::Write as _;

use bucketbridge_sandbox::{Call, Effect, Fault};

use crate::each::{cores, each};
use crate::estate::{Estate, assert_same, counted, damage, estate};
use crate::world::{World, one_link, until, writes_configuration};

/// A command that may be killed at any time, and what must come of it.
pub struct Mortal<'a> {
    /// Makes a world in which the command can begin.
    pub setup: fn() -> World,
    /// What is killed.
    pub command: &'a [&'a str],
    /// What is run after it, and must end well; most often the same.
    pub again: &'a [&'a str],
    /// Whether a call changes something.
    pub writes: fn(&Call) -> bool,
}

/// An undisturbed run: its calls and where it ends.
struct Undisturbed {
    calls: Vec<Call>,
    end: Estate,
}

impl Mortal<'_> {
    fn undisturbed(&self) -> Undisturbed {
        let world = (self.setup)();
        world.calls();
        world.run(self.command).ended(0);
        let calls = world.calls();
        Undisturbed { calls, end: estate(&world) }
    }

    /// Kills the command when it has made its first `n` calls, for every `n` before the last.
    /// Gives the number of kills: that of the calls.
    pub fn every_call_can_be_the_last(&self) -> usize {
        let undisturbed = self.undisturbed();
        let points: Vec<usize> = (0..undisturbed.calls.len()).collect();
        let kill = |passing: &usize| {
            let after = |world: &World| world.sandbox.calls().len() == *passing;
            self.killed(Fault::new(Effect::Held).after(*passing), after, &undisturbed.end);
        };
        let kills = each(&points, cores(), |n| format!("killed after {n} calls"), kill).len();
        say(&format!("killed after each of {kills} calls: {}", self.command.join(" ")));
        kills
    }

    /// Kills the command when a write has taken effect and its answer has not arrived, for every write.
    /// Gives the number of kills: that of the writes.
    pub fn every_write_can_go_unanswered(&self) -> usize {
        let undisturbed = self.undisturbed();
        let mut seen: Vec<(String, String)> = Vec::new();
        let mut points = Vec::new();
        for call in undisturbed.calls.iter().filter(|call| (self.writes)(call)) {
            let write = (call.account.clone(), call.operation.clone());
            points.push((write.clone(), seen.iter().filter(|before| **before == write).count()));
            seen.push(write);
        }
        let kill = |((account, operation), before): &((String, String), usize)| {
            let fault = Fault::new(Effect::HeldAfter).account(account).operation(operation);
            self.killed(fault.after(*before).times(1), |_| true, &undisturbed.end);
        };
        let name = |((account, operation), before): &((String, String), usize)| {
            format!("killed in {operation} number {} in account {account}", before + 1)
        };
        let kills = each(&points, cores(), name, kill).len();
        say(&format!("killed within each of {kills} writes: {}", self.command.join(" ")));
        kills
    }

    /// Kills the command once something is held by the fault, and goes on with the next.
    fn killed(&self, fault: Fault, also: impl Fn(&World) -> bool, end: &Estate) {
        let world = (self.setup)();
        world.calls();
        world.sandbox.faults().add(fault);
        let mut child = world.start(self.command);
        let mut ended = None;
        until("a call is held", || {
            ended = child.try_wait().expect("a process");
            ended.is_some() || world.sandbox.faults().held() > 0 && also(&world)
        });
        assert_eq!(ended, None, "it ended before it could be killed");
        child.kill().expect("killed");
        child.wait().expect("it ends");
        until("the held calls are gone", || world.sandbox.faults().held() == 0);
        world.sandbox.faults().release();
        world.run(self.again).ended(0);
        let found = estate(&world);
        assert_eq!(counted(&found), counted(end), "keys, buckets and roles");
        assert_same(&found, end);
    }
}

/// Not captured: the count is for whoever reads the log.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

fn nothing_is_there() -> World {
    World::of(&one_link())
}

fn others_have_damaged_it() -> World {
    let world = nothing_is_there();
    world.apply(&["--no-check"]).ended(0);
    damage(&world);
    world
}

const APPLY: Mortal<'static> = Mortal {
    setup: nothing_is_there,
    command: &["apply", "--yes", "-o", "json", "--no-check"],
    again: &["apply", "--yes", "-o", "json", "--timeout", "20s"],
    writes: writes_configuration,
};

const REPAIR: Mortal<'static> = Mortal { setup: others_have_damaged_it, ..APPLY };

#[test]
fn every_call_of_apply_can_be_the_last() {
    // Two sign-ins, 9 reads before the plan, and 30 calls that make things and read policies back.
    let kills = APPLY.every_call_can_be_the_last();
    assert!(kills >= 35, "{kills} kills are too few to have been everywhere");
}

#[test]
fn every_write_of_apply_can_go_unanswered() {
    let kills = APPLY.every_write_can_go_unanswered();
    assert!(kills >= 20, "{kills} kills are too few to have been everywhere");
}

#[test]
fn every_write_of_a_repair_can_go_unanswered() {
    let kills = REPAIR.every_write_can_go_unanswered();
    assert!(kills >= 15, "{kills} kills are too few to have been everywhere");
}
