//! Tags: of things that are made, of sessions, and as a filter of links.
//!
//! The rules are those that IAM, KMS and S3 share. Tags that others set are not known here.

use std::collections::BTreeMap;

use super::problem::Collector;
use super::source::Span;
use super::table::Field;
use super::value::Entries;
use crate::topology::TAG;

/// What AWS takes, on a resource or a session.
pub const MOST: usize = 50;

/// What is left of that for the user on what we make, which carries a tag of ours.
pub const MOST_OF_MADE: usize = MOST - 1;

/// What S3 takes on one object.
pub const MOST_OF_OBJECT: usize = 10;

/// The tags of a field, after each was checked; empty if there are none.
pub fn read(
    field: &Field<Entries<String>>,
    most: usize,
    problems: &mut Collector,
) -> BTreeMap<String, String> {
    let Some(at) = field.at() else {
        return BTreeMap::new();
    };
    let mut tags = BTreeMap::new();
    for entry in &at.value.0 {
        check(&entry.name.value, &entry.name.span, problems, "key", 1..=128);
        if entry.name.value.to_ascii_lowercase().starts_with("aws:") {
            problems.add(&entry.name.span, "tags that begin with `aws:` are reserved by AWS");
        }
        if let Some(value) = &entry.value {
            check(value, &entry.span, problems, "value", 0..=256);
            tags.insert(entry.name.value.clone(), value.clone());
        }
    }
    too_many(tags.len(), most, &at.span, problems);
    tags
}

/// Reports more tags than AWS takes.
pub fn too_many(count: usize, most: usize, span: &Span, problems: &mut Collector) {
    if count <= most {
        return;
    }
    let found = problems.add(span, format!("{count} tags are too many, at most {most} fit"));
    if most == MOST_OF_MADE {
        found.help(format!("AWS takes {MOST} on one resource, and one is `{TAG}`"));
    }
}

/// Reports the tag by which we know what we made.
pub fn check_ours(field: &Field<Entries<String>>, problems: &mut Collector) {
    let entries = field.get().map(|entries| entries.0.as_slice()).unwrap_or_default();
    // IAM ignores case.
    for entry in entries.iter().filter(|entry| entry.name.value.eq_ignore_ascii_case(TAG)) {
        problems
            .add(&entry.name.span, format!("the tag `{}` marks what `bucketbridge` made", entry.name.value))
            .help("give it another name");
    }
}

/// Reports tags whose keys IAM takes for the same, because it ignores case.
pub fn check_case(field: &Field<Entries<String>>, problems: &mut Collector) {
    let mut seen = BTreeMap::new();
    for entry in field.get().map(|entries| entries.0.as_slice()).unwrap_or_default() {
        let name = &entry.name;
        if let Some(first) = seen.insert(name.value.to_lowercase(), name) {
            problems
                .add(
                    &name.span,
                    format!("IAM takes the tag `{}` for the same as `{}`", name.value, first.value),
                )
                .also(&first.span, "the other one");
        }
    }
}

fn check(
    text: &str,
    span: &Span,
    problems: &mut Collector,
    what: &str,
    length: std::ops::RangeInclusive<usize>,
) {
    let count = text.chars().count();
    if !length.contains(&count) {
        let (low, high) = length.into_inner();
        problems
            .add(span, format!("the {what} of a tag has {low} to {high} characters, this one has {count}"));
    }
    let fits = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    if let Some(c) = text.chars().find(|c| !fits(*c)) {
        problems.add(
            span,
            format!("the {what} of a tag holds letters, digits, blanks and `_.:/=+-@`, not `{c}`"),
        );
    }
}
