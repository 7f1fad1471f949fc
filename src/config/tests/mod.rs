//! Every rule of the profile map, by small maps that break it and by maps that keep to it.
//!
//! What AWS says to a map is not tested here.

mod accounts;
mod buckets;
mod chains;
mod documents;
mod keys;
mod links;
mod mutations;
mod remote;
mod rendering;
mod roles;
mod shapes;
mod statements;
mod syntax;
mod topology;

use std::path::Path;

use super::{Problem, Problems, parse};
use crate::topology::Topology;

/// Two accounts, a bucket in each, one link.
const BASE: &str = include_str!("base.toml");

/// Reads a map that has no problem.
#[track_caller]
fn accepted(text: &str) -> Topology {
    match parse(Path::new("profiles.toml"), text) {
        Ok(topology) => topology,
        Err(problems) => panic!("{problems}"),
    }
}

/// The problems of a map that has some.
#[track_caller]
fn refused(text: &str) -> Problems {
    parse(Path::new("profiles.toml"), text).expect_err("a problem was expected")
}

/// As the tables of expected problems spell it: what the caret points at, the message, the way out.
fn spelt(text: &str, problem: &Problem) -> String {
    let line = text.lines().nth(problem.line - 1).unwrap_or_default();
    let pointed: String = line.chars().skip(problem.column - 1).collect();
    let help = problem.help.iter().map(String::as_str);
    std::iter::once(pointed.as_str())
        .chain([problem.message.as_str()])
        .chain(help)
        .collect::<Vec<_>>()
        .join(" | ")
}

/// The map has exactly these problems.
#[track_caller]
fn refuses_whole(text: &str, expected: &[&str]) {
    let found: Vec<String> = refused(text).iter().map(|problem| spelt(text, &problem)).collect();
    assert_eq!(found, expected, "in\n{text}");
}

/// The map of [`BASE`] and these lines has exactly these problems.
#[track_caller]
fn refuses(more: &str, expected: &[&str]) {
    refuses_whole(&format!("{BASE}{more}"), expected);
}
