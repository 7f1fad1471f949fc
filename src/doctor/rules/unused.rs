//! Statements about keys that replication never uses.
//!
//! Deliberately absent: statements that are for others.

use serde_json::Value;

use crate::iam::Document;

use super::super::finding::{Finding, Severity, StatementName};
use super::super::fix::{DocumentName, Fix};
use super::super::hearing::Hearing;
use super::super::scene::NamedKey;
use super::super::snapshot::{PolicyText, Read};
use super::super::subject::Sse;
use super::Rule;

pub(super) const RULE: Rule =
    Rule { id: "unused", causes: &["key-policy-service-principal-unused", "kms-statement-unused"], find };

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let keys = scene.source_key.iter().chain(&scene.replica_key);
    let mut found: Vec<Finding> = keys.filter_map(service).collect();
    found.extend(unneeded(hearing));
    found
}

/// S3 asks KMS as the role, never as itself, when it replicates.
fn service(named: &NamedKey<'_>) -> Option<Finding> {
    let document = named.key.known()?.policy.known().and_then(PolicyText::document)?;
    let arn = named.arn()?;
    let (index, statement) = document.statements().iter().enumerate().find(|(_, s)| is_for_s3(s))?;
    let what =
        "the statement is for the service s3.amazonaws.com: replication does not use it, S3 asks as the role";
    let finding = Finding::warning("key-policy-service-principal-unused", named.account(), arn.clone(), what)
        .document(DocumentName::KeyPolicy { key: arn })
        .statement(Some(StatementName::at(index, statement)));
    Some(
        finding.fix(Fix::by_hand(
            "remove the statement, unless something else of S3 needs it, such as inventories",
        )),
    )
}

fn is_for_s3(statement: &Value) -> bool {
    let s3 = |value: &Value| value.as_str() == Some("s3.amazonaws.com");
    let listed = statement.pointer("/Principal/Service");
    let names = match listed {
        Some(Value::Array(many)) => many.iter().any(s3),
        Some(one) => s3(one),
        None => false,
    };
    names
        && actions(statement).any(|action| {
            let action = action.to_ascii_lowercase();
            ["kms:*", "kms:encrypt", "kms:decrypt"].contains(&action.as_str())
        })
}

/// Statements about keys in the role's policies, where neither the object nor the rule has to do with
/// KMS: replicas of SSE-S3 objects stay so, whatever the destination's default is.
fn unneeded(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    if !matches!(scene.subject.sse, Sse::S3 | Sse::Customer) || !scene.subject.is_written() {
        return Vec::new();
    }
    let Read::Known(role) = scene.role else { return Vec::new() };
    let arn = &scene.configuration.role;
    let mut found = Vec::new();
    for (policy, text) in role.inline.known().into_iter().flatten() {
        let Some(document) = text.known().and_then(PolicyText::document) else { continue };
        let Some((index, statement)) = of_kms(&document) else { continue };
        let severity = if scene.rule.selects_kms() { Severity::Note } else { Severity::Warning };
        let what = "the object is encrypted by S3, and its replica will be: no statement about keys is needed for it";
        let finding = Finding::new(severity, "kms-statement-unused", scene.role_account(), arn, what)
            .document(DocumentName::RolePolicy { role: arn.clone(), policy: policy.clone() })
            .statement(Some(StatementName::at(index, statement)));
        let fix = "remove the statements about keys, or encrypt the source bucket with a KMS key and select such objects";
        found.push(finding.fix(Fix::by_hand(fix)));
    }
    found
}

fn of_kms(document: &Document) -> Option<(usize, &Value)> {
    document.statements().iter().enumerate().find(|(_, statement)| {
        actions(statement).next().is_some() && actions(statement).all(|action| action.starts_with("kms:"))
    })
}

fn actions(statement: &Value) -> impl Iterator<Item = &str> {
    let many = match statement.get("Action") {
        Some(Value::Array(many)) => many.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    many.iter().filter_map(Value::as_str)
}
