//! Whether two statements mean the same, whatever form AWS gives them back in.
//!
//! A scalar equals a list of one, order is nothing, an account id equals its root ARN, and action
//! names know no case. The unique id of a deleted role (`AROA…`) equals nothing else.
//!
//! Deliberately absent: implication. `kms:*` is not the same as the actions that it covers.

use serde_json::{Map, Value, json};

use crate::change::Difference;

/// Whether the statements are the same by meaning.
pub fn same_statement(a: &Value, b: &Value) -> bool {
    normal_statement(a) == normal_statement(b)
}

/// The elements in which a statement differs from the wanted one.
pub fn differences(name: &str, found: &Value, wanted: &Value) -> Vec<Difference> {
    let (Value::Object(a), Value::Object(b)) = (normal_statement(found), normal_statement(wanted)) else {
        return Vec::new();
    };
    let mut keys: Vec<&String> = b.keys().collect();
    keys.extend(a.keys().filter(|k| !b.contains_key(*k)));
    keys.into_iter()
        .filter(|key| a.get(*key) != b.get(*key))
        .map(|key| Difference {
            field: format!("{name}: {key}"),
            before: found.get(key).cloned(),
            after: wanted.get(key).cloned(),
        })
        .collect()
}

fn normal_statement(statement: &Value) -> Value {
    let Value::Object(map) = statement else { return statement.clone() };
    let mut normal = Map::new();
    for (key, value) in map {
        let value = match key.as_str() {
            "Action" | "NotAction" => set(value, |v| match v {
                Value::String(s) => json!(s.to_ascii_lowercase()),
                other => other.clone(),
            }),
            "Resource" | "NotResource" => set(value, Value::clone),
            "Principal" | "NotPrincipal" => principals(value),
            "Condition" => conditions(value),
            _ => value.clone(),
        };
        normal.insert(key.clone(), value);
    }
    sorted(normal)
}

/// A list without order and repetition; a scalar is a list of one.
fn set(value: &Value, normal: impl Fn(&Value) -> Value) -> Value {
    let mut items: Vec<Value> = match value {
        Value::Array(items) => items.iter().map(normal).collect(),
        one => vec![normal(one)],
    };
    items.sort_by_key(Value::to_string);
    items.dedup();
    Value::Array(items)
}

fn principals(value: &Value) -> Value {
    match value {
        Value::Object(map) => sorted(map.iter().map(|(k, v)| (k.clone(), set(v, principal))).collect()),
        other => other.clone(),
    }
}

fn principal(value: &Value) -> Value {
    let Some(text) = value.as_str() else { return value.clone() };
    let id = text.strip_suffix(":root").and_then(|arn| arn.rsplit_once(':')).map(|(_, id)| id);
    match id {
        Some(id) => json!(id),
        None => value.clone(),
    }
}

fn conditions(value: &Value) -> Value {
    let Value::Object(operators) = value else { return value.clone() };
    let normal = operators.iter().map(|(operator, keys)| {
        let keys = match keys {
            // Condition keys know no case; neither do operators, but nobody writes those otherwise.
            Value::Object(keys) => {
                sorted(keys.iter().map(|(k, v)| (k.to_ascii_lowercase(), set(v, as_text))).collect())
            }
            other => other.clone(),
        };
        (operator.clone(), keys)
    });
    sorted(normal.collect())
}

/// `true` and `"true"` are the same condition value.
fn as_text(value: &Value) -> Value {
    match value {
        Value::Bool(_) | Value::Number(_) => json!(value.to_string()),
        other => other.clone(),
    }
}

fn sorted(map: Map<String, Value>) -> Value {
    let mut entries: Vec<(String, Value)> = map.into_iter().collect();
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    Value::Object(entries.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_mean_the_same() {
        let wanted = json!({"Sid": "a", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
            "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*",
            "Condition": {"StringLike": {"kms:EncryptionContext:aws:s3:arn": ["b", "a"]}, "Bool": {"x": "true"}}});
        let found = json!({"Effect": "Allow", "Action": ["kms:decrypt", "kms:Encrypt"], "Sid": "a",
            "Resource": ["*"], "Principal": {"AWS": ["111111111111"]},
            "Condition": {"Bool": {"x": true}, "StringLike": {"KMS:EncryptionContext:aws:s3:arn": ["a", "b"]}}});
        assert!(same_statement(&wanted, &found));
        assert!(differences("s", &found, &wanted).is_empty());
    }

    #[test]
    fn forms_that_do_not() {
        let base = json!({"Sid": "a", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/r"},
            "Action": "kms:Encrypt", "Resource": "*"});
        for (key, value) in [
            ("Principal", json!({"AWS": "AROAEXAMPLEID"})),
            ("Principal", json!("*")),
            ("Action", json!(["kms:Encrypt", "kms:Decrypt"])),
            ("Effect", json!("Deny")),
            ("Resource", json!("arn:aws:s3:::B")),
            ("Condition", json!({"StringEquals": {"a": "B"}})),
        ] {
            let mut other = base.clone();
            other[key] = value;
            assert!(!same_statement(&base, &other), "{key}");
            assert_eq!(differences("s", &other, &base).len(), 1, "{key}");
        }
    }
}
