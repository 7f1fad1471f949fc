//! Words of a script: quoting, and a call as a command.
//!
//! Deliberately absent: which commands there are.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::render::blueprint::{Account, Blueprint};
use crate::render::call::{Call, Parameter};
use crate::render::document::{Document, pretty};

/// A text as one word of a shell, whatever is in it.
pub fn quoted(text: &str) -> String {
    // Only NUL cannot be quoted, and no name and no document holds one.
    shlex::try_quote(text).map_or_else(|_| "''".to_owned(), std::borrow::Cow::into_owned)
}

/// The function that runs AWS's CLI in an account and Region.
pub fn within(account: &Account, region: &str) -> String {
    format!("in_{} {region}", account.identifier)
}

/// `PutKeyPolicy` as AWS's CLI says it: `put-key-policy`.
pub fn kebab(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.char_indices() {
        if c.is_ascii_uppercase() && at > 0 {
            out.push('-');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// The functions that print documents, by the files of these.
pub struct Printers(pub BTreeMap<String, String>);

impl Printers {
    /// The document, as a word.
    pub fn word(&self, document: &Document) -> String {
        match self.0.get(&document.path) {
            Some(function) => format!("\"$({function})\""),
            None => quoted(&document.value.to_string()),
        }
    }

    /// The function that prints it. The text is expanded by the shell, so that it can hold keys.
    pub fn function(&self, blueprint: &Blueprint, document: &Document) -> String {
        let name = self.0.get(&document.path).map_or("", String::as_str);
        format!(
            "{name}() {{\n  compact <<JSON\n{}JSON\n}}\n",
            expandable(blueprint, &pretty(&document.value))
        )
    }

    /// A call as a command that may be given more words.
    pub fn command(&self, blueprint: &Blueprint, call: &Call<'_>, indent: &str) -> String {
        let account = &blueprint.accounts[call.account];
        let mut command = format!(
            "{} {} {}",
            within(account, call.region.as_str()),
            call.service(),
            kebab(call.operation.name())
        );
        for (name, parameter) in &call.parameters {
            let option = kebab(name);
            command += &format!(" \\\n{indent}  ");
            command += &match parameter {
                Parameter::Value(Value::Bool(true)) => format!("--{option}"),
                Parameter::Value(Value::Bool(false)) => format!("--no-{option}"),
                Parameter::Value(Value::String(text)) => format!("--{option} {}", word(blueprint, text)),
                Parameter::Value(value) => format!("--{option} {}", quoted(&value.to_string())),
                Parameter::Document(document) => format!("--{option} {}", self.word(document)),
            };
        }
        command
    }
}

/// A text as a word; a placeholder is the variable.
fn word(blueprint: &Blueprint, text: &str) -> String {
    match blueprint.key_named(text) {
        Some(key) => format!("\"${}\"", key.variable),
        None => quoted(text),
    }
}

/// What a here-document expands to this text, but for the variables of keys.
fn expandable(blueprint: &Blueprint, text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '$', '`']) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let variable =
            special.find('}').map(|end| &special[..=end]).filter(|name| blueprint.key_named(name).is_some());
        let taken = variable.unwrap_or(&special[..1]);
        if variable.is_none() {
            out.push('\\');
        }
        out.push_str(taken);
        rest = &special[taken.len()..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(kebab("AssumeRolePolicyDocument"), "assume-role-policy-document");
        assert_eq!(quoted("alias/orders"), "alias/orders");
    }
}
