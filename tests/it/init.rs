//! `init`: a first profile map, from options and from answers.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::world::{Ran, World};

const FLAGS: [&str; 16] = [
    "--source",
    "orders-prod",
    "--source-profile",
    "prod",
    "--source-account",
    "111111111111",
    "--source-region",
    "ap-south-1",
    "--destination",
    "orders-backup",
    "--destination-profile",
    "backup",
    "--destination-account",
    "222222222222",
    "--destination-region",
    "us-east-1",
];

fn init(world: &World, flags: &[&str]) -> Ran {
    world.run(&[&["init"], flags].concat())
}

fn map(world: &World) -> String {
    std::fs::read_to_string(world.path().join("profiles.toml")).expect("a map")
}

#[test]
fn what_is_written_is_valid_and_replicates() {
    let world = World::new();
    let ran = init(&world, &[&FLAGS[..], &["--prefix", "in/"]].concat()).ended(0);
    assert_eq!(ran.stdout, "");
    assert!(world.calls().is_empty(), "nobody was asked");
    world.run(&["validate"]).ended(0);
    world.settles(&[], &[]);
    assert_eq!(
        crate::documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "in/1").as_str(),
        "COMPLETED"
    );
}

#[test]
fn what_is_missing_is_listed_where_nobody_can_be_asked() {
    let world = World::new();
    let ran = init(&world, &[]).ended(2);
    assert!(
        ran.stderr.contains(
            "are missing: --source, --source-profile, --source-account, --source-region, --destination, \
             --destination-profile, --destination-account, --destination-region"
        ),
        "{}",
        ran.stderr
    );
    let ran = init(&world, &FLAGS[..10]).ended(2);
    assert!(
        ran.stderr.contains("missing: --destination-profile, --destination-account, --destination-region\n"),
        "{}",
        ran.stderr
    );
    assert!(!world.path().join("profiles.toml").exists(), "nothing was written");
    let ran = init(&world, &[&FLAGS[..14], &["--destination-region", "Frankfurt"]].concat()).ended(2);
    assert!(ran.stderr.contains("a Region looks like"), "{}", ran.stderr);
}

#[test]
fn an_account_is_known_from_its_profile_or_from_sts() {
    let world = World::new();
    let path = world.path().join("aws/config");
    let files = std::fs::read_to_string(&path).expect("an AWS file");
    let role = "[profile by-role]\nrole_arn = arn:aws:iam::222222222222:role/Admin\nsource_profile = prod\n";
    let sso = "[profile by-sso]\nsso_account_id = 111111111111\nsso_start_url = https://example.com\nsso_region = us-east-1\nsso_role_name = Admin\n";
    std::fs::write(&path, format!("{files}\n{role}\n{sso}")).expect("written");
    let flags: Vec<&str> = FLAGS[..4].iter().chain(&FLAGS[6..12]).chain(&FLAGS[14..]).copied().collect();
    let swapped: Vec<&str> = flags
        .iter()
        .map(|flag| match *flag {
            "prod" => "by-sso",
            "backup" => "by-role",
            other => other,
        })
        .collect();
    init(&world, &swapped).ended(0);
    let told = map(&world);
    assert!(told.contains("id = \"111111111111\"") && told.contains("id = \"222222222222\""), "{told}");
    assert!(world.calls().is_empty(), "nobody was asked");
    // Access keys do not tell; STS does.
    let there = init(&world, &flags).ended(2);
    assert!(there.stderr.contains("is there already") && map(&world) == told, "{}", there.stderr);
    let silent = init(&world, &[&flags[..], &["--force"]].concat()).ended(2);
    assert!(
        silent.stderr.contains("missing: --source-account, --destination-account\n"),
        "{}",
        silent.stderr
    );
    assert_eq!(map(&world), told);
    init(&world, &[&flags[..], &["--force", "--online"]].concat()).ended(0);
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&map(&world)), words(&told.replace("by-sso", "prod").replace("by-role", "backup")));
}

#[test]
fn within_one_account_there_is_one_entry() {
    let world = World::new();
    let flags: Vec<&str> = FLAGS
        .iter()
        .map(|flag| match *flag {
            "backup" => "prod",
            "222222222222" => "111111111111",
            o => o,
        })
        .collect();
    init(&world, &flags).ended(0);
    assert_eq!(map(&world).matches("[accounts.").count(), 1);
    world.settles(&[], &[]);
}

/// With a terminal of util-linux's `script`.
#[test]
fn what_is_missing_is_asked_for_at_a_terminal() {
    if !Command::new("script").arg("--version").output().is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: there is no `script` to make a terminal with");
        return;
    }
    let world = World::new();
    let line = format!("'{}' init --source orders-prod", env!("CARGO_BIN_EXE_bucketbridge"));
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(world.path()).env_clear();
    for (name, value) in world.command(&[]).get_envs() {
        value.map(|value| script.env(name, value));
    }
    script.env("SHELL", "/bin/sh").env("PATH", "/usr/bin:/bin").env("TERM", "dumb");
    let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let answers = [
        "prod",
        "111",
        "111111111111",
        "ap-south-1",
        "",
        "backup",
        "222222222222",
        "orders-backup",
        "",
        "",
        "in/",
    ];
    stdin.write_all((answers.join("\n") + "\n").as_bytes()).expect("answers");
    let output = child.wait_with_output().expect("script ends");
    drop(stdin);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in [
        "backup: access keys",
        "an account id has 12 digits",
        "alias of the key of bucket orders-prod [alias/orders-prod]:",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let asked = map(&world);
    std::fs::remove_file(world.path().join("profiles.toml")).expect("removed");
    init(&world, &[&FLAGS[..], &["--prefix", "in/"]].concat()).ended(0);
    assert_eq!(asked, map(&world), "answers and options write the same");
}

/// The reference shows a command and what it writes.
#[test]
fn the_reference_shows_what_it_writes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/profile-map.md");
    let reference = std::fs::read_to_string(path).expect("the reference");
    let rest = reference.split("$ bucketbridge init").nth(1).expect("the command");
    let (command, rest) = rest.split_once("```").expect("its end");
    let flags = command.replace('\\', "");
    let flags: Vec<&str> = flags.split_whitespace().collect();
    let shown = rest.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a map");
    let world = World::new();
    init(&world, &flags).ended(0);
    assert_eq!(map(&world), shown);
}
