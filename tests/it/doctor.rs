//! `doctor` on the sandbox: what it reads, what it says of it, and that it writes nothing. Whether its
//! verdicts are right is tested where its rules are.

use std::path::Path;

use serde_json::{Value, json};

use crate::documents::{self, Document};
use crate::world::{Ran, World, one_link};

/// Without a map: the two profiles that every world has.
const BY_BUCKET: [&str; 7] =
    ["doctor", "--source", "orders-prod", "--source-profile", "prod", "--destination-profile", "backup"];

/// A link that replicates.
fn healthy() -> World {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    std::fs::remove_dir_all(world.path().join(".bucketbridge")).expect("the trail");
    world.calls();
    world
}

fn doctor(world: &World, more: &[&str]) -> Ran {
    let mut args = vec!["doctor", "-o", "json"];
    args.extend(more);
    world.run(&args)
}

fn by_bucket(world: &World, more: &[&str]) -> Ran {
    let mut args = BY_BUCKET.to_vec();
    args.extend(["-o", "json"]);
    args.extend(more);
    world.run(&args)
}

/// The verdict of the only link, and the causes of its errors.
#[track_caller]
fn verdict(json: &Value) -> (String, Vec<String>) {
    let links = json["links"].as_array().expect("links");
    assert_eq!(links.len(), 1, "{json:#}");
    let findings = links[0]["findings"].as_array().expect("findings");
    let errors = findings.iter().filter(|finding| finding["severity"] == "error");
    let cause = |finding: &Value| finding["cause"].as_str().expect("a cause").to_owned();
    (links[0]["verdict"].as_str().expect("a verdict").to_owned(), errors.map(cause).collect())
}

/// Every call was one that reads.
#[track_caller]
fn only_read(world: &World) {
    let calls = world.calls();
    assert!(calls.len() > 10, "{calls:#?}");
    for call in calls {
        let reads = ["Get", "List", "Head", "Describe"].iter().any(|verb| call.operation.starts_with(verb));
        assert!(reads, "{call:?}");
    }
    assert!(!world.path().join(".bucketbridge").exists(), "no trail without a write");
}

#[test]
fn a_healthy_link_is_silent() {
    let world = healthy();
    for run in [doctor, by_bucket] {
        let json = run(&world, &[]).ended(0).json();
        assert_eq!(verdict(&json), ("replicates".to_owned(), vec![]), "{json:#}");
        let findings = json["links"][0]["findings"].as_array().expect("findings");
        assert!(findings.iter().all(|finding| finding["severity"] == "note"), "{findings:#?}");
        assert_eq!(json["links"][0]["requests"], json!([]));
        only_read(&world);
    }
    let table = world.run(&["doctor"]).ended(0).stdout;
    assert!(table.starts_with("1 link: 1 replicates\n"), "{table}");
    assert!(!table.contains("error"), "{table}");
}

