//! Buckets: made, adopted, tagged.

use super::*;

#[test]
fn tags_of_what_is_made() {
    let map = one_link().replace(
        "key = \"alias/orders-prod\"",
        "key = \"alias/orders-prod\"\ntags = { data = \"orders\", team = \"shop\" }",
    );
    let world = World::of(&format!("{map}\n[tags]\nteam = \"storage\"\n\"cost center\" = \"4711\"\n"));
    world.settles(&[], &[]);
    let tags = world.block(FROM.s3(&world).get_bucket_tagging().bucket(FROM.2).send()).expect("tags").tag_set;
    let mut tags: Vec<_> = tags.iter().map(|t| format!("{}={}", t.key(), t.value())).collect();
    tags.sort();
    assert_eq!(tags, ["bucketbridge=made", "cost center=4711", "data=orders", "team=shop"]);
    let key = key_arn(&world, "prod", "ap-south-1", "alias/orders-prod");
    let tags =
        world.block(world.kms("prod", "ap-south-1").list_resource_tags().key_id(key).send()).expect("tags");
    let mut tags: Vec<_> = tags.tags().iter().map(|t| format!("{}={}", t.tag_key(), t.tag_value())).collect();
    tags.sort();
    assert_eq!(tags, ["bucketbridge=alias/orders-prod", "cost center=4711", "team=storage"]);
    let request = world.iam("prod").list_role_tags().role_name("bucketbridge-orders-prod");
    let tags = world.block(request.send()).expect("tags");
    let mut tags: Vec<_> = tags.tags().iter().map(|t| format!("{}={}", t.key(), t.value())).collect();
    tags.sort();
    assert_eq!(tags, ["bucketbridge=orders-prod", "cost center=4711", "team=storage"]);
}

#[test]
fn a_bucket_without_a_link_is_made_too() {
    let world =
        World::of(&format!("{}{}", one_link(), bucket("lonely", "backup", "eu-west-1", "alias/lonely")));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["backup bucket lonely"], "made");
    assert_eq!(ran.outcomes()["backup key alias/lonely (eu-west-1)"], "made");
    assert_eq!(steps_of_kind(&ran, "role").len(), 1);
    // With a selection of links it is left out.
    let part = world.apply(&["--link", "orders"]).ended(0);
    assert!(!part.outcomes().contains_key("backup bucket lonely"));
}

#[test]
fn a_bucket_that_is_not_to_be_made_and_exists() {
    let world = World::of(
        &one_link().replace("key = \"alias/orders-backup\"", "key = \"alias/orders-backup\"\ncreate = false"),
    );
    TO.make(&world, ObjectOwnership::BucketOwnerEnforced);
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["backup bucket orders-backup"], "changed");
}

#[test]
fn a_bucket_that_is_not_to_be_made_and_does_not_exist() {
    let world = World::of(
        &one_link().replace("key = \"alias/orders-backup\"", "key = \"alias/orders-backup\"\ncreate = false"),
    );
    let plan = world.run(&["plan", "-o", "json"]).ended(1);
    assert!(plan.json()["problems"][0]["message"].as_str().expect("a message").contains("create = false"));
    let ran = world.apply(&[]).ended(1);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes["backup bucket orders-backup"], "failed", "{outcomes:?}");
    assert_eq!(outcomes["prod replication orders-prod"], "blocked");
    assert_eq!(outcomes["prod bucket orders-prod"], "made");
    let json = ran.json();
    let steps = json["steps"].as_array().expect("steps");
    let blocked = steps.iter().find(|s| s["kind"] == "replication").expect("the step");
    assert_eq!(
        blocked["blocked_by"],
        json!({"account": "backup", "kind": "bucket", "name": "orders-backup"})
    );
    assert_eq!(ran.links()["orders"], "not-run");
    assert!(!TO.exists(&world));
    // Made by hand, the rest follows.
    TO.make(&world, ObjectOwnership::BucketOwnerEnforced);
    world.settles(&[], &[]);
}

#[test]
fn of_an_existing_bucket_only_versioning_is_turned_on() {
    let world = World::of(&one_link());
    FROM.make(&world, ObjectOwnership::BucketOwnerPreferred);
    let plan = world.run(&["plan"]).ended(0);
    assert!(plan.stdout.contains("versioning cannot be turned off again"), "{}", plan.stdout);
    world.calls();
    let ran = world.apply(&[]).ended(0);
    let mut writes: Vec<_> =
        world.writes().into_iter().filter(|c| c.resource == FROM.2).map(|c| c.operation).collect();
    writes.dedup();
    assert_eq!(writes, ["PutBucketVersioning", "PutBucketReplication"]);
    let said = notes(&ran, "bucket", "orders-prod");
    for what in ["BucketOwnerPreferred", "default encryption", "settings = \\\\\\\"enforce\\\\\\\""] {
        assert!(
            said.contains(what) || said.contains(&what.replace("\\\\\\\"", "\\\"")),
            "{what} is not in {said}"
        );
    }
    world.settles(&[], &[]);
    let versioning =
        world.block(FROM.s3(&world).get_bucket_versioning().bucket(FROM.2).send()).expect("versioning");
    assert_eq!(versioning.status(), Some(&BucketVersioningStatus::Enabled));
    let answer =
        world.block(FROM.s3(&world).get_bucket_encryption().bucket(FROM.2).send()).expect("encryption");
    let text = format!("{answer:?}");
    assert!(text.contains("Aes256"), "{text}");
    // What the map does not call for in so many words is not drift either.
    world.run(&["status"]).ended(0);

    world.map(
        &one_link()
            .replace("key = \"alias/orders-prod\"", "key = \"alias/orders-prod\"\nsettings = \"enforce\""),
    );
    let enforced = world.settles(&[], &[]);
    let changed: Vec<_> = enforced.outcomes().into_iter().filter(|(_, o)| o != "kept").collect();
    assert_eq!(changed, [("prod bucket orders-prod".to_owned(), "changed".to_owned())]);
    let controls = world.block(FROM.s3(&world).get_bucket_ownership_controls().bucket(FROM.2).send());
    assert!(format!("{controls:?}").contains("BucketOwnerEnforced"));
    let answer =
        world.block(FROM.s3(&world).get_bucket_encryption().bucket(FROM.2).send()).expect("encryption");
    assert!(format!("{answer:?}").contains("AwsKms"));
}

#[test]
fn suspended_versioning_is_turned_on_again() {
    let world = World::of(&one_link());
    TO.make(&world, ObjectOwnership::BucketOwnerEnforced);
    let suspended = aws_sdk_s3::types::VersioningConfiguration::builder()
        .status(BucketVersioningStatus::Suspended)
        .build();
    let request = TO.s3(&world).put_bucket_versioning().bucket(TO.2).versioning_configuration(suspended);
    world.block(request.send()).expect("versioning");
    world.settles(&[], &[]);
}

#[test]
fn names_at_their_limits() {
    let long = format!("b.{}-{}", "a".repeat(40), "z".repeat(20));
    assert_eq!(long.len(), 63);
    let world = World::of(&three(&[
        bucket(&long, "prod", "us-east-1", "alias/with/slashes_and-more"),
        bucket("abc", "backup", "us-east-1", "alias/a"),
        link("a name: with (signs) & ümlaut", &long, "abc"),
    ]));
    let ran = world.settles(&[], &[]);
    let roles = steps_of_kind(&ran, "role");
    let name = roles[0].rsplit(' ').next().expect("a name");
    assert!(name.len() == 64 && name.starts_with("bucketbridge-b.aaa"), "{name}");
}
