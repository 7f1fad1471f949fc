//! What the role's own policies lack: shared by the rules that ask about them.
//!
//! Deliberately absent: causes.

use crate::iam::evaluate::{Side, Verdict};

use super::super::finding::Finding;
use super::super::fix::{DocumentName, Fix};
use super::super::grants;
use super::super::hearing::{Heard, Hearing};
use super::super::lack::{Lack, Place, lack};
use super::super::step::Step;
use super::place;

/// The step and what it lacks, if the role's policies are in its way.
pub(super) fn lacking<'h>(
    hearing: &'h Hearing<'_>,
    step: Step,
    own: impl Fn(&str) -> bool,
) -> Option<(&'h Heard, Lack<'h>)> {
    let heard = hearing.refused().find(|heard| heard.step == step)?;
    let blocked =
        heard.verdict() == Verdict::ImplicitlyDenied && heard.decision.blocked_by.contains(&Side::Identity);
    blocked.then(|| (heard, lack(&heard.decision, Side::Identity, own)))
}

/// The statement that allows a step on another resource.
pub(super) fn place_of<'h>(
    hearing: &'h Hearing<'_>,
    step: Step,
    own: impl Fn(&str) -> bool,
) -> Option<Place<'h>> {
    match lacking(hearing, step, own)?.1 {
        Lack::Resource(place) => Some(place),
        _ => None,
    }
}

/// Whether a statement that allows the action on another resource is a grant gone astray, or just a
/// grant for something else: one on the other bucket that says so by a wildcard is the latter, and so is
/// one of a lesser action unless the main one went astray in it too.
pub(super) fn is_mismatch(place: Place<'_>, other: &str, is_main: bool, main: Option<Place<'_>>) -> bool {
    let resources = place.resources();
    let about_other = !resources.is_empty() && resources.iter().all(|resource| bucket_of(resource) == other);
    let with_main = main.is_some_and(|main| {
        main.policy.label == place.policy.label && main.statement.index == place.statement.index
    });
    !about_other || is_main && place.is_explicit() || with_main
}

/// The name of the bucket in the ARN of it or of its objects.
pub(super) fn bucket_of(resource: &str) -> &str {
    let name = resource.split_once(":::").map_or(resource, |(_, name)| name);
    name.split('/').next().unwrap_or_default()
}

/// A finding about the role's policies, with the statement that they lack.
pub(super) fn finding(
    hearing: &Hearing<'_>,
    heard: &Heard,
    cause: &'static str,
    place: Option<Place<'_>>,
    on: &str,
) -> Finding {
    let scene = &hearing.scene;
    let severity = heard.severity();
    let action = &heard.request.action;
    let what = match place {
        None => format!("the role's policies do not allow {action} on {on}"),
        Some(place) => {
            let name = super::super::finding::StatementName::of(place.statement);
            let policy = &place.policy.label;
            match place.unmet() {
                Some(condition) => {
                    let (operator, key) = (condition.operator.as_deref(), condition.key.as_deref());
                    format!(
                        "statement {name} of the {policy} allows {action} under a condition that S3's request does \
                         not meet: {} {}",
                        operator.unwrap_or_default(),
                        key.unwrap_or_default()
                    )
                }
                None => {
                    let alias = place.resources().iter().any(|resource| resource.contains(":alias/"));
                    let why = if alias { ": an alias in Resource never stands for its key" } else { "" };
                    format!("statement {name} of the {policy} allows {action}, but not on {on}{why}")
                }
            }
        }
    };
    let change = grants::add_to_role(scene, grants::for_role(scene, heard.step));
    let text = match place {
        None => format!("add this statement to the role's policy: {action} on {on}"),
        Some(_) => format!(
            "add this statement to the role's policy, or put right the one that is there: {action} on {on}"
        ),
    };
    let role = scene.configuration.role.clone();
    let policy = match &change {
        super::super::fix::Change::AddStatement { document, .. } => document.clone(),
        _ => DocumentName::RolePolicy { role: role.clone(), policy: String::new() },
    };
    let finding = Finding::new(severity, cause, scene.role_account(), role, what).document(policy);
    place::answer(finding, heard, Side::Identity, place).fix(Fix::new(text, vec![change]).by_apply())
}
