//! The explanation of a decision: per policy, per statement, per element, what was compared with what.
//!
//! Deliberately absent: words, and anything that is not a fact of the evaluation.

use serde::Serialize;

use super::context::Seen;
use super::matching::Match;
use super::problem::{Element, Problem};
use super::side::Side;
use super::statement::Effect;

/// By which of its forms a principal was named. It decides what else has to allow
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// By its account: grants only what the caller's own policies grant too.
    Account,
    /// A federated user through the user who made the session: limited by boundary and session policy.
    ThroughUser,
    /// A session through its role: limited by boundary and session policy.
    ThroughRole,
    /// Itself, or by `*`.
    Direct,
}

/// What else there is to say of an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "note", content = "what", rename_all = "snake_case")]
pub enum Note {
    /// It lists the unique id of a deleted principal.
    DeletedPrincipal(String),
    /// `NotPrincipal` with `Deny` lists some forms of the caller; these are missing.
    FormsNotListed(Vec<String>),
    /// `NotPrincipal` with `Deny` always hits a caller with a permissions boundary.
    BoundaryDefeatsNotPrincipal,
    /// Whose canonical user id this is, is not known.
    CanonicalUserUnknown(String),
    /// Which user made the session is not known.
    IssuerUnknown,
    /// A policy variable has no value in this request.
    VariableWithoutValue(String),
    /// The value of a policy variable is not known.
    VariableUnknown(String),
    /// Several values, and no set operator to say how they count.
    SeveralValues,
    /// A pattern of fewer than six components under an ARN operator.
    IncompleteArn,
}

/// How an element of a statement, or one key of its condition, compares with the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ElementRecord {
    /// Which element.
    pub element: Element,
    /// Of a condition: the operator, as written.
    pub operator: Option<String>,
    /// Of a condition: the key, as written.
    pub key: Option<String>,
    /// What the statement lists.
    pub wanted: Vec<String>,
    /// The entries of `wanted` that the request matches, before any negation.
    pub matched: Vec<String>,
    /// What the request has: what `wanted` would have to cover for the statement to match.
    pub seen: Seen,
    /// Whether the element matches.
    pub outcome: Match,
    /// Of a principal that matches: by which form.
    pub strength: Option<Strength>,
    /// What else there is to say.
    pub notes: Vec<Note>,
}

/// How a statement compares with the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementRecord {
    /// Its place in the document, from 0.
    pub index: usize,
    /// Its Sid.
    pub sid: Option<String>,
    /// None where that cannot be read.
    pub effect: Option<Effect>,
    /// Whether the statement applies to the request.
    pub outcome: Match,
    /// Of a statement that names principals: by which form it names the caller.
    pub strength: Option<Strength>,
    /// In the order principal, action, resource, condition.
    pub elements: Vec<ElementRecord>,
    /// What is wrong with the statement. Where that leaves its meaning open, the outcome is
    /// [`Match::CannotTell`].
    pub problems: Vec<Problem>,
}

impl StatementRecord {
    /// The first element that keeps the statement from applying: one that does not match, or else one
    /// of which that cannot be told.
    pub fn first_failure(&self) -> Option<&ElementRecord> {
        let with = |outcome| self.elements.iter().find(|e| e.outcome == outcome);
        with(Match::NoMatch).or_else(|| with(Match::CannotTell))
    }
}

/// How a policy compares with the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyRecord {
    /// Which document, in the words of whoever asked.
    pub label: String,
    /// Where it stands.
    pub side: Side,
    /// Of a control policy: the root, unit or account that it is attached to.
    pub target: Option<String>,
    /// False for a document that could not be read: it may say anything.
    pub known: bool,
    /// Its statements.
    pub statements: Vec<StatementRecord>,
}

impl PolicyRecord {
    /// Whether any statement of this effect applies. Of a document that was not read nobody can tell.
    pub fn says(&self, effect: Effect) -> Match {
        self.says_where(effect, |_| true)
    }

    /// Whether any statement of this effect, and of such a strength, applies.
    pub(super) fn says_where(&self, effect: Effect, strong: impl Fn(Option<Strength>) -> bool) -> Match {
        if !self.known {
            return Match::CannotTell;
        }
        // A statement whose effect cannot be read may have either.
        let has = |s: &&StatementRecord| s.effect.is_none_or(|e| e == effect) && strong(s.strength);
        Match::any(self.statements.iter().filter(has).map(|s| s.outcome))
    }

    /// The Allow that comes nearest to applying: one of the right action before any other, and then the
    /// one with the fewest elements that do not match.
    pub fn nearest(&self) -> Option<&StatementRecord> {
        let distance = |s: &&StatementRecord| {
            let missed = |e: &&ElementRecord| e.outcome != Match::Match;
            let action = |e: &ElementRecord| matches!(e.element, Element::Action | Element::NotAction);
            (s.elements.iter().filter(missed).any(action), s.elements.iter().filter(missed).count())
        };
        self.statements.iter().filter(|s| s.effect == Some(Effect::Allow)).min_by_key(distance)
    }
}
