//! Names for variables, resources and files, made of names that hold what these may not.
//!
//! Deliberately absent: what the names are of.

use std::collections::{BTreeMap, BTreeSet};

/// A name of letters, digits and `_` for each of these, different from each other.
pub fn identifiers<K: Ord>(names: impl IntoIterator<Item = (K, String)>) -> BTreeMap<K, String> {
    distinct(names, "_", |name| {
        let plain: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        if plain.starts_with(|c: char| c.is_ascii_digit()) { format!("_{plain}") } else { plain }
    })
}

/// A name of letters and digits alone for each of these, different from each other.
pub fn logical_ids<K: Ord>(names: impl IntoIterator<Item = (K, String)>) -> BTreeMap<K, String> {
    distinct(names, "N", |name| {
        let words = name.split(|c: char| !c.is_ascii_alphanumeric());
        words
            .map(|word| word[..word.len().min(1)].to_ascii_uppercase() + word.get(1..).unwrap_or(""))
            .collect()
    })
}

/// The name of a file or folder for each of these, different from each other, also where a file system
/// does not tell cases apart.
pub fn file_names<K: Ord>(names: impl IntoIterator<Item = (K, String)>) -> BTreeMap<K, String> {
    distinct(names, "_", |name| {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let plain: String = name.chars().map(|c| if fits(c) { c } else { '_' }).collect();
        if plain.starts_with('.') { format!("_{plain}") } else { plain }
    })
}

fn distinct<K: Ord>(
    names: impl IntoIterator<Item = (K, String)>,
    before_number: &str,
    plain: impl Fn(&str) -> String,
) -> BTreeMap<K, String> {
    let mut taken = BTreeSet::new();
    let mut made = BTreeMap::new();
    for (key, name) in names {
        let plain = plain(&name);
        let numbered = (2..).map(|n| format!("{plain}{before_number}{n}"));
        let mut candidates = std::iter::once(plain.clone()).chain(numbered);
        let free = candidates.find(|candidate| taken.insert(candidate.to_ascii_lowercase()));
        made.insert(key, free.unwrap_or(plain));
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(make: impl Fn(Vec<(usize, String)>) -> BTreeMap<usize, String>, names: &[&str]) -> Vec<String> {
        make(names.iter().enumerate().map(|(at, name)| (at, (*name).to_owned())).collect())
            .into_values()
            .collect()
    }

    #[test]
    fn names_stay_different() {
        assert_eq!(of(identifiers, &["a/b", "a-b", "1é", "A_b"]), ["a_b", "a_b_2", "_1_", "A_b_3"]);
        assert_eq!(of(logical_ids, &["a/b-cd", "ab-cd", "", "a-b-cd"]), ["ABCd", "AbCdN2", "", "ABCdN3"]);
        assert_eq!(of(file_names, &["../x", "a b", "a_b", "x.y"]), ["_.._x", "a_b", "a_b_2", "x.y"]);
    }
}
