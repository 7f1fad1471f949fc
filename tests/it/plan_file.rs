//! `plan --out` and `apply --plan`: exactly that plan, or nothing.

use bucketbridge_sandbox::{Effect, Fault};
use serde_json::{Value, json};

use crate::documents::{self, Document, ours};
use crate::shapes::{bucket, link};
use crate::world::{BACKUP, Ran, TWO, World, one_link, until};

impl World {
    /// Saves a plan as `plan.json`.
    #[track_caller]
    fn plan_out(&self, more: &[&str]) -> Value {
        let mut args = vec!["plan", "--out", "plan.json", "-o", "json"];
        args.extend(more);
        let ran = self.run(&args).ended(0);
        assert!(ran.stderr.contains("saved as plan.json"), "{}", ran.stderr);
        let saved = std::fs::read_to_string(self.path().join("plan.json")).expect("the plan");
        let saved: Value = serde_json::from_str(&saved).expect("JSON");
        let shown = ran.json();
        assert_eq!((&saved["changes"], &saved["problems"]), (&shown["changes"], &shown["problems"]));
        assert_eq!(saved["accounts"], shown["accounts"]);
        saved
    }

    fn apply_plan(&self, more: &[&str]) -> Ran {
        let mut args = vec!["--plan", "plan.json"];
        args.extend(more);
        self.apply(&args)
    }

    /// The plan is refused, says all of this, and nothing is written.
    #[track_caller]
    fn refused(&self, code: i32, said: &[&str]) {
        self.calls();
        let ran = self.apply_plan(&[]).ended(code);
        assert_eq!(ran.stdout, "");
        for part in said {
            assert!(ran.stderr.contains(part), "{part:?} is not in\n{}", ran.stderr);
        }
        self.wrote_nothing();
        assert!(!self.path().join(".bucketbridge").exists(), "no journal without a write");
    }
}

/// A world in which the link was made, without the trail of that.
fn made() -> World {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    std::fs::remove_dir_all(world.path().join(".bucketbridge")).expect("the trail");
    world
}

