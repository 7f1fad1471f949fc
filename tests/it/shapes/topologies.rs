//! Which buckets replicate to which: one account, fans, rings, pairs, selections.

use super::*;

#[test]
fn one_account_of_the_seeds() {
    let world = World::of(&format!(
        "version = 1\n[accounts.me]\nid = \"{PROD}\"\nprofile = \"prod\"\n{}{}{}delete_markers = true\n",
        bucket("site-primary-{account_id}", "me", "us-east-1", "alias/site-primary"),
        bucket("site-replica-{account_id}-{region}", "me", "us-west-2", "alias/site-replica"),
        link("site", "site-primary-{account_id}", "site-replica-{account_id}-{region}"),
    ));
    let first = world.settles(&[], &[]);
    assert_eq!(first.outcomes().len(), 9);
    assert!(steps_of_kind(&first, "bucket-policy").is_empty());
    let from = At("prod", "us-east-1", "site-primary-111111111111");
    let to = At("prod", "us-west-2", "site-replica-111111111111-us-west-2");
    assert!(from.rule(&world).destination().expect("a destination").access_control_translation().is_none());
    from.put(&world, "index.html", None, None);
    to.replica(&world, "index.html");
}

#[test]
fn one_region_of_one_account() {
    let world = World::of(&three(&[
        bucket("here-a", "prod", "us-east-1", "alias/both"),
        bucket("here-b", "prod", "us-east-1", "alias/both"),
        link("same", "here-a", "here-b"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&first, "key"), ["prod key alias/both (us-east-1)"]);
}

#[test]
fn fan_out_to_two_accounts() {
    let world = World::of(&three(&[
        bucket("orders", "prod", "eu-west-1", "alias/orders"),
        bucket("copy-ohio", "backup", "us-east-2", "alias/copies"),
        bucket("copy-frankfurt", "backup", "eu-central-1", "alias/copies"),
        bucket("copy-archive", "archive", "eu-west-1", "alias/archive"),
        link("archive", "orders", "copy-archive"),
        link("frankfurt", "orders", "copy-frankfurt"),
        link("ohio", "orders", "copy-ohio"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&first, "role"), ["prod role bucketbridge-orders"]);
    assert_eq!(steps_of_kind(&first, "replication").len(), 1);
    assert_eq!(steps_of_kind(&first, "key").len(), 4);
    assert_eq!(steps_of_kind(&first, "bucket-policy").len(), 3);
    let json = first.json();
    assert_eq!(replica_of(&json, "archive")["owner"], ARCHIVE);
    assert_eq!(replica_of(&json, "ohio")["owner"], BACKUP);
    let priorities = At("prod", "eu-west-1", "orders").priorities(&world);
    let expected = [("copy-archive/", 1), ("copy-frankfurt/", 2), ("copy-ohio/", 3)];
    assert_eq!(priorities, expected.map(|(name, priority)| (name.to_owned(), priority)));
}

#[test]
fn fan_in_to_one_bucket_and_key() {
    let world = World::of(&three(&[
        bucket("shop", "prod", "eu-west-1", "alias/shop"),
        bucket("billing", "prod", "us-east-1", "alias/billing"),
        bucket("ledger", "archive", "eu-west-1", "alias/ledger"),
        bucket("all", "backup", "eu-west-1", "alias/all").replace("\"all\"]", "\"all-of-it\"]"),
        link("shop", "shop", "all-of-it"),
        link("billing", "billing", "all-of-it"),
        link("ledger", "ledger", "all-of-it"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&first, "role").len(), 3);
    assert_eq!(steps_of_kind(&first, "bucket-policy").len(), 1);
    let to = At("backup", "eu-west-1", "all-of-it");
    assert_eq!(sids(&to.policy(&world), "Replicate"), 3);
    assert_eq!(sids(&key_policy(&world, "backup", "eu-west-1", "alias/all"), "Encrypt"), 3);
}

#[test]
fn both_directions() {
    let world = World::of(&three(&[
        bucket("east", "prod", "us-east-1", "alias/data").replace("\"east\"]", "\"data-east\"]"),
        bucket("west", "backup", "us-west-2", "alias/data").replace("\"west\"]", "\"data-west\"]"),
        "[defaults.link]\nreplica_modifications = true\ndelete_markers = true\n".to_owned(),
        link("east-to-west", "data-east", "data-west"),
        link("west-to-east", "data-west", "data-east"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&first, "role").len(), 2);
    let (east, west) = (At("prod", "us-east-1", "data-east"), At("backup", "us-west-2", "data-west"));
    for side in [east, west] {
        let rule = side.rule(&world);
        let criteria = rule.source_selection_criteria().expect("criteria");
        assert_eq!(
            criteria.replica_modifications().expect("replica modifications").status().as_str(),
            "Enabled"
        );
    }
    east.put(&world, "from-east", None, None);
    west.put(&world, "from-west", None, None);
    west.replica(&world, "from-east");
    east.replica(&world, "from-west");
}

#[test]
fn a_ring_of_three_accounts() {
    let world = World::of(&three(&[
        bucket("ring-a", "prod", "us-east-1", "alias/ring"),
        bucket("ring-b", "backup", "eu-west-1", "alias/ring"),
        bucket("ring-c", "archive", "ap-south-1", "alias/ring"),
        link("a-b", "ring-a", "ring-b"),
        link("b-c", "ring-b", "ring-c"),
        link("c-a", "ring-c", "ring-a"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(first.outcomes().len(), 7 * 3);
}

#[test]
fn two_links_of_one_pair_with_different_prefixes() {
    let mut map =
        format!("{TWO}{}prefix = \"invoices/\"\n", link("invoices", "orders-prod", "orders-backup"));
    map += &format!("{}prefix = \"receipts/\"\n", link("receipts", "orders-prod", "orders-backup"));
    let world = World::of(&map);
    let first = world.settles(&[], &[]);
    assert_eq!(first.outcomes().len(), 10);
    assert_eq!(FROM.rules(&world).len(), 2);
    assert_eq!(sids(&TO.policy(&world), "Replicate"), 1);
    FROM.put(&world, "receipts/1", None, None);
    TO.replica(&world, "receipts/1");
    FROM.put(&world, "other/1", None, None);
    assert!(world.sandbox.why("orders-prod", "other/1").is_empty());
}

/// Statements are shared by the links of a pair: naming one link must not take what the other needs.
#[test]
fn one_link_of_a_pair_keeps_what_the_other_needs() {
    let mut map =
        format!("{TWO}{}prefix = \"a/\"\ndelete_markers = true\n", link("a", "orders-prod", "orders-backup"));
    map += &format!("{}prefix = \"b/\"\nowner_override = false\n", link("b", "orders-prod", "orders-backup"));
    let world = World::of(&map);
    world.settles(&[], &[]);
    for only in ["b", "a"] {
        world.calls();
        let part = world.apply(&["--link", only]).ended(0);
        assert!(part.outcomes().values().all(|o| o == "kept"), "{only}: {:?}", part.outcomes());
        world.wrote_nothing();
    }
}

#[test]
fn two_links_share_one_key() {
    let world = World::of(&three(&[
        bucket("one-prod", "prod", "us-east-1", "alias/shared"),
        bucket("two-prod", "prod", "us-east-1", "alias/shared"),
        bucket("one-backup", "backup", "us-east-1", "alias/shared"),
        bucket("two-backup", "backup", "us-east-1", "alias/shared"),
        link("one", "one-prod", "one-backup"),
        link("two", "two-prod", "two-backup"),
    ]));
    let first = world.settles(&[], &[]);
    assert_eq!(steps_of_kind(&first, "key").len(), 2);
    assert_eq!(sids(&key_policy(&world, "prod", "us-east-1", "alias/shared"), "Decrypt"), 2);
    assert_eq!(sids(&key_policy(&world, "backup", "us-east-1", "alias/shared"), "Encrypt"), 2);
}

#[test]
fn defaults_of_buckets_and_links() {
    let world = World::of(&format!(
        "{THREE}
[defaults.bucket]
account = \"backup\"
region = \"eu-west-1\"
key = \"alias/replicas\"
bucket_key = false
tags = {{ data = \"copies\" }}

[defaults.link]
from = \"orders\"
storage_class = \"STANDARD_IA\"
delete_markers = true
owner_override = true

[buckets.orders]
account = \"prod\"
key = \"alias/orders\"
bucket_key = true

[buckets.copy-ireland]

[buckets.copy-ohio]
region = \"us-east-2\"

[buckets.copy-here]
account = \"prod\"
region = \"us-west-2\"

[links.ireland]
to = \"copy-ireland\"

[links.ohio]
to = \"copy-ohio\"
storage_class = \"GLACIER_IR\"

[links.here]
to = \"copy-here\"
"
    ));
    world.settles(&[], &[]);
    let classes: std::collections::BTreeMap<_, _> = At("prod", "eu-west-1", "orders")
        .rules(&world)
        .into_iter()
        .map(|r| {
            assert_eq!(
                r.delete_marker_replication().and_then(|d| d.status()).map(|s| s.as_str()),
                Some("Enabled")
            );
            let to = r.destination.expect("a destination");
            let owner = to.access_control_translation.is_some();
            (to.bucket, (to.storage_class.map(|c| c.as_str().to_owned()), owner))
        })
        .collect();
    assert_eq!(classes["arn:aws:s3:::copy-ireland"], (Some("STANDARD_IA".to_owned()), true));
    assert_eq!(classes["arn:aws:s3:::copy-ohio"], (Some("GLACIER_IR".to_owned()), true));
    assert_eq!(classes["arn:aws:s3:::copy-here"], (Some("STANDARD_IA".to_owned()), false));
}

#[test]
fn twelve_links_at_once() {
    let mut map = THREE.to_owned();
    let regions = ["us-east-1", "eu-west-1", "ap-south-1", "us-west-2"];
    for (n, region) in regions.iter().enumerate() {
        map += &bucket(&format!("source-{n}"), "prod", region, "alias/source");
    }
    for (n, account) in ["backup", "archive", "prod"].iter().enumerate() {
        map += &bucket(&format!("target-{n}"), account, "eu-central-1", "alias/target");
    }
    for from in 0..4 {
        for to in 0..3 {
            map += &link(&format!("l-{from}-{to}"), &format!("source-{from}"), &format!("target-{to}"));
        }
    }
    let world = World::of(&map);
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.links().len(), 12);
    assert_eq!(steps_of_kind(&ran, "replication").len(), 4);
}

#[test]
fn a_selection_of_links_makes_only_what_it_needs() {
    let world = World::of(&three(&[
        bucket("orders-a", "prod", "us-east-1", "alias/orders"),
        bucket("copy-a", "backup", "us-east-1", "alias/copy"),
        bucket("logs-a", "prod", "eu-west-1", "alias/logs"),
        bucket("logs-b", "archive", "eu-west-1", "alias/logs"),
        link("orders", "orders-a", "copy-a"),
        link("logs", "logs-a", "logs-b"),
    ]));
    let ran = world.settles(&["--link", "ord*"], &[]);
    assert!(ran.outcomes().keys().all(|step| !step.contains("logs")), "{:?}", ran.outcomes());
    assert_eq!(ran.links().into_keys().collect::<Vec<_>>(), ["orders"]);
    // An account that nothing of it needs is not even asked.
    assert!(world.sandbox.calls().iter().all(|call| call.account != ARCHIVE));
    assert!(!At("prod", "eu-west-1", "logs-a").exists(&world));
    assert!(!At("archive", "eu-west-1", "logs-b").exists(&world));
    let by_account = world.run(&["plan", "--account", "archive", "-o", "json"]).ended(0);
    assert!(by_account.stdout.contains("logs-b") && !by_account.stdout.contains("orders-a"));
    world.settles(&[], &[]);
}

/// A link more from the same source, chosen alone, leaves the rule of the other one as it is.
#[test]
fn a_link_more_from_one_source_chosen_alone() {
    let first =
        format!("{}{}", one_link(), bucket("orders-archive", "archive", "us-east-1", "alias/archive"))
            .replace(
                "[accounts.backup]",
                "[accounts.archive]\nid = \"333333333333\"\nprofile = \"archive\"\n\n[accounts.backup]",
            );
    let world = World::of(&first);
    world.settles(&["--link", "orders"], &[]);
    world.map(&format!("{first}{}", link("archive", "orders-prod", "orders-archive")));
    world.settles(&["--link", "archive"], &[]);
    assert_eq!(FROM.rules(&world).len(), 2);
    let all = world.apply(&[]).ended(0);
    assert!(all.outcomes().values().all(|o| o == "kept"), "{:?}", all.outcomes());
}

/// Two maps with markers of their own share a bucket: neither sees the other's rules as its own.
#[test]
fn two_maps_share_a_source_bucket() {
    let world = World::of(&format!("{}prefix = \"a/\"\n", one_link()));
    world.settles(&[], &[]);
    let other =
        format!("{}prefix = \"b/\"\n", one_link()).replace("version = 1", "version = 1\nmarker = \"Other\"");
    world.write("other.toml", &other);
    world.settles(&["-f", "other.toml"], &[]);
    assert_eq!(
        FROM.priorities(&world),
        [("orders-backup/a/".to_owned(), 1), ("orders-backup/b/".to_owned(), 2)]
    );
    world.calls();
    let first = world.apply(&[]).ended(0);
    assert!(first.outcomes().values().all(|o| o == "kept"), "{:?}", first.outcomes());
    world.wrote_nothing();
}

#[test]
fn a_map_without_links_or_without_buckets() {
    let world = World::of(TWO);
    let ran = world.settles(&[], &[]);
    assert_eq!(ran.outcomes().len(), 2 * 2 + 2);
    world.run(&["status"]).ended(0);
    world.map(THREE);
    assert!(world.settles(&[], &[]).outcomes().is_empty());
    world.run(&["plan", "--exit-code"]).ended(0);
    world.run(&["check"]).ended(0);
}

#[test]
fn one_call_at_a_time() {
    let world = World::of(&one_link());
    world.settles(&["--concurrency", "1"], &[]);
}
