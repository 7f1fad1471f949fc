//! Every call can fail: what passes by itself is tried again, said, and ends where an undisturbed run does.
//!
//! The operations that apply calls in each account are taken from the record of an undisturbed run,
//! from nothing and as a repair. One run meets one kind of fault at every one of them: each has to be
//! met, said and overcome for itself, so nothing is lost by having them all at once.
//! What does not pass by itself is in `denials.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use bucketbridge_sandbox::{Effect, Fault, Options};

use crate::crash::say;
use crate::denials::{kind, only_what_needs_it_is_blocked};
use crate::each::{cores, each};
use crate::estate::{Estate, assert_same, damage, estate};
use crate::world::{BACKUP, PROD, Ran, World, one_link};

/// Where apply begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Nothing,
    /// Others have damaged what it made.
    Damaged,
}

impl Start {
    /// Replicas are there at once, so that the check always makes the same calls.
    pub fn world(self) -> World {
        let world = World::with(Options { replication_delay: Duration::ZERO, ..Options::default() });
        world.map(&one_link());
        if self == Self::Damaged {
            world.apply(&["--no-check"]).ended(0);
            damage(&world);
        }
        world.calls();
        world
    }
}

/// An operation that is called in an account, which has the name of its entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Called {
    pub account: &'static str,
    pub service: String,
    pub operation: String,
}

impl Called {
    fn fault(&self, effect: Effect) -> Fault {
        let id = if self.account == "prod" { PROD } else { BACKUP };
        Fault::new(effect).account(id).operation(&self.operation)
    }

    /// The lines that say that it is tried again.
    fn retries(&self, ran: &Ran) -> usize {
        let begin = format!("{}: {} on ", self.account, self.operation);
        retries(ran).filter(|line| line.starts_with(&begin)).count()
    }
}

fn retries(ran: &Ran) -> impl Iterator<Item = &str> {
    ran.stderr.lines().filter(|line| line.contains("; again in "))
}

/// How often each operation was called since the last look.
fn called(world: &World) -> BTreeMap<Called, usize> {
    let mut all = BTreeMap::new();
    for call in world.calls() {
        let account = if call.account == PROD { "prod" } else { "backup" };
        let called = Called { account, service: call.service, operation: call.operation };
        *all.entry(called).or_default() += 1;
    }
    all
}

/// A run in which nothing goes wrong.
pub struct Undisturbed {
    pub start: Start,
    pub called: BTreeSet<Called>,
    pub outcomes: BTreeMap<String, String>,
    pub end: Estate,
}

pub static UNDISTURBED: LazyLock<[Undisturbed; 2]> = LazyLock::new(|| {
    [Start::Nothing, Start::Damaged].map(|start| {
        let world = start.world();
        let outcomes = world.apply(&[]).ended(0).outcomes();
        let called = called(&world).into_keys().collect();
        Undisturbed { start, called, outcomes, end: estate(&world) }
    })
});

/// Faults that pass, and how often each operation meets them.
const PASSING: [(Effect, usize); 6] = [
    (Effect::Throttled, 2),
    (Effect::Broken, 1),
    (Effect::Unavailable, 1),
    (Effect::CutBefore, 1),
    (Effect::CutAfter, 1),
    (Effect::Slow(Duration::from_millis(300)), 1),
];

/// Writes before whose next try it is looked whether the last one took effect.
const LOOKS_AGAIN: [&str; 6] = [
    "CreateKey",
    "PutKeyPolicy",
    "PutBucketPolicy",
    "PutRolePolicy",
    "PutBucketReplication",
    "UpdateAssumeRolePolicy",
];

/// Faults that leave open whether the call took effect.
const UNCERTAIN: [Effect; 4] = [Effect::Broken, Effect::Unavailable, Effect::CutBefore, Effect::CutAfter];

#[test]
fn what_passes_is_tried_again_and_said() {
    let cases: Vec<_> = UNDISTURBED.iter().flat_map(|run| PASSING.map(|(e, n)| (run, e, n))).collect();
    let name = |(run, effect, _): &(&Undisturbed, Effect, usize)| format!("{effect:?} from {:?}", run.start);
    // More at once than there are cores: most of it is waiting.
    let counts = each(&cases, 12, name, |(run, effect, times)| {
        let met: Vec<&Called> = run.called.iter().collect();
        let world = run.start.world();
        met.iter().for_each(|called| world.sandbox.faults().add(called.fault(*effect).times(*times)));
        let ran = world.apply(&[]).ended(0);
        assert_eq!(ran.outcomes(), run.outcomes);
        ran.proven_but(&[]);
        assert_eq!(ran.json()["links"][0]["problems"], serde_json::json!([]));
        let calls = self::called(&world);
        let mut said = 0;
        for called in &met {
            let slow = matches!(effect, Effect::Slow(_));
            // Whoever looks again first sees that it took effect.
            let looks = *effect == Effect::CutAfter && LOOKS_AGAIN.contains(&&*called.operation);
            let again = usize::from(!slow && !looks);
            assert!(calls[*called] >= times + again, "{called:?}: {} calls", calls[*called]);
            // A call's first retry is said, not each.
            let wanted = usize::from(!slow);
            assert_eq!(called.retries(&ran), wanted, "{called:?}:\n{}", ran.stderr);
            said += wanted;
        }
        assert_eq!(retries(&ran).count(), said, "nothing else is tried again:\n{}", ran.stderr);
        assert_same(&estate(&world), &run.end);
        met.len() * times
    });
    say(&format!("{} passing faults injected in {} runs", counts.iter().sum::<usize>(), counts.len()));
}

