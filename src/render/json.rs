//! JSON: each document in a file of its own, and an index that says what it is, who sends it with which
//! call, and where the values come from that are known later.
//!
//! Deliberately absent: a way to send them.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::topology::{Credentials, KeyName};

use super::File;
use super::blueprint::{Account, Blueprint, Care, Key, placeholder};
use super::call::{Call, Parameter};
use super::document::pretty;

/// The index, and the documents.
pub fn files(blueprint: &Blueprint) -> Vec<File> {
    let calls = blueprint.calls();
    let documents: BTreeMap<&str, &Value> = calls
        .iter()
        .flat_map(Call::documents)
        .map(|document| (document.path.as_str(), &document.value))
        .collect();
    let index = json!({
        "version": 1,
        "accounts": blueprint.accounts.iter().map(|(name, account)| {
            json!({"name": name, "id": account.id, "reached_by": reached_by(account)})
        }).collect::<Vec<_>>(),
        "placeholders": placeholders(blueprint),
        "steps": calls.iter().enumerate().map(|(at, call)| step(blueprint, at + 1, call)).collect::<Vec<_>>(),
    });
    let index = File { path: "index.json".to_owned(), text: pretty(&index) };
    let documents =
        documents.into_iter().map(|(path, value)| File { path: path.to_owned(), text: pretty(value) });
    std::iter::once(index).chain(documents).collect()
}

/// The keys whose ARN is known later, and how it is asked for.
pub fn placeholders(blueprint: &Blueprint) -> Vec<Value> {
    let unknown = blueprint.keys.iter().filter_map(|key| match &key.id.name {
        KeyName::Alias(alias) => Some((key, alias)),
        KeyName::Existing(_) | KeyName::Told { .. } => None,
    });
    let line = |(key, alias): (&Key, _)| {
        let tense = if key.care == Care::Make { "will get" } else { "points to" };
        json!({
            "placeholder": placeholder(&key.variable),
            "is": format!("the ARN of the key that {alias} {tense}"),
            "account": key.id.account,
            "region": key.id.region,
            "from": format!(
                "aws kms describe-key --region {} --key-id {alias} --query KeyMetadata.Arn --output text",
                key.id.region
            ),
        })
    };
    unknown.map(line).collect()
}

/// A call as it stands in the index.
pub fn step(blueprint: &Blueprint, number: usize, call: &Call<'_>) -> Value {
    let parameters: Map<String, Value> = call
        .parameters
        .iter()
        .map(|(name, parameter)| {
            let value = match parameter {
                Parameter::Value(value) => value.clone(),
                Parameter::Document(document) => json!(format!("file://{}", document.path)),
            };
            ((*name).to_owned(), value)
        })
        .collect();
    let mut step = json!({
        "step": number,
        "account": call.account,
        "region": call.region,
        "service": call.service(),
        "operation": call.operation.name(),
        "parameters": parameters,
    });
    if let Some(key) = call.gives {
        step["gives"] = json!(placeholder(&key.variable));
    }
    if let Some(note) = note(blueprint, call) {
        step["note"] = json!(note);
    }
    step
}

/// What a call may not do to a thing that is there already.
fn note(blueprint: &Blueprint, call: &Call<'_>) -> Option<String> {
    let by = match call.care {
        Care::Make => return None,
        Care::Add => String::new(),
        Care::Leave => {
            let id = &blueprint.accounts[call.account].id;
            format!("`manage = false`: for whoever manages it in account {} ({id}); ", call.account)
        }
    };
    let how = match call.documents().next() {
        Some(document) if document.path.contains("/replication-") => {
            "it is there already: put the rules of the file beside those that the configuration has, by their ID"
        }
        Some(document) if document.path.contains("-policy-") => {
            "it is there already: put the statements of the file beside those that the policy has, by their Sid"
        }
        _ => "it is there already",
    };
    Some(format!("{by}{how}"))
}

/// For people. No external id is in it.
pub fn reached_by(account: &Account) -> String {
    match &account.credentials {
        Credentials::Default => "the default credentials".to_owned(),
        Credentials::Remote { .. } => "another team".to_owned(),
        Credentials::Profile(profile) => format!("profile {profile}"),
        Credentials::Roles { base, chain } => {
            let base = match base {
                crate::topology::Base::Default => "the default credentials".to_owned(),
                crate::topology::Base::Profile(profile) => format!("profile {profile}"),
            };
            chain.iter().fold(base, |by, hop| format!("{by}, then role {}", hop.role))
        }
    }
}
