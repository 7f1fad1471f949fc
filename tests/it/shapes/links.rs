//! What a link may say: filters, priorities, owners, classes, delete markers.

use super::*;

#[test]
fn prefix() {
    let world = World::of(&link_with("prefix = \"in/\""));
    world.settles(&[], &[]);
    FROM.put(&world, "in/1", None, None);
    FROM.put(&world, "out/1", None, None);
    TO.replica(&world, "in/1");
    assert!(world.sandbox.why("orders-prod", "out/1").is_empty());
}

#[test]
fn tag_filter_of_one_tag() {
    let world = World::of(&link_with("tags = { class = \"gold\" }"));
    world.settles(&[], &[]);
    FROM.put(&world, "gold", Some("class=gold&more=1"), None);
    FROM.put(&world, "lead", Some("class=lead"), None);
    assert_eq!(TO.replica(&world, "gold").tag_count(), Some(2));
    assert!(world.sandbox.why("orders-prod", "lead").is_empty());
}

#[test]
fn tag_filter_with_prefix() {
    let world = World::of(&link_with("prefix = \"in/\"\ntags = { class = \"gold\", \"a b\" = \"c+d/=e\" }"));
    world.settles(&[], &[]);
    let tags = "class=gold&a%20b=c%2Bd%2F%3De";
    FROM.put(&world, "in/gold", Some(tags), None);
    FROM.put(&world, "out/gold", Some(tags), None);
    FROM.put(&world, "in/lead", Some("class=gold"), None);
    TO.replica(&world, "in/gold");
    assert!(world.sandbox.why("orders-prod", "out/gold").is_empty());
    assert!(world.sandbox.why("orders-prod", "in/lead").is_empty());
}

#[test]
fn assigned_priorities_stay_when_a_link_that_sorts_earlier_comes() {
    let prefixed =
        |name: &str| format!("{}prefix = \"{name}/\"\n", link(name, "orders-prod", "orders-backup"));
    let world = World::of(&format!("{TWO}{}{}", prefixed("m"), prefixed("z")));
    world.settles(&[], &[]);
    let at = |name: &str, priority| (format!("orders-backup/{name}/"), priority);
    assert_eq!(FROM.priorities(&world), [at("m", 1), at("z", 2)]);
    world.map(&format!("{TWO}{}{}{}", prefixed("a"), prefixed("m"), prefixed("z")));
    let more = world.settles(&[], &[]);
    let changed: Vec<_> = more.outcomes().into_iter().filter(|(_, o)| o != "kept").collect();
    assert_eq!(changed, [("prod replication orders-prod".to_owned(), "changed".to_owned())]);
    assert_eq!(FROM.priorities(&world), [at("a", 3), at("m", 1), at("z", 2)]);
    // A link may be called otherwise: its rule is known by buckets and filter.
    world.map(&format!(
        "{TWO}{}{}{}prefix = \"z/\"\n",
        prefixed("a"),
        prefixed("m"),
        link("0", "orders-prod", "orders-backup")
    ));
    let renamed = world.apply(&[]).ended(0);
    assert!(renamed.outcomes().values().all(|o| o == "kept"), "{:?}", renamed.outcomes());
}

#[test]
fn explicit_priorities_are_heeded_and_assigned_ones_go_round_them() {
    let prefixed =
        |name: &str| format!("{}prefix = \"{name}/\"\n", link(name, "orders-prod", "orders-backup"));
    let map =
        format!("{TWO}{}{}priority = 1\n{}priority = 70\n", prefixed("a"), prefixed("b"), prefixed("c"));
    let world = World::of(&map);
    world.settles(&[], &[]);
    let at = |name: &str, priority| (format!("orders-backup/{name}/"), priority);
    assert_eq!(FROM.priorities(&world), [at("a", 71), at("b", 1), at("c", 70)]);
    // A number that an assigned one has already goes to the link that asks for it.
    world.map(&map.replace("priority = 70", "priority = 71"));
    world.settles(&[], &[]);
    assert_eq!(FROM.priorities(&world), [at("a", 72), at("b", 1), at("c", 71)]);
}

