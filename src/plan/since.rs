//! What has changed since a plan was saved. Pure.
//!
//! Deliberately absent: whether a change matters to the plan. Whoever read the plan decides that.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::resource::{Difference, ResourceId};

/// The text of a whole, which is compared to the byte and shown only if nothing in it tells the change.
const WHOLE: &str = "configuration";

/// Of each resource the fields that are not what they were, in the order in which things happen.
pub fn changed(
    before: &[(ResourceId, Value)],
    now: &[(ResourceId, Value)],
) -> Vec<(ResourceId, Vec<Difference>)> {
    let was: BTreeMap<&ResourceId, &Value> = before.iter().map(|(id, facts)| (id, facts)).collect();
    let is: BTreeMap<&ResourceId, &Value> = now.iter().map(|(id, facts)| (id, facts)).collect();
    let gone = before.iter().filter(|(id, _)| !is.contains_key(id));
    let ids = now.iter().chain(gone).map(|(id, _)| id);
    ids.map(|id| (id.clone(), fields(was.get(id).copied(), is.get(id).copied())))
        .filter(|(_, differences)| !differences.is_empty())
        .collect()
}

fn fields(before: Option<&Value>, now: Option<&Value>) -> Vec<Difference> {
    let none = Map::new();
    let (was, is) = match (before, now) {
        (Some(Value::Object(was)), Some(Value::Object(is))) if is_read(was) && is_read(is) => (was, is),
        (Some(Value::Null), Some(Value::Object(is))) if is_read(is) => (&none, is),
        (Some(Value::Object(was)), Some(Value::Null)) if is_read(was) => (was, &none),
        (before, now) if state(before) == state(now) => return Vec::new(),
        (before, now) => return vec![Difference::changed("state", state(before), state(now))],
    };
    let new = is.keys().filter(|field| !was.contains_key(*field));
    let mut differences: Vec<Difference> = was
        .keys()
        .chain(new)
        .filter(|field| match (was.get(*field), is.get(*field)) {
            (Some(was), Some(is)) => !same(was, is),
            _ => true,
        })
        .map(|field| Difference {
            field: field.clone(),
            before: was.get(field).filter(|value| !value.is_null()).cloned(),
            after: is.get(field).filter(|value| !value.is_null()).cloned(),
        })
        .collect();
    if differences.len() > 1 {
        differences.retain(|difference| difference.field != WHOLE);
    }
    differences
}

fn is_read(facts: &Map<String, Value>) -> bool {
    !facts.contains_key("unread")
}

fn state(facts: Option<&Value>) -> &'static str {
    match facts {
        None => "not looked at",
        Some(Value::Null) => "absent",
        Some(Value::Object(facts)) if is_read(facts) => "there",
        Some(_) => "cannot be read or used",
    }
}

/// Whether two values say the same: AWS gives lists back in any order.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            let mut left: Vec<&Value> = b.iter().collect();
            a.len() == b.len()
                && a.iter().all(|value| match left.iter().position(|other| same(value, other)) {
                    Some(at) => {
                        left.swap_remove(at);
                        true
                    }
                    None => false,
                })
        }
        (Value::Object(a), Value::Object(b)) => {
            let has = |(key, value): (&String, &Value)| b.get(key).is_some_and(|other| same(value, other));
            a.len() == b.len() && a.iter().all(has)
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Kind;
    use crate::topology::AccountName;
    use serde_json::json;

    fn fields_of(before: &Value, now: &Value) -> Vec<String> {
        fields(Some(before), Some(now)).into_iter().map(|d| d.field).collect()
    }

    #[test]
    fn each_field_is_named() {
        let none: [&str; 0] = [];
        let before = json!({"role": "a", "rules": {"x": 1}, "configuration": "<a/>"});
        assert_eq!(fields_of(&before, &before), none);
        let now = json!({"role": "a", "rules": {"x": 2}, "configuration": "<b/>"});
        assert_eq!(fields_of(&before, &now), ["rules"]);
        let now = json!({"role": "a", "rules": {"x": 1}, "configuration": "<b/>"});
        assert_eq!(fields_of(&before, &now), ["configuration"], "nothing smaller tells it");
        assert_eq!(fields_of(&Value::Null, &before), ["role", "rules"]);
        assert_eq!(fields_of(&before, &Value::Null), ["role", "rules"]);
        let unread = json!({"unread": true});
        assert_eq!(fields_of(&before, &unread), ["state"]);
        assert_eq!(fields_of(&unread, &unread), none);
        assert_eq!(fields_of(&Value::Null, &Value::Null), none);
    }

    #[test]
    fn the_order_of_lists_is_nothing() {
        let policy =
            |actions: [&str; 2]| json!({"policy": {"Statement": [{"Action": actions}, {"Effect": "Deny"}]}});
        assert_eq!(fields_of(&policy(["a", "b"]), &policy(["b", "a"])), [] as [&str; 0]);
        assert_eq!(fields_of(&policy(["a", "b"]), &policy(["b", "b"])), ["policy"]);
    }

    #[test]
    fn what_came_and_what_went_is_named_too() {
        let id = |name: &str| ResourceId {
            account: AccountName("prod".to_owned()),
            kind: Kind::Bucket,
            name: name.to_owned(),
        };
        let found = changed(&[(id("a"), json!({"x": 1}))], &[(id("b"), Value::Null)]);
        let names: Vec<&str> = found.iter().map(|(id, _)| id.name.as_str()).collect();
        assert_eq!(names, ["b", "a"]);
    }
}
