//! Forms of the two keys' policies that KMS refuses.
//!
//! Deliberately absent: what such a policy fails to grant.

use serde_json::Value;

use crate::arn::{AccountId, RoleArn};
use crate::iam::{Document, is_unique_id};

use super::super::finding::{Finding, StatementName};
use super::super::fix::{Change, DocumentName, Fix};
use super::super::hearing::Hearing;
use super::super::scene::{NamedKey, Scene};
use super::super::snapshot::PolicyText;
use super::Rule;

pub(super) const RULE: Rule =
    Rule { id: "key-policy-form", causes: &["key-policy-lockout", "policy-invalid-principal"], find };

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let keys = scene.source_key.iter().chain(&scene.replica_key);
    keys.flat_map(|named| of_key(scene, named)).collect()
}

fn of_key(scene: &Scene<'_>, named: &NamedKey<'_>) -> Vec<Finding> {
    let Some(arn) = named.arn().filter(|_| !named.is_managed_by_aws()) else { return Vec::new() };
    let document = named.key.known().and_then(|key| key.policy.known()).and_then(PolicyText::document);
    let Some(document) = document else { return Vec::new() };
    let name = DocumentName::KeyPolicy { key: arn.clone() };
    let mut found = invalid_principals(&document, &name, named.account(), &arn);
    if !document.statements().iter().any(administers) {
        let what = "the key policy leaves nobody who may change it: KMS refuses such a policy";
        let account = named.account().unwrap_or_default();
        let policy = super::super::grants::key_policy(scene.partition(), account);
        let statement = policy.pointer("/Statement/0").cloned().unwrap_or_default();
        let add = Change::AddStatement { document: name.clone(), statement };
        let fix = Fix::new("let the key's account administer it: add this statement", vec![add]);
        found
            .push(Finding::warning("key-policy-lockout", named.account(), arn, what).document(name).fix(fix));
    }
    found
}

/// Whether a statement lets anybody change the policy
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#prevent-unmanageable-key>).
fn administers(statement: &Value) -> bool {
    let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow");
    let policy = |action: &Value| {
        let action = action.as_str().unwrap_or_default().to_ascii_lowercase();
        action == "*" || action == "kms:*" || action.starts_with("kms:put") || action == "kms:p*"
    };
    let person =
        statement.get("Principal").is_some_and(|p| p.as_str() == Some("*") || p.get("AWS").is_some());
    let actions = match statement.get("Action") {
        Some(Value::Array(many)) => many.iter().any(policy),
        Some(one) => policy(one),
        None => statement.get("NotAction").is_some(),
    };
    allows && person && actions
}

/// Principals that cannot exist: ARNs with a name that IAM does not take.
pub(super) fn invalid_principals(
    document: &Document,
    name: &DocumentName,
    account: Option<&str>,
    resource: &str,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, statement) in document.statements().iter().enumerate() {
        let listed = statement.pointer("/Principal/AWS");
        let principals: Vec<&str> = match listed {
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            Some(one) => one.as_str().into_iter().collect(),
            None => Vec::new(),
        };
        let bad: Vec<&str> = principals.iter().filter(|p| !can_exist(p)).copied().collect();
        if bad.is_empty() {
            continue;
        }
        let left: Vec<&str> = principals.iter().filter(|p| !bad.contains(p)).copied().collect();
        let change = match left.is_empty() {
            true => Change::RemoveStatement { document: name.clone(), index },
            false => {
                let mut statement = statement.clone();
                statement["Principal"]["AWS"] = Value::from(left);
                Change::ReplaceStatement { document: name.clone(), index, statement }
            }
        };
        let what = format!("there can be no principal {}: AWS refuses the policy", bad.join(", "));
        let fix = Fix::new("name the real principal, or take the statement out", vec![change]);
        let finding =
            Finding::warning("policy-invalid-principal", account, resource, what).document(name.clone());
        found.push(finding.statement(Some(StatementName::at(index, statement))).fix(fix));
    }
    found
}

fn can_exist(principal: &str) -> bool {
    if principal == "*" || principal.parse::<AccountId>().is_ok() || is_unique_id(principal) {
        return true;
    }
    if principal.contains(":role/") {
        return principal.parse::<RoleArn>().is_ok();
    }
    let fields: Vec<&str> = principal.splitn(6, ':').collect();
    let ["arn", _, "iam" | "sts", "", account, resource] = fields[..] else { return false };
    let kinds = ["root", "user/", "assumed-role/", "federated-user/"];
    let person = account.parse::<AccountId>().is_ok() || account == "cloudfront";
    person && kinds.iter().any(|kind| resource.starts_with(kind)) && !resource.contains(['*', '?', '<', '>'])
}