/// All forms of the canary: what is put in parts makes calls of its own.
#[test]
fn a_proof_of_every_form_overcomes_what_passes() {
    let made = || {
        let world = Start::Nothing.world();
        world.apply(&["--no-check"]).ended(0);
        world.calls();
        world
    };
    let world = made();
    world.apply(&["--variants"]).ended(0).proven_but(&[]);
    let of_canary: Vec<Called> =
        called(&world).into_keys().filter(|c| c.service == "s3" && kind(&c.operation).is_none()).collect();
    let end = estate(&world);
    let counts = each(
        &PASSING,
        PASSING.len(),
        |(effect, _)| format!("{effect:?}"),
        |(effect, times)| {
            let met: Vec<&Called> = of_canary.iter().collect();
            let world = made();
            met.iter().for_each(|called| world.sandbox.faults().add(called.fault(*effect).times(*times)));
            let ran = world.apply(&["--variants"]).ended(0);
            ran.proven_but(&[]);
            assert_eq!(ran.json()["links"][0]["problems"], serde_json::json!([]));
            let slow = matches!(effect, Effect::Slow(_));
            for called in &met {
                // Twice may be once of two forms each.
                let said = called.retries(&ran);
                assert!(said <= *times && (said == 0) == slow, "{called:?}: {said}\n{}", ran.stderr);
            }
            assert_same(&estate(&world), &end);
            met.len() * times
        },
    );
    say(&format!("{} passing faults injected into proofs of every form", counts.iter().sum::<usize>()));
}

/// Each `CreateKey` that gets through makes another key: the one that it may have made is looked for.
#[test]
fn a_key_that_may_have_been_made_is_not_made_twice() {
    let run = &UNDISTURBED[0];
    let made = run.called.iter().filter(|called| called.operation == "CreateKey");
    let cases: Vec<(&Called, Effect)> = made.flat_map(|called| UNCERTAIN.map(|e| (called, e))).collect();
    assert_eq!(cases.len(), 8, "in two accounts");
    each(
        &cases,
        cores(),
        |case| format!("{case:?}"),
        |(called, effect)| {
            let world = run.start.world();
            world.sandbox.faults().add(called.fault(*effect).times(1));
            let ran = world.apply(&["--no-check"]).ended(0);
            let again = if *effect == Effect::CutAfter { 1 } else { 2 };
            assert_eq!(self::called(&world)[*called], again, "not blindly again");
            assert!(ran.stderr.contains("looking for the key that this may have made"), "{}", ran.stderr);
            assert_same(&estate(&world), &run.end);
        },
    );
    say(&format!("{} uncertain answers to CreateKey", cases.len()));
}

/// Answers that leave open whether a call took effect are not waited out for minutes.
#[test]
fn a_service_that_stays_broken_is_given_up_on() {
    let run = &UNDISTURBED[0];
    let of = |account: &str, operation: &str| {
        let mut called = run.called.iter();
        called.find(|c| c.account == account && c.operation == operation).expect("a call of the record")
    };
    let cases = [
        of("backup", "DescribeKey"),
        of("prod", "GetRole"),
        of("backup", "CreateBucket"),
        of("prod", "PutRolePolicy"),
        of("backup", "PutKeyPolicy"),
        of("prod", "PutBucketReplication"),
    ];
    let name = |called: &&Called| format!("{called:?}");
    each(&cases, cases.len(), name, |called| {
        let world = run.start.world();
        world.sandbox.faults().add(called.fault(Effect::Broken));
        let begun = Instant::now();
        let ran = world.apply(&["--no-check"]).ended(1);
        // Waits of at most 0.25, 0.5, 1 and 2 seconds.
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        only_what_needs_it_is_blocked(run, &ran, called, &[&called.operation]);
        assert_eq!(self::called(&world)[*called], 5);
        assert_eq!(called.retries(&ran), 1, "{}", ran.stderr);
        world.sandbox.faults().clear();
        world.apply(&["--no-check"]).ended(0);
        assert_same(&estate(&world), &run.end);
    });
    say(&format!("{} operations that stay broken", cases.len()));
}
