//! Keys that a run has made and not finished are found, and no second one is made.

use crate::documents;
use crate::estate::damage;
use crate::world::{World, one_link};

/// Whoever may not read tags cannot tell whether the key is there already.
#[test]
fn a_lost_key_whose_tags_may_not_be_read_is_not_made_again() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    damage(&world);
    world.operator_without("backup", "limited", &["kms:ListResourceTags"]);
    world.map(&one_link().replace("profile = \"backup\"", "profile = \"limited\""));
    let ran = world.apply(&["--no-check"]);
    assert_eq!(documents::customer_keys(&world, "backup", "us-east-1"), 1, "{}", ran.stdout);
    ran.ended(1);
}
