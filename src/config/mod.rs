//! The profile map: reads `profiles.toml` into a [`Topology`], or says everything that is wrong with it.
//!
//! The file is walked table by table (`table`), each value is checked where it stands (`text`,
//! `value`), then entries are resolved against one another: accounts, buckets, keys, links, roles.
//! Every problem is kept with its place; a problem that follows from another one is not reported.
//!
//! Deliberately absent: the network. Whether a name exists, only AWS knows.

mod accounts;
mod buckets;
mod chain;
mod draft;
mod file;
mod key_ref;
mod keys;
mod links;
mod names;
mod problem;
mod replica;
mod roles;
mod source;
mod starter;
mod statements;
mod suggest;
mod table;
mod tags;
mod text;
mod value;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use draft::Draft;
pub use problem::{Problem, Problems};
pub use starter::{End, Starter, proposed_alias};

use accounts::Accounts;
use buckets::Buckets;
use file::ProfileMap;
use problem::Collector;
use source::Source;
use table::FromValue;

use crate::topology::Topology;

/// What Sids and rule ids begin with unless the map says otherwise.
const MARKER: &str = "Bucketbridge";

/// What the toml crate says of a key that is there twice; a test notices if it says something else.
const DUPLICATE: &str = "duplicate key";

/// A file with more is of another kind altogether.
const MOST_SLIPS: usize = 20;

/// Far more than a map of thousands of links.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads a profile map, and the statement files that it names.
pub fn load(path: &Path) -> Result<Topology, Problems> {
    let name = path.display().to_string();
    let unreadable = |why: &dyn std::fmt::Display| {
        let help = "`-f FILE` or the variable `BUCKETBRIDGE_FILE` chooses another profile map";
        Problems::unreadable(&name, format!("cannot read the profile map `{name}`: {why}"), help)
    };
    let file = std::fs::File::open(path).map_err(|error| unreadable(&error))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable(&format!("it is larger than {LARGEST} bytes")));
    }
    match String::from_utf8(bytes) {
        Ok(text) => parse(path, &text),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            // What stands before the bad byte keeps its place.
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let mut problems = Collector::new(Source::new(name, text));
            problems.add(&(at..at + 1), "this byte is not UTF-8").help("save the file as UTF-8");
            problems.finish(None)
        }
    }
}

/// Reads the text of a profile map. `path` names it in problems, and statement files are looked for
/// beside it.
pub fn parse(path: &Path, text: &str) -> Result<Topology, Problems> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut problems = Collector::new(Source::new(path.display().to_string(), text));
    let (table, errors) = DeTable::parse_recoverable(text);
    syntax(&errors, text, &mut problems);
    // After a slip of syntax the tables may be torn, and anything said of them may be wrong. A key that
    // is there twice tears nothing.
    if errors.iter().any(|error| error.message() != DUPLICATE) {
        return problems.finish(None);
    }
    let span = table.span();
    let value = Spanned::new(span, DeValue::Table(table.into_inner()));
    let map = ProfileMap::read("", &value, &mut problems);
    let topology = map.map(|map| resolve(&map, path, &mut problems));
    problems.finish(topology)
}

/// What is no TOML: the first slip of each line, since further ones follow from it.
fn syntax(errors: &[toml::de::Error], text: &str, problems: &mut Collector) {
    let mut errors: Vec<_> =
        errors.iter().map(|error| (error.span().unwrap_or(0..0), error.message())).collect();
    errors.sort_by_key(|(span, _)| span.start);
    let mut before: Option<usize> = None;
    let mut slips = 0;
    for (span, why) in errors {
        let quoted = text.get(span.clone()).unwrap_or_default();
        if why == DUPLICATE {
            problems.add(&span, format!("`{quoted}` is there twice"));
            continue;
        }
        let same_line =
            before.is_some_and(|before| text.get(before..span.start).is_some_and(|t| !t.contains('\n')));
        before = Some(span.start);
        if same_line {
            continue;
        }
        slips += 1;
        if slips > MOST_SLIPS {
            problems.add(&span, "this is not TOML, and further lines are not either");
            break;
        }
        let why = match why {
            why if why.starts_with("string values must be quoted") && quoted.is_empty() => {
                "a value is missing"
            }
            why => why,
        };
        problems.add(&span, format!("this is not TOML: {why}"));
    }
}

/// The JSON Schema (draft 7) of the profile map, for editors.
pub fn schema() -> serde_json::Value {
    let settings = schemars::generate::SchemaSettings::draft07();
    let generator = schemars::SchemaGenerator::new(settings);
    generator.into_root_schema_for::<ProfileMap>().to_value()
}

/// The topology of a map; only good if no problem was found.
fn resolve(map: &ProfileMap, path: &Path, problems: &mut Collector) -> Topology {
    let marker = map.marker.get().map_or(MARKER, |marker| marker.0.as_str());
    tags::check_case(&map.tags, problems);
    tags::check_ours(&map.tags, problems);
    let tags = tags::read(&map.tags, tags::MOST_OF_MADE, problems);
    let mut accounts = Accounts::read(&map.accounts, problems);
    let buckets = Buckets::read(map, &mut accounts, &tags, problems);
    accounts.settle_partitions(problems);
    let keys = keys::read(map, path, marker, &accounts, &buckets, problems);
    let links = links::read(map, &accounts, &buckets, problems);
    let resolved: BTreeMap<_, _> = buckets.resolved().collect();
    let sources: Vec<_> =
        resolved.iter().filter(|(name, _)| links.values().any(|link| link.from == **name)).collect();
    let roles = roles::read(map, &sources, &accounts, problems);
    Topology {
        accounts: accounts.resolved(),
        keys,
        links,
        roles,
        tags,
        marker: marker.to_owned(),
        buckets: resolved,
    }
}