#[test]
fn a_broken_grant_is_named_with_its_place_and_its_cure() {
    let world = healthy();
    let source_key = Document::key(&world, "prod", "ap-south-1", "alias/orders-prod");
    let replica_key = Document::key(&world, "backup", "us-east-1", "alias/orders-backup");
    let bucket = Document::bucket("backup", "us-east-1", "orders-backup");
    let role = || Document::role_policy();
    let denied =
        |purpose: &'static str| move |d: &mut Value| documents::ours(d, purpose)["Effect"] = json!("Deny");
    let other = |purpose: &'static str, action: &'static str| {
        move |d: &mut Value| documents::ours(d, purpose)["Action"] = json!([action])
    };
    type Break<'a> = Box<dyn Fn(&mut Value) + 'a>;
    let worlds: Vec<(Document, Break<'_>, &str, &str)> = vec![
        (Document::trust(), Box::new(denied("Trust")), "trust-policy", "111111111111"),
        (role(), Box::new(other("SourceObjects", "s3:GetObject")), "role-policy", "111111111111"),
        (role(), Box::new(other("Decrypt", "kms:ReEncryptFrom")), "role-policy", "111111111111"),
        (role(), Box::new(denied("Replicate")), "role-policy", "111111111111"),
        (source_key, Box::new(denied("Decrypt")), "key-policy", "111111111111"),
        (replica_key, Box::new(other("Encrypt", "kms:ReEncryptTo")), "key-policy", "222222222222"),
        (bucket, Box::new(other("Replicate", "s3:PutObject")), "bucket-policy", "222222222222"),
    ];
    for (document, broken, kind, account) in worlds {
        let whole = document.read(&world).expect("the document");
        document.edit(&world, broken);
        let json = by_bucket(&world, &[]).json();
        let (said, causes) = verdict(&json);
        // The source key may be granted by its own policy alone, so that the role's need not.
        let errors: Vec<&Value> = json["links"][0]["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .filter(|finding| finding["severity"] == "error")
            .collect();
        if said == "fails" {
            let named =
                |finding: &&&Value| finding["document"]["kind"] == kind && finding["account"] == account;
            let finding = errors.iter().find(named).unwrap_or_else(|| panic!("{document:?}: {json:#}"));
            assert!(!finding["fix"]["changes"].as_array().expect("changes").is_empty(), "{finding:#}");
            let asked = &finding["asked"];
            assert!(asked["action"].is_string() && asked["resource"].is_string(), "{finding:#}");
        } else {
            assert_eq!((said.as_str(), kind), ("replicates", "role-policy"), "{document:?}: {causes:?}");
        }
        document.write(&world, &whole);
    }
    by_bucket(&world, &[]).ended(0);
    // What is shown at a terminal can be pasted: the statement is a block of its own.
    let key = Document::key(&world, "backup", "us-east-1", "alias/orders-backup");
    key.edit(&world, other("Encrypt", "kms:ReEncryptTo"));
    let table = world.run(&["doctor"]).ended(4).stdout;
    let begin = table.find("\n        {\n").expect("a statement");
    let end = begin + table[begin..].find("\n        }\n").expect("its end") + "\n        }".len();
    let statement: Value = serde_json::from_str(&table[begin..end]).expect("JSON");
    assert_eq!(statement["Effect"], "Allow", "{table}");
    let explained = world.run(&["doctor", "--explain"]).ended(4).stdout;
    assert!(explained.contains("statement BucketbridgeTrust (Allow): applies"), "{explained}");
    assert!(explained.contains("! Action lists kms:ReEncryptTo: does not match kms:Encrypt"), "{explained}");
}

/// Every read can be forbidden: what it would have told is named with the permission, or does not matter.
#[test]
fn a_part_that_may_not_be_read_is_named_with_its_permission() {
    let world = healthy();
    let reads = [
        ("prod", "s3:GetBucketVersioning", true),
        ("prod", "s3:GetReplicationConfiguration", true),
        ("prod", "s3:GetEncryptionConfiguration", true),
        ("prod", "s3:GetBucketObjectLockConfiguration", true),
        ("prod", "s3:GetBucketPolicy", true),
        ("prod", "s3:GetBucketOwnershipControls", false),
        ("prod", "s3:GetBucketRequestPayment", false),
        ("prod", "iam:GetRole", true),
        ("prod", "iam:ListRolePolicies", true),
        ("prod", "iam:GetRolePolicy", true),
        ("prod", "iam:ListAttachedRolePolicies", true),
        ("prod", "kms:DescribeKey", true),
        ("prod", "kms:GetKeyPolicy", true),
        ("prod", "kms:ListAliases", false),
        ("prod", "kms:ListGrants", false),
        ("backup", "s3:GetBucketVersioning", true),
        ("backup", "s3:GetBucketPolicy", true),
        ("backup", "s3:GetEncryptionConfiguration", false),
        ("backup", "s3:GetBucketPublicAccessBlock", false),
        ("backup", "kms:DescribeKey", true),
        ("backup", "kms:GetKeyPolicy", true),
        ("backup", "kms:ListGrants", false),
        ("backup", "s3:ListAllMyBuckets", false),
    ];
    let mut undecided = Vec::new();
    for (at, (account, action, matters)) in reads.into_iter().enumerate() {
        let name = format!("limited-{at}");
        world.operator_without(account, &name, &[action]);
        let (source, destination) =
            if account == "prod" { (name.as_str(), "backup") } else { ("prod", name.as_str()) };
        let args = [
            "doctor",
            "-o",
            "json",
            "--source",
            "orders-prod",
            "--source-profile",
            source,
            "--destination-profile",
            destination,
        ];
        let json = world.run(&args).json();
        let (said, causes) = verdict(&json);
        assert_eq!(causes, [] as [&str; 0], "{account} without {action}: {json:#}");
        let unread = json["links"][0]["unread"].to_string();
        if said == "unknown" {
            assert!(unread.contains(&format!("{action} on ")), "{account} without {action}: {unread}");
        }
        if (said == "unknown") != matters {
            undecided.push(format!("{account} without {action}: {said}: {unread}"));
        }
    }
    assert!(undecided.is_empty(), "{undecided:#?}");
    only_read_but_for_operators(&world);
}

#[track_caller]
fn only_read_but_for_operators(world: &World) {
    let setup = ["CreateUser", "PutUserPolicy", "CreateAccessKey"];
    let reads = ["Get", "List", "Head", "Describe"];
    for call in world.calls().iter().filter(|call| !setup.contains(&call.operation.as_str())) {
        assert!(reads.iter().any(|verb| call.operation.starts_with(verb)), "{call:?}");
    }
}

#[test]
fn one_profile_alone_leaves_the_other_side_unknown() {
    let world = healthy();
    let args = ["doctor", "-o", "json", "--source", "orders-prod", "--source-profile", "prod"];
    let json = world.run(&args).ended(4).json();
    assert_eq!(verdict(&json).0, "unknown", "{json:#}");
    let unread = json["links"][0]["unread"].to_string();
    assert!(unread.contains("222222222222") && unread.contains("kms:DescribeKey on "), "{unread}");
}

#[test]
fn a_snapshot_is_judged_elsewhere_as_it_was_where_it_was_read() {
    let world = healthy();
    let bucket = Document::bucket("backup", "us-east-1", "orders-backup");
    bucket.edit(&world, |d| {
        documents::ours(d, "Replicate")["Principal"] = json!({"AWS": "arn:aws:iam::333333333333:root"})
    });
    world.calls();
    let read = doctor(&world, &["--save-snapshot", "state.json"]).ended(4);
    let by_bucket_read = by_bucket(&world, &["--save-snapshot", "state.json"]).ended(4).json();
    only_read(&world);
    let offline = doctor(&world, &["--snapshot", "state.json"]).ended(4);
    assert_eq!(offline.json(), read.json());
    let offline = doctor(&world, &["--snapshot", "state.json", "--source", "orders-prod"]).ended(4);
    assert_eq!(offline.json(), by_bucket_read);
    // Without a profile map, every bucket of the snapshot that replicates.
    std::fs::remove_file(world.path().join("profiles.toml")).expect("removed");
    let offline = doctor(&world, &["--snapshot", "state.json"]).ended(4);
    assert_eq!(offline.json(), by_bucket_read);
    assert!(world.calls().is_empty(), "nobody was asked");
}

#[test]
fn the_sides_of_two_operators_make_a_whole() {
    let world = healthy();
    let source = ["--source", "orders-prod", "--source-profile", "prod", "--save-snapshot", "source.json"];
    assert_eq!(verdict(&doctor(&world, &source).ended(4).json()).0, "unknown");
    let destination = [
        "--destination",
        "orders-backup",
        "--destination-profile",
        "backup",
        "--save-snapshot",
        "destination.json",
    ];
    assert_eq!(doctor(&world, &destination).ended(0).json()["links"], json!([]));
    let both = ["--snapshot", "source.json", "--snapshot", "destination.json", "--source", "orders-prod"];
    let json = doctor(&world, &both).ended(0).json();
    assert_eq!(verdict(&json), ("replicates".to_owned(), vec![]), "{json:#}");
    assert_eq!(json, by_bucket(&world, &[]).json());
}

/// What is not stored yet is judged in the place where it would be.
#[test]
fn a_draft_is_judged_in_a_snapshot() {
    let world = healthy();
    by_bucket(&world, &["--save-snapshot", "now.json"]).ended(0);
    let now = std::fs::read_to_string(world.path().join("now.json")).expect("a snapshot");
    let now: Value = serde_json::from_str(&now).expect("JSON");
    let judged = |draft: &Value| {
        std::fs::write(world.path().join("draft.json"), draft.to_string()).expect("a draft");
        let ran = world.run(&["doctor", "-o", "json", "--source", "orders-prod", "--snapshot", "draft.json"]);
        verdict(&ran.json())
    };
    let fails = |cause: &str| ("fails".to_owned(), vec![cause.to_owned()]);
    let roles = now["roles"].as_object().expect("roles");
    let (arn, role) = roles.iter().next().expect("a role");
    let policies = role["known"]["inline"]["known"].as_object().expect("policies");
    let name = policies.keys().next().expect("a policy");
    let bucket = &now["buckets"]["orders-prod"]["known"];
    let rule = bucket["replication"]["known"].as_str().expect("a configuration");
    let replica =
        rule.split("<ReplicaKmsKeyID>").nth(1).and_then(|rest| rest.split('<').next()).expect("a key");
    let none = json!({"Version": "2012-10-17", "Statement": []});

    let mut draft = now.clone();
    draft["buckets"]["orders-backup"]["known"]["policy"] = json!({"known": none});
    assert_eq!(judged(&draft), fails("dst-bucket-policy-missing"));
    let mut draft = now.clone();
    draft["buckets"]["orders-backup"]["known"]["versioning"] = json!("absent");
    assert_eq!(judged(&draft), fails("dst-versioning-not-enabled"));
    let mut draft = now.clone();
    let disabled = rule.replace("<Status>Enabled</Status>", "<Status>Disabled</Status>");
    draft["buckets"]["orders-prod"]["known"]["replication"] = json!({"known": disabled});
    assert_eq!(judged(&draft).0, "not-selected");
    let mut draft = now.clone();
    draft["keys"][replica]["known"]["policy"] = json!({"known": none});
    assert_eq!(judged(&draft), fails("dst-key-policy-missing-grant"));
    let mut draft = now.clone();
    draft["roles"][arn]["known"]["trust"] = json!({"known": none});
    assert_eq!(judged(&draft), fails("role-trust-wrong-service"));
    let mut draft = now.clone();
    draft["roles"][arn]["known"]["inline"]["known"][name] = json!({"known": none});
    assert_eq!(judged(&draft).0, "fails");
    // A role that is still to be made.
    let mut draft = now.clone();
    draft["roles"][arn] = json!("absent");
    assert_eq!(judged(&draft), fails("role-missing"));
    draft["roles"][arn] = json!({"known": {
        "arn": arn, "trust": role["known"]["trust"], "inline": role["known"]["inline"],
        "attached": {"known": []}, "boundary": "absent"}});
    assert_eq!(judged(&draft), ("replicates".to_owned(), vec![]));
}

#[test]
fn a_snapshot_is_for_its_owner_and_holds_no_secret() {
    let world = healthy();
    Document::trust().edit(&world, |d| {
        let more = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
            "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "a-secret-of-ours"}}});
        d["Statement"].as_array_mut().expect("statements").push(more);
    });
    let ran = by_bucket(&world, &["--save-snapshot", "state.json", "--explain"]).ended(0);
    let path = world.path().join("state.json");
    let text = std::fs::read_to_string(&path).expect("a snapshot");
    let credentials = std::fs::read_to_string(world.path().join("aws/credentials")).expect("credentials");
    let secrets = credentials.lines().filter_map(|line| line.split_once(" = ")).map(|(_, secret)| secret);
    for secret in secrets.chain(["a-secret-of-ours"]) {
        assert!(!text.contains(secret) && !ran.stdout.contains(secret), "{secret}");
    }
    assert!(text.contains("(hidden)"), "{text}");
    assert_eq!(mode(&path), 0o600);
    // A newer one takes its place; anything else that is there stays.
    by_bucket(&world, &["--save-snapshot", "state.json"]).ended(0);
    world.calls();
    for (name, content) in [("notes.txt", "mine"), ("other.json", r#"{"version": 1, "accounts": {}}"#)] {
        world.write(name, content);
        let refused = by_bucket(&world, &["--save-snapshot", name]).ended(2);
        assert!(refused.stderr.contains("is no snapshot"), "{}", refused.stderr);
        assert_eq!(std::fs::read_to_string(world.path().join(name)).expect("there"), content);
        let refused = doctor(&world, &["--snapshot", name]).ended(2);
        assert!(refused.stderr.contains("no snapshot"), "{}", refused.stderr);
    }
    assert!(world.calls().is_empty(), "refused before anything was read");
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[test]
fn an_object_is_asked_about() {
    let world = healthy();
    documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "arrived");
    let json = by_bucket(&world, &["--object", "arrived"]).json();
    let link = &json["links"][0];
    assert_eq!((&link["replica"], &link["object"]["assumed"]), (&json!(true), &json!(false)), "{link:#}");
    let json = by_bucket(&world, &["--object", "nothing"]).ended(4).json();
    assert_eq!(verdict(&json).1, ["object-missing"], "{json:#}");
    let s3 = world.s3("prod", "ap-south-1");
    world.block(s3.delete_object().bucket("orders-prod").key("arrived").send()).expect("a delete marker");
    let json = by_bucket(&world, &["--object", "arrived"]).json();
    assert!(verdict(&json).1.iter().all(|cause| cause != "object-missing"), "{json:#}");
    world.calls();
    by_bucket(&world, &["--object", "nothing", "--version-id", "v"]).ended(4);
    only_read(&world);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let world = World::of(&one_link());
    for (args, said) in [
        (&["--source-profile", "prod"][..], "names no bucket"),
        (&["--destination", "orders-backup"], "nothing to judge"),
        (&["--source", "orders-prod", "--link", "orders"], "--link"),
        (&["--version-id", "v"], "--object"),
        (&["--snapshot", "none.json"], "none.json"),
    ] {
        let refused = doctor(&world, args).ended(2);
        assert!(refused.stderr.contains(said), "{said:?} is not in {}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
    let unknown = ["--source", "orders-prod", "--source-profile", "nobody"];
    let refused = doctor(&world, &unknown).ended(1);
    assert!(refused.stderr.contains("profile nobody cannot be used"), "{}", refused.stderr);
    let json = by_bucket(&world, &[]).ended(4).json();
    assert_eq!(verdict(&json), ("fails".to_owned(), vec!["src-bucket-missing".to_owned()]), "{json:#}");
}

#[test]
fn check_says_why_a_canary_did_not_arrive() {
    let world = healthy();
    let key = Document::key(&world, "backup", "us-east-1", "alias/orders-backup");
    key.edit(&world, |d| documents::ours(d, "Encrypt")["Effect"] = json!("Deny"));
    let ran = world.run(&["check", "-o", "json", "--timeout", "20s"]).ended(4);
    assert_eq!(ran.links()["orders"], "failed");
    let json = ran.json();
    assert_eq!(json["doctor"][0]["link"], "orders", "{json:#}");
    assert_eq!(json["doctor"][0]["verdict"], "fails", "{json:#}");
    // Where the cause is named, nobody is told to look for one.
    let problems = json["links"][0]["problems"].to_string();
    assert!(problems.contains("S3 says FAILED") && !problems.contains("look for a Deny"), "{problems}");
    for format in ["table", "markdown"] {
        let shown = world.run(&["check", "-o", format, "--timeout", "20s"]).ended(4).stdout;
        assert!(shown.contains("fails: link orders, from orders-prod"), "{shown}");
        assert!(shown.contains("S3 says FAILED") && !shown.contains("look for a Deny"), "{shown}");
        assert!(shown.contains("fix: "), "{shown}");
    }
}

/// The map may keep apply from what it does elsewhere.
#[test]
fn apply_is_said_to_do_what_the_map_lets_it_do() {
    let world = World::of(&one_link());
    let shown = |cause: &str| {
        let json = doctor(&world, &[]).ended(4).json();
        let findings = json["links"][0]["findings"].as_array().expect("findings");
        let finding = findings.iter().find(|finding| finding["cause"] == cause);
        finding.unwrap_or_else(|| panic!("no {cause}: {findings:#?}"))["fix"]["apply"].clone()
    };
    let but = |bucket: &str, key: &str| {
        let head = format!("[buckets.{bucket}]\n");
        world.map(&one_link().replace(&head, &format!("{head}{key} = false\n")));
    };
    assert_eq!(shown("src-bucket-missing"), true);
    but("orders-prod", "create");
    assert_eq!(shown("src-bucket-missing"), false);
    world.map(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let bucket = Document::bucket("backup", "us-east-1", "orders-backup");
    bucket.edit(&world, |d| documents::ours(d, "Replicate")["Action"] = json!("s3:PutObject"));
    assert_eq!(shown("dst-bucket-policy-actions-missing"), true);
    but("orders-backup", "create");
    assert_eq!(shown("dst-bucket-policy-actions-missing"), true);
    but("orders-backup", "manage");
    assert_eq!(shown("dst-bucket-policy-actions-missing"), false);
}
