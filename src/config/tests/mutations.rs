//! Whatever is done to a map, reading it ends with a topology or with problems, never with a panic.
//!
//! The edits are random but the same in every run.

use std::path::Path;

use super::super::parse;
use super::BASE;

const EXAMPLE: &str = include_str!("../../../profiles.example.toml");

const REFERENCE: &str = include_str!("../../../docs/profile-map.md");

/// What slips into files.
const FRAGMENTS: &[&str] = &[
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "#",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\0",
    "\u{1b}[31m",
    "\u{9b}",
    "\u{202e}",
    "é",
    "𝄞",
    "\u{feff}",
    "\\u0000",
    "\\",
    "{account_id}",
    "{region}",
    "{bucket}",
    "{",
    "external_id = \"",
    "external_id",
    "arn:aws:kms:",
    "arn:aws-cn:iam::111111111111:role/x",
    "alias/",
    "mrk-",
    "version = 1\n",
    "[accounts.prod]\n",
    "[keys.\"alias/orders\"]\n",
    "replica_of = \"alias/orders\"\n",
    "9999999999999",
    "-1",
    "0x",
    "1e9",
    "inf",
    "true",
    "1979-05-27",
    "\"\" = \"\"\n",
    "from = \"prod\"",
];

/// Reads the text, and shows what is wrong with it in every way there is.
fn survives(text: &str) -> bool {
    let Err(problems) = parse(Path::new("profiles.toml"), text) else {
        return true;
    };
    assert!(problems.len() > 0 && problems.iter().count() == problems.len());
    let lines = text.lines().count().max(1);
    for problem in problems.iter() {
        assert!(
            (1..=lines).contains(&problem.line) && problem.column > 0,
            "{problem:?} of {lines} lines in\n{text}"
        );
        assert!(!problem.message.is_empty() && !problem.message.contains(char::is_control));
    }
    let shown = problems.render(false);
    assert!(!shown.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\0']), "{shown:?}");
    assert!(!problems.render(true).is_empty());
    false
}

/// A place between two characters.
fn place(text: &str, random: &mut fastrand::Rng) -> usize {
    text.floor_char_boundary(random.usize(..=text.len()))
}

fn edit(text: &mut String, random: &mut fastrand::Rng) {
    let from = place(text, random);
    let to = text.ceil_char_boundary((from + random.usize(..40)).min(text.len()));
    match random.u8(..4) {
        0 => text.replace_range(from..to, ""),
        1 => {
            let copied = text[from..to].to_owned();
            let at = place(text, random);
            text.insert_str(at, &copied);
        }
        2 => {
            let end = text.ceil_char_boundary((from + 1).min(text.len()));
            text.replace_range(from..end, FRAGMENTS[random.usize(..FRAGMENTS.len())]);
        }
        _ => text.insert_str(from, FRAGMENTS[random.usize(..FRAGMENTS.len())]),
    }
}

#[test]
fn random_edits_do_no_harm() {
    let mut seeds: Vec<String> = vec![BASE.to_owned(), EXAMPLE.to_owned()];
    // What is commented out in the example becomes part of the map.
    seeds.push(
        EXAMPLE.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect::<Vec<_>>().join("\n"),
    );
    seeds.extend(
        REFERENCE.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned),
    );
    let mut random = fastrand::Rng::with_seed(20_261_122);
    let (mut good, mut bad) = (0, 0);
    for round in 0..3000 {
        let mut text = seeds[round % seeds.len()].clone();
        for _ in 0..random.usize(1..4) {
            edit(&mut text, &mut random);
        }
        match survives(&text) {
            true => good += 1,
            false => bad += 1,
        }
    }
    assert!(good > 100 && bad > 1000, "{good} maps without and {bad} with problems");
}

#[test]
fn a_map_may_end_anywhere() {
    for text in [BASE, EXAMPLE] {
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)).step_by(3) {
            survives(&text[..end]);
        }
    }
}

#[test]
fn a_map_may_be_deep_or_large() {
    survives(&format!("x = {}", "[".repeat(100_000)));
    survives(&format!("x = {}", "{a = ".repeat(100_000)));
    survives(&"a.".repeat(100_000));
    let mut large = String::from(BASE);
    for i in 0..2000 {
        large += &format!(
            "[buckets.bucket-{i}]\naccount = \"prod\"\nregion = \"eu-west-1\"\nkey = \"alias/k{i}\"\n"
        );
        large += &format!("[links.link-{i}]\nfrom = \"bucket-{i}\"\nto = \"copy\"\n");
    }
    assert!(survives(&large));
    let mut chain = String::from("version = 1\n");
    for i in 0..2000 {
        let (id, from) = (100_000_000_000_u64 + i, i + 1);
        chain += &format!("[accounts.a{i}]\nid = \"{id}\"\n");
        chain += &format!("assume_role = {{ role = \"arn:aws:iam::{id}:role/A\", from = \"a{from}\" }}\n");
    }
    chain += "[accounts.a2000]\nid = \"999999999999\"\n";
    survives(&chain);
}
