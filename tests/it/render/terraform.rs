//! Terraform: the configuration is HCL, and where Terraform and its AWS provider are on the machine, it is
//! applied and the end state compared with that of an apply.

use std::process::Command;

use super::{json_file, render, rich_world};
use crate::documents;
use crate::estate::{Estate, assert_same, estate};
use crate::world::{Ran, World, one_link};

/// Names the folder of a provider for `terraform init -plugin-dir`: it is too large to fetch for a test.
const PLUGINS: &str = "BUCKETBRIDGE_TERRAFORM_PLUGINS";

fn blocks<'a>(body: &'a hcl::Body, kind: &'a str) -> impl Iterator<Item = &'a hcl::Block> {
    body.blocks().filter(move |block| block.labels().first().is_some_and(|label| label.as_str() == kind))
}

#[test]
fn the_configuration_is_hcl() {
    let world = rich_world();
    render(&world, "terraform", "tf");
    let text = std::fs::read_to_string(world.path().join("tf/main.tf")).expect("a file");
    let body: hcl::Body = hcl::parse(&text).expect("HCL");
    for (kind, count) in [
        ("aws_kms_key", 3),
        ("aws_kms_replica_key", 1),
        ("aws_kms_key_policy", 4),
        ("aws_iam_role_policy", 2),
        ("aws_s3_bucket", 3),
        ("aws_s3_bucket_policy", 2),
        ("aws_s3_bucket_replication_configuration", 2),
    ] {
        assert_eq!(blocks(&body, kind).count(), count, "{kind}");
    }
    assert!(!text.contains("KEY_"), "no placeholder is left");
    // A policy variable is no template.
    assert!(text.contains("$${aws:username}") && text.contains("%%{x}"), "{text}");
}

#[test]
fn what_is_there_already_is_beside_it() {
    let world = World::new();
    let arn = documents::make_key(&world, "backup", "us-east-1", "alias/theirs");
    world.map(
        &one_link().replace("key = \"alias/orders-backup\"", &format!("key = \"{arn}\"\ncreate = false")),
    );
    for format in ["terraform", "cloudformation"] {
        render(&world, format, format);
        let by_hand = json_file(&world, &format!("{format}/by-hand/index.json"));
        let steps = by_hand["steps"].as_array().expect("steps");
        let operations: Vec<_> = steps.iter().map(|step| step["operation"].as_str().expect("text")).collect();
        assert_eq!(operations, ["PutBucketVersioning", "PutKeyPolicy", "PutBucketPolicy"], "{format}");
        assert!(
            json_file(&world, &format!("{format}/by-hand/backup/bucket-policy-orders-backup.json"))
                .is_object()
        );
    }
    let text = std::fs::read_to_string(world.path().join("terraform/main.tf")).expect("a file");
    assert!(text.contains(&arn) && !text.contains("\"aws_s3_bucket\" \"orders_backup\""), "{text}");
}

fn terraform(world: &World, args: &[&str]) -> Ran {
    let mut command = Command::new("terraform");
    command
        .args(args)
        .current_dir(world.path().join("tf"))
        .env_clear()
        .env("PATH", std::env::var("PATH").expect("a PATH"))
        .env("HOME", world.path())
        .env("AWS_ENDPOINT_URL", world.sandbox.endpoint())
        .env("AWS_CONFIG_FILE", world.path().join("aws/config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", world.path().join("aws/credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true");
    Ran::of(command.output().expect("terraform runs"))
}

/// Without what says nothing: Terraform gives rules in an order of its own.
fn comparable(estate: Estate) -> Estate {
    estate.into_iter().filter(|(name, _)| !name.ends_with(": replication")).collect()
}

#[test]
fn terraform_makes_what_apply_makes() {
    let there = Command::new("terraform").arg("version").output().is_ok_and(|output| output.status.success());
    let Some(plugins) = std::env::var(PLUGINS).ok().filter(|_| there) else {
        eprintln!(
            "SKIPPED: there is no terraform, or {PLUGINS} names no provider: the configuration was NOT applied"
        );
        return;
    };
    let world = rich_world();
    render(&world, "terraform", "tf");
    terraform(&world, &["init", "-no-color", &format!("-plugin-dir={plugins}")]).ended(0);
    terraform(&world, &["apply", "-no-color", "-auto-approve"]).ended(0);
    let applied = rich_world();
    applied.apply(&["--no-check"]).ended(0);
    assert_same(&comparable(estate(&world)), &comparable(estate(&applied)));
    world.run(&["plan", "--exit-code"]).ended(0);
    world.run(&["check", "-o", "json", "--timeout", "20s"]).ended(0).proven_but(&["logs"]);
    // It has nothing more to do.
    terraform(&world, &["plan", "-no-color", "-detailed-exitcode"]).ended(0);
}
