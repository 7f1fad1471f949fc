//! A statement, read leniently: one or many, a number or a boolean where a text should be, names in
//! any case. What cannot be read is a [`Problem`], not the end.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>
//!
//! Deliberately absent: judging what was read.

use serde::Serialize;
use serde_json::{Map, Value};

use super::operator::Operator;
use super::problem::{Element, Problem};
use super::side::Side;

/// What a statement does when it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Effect {
    /// It grants.
    Allow,
    /// It denies, whatever anybody grants.
    Deny,
}

/// An element or its opposite, with what it lists.
#[derive(Debug)]
pub(super) struct Listed<T> {
    /// Which of the two.
    pub element: Element,
    /// Whether it is the `Not…` of the two.
    pub negated: bool,
    /// What it lists.
    pub entries: Vec<T>,
}

/// The type of a principal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PrincipalType {
    Everyone,
    Aws,
    Service,
    Federated,
    CanonicalUser,
}

/// One key of one operator of a condition.
#[derive(Debug)]
pub(super) struct Test<'a> {
    /// As written.
    pub name: &'a str,
    /// None for one that the language does not know.
    pub operator: Option<Operator>,
    pub key: &'a str,
    pub wanted: Vec<String>,
}

/// A statement as far as it could be read.
#[derive(Debug, Default)]
pub(super) struct Statement<'a> {
    pub sid: Option<&'a str>,
    pub effect: Option<Effect>,
    pub principal: Option<Listed<(PrincipalType, String)>>,
    pub action: Option<Listed<String>>,
    pub resource: Option<Listed<String>>,
    pub tests: Vec<Test<'a>>,
    pub problems: Vec<Problem>,
}

impl<'a> Statement<'a> {
    /// Reads a statement of a policy of this side.
    pub(super) fn read(value: &'a Value, side: Side) -> Self {
        let Value::Object(map) = value else {
            return Self { problems: vec![Problem::NotAnObject], ..Self::default() };
        };
        let mut statement = Self { sid: get(map, "Sid").and_then(Value::as_str), ..Self::default() };
        statement.read_effect(map);
        statement.read_principal(map, side);
        statement.action = statement.read_list(map, Element::Action, Element::NotAction);
        if statement.action.is_none() {
            statement.problems.push(Problem::Missing(Element::Action));
        }
        statement.resource = statement.read_list(map, Element::Resource, Element::NotResource);
        // A trust policy has no resource but the role itself.
        if statement.resource.is_none() && side != Side::Resource {
            statement.problems.push(Problem::Missing(Element::Resource));
        }
        if let Some(condition) = get(map, "Condition") {
            statement.read_condition(condition);
        }
        let known = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource"];
        let unknown = |name: &&String| {
            !known.iter().chain(&["NotResource", "Condition"]).any(|k| k.eq_ignore_ascii_case(name))
        };
        statement.problems.extend(map.keys().filter(unknown).map(|k| Problem::UnknownElement(k.clone())));
        statement
    }

    /// Whether it cannot be said any more what the statement is about.
    pub(super) fn is_unreadable(&self) -> bool {
        self.problems.iter().any(Problem::is_fatal)
    }

    fn read_effect(&mut self, map: &Map<String, Value>) {
        match get(map, "Effect") {
            None => self.problems.push(Problem::MissingEffect),
            Some(Value::String(s)) if s == "Allow" => self.effect = Some(Effect::Allow),
            Some(Value::String(s)) if s == "Deny" => self.effect = Some(Effect::Deny),
            Some(other) => self.problems.push(Problem::InvalidEffect(shown(other))),
        }
    }

    fn read_principal(&mut self, map: &'a Map<String, Value>, side: Side) {
        let Some((value, element, negated)) = self.either(map, Element::Principal, Element::NotPrincipal)
        else {
            if side.names_principals() {
                self.problems.push(Problem::Missing(Element::Principal));
            }
            return;
        };
        if side.belongs_to_caller() {
            self.problems.push(Problem::PrincipalNotAllowed);
            return;
        }
        let mut entries = Vec::new();
        match value {
            Value::String(s) if s == "*" => entries.push((PrincipalType::Everyone, s.clone())),
            Value::Object(types) => {
                for (name, value) in types {
                    let kind = match name.to_ascii_lowercase().as_str() {
                        "aws" => PrincipalType::Aws,
                        "service" => PrincipalType::Service,
                        "federated" => PrincipalType::Federated,
                        "canonicaluser" => PrincipalType::CanonicalUser,
                        _ => {
                            self.problems.push(Problem::UnknownPrincipalType(name.clone()));
                            continue;
                        }
                    };
                    let texts = self.texts(value, element).into_iter();
                    entries.extend(texts.map(|text| match (kind, text.as_str()) {
                        (PrincipalType::Aws, "*") => (PrincipalType::Everyone, text),
                        _ => (kind, text),
                    }));
                }
            }
            _ => self.problems.push(Problem::Unreadable(element)),
        }
        self.principal = Some(Listed { element, negated, entries });
    }

    fn read_list(
        &mut self,
        map: &'a Map<String, Value>,
        is: Element,
        not: Element,
    ) -> Option<Listed<String>> {
        let (value, element, negated) = self.either(map, is, not)?;
        Some(Listed { element, negated, entries: self.texts(value, element) })
    }

    fn read_condition(&mut self, condition: &'a Value) {
        let Value::Object(operators) = condition else {
            return self.problems.push(Problem::Unreadable(Element::Condition));
        };
        for (name, keys) in operators {
            let operator = Operator::read(name);
            if operator.is_none() {
                self.problems.push(Problem::UnknownOperator(name.clone()));
            }
            let Value::Object(keys) = keys else {
                self.problems.push(Problem::Unreadable(Element::Condition));
                continue;
            };
            for (key, value) in keys {
                let wanted = self.texts(value, Element::Condition);
                self.tests.push(Test { name, operator, key, wanted });
            }
        }
    }

    /// The element or its opposite.
    fn either(
        &mut self,
        map: &'a Map<String, Value>,
        is: Element,
        not: Element,
    ) -> Option<(&'a Value, Element, bool)> {
        match (get(map, is.as_str()), get(map, not.as_str())) {
            (Some(value), other) => {
                if other.is_some() {
                    self.problems.push(Problem::Both(is));
                }
                Some((value, is, false))
            }
            (None, Some(value)) => Some((value, not, true)),
            (None, None) => None,
        }
    }

    /// One text or a list of them; numbers and booleans count as their text.
    fn texts(&mut self, value: &Value, element: Element) -> Vec<String> {
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut texts = Vec::new();
        for item in items {
            match item {
                Value::String(_) | Value::Number(_) | Value::Bool(_) => texts.push(shown(item)),
                _ => self.problems.push(Problem::Unreadable(element)),
            }
        }
        texts
    }
}

/// Access Analyzer calls two keys that differ in case a duplicate, so AWS reads them as one
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html>).
fn get<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    map.get(name).or_else(|| map.iter().find(|(k, _)| k.eq_ignore_ascii_case(name)).map(|(_, v)| v))
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
