//! Two teams, each with credentials for its own account alone, reach a proven replica by exchanging files.

use serde_json::{Value, json};

use crate::documents::{self, Document, ROLE, statements};
use crate::team::{DESTINATION, SOURCE, Team, awaits, exchanged, granted_again};
use crate::world::{BACKUP, World};

#[test]
fn three_messages_and_a_proven_replica() {
    let world = World::new();
    let (source, destination) = (Team::new(&world, "prod", SOURCE), Team::new(&world, "backup", DESTINATION));

    // The source alone: its key, its bucket and its role.
    let plan = source.run(&["plan", "-o", "json"]).ended(0).json();
    assert!(plan["changes"].as_array().expect("changes").iter().all(|c| c["account"] == "prod"), "{plan:#}");
    let ran = source.apply().ended(0);
    assert_eq!(awaits(&ran.json(), "role-policy"), &json!({"account": "backup", "message": "offer"}));
    assert_eq!(awaits(&ran.json(), "replication"), &json!({"account": "backup", "message": "offer"}));
    assert_eq!(ran.outcomes()["prod role bucketbridge-orders-prod"], "made");
    assert_eq!(ran.links()["orders"], "awaited");
    assert_eq!(source.turn(), (json!("theirs"), json!("offer")));
    source.run(&["handoff", "export", "--to", "backup", "-o", "out.json"]).ended(1);

    // The destination: its key and its bucket.
    let ran = destination.apply().ended(0);
    assert_eq!(awaits(&ran.json(), "bucket-policy"), &json!({"account": "prod", "message": "request"}));
    assert_eq!(ran.outcomes()["backup bucket orders-backup"], "made");
    assert_eq!(ran.links()["incoming"], "awaited");
    let kept = destination.folder.join(".bucketbridge/handoffs/orders-prod/orders-backup/offer.json");
    assert!(kept.exists() && ran.stderr.contains("send the offer to account prod"), "{}", ran.stderr);
    let offer = destination.export("prod");
    assert_eq!(
        offer,
        serde_json::from_str::<Value>(&std::fs::read_to_string(kept).expect("kept")).expect("JSON")
    );
    assert_eq!(offer["kind"], "offer");

    source.import(&offer).ended(0);
    assert_eq!(source.turn(), (json!("ours"), json!("request")));
    let ran = source.apply().ended(0);
    assert_eq!(ran.outcomes()["prod role-policy bucketbridge-orders-prod"], "made");
    assert_eq!(awaits(&ran.json(), "replication"), &json!({"account": "backup", "message": "grant"}));
    let request = source.export("backup");
    assert_eq!((&request["kind"], &request["answers"]), (&json!("request"), &offer["digest"]));
    assert_eq!(source.turn(), (json!("theirs"), json!("grant")));

    destination.import(&request).ended(0);
    let ran = destination.apply().ended(0);
    assert_eq!(ran.outcomes()["backup bucket-policy orders-backup"], "made");
    assert_eq!(ran.links()["incoming"], "awaited", "no canary yet: {}", ran.stdout);
    let grant = destination.export("prod");
    assert_eq!((&grant["kind"], &grant["answers"]), (&json!("grant"), &request["digest"]));
    assert_eq!(destination.turn(), (json!("done"), Value::Null));
    // Nothing but what begins with the prefix.
    let policy = Document::bucket("backup", "us-east-1", "orders-backup").read(&world).expect("a policy");
    assert_eq!(statements(&policy)[0]["Resource"], "arn:aws:s3:::orders-backup/invoices/*");

    source.import(&grant).ended(0);
    let ran = source.apply().ended(0);
    assert_eq!(ran.outcomes()["prod replication orders-prod"], "made");
    assert_eq!(ran.links()["orders"], "completed", "{}", ran.stdout);
    assert_eq!(source.turn(), (json!("done"), Value::Null));

    // The canary is where only the destination can see it.
    let versions =
        |account, region, bucket| documents::versions(&world, account, region, bucket, "invoices/");
    assert_eq!(versions("prod", "ap-south-1", "orders-prod").len(), 0);
    assert_eq!(versions("backup", "us-east-1", "orders-backup").len(), 1);
    let ran = destination.run(&["check", "-o", "json"]).ended(0);
    let link = &ran.json()["links"][0];
    assert_eq!(link["status"], "replicated", "{link:#}");
    assert_eq!(link["replica"]["owner"], BACKUP);
    assert_eq!(link["replica"]["key_arn"], offer["destination"]["key"]);
    assert!(link["replica"]["version_id"].is_string());
    assert_eq!(versions("backup", "us-east-1", "orders-backup").len(), 0);
    // Nothing is there any more.
    destination.run(&["check", "-o", "json"]).ended(4);

    // Again, nothing is written on either side; and neither side made a call in the other's account.
    world.calls();
    for team in [&source, &destination] {
        let ran = team.apply().ended(0);
        assert!(ran.outcomes().values().all(|outcome| outcome == "kept"), "{:?}", ran.outcomes());
    }
    world.wrote_nothing();
    source.run(&["check"]).ended(0);
    source.run(&["status"]).ended(0);
    // Each team's calls are made in its own account, by its own principal.
    for call in world.calls() {
        assert!(call.principal.contains(&call.account), "{call:?}");
    }
}

