//! The one form of a JSON value of which digests are taken, so that other programs come to the same one.
//!
//! Deliberately absent: what is digested means nothing here.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use serde_json::Value;

use super::text::TextError;
use crate::iam::hex;

/// The canonical form of a value:
///
/// - UTF-8, without white space between tokens and without an end of line.
/// - The members of every object in ascending order of their keys, by bytes. Lists keep their order.
/// - In strings only `"`, `\` and the characters below U+0020 are escaped: `\"`, `\\`, `\b`, `\f`, `\n`,
///   `\r`, `\t`, else `\u` and four small hexadecimal digits. Everything else stands as it is, `/` too.
/// - Numbers as they stand in the text. A handoff has only one, its version.
///
/// For a handoff that is what RFC 8785 asks for, and what Python's `json.dumps(value, sort_keys=True,
/// separators=(",", ":"), ensure_ascii=False)` writes. The digest of a handoff is that of the object
/// without its member `digest`.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(key, _)| key.as_str());
            text.push('{');
            for (at, (key, member)) in members.into_iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                write(&Value::from(key.as_str()), text);
                text.push(':');
                write(member, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                write(item, text);
            }
            text.push(']');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// `sha256:` and 64 small hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// Of the canonical form of a value: a message without its digest, or a policy that was read back.
    pub fn of(value: &Value) -> Self {
        Self(format!("sha256:{}", hex(&canonical(value))))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        let small = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        match text.strip_prefix("sha256:") {
            Some(digits) if digits.len() == 64 && digits.bytes().all(small) => Ok(Self(text.to_owned())),
            _ => Err(TextError("a digest is `sha256:` and 64 small hexadecimal digits".to_owned())),
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
