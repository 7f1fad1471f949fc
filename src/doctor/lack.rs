//! Why no statement of a side allows a request: the statement that comes nearest, and its element.
//!
//! Deliberately absent: which cause that is.

use crate::iam::evaluate::{
    Decision, Effect, Element, ElementRecord, Match, PolicyRecord, Side, StatementRecord,
};

/// A statement of a policy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub policy: &'a PolicyRecord,
    pub statement: &'a StatementRecord,
}

/// What is lacking.
#[derive(Debug, Clone)]
pub(super) enum Lack<'a> {
    /// Statements that allow the action allow it to others.
    Principal(Vec<Place<'a>>),
    /// Statements that name the caller do not allow the action.
    Action(Place<'a>),
    /// This statement allows the action on another resource.
    Resource(Place<'a>),
    /// This statement allows it, and its condition is not met.
    Condition(Place<'a>),
    /// No statement has anything to do with it.
    Statement,
}

impl<'a> Place<'a> {
    /// The element of a kind, if the statement has it.
    pub(super) fn element(&self, wanted: fn(Element) -> bool) -> Option<&'a ElementRecord> {
        self.statement.elements.iter().find(|record| wanted(record.element))
    }

    fn matches(&self, wanted: fn(Element) -> bool) -> bool {
        self.element(wanted).is_none_or(|record| record.outcome == Match::Match)
    }

    /// The condition that is not met.
    pub(super) fn unmet(&self) -> Option<&'a ElementRecord> {
        let conditions = self.statement.elements.iter().filter(|e| e.element == Element::Condition);
        conditions.into_iter().find(|record| record.outcome == Match::NoMatch)
    }

    /// Whether the action is listed by its own name, not by a wildcard.
    pub(super) fn is_explicit(&self) -> bool {
        let action = self.element(is_action);
        action.is_some_and(|record| record.matched.iter().any(|text| !text.contains('*')))
    }

    /// Whether it lists one of these actions by name.
    pub(super) fn lists(&self, actions: &[&str]) -> bool {
        let listed = self.element(is_action).map(|record| record.wanted.as_slice()).unwrap_or_default();
        listed.iter().any(|own| actions.iter().any(|action| own.eq_ignore_ascii_case(action)))
    }

    /// The values of the resources that it lists.
    pub(super) fn resources(&self) -> &'a [String] {
        self.element(is_resource).map(|record| record.wanted.as_slice()).unwrap_or_default()
    }

    /// The principals that it lists.
    pub(super) fn principals(&self) -> &'a [String] {
        self.element(is_principal).map(|record| record.wanted.as_slice()).unwrap_or_default()
    }
}

pub(super) fn is_principal(element: Element) -> bool {
    matches!(element, Element::Principal | Element::NotPrincipal)
}

pub(super) fn is_action(element: Element) -> bool {
    matches!(element, Element::Action | Element::NotAction)
}

pub(super) fn is_resource(element: Element) -> bool {
    matches!(element, Element::Resource | Element::NotResource)
}

/// What the Allows of a side lack. `own`: whether a resource looks like the one that is meant, so that
/// its statement is the one to be put right.
pub(super) fn lack<'a>(decision: &'a Decision, side: Side, own: impl Fn(&str) -> bool) -> Lack<'a> {
    let of_side = decision.policies.iter().filter(move |policy| policy.side == side);
    let allows = of_side.flat_map(|policy| {
        let statements = policy.statements.iter().filter(|s| s.effect == Some(Effect::Allow));
        statements.map(move |statement| Place { policy, statement })
    });
    let all: Vec<Place<'a>> = allows.collect();
    let (named, others): (Vec<Place<'a>>, Vec<Place<'a>>) =
        all.into_iter().partition(|place| place.matches(is_principal));
    let mut of_action: Vec<Place<'a>> =
        named.iter().copied().filter(|place| place.matches(is_action)).collect();
    if let Some(place) = of_action.iter().find(|place| place.matches(is_resource)) {
        return Lack::Condition(*place);
    }
    let near = |place: &Place<'_>| !place.resources().iter().any(|resource| own(resource));
    of_action.sort_by_key(|place| (near(place), !place.is_explicit()));
    if let Some(place) = of_action.first() {
        return Lack::Resource(*place);
    }
    let elsewhere: Vec<Place<'a>> = others.into_iter().filter(|place| place.matches(is_action)).collect();
    let by_name = |place: &&Place<'_>| place.principals().iter().any(|principal| principal != "*");
    match named.iter().find(by_name).or(named.first()) {
        Some(place) => Lack::Action(*place),
        None if elsewhere.is_empty() => Lack::Statement,
        None => Lack::Principal(elsewhere),
    }
}
