//! Explicit Denies that hit the role, wherever they stand.
//!
//! Deliberately absent: Denies of organizations, which nobody can read here.

use serde_json::{Value, json};

use crate::iam::Document;
use crate::iam::evaluate::{Element, Match, Side, StatementRef, Verdict};

use super::super::finding::{Answered, Finding, StatementName};
use super::super::fix::{Change, DocumentName, Fix};
use super::super::hearing::{Heard, Hearing};
use super::super::scene::{NamedKey, Scene};
use super::super::step::{Step, Target};
use super::Rule;
use super::boundary;

pub(super) const RULE: Rule = Rule {
    id: "deny",
    causes: &[
        "role-trust-deny",
        "role-policy-deny",
        "src-bucket-policy-deny",
        "dst-bucket-policy-deny",
        "src-key-policy-deny",
        "dst-key-policy-deny",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let denied = hearing.refused().filter(|heard| heard.verdict() == Verdict::ExplicitlyDenied);
    denied
        .flat_map(|heard| heard.decision.decided_by.iter().filter_map(move |at| finding(hearing, heard, *at)))
        .collect()
}

fn finding(hearing: &Hearing<'_>, heard: &Heard, at: StatementRef) -> Option<Finding> {
    let scene = &hearing.scene;
    let policy = heard.decision.policies.get(at.policy)?;
    let record = policy.statements.get(at.statement)?;
    let (cause, account) = cause(scene, policy.side, heard.step)?;
    let document = heard.papers.name(&policy.label)?.clone();
    let name = StatementName::of(record);
    let severity = heard.severity();
    let whom = if heard.step == Step::AssumeRole { "s3.amazonaws.com" } else { "the role" };
    let what = format!("statement {name} of the {} denies {} to {whom}", policy.label, heard.request.action);
    let resource = match policy.side {
        Side::Resource if heard.step != Step::AssumeRole => {
            heard.request.resource.split('/').next().unwrap_or_default().to_owned()
        }
        _ => scene.configuration.role.clone(),
    };
    let resource = if heard.step.is_kms() && policy.side == Side::Resource {
        heard.request.resource.clone()
    } else {
        resource
    };
    let element =
        record.elements.iter().rev().find(|e| e.element == Element::Condition && e.outcome == Match::Match);
    let element = element.or_else(|| record.elements.iter().find(|e| e.outcome == Match::Match));
    let mut finding = Finding::new(severity, cause, account.as_deref(), resource, what);
    finding.asked = Some(heard.asked.clone());
    finding.answered = Some(Answered { side: policy.side, denied: true, element: element.cloned() });
    finding.aws_reason = heard.step.aws_reason();
    finding.statement = Some(name.clone());
    finding.document = Some(document.clone());
    let statement = statement(heard, &policy.label, at.statement)?;
    Some(finding.fix(cure(hearing, &document, &name, &statement)))
}

fn cause(scene: &Scene<'_>, side: Side, step: Step) -> Option<(&'static str, Option<String>)> {
    let owned = |account: Option<&str>| account.map(str::to_owned);
    Some(match (side, step.target()) {
        (Side::Resource, Target::Role) => ("role-trust-deny", owned(scene.role_account())),
        (Side::Identity, _) => ("role-policy-deny", owned(scene.role_account())),
        (Side::Boundary, _) => (boundary::CAUSE, owned(scene.role_account())),
        (Side::Resource, Target::SourceBucket | Target::SourceObject) => {
            ("src-bucket-policy-deny", owned(scene.source_account()))
        }
        (Side::Resource, Target::DestinationObject) => {
            ("dst-bucket-policy-deny", owned(scene.destination_account()))
        }
        (Side::Resource, Target::SourceKey) => {
            ("src-key-policy-deny", owned(scene.source_key.as_ref().and_then(NamedKey::account)))
        }
        (Side::Resource, Target::ReplicaKey) => {
            ("dst-key-policy-deny", owned(scene.replica_key.as_ref().and_then(NamedKey::account)))
        }
        _ => return None,
    })
}

/// The statement itself.
fn statement(heard: &Heard, label: &str, index: usize) -> Option<Value> {
    let policies = &heard.papers.policies;
    let all = policies.identity.iter().chain(&policies.boundary).chain(&policies.resource);
    let policy = all.into_iter().find(|policy| policy.label == label)?;
    policy.document.as_ref().map(Document::statements)?.get(index).cloned()
}

/// A Deny in a document that serves others too gets an exception for the role; one that stands in the
/// role's own policy is about nobody else, so what it denies is taken out of it.
fn cure(hearing: &Hearing<'_>, document: &DocumentName, name: &StatementName, statement: &Value) -> Fix {
    let (index, document) = (name.index, document.clone());
    match &document {
        DocumentName::RolePolicy { .. } => {
            let listed = |action: &Value| !hearing.heard.iter().any(|heard| is_action(action, heard));
            let left: Option<Vec<Value>> = match statement.get("Action") {
                Some(Value::Array(many)) => {
                    Some(many.iter().filter(|action| listed(action)).cloned().collect())
                }
                _ => None,
            };
            match left {
                Some(left) if !left.is_empty() && !left.iter().any(is_wildcard) => {
                    let mut statement = statement.clone();
                    statement["Action"] = Value::Array(left);
                    let text = format!("take what replication needs out of statement {name}");
                    Fix::new(text, vec![Change::ReplaceStatement { document, index, statement }])
                }
                _ => Fix::new(
                    format!("remove statement {name}, or narrow it to what replication does not need"),
                    vec![Change::RemoveStatement { document, index }],
                ),
            }
        }
        // It cannot be printed with an exception: what was read of a trust policy is without its external
        // ids, and of no key is it documented that the request of S3 has it.
        DocumentName::TrustPolicy { .. } => Fix::new(
            format!("remove statement {name}, or list in its Principal those whom it is meant for"),
            vec![Change::RemoveStatement { document, index }],
        ),
        DocumentName::AttachedPolicy { policy, .. } if policy.contains(":iam::aws:") => {
            Fix::by_hand(format!("detach {policy} from the role: nobody can change a policy of AWS"))
        }
        _ => {
            let statement = exempted(statement, &hearing.scene.configuration.role);
            let text = format!("exempt the role from statement {name}: ArnNotEquals with aws:PrincipalArn");
            Fix::new(text, vec![Change::ReplaceStatement { document, index, statement }])
        }
    }
}

fn is_action(action: &Value, heard: &Heard) -> bool {
    action.as_str().is_some_and(|action| action.eq_ignore_ascii_case(&heard.request.action))
}

fn is_wildcard(action: &Value) -> bool {
    action.as_str().is_some_and(|action| action.contains('*'))
}

/// The Deny with an exception for the role. That is what AWS advises in place of `NotPrincipal`
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>).
fn exempted(statement: &Value, role: &str) -> Value {
    let mut statement = statement.clone();
    let Some(map) = statement.as_object_mut() else { return statement };
    let condition = map.entry("Condition").or_insert_with(|| json!({}));
    let Some(condition) = condition.as_object_mut() else { return statement };
    let operator = condition.keys().find(|key| key.eq_ignore_ascii_case("ArnNotEquals")).cloned();
    let keys =
        condition.entry(operator.unwrap_or_else(|| "ArnNotEquals".to_owned())).or_insert_with(|| json!({}));
    let Some(keys) = keys.as_object_mut() else { return statement };
    let key = keys.keys().find(|key| key.eq_ignore_ascii_case("aws:PrincipalArn")).cloned();
    let value = keys.entry(key.unwrap_or_else(|| "aws:PrincipalArn".to_owned())).or_insert_with(|| json!([]));
    let mut list = match value.take() {
        Value::Array(many) => many,
        one => vec![one],
    };
    list.push(json!(role));
    *value = if list.len() == 1 { list.remove(0) } else { Value::Array(list) };
    statement
}
