//! `Condition`: the keys of a request under an operator.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html>
//!
//! Deliberately absent: which keys an action supports, and which of them have several values.

use super::context::Context;
use super::matching::Match;
use super::operator::{Comparison, Operator, SetOperator};
use super::pattern::{Unresolved, Variables};
use super::problem::Element;
use super::record::{ElementRecord, Note};
use super::statement::Test;

/// Compares one key of a condition with the request.
pub(super) fn compare(test: &Test<'_>, context: &Context, variables: Variables<'_>) -> ElementRecord {
    let seen = context.get(test.key);
    let mut record = ElementRecord {
        element: Element::Condition,
        operator: Some(test.name.to_owned()),
        key: Some(test.key.to_owned()),
        wanted: test.wanted.clone(),
        matched: Vec::new(),
        seen: seen.clone(),
        outcome: Match::CannotTell,
        strength: None,
        notes: Vec::new(),
    };
    let (Some(operator), Some(values)) = (test.operator, seen.values()) else { return record };
    let mut one = |value: &str| {
        let positive = Match::any(test.wanted.iter().map(|wanted| {
            let holds = holds(operator.comparison, wanted, value, variables, &mut record.notes);
            if holds == Match::Match && !record.matched.contains(wanted) {
                record.matched.push(wanted.clone());
            }
            holds
        }));
        if operator.negated { positive.negated() } else { positive }
    };
    record.outcome = match (operator.set, values) {
        _ if operator.comparison == Comparison::Null => presence(test, values),
        (_, []) => absent(operator),
        (Some(SetOperator::ForAllValues), values) => Match::all(values.iter().map(|v| one(v))),
        (Some(SetOperator::ForAnyValue), values) => Match::any(values.iter().map(|v| one(v))),
        (None, [value]) => one(value),
        // AWS asks for a set operator here, and does not say what happens without.
        (None, _) => {
            record.notes.push(Note::SeveralValues);
            Match::CannotTell
        }
    };
    record
}

/// A key without value: a positive operator does not match, a negated one does; the set operators and
/// `…IfExists` say it themselves.
fn absent(operator: Operator) -> Match {
    Match::of(
        operator.if_exists
            || match operator.set {
                Some(SetOperator::ForAllValues) => true,
                Some(SetOperator::ForAnyValue) => false,
                None => operator.negated,
            },
    )
}

/// `Null` is `true` for a key that is absent.
fn presence(test: &Test<'_>, values: &[String]) -> Match {
    let absent = values.is_empty().to_string();
    Match::of(test.wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&absent)))
}

/// A variable without value is equal to nothing and like nothing, so that a negated operator matches
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value>).
fn holds(
    comparison: Comparison,
    wanted: &str,
    value: &str,
    variables: Variables<'_>,
    notes: &mut Vec<Note>,
) -> Match {
    let (holds, note) = match comparison.holds(wanted, value, variables) {
        Ok(Match::CannotTell) => (Match::CannotTell, Note::IncompleteArn),
        Ok(known) => return known,
        Err(Unresolved::WithoutValue(key)) => (Match::NoMatch, Note::VariableWithoutValue(key)),
        Err(Unresolved::Unknown(key)) => (Match::CannotTell, Note::VariableUnknown(key)),
    };
    if !notes.contains(&note) {
        notes.push(note);
    }
    holds
}
