//! The cases as the sandbox's own tests play them: the same modules, so that there is one way in which a
//! case is set up.

#![allow(dead_code, reason = "the sandbox's tests use the rest")]

#[path = "../../sandbox/tests/it/cases/estate.rs"]
pub mod estate;
#[path = "../../sandbox/tests/it/cases/keys.rs"]
pub mod keys;
#[path = "../../sandbox/tests/it/cases/lot.rs"]
pub mod lot;
#[path = "../../sandbox/tests/it/cases/object.rs"]
pub mod object;
#[path = "../../sandbox/tests/it/cases/places.rs"]
pub mod places;
#[path = "../../sandbox/tests/it/cases/principals.rs"]
pub mod principals;
#[path = "../../sandbox/tests/it/cases/role.rs"]
pub mod role;
#[path = "../../sandbox/tests/it/cases/rule.rs"]
pub mod rule;
#[path = "../../sandbox/tests/it/cases/story.rs"]
pub mod story;
