//! What lies between two versions of a document, statement by statement and element by element.
//!
//! Deliberately absent: which of them is right.

use serde_json::Value;

use crate::change::Difference;

use super::document::{Document, sid};
use super::meaning::{differences, same_statement};

/// What would have to change to come from one to the other. A statement keeps its identity by its Sid;
/// one without is the same or another one.
pub fn between(before: &Document, after: &Document) -> Vec<Difference> {
    let mut details = Vec::new();
    for key in ["Version", "Id"] {
        let values = (before.element(key), after.element(key));
        if values.0 != values.1 {
            let field = key.to_owned();
            details.push(Difference { field, before: values.0.cloned(), after: values.1.cloned() });
        }
    }
    let mut left: Vec<(usize, &Value)> = before.statements().iter().enumerate().collect();
    let mut unmatched = Vec::new();
    for (at, wanted) in after.statements().iter().enumerate() {
        match left.iter().position(|(_, found)| same_statement(found, wanted)) {
            Some(same) => drop(left.swap_remove(same)),
            None => unmatched.push((at, wanted)),
        }
    }
    for (at, wanted) in unmatched {
        let named = |(_, found): &(usize, &Value)| sid(wanted).is_some() && sid(found) == sid(wanted);
        match left.iter().position(named) {
            Some(found) => details.extend(differences(&name(at, wanted), left.swap_remove(found).1, wanted)),
            None => details.push(Difference::added(name(at, wanted), wanted.clone())),
        }
    }
    left.sort_by_key(|(at, _)| *at);
    details.extend(left.into_iter().map(|(at, found)| Difference::dropped(name(at, found), found.clone())));
    details
}

/// What a statement goes by.
fn name(at: usize, statement: &Value) -> String {
    match sid(statement) {
        Some(sid) => format!("statement {sid}"),
        None => format!("statement number {} (without Sid)", at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn statements_are_added_changed_and_dropped_by_name() {
        let of = |statements: Value| {
            Document::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
                .expect("a document")
        };
        let before = of(json!([
            {"Sid": "a", "Effect": "Allow", "Action": "s3:GetObject"},
            {"Effect": "Deny", "Action": "s3:PutObject"},
            {"Sid": "gone", "Effect": "Deny", "Action": ["s3:*"]},
        ]));
        let after = of(json!([
            {"Sid": "gone", "Effect": "Deny", "Action": "s3:*"},
            {"Sid": "a", "Effect": "Allow", "Action": "s3:PutObject"},
            {"Effect": "Deny", "Action": "s3:DeleteObject"},
        ]));
        let said: Vec<_> = between(&before, &after)
            .into_iter()
            .map(|d| (d.field, d.before.is_some(), d.after.is_some()))
            .collect();
        let wanted = [
            ("statement a: Action", true, true),
            ("statement number 3 (without Sid)", false, true),
            ("statement number 2 (without Sid)", true, false),
        ];
        assert_eq!(said, wanted.map(|(field, before, after)| (field.to_owned(), before, after)));
        assert!(between(&after, &after).is_empty());
    }
}
