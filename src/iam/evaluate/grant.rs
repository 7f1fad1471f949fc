//! Grants of a KMS key.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>
//!
//! Deliberately absent: retiring, and grants of which only the token is known yet.

use std::collections::BTreeMap;

use serde::Serialize;

use super::caller::Caller;
use super::context::{Context, Seen};
use super::matching::Match;
use super::principal::{Naming, names_arn};
use super::request::Request;

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Grant {
    /// Its id or name, for the explanation.
    pub label: String,
    /// The ARN of a principal, or the name of a service.
    pub grantee: String,
    /// `Decrypt`, `Encrypt`, …, without `kms:`.
    pub operations: Vec<String>,
    /// What the encryption context of a request has to be.
    pub constraint: Option<Constraint>,
}

/// A constraint on the encryption context. Its keys and values know case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Constraint {
    /// It has at least these pairs.
    EncryptionContextSubset(BTreeMap<String, String>),
    /// It has exactly these pairs.
    EncryptionContextEquals(BTreeMap<String, String>),
}

/// How a grant compares with the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GrantRecord {
    /// Which grant.
    pub label: String,
    /// Whether the caller is the grantee, or its session.
    pub grantee: Match,
    /// Whether the operation is one of the grant's.
    pub operation: Match,
    /// Whether the encryption context is as it has to be.
    pub constraint: Match,
}

impl GrantRecord {
    /// Whether the grant covers the request.
    pub fn outcome(&self) -> Match {
        self.grantee.and(self.operation).and(self.constraint)
    }
}

impl Grant {
    pub(super) fn compare(&self, request: &Request) -> GrantRecord {
        let grantee = match (&request.principal, names_arn(&self.grantee, &request.principal)) {
            (Caller::Service(name), _) => Match::of(*name == self.grantee),
            (_, Naming::By(_)) => Match::Match,
            (_, Naming::Perhaps(_)) => Match::CannotTell,
            (_, Naming::Not) => Match::NoMatch,
        };
        let same = |operation: &String| request.action.eq_ignore_ascii_case(&format!("kms:{operation}"));
        let constraint = self.constraint.as_ref().map_or(Match::Match, |c| c.compare(&request.context));
        GrantRecord {
            label: self.label.clone(),
            grantee,
            operation: Match::of(self.operations.iter().any(same)),
            constraint,
        }
    }
}

const CONTEXT: &str = "kms:EncryptionContext:";

impl Constraint {
    fn compare(&self, context: &Context) -> Match {
        match self {
            Self::EncryptionContextSubset(pairs) => has(pairs, context),
            Self::EncryptionContextEquals(pairs) => has(pairs, context).and(has_no_other(pairs, context)),
        }
    }
}

fn has(pairs: &BTreeMap<String, String>, context: &Context) -> Match {
    Match::all(pairs.iter().map(|(key, value)| match context.get(&format!("{CONTEXT}{key}")) {
        Seen::Known(values) => Match::of(values.contains(value)),
        Seen::Absent => Match::NoMatch,
        Seen::Unknown => Match::CannotTell,
    }))
}

fn has_no_other(pairs: &BTreeMap<String, String>, context: &Context) -> Match {
    let keys = context.get("kms:EncryptionContextKeys");
    if let Some(keys @ [_, ..]) = keys.values() {
        return Match::of(keys.iter().all(|key| pairs.contains_key(key)));
    }
    let listed = Match::all(context.under(CONTEXT).map(|(key, seen)| {
        let wanted = pairs.keys().any(|k| k.eq_ignore_ascii_case(key));
        match seen {
            _ if wanted => Match::Match,
            Seen::Absent => Match::Match,
            Seen::Known(_) => Match::NoMatch,
            Seen::Unknown => Match::CannotTell,
        }
    }));
    let certain = context.is_complete() && *keys != Seen::Unknown;
    listed.and(if certain { Match::Match } else { Match::CannotTell })
}
