//! What is printed: one policy or as many as it takes, in three languages, the same every time.

use serde_json::Value;

use crate::shapes::{THREE, bucket, link};
use crate::world::{World, one_link};

use super::{operator, policies, statements};

/// As many links from an account to another, each with buckets and keys of its own.
fn many(links: usize) -> String {
    let names: Vec<String> = (0..links).map(|n| format!("a-source-of-orders-in-production-{n:03}")).collect();
    let one = |name: &String| {
        let copy = format!("{name}-copy");
        bucket(name, "prod", "ap-south-1", &format!("alias/{name}"))
            + &bucket(&copy, "backup", "us-east-1", &format!("alias/{copy}"))
            + &link(name, name, &copy)
    };
    format!("{THREE}{}", names.iter().map(one).collect::<String>())
}

fn size(policy: &Value) -> usize {
    policy.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

#[test]
fn what_one_policy_cannot_hold_is_split() {
    let world = World::of(&many(40));
    let all = policies(&world, "prod", &[]);
    assert!(all.len() > 1, "{}", all.len());
    for policy in &all {
        assert!(size(policy) <= 6144, "{}", size(policy));
    }
    let sids: Vec<&str> = statements(&all).filter_map(|s| s["Sid"].as_str()).collect();
    let unique: std::collections::BTreeSet<&&str> = sids.iter().collect();
    assert_eq!(unique.len(), sids.len(), "{sids:?}");
    assert!(sids.iter().all(|sid| sid.chars().all(|c| c.is_ascii_alphanumeric())), "{sids:?}");
    // Every bucket may still be written.
    let text = all.iter().map(ToString::to_string).collect::<String>();
    for number in 0..40 {
        let arn = format!("arn:aws:s3:::a-source-of-orders-in-production-{number:03}\"");
        let allowed = statements(&all).filter(|s| s["Action"].to_string().contains("s3:PutBucketVersioning"));
        assert!(allowed.map(|s| s["Resource"].to_string()).any(|r| r.contains(&arn)), "{arn}");
    }
    assert!(!text.contains("\"Resource\":[]"), "{text}");
    let said = world.run(&["permissions", "--account", "prod"]).ended(0).stderr;
    assert!(said.contains("all of them are needed"), "{said}");
    // IAM takes them.
    operator(&world, "prod", &all);
    assert_eq!(policies(&world, "prod", &[]), all, "the same every time");
}

#[test]
fn terraform_and_cloudformation_say_the_same() {
    let world = World::of(&one_link());
    let document = policies(&world, "prod", &[]).remove(0);
    let template =
        world.run(&["permissions", "--account", "prod", "--format", "cloudformation"]).ended(0).json();
    let resource = &template["Resources"]["BucketbridgeProd"];
    assert_eq!(resource["Type"], "AWS::IAM::ManagedPolicy");
    assert_eq!(resource["Properties"]["PolicyDocument"], document);
    let text = world.run(&["permissions", "--account", "prod", "--format", "terraform"]).ended(0).stdout;
    assert!(text.starts_with("resource \"aws_iam_policy\" \"bucketbridge_prod\" {\n"), "{text}");
    let body =
        text.split("jsonencode(").nth(1).and_then(|rest| rest.rsplit_once(")\n}")).expect("a document").0;
    assert_eq!(from_hcl(body), document);
}

/// The value of a literal of Terraform, such as this program writes.
fn from_hcl(text: &str) -> Value {
    let mut json = String::new();
    for line in text.lines() {
        let line = match line.split_once(" = ") {
            Some((key, value)) => {
                let key = key.trim().trim_matches('"');
                let comma = if value.ends_with(['{', '[']) { "" } else { "," };
                format!("{key:?}: {value}{comma}")
            }
            None if line.trim() == "}" || line.trim() == "]" => format!("{line},"),
            None => line.to_owned(),
        };
        json.push_str(&line);
        json.push('\n');
    }
    // JSON has no comma after the last item.
    let mut text = json.trim_end().trim_end_matches(',').to_owned();
    let compact: String = text.lines().map(str::trim).collect();
    text = compact.replace(",]", "]").replace(",}", "}");
    serde_json::from_str(&text.replace("$${", "${")).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn it_is_about_one_account_and_asks_nobody() {
    let world = World::of(&one_link());
    let refused = world.run(&["permissions"]).ended(2).stderr;
    assert!(refused.contains("choose one with --account: `backup`, `prod`"), "{refused}");
    world.run(&["permissions", "--account", "nobody"]).ended(2);
    world.calls();
    let mut command = world.command(&["permissions", "--account", "prod"]);
    let ran = command.env("AWS_CONFIG_FILE", "/nowhere").output().expect("the binary runs");
    assert!(ran.status.success());
    assert_eq!(world.calls().len(), 0);
    // An account that nothing is in needs nothing.
    world.map(
        &one_link().replace(
            "[buckets.orders-prod]",
            "[accounts.idle]\nid = \"444444444444\"\n\n[buckets.orders-prod]",
        ),
    );
    let idle = world.run(&["permissions", "--account", "idle", "--for", "plan"]).ended(0);
    assert!(idle.stdout.is_empty() && idle.stderr.contains("needs no permission"), "{idle:?}");
}

/// What the map does not manage is not to be written.
#[test]
fn what_is_not_managed_is_only_read() {
    let world = World::of(&one_link());
    let map =
        one_link().replace("key = \"alias/orders-backup\"", "key = \"alias/orders-backup\"\nmanage = false");
    world.map(&format!("{map}\n[keys.\"alias/orders-backup\"]\nmanage = false\n"));
    let actions = super::allowed(&policies(&world, "backup", &["--for", "apply"]));
    let writes = |action: &&String| {
        let name = action.split(':').nth(1).unwrap_or_default();
        !["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb))
    };
    let writes: Vec<&String> = actions.iter().filter(writes).collect();
    assert_eq!(writes, ["kms:Decrypt", "s3:DeleteObjectVersion"], "the canary's alone");
}
