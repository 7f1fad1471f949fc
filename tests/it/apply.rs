//! From nothing to a proven replica, and again without a change.

use crate::world::{World, one_link, writes_configuration};

#[test]
fn one_link_is_made_and_proven_and_then_kept() {
    let world = World::of(&one_link());
    let first = world.apply(&[]).ended(0);
    assert!(first.outcomes().values().all(|outcome| outcome == "made"), "{:?}", first.outcomes());
    assert_eq!(first.outcomes().len(), 10);
    assert_eq!(first.links()["orders"], "replicated");
    let replica = &first.json()["links"][0]["replica"];
    assert!(
        replica["key_arn"].as_str().expect("a key").starts_with("arn:aws:kms:us-east-1:222222222222:key/")
    );
    assert_eq!(replica["owner"], "222222222222");

    world.calls();
    let second = world.apply(&[]).ended(0);
    assert!(second.outcomes().values().all(|outcome| outcome == "kept"), "{:?}", second.outcomes());
    assert_eq!(second.links()["orders"], "replicated");
    let writes: Vec<_> = world.calls().into_iter().filter(writes_configuration).collect();
    assert!(writes.is_empty(), "{writes:#?}");
}
