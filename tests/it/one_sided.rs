//! The doctor, where each team has credentials for its own account alone: what one side can say, and what the
//! snapshots of both say together.

use serde_json::{Value, json};

use crate::documents::Document;
use crate::team::{DESTINATION, SOURCE, Team, exchanged};
use crate::world::{Ran, World};

#[track_caller]
fn verdict(ran: &Ran) -> Value {
    ran.json()["links"][0]["verdict"].clone()
}

/// What each side saves of its own, and says of it alone: not the whole, and which account has the rest.
#[track_caller]
fn saved(world: &World, sides: [&Team<'_>; 2]) {
    let accounts = ["111111111111", "222222222222"];
    for (at, team) in sides.into_iter().enumerate() {
        world.calls();
        let ran = team.run(&["doctor", "-o", "json", "--save-snapshot", "side.json"]).ended(4);
        assert_eq!(verdict(&ran), "unknown", "{}", ran.stdout);
        assert!(!ran.stderr.contains("cannot be reached"), "nobody tries to sign in there: {}", ran.stderr);
        let name = ["backup", "prod"][at];
        assert!(
            ran.stderr.contains(&format!("account {name} is another team's, and was not read")),
            "{}",
            ran.stderr
        );
        let link = &ran.json()["links"][0];
        let unread = link["unread"].as_array().expect("what could not be read");
        assert!(!unread.is_empty(), "{}", ran.stdout);
        assert!(unread.iter().all(|one| one["account"] == accounts[1 - at]), "{unread:#?}");
        let calls = world.calls();
        assert!(calls.len() > 5, "{calls:#?}");
        assert!(calls.iter().all(|call| call.principal.contains(accounts[at])), "{calls:#?}");
        let name = ["source.json", "destination.json"][at];
        std::fs::copy(team.folder.join("side.json"), world.path().join(name)).expect("handed over");
    }
}

/// Both sides together, with the map of either team and with none.
#[track_caller]
fn together(world: &World, maps: [Option<&str>; 3]) -> Vec<Ran> {
    world.calls();
    let judge = |map: Option<&str>| {
        let file = world.path().join("profiles.toml");
        match map {
            Some(map) => drop(world.write("profiles.toml", map)),
            None => drop(std::fs::remove_file(file)),
        }
        world.run(&["doctor", "-o", "json", "--snapshot", "source.json", "--snapshot", "destination.json"])
    };
    let ran = maps.into_iter().map(judge).collect();
    assert!(world.calls().is_empty(), "nobody was asked");
    ran
}

#[test]
fn two_sides_make_a_verdict() {
    let world = World::new();
    let (source, destination) = (Team::new(&world, "prod", SOURCE), Team::new(&world, "backup", DESTINATION));
    exchanged(&source, &destination);
    let maps = [Some(SOURCE), Some(DESTINATION), None];

    saved(&world, [&source, &destination]);
    for ran in together(&world, maps) {
        let ran = ran.ended(0);
        assert_eq!(verdict(&ran), "replicates", "{}", ran.stdout);
        assert_eq!(ran.json()["links"][0]["unread"], json!([]), "{}", ran.stdout);
    }

    let policy = Document::bucket("backup", "us-east-1", "orders-backup");
    let whole = policy.read(&world).expect("a policy");
    policy.edit(&world, |document| {
        let deny = json!({"Sid": "NobodyElse", "Effect": "Deny", "Principal": "*", "Action": "s3:ReplicateObject",
            "Resource": "arn:aws:s3:::orders-backup/*"});
        document["Statement"].as_array_mut().expect("statements").push(deny);
    });
    saved(&world, [&source, &destination]);
    for ran in together(&world, maps) {
        let ran = ran.ended(4);
        assert_eq!(verdict(&ran), "fails", "{}", ran.stdout);
        let json = ran.json();
        let findings = json["links"][0]["findings"].as_array().expect("findings");
        let error = findings.iter().find(|one| one["severity"] == "error").expect("an error");
        assert_eq!(error["statement"]["sid"], "NobodyElse", "{error:#}");
        assert_eq!(error["account"], "222222222222", "{error:#}");
    }
    policy.write(&world, &whole);

    // What is wrong at home is said at home.
    let ours = Document::role_policy();
    ours.edit(&world, |document| {
        document["Statement"].as_array_mut().expect("statements").retain(|one| {
            !one["Sid"].as_str().unwrap_or_default().starts_with("BucketbridgeDestination")
                && !one.to_string().contains("s3:ReplicateObject")
        });
    });
    let ran = source.run(&["doctor", "-o", "json"]).ended(4);
    assert_eq!(verdict(&ran), "fails", "{}", ran.stdout);
    let json = ran.json();
    let findings = json["links"][0]["findings"].as_array().expect("findings");
    assert!(findings.iter().any(|one| one["document"]["kind"] == "role-policy"), "{findings:#?}");
}
