//! The script, run with AWS's own CLI: the end state is that of an apply.
//!
//! The CLI is the one that `BUCKETBRIDGE_AWS_CLI` names, or else one that is installed from PyPI once a
//! machine into the target folder. Without either the tests say so and prove nothing.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use bucketbridge_sandbox::Options;

use super::{json_file, render, rich_world};
use crate::documents::{self, Document, statements};
use crate::estate::{assert_same, estate};
use crate::world::{Ran, World, one_link, writes_configuration};

const VERSION: &str = "1.44.6";

/// AWS's CLI; `None`, said aloud, where it cannot be had.
fn aws_cli() -> Option<&'static Path> {
    static CLI: OnceLock<Option<PathBuf>> = OnceLock::new();
    let cli = CLI.get_or_init(|| {
        if let Some(named) = std::env::var_os("BUCKETBRIDGE_AWS_CLI").filter(|named| !named.is_empty()) {
            return Some(named.into());
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("awscli-{VERSION}"));
        let aws = folder.join("bin/aws");
        if !aws.is_file() {
            let run = |program: &Path, args: &[&str]| {
                Command::new(program).args(args).stdout(Stdio::null()).status()
            };
            let made = run(Path::new("python3"), &["-m", "venv", folder.to_str()?]);
            let pip = folder.join("bin/pip");
            let installed =
                made.and_then(|_| run(&pip, &["install", "--quiet", &format!("awscli=={VERSION}")]));
            if !installed.is_ok_and(|status| status.success()) {
                return None;
            }
        }
        Some(aws)
    });
    if cli.is_none() {
        eprintln!(
            "SKIPPED: AWS's CLI is not here and cannot be installed (python3, PyPI): the script was NOT run"
        );
    }
    cli.as_deref()
}

