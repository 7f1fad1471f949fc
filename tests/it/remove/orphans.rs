//! `--orphans`: what former links left, shown by name before it goes, and never without the flag.

use serde_json::Value;

use crate::documents::{self, Document};
use crate::world::{TWO, World, one_link, writes_configuration};

use super::{bucket, two_destinations};

/// A world in which both links were applied, and its map has lost the link `copies`.
fn a_former_link() -> World {
    let world = World::of(&two_destinations());
    world.apply(&["--no-check"]).ended(0);
    world.map(&(one_link() + &bucket("copies", "backup", "us-east-1")));
    world
}

fn destinations(world: &World) -> Vec<String> {
    let rules = documents::replication(world, "prod", "ap-south-1", "orders-prod");
    let rules = rules.map(|c| c.rules().to_vec()).unwrap_or_default();
    rules.into_iter().filter_map(|rule| Some(rule.destination?.bucket)).collect()
}

fn copies_policy(world: &World) -> Option<Value> {
    Document::bucket("backup", "us-east-1", "copies").read(world)
}

#[test]
fn a_former_link_is_shown_and_dropped_and_the_map_stays() {
    let world = a_former_link();
    let args = ["remove", "--orphans", "--keep-links"];
    world.calls();
    let shown = world.run(&[&args[..], &["--dry-run"]].concat()).ended(0).stdout;
    for said in [
        "to arn:aws:s3:::copies (of no link of this map: it may be another map's)",
        "1 rule of this map kept",
    ] {
        assert!(shown.contains(said), "{said}\n{shown}");
    }
    assert_eq!(shown.matches("(of no link of this map").count(), 5, "{shown}");
    world.wrote_nothing();

    world.run(&[&args[..], &["--yes"]].concat()).ended(0);
    assert_eq!(destinations(&world), ["arn:aws:s3:::orders-backup"]);
    assert_eq!(copies_policy(&world), None);
    assert_eq!(world.run(&["check", "-o", "json"]).ended(0).links()["orders"], "replicated");
    world.run(&["plan", "--exit-code"]).ended(0);
    world.calls();
    world.run(&[&args[..], &["--yes"]].concat()).ended(0);
    world.wrote_nothing();
}

#[test]
fn without_the_flag_they_are_counted_and_kept() {
    let world = a_former_link();
    let ran = world.remove(&[]).ended(0);
    assert_eq!(destinations(&world), ["arn:aws:s3:::copies"]);
    let said = ran.json()["steps"].to_string();
    assert!(said.contains("1 rule with our marker kept, of another map or a former link"), "{said}");
    assert!(copies_policy(&world).is_some());
    // It still replicates: what the bucket's rules need as a whole is kept.
    assert_eq!(documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "x").as_str(), "COMPLETED");
    // With it everything goes.
    let outcomes = world.remove(&["--orphans"]).ended(0).outcomes();
    assert_eq!(outcomes["prod role bucketbridge-orders-prod"], "removed", "{outcomes:#?}");
    assert_eq!((destinations(&world).len(), copies_policy(&world)), (0, None));
    for (account, region, alias) in
        [("prod", "ap-south-1", "alias/orders-prod"), ("backup", "us-east-1", "alias/copies")]
    {
        let policy = Document::key(&world, account, region, alias).read(&world).expect("a policy");
        assert!(!policy.to_string().contains("Bucketbridge"), "{policy:#}");
    }
}

#[test]
fn buckets_that_no_link_leaves_any_more() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world.map(TWO);
    world.calls();
    world.remove(&[]).ended(0);
    assert!(world.calls().iter().all(|call| !writes_configuration(call)), "nothing of this map is there");
    let outcomes = world.remove(&["--orphans"]).ended(0).outcomes();
    assert_eq!(outcomes["prod role bucketbridge-orders-prod"], "removed", "{outcomes:#?}");
    assert_eq!(outcomes["backup bucket-policy orders-backup"], "removed");
    assert_eq!(destinations(&world).len(), 0);
}
