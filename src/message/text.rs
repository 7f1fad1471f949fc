//! Texts of a handoff with a form of their own. All of them will be printed, so none holds a character
//! that a reader would not see.
//!
//! Deliberately absent: names of AWS, which are [`crate::arn`]'s; whether any of it is true.

use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;

/// Why a text is not what it should be; a lower-case fragment for the end of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TextError(pub(super) String);

/// Declares a checked text: what it is, its schema, and its check.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $schema:tt, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;
            fn from_str(text: &str) -> Result<Self, TextError> {
                visible(text)?;
                let check: fn(&str) -> Result<(), String> = $check;
                check(text).map_err(TextError)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

text!(
    /// What a team calls a link. For people only: a link is known by its two buckets.
    Label, {"type": "string", "minLength": 1, "maxLength": 128}, |text| {
        match text.chars().count() {
            1..=128 if text.trim() == text => Ok(()),
            1..=128 => Err("begins or ends with a blank".to_owned()),
            count => Err(format!("a name has 1 to 128 characters, this one has {count}")),
        }
    }
);
text!(
    /// What object keys begin with; empty for all of them.
    Prefix, {"type": "string", "maxLength": 1024}, |text| match text.len() {
        0..=1024 => Ok(()),
        length => Err(format!("an object key has at most 1024 bytes, this prefix has {length}")),
    }
);
text!(
    /// The Sid of a statement of ours.
    Sid, {"type": "string", "pattern": "^[A-Za-z0-9]{1,128}$"}, |text| {
        held(text, 1..=128, |c| c.is_ascii_alphanumeric(), "a Sid has 1 to 128 letters and digits")
    }
);
text!(
    /// The unique id of a role, `AROA…`. A role that is made again has the ARN it had, and another id.
    RoleId, {"type": "string", "pattern": "^AROA[A-Z0-9]{12,124}$"}, |text| {
        const FORM: &str = "the unique id of a role is `AROA` and at least 12 capital letters and digits";
        match text.strip_prefix("AROA") {
            Some(rest) => {
                held(rest, 12..=124, |c| c.is_ascii_uppercase() || c.is_ascii_digit(), FORM)
            }
            None => Err(FORM.to_owned()),
        }
    }
);
text!(
    /// The program that made a message, and its version.
    Program, {"type": "string", "pattern": "^[A-Za-z0-9._+-]+ [A-Za-z0-9._+-]+$", "maxLength": 64}, |text| {
        const FORM: &str = "a program is its name, a blank, and its version";
        let word = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
        match text.split_once(' ') {
            Some((name, version)) if text.len() <= 64 => {
                held(name, 1..=64, word, FORM)?;
                held(version, 1..=64, word, FORM)
            }
            _ => Err(FORM.to_owned()),
        }
    }
);

impl Program {
    /// This one.
    pub fn this() -> Self {
        Self(concat!("bucketbridge ", env!("CARGO_PKG_VERSION")).to_owned())
    }
}

fn held(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    holds: impl Fn(char) -> bool,
    form: &str,
) -> Result<(), String> {
    if length.contains(&text.len()) && text.chars().all(holds) { Ok(()) } else { Err(form.to_owned()) }
}

/// Refuses what a reader would not see, or would see elsewhere than it stands.
pub fn visible(text: &str) -> Result<(), TextError> {
    match text.chars().find(|c| is_hidden(*c)) {
        Some(c) => {
            Err(TextError(format!("the character U+{:04X} cannot be seen, and is not allowed", u32::from(c))))
        }
        None => Ok(()),
    }
}

/// Control characters; what Unicode calls format characters, line and paragraph separators; letters and
/// marks that have no shape; and noncharacters.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}