#[test]
fn two_messages_with_a_grant_to_the_account() {
    let world = World::new();
    let with = |map: &str| format!("{map}grant = \"account-condition\"\n");
    let source = Team::new(&world, "prod", &with(SOURCE));
    let destination = Team::new(&world, "backup", &with(DESTINATION));
    destination.apply().ended(0);
    destination.run(&["handoff", "export", "--to", "prod"]).ended(1);
    let ran = source.apply().ended(0);
    assert_eq!(awaits(&ran.json(), "role-policy"), &json!({"account": "backup", "message": "grant"}));
    let request = source.export("backup");
    assert!(request.get("answers").is_none(), "{request:#}");
    destination.import(&request).ended(0);
    destination.apply().ended(0);
    let policy = Document::bucket("backup", "us-east-1", "orders-backup").read(&world).expect("a policy");
    assert_eq!(statements(&policy)[0]["Principal"], json!({"AWS": "arn:aws:iam::111111111111:root"}));
    let role = "arn:aws:iam::111111111111:role/bucketbridge-orders-prod";
    assert_eq!(statements(&policy)[0]["Condition"], json!({"ArnEquals": {"aws:PrincipalArn": role}}));
    source.import(&destination.export("prod")).ended(0);
    assert_eq!(source.apply().ended(0).links()["orders"], "completed");
    assert_eq!(destination.apply().ended(0).links()["incoming"], "replicated");

    // The role is made again, with another unique id, and nobody has to be asked.
    let iam = world.iam("prod");
    let policy = "Bucketbridge-orders-prod";
    world.block(iam.delete_role_policy().role_name(ROLE).policy_name(policy).send()).expect("gone");
    world.block(iam.delete_role().role_name(ROLE).send()).expect("gone");
    assert_eq!(source.apply().ended(0).links()["orders"], "completed");
    assert_eq!(destination.run(&["check"]).ended(0).code, Some(0));
}

/// A statement that names a role means the one that was there; one that was made again has to be granted again.
#[test]
fn a_role_that_was_made_again_is_requested_and_granted_again() {
    let world = World::new();
    let (source, destination) = (Team::new(&world, "prod", SOURCE), Team::new(&world, "backup", DESTINATION));
    exchanged(&source, &destination);
    let iam = world.iam("prod");
    let policy = "Bucketbridge-orders-prod";
    world.block(iam.delete_role_policy().role_name(ROLE).policy_name(policy).send()).expect("gone");
    world.block(iam.delete_role().role_name(ROLE).send()).expect("gone");
    source.apply();
    assert_eq!(source.turn(), (json!("theirs"), json!("grant")));
    granted_again(&source, &destination);
    assert_eq!(destination.run(&["check", "-o", "json"]).ended(0).links()["incoming"], "replicated");
}

/// Each side takes back its own, and neither looks into the other's account.
#[test]
fn each_team_withdraws_its_side() {
    let world = World::new();
    let (source, destination) = (Team::new(&world, "prod", SOURCE), Team::new(&world, "backup", DESTINATION));
    exchanged(&source, &destination);
    world.calls();
    let remove = |team: &Team<'_>| team.run(&["remove", "--yes", "-o", "json"]).ended(0).outcomes();
    let gone = remove(&source);
    for what in
        ["replication orders-prod", "role-policy bucketbridge-orders-prod", "role bucketbridge-orders-prod"]
    {
        assert_eq!(gone[&format!("prod {what}")], "removed", "{gone:#?}");
    }
    assert!(gone.keys().all(|step| step.starts_with("prod ")), "{gone:#?}");
    let gone = remove(&destination);
    assert_eq!(gone["backup bucket-policy orders-backup"], "removed", "{gone:#?}");
    assert!(gone.keys().all(|step| step.starts_with("backup ")), "{gone:#?}");
    for call in world.calls() {
        assert!(call.principal.contains(&call.account), "{call:?}");
    }
    assert!(documents::replication(&world, "prod", "ap-south-1", "orders-prod").is_none());
    assert!(remove(&source).values().all(|outcome| outcome != "removed"));

    // What was granted is kept, and was for a role that is gone: no rule is written on the strength of it.
    let ran = source.apply().ended(0);
    assert_eq!(awaits(&ran.json(), "replication"), &json!({"account": "backup", "message": "grant"}));
    assert!(documents::replication(&world, "prod", "ap-south-1", "orders-prod").is_none());
}