#[test]
fn a_disabled_link_is_there_and_not_proven() {
    let world = World::of(&link_with("enabled = false"));
    world.settles(&[], &["orders"]);
    assert_eq!(FROM.rule(&world).status().as_str(), "Disabled");
    FROM.put(&world, "object", None, None);
    assert!(world.sandbox.why("orders-prod", "object").is_empty());
    let check = world.run(&["check", "-o", "json"]).ended(0);
    assert_eq!(check.links()["orders"], "not-run");
    world.map(&one_link());
    world.settles(&[], &[]);
}

#[test]
fn an_unchecked_link_is_there_and_gets_no_canary() {
    let world = World::of(&link_with("check = false"));
    let ran = world.settles(&[], &["orders"]);
    assert!(ran.stdout.contains("check = false"), "{}", ran.stdout);
    assert!(!world.sandbox.calls().iter().any(|call| call.operation == "PutObject"));
    FROM.put(&world, "object", None, None);
    TO.replica(&world, "object");
}

#[test]
fn delete_markers_are_replicated_where_wanted() {
    for wanted in [true, false] {
        let world = World::of(&link_with(&format!("delete_markers = {wanted}")));
        world.settles(&[], &[]);
        FROM.put(&world, "object", None, None);
        TO.replica(&world, "object");
        let deleted = world.block(FROM.s3(&world).delete_object().bucket(FROM.2).key("object").send());
        let marker = deleted.expect("a delete marker").version_id.expect("a version");
        let verdicts = || -> Vec<Outcome> {
            let why = world.sandbox.why(FROM.2, "object");
            why.into_iter().filter(|v| v.version == marker).map(|v| v.outcome).collect()
        };
        if wanted {
            until("the marker is replicated", || verdicts() == [Outcome::Completed { degraded: Vec::new() }]);
            let versions =
                world.block(TO.s3(&world).list_object_versions().bucket(TO.2).prefix("object").send());
            assert_eq!(versions.expect("versions").delete_markers().len(), 1);
        } else {
            assert!(verdicts().iter().all(|o| matches!(o, Outcome::Skipped { .. })), "{:?}", verdicts());
            TO.replica(&world, "object");
        }
    }
}

#[test]
fn owner_override_gives_replicas_to_the_owner_of_a_bucket_with_acls() {
    let world = World::of(&link_with("owner_override = true"));
    TO.make(&world, ObjectOwnership::ObjectWriter);
    let ran = world.settles(&[], &[]);
    assert_eq!(replica_of(&ran.json(), "orders")["owner"], BACKUP);
    let said = notes(&ran, "bucket", "orders-backup");
    assert!(said.contains("ObjectWriter"), "{said}");
}

#[test]
fn without_owner_override_replicas_keep_their_owner_in_a_bucket_with_acls() {
    let world = World::of(&link_with("owner_override = false"));
    TO.make(&world, ObjectOwnership::ObjectWriter);
    let ran = world.settles(&[], &[]);
    assert_eq!(replica_of(&ran.json(), "orders")["owner"], Value::Null);
    let rule = FROM.rule(&world);
    assert!(rule.destination().expect("a destination").access_control_translation().is_none());
    assert!(!TO.policy(&world).to_string().contains("ObjectOwnerOverrideToBucketOwner"));
}

#[test]
fn without_owner_override_an_enforced_bucket_owns_all_the_same() {
    let world = World::of(&link_with("owner_override = false"));
    let ran = world.settles(&[], &[]);
    assert_eq!(replica_of(&ran.json(), "orders")["owner"], BACKUP);
}

#[test]
fn storage_class_of_replicas() {
    let world = World::of(&link_with("storage_class = \"STANDARD_IA\""));
    world.settles(&[], &[]);
    FROM.put(&world, "object", None, None);
    assert_eq!(TO.replica(&world, "object").storage_class(), Some(&StorageClass::StandardIa));
}

