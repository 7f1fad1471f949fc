//! A difference, element by element: never a JSON blob.
//!
//! Values that are trees are taken apart until every line holds one scalar or one short list.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::page::{Line, Tone};
use crate::resource::Difference;

/// A list of scalars stays on one line up to this length.
const SHORT: usize = 60;

/// The lines of all differences of a resource.
pub fn lines(differences: &[Difference]) -> Vec<Line> {
    let mut lines = Lines(Vec::new());
    for difference in differences {
        lines.difference(0, &difference.field, difference.before.as_ref(), difference.after.as_ref());
    }
    lines.0
}

/// Only the fields that differ, without what is in them.
pub fn headings(differences: &[Difference]) -> Vec<Line> {
    let whole = lines(differences).into_iter().filter(|line| line.level == 0);
    whole.map(|line| Line { text: line.text.trim_end_matches(':').to_owned(), ..line }).collect()
}

/// All differences of a resource in one cell.
pub fn summary(differences: &[Difference]) -> String {
    let one = |d: &Difference| match (&d.before, &d.after) {
        (None, None) => d.field.clone(),
        (None, Some(after)) => format!("+ {}: {}", d.field, words(after)),
        (Some(before), None) => format!("- {}: {}", d.field, words(before)),
        (Some(before), Some(after)) => format!("~ {}: {} → {}", d.field, words(before), words(after)),
    };
    differences.iter().map(one).collect::<Vec<_>>().join("; ")
}

struct Lines(Vec<Line>);

impl Lines {
    fn push(&mut self, level: usize, label: &'static str, text: String) {
        let tone = match label {
            "+" => Tone::Good,
            "-" => Tone::Bad,
            "~" => Tone::Change,
            _ => Tone::Faint,
        };
        self.0.push(Line::new(label, text, tone).at(level));
    }

    fn difference(&mut self, level: usize, field: &str, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (None, None) => self.push(level, "~", field.to_owned()),
            (None, Some(after)) => self.tree(level, "+", field, after),
            (Some(before), None) => self.tree(level, "-", field, before),
            (Some(Value::Object(before)), Some(Value::Object(after))) => {
                self.objects(level, field, before, after);
            }
            (Some(Value::Array(before)), Some(Value::Array(after))) => {
                self.arrays(level, field, before, after);
            }
            (Some(before), Some(after)) => {
                self.push(level, "~", format!("{field}: {} → {}", words(before), words(after)));
            }
        }
    }

    fn objects(
        &mut self,
        level: usize,
        field: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) {
        self.push(level, "~", format!("{field}:"));
        let new = after.keys().filter(|k| !before.contains_key(*k));
        for key in before.keys().chain(new) {
            if before.get(key) != after.get(key) {
                self.difference(level + 1, key, before.get(key), after.get(key));
            }
        }
    }

    /// Elements are compared as sets: the order of a list means nothing to AWS in the documents here.
    fn arrays(&mut self, level: usize, field: &str, before: &[Value], after: &[Value]) {
        self.push(level, "~", format!("{field}:"));
        let lists = [("-", before, after), ("+", after, before)];
        for (label, list, other) in lists {
            for (at, value) in list.iter().enumerate().filter(|(_, v)| !other.contains(v)) {
                self.tree(level + 1, label, &element(at, value), value);
            }
        }
        let kept = before.iter().filter(|v| after.contains(v)).map(ToString::to_string);
        match kept.collect::<BTreeSet<_>>().len() {
            0 => {}
            kept => self.push(level + 1, "", format!("{kept} as before")),
        }
    }

    /// A value that is wholly new or wholly gone.
    fn tree(&mut self, level: usize, label: &'static str, field: &str, value: &Value) {
        let head = |text: &str| match (field.is_empty(), text.is_empty()) {
            (true, _) => text.to_owned(),
            (false, true) => format!("{field}:"),
            (false, false) => format!("{field}: {text}"),
        };
        match value {
            Value::Object(map) if !map.is_empty() => {
                self.push(level, label, head(""));
                for (key, value) in map {
                    self.tree(level + 1, label, key, value);
                }
            }
            Value::Array(list) if !is_short(list) => {
                self.push(level, label, head(""));
                for (at, value) in list.iter().enumerate() {
                    self.tree(level + 1, label, &element(at, value), value);
                }
            }
            value => self.push(level, label, head(&words(value))),
        }
    }
}

/// What an element of a list goes by: its own id if it has one, its place if it is a tree; a scalar
/// needs no name.
fn element(at: usize, value: &Value) -> String {
    let id = ["Sid", "ID", "Id"].into_iter().find_map(|key| value.get(key)?.as_str());
    match id {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ if is_tree(value) => format!("#{}", at + 1),
        _ => String::new(),
    }
}

/// Whether a list is read most easily on one line.
fn is_short(list: &[Value]) -> bool {
    let length: usize = list.iter().map(|v| words(v).chars().count() + 2).sum();
    !list.iter().any(is_tree) && (list.len() < 2 || length <= SHORT)
}

fn is_tree(value: &Value) -> bool {
    value.is_object() || value.is_array()
}

/// A value on one line, as a person would say it.
fn words(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(list) if list.is_empty() => "(none)".to_owned(),
        Value::Array(list) => list.iter().map(words).collect::<Vec<_>>().join(", "),
        Value::Object(map) if map.is_empty() => "(none)".to_owned(),
        Value::Object(map) => {
            let field = |(k, v): (&String, &Value)| match is_tree(v) {
                true => format!("{k} ({})", words(v)),
                false => format!("{k} {}", words(v)),
            };
            map.iter().map(field).collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(difference: Difference) -> String {
        let line = |l: &Line| format!("{}{} {}", "  ".repeat(l.level), l.label, l.text);
        lines(&[difference]).iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn scalars_read_as_a_sentence() {
        assert_eq!(
            shown(Difference::changed("Versioning", "Suspended", "Enabled")),
            "~ Versioning: Suspended → Enabled"
        );
        assert_eq!(
            shown(Difference::added("KeyId", "known after apply (KMS chooses it)")),
            "+ KeyId: known after apply (KMS chooses it)"
        );
        assert_eq!(shown(Difference::dropped("Description", "")), "- Description: (empty)");
    }

    #[test]
    fn a_statement_is_taken_apart() {
        let before = json!({"Sid": "A", "Action": ["kms:Decrypt", "kms:Encrypt"], "Condition": {"Bool": {"x": "true"}}});
        let after = json!({"Sid": "A", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Effect": "Allow"});
        insta::assert_snapshot!(shown(Difference::changed("statement A", before, after)), @r"
        ~ statement A:
          ~ Action:
            - kms:Encrypt
            + kms:GenerateDataKey
             1 as before
          - Condition:
            - Bool:
              - x: true
          + Effect: Allow
        ");
    }

    #[test]
    fn a_new_statement_has_a_line_per_element() {
        let new = json!({"Effect": "Allow", "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ObjectOwnerOverrideToBucketOwner"]});
        insta::assert_snapshot!(shown(Difference::added("statement B", new)), @r"
        + statement B:
          + Effect: Allow
          + Action:
            + s3:ReplicateObject
            + s3:ReplicateDelete
            + s3:ObjectOwnerOverrideToBucketOwner
        ");
    }
}
