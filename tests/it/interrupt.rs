//! Ctrl-C half way: what is said, what is left, and that the next run ends where an undisturbed one does.
//! `kill -9` is in `crash.rs`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bucketbridge_sandbox::{Call, Effect, Fault, Options};

use crate::documents;
use crate::estate::{Estate, assert_same, estate};
use crate::world::{BACKUP, PROD, Ran, World, one_link, until, writes_configuration};

fn kill(child: &Child, signal: &str) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

fn written(world: &World) -> usize {
    world.sandbox.calls().iter().filter(|c| writes_configuration(c) && c.status < 300).count()
}

fn undisturbed() -> Estate {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    estate(&world)
}

const APPLY: &[&str] = &["apply", "--yes", "-o", "json", "--timeout", "20s"];

#[test]
fn an_interrupted_apply_says_what_was_done_and_the_next_one_goes_on() {
    let wanted = undisturbed();
    let world = World::of(&one_link());
    world.sandbox.set_latency(Duration::from_millis(100));
    let child = world.start(APPLY);
    until("something is written", || written(&world) > 0);
    kill(&child, "-INT");
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(130);
    let json = ran.json();
    assert_eq!(json["interrupted"], true);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len(), 10, "every step is accounted for");
    let begun = outcomes.values().filter(|o| *o == "made").count();
    let not_begun = outcomes.values().filter(|o| *o == "blocked").count();
    assert!(not_begun > 0 && begun < 10, "{outcomes:?}");
    let replication = json["steps"].as_array().expect("steps").last().expect("the last step");
    assert_eq!((&replication["kind"], &replication["outcome"]), (&"replication".into(), &"blocked".into()));
    for step in json["steps"].as_array().expect("steps") {
        assert_ne!(step["outcome"], "failed", "an interrupt is no failure: {step:#}");
    }
    assert_eq!(json["links"], serde_json::json!([]));
    assert!(
        ran.stderr.contains("interrupted") && ran.stderr.contains("run `bucketbridge apply` again"),
        "{}",
        ran.stderr
    );
    world.sandbox.set_latency(Duration::ZERO);
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    assert_same(&estate(&world), &wanted);
}

/// What is waited for is no mistake of anybody, and must not look like one.
#[test]
fn a_wait_that_is_interrupted_is_no_failure() {
    let world = World::with(Options { iam_propagation: Duration::from_secs(300), ..Options::default() });
    world.map(&one_link());
    let child = world.start(&["apply", "--yes", "-o", "json"]);
    let refused = |world: &World| {
        world.sandbox.calls().iter().any(|c| c.operation == "PutKeyPolicy" && c.status == 400)
    };
    until("a key policy was refused", || refused(&world));
    kill(&child, "-INT");
    let ran = Ran::of(child.wait_with_output().expect("an end")).ended(130);
    assert!(!ran.stdout.contains("AROA"), "{}", ran.stdout);
    assert_eq!(ran.outcomes()["backup key-policy alias/orders-backup (us-east-1)"], "blocked");
    assert!(!ran.outcomes().values().any(|outcome| outcome == "failed"), "{:?}", ran.outcomes());
    assert!(ran.stdout.contains("IAM has not spread the new role yet"), "{}", ran.stdout);
}

/// Starts apply with its conversation in a file, to be read while it goes on.
fn start_aside(world: &World) -> (Child, PathBuf) {
    let said = world.path().join("said");
    let file = File::create(&said).expect("a file");
    let child = world.command(APPLY).stdout(Stdio::piped()).stderr(file).spawn().expect("the binary starts");
    (child, said)
}

/// Sends a signal, and waits until it has been heeded.
fn interrupt(child: &Child, said: &Path) {
    kill(child, "-INT");
    until("the signal is heeded", || {
        let said = fs::read_to_string(said).expect("a conversation");
        said.contains("interrupted; finishing the calls in flight, press again to end at once")
    });
}

fn hold(world: &World, account: &str, operation: &str) {
    world.sandbox.faults().add(Fault::new(Effect::Held).account(account).operation(operation).times(1));
}

