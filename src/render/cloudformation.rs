//! x
use super::File;
use super::blueprint::Blueprint;
pub fn files(_: &Blueprint) -> Vec<File> {
    Vec::new()
}
