//! Who has to allow a request, and whether they do.
//!
//! Inside an account either side can grant
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>),
//! between accounts both have to
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html>);
//! for keys and trust see [`super::request::ResourceRule`].
//!
//! Deliberately absent: explicit denies, which come before all of this.

use super::caller::Caller;
use super::decision::SideRecord;
use super::grant::GrantRecord;
use super::matching::Match;
use super::policies::{Level, Policies};
use super::public::is_public;
use super::record::{PolicyRecord, Strength};
use super::request::{Request, ResourceRule};
use super::side::Side;
use super::statement::Effect;

/// How the two accounts of a request lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    /// The caller's account owns the resource.
    Same,
    /// Another account owns the resource.
    Cross,
    /// The caller has no account, and so no policies of its own.
    Without,
}

/// What each side allows.
#[derive(Debug, Clone)]
pub(super) struct Access {
    relation: Relation,
    rule: ResourceRule,
    identity: Match,
    boundary: Match,
    session: Match,
    /// The resource's policy, by the form of the caller that it names.
    direct: Match,
    through: Match,
    account: Match,
    grant: Match,
    service_control: Match,
    endpoint: Match,
    public_access: Match,
}

impl Access {
    pub(super) fn new(
        request: &Request,
        policies: &Policies,
        records: &[PolicyRecord],
        grants: &[GrantRecord],
    ) -> Self {
        let caller = &request.principal;
        let of = |side: Side| records.iter().filter(move |r| r.side == side);
        let allow = |side: Side| Match::any(of(side).map(|r| r.says(Effect::Allow)));
        let limit = |side: Side| if of(side).next().is_none() { Match::Match } else { allow(side) };
        let named = |strong: fn(Strength) -> bool| {
            let strong = move |s: Option<Strength>| s.is_none_or(strong);
            Match::any(of(Side::Resource).map(|r| r.says_where(Effect::Allow, strong)))
        };
        let relation = match caller.account() {
            None => Relation::Without,
            Some(_) if request.crosses_accounts() => Relation::Cross,
            Some(_) => Relation::Same,
        };
        // Nothing but the control policies limits a root user.
        let identity =
            if matches!(caller, Caller::Root { .. }) { Match::Match } else { allow(Side::Identity) };
        Self {
            relation,
            rule: request.resource_rule(),
            identity,
            boundary: limit(Side::Boundary),
            session: match caller {
                // A federated user has nothing but what was passed.
                Caller::FederatedUser { .. } => allow(Side::Session),
                _ => limit(Side::Session),
            },
            direct: named(|s| s == Strength::Direct),
            through: named(|s| matches!(s, Strength::ThroughRole | Strength::ThroughUser)),
            account: named(|s| s == Strength::Account),
            grant: Match::any(grants.iter().map(GrantRecord::outcome)),
            service_control: match relation {
                Relation::Without => Match::Match,
                _ => every_level(&policies.service_control, records),
            },
            endpoint: limit(Side::Endpoint),
            public_access: public_access(policies, caller, relation),
        }
        .seen_as(caller)
    }

    /// A role that is named itself is limited by its boundary like a session through its role.
    fn seen_as(mut self, caller: &Caller) -> Self {
        if matches!(caller, Caller::Role(_)) {
            self.through = self.through.or(self.direct);
            self.direct = Match::NoMatch;
        }
        self
    }

    /// Whether everything that has to allow the request does.
    pub(super) fn allowed(&self) -> Match {
        self.granted().and(self.service_control).and(self.endpoint).and(self.public_access)
    }

    /// Whether the request is granted, limits from outside the two accounts' documents aside.
    fn granted(&self) -> Match {
        let limits = self.boundary.and(self.session);
        let own = self.identity.and(limits);
        match self.relation {
            Relation::Without => self.named().or(self.grant),
            // Whether a grant across accounts needs the caller's policies too, AWS does not say.
            Relation::Cross => self.named().and(own).or(self.grant.and(own.or(Match::CannotTell))),
            Relation::Same => {
                let resource =
                    self.direct.or(self.through.or(self.grant).and(limits)).or(self.account.and(own));
                match self.rule {
                    ResourceRule::ResourceAlways => resource,
                    ResourceRule::EitherSide => resource.or(own),
                }
            }
        }
    }