/// Renders the script and runs it in the world.
fn run_script(world: &World, aws: &Path, script: &str) -> Ran {
    let mut command = Command::new("bash");
    let path = std::env::var("PATH").expect("a PATH");
    let path = format!("{}:{path}", aws.parent().expect("a folder").display());
    command
        .arg(script)
        .current_dir(world.path())
        .env_clear()
        .env("PATH", path)
        .env("HOME", world.path())
        .env("AWS_ENDPOINT_URL", world.sandbox.endpoint())
        .env("AWS_CONFIG_FILE", world.path().join("aws/config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", world.path().join("aws/credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("WAIT_SECONDS", "1")
        .stdin(Stdio::null());
    Ran::of(command.output().expect("bash runs"))
}

#[test]
fn the_script_makes_what_apply_makes() {
    let Some(aws) = aws_cli() else { return };
    let world = rich_world();
    render(&world, "cli", "setup.sh");
    run_script(&world, aws, "setup.sh").ended(0);
    let applied = rich_world();
    applied.apply(&["--no-check"]).ended(0);
    assert_same(&estate(&world), &estate(&applied));
    world.run(&["plan", "--exit-code"]).ended(0);
    world.run(&["check", "-o", "json", "--timeout", "20s"]).ended(0).proven_but(&["logs"]);
}

/// A new role is invisible for a while; and a second run finds what the first one made.
#[test]
fn the_script_is_patient_and_can_be_run_again() {
    let Some(aws) = aws_cli() else { return };
    let world = World::with(Options {
        iam_propagation: Duration::from_secs(8),
        replication_delay: Duration::from_millis(20),
        ..Options::default()
    });
    world.map(&one_link());
    render(&world, "cli", "setup.sh");
    run_script(&world, aws, "setup.sh").ended(0);
    let once = estate(&world);
    run_script(&world, aws, "setup.sh").ended(0);
    assert_same(&estate(&world), &once);
    world.run(&["plan", "--exit-code"]).ended(0);
    assert_eq!(world.run(&["check", "-o", "json"]).ended(0).links()["orders"], "replicated");
}

/// What others wrote is found before the first write, all of it at once.
#[test]
fn the_script_stops_before_it_would_write_over_something() {
    let Some(aws) = aws_cli() else { return };
    let world = World::of(&one_link());
    render(&world, "cli", "setup.sh");
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    let key = documents::make_key(&world, "prod", "ap-south-1", "alias/orders-prod");
    Document::Key { account: "prod", region: "ap-south-1", key }.edit(&world, |document| {
        document["Statement"].as_array_mut().expect("statements").push(serde_json::json!({
            "Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
            "Action": "kms:DescribeKey", "Resource": "*"
        }));
    });
    let before = estate(&world);
    world.calls();
    let ran = run_script(&world, aws, "setup.sh").ended(1);
    for said in [
        "problem: the policy of key alias/orders-prod (ap-south-1) in account prod says something else",
        "problem: bucket orders-backup in account backup is there already, without the tag bucketbridge",
        "stopped: nothing was changed",
    ] {
        assert!(ran.stderr.contains(said), "{said} is not in {}", ran.stderr);
    }
    assert!(!world.calls().iter().any(writes_configuration));
    assert_same(&estate(&world), &before);

    // Another account than that of the map.
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"archive\""));
    render(&world, "cli", "other.sh");
    world.calls();
    let ran = run_script(&world, aws, "other.sh").ended(1);
    assert!(ran.stderr.contains("the profile for account backup is not of 222222222222"), "{}", ran.stderr);
    assert!(!world.calls().iter().any(|call| call.operation != "GetCallerIdentity"));
}

/// Where nothing of others can be lost, ours is put on what is there: a policy that is KMS's own, or none.
#[test]
fn the_script_adds_to_what_is_there_and_says_what_it_cannot_add_to() {
    let Some(aws) = aws_cli() else { return };
    let prepared = || {
        let world = World::new();
        documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
        documents::make_key(&world, "prod", "ap-south-1", "alias/orders-prod");
        let key = documents::make_key(&world, "backup", "us-east-1", "alias/theirs");
        let theirs = format!("key = \"{key}\"\ncreate = false\nsettings = \"enforce\"");
        world.map(
            &(one_link().replace("key = \"alias/orders-backup\"", &theirs)
                + "\n[keys.\"alias/orders-prod\"]\ncreate = false\nrotation = true\n"),
        );
        (world, key)
    };
    let (world, _) = prepared();
    render(&world, "cli", "setup.sh");
    run_script(&world, aws, "setup.sh").ended(0);
    let (applied, _) = prepared();
    applied.apply(&["--no-check"]).ended(0);
    assert_same(&estate(&world), &estate(&applied));
    world.run(&["plan", "--exit-code"]).ended(0);

    // What others wrote is left to them. They can name the role only when it is there.
    let (world, key) = prepared();
    let key = Document::Key { account: "backup", region: "us-east-1", key };
    key.edit(&world, |document| document["Statement"][0]["Sid"] = "Theirs".into());
    render(&world, "cli", "setup.sh");
    let ran = run_script(&world, aws, "setup.sh").ended(1);
    for said in ["lacks BucketbridgeEncrypt", "stopped before the rules"] {
        assert!(ran.stderr.contains(said), "{said} is not in {}", ran.stderr);
    }
    assert!(documents::replication(&world, "prod", "ap-south-1", "orders-prod").is_none());
    render(&world, "json", "rendered");
    let Document::Key { key: arn, .. } = &key else { unreachable!("it is a key's") };
    let id = arn.rsplit('/').next().expect("an id");
    let ours = json_file(&world, &format!("rendered/backup/key-policy-us-east-1-key_{id}.json"));
    key.edit(&world, |document| {
        document["Statement"].as_array_mut().expect("statements").extend(statements(&ours).clone());
    });
    run_script(&world, aws, "setup.sh").ended(0);
    world.run(&["plan", "--exit-code"]).ended(0);
    assert_eq!(world.run(&["check", "-o", "json"]).ended(0).links()["orders"], "replicated");
}

/// Names that a shell or a file system would take for something else.
#[test]
fn names_of_accounts_are_names() {
    let map = one_link()
        .replace("[accounts.prod]", "[accounts.\"a b/../$(touch x)\"]")
        .replace("account = \"prod\"", "account = \"a b/../$(touch x)\"")
        .replace("profile = \"prod\"", "profile = \"it's $(touch x)\"");
    let world = World::of(&map);
    render(&world, "cli", "setup.sh");
    let output =
        Command::new("bash").arg("-n").arg(world.path().join("setup.sh")).output().expect("bash runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let ran = render(&world, "json", "rendered");
    assert!(ran.stdout.contains("rendered/a_b_.._") && !ran.stdout.contains("$("), "{}", ran.stdout);
    let Some(aws) = aws_cli() else { return };
    run_script(&world, aws, "setup.sh");
    assert!(!world.path().join("x").exists());
}
