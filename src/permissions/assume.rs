//! Roles that other entries of the map assume by way of an account's identity.
//!
//! Deliberately absent: identities that no entry is for, such as a role between two others of a list.

use crate::topology::{AssumeRole, Base, Credentials};

use super::scope::Scope;

/// A role that is assumed.
pub struct Step<'a> {
    /// As the map says.
    pub role: &'a AssumeRole,
    /// The session has a source identity, which an earlier one may have been given: it goes along
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html>).
    pub named: bool,
}

impl<'a> Scope<'a> {
    /// The roles of such steps.
    pub(super) fn assumed(&self, is: impl Fn(&Step<'a>) -> bool) -> Vec<String> {
        let mine = &self.entry().credentials;
        let others = self.topology.accounts.iter().filter(|(name, _)| *name != self.account);
        let mut found = Vec::new();
        for (_, other) in others {
            let Credentials::Roles { base, chain } = &other.credentials else { continue };
            for (at, role) in chain.iter().enumerate() {
                let before = at.checked_sub(1).and_then(|before| chain.get(before));
                let named = chain[..=at].iter().any(|role| role.source_identity.is_some());
                let step = Step { role, named };
                if assumes(mine, base, before) && is(&step) {
                    found.push(role.role.to_string());
                }
            }
        }
        found
    }
}

/// Whether the identity is that which assumes a role: the one before it, or the base.
fn assumes(identity: &Credentials, base: &Base, before: Option<&AssumeRole>) -> bool {
    match (identity, before) {
        (Credentials::Default, None) => *base == Base::Default,
        (Credentials::Profile(profile), None) => *base == Base::Profile(profile.clone()),
        (Credentials::Roles { chain, .. }, Some(before)) => {
            chain.last().is_some_and(|last| last.role == before.role)
        }
        _ => false,
    }
}
