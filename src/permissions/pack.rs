//! Policies that fit: a managed policy holds 6,144 characters, white space not counted
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).

use serde_json::{Value, json};

use super::statement::Statement;

/// The most characters of a managed policy.
pub const LONGEST: usize = 6_144;

/// Documents that together hold the statements, each as early as there is room. A statement that is too
/// long for a document is halved.
pub fn documents(statements: Vec<Statement>) -> Vec<Value> {
    let mut documents: Vec<Vec<Value>> = Vec::new();
    for statement in statements.into_iter().flat_map(fitting) {
        let value = statement.value();
        let fits = |document: &&mut Vec<Value>| {
            size(&of([&document[..], std::slice::from_ref(&value)].concat())) <= LONGEST
        };
        match documents.iter_mut().find(fits) {
            Some(document) => document.push(value),
            None => documents.push(vec![value]),
        }
    }
    documents.into_iter().map(of).collect()
}

/// As IAM counts.
pub fn size(document: &Value) -> usize {
    document.to_string().chars().filter(|c| !c.is_whitespace()).count()
}

fn of(statements: Vec<Value>) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// The statement, or parts of it that fit, numbered.
fn fitting(statement: Statement) -> Vec<Statement> {
    let name = statement.sid.clone();
    let mut parts = vec![statement];
    let mut at = 0;
    while let Some(part) = parts.get(at) {
        if size(&of(vec![part.value()])) <= LONGEST - ROOM_FOR_A_NUMBER {
            at += 1;
            continue;
        }
        match part.clone().halves() {
            Some(halves) => drop(parts.splice(at..=at, halves)),
            None => at += 1,
        }
    }
    if parts.len() > 1 {
        for (number, part) in parts.iter_mut().enumerate() {
            part.sid = format!("{name}Part{}", number + 1);
        }
    }
    parts
}

/// `Part` and four digits.
const ROOM_FOR_A_NUMBER: usize = 8;