#[test]
fn a_plan_is_applied_and_not_twice() {
    let world = World::of(&one_link());
    let plan = world.plan_out(&[]);
    assert_eq!((&plan["format"], &plan["version"]), (&json!("bucketbridge plan"), &json!(1)));
    assert_eq!(plan["profile_map"]["file"], "profiles.toml");
    let facts = plan["facts"].as_array().expect("facts");
    assert_eq!(facts.len(), plan["changes"].as_array().expect("changes").len());
    assert!(facts.iter().all(|fact| fact["found"].is_null()), "{facts:#?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(world.path().join("plan.json")).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(world.apply_plan(&[]).ended(0).links()["orders"], "replicated");
    std::fs::remove_dir_all(world.path().join(".bucketbridge")).expect("the trail");
    world.refused(1, &["the plan is not applied, and nothing was changed", "+ ARN: arn:aws:kms:"]);
    // A new plan in its place has nothing to do, and says so.
    world.plan_out(&[]);
    world.calls();
    assert!(world.apply_plan(&[]).ended(0).outcomes().values().all(|outcome| outcome == "kept"));
    world.wrote_nothing();
}

#[test]
fn whatever_has_changed_since_is_named() {
    let world = made();
    let kms = world.kms("backup", "us-east-1");
    let key = documents::key_arn(&world, "backup", "us-east-1", "alias/orders-backup").expect("a key");

    world.plan_out(&[]);
    Document::bucket("backup", "us-east-1", "orders-backup")
        .edit(&world, |d| ours(d, "Replicate")["Action"] = json!("s3:ReplicateObject"));
    world.refused(
        1,
        &["bucket policy", "orders-backup", "in account backup", "~ policy:", "Action: s3:ReplicateObject"],
    );

    world.plan_out(&[]);
    Document::key(&world, "prod", "ap-south-1", "alias/orders-prod").edit(&world, |d| {
        let all = d["Statement"].as_array_mut().expect("statements");
        all.push(
            json!({"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
            "Action": "kms:Decrypt", "Resource": "*"}),
        );
    });
    // What others wrote counts: the plan said how much of it there is.
    world.refused(1, &["key policy", "alias/orders-prod", "+ Theirs:"]);

    world.plan_out(&[]);
    Document::trust().edit(&world, |d| ours(d, "Trust")["Effect"] = json!("Deny"));
    world.refused(1, &["role", documents::ROLE, "~ trust policy:"]);

    world.plan_out(&[]);
    Document::role_policy().edit(&world, |d| ours(d, "SourceBucket")["Action"] = json!("s3:ListBucket"));
    world.refused(1, &["role policy", documents::ROLE, "~ policy:"]);

    world.plan_out(&[]);
    world.block(kms.disable_key_rotation().key_id(&key).send()).expect("off");
    world.refused(1, &["key", "alias/orders-backup", "~ rotation: true → false"]);

    world.plan_out(&[]);
    let other = documents::make_key(&world, "backup", "us-east-1", "alias/other");
    world
        .block(kms.update_alias().alias_name("alias/orders-backup").target_key_id(&other).send())
        .expect("moved");
    world.refused(1, &[&format!("~ ARN: {key} → {other}")]);
    world
        .block(kms.update_alias().alias_name("alias/orders-backup").target_key_id(&key).send())
        .expect("back");

    world.plan_out(&[]);
    let s3 = world.s3("backup", "us-east-1");
    world.block(s3.delete_public_access_block().bucket("orders-backup").send()).expect("gone");
    world.refused(1, &["~ public access block: true → false"]);

    world.plan_out(&[]);
    let mut rules = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    rules.rules[0].priority = Some(9);
    documents::put_replication(&world, "prod", "ap-south-1", "orders-prod", rules);
    world.refused(1, &["replication", "orders-prod", "~ Priority: 1 → 9"]);

    world.plan_out(&[]);
    world.block(kms.disable_key().key_id(&key).send()).expect("disabled");
    world.refused(1, &["~ state: there → cannot be read or used"]);
    world.block(kms.enable_key().key_id(&key).send()).expect("enabled");
    assert_eq!(world.apply_plan(&[]).ended(0).links()["orders"], "replicated", "it is as it was again");
}

#[test]
fn a_document_that_changes_after_the_check_stops_its_step() {
    let world = made();
    let bucket = Document::bucket("backup", "us-east-1", "orders-backup");
    bucket.edit(&world, |d| ours(d, "Replicate")["Action"] = json!("s3:ReplicateObject"));
    world.plan_out(&[]);
    // Read for the check, and again before the write.
    let before_write =
        Fault::new(Effect::Held).account(BACKUP).operation("GetBucketPolicy").after(1).times(1);
    world.sandbox.faults().add(before_write);
    let run = world.start(&[
        "apply",
        "--plan",
        "plan.json",
        "--yes",
        "-o",
        "json",
        "--no-check",
        "--timeout",
        "20s",
    ]);
    until("the policy is read again", || world.sandbox.faults().held() == 1);
    let theirs = json!({"Sid": "Theirs", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": "arn:aws:s3:::orders-backup/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}});
    bucket.edit(&world, |d| d["Statement"].as_array_mut().expect("statements").push(theirs));
    let edited = bucket.read(&world);
    world.sandbox.faults().release();
    let ran = Ran::of(run.wait_with_output().expect("the run ends")).ended(1);
    assert_eq!(ran.outcomes()["backup bucket-policy orders-backup"], "failed");
    assert!(ran.stdout.contains("has changed since it was looked at"), "{}", ran.stdout);
    assert_eq!(bucket.read(&world), edited);
}

#[test]
fn a_map_that_means_something_else() {
    let world = World::of(&one_link());
    world.plan_out(&[]);
    world.map(&format!("{}prefix = \"in/\"\n", one_link()));
    world.refused(2, &["does not mean what it meant", "nothing was changed"]);
    assert!(world.calls().is_empty(), "not even signed in");
    world.write("other.toml", &format!("{}metrics = true\n", one_link()));
    let ran = world.apply_plan(&["-f", "other.toml"]).ended(2);
    assert!(ran.stderr.contains("pass `-f profiles.toml`"), "{}", ran.stderr);
    // Words and ways to sign in are no meaning: who applies need not be who planned.
    world.operator_without("prod", "somebody", &["s3:DeleteBucket"]);
    let other = one_link().replace("profile = \"prod\"", "profile = \"somebody\" # applies");
    world.map(&other.replace("[links.orders]", "# our link\n[links.orders]"));
    assert_eq!(world.apply_plan(&[]).ended(0).links()["orders"], "replicated");
}

#[test]
fn the_selection_is_that_of_the_plan() {
    let map = format!(
        "{TWO}{}{}{}",
        bucket("logs-backup", "backup", "eu-west-1", "alias/logs"),
        link("orders", "orders-prod", "orders-backup"),
        link("logs", "orders-prod", "logs-backup"),
    );
    let world = World::of(&map);
    let plan = world.plan_out(&["--link", "ord*"]);
    assert_eq!(plan["selection"], json!({"link": ["ord*"], "account": []}));
    for more in [["--link", "logs"], ["--account", "prod"]] {
        let ran = world.apply_plan(&more).ended(2);
        assert!(ran.stderr.contains("goes with neither --link nor --account"), "{}", ran.stderr);
    }
    // A global option may stand before the command.
    world.run(&["--link", "logs", "apply", "--plan", "plan.json", "--yes"]).ended(2);
    let ran = world.apply_plan(&[]).ended(0);
    assert_eq!(ran.links().keys().collect::<Vec<_>>(), ["orders"]);
    assert!(!ran.outcomes().contains_key("backup bucket logs-backup"));
}

