//! Forms of the role's policies that IAM refuses, and actions that do not exist.
//!
//! Deliberately absent: what such a statement fails to grant; that is found where it is asked for.

use serde_json::Value;

use crate::iam::Document;
use crate::iam::evaluate::{Problem, Side, findings};

use super::super::finding::{Finding, StatementName};
use super::super::fix::{Change, DocumentName, Fix};
use super::super::hearing::Hearing;
use super::super::snapshot::{PolicyText, Read};
use super::Rule;

pub(super) const RULE: Rule = Rule {
    id: "policy-form",
    causes: &["policy-malformed-action", "policy-malformed-resource", "policy-unknown-action"],
    find,
};

/// The actions of S3 and KMS that begin like those of replication
/// (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>,
/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html>).
const FAMILIES: &[(&str, &[&str])] = &[
    ("s3:replicate", &["s3:replicateobject", "s3:replicatedelete", "s3:replicatetags"]),
    ("s3:objectowner", &["s3:objectowneroverridetobucketowner"]),
    (
        "s3:getobjectversion",
        &[
            "s3:getobjectversion",
            "s3:getobjectversionacl",
            "s3:getobjectversionattributes",
            "s3:getobjectversionforreplication",
            "s3:getobjectversiontagging",
            "s3:getobjectversiontorrent",
        ],
    ),
    ("s3:getreplication", &["s3:getreplicationconfiguration"]),
    ("kms:encrypt", &["kms:encrypt"]),
    ("kms:decrypt", &["kms:decrypt"]),
    (
        "kms:generatedatakey",
        &[
            "kms:generatedatakey",
            "kms:generatedatakeypair",
            "kms:generatedatakeypairwithoutplaintext",
            "kms:generatedatakeywithoutplaintext",
        ],
    ),
];

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let Read::Known(role) = hearing.scene.role else { return Vec::new() };
    let arn = &hearing.scene.configuration.role;
    let mut found = Vec::new();
    for (policy, text) in role.inline.known().into_iter().flatten() {
        let name = DocumentName::RolePolicy { role: arn.clone(), policy: policy.clone() };
        found.extend(text.known().and_then(PolicyText::document).map(|document| (name, document)));
    }
    for policy in role.attached.known().into_iter().flatten() {
        let name = DocumentName::AttachedPolicy { role: arn.clone(), policy: policy.arn.clone() };
        found.extend(policy.document.known().and_then(PolicyText::document).map(|document| (name, document)));
    }
    let account = hearing.scene.role_account();
    found.iter().flat_map(|(name, document)| of_document(account, arn, name, document)).collect()
}

fn of_document(account: Option<&str>, role: &str, name: &DocumentName, document: &Document) -> Vec<Finding> {
    let mut found = Vec::new();
    for problem in findings(document, Side::Identity) {
        let (cause, element, text) = match &problem.problem {
            Problem::MalformedAction(text) => ("policy-malformed-action", "Action", text),
            Problem::ResourceNotArn(text) | Problem::IncompleteArn(text) => {
                ("policy-malformed-resource", "Resource", text)
            }
            _ => continue,
        };
        let what = format!("`{text}` is no {}: IAM refuses the policy", element.to_ascii_lowercase());
        found.extend(at(account, role, name, document, cause, what, problem.statement, (element, text)));
    }
    for (index, statement) in document.statements().iter().enumerate() {
        for action in texts(statement.get("Action")).filter(|action| is_unknown(action)) {
            let what = format!("there is no action {action}");
            let place = ("Action", action);
            found.extend(at(
                account,
                role,
                name,
                document,
                "policy-unknown-action",
                what,
                Some(index),
                place,
            ));
        }
    }
    found
}

#[allow(clippy::too_many_arguments, reason = "a place in a document has so many coordinates")]
fn at(
    account: Option<&str>,
    role: &str,
    name: &DocumentName,
    document: &Document,
    cause: &'static str,
    what: String,
    index: Option<usize>,
    (element, text): (&str, &str),
) -> Option<Finding> {
    let index = index?;
    let statement = document.statements().get(index)?;
    let left: Vec<Value> =
        texts(statement.get(element)).filter(|own| *own != text).map(Value::from).collect();
    let change = if left.is_empty() {
        Change::RemoveStatement { document: name.clone(), index }
    } else {
        let mut statement = statement.clone();
        statement[element] = Value::Array(left);
        Change::ReplaceStatement { document: name.clone(), index, statement }
    };
    let fix = Fix::new(format!("take `{text}` out of the statement, or write what was meant"), vec![change]);
    let finding = Finding::warning(cause, account, role, what).document(name.clone());
    Some(finding.statement(Some(StatementName::at(index, statement))).fix(fix))
}

fn texts(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let many = match value {
        Some(Value::Array(many)) => many.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    many.iter().filter_map(Value::as_str)
}

fn is_unknown(action: &str) -> bool {
    let action = action.to_ascii_lowercase();
    let family = FAMILIES.iter().find(|(prefix, _)| action.starts_with(prefix));
    !action.contains(['*', '?']) && family.is_some_and(|(_, known)| !known.contains(&action.as_str()))
}
