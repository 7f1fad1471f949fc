//! The JSON Schema of handoffs, for editors and other programs: one schema for the three kinds.
//!
//! Deliberately absent: what a schema cannot say, such as the order of lists, the digest, and that fields
//! agree with one another.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::VERSION;
use super::body::{Body, Grant, Offer, Request};
use super::head::{Head, Kind};

/// Declares the schema of a text whose type is not ours.
macro_rules! text {
    ($($name:ident $pattern:literal;)*) => {$(
        pub struct $name;

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({"type": "string", "pattern": $pattern})
            }
        }
    )*};
}

text!(
    AccountId "^[0-9]{12}$";
    BucketName "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$";
    Region "^[a-z]+(-[a-z]+)+-[0-9]+$";
    BucketArn "^arn:aws(-cn|-us-gov)?:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$";
    KeyArn "^arn:aws(-cn|-us-gov)?:kms:[a-z0-9-]+:[0-9]{12}:key/(mrk-)?[0-9A-Fa-f-]{32,36}$";
    RoleArn "^arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/([!-)+->@-~]+/)?[A-Za-z0-9_+=,.@-]{1,64}$";
    Caller "^arn:aws(-cn|-us-gov)?:(iam|sts)::[0-9]{12}:[!-)+->@-~]+$";
    Moment "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$";
    Digest "^sha256:[0-9a-f]{64}$";
);

/// The JSON Schema (draft 7) of the three handoffs.
pub fn schema() -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft07().for_serialize());
    let kinds = [
        (Kind::Offer, whole::<Offer>(&mut generator)),
        (Kind::Request, whole::<Request>(&mut generator)),
        (Kind::Grant, whole::<Grant>(&mut generator)),
    ];
    let mut definitions = generator.take_definitions(true);
    let mut refs = Vec::new();
    for (kind, schema) in kinds {
        definitions.insert(kind.as_str().to_owned(), schema);
        refs.push(json!({"$ref": format!("#/definitions/{kind}")}));
    }
    definitions.sort_keys();
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "urn:bucketbridge:handoff:1",
        "title": "Handoff of bucketbridge",
        "description": "A message between the teams of two accounts, of which nobody holds both credentials.",
        "oneOf": refs,
        "definitions": definitions,
    })
}

/// Version and kind, the head, the body, the digest.
fn whole<B: Body>(generator: &mut SchemaGenerator) -> Value {
    let mut properties = Map::new();
    let mut required = vec![json!("version"), json!("kind")];
    properties
        .insert("version".to_owned(), json!({"const": VERSION, "description": "The version of this form."}));
    properties.insert("kind".to_owned(), json!({"const": B::KIND.as_str()}));
    let mut title = Value::Null;
    for part in [Head::json_schema(generator), B::json_schema(generator)] {
        let mut part = part.to_value();
        title = part["description"].take();
        if let Value::Object(more) = part["properties"].take() {
            properties.extend(more);
        }
        if let Value::Array(more) = part["required"].take() {
            required.extend(more);
        }
    }
    match B::ANSWERS {
        Some(true) => required.push(json!("answers")),
        Some(false) => drop(properties.shift_remove("answers")),
        None => {}
    }
    required.push(json!("digest"));
    let mut digest = Digest::json_schema(generator).to_value();
    digest["description"] = json!(
        "SHA-256 of the message without this field: keys in ascending order, no white space, UTF-8, nothing escaped \
         that need not be."
    );
    properties.insert("digest".to_owned(), digest);
    json!({
        "description": title,
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "required": required,
    })
}
