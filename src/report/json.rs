//! JSON: the whole report, for programs. `docs/output.md` is its contract.

use serde::Serialize;

use super::{Report, VERSION, clean};
use crate::resource::Kind;

#[derive(Serialize)]
struct Versioned<'a> {
    version: u32,
    #[serde(flatten)]
    report: &'a Report,
}

/// Pretty-printed, with a newline at the end.
pub fn render(report: &Report) -> String {
    // Cannot fail: a report holds no map with keys that are not strings, and a String takes all of it.
    let text = serde_json::to_string_pretty(&Versioned { version: VERSION, report }).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            // serde_json escapes what JSON demands; what a terminal obeys beyond that is escaped here.
            // Such characters occur in strings alone, where the escape means the same.
            c if clean::is_unsafe(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('\n');
    out
}

/// The kind as JSON and CSV spell it: `key-policy`.
pub fn kind(kind: Kind) -> String {
    kind.to_string().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_has_one_spelling() {
        for k in [
            Kind::Key,
            Kind::Role,
            Kind::Bucket,
            Kind::RolePolicy,
            Kind::KeyPolicy,
            Kind::BucketPolicy,
            Kind::Replication,
        ] {
            assert_eq!(serde_json::to_value(k).expect("a kind"), kind(k));
        }
    }
}
