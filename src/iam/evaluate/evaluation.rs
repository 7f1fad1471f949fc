//! A policy compared with a request, statement by statement.
//!
//! Deliberately absent: what several policies amount to together.

use serde_json::Value;

use super::condition;
use super::context::Context;
use super::matching::Match;
use super::policies::Policy;
use super::principal;
use super::record::{PolicyRecord, StatementRecord};
use super::request::Request;
use super::side::Side;
use super::statement::Statement;
use super::target;

/// What every comparison of a decision needs.
pub(super) struct Evaluation<'a> {
    pub request: &'a Request,
    /// Whether the caller has a permissions boundary.
    pub bounded: bool,
}

impl Evaluation<'_> {
    /// Compares all statements of a policy with the request.
    pub(super) fn policy(&self, policy: &Policy, side: Side, target: Option<&str>) -> PolicyRecord {
        let statements = policy.document.as_ref().map_or(&[][..], |d| d.statements());
        let version = policy.document.as_ref().and_then(|d| d.version());
        let variables = (version == Some("2012-10-17")).then_some(&self.request.context);
        let compare = |(index, value)| self.statement(index, value, side, variables);
        PolicyRecord {
            label: policy.label.clone(),
            side,
            target: target.map(str::to_owned),
            known: policy.document.is_some(),
            statements: statements.iter().enumerate().map(compare).collect(),
        }
    }

    fn statement(
        &self,
        index: usize,
        value: &Value,
        side: Side,
        variables: Option<&Context>,
    ) -> StatementRecord {
        let request = self.request;
        let statement = Statement::read(value, side);
        let who = statement.principal.as_ref();
        let who = who.map(|p| principal::compare(p, statement.effect, &request.principal, self.bounded));
        let strength = who.as_ref().and_then(|record| record.strength);
        let what = statement.action.as_ref().map(|a| target::compare_action(a, &request.action));
        let with = statement.resource.as_ref();
        let with = with.map(|r| target::compare_resource(r, &request.resource, side, variables));
        let mut elements: Vec<_> = who.into_iter().chain(what).chain(with).collect();
        let tests = statement.tests.iter();
        elements.extend(tests.map(|test| condition::compare(test, &request.context, variables)));
        let outcome = if statement.is_unreadable() {
            Match::CannotTell
        } else {
            Match::all(elements.iter().map(|e| e.outcome))
        };
        StatementRecord {
            index,
            sid: statement.sid.map(str::to_owned),
            effect: statement.effect,
            outcome,
            strength,
            elements,
            problems: statement.problems,
        }
    }
}