#[test]
fn a_file_that_is_no_plan() {
    let world = World::of(&one_link());
    let plan = world.plan_out(&[]);
    let with = |key: &str, value: Value| {
        let mut plan = plan.clone();
        plan[key] = value;
        plan.to_string()
    };
    for (text, said) in [
        ("{}".to_owned(), "not a plan that bucketbridge saved"),
        (with("version", json!(2)), "it is a plan of version 2"),
        (with("program", json!("bucketbridge 0.0.9")), "it was saved by bucketbridge 0.0.9"),
        (with("facts", json!([{}])), "it is damaged"),
        (with("changes", json!([{}])), "it is damaged"),
    ] {
        world.write("plan.json", &text);
        world.refused(2, &[said]);
        assert!(world.calls().is_empty(), "{said}");
    }
    std::fs::remove_file(world.path().join("plan.json")).expect("gone");
    world.refused(2, &["No such file"]);

    // Nor is one written over.
    let ran = world.run(&["plan", "--out", "profiles.toml"]).ended(2);
    assert!(ran.stderr.contains("not a plan that bucketbridge saved"), "{}", ran.stderr);
    assert!(world.calls().is_empty(), "refused before anything is read");
    assert_eq!(std::fs::read_to_string(world.path().join("profiles.toml")).expect("the map"), one_link());
}

/// A plan that somebody has edited is not the plan of this map.
#[test]
fn a_plan_that_was_edited() {
    let world = World::of(&one_link());
    let mut plan = world.plan_out(&[]);
    let changes = plan["changes"].as_array_mut().expect("changes");
    let bucket = changes.iter_mut().find(|c| c["kind"] == "bucket").expect("a bucket");
    bucket["action"] = json!("keep");
    world.write("plan.json", &plan.to_string());
    world.refused(2, &["it is not as it was saved", "make a new one"]);
}

/// Who agrees to a saved plan is asked, unless --yes.
#[test]
fn a_saved_plan_is_shown_and_agreed_to() {
    let world = World::of(&one_link());
    world.plan_out(&[]);
    let ran = world.run(&["apply", "--plan", "plan.json"]).ended(2);
    assert!(ran.stderr.contains("+ create") && ran.stderr.contains("--yes"), "{}", ran.stderr);
    world.wrote_nothing();
}

/// What cannot be done is saved, too, and the rest applied; the words of a refusal are never twice the same.
#[test]
fn a_plan_with_a_step_that_cannot_be_done() {
    let world = World::new();
    world.operator_without("backup", "limited", &["s3:GetBucketPolicy"]);
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
    let ran = world.run(&["plan", "--out", "plan.json", "-o", "json"]).ended(1);
    assert_eq!(ran.json()["problems"][0]["kind"], "bucket-policy");
    let outcomes = world.apply_plan(&[]).ended(1).outcomes();
    assert_eq!(outcomes["backup bucket-policy orders-backup"], "failed");
    assert_eq!(outcomes["backup key-policy alias/orders-backup (us-east-1)"], "made");
}

/// Every value that AWS has yet to choose is named by where it will come from.
#[test]
fn what_is_known_later_is_named_by_where_it_comes_from() {
    let world = World::of(&one_link());
    let plan = world.run(&["plan", "-o", "json"]).ended(0).json();
    let later = |kind: &str, name: &str| {
        let changes = plan["changes"].as_array().expect("changes");
        let change = changes.iter().find(|c| c["kind"] == kind && c["name"] == name).expect("a change");
        change["details"].to_string()
    };
    let theirs = "the key that alias/orders-backup will get in account backup";
    let ours = "the key that alias/orders-prod will get in account prod";
    assert!(later("bucket", "orders-backup").contains(&format!("with bucket key under {theirs}")));
    assert!(later("bucket", "orders-prod").contains(&format!("with bucket key under {ours}")));
    let policy = later("role-policy", documents::ROLE);
    assert!(policy.contains(&format!("\"{theirs}\"")) && policy.contains(&format!("\"{ours}\"")), "{policy}");
    assert!(later("replication", "orders-prod").contains(&format!("\"{theirs}\"")));
}
