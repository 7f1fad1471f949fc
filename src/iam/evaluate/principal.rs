//! `Principal` and `NotPrincipal`.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
//!
//! Deliberately absent: what follows from the form by which a caller is named; the decision knows.

use super::super::unique_id::is_unique_id;
use super::caller::{Caller, Entity};
use super::context::Seen;
use super::matching::Match;
use super::record::{ElementRecord, Note, Strength};
use super::statement::{Effect, Listed, PrincipalType};

type Entry = (PrincipalType, String);

/// Compares a caller with what a statement lists. `bounded` says that the caller has a permissions
/// boundary.
pub(super) fn compare(
    listed: &Listed<Entry>,
    effect: Option<Effect>,
    caller: &Caller,
    bounded: bool,
) -> ElementRecord {
    let mut record = ElementRecord {
        element: listed.element,
        operator: None,
        key: None,
        wanted: listed.entries.iter().map(|(_, text)| text.clone()).collect(),
        matched: Vec::new(),
        seen: Seen::one(caller.to_string()),
        outcome: Match::NoMatch,
        strength: None,
        notes: Vec::new(),
    };
    let mut strengths = Vec::new();
    let mut doubtful = false;
    for entry in &listed.entries {
        match names(entry, caller) {
            Naming::By(strength) => {
                record.matched.push(entry.1.clone());
                strengths.push(strength);
            }
            Naming::Perhaps(note) => {
                doubtful = true;
                record.notes.push(note);
            }
            Naming::Not if is_unique_id(&entry.1) => {
                record.notes.push(Note::DeletedPrincipal(entry.1.clone()));
            }
            Naming::Not => {}
        }
    }
    if listed.negated {
        // Whoever is not excluded is meant as though by `*`.
        record.strength = Some(Strength::Direct);
        let everyone = listed.entries.iter().any(|(kind, _)| *kind == PrincipalType::Everyone);
        let missing = forms(caller).into_iter().filter(|(s, _)| !everyone && !strengths.contains(s));
        let listed = Excluded {
            any: !strengths.is_empty(),
            missing: missing.map(|(_, form)| form).collect(),
            doubtful,
        };
        let (outcome, note) = listed.outcome(effect == Some(Effect::Deny), bounded);
        record.outcome = outcome;
        record.notes.extend(note);
    } else {
        record.strength = strengths.iter().max().copied();
        record.outcome = match (record.strength, doubtful) {
            (Some(_), _) => Match::Match,
            (None, true) => Match::CannotTell,
            (None, false) => Match::NoMatch,
        };
    }
    record
}

/// What a `NotPrincipal` lists of a caller.
struct Excluded {
    /// Whether it lists any form of it.
    any: bool,
    /// The forms that it does not list.
    missing: Vec<String>,
    /// Whether it lists something that may or may not be the caller.
    doubtful: bool,
}

impl Excluded {
    /// Whether the statement applies to the caller. With `Deny`, AWS may compare the account, then the
    /// role, then the session: all of them have to be listed for the caller to be spared.
    fn outcome(self, deny: bool, bounded: bool) -> (Match, Option<Note>) {
        match (self.any, self.doubtful) {
            _ if deny && bounded => (Match::Match, Some(Note::BoundaryDefeatsNotPrincipal)),
            (false, false) => (Match::Match, None),
            (false, true) => (Match::CannotTell, None),
            (true, _) if deny && !self.missing.is_empty() => {
                (Match::CannotTell, Some(Note::FormsNotListed(self.missing)))
            }
            (true, _) => (Match::NoMatch, None),
        }
    }
}

/// All that a caller is: itself, what it came through, its account.
fn forms(caller: &Caller) -> Vec<(Strength, String)> {
    let mut forms = vec![(Strength::Direct, caller.to_string())];
    match caller {
        Caller::RoleSession { role, .. } => {
            forms.push((Strength::ThroughRole, Caller::Role(role.clone()).to_string()));
        }
        Caller::FederatedUser { issuer: Some(user), .. } => {
            forms.push((Strength::ThroughUser, Caller::User(user.clone()).to_string()));
        }
        // The account is all that a root user is.
        Caller::Root { .. } => return forms,
        _ => {}
    }
    if let Some((partition, account)) = caller.home() {
        forms.push((Strength::Account, format!("arn:{partition}:iam::{account}:root")));
    }
    forms
}

/// Whether an entry names a caller.
pub(super) enum Naming {
    By(Strength),
    Perhaps(Note),
    Not,
}

fn names((kind, text): &Entry, caller: &Caller) -> Naming {
    let equal = |name: &str| if name == text { Naming::By(Strength::Direct) } else { Naming::Not };
    match (kind, caller) {
        (PrincipalType::Everyone, _) => Naming::By(Strength::Direct),
        (PrincipalType::Aws, _) => names_arn(text, caller),
        (PrincipalType::Service, Caller::Service(name))
        | (PrincipalType::Federated, Caller::Federated(name))
        | (PrincipalType::CanonicalUser, Caller::CanonicalUser(name)) => equal(name),
        // A canonical id stands for an account, and nothing here says for which.
        (PrincipalType::CanonicalUser, caller) if caller.account().is_some() => {
            Naming::Perhaps(Note::CanonicalUserUnknown(text.clone()))
        }
        _ => Naming::Not,
    }
}

/// Whether the ARN or account number of a principal names a caller.
pub(super) fn names_arn(text: &str, caller: &Caller) -> Naming {
    let Some((partition, account)) = caller.home() else { return Naming::Not };
    let by_account = match caller {
        Caller::Root { .. } => Strength::Direct,
        _ => Strength::Account,
    };
    if text == account {
        return Naming::By(by_account);
    }
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", of_partition, service @ ("iam" | "sts"), "", of_account, resource] = fields[..] else {
        return Naming::Not;
    };
    if (of_partition, of_account) != (partition, account) {
        return Naming::Not;
    }
    let (kind, rest) = resource.split_once('/').unwrap_or((resource, ""));
    let by = |named: bool, strength| if named { Naming::By(strength) } else { Naming::Not };
    let is = |entity: &Entity| entity.is_named(rest);
    match (service, kind, caller) {
        ("iam", "root", _) => Naming::By(by_account),
        ("iam", "role", Caller::Role(role)) => by(is(role), Strength::Direct),
        ("iam", "role", Caller::RoleSession { role, .. }) => by(is(role), Strength::ThroughRole),
        ("iam", "user", Caller::User(user)) => by(is(user), Strength::Direct),
        ("iam", "user", Caller::FederatedUser { issuer, .. }) => match issuer {
            Some(user) => by(is(user), Strength::ThroughUser),
            None => Naming::Perhaps(Note::IssuerUnknown),
        },
        ("sts", "assumed-role" | "federated-user", _) => by(caller.to_string() == text, Strength::Direct),
        _ => Naming::Not,
    }
}
