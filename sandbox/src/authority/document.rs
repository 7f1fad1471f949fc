//! A policy document cut into statements, each of which says whether it
//! covers a request.
//!
//! Actions, resources and conditions are matched by the emulator's evaluator,
//! one statement at a time; principals are matched here (see
//! [`principal`](super::principal)), because the evaluator does not know that
//! a role's ARN stands for the role's sessions.

use fakecloud_core::auth::{ConditionContext, Principal};
use fakecloud_iam::evaluator::{self, Decision, EvalRequest, PolicyDocument};
use serde_json::{Map, Value};

use super::caller::Caller;
use super::principal::{Grip, excluded, grip};

/// One request, as a policy sees it.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    pub action: &'a str,
    pub resource: &'a str,
    pub context: ConditionContext,
}

#[derive(Debug)]
pub struct Document {
    pub statements: Vec<Statement>,
}

#[derive(Debug)]
pub struct Statement {
    pub deny: bool,
    principal: Option<Value>,
    not_principal: Option<Value>,
    /// This statement alone and without its principals.
    rest: PolicyDocument,
}

impl Document {
    /// A document that cannot be read grants nothing.
    pub fn parse(text: &str) -> Self {
        let value: Value = serde_json::from_str(text).unwrap_or(Value::Null);
        let version = value.get("Version").cloned().unwrap_or(Value::Null);
        let statements = match value.get("Statement") {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => Vec::new(),
        };
        Document {
            statements: statements
                .into_iter()
                .filter_map(|statement| Statement::parse(statement.as_object()?, &version))
                .collect(),
        }
    }
}

impl Statement {
    fn parse(statement: &Map<String, Value>, version: &Value) -> Option<Self> {
        let mut rest = statement.clone();
        let principal = rest.remove("Principal");
        let not_principal = rest.remove("NotPrincipal");
        let mut document = Map::new();
        if !version.is_null() {
            document.insert("Version".to_owned(), version.clone());
        }
        document.insert("Statement".to_owned(), Value::Array(vec![rest.into()]));
        Some(Statement {
            deny: statement.get("Effect")?.as_str()? == "Deny",
            principal,
            not_principal,
            rest: PolicyDocument::from_value(&Value::Object(document)),
        })
    }

    /// Whether action, resource and conditions fit.
    pub fn covers(&self, principal: &Principal, ask: &Ask<'_>) -> bool {
        let request = EvalRequest {
            principal,
            action: ask.action.to_owned(),
            resource: ask.resource.to_owned(),
            context: ask.context.clone(),
        };
        evaluator::evaluate(std::slice::from_ref(&self.rest), &request) != Decision::ImplicitDeny
    }

    /// How a statement of a resource policy names the caller, if it does.
    pub fn names(&self, caller: &Caller) -> Option<Grip> {
        if let Some(list) = &self.not_principal {
            // With Allow it is not supported; whoever is listed is left out.
            let out = if self.deny { excluded(list, caller) } else { grip(list, caller).is_some() };
            return (!out).then_some(Grip::Anyone);
        }
        grip(self.principal.as_ref()?, caller)
    }
}
