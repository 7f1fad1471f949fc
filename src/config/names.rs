//! Names that the user chooses, and references to them.
//!
//! What the named thing is made of is not looked at here.

use std::collections::BTreeSet;

use super::problem::Collector;
use super::suggest::closest;
use super::table::At;
use super::value::Entry;

/// The names of all entries.
pub fn of<T>(entries: &[Entry<T>]) -> BTreeSet<&str> {
    entries.iter().map(|entry| entry.name.value.as_str()).collect()
}

/// Reports the name of an account or a link that `--account` and `--link` could not take.
pub fn check_entry<T>(what: &str, entry: &Entry<T>, problems: &mut Collector) {
    let name = entry.name.value.as_str();
    let why = if name.is_empty() {
        "is empty"
    } else if name.chars().count() > 128 {
        "is longer than 128 characters"
    } else if name.trim() != name {
        "begins or ends with a blank"
    } else if name.contains(|c: char| c.is_control() || "*?[]{}!\\,`".contains(c)) {
        "holds one of `*?[]{}!\\,`, a backtick or a control character"
    } else {
        return;
    };
    problems.add(&entry.name.span, format!("the name of the {what} `{name}` {why}"));
}

/// Whether there is an entry of that name; reports it if there is none.
pub fn refer(what: &str, reference: &At<String>, names: &BTreeSet<&str>, problems: &mut Collector) -> bool {
    let name = reference.value.as_str();
    if names.contains(name) {
        return true;
    }
    let close = closest(name, names.iter().copied());
    let found = problems.add(&reference.span, format!("there is no {what} `{name}` in this map"));
    match close {
        Some(close) => found.suggest(Some(close)),
        None => found.help(format!("add `[{what}s.{}]`", super::table::join("", name))),
    };
    false
}

/// Fills `{name}` placeholders in; reports those that have no value here.
pub fn fill(template: &str, values: &[(&str, &str)]) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some(start) = rest.find(['{', '}']) {
        filled.push_str(&rest[..start]);
        let after = &rest[start..];
        let known = values.iter().find_map(|(name, value)| {
            after.strip_prefix('{')?.strip_prefix(name)?.strip_prefix('}').map(|rest| (rest, value))
        });
        let Some((after, value)) = known else {
            let names = values.iter().map(|(name, _)| format!("{{{name}}}")).collect::<Vec<_>>();
            let names = super::suggest::alternatives(names.iter().map(String::as_str));
            return Err(format!("only {names} can be filled in here"));
        };
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in() {
        let values = [("account_id", "1"), ("region", "r")];
        assert_eq!(fill("a-{account_id}-{region}", &values).as_deref(), Ok("a-1-r"));
        assert_eq!(fill("plain", &values).as_deref(), Ok("plain"));
        for bad in ["{bucket}", "{", "}", "{account_id", "a}b"] {
            let why = fill(bad, &values).expect_err(bad);
            assert_eq!(why, "only `{account_id}` or `{region}` can be filled in here");
        }
    }
}
