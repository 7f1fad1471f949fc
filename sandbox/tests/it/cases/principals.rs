//! The roles and users that the documents of a case name, made before the
//! documents are stored.
//!
//! What a case says does not exist is not made: its document is then refused.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bench::{Clients, trust};

/// The ARNs of the roles and users that a document names as principals.
pub fn named(document: &Value) -> BTreeSet<String> {
    let statements = match &document["Statement"] {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let mut found = BTreeSet::new();
    for statement in &statements {
        for element in ["Principal", "NotPrincipal"] {
            match &statement[element]["AWS"] {
                Value::Array(list) => found.extend(list.iter().filter_map(Value::as_str).map(str::to_owned)),
                Value::String(one) => {
                    found.insert(one.clone());
                }
                _ => {}
            }
        }
    }
    found
}

/// The account of a role, user or session.
pub fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| account.len() == 12)
}

/// Makes the role or user of that ARN unless it is there. Names that IAM
/// would not take are left to the documents' own refusal.
pub async fn make(clients: &Clients, arn: &str) {
    let resource = arn.split(':').nth(5).unwrap_or_default();
    let (kind, path_and_name) = resource.split_once('/').unwrap_or((resource, ""));
    let (path, name) = match path_and_name.rsplit_once('/') {
        Some((path, name)) => (format!("/{path}/"), name),
        None => ("/".to_owned(), path_and_name),
    };
    match kind {
        "role" => role(clients, &path, name).await,
        "assumed-role" => {
            let name = path_and_name.split('/').next().unwrap_or_default();
            role(clients, "/", name).await;
        }
        "user" if name != "administrator" => {
            let made = clients.iam.create_user().path(path).user_name(name).send().await;
            drop(made);
        }
        _ => {}
    }
}

async fn role(clients: &Clients, path: &str, name: &str) {
    if name.is_empty() || clients.iam.get_role().role_name(name).send().await.is_ok() {
        return;
    }
    let identity = clients.sts.get_caller_identity().send().await.expect("an identity");
    let trust = trust(identity.account().unwrap_or_default(), serde_json::json!({}));
    let made = clients.iam.create_role().path(path).role_name(name);
    let made = made.assume_role_policy_document(trust).send().await;
    drop(made);
}
