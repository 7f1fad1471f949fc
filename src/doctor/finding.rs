//! A finding: one independent cause, or a remark, with its place and its cure.
//!
//! Deliberately absent: deciding anything.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::iam::evaluate::{ElementRecord, Request, Seen, Side, StatementRecord};

use super::fix::{DocumentName, Fix};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// It decides the verdict.
    Error,
    /// It does not stop the replication, and is not what anybody wants.
    Warning,
    /// Worth knowing.
    Note,
}

/// A cause, or a remark.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// The rule of the doctor that found it; `docs/doctor.md` has an entry for each cause.
    pub rule: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// The cause, in the vocabulary of `docs/doctor.md`.
    pub cause: &'static str,
    /// The account where it is to be cured.
    pub account: Option<String>,
    /// The ARN of what is concerned, or its name.
    pub resource: String,
    /// The document concerned.
    pub document: Option<DocumentName>,
    /// The statement of it that decides, or that comes nearest.
    pub statement: Option<StatementName>,
    /// What is the matter, in a sentence.
    pub what: String,
    /// What S3 asks for.
    pub asked: Option<Asked>,
    /// What the documents answer.
    pub answered: Option<Answered>,
    /// The `failureReason` that S3 reports, where there is one.
    pub aws_reason: Option<&'static str>,
    /// The cure.
    pub fix: Option<Fix>,
}

/// A statement of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementName {
    /// Its Sid, if it has one.
    pub sid: Option<String>,
    /// Its place in the document, from 0.
    pub index: usize,
}

/// A request of S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// The session of the role.
    pub principal: String,
    /// `s3:ReplicateObject`.
    pub action: String,
    /// The ARN.
    pub resource: String,
    /// The condition keys whose values S3's request is known to have.
    pub context: BTreeMap<String, Vec<String>>,
}

/// What the documents answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// The side that is in the way.
    pub side: Side,
    /// Whether a statement denies it, or none allows it.
    pub denied: bool,
    /// The element of the statement that decides: of a Deny the condition or principal that matches, of
    /// the nearest Allow the first that does not.
    pub element: Option<ElementRecord>,
}

impl Finding {
    /// Without a place in a document; the rule is put in by whoever runs it.
    pub(super) fn new(
        severity: Severity,
        cause: &'static str,
        account: Option<&str>,
        resource: impl Into<String>,
        what: impl Into<String>,
    ) -> Self {
        Self {
            rule: "",
            severity,
            cause,
            account: account.map(str::to_owned),
            resource: resource.into(),
            document: None,
            statement: None,
            what: what.into(),
            asked: None,
            answered: None,
            aws_reason: None,
            fix: None,
        }
    }

    pub(super) fn error(
        cause: &'static str,
        account: Option<&str>,
        resource: impl Into<String>,
        what: impl Into<String>,
    ) -> Self {
        Self::new(Severity::Error, cause, account, resource, what)
    }

    pub(super) fn warning(
        cause: &'static str,
        account: Option<&str>,
        resource: impl Into<String>,
        what: impl Into<String>,
    ) -> Self {
        Self::new(Severity::Warning, cause, account, resource, what)
    }

    #[must_use]
    pub(super) fn reason(mut self, reason: &'static str) -> Self {
        self.aws_reason = Some(reason);
        self
    }

    #[must_use]
    pub(super) fn document(mut self, document: DocumentName) -> Self {
        self.document = Some(document);
        self
    }

    #[must_use]
    pub(super) fn statement(mut self, statement: Option<StatementName>) -> Self {
        self.statement = statement;
        self
    }

    #[must_use]
    pub(super) fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }

    /// Whether both say the same of the same place.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.cause == other.cause
            && self.resource == other.resource
            && self.document == other.document
            && self.statement == other.statement
    }

    /// Takes over what another finding of the same place says more.
    pub(super) fn absorb(&mut self, other: Self) {
        self.severity = self.severity.min(other.severity);
        if let Some(theirs) = other.fix {
            match &mut self.fix {
                Some(own) => own.absorb(theirs),
                None => self.fix = Some(theirs),
            }
        }
    }
}

impl StatementName {
    /// Of a statement that was compared.
    pub(super) fn of(record: &StatementRecord) -> Self {
        Self { sid: record.sid.clone(), index: record.index }
    }

    /// Of the statement at this place.
    pub(super) fn at(index: usize, statement: &serde_json::Value) -> Self {
        Self { sid: crate::iam::sid(statement).map(str::to_owned), index }
    }
}

impl fmt::Display for StatementName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sid {
            Some(sid) => f.write_str(sid),
            None => write!(f, "number {}", self.index + 1),
        }
    }
}

impl Asked {
    pub(super) fn of(request: &Request, keys: &[(String, Seen)]) -> Self {
        let known = |(key, seen): &(String, Seen)| match seen {
            Seen::Known(values) => Some((key.clone(), values.clone())),
            _ => None,
        };
        Self {
            principal: request.principal.to_string(),
            action: request.action.clone(),
            resource: request.resource.clone(),
            context: keys.iter().filter_map(known).collect(),
        }
    }
}
