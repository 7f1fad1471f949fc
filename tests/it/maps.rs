//! Reading, checking and selecting a profile map, and the formats of results, through the binary.

use std::path::Path;

use serde_json::{Value, json};

use crate::shapes::link;
use crate::world::{TWO, World, one_link};

fn root(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// A map with a problem on most of its lines.
const WRONG: &str = r#"version = 1

[accounts.prod]
id = 111111111111
profile = "prod"

[accounts.backup]
id = "222222222222"
profil = "backup"

[buckets.orders-prod]
account = "prod"
regoin = "eu-west-1"
key = "alias/orders"

[buckets.Orders-Copy]
account = "bakcup"
region = "us-east-1"
key = "copy"

[links.orders]
from = "orders-prod"
to = "orders-prod"
priority = "high"

[links.clash]
from = "orders-prdo"
to = "Orders-Copy"
tags = { class = "gold" }
delete_markers = true

[buckets.good-copy]
account = "archive"
region = "us-east-1"
key = "alias/good"

[links.itself]
from = "good-copy"
to = "good-copy"

[accounts.archive]
id = "333333333333"
"#;

#[test]
fn the_example_is_valid() {
    let world = World::new();
    let example = root("profiles.example.toml");
    let file = example.to_str().expect("UTF-8");
    let ran = world.run(&["validate", "-f", file]).ended(0);
    assert!(ran.stdout.contains("2 accounts"), "{}", ran.stdout);
    let json = world.run(&["validate", "-f", file, "-o", "json"]).ended(0).json();
    assert_eq!(json["summary"], json!({"accounts": 2, "buckets": 2, "links": 1}));
    assert_eq!(json["problems"], json!([]));
    assert!(world.sandbox.calls().is_empty());
}

#[test]
fn all_problems_of_a_file_at_once() {
    let world = World::of(WRONG);
    let lines = [4, 9, 13, 16, 17, 19, 24, 27, 30, 39];
    for command in ["validate", "plan", "apply", "accounts", "check", "status"] {
        let ran = world.run(&[command]).ended(2);
        assert!(ran.stdout.is_empty(), "{command}: {}", ran.stdout);
        for line in lines {
            assert!(
                ran.stderr.contains(&format!("profiles.toml:{line}:")),
                "{command} {line}: {}",
                ran.stderr
            );
        }
    }
    let json = world.run(&["validate", "-o", "json"]).ended(2).json();
    assert_eq!((&json["command"], &json["summary"]), (&json!("validate"), &Value::Null));
    let problems = json["problems"].as_array().expect("problems");
    let at: Vec<u64> = problems.iter().map(|p| p["line"].as_u64().expect("a line")).collect();
    for line in lines {
        assert!(at.contains(&line), "{line} is not in {at:?}");
    }
    assert!(
        problems.iter().all(|p| p["column"].as_u64().is_some_and(|c| c > 0) && p["file"] == "profiles.toml")
    );
    assert!(
        problems.iter().any(|p| p["help"].as_str().is_some_and(|h| h.contains("`region`"))),
        "{problems:#?}"
    );
    for format in ["markdown", "csv"] {
        let ran = world.run(&["validate", "-o", format]).ended(2);
        assert!(ran.stdout.contains("regoin"), "{}", ran.stdout);
    }
    assert!(world.sandbox.calls().is_empty());
}

#[test]
fn a_slip_of_syntax() {
    let world = World::of("version = 1\n[accounts.prod\nid = 1\n");
    let ran = world.run(&["validate"]).ended(2);
    assert!(ran.stderr.contains("profiles.toml:2:"), "{}", ran.stderr);
    let json = world.run(&["validate", "-o", "json"]).ended(2).json();
    assert_eq!(json["problems"][0]["line"], 2);
}

#[test]
fn a_file_that_is_not_there() {
    let world = World::new();
    for command in ["validate", "plan", "apply", "accounts"] {
        let ran = world.run(&[command]).ended(2);
        assert!(ran.stderr.contains("profiles.toml"), "{}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
    let ran = world.run(&["plan", "-f", "elsewhere/map.toml"]).ended(2);
    assert!(ran.stderr.contains("elsewhere/map.toml"), "{}", ran.stderr);
    // A folder is no file.
    world.run(&["validate", "-f", "aws"]).ended(2);
}

#[test]
fn the_file_of_the_environment_and_of_the_command_line() {
    let world = World::new();
    world.write("other.toml", &one_link());
    let with = |args: &[&str]| {
        crate::world::Ran::of(
            world.command(args).env("BUCKETBRIDGE_FILE", "other.toml").output().expect("the binary runs"),
        )
    };
    with(&["validate"]).ended(0);
    with(&["validate", "-f", "none.toml"]).ended(2);
    world.write(
        "deep.toml",
        &format!("{}\n[keys.\"alias/orders-prod\"]\nstatements = \"none.json\"\n", one_link()),
    );
    let ran = with(&["validate", "--file", "deep.toml"]).ended(2);
    assert!(ran.stderr.contains("none.json"), "{}", ran.stderr);
}

#[test]
fn a_glob_that_matches_nothing_lists_the_names() {
    let map = format!(
        "{TWO}{}prefix = \"a/\"\n{}prefix = \"b/\"\n",
        link("orders", "orders-prod", "orders-backup"),
        link("logs", "orders-prod", "orders-backup")
    );
    let world = World::of(&map);
    for command in ["validate", "plan", "apply", "check", "status", "accounts"] {
        let ran = world.run(&[command, "--link", "order"]).ended(2);
        for said in ["`order`", "orders", "logs"] {
            assert!(ran.stderr.contains(said), "{command}: {said} is not in {}", ran.stderr);
        }
        let ran = world.run(&[command, "--account", "prd"]).ended(2);
        assert!(ran.stderr.contains("backup") && ran.stderr.contains("prod"), "{command}: {}", ran.stderr);
    }
    world.run(&["validate", "--link", "{orders,logs}", "--account", "p*"]).ended(0);
    assert!(world.sandbox.calls().is_empty());
}

#[test]
fn the_schema_is_the_committed_one() {
    let world = World::new();
    let ran = world.run(&["schema"]).ended(0);
    let handoffs = std::fs::read_to_string(root("handoff.schema.json")).expect("the schema");
    assert_eq!(world.run(&["schema", "--handoff"]).ended(0).stdout, handoffs);
    let committed = std::fs::read_to_string(root("bucketbridge.schema.json")).expect("the schema");
    assert_eq!(ran.stdout, committed);
}

#[test]
fn completions_know_every_command() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish"] {
        let ran = world.run(&["completions", shell]).ended(0);
        for command in ["accounts", "validate", "plan", "apply", "check", "status", "schema", "completions"] {
            assert!(ran.stdout.contains(command), "{shell}: {command}");
        }
    }
    world.run(&["completions", "cmd"]).ended(2);
    world.run(&["aply"]).ended(2);
    world.run(&["plan", "--output", "xml"]).ended(2);
    world.run(&["plan", "-q", "-v"]).ended(2);
}

#[test]
fn apply_without_a_terminal_and_without_yes_refuses() {
    let world = World::of(&one_link());
    let ran = world.run(&["apply"]).ended(2);
    assert!(ran.stdout.is_empty());
    assert!(ran.stderr.contains("--yes") && ran.stderr.contains("nothing was changed"), "{}", ran.stderr);
    // The plan was shown before.
    assert!(ran.stderr.contains("alias/orders-backup"), "{}", ran.stderr);
    world.wrote_nothing();
    assert!(!world.calls().iter().any(|call| call.operation == "PutObject"));
    // With nothing to change there is nothing to ask.
    world.apply(&[]).ended(0);
    world.run(&["apply", "--timeout", "20s"]).ended(0);
}

#[test]
fn plan_tells_by_its_exit_code_and_writes_nothing() {
    let world = World::of(&one_link());
    world.run(&["plan"]).ended(0);
    let ran = world.run(&["plan", "--exit-code", "-o", "json"]).ended(3);
    assert_eq!(ran.json()["summary"], json!({"create": 10, "update": 0, "keep": 0, "await": 0}));
    let writes: Vec<_> = world
        .calls()
        .into_iter()
        .filter(|c| !["Get", "List", "Head", "Describe"].iter().any(|r| c.operation.starts_with(r)))
        .collect();
    assert!(writes.is_empty(), "{writes:#?}");
    world.apply(&["--no-check"]).ended(0);
    world.calls();
    let ran = world.run(&["plan", "--exit-code", "-o", "json"]).ended(0);
    assert_eq!(ran.json()["summary"], json!({"create": 0, "update": 0, "keep": 10, "await": 0}));
    let writes: Vec<_> = world
        .calls()
        .into_iter()
        .filter(|c| !["Get", "List", "Head", "Describe"].iter().any(|r| c.operation.starts_with(r)))
        .collect();
    assert!(writes.is_empty(), "{writes:#?}");
}

#[test]
fn apply_without_check_puts_no_canary() {
    let world = World::of(&one_link());
    let ran = world.apply(&["--no-check"]).ended(0);
    assert_eq!(ran.json()["links"], json!([]));
    assert!(!world.calls().iter().any(|call| call.operation == "PutObject"));
    let check = world.run(&["check", "-o", "json", "--timeout", "20s"]).ended(0);
    assert_eq!(check.links()["orders"], "replicated");
    world.wrote_nothing();
    world.run(&["apply", "--no-check", "--variants"]).ended(2);
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[track_caller]
fn has(value: &Value, wanted: &[&str]) {
    for key in wanted {
        assert!(keys(value).contains(key), "{key} is not in {:?}", keys(value));
    }
}

#[test]
fn results_in_every_format() {
    let world = World::of(&one_link());
    let status = world.run(&["status", "-o", "json"]).ended(4);
    assert_eq!(status.json()["summary"]["missing"], 10);
    let plan = world.run(&["plan", "-o", "json"]).ended(0).json();
    has(&plan, &["version", "command", "summary", "accounts", "changes", "problems"]);
    has(&plan["changes"][0], &["account", "kind", "name", "action", "details", "notes"]);
    has(&plan["changes"][0]["details"][0], &["field", "before", "after"]);
    for format in ["table", "markdown", "csv"] {
        let ran = world.run(&["plan", "-o", format]).ended(0);
        for said in ["alias/orders-prod", "bucketbridge-orders-prod", "orders-backup"] {
            assert!(ran.stdout.contains(said), "{format}: {said} is not in {}", ran.stdout);
        }
    }

    let apply = world.apply(&[]).ended(0).json();
    has(&apply, &["version", "command", "interrupted", "summary", "accounts", "steps", "links"]);
    has(
        &apply["steps"][0],
        &["account", "kind", "name", "outcome", "arn", "error", "hint", "blocked_by", "seconds", "notes"],
    );
    assert!(
        apply["steps"]
            .as_array()
            .expect("steps")
            .iter()
            .all(|s| s["arn"].as_str().is_some_and(|a| a.starts_with("arn:aws:")))
    );
    has(&apply["links"][0], &["link", "from", "to", "status", "seconds", "replica", "problems"]);
    has(&apply["links"][0]["replica"], &["key_arn", "version_id", "owner"]);
    assert_eq!(apply["links"][0]["from"], "orders-prod (prod)");

    let check = world.run(&["check", "-o", "json"]).ended(0).json();
    has(&check, &["version", "command", "interrupted", "links"]);
    let status = world.run(&["status", "-o", "json"]).ended(0).json();
    has(&status, &["version", "command", "summary", "accounts", "resources", "links"]);
    has(&status["resources"][0], &["account", "kind", "name", "state", "differences", "notes"]);
    has(&status["links"][0], &["link", "from", "to", "agrees", "problems"]);
    assert_eq!(status["summary"], json!({"ok": 10, "drift": 0, "missing": 0, "unknown": 0, "agreeing": 1}));
}

#[test]
fn results_for_people_and_spreadsheets() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    for format in ["table", "markdown", "csv"] {
        for (command, said) in [
            (&["apply", "--yes"][..], "replicated"),
            (&["status"], "orders"),
            (&["plan", "-v"], "alias/orders-backup"),
            (&["accounts"], "prod"),
        ] {
            let args: Vec<&str> = command.iter().copied().chain(["-o", format]).collect();
            let ran = world.run(&args).ended(0);
            assert!(ran.stdout.contains(said), "{args:?}: {said} is not in {}", ran.stdout);
            assert!(!ran.stdout.contains('\u{1b}'), "{args:?} has colours in a pipe");
        }
    }
    let coloured = world.run(&["plan", "-v", "--color", "always"]).ended(0);
    assert!(coloured.stdout.contains('\u{1b}'));
}

#[test]
fn quiet_says_nothing_on_stderr_where_all_is_well() {
    let world = World::of(&one_link());
    for command in [
        &["plan", "-q"][..],
        &["apply", "--yes", "-q"],
        &["apply", "--yes", "-q"],
        &["check", "-q"],
        &["status", "-q"],
    ] {
        let ran = world.run(command);
        assert!(ran.stderr.is_empty(), "{command:?}: {}", ran.stderr);
        assert_eq!(ran.code, Some(0), "{command:?}");
    }
}

#[test]
fn a_closed_stdout_is_no_panic() {
    let world = World::of(&one_link());
    let mut child = world.start(&["plan"]);
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the binary ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("panicked"), "{said}");
}
