//! Every call of a removal can be the last one: the next one ends where an undisturbed one does.

use crate::crash::Mortal;
use crate::world::{TWO, World, one_link, writes_configuration};

use super::{keys, link};

fn applied() -> World {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    world
}

fn two_links_of_the_same_buckets() -> World {
    let links = link("orders", "orders-prod", "orders-backup", "prefix = \"orders/\"")
        + &link("back", "orders-backup", "orders-prod", "prefix = \"logs/\"");
    let world = World::of(&(TWO.to_owned() + &links));
    world.apply(&["--no-check"]).ended(0);
    world
}

const ALL: Mortal<'static> = Mortal {
    setup: applied,
    command: &["remove", "--yes", "-o", "json"],
    again: &["remove", "--yes", "-o", "json"],
    writes: writes_configuration,
};

const ONE: &[&str] = &["remove", "--yes", "-o", "json", "--link", "back"];
const ONE_LINK: Mortal<'static> =
    Mortal { setup: two_links_of_the_same_buckets, command: ONE, again: ONE, ..ALL };

const WITH_KEYS: &[&str] = &[
    "remove",
    "--yes",
    "-o",
    "json",
    "--delete-keys",
    "--typed",
    "alias/orders-prod",
    "--typed",
    "alias/orders-backup",
];
const KEYS: Mortal<'static> = Mortal { setup: keys::unused, command: WITH_KEYS, again: WITH_KEYS, ..ALL };

#[test]
fn every_call_of_remove_can_be_the_last() {
    let kills = ALL.every_call_can_be_the_last();
    assert!(kills >= 30, "{kills} kills are too few to have been everywhere");
}

#[test]
fn every_write_of_remove_can_go_unanswered() {
    assert_eq!(ALL.every_write_can_go_unanswered(), 6);
}

#[test]
fn every_call_of_the_removal_of_one_link_can_be_the_last() {
    let kills = ONE_LINK.every_call_can_be_the_last();
    assert!(kills >= 30, "{kills} kills are too few to have been everywhere");
}

#[test]
fn every_write_of_a_removal_with_keys_can_go_unanswered() {
    assert_eq!(KEYS.every_write_can_go_unanswered(), 8);
}
