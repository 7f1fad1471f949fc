//! The example, the schema and the reference say what the code does.
//!
//! Not that they say it well.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::{load, schema};
use super::{accepted, refused};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn text(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[test]
fn the_committed_schema_is_that_of_the_code() {
    let committed: Value = serde_json::from_str(&text("bucketbridge.schema.json")).expect("JSON");
    assert!(committed == schema(), "run `bucketbridge schema > bucketbridge.schema.json` and commit it");
}

#[test]
fn the_example_is_valid() {
    let topology =
        load(&root().join("profiles.example.toml")).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!((topology.accounts.len(), topology.buckets.len(), topology.links.len()), (2, 2, 1));
    assert!(text("profiles.example.toml").starts_with("#:schema ./bucketbridge.schema.json\n"));
}

/// The keys that each table of the schema has, by the heading that such a table has in the example.
fn keys_of_schema() -> BTreeSet<(String, String)> {
    let schema = schema();
    let headings = [
        ("Account", "accounts"),
        ("AssumeRole", "assume_role"),
        ("Bucket", "buckets"),
        ("Link", "links"),
        ("Roles", "roles"),
        ("Key", "keys"),
        ("Defaults", "defaults"),
    ];
    let definitions = schema["definitions"].as_object().expect("definitions");
    assert_eq!(definitions.len(), headings.len(), "a table has no heading here");
    let tables =
        headings.iter().map(|(name, heading)| (*heading, &definitions[*name])).chain([("", &schema)]);
    tables
        .flat_map(|(heading, table)| {
            let keys = table["properties"].as_object().expect("properties").keys();
            keys.map(move |key| (heading.to_owned(), key.clone()))
        })
        .collect()
}

/// The keys of the example, commented out or not, by the heading that they stand under.
fn keys_of_example() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut heading = String::new();
    for line in text("profiles.example.toml").lines() {
        let line = line.trim_start_matches(['#', ' ']);
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            let parts: Vec<&str> = name.split('.').collect();
            found.insert((String::new(), parts[0].to_owned()));
            heading = parts[0].to_owned();
            if let [table, _, nested] | [table @ "defaults", nested] = parts[..] {
                found.insert((table.to_owned(), nested.to_owned()));
                heading = nested.to_owned();
            }
        } else if let Some((key, _)) = line.split_once(" = ") {
            found.insert((heading.clone(), key.to_owned()));
        }
    }
    found
}

#[test]
fn every_key_of_the_schema_is_in_the_example() {
    let example = keys_of_example();
    let missing: Vec<_> = keys_of_schema().into_iter().filter(|key| !example.contains(key)).collect();
    assert!(missing.is_empty(), "profiles.example.toml lacks {missing:?}");
}

#[test]
fn every_key_of_the_schema_is_in_the_reference() {
    let reference = text("docs/profile-map.md");
    for (table, key) in keys_of_schema() {
        let named = [format!("`{key}`"), format!("`[{key}]`"), format!("`[{key}."), format!(".{key}]`")];
        assert!(named.iter().any(|name| reference.contains(name)), "docs/profile-map.md lacks {table}.{key}");
    }
}

/// The blocks of the reference in this language.
fn blocks(language: &str) -> Vec<String> {
    let reference = text("docs/profile-map.md");
    let open = format!("```{language}\n");
    let blocks =
        reference.split(&open).skip(1).map(|rest| rest.split("```").next().unwrap_or_default().to_owned());
    blocks.collect()
}

#[test]
fn every_map_of_the_reference_is_valid_but_the_last() {
    let maps = blocks("toml");
    let (bad, good) = maps.split_last().expect("maps");
    assert!(good.len() >= 7, "{}", good.len());
    for map in good {
        accepted(map);
    }
    let shown = blocks("text");
    assert_eq!(shown.last().map(|text| text.trim_end()), Some(refused(bad).to_string().as_str()));
}

#[test]
fn the_statement_of_the_reference_is_accepted() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("s.json"), &blocks("json")[0]).expect("written");
    let map = format!("{}[keys.\"alias/orders\"]\nstatements = \"s.json\"\n", super::BASE);
    let path: &Path = &folder.path().join("profiles.toml");
    assert!(super::parse(path, &map).is_ok());
}
