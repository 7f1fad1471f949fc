//! The published schema: it is the committed one, the examples conform to it, and it has the fields that
//! the reader has. Patterns are left to programs that know regular expressions.

use serde_json::{Value, json};

use super::super::schema;
use super::examples::{GRANT, OFFER, REQUEST};
use super::world::{grant, offer, request};

#[test]
fn the_schema_is_the_committed_one() {
    let committed = include_str!("../../../handoff.schema.json");
    assert_eq!(format!("{:#}\n", schema()), committed);
}

/// Whether a value conforms: as much of JSON Schema as our schema uses.
fn conforms(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(target) = schema["$ref"].as_str() {
        let target = root.pointer(target.trim_start_matches('#')).expect("a definition");
        return conforms(root, target, value);
    }
    let fail = |what: &str| Err(format!("{what}: {value}"));
    for (word, rule) in schema.as_object().expect("a schema") {
        match word.as_str() {
            "$schema" | "$id" | "title" | "description" | "definitions" | "pattern" => {}
            "oneOf" => {
                let schemas = rule.as_array().expect("a list");
                let fit = schemas.iter().filter(|schema| conforms(root, schema, value).is_ok()).count();
                if fit != 1 {
                    return fail(&format!("{fit} schemas fit"));
                }
            }
            "allOf" => {
                for part in rule.as_array().expect("a list") {
                    conforms(root, part, value)?;
                }
            }
            "type" => {
                let fits = match rule.as_str().expect("one type") {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    other => panic!("type {other}"),
                };
                if !fits {
                    return fail(word);
                }
            }
            "const" if value != rule => return fail(word),
            "enum" if !rule.as_array().expect("a list").contains(value) => return fail(word),
            "const" | "enum" => {}
            "required" => {
                for key in rule.as_array().expect("a list") {
                    if value.get(key.as_str().expect("a key")).is_none() {
                        return fail(&format!("{key} is required"));
                    }
                }
            }
            "properties" => {
                for (key, schema) in rule.as_object().expect("schemas") {
                    value.get(key).map_or(Ok(()), |member| conforms(root, schema, member))?;
                }
            }
            "additionalProperties" => {
                assert_eq!(*rule, json!(false));
                let known = schema["properties"].as_object().expect("properties");
                if let Some(key) =
                    value.as_object().and_then(|map| map.keys().find(|k| !known.contains_key(*k)))
                {
                    return fail(&format!("{key} is unknown"));
                }
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    conforms(root, rule, item)?;
                }
            }
            "uniqueItems" => {}
            "minItems" | "maxItems" | "minLength" | "maxLength" => {
                let length = match value {
                    Value::Array(items) => items.len(),
                    other => other.as_str().map_or(0, |text| text.chars().count()),
                } as u64;
                let limit = rule.as_u64().expect("a number");
                if word.starts_with("min") && length < limit || word.starts_with("max") && length > limit {
                    return fail(word);
                }
            }
            other => panic!("`{other}` is new in the schema"),
        }
    }
    Ok(())
}

#[test]
fn the_examples_conform() {
    let schema = schema();
    for file in [OFFER, REQUEST, GRANT] {
        conforms(&schema, &schema, &serde_json::from_str(file).expect("JSON")).expect("it conforms");
    }
}

/// Every field that is taken away, and every one that is added, is refused by the schema as by the reader.
#[test]
fn the_schema_knows_the_fields_that_the_reader_knows() {
    fn walk(schema: &Value, whole: &Value, at: &str) {
        let Some(Value::Object(map)) = whole.pointer(at) else { return };
        for key in map.keys() {
            let change = |edit: &dyn Fn(&mut serde_json::Map<String, Value>)| {
                let mut edited = whole.clone();
                edit(edited.pointer_mut(at).and_then(Value::as_object_mut).expect("an object"));
                conforms(schema, schema, &edited)
            };
            let optional = key == "unique_id" || key == "answers" && whole["kind"] == "request";
            assert_eq!(change(&|map| drop(map.shift_remove(key))).is_ok(), optional, "{at}/{key}");
            assert!(
                change(&|map| drop(map.insert(format!("{key}_more"), json!("x")))).is_err(),
                "{at}/{key}"
            );
            assert!(change(&|map| drop(map.insert(key.clone(), json!(null)))).is_err(), "{at}/{key}");
            walk(schema, whole, &format!("{at}/{key}"));
        }
    }
    for whole in [offer().to_value(), request().to_value(), grant().to_value()] {
        walk(&schema(), &whole, "");
    }
}