    /// Whether the resource's policy names the caller in any form.
    fn named(&self) -> Match {
        self.direct.or(self.through).or(self.account)
    }

    /// Whether nothing is granted unless the resource grants it.
    fn needs_resource(&self) -> bool {
        self.relation != Relation::Same || self.rule == ResourceRule::ResourceAlways
    }

    /// What each side says, in the order in which AWS asks them.
    pub(super) fn sides(&self, records: &[PolicyRecord]) -> Vec<SideRecord> {
        let own = self.relation != Relation::Without;
        let all = [
            (Side::ServiceControl, self.service_control, own),
            (Side::ResourceControl, Match::Match, true),
            (Side::Endpoint, self.endpoint, true),
            (Side::PublicAccessBlock, self.public_access, true),
            (Side::Identity, self.identity, own),
            (Side::Resource, self.named(), true),
            (Side::Grant, self.grant, true),
            (Side::Boundary, self.boundary, own),
            (Side::Session, self.session, own),
        ];
        let denies = |side: Side| {
            let of = records.iter().filter(|r| r.side == side);
            Match::any(of.map(|r| r.says(Effect::Deny)))
        };
        let concerned = all.into_iter().filter(|(_, _, concerned)| *concerned);
        concerned.map(|(side, allows, _)| SideRecord { side, allows, denies: denies(side) }).collect()
    }

    /// The sides because of which a request that nothing denies is not allowed.
    pub(super) fn blockers(&self) -> Vec<Side> {
        let outer = [
            (Side::ServiceControl, self.service_control),
            (Side::Endpoint, self.endpoint),
            (Side::PublicAccessBlock, self.public_access),
        ];
        let mut blockers: Vec<Side> =
            outer.into_iter().filter(|(_, allows)| *allows == Match::NoMatch).map(|(side, _)| side).collect();
        if self.granted() != Match::NoMatch {
            return blockers;
        }
        let set = |change: fn(&mut Self)| {
            let mut changed = self.clone();
            change(&mut changed);
            changed.granted() != Match::NoMatch
        };
        let inner = [
            (
                Side::Identity,
                self.identity,
                self.relation != Relation::Without,
                set(|a| a.identity = Match::Match),
            ),
            (Side::Resource, self.named(), self.needs_resource(), set(|a| a.direct = Match::Match)),
            (Side::Boundary, self.boundary, true, set(|a| a.boundary = Match::Match)),
            (Side::Session, self.session, true, set(|a| a.session = Match::Match)),
        ];
        let missing: Vec<_> =
            inner.into_iter().filter(|(_, allows, asked, _)| *asked && *allows == Match::NoMatch).collect();
        let any_suffices = missing.iter().any(|(.., suffices)| *suffices);
        blockers.extend(missing.iter().filter(|(.., s)| *s || !any_suffices).map(|(side, ..)| *side));
        blockers
    }
}

/// Every level has to allow, each by any of its policies
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html>).
fn every_level(levels: &[Level], records: &[PolicyRecord]) -> Match {
    // In the order of the levels, so that two levels of one name stay two.
    let mut of = records.iter().filter(|r| r.side == Side::ServiceControl);
    let mut allows =
        |level: &Level| Match::any(of.by_ref().take(level.policies.len()).map(|r| r.says(Effect::Allow)));
    // No short circuit here: each level has to take its own records.
    let levels: Vec<Match> = levels.iter().map(&mut allows).collect();
    Match::all(levels)
}

/// RestrictPublicBuckets shuts a bucket with a public policy to everyone but its own account and AWS
/// services (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>).
fn public_access(policies: &Policies, caller: &Caller, relation: Relation) -> Match {
    let inside = relation == Relation::Same || matches!(caller, Caller::Service(_));
    if inside || !policies.restrict_public_buckets {
        return Match::Match;
    }
    match policies.resource.as_ref().map(|p| p.document.as_ref()) {
        None => Match::Match,
        Some(None) => Match::CannotTell,
        Some(Some(document)) => Match::of(!is_public(document)),
    }
}