#[test]
fn calls_in_flight_are_finished_and_no_others_begun() {
    let world = World::of(&one_link());
    hold(&world, PROD, "CreateRole");
    hold(&world, BACKUP, "PutBucketVersioning");
    let (mut child, said) = start_aside(&world);
    // The last call that needs neither.
    let last = |call: &Call| call.account == PROD && call.operation == "PutBucketEncryption";
    until("two calls are in flight and nothing else can be done", || {
        world.sandbox.faults().held() == 2 && world.sandbox.calls().iter().any(last)
    });
    interrupt(&child, &said);
    assert!(matches!(child.try_wait(), Ok(None)), "it waits for what is in flight");
    world.calls();
    world.sandbox.faults().release();
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(130);
    let mut finished: Vec<String> = world.calls().into_iter().map(|call| call.operation).collect();
    finished.sort();
    assert_eq!(finished, ["CreateRole", "PutBucketVersioning"]);

    let json = ran.json();
    assert_eq!(json["interrupted"], true);
    let steps = json["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 10, "every step is accounted for");
    let named = |outcome: &str| {
        let steps = steps.iter().filter(|step| step["outcome"] == outcome);
        let mut names: Vec<String> = steps
            .map(|s| {
                format!(
                    "{} {}",
                    s["account"].as_str().unwrap_or_default(),
                    s["kind"].as_str().unwrap_or_default()
                )
            })
            .collect();
        names.sort();
        names
    };
    assert_eq!(named("made"), ["backup key", "prod bucket", "prod key", "prod role"]);
    assert_eq!(
        named("blocked"),
        [
            "backup bucket",
            "backup bucket-policy",
            "backup key-policy",
            "prod key-policy",
            "prod replication",
            "prod role-policy"
        ]
    );
    let half =
        steps.iter().find(|step| step["account"] == "backup" && step["kind"] == "bucket").expect("the step");
    let why = half["error"].as_str().unwrap_or_default();
    assert!(why.contains("PutPublicAccessBlock") && why.contains("interrupted before this call"), "{half:#}");
    let said = fs::read_to_string(said).expect("a conversation");
    assert!(said.contains("run `bucketbridge apply` again; it goes on from there"), "{said}");

    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    assert_same(&estate(&world), &undisturbed());
}

#[test]
fn a_second_signal_ends_at_once() {
    let world = World::of(&one_link());
    hold(&world, PROD, "CreateRole");
    for second in ["-INT", "-TERM"] {
        let (child, said) = start_aside(&world);
        until("a call is in flight", || world.sandbox.faults().held() == 1);
        interrupt(&child, &said);
        kill(&child, second);
        // It does not wait for the call, which is held.
        let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(130);
        assert_eq!(ran.stdout, "");
        until("the held call is gone", || world.sandbox.faults().held() == 0);
        hold(&world, PROD, "CreateRole");
    }
    world.sandbox.faults().release();
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    assert_same(&estate(&world), &undisturbed());
}

#[test]
fn a_signal_before_anything_is_written_writes_nothing() {
    let world = World::of(&one_link());
    world.sandbox.faults().add(Fault::new(Effect::Held).account(PROD).after(1));
    let child = world.start(APPLY);
    // It has signed in; what it reads next is never answered, and is abandoned.
    until("it reads", || world.sandbox.faults().held() > 0);
    kill(&child, "-INT");
    let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(130);
    assert_eq!(ran.stdout, "");
    assert_eq!(written(&world), 0);
}

#[test]
fn an_interrupted_check_removes_its_canary() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world.sandbox.set_replication_delay(Duration::from_secs(3600));
    for command in [&["check", "-o", "json"][..], APPLY] {
        world.calls();
        let child = world.start(command);
        until("the canary is followed", || {
            world
                .sandbox
                .calls()
                .iter()
                .any(|c| c.operation == "HeadObject" && c.resource.contains("bucketbridge-canary"))
        });
        kill(&child, "-INT");
        let ran = Ran::of(child.wait_with_output().expect("it ends")).ended(130);
        assert_eq!(ran.json()["interrupted"], true);
        assert_eq!(ran.links()["orders"], "not-run");
        for (account, region, bucket) in
            [("prod", "ap-south-1", "orders-prod"), ("backup", "us-east-1", "orders-backup")]
        {
            assert_eq!(documents::versions(&world, account, region, bucket, ""), [] as [&str; 0]);
        }
    }
}

#[test]
fn a_key_that_got_no_alias_is_found_again() {
    let world = World::of(&one_link());
    world.operator_without("backup", "limited", &["kms:CreateAlias"]);
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
    world.apply(&[]).ended(1);
    world.apply(&[]).ended(1);
    assert_eq!(documents::key_arn(&world, "backup", "us-east-1", "alias/orders-backup"), None);
    assert_eq!(documents::customer_keys(&world, "backup", "us-east-1"), 1);
    world.map(&one_link());
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    assert_same(&estate(&world), &undisturbed());
}
