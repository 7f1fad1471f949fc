//! `Action` and `Resource`, and their opposites: what is done with what.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>
//!
//! Deliberately absent: which actions exist and which resources each of them takes.

use super::context::Seen;
use super::matching::Match;
use super::pattern::{Case, Pattern, Unresolved, Variables};
use super::record::{ElementRecord, Note};
use super::side::Side;
use super::statement::Listed;

/// Services of which the resource of an ARN begins with its type. Others begin with a name.
const TYPED: [&str; 5] = ["ec2", "iam", "kms", "lambda", "sts"];

/// Compares the action. Its name knows no case, and variables are not resolved in it.
pub(super) fn compare_action(listed: &Listed<String>, action: &str) -> ElementRecord {
    compare(listed, action, |pattern, _| {
        let matches = Pattern::read(pattern, None).is_ok_and(|p| p.matches(action, Case::Ignored));
        Match::of(matches)
    })
}

/// Compares the resource with those of a policy of this side.
pub(super) fn compare_resource(
    listed: &Listed<String>,
    resource: &str,
    side: Side,
    variables: Variables<'_>,
) -> ElementRecord {
    compare(listed, resource, |pattern, notes| {
        let (answer, note) = match resource_matches(pattern, resource, side, variables) {
            Ok(matches) => return Match::of(matches),
            // A resource with a variable without value matches none.
            Err(Unresolved::WithoutValue(key)) => (Match::NoMatch, Note::VariableWithoutValue(key)),
            Err(Unresolved::Unknown(key)) => (Match::CannotTell, Note::VariableUnknown(key)),
        };
        notes.push(note);
        answer
    })
}

fn compare(
    listed: &Listed<String>,
    value: &str,
    matches: impl Fn(&str, &mut Vec<Note>) -> Match,
) -> ElementRecord {
    let mut notes = Vec::new();
    let mut matched = Vec::new();
    let positive = Match::any(listed.entries.iter().map(|pattern| {
        let answer = matches(pattern, &mut notes);
        if answer == Match::Match {
            matched.push(pattern.clone());
        }
        answer
    }));
    ElementRecord {
        element: listed.element,
        operator: None,
        key: None,
        wanted: listed.entries.clone(),
        matched,
        seen: Seen::one(value),
        outcome: if listed.negated { positive.negated() } else { positive },
        strength: None,
        notes,
    }
}

fn resource_matches(
    pattern: &str,
    resource: &str,
    side: Side,
    variables: Variables<'_>,
) -> Result<bool, Unresolved> {
    if pattern == "*" {
        return Ok(true);
    }
    if !is_arn(pattern) || wildcard_in_type(pattern) || (variables.is_some() && early_variable(pattern)) {
        return Ok(false);
    }
    // Resource control policies take no incomplete ARN, policies of a principal complete it
    // (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
    let incomplete = pattern.splitn(6, ':').count() < 6;
    if incomplete && side == Side::ResourceControl {
        return Ok(false);
    }
    let completes = incomplete && matches!(side, Side::Identity | Side::Boundary | Side::ServiceControl);
    let completed = || Ok(Pattern::read(&format!("{pattern}:*"), variables)?.matches_resource(resource));
    Ok(Pattern::read(pattern, variables)?.matches_resource(resource) || (completes && completed()?))
}

/// Whether a text has the form of an ARN, be it incomplete.
pub(super) fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}

/// Whether a wildcard stands for a part of the type, which AWS does not allow
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>).
pub(super) fn wildcard_in_type(pattern: &str) -> bool {
    let fields: Vec<&str> = pattern.splitn(6, ':').collect();
    let [_, _, service, _, _, resource] = fields[..] else { return false };
    let kind = resource.split_once(['/', ':']).map(|(kind, _)| kind);
    TYPED.contains(&service) && kind.is_some_and(|kind| !kind.contains("${") && kind.contains(['*', '?']))
}

/// Whether a variable stands before the fifth colon, where AWS resolves none.
pub(super) fn early_variable(pattern: &str) -> bool {
    let fifth = pattern.match_indices(':').nth(4).map_or(pattern.len(), |(at, _)| at);
    pattern[..fifth].contains("${")
}
