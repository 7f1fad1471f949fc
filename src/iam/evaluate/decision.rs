//! The decision: what all documents together say of a request, which side blocks it and which
//! statements decide.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
//!
//! Deliberately absent: ACLs, and settings that are no policies, RestrictPublicBuckets apart.

use serde::Serialize;

use super::access::Access;
use super::evaluation::Evaluation;
use super::grant::GrantRecord;
use super::matching::Match;
use super::policies::{Level, Policies, Policy};
use super::record::PolicyRecord;
use super::request::Request;
use super::side::Side;
use super::statement::Effect;

/// What comes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything that has to allow it does, and nothing denies it.
    Allowed,
    /// Nothing denies it, and something that has to allow it does not.
    ImplicitlyDenied,
    /// A statement denies it.
    ExplicitlyDenied,
    /// It depends on something unknown.
    CannotTell,
}

/// What one side says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SideRecord {
    /// Which side.
    pub side: Side,
    /// Whether it allows the request; of a side that has no policy and wants none, `Match`.
    pub allows: Match,
    /// Whether it denies the request.
    pub denies: Match,
}

/// A statement of a decision's `policies`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StatementRef {
    /// Its policy: an index of [`Decision::policies`].
    pub policy: usize,
    /// Its place in the document, from 0.
    pub statement: usize,
}

/// A verdict with its whole explanation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// What comes of the request.
    pub verdict: Verdict,
    /// The sides because of which it is not allowed: those that deny it; or else those of which any one
    /// alone would suffice if it allowed, or, where none would, all that do not allow; or else those of
    /// which it cannot be told.
    pub blocked_by: Vec<Side>,
    /// The statements that decide: for a denial the Denies that apply, for an allowance the Allows, and
    /// otherwise those of which it cannot be told.
    pub decided_by: Vec<StatementRef>,
    /// What each side says.
    pub sides: Vec<SideRecord>,
    /// Each policy, compared with the request.
    pub policies: Vec<PolicyRecord>,
    /// Each grant, compared with the request.
    pub grants: Vec<GrantRecord>,
}

/// Decides a request.
pub fn decide(request: &Request, policies: &Policies) -> Decision {
    let evaluation = Evaluation { request, bounded: policies.boundary.is_some() };
    let records = compare(&evaluation, policies);
    let grants: Vec<GrantRecord> = policies.grants.iter().map(|g| g.compare(request)).collect();
    let access = Access::new(request, policies, &records, &grants);
    let sides = access.sides(&records);
    let denied = Match::any(sides.iter().map(|s| s.denies));
    let verdict = match (denied, access.allowed()) {
        (Match::Match, _) => Verdict::ExplicitlyDenied,
        (_, Match::NoMatch) => Verdict::ImplicitlyDenied,
        (Match::NoMatch, Match::Match) => Verdict::Allowed,
        _ => Verdict::CannotTell,
    };
    let of = |wanted: fn(&SideRecord) -> bool| sides.iter().filter(|s| wanted(s)).map(|s| s.side).collect();
    let blocked_by = match verdict {
        Verdict::Allowed => Vec::new(),
        Verdict::ExplicitlyDenied => of(|s| s.denies == Match::Match),
        Verdict::ImplicitlyDenied => access.blockers(),
        Verdict::CannotTell => of(|s| s.denies == Match::CannotTell || s.allows == Match::CannotTell),
    };
    let decided_by = deciding(verdict, &records);
    Decision { verdict, blocked_by, decided_by, sides, policies: records, grants }
}

fn compare(evaluation: &Evaluation<'_>, policies: &Policies) -> Vec<PolicyRecord> {
    let plain = |side: Side, of: &[Policy]| -> Vec<PolicyRecord> {
        of.iter().map(|policy| evaluation.policy(policy, side, None)).collect()
    };
    let levels = |side: Side, levels: &[Level]| -> Vec<PolicyRecord> {
        let of = |level: &Level| -> Vec<PolicyRecord> {
            level.policies.iter().map(|p| evaluation.policy(p, side, Some(&level.target))).collect()
        };
        levels.iter().flat_map(of).collect()
    };
    [
        plain(Side::Identity, &policies.identity),
        plain(Side::Boundary, policies.boundary.as_slice()),
        plain(Side::Session, &policies.session),
        plain(Side::Resource, policies.resource.as_slice()),
        plain(Side::Endpoint, policies.endpoint.as_slice()),
        levels(Side::ServiceControl, &policies.service_control),
        levels(Side::ResourceControl, &policies.resource_control),
    ]
    .concat()
}

fn deciding(verdict: Verdict, records: &[PolicyRecord]) -> Vec<StatementRef> {
    let (effect, outcome) = match verdict {
        Verdict::Allowed => (Some(Effect::Allow), Match::Match),
        Verdict::ExplicitlyDenied => (Some(Effect::Deny), Match::Match),
        Verdict::CannotTell => (None, Match::CannotTell),
        Verdict::ImplicitlyDenied => return Vec::new(),
    };
    let mut deciding = Vec::new();
    for (policy, record) in records.iter().enumerate() {
        let decides = |s: &&super::record::StatementRecord| {
            s.outcome == outcome && effect.is_none_or(|e| s.effect == Some(e))
        };
        let statements = record.statements.iter().filter(decides);
        deciding.extend(statements.map(|s| StatementRef { policy, statement: s.index }));
    }
    deciding
}
