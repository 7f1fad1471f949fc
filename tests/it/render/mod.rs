//! `render` says what `apply` sends: documents that were rendered offline are compared with what accounts
//! hold after an apply, and what a script or Terraform made of them with what an apply made.

mod cli;
mod cloudformation;
mod documents;
mod terraform;

use serde_json::{Value, json};

use crate::shapes::{bucket, link};
use crate::world::{Ran, TWO, World, one_link};

/// A map with most of what a map can say, in the accounts and Regions that [`crate::estate`] reads.
pub fn rich() -> String {
    let parts = [
        TWO.replace("key = \"alias/orders-prod\"", "key = \"alias/orders-prod\"\nsource_keys = [\"alias/old-orders\"]"),
        bucket("orders-local", "prod", "us-east-1", "alias/orders-replica"),
        "bucket_key = false\ntags = { \"a tag\" = \"its value\" }\n".to_owned(),
        link("orders", "orders-prod", "orders-backup"),
        "prefix = \"a/\"\ntags = { class = \"gold\", \"b c\" = \"d e\" }\nreplication_time_control = true\n\
         storage_class = \"STANDARD_IA\"\n"
            .to_owned(),
        link("logs", "orders-prod", "orders-backup"),
        "prefix = \"logs/\"\nenabled = false\nowner_override = false\nmetrics = true\n".to_owned(),
        link("tagged", "orders-prod", "orders-backup"),
        "tags = { class = \"silver\" }\npriority = 70\n".to_owned(),
        link("local", "orders-prod", "orders-local"),
        link("back", "orders-backup", "orders-prod"),
        "delete_markers = true\nreplica_modifications = true\n".to_owned(),
        "\n[keys.\"alias/orders-prod\"]\nmulti_region = true\nusers = [\"arn:aws:iam::111111111111:root\"]\n\
         administrators = [\"arn:aws:iam::111111111111:user/administrator\"]\nstatements = \"key-statements.json\"\n\
         \n[keys.\"alias/orders-replica\"]\nreplica_of = \"alias/orders-prod\"\n\
         \n[keys.\"alias/orders-backup\"]\nrotation = false\n\
         \n[tags]\nteam = \"storage\"\n\
         \n[roles]\npath = \"/replication/\"\nsource_account_condition = true\n\
         permissions_boundary = \"arn:{partition}:iam::{account_id}:policy/Boundary\"\n"
            .to_owned(),
    ];
    parts.concat()
}

/// A world with [`rich`] and what it needs to be there.
pub fn rich_world() -> World {
    let world = World::of(&rich());
    // What a shell, a template and JSON each take for something of theirs.
    let condition =
        json!({"StringNotEquals": {"aws:PrincipalTag/x": "it's ${aws:username} $HOME `id` \\ \"%{x}"}});
    let statement = json!({"Sid": "Describe", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
        "Action": "kms:DescribeKey", "Resource": "*", "Condition": condition});
    world.write("key-statements.json", &json!([statement]).to_string());
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    for account in ["prod", "backup"] {
        let request = world.iam(account).create_policy().policy_name("Boundary");
        world.block(request.policy_document(everything.to_string()).send()).expect("a policy");
    }
    world
}

/// Renders into a folder of the world, and asks nobody.
#[track_caller]
pub fn render(world: &World, format: &str, out: &str) -> Ran {
    let before = world.sandbox.calls().len();
    let mut command = world.command(&["render", "--format", format, "--out", out]);
    // Nobody is signed in.
    command.env_remove("AWS_CONFIG_FILE").env_remove("AWS_SHARED_CREDENTIALS_FILE");
    let ran = Ran::of(command.output().expect("the binary runs")).ended(0);
    assert_eq!(world.sandbox.calls().len(), before);
    ran
}

/// A JSON file of the world.
#[track_caller]
pub fn json_file(world: &World, path: &str) -> Value {
    let text = std::fs::read_to_string(world.path().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
}

#[test]
fn nothing_is_written_over() {
    let world = World::of(&one_link());
    world.write("taken", "mine");
    std::fs::create_dir_all(world.path().join("full")).expect("a folder");
    world.write("full/file", "mine");
    for (format, out, said) in [
        ("json", "full", "is not empty"),
        ("json", "taken", "cannot be read"),
        ("cli", "taken", "cannot be written"),
    ] {
        let ran = world.run(&["render", "--format", format, "--out", out]).ended(2);
        assert!(ran.stderr.contains(said) && ran.stderr.contains("hint:"), "{}", ran.stderr);
        assert!(ran.stdout.is_empty());
    }
    assert_eq!(std::fs::read_to_string(world.path().join("taken")).expect("a file"), "mine");
    world.run(&["render", "--format", "yaml"]).ended(2);
    world.run(&["render", "--link", "none"]).ended(2);
}

#[test]
fn without_a_folder_it_is_printed() {
    let world = World::of(&one_link());
    let ran = world.run(&["render"]).ended(0);
    for said in ["==> index.json <==\n", "==> backup/bucket-policy-orders-backup.json <==\n{\n"] {
        assert!(ran.stdout.contains(said), "{said} is not in {}", ran.stdout);
    }
    let ran = world.run(&["render", "--format", "cli"]).ended(0);
    assert!(ran.stdout.starts_with("#!/usr/bin/env bash\n"), "{}", ran.stdout);
    assert!(world.sandbox.calls().is_empty());
}

/// What `apply` refuses is refused, and nothing is written.
#[test]
fn what_cannot_be_sent_is_not_rendered() {
    let mut map = TWO.to_owned();
    for n in 0..20 {
        let name = format!("copy-{n}");
        map += &bucket(&name, "backup", "us-east-1", &format!("alias/copy-{n}"));
        map += &link(&name, "orders-prod", &name);
    }
    let world = World::of(&map);
    let ran = world.run(&["render", "--out", "out"]).ended(1);
    assert!(ran.stderr.contains("more than IAM allows") && ran.stderr.contains("hint:"), "{}", ran.stderr);
    assert!(!world.path().join("out").exists());
}
