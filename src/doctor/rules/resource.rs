//! What the policy of a bucket or key lacks: shared by the rules that ask about one.
//!
//! Deliberately absent: Denies, and the names of causes.

use crate::iam::evaluate::{Side, Verdict};

use super::super::finding::{Finding, StatementName};
use super::super::fix::{Change, DocumentName, Fix};
use super::super::hearing::{Heard, Hearing};
use super::super::lack::{Lack, Place, lack};
use super::super::step::Step;
use super::naming::{Named, named, renewed};
use super::place;

/// The causes of one document.
#[derive(Debug, Clone, Copy)]
pub(super) struct Causes {
    /// Nothing in it has to do with the role.
    pub missing: &'static str,
    /// The role is named, the action is not.
    pub action: &'static str,
    /// Another is named.
    pub other: &'static str,
    /// A deleted one is named.
    pub deleted: &'static str,
    /// S3 as a service is named.
    pub service: &'static str,
    /// Another resource is.
    pub resource: &'static str,
    /// A condition is not met.
    pub condition: &'static str,
}

/// A document in the way of a step.
#[derive(Debug, Clone)]
pub(super) struct Subject<'a> {
    pub document: DocumentName,
    pub account: Option<&'a str>,
    pub resource: String,
    /// What to add to it.
    pub statement: serde_json::Value,
}

/// The step, if the resource's policy is in its way.
pub(super) fn blocked<'h>(hearing: &'h Hearing<'_>, step: Step) -> Option<&'h Heard> {
    let blocks = |heard: &&Heard| {
        heard.step == step
            && heard.verdict() == Verdict::ImplicitlyDenied
            && heard.decision.blocked_by.contains(&Side::Resource)
    };
    hearing.refused().find(blocks)
}

/// The finding of a document that does not let the role do what a step asks.
pub(super) fn finding(
    hearing: &Hearing<'_>,
    heard: &Heard,
    causes: &Causes,
    subject: &Subject<'_>,
) -> Option<Finding> {
    let role = hearing.scene.role_arn.as_ref()?;
    let lack = lack(&heard.decision, Side::Resource, |resource| *resource == heard.request.resource);
    let action = &heard.request.action;
    let mut deleted = None;
    let (cause, place) = match &lack {
        Lack::Statement => (causes.missing, None),
        // Who lets everybody do something else has not thought of the role.
        Lack::Action(place) if place.principals().iter().all(|principal| principal == "*") => {
            (causes.missing, None)
        }
        Lack::Action(place) => (causes.action, Some(*place)),
        Lack::Resource(place) => (causes.resource, Some(*place)),
        Lack::Condition(place) => (causes.condition, Some(*place)),
        Lack::Principal(places) => {
            let by_kind = |place: &Place<'_>| named(*place, action, subject.account, role);
            let nearest = places.iter().min_by_key(|place| by_kind(place));
            match nearest.map(|place| (by_kind(place), *place)) {
                Some((Named::Deleted, place)) => {
                    deleted = renew(heard, subject, place);
                    (causes.deleted, Some(place))
                }
                Some((Named::Other, place)) => (causes.other, Some(place)),
                Some((Named::Service, place)) => (causes.service, Some(place)),
                _ => (causes.missing, None),
            }
        }
    };
    let what = words(&lack, place, action, heard);
    let severity = heard.severity();
    let finding = Finding::new(severity, cause, subject.account, subject.resource.clone(), what)
        .document(subject.document.clone());
    let fix = deleted.unwrap_or_else(|| {
        let add =
            Change::AddStatement { document: subject.document.clone(), statement: subject.statement.clone() };
        let text = format!("add this statement to the policy of {}", subject.resource);
        Fix::new(text, vec![add]).by_apply()
    });
    Some(place::answer(finding, heard, Side::Resource, place).fix(fix))
}

fn words(lack: &Lack<'_>, place: Option<Place<'_>>, action: &str, heard: &Heard) -> String {
    let label = heard.papers.policies.resource.as_ref().map_or("policy", |policy| policy.label.as_str());
    let Some(place) = place else {
        return format!("no statement of the {label} allows {action} to the role");
    };
    let name = StatementName::of(place.statement);
    match lack {
        Lack::Action(_) => format!("statement {name} of the {label} names the role, and not {action}"),
        Lack::Resource(_) => format!("statement {name} of the {label} allows {action} on another resource"),
        Lack::Condition(_) => {
            let condition = place.unmet();
            let of = |get: fn(&crate::iam::evaluate::ElementRecord) -> Option<&str>| condition.and_then(get);
            format!(
                "statement {name} of the {label} allows {action} under a condition that S3's request does not meet: \
                 {} {}",
                of(|record| record.operator.as_deref()).unwrap_or_default(),
                of(|record| record.key.as_deref()).unwrap_or_default(),
            )
        }
        _ => format!(
            "statement {name} of the {label} allows {action} to {}, and S3 asks as {}",
            place.principals().join(", "),
            heard.request.principal,
        ),
    }
}

/// Every statement of the document that names a deleted principal, renewed: AWS would not save one.
fn renew(heard: &Heard, subject: &Subject<'_>, place: Place<'_>) -> Option<Fix> {
    let index = place.statement.index;
    let statement = heard.papers.policies.resource.as_ref()?.document.as_ref()?.statements().get(index)?;
    let arn = match &heard.request.principal {
        crate::iam::evaluate::Caller::RoleSession { role, .. } => {
            let path = role.path.as_deref().unwrap_or("/");
            format!("arn:{}:iam::{}:role{path}{}", role.partition, role.account, role.name)
        }
        _ => return None,
    };
    let statement = renewed(statement, &arn);
    let change = Change::ReplaceStatement { document: subject.document.clone(), index, statement };
    Some(
        Fix::new("name the role by its ARN again: the id is that of one that was deleted", vec![change])
            .by_apply(),
    )
}