#[test]
fn replication_time_control_and_metrics() {
    for (keys, time, metrics) in [
        ("replication_time_control = true", true, true),
        ("metrics = true", false, true),
        ("replication_time_control = true\nmetrics = true", true, true),
        ("", false, false),
    ] {
        let world = World::of(&link_with(keys));
        world.settles(&[], &[]);
        let rule = FROM.rule(&world);
        let to = rule.destination().expect("a destination");
        let minutes = to.replication_time().and_then(|t| t.time()).and_then(|t| t.minutes());
        assert_eq!(minutes, time.then_some(15), "{keys}");
        assert_eq!(to.metrics().is_some(), metrics, "{keys}");
    }
}

#[test]
fn replica_modifications() {
    let world = World::of(&link_with("replica_modifications = true"));
    world.settles(&[], &[]);
    let rule = FROM.rule(&world);
    let criteria = rule.source_selection_criteria().expect("criteria");
    assert_eq!(criteria.replica_modifications().expect("replica modifications").status().as_str(), "Enabled");
}

#[test]
fn variants_prove_multipart_and_tagged_objects() {
    let world = World::of(&link_with("prefix = \"in/\"\ntags = { class = \"gold\" }"));
    world.settles(&["--variants"], &[]);
    // No version of a canary is left in either account.
    for at in [FROM, TO] {
        let versions =
            world.block(at.s3(&world).list_object_versions().bucket(at.2).send()).expect("versions");
        assert!(versions.versions().is_empty() && versions.delete_markers().is_empty(), "{versions:?}");
    }
}

#[test]
fn a_prefix_with_every_sign() {
    let world = World::of(&link_with("prefix = \"in & out/ü +%2F<x>'\\\"/\""));
    world.settles(&["--variants"], &[]);
    let key = "in & out/ü +%2F<x>'\"/object";
    FROM.put(&world, key, None, None);
    TO.replica(&world, key);
}

#[test]
fn prefixes_within_each_other() {
    let backup = |name: &str, prefix: &str, more: &str| {
        format!("{}prefix = {prefix:?}\n{more}", link(name, "orders-prod", "orders-backup"))
    };
    let world = World::of(&format!(
        "{TWO}{}{}{}{}",
        bucket("orders-near", "prod", "us-east-1", "alias/near"),
        backup("all", "", ""),
        backup("some", "a/", ""),
        link("near", "orders-prod", "orders-near").replace("to =", "prefix = \"a/b/\"\nto ="),
    ));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.links().len(), 3);
    // Nothing of the canaries that reached several buckets is left.
    for at in [FROM, TO, At("prod", "us-east-1", "orders-near")] {
        let versions =
            world.block(at.s3(&world).list_object_versions().bucket(at.2).send()).expect("versions");
        assert!(versions.versions().is_empty() && versions.delete_markers().is_empty(), "{versions:?}");
    }
}

#[test]
fn a_link_that_changes_in_everything_but_its_buckets() {
    let first = "delete_markers = true\nstorage_class = \"STANDARD_IA\"\nreplication_time_control = true\n\
                 replica_modifications = true\npriority = 5\n";
    let world = World::of(&link_with(first));
    world.settles(&[], &[]);
    world.map(&link_with("owner_override = false\npriority = 9\n"));
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes()["prod replication orders-prod"], "changed");
    let rule = FROM.rule(&world);
    let to = rule.destination().expect("a destination");
    assert!(
        to.storage_class().is_none() && to.replication_time().is_none() && to.metrics().is_none(),
        "{to:?}"
    );
    assert!(rule.source_selection_criteria().and_then(|c| c.replica_modifications()).is_none(), "{rule:?}");
    assert_eq!(rule.priority(), Some(9));
    let policy = TO.policy(&world).to_string();
    assert!(!policy.contains("ReplicateDelete") && !policy.contains("OwnerOverride"), "{policy}");
}
