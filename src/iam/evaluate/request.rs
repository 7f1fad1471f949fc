//! A request: who wants to do what with which resource.
//!
//! Deliberately absent: which requests a replication makes. Whoever asks builds them.

use super::caller::Caller;
use super::context::Context;

/// A request as AWS authorizes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who calls.
    pub principal: Caller,
    /// `service:Name`.
    pub action: String,
    /// An ARN, or `*` for an action that knows no resources.
    pub resource: String,
    /// The account that owns the resource: the ARN of a bucket does not say.
    pub resource_account: String,
    /// The condition keys. [`Context::with_caller`] adds those that follow from the caller.
    pub context: Context,
}

/// What a service wants of the policy of the resource itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ResourceRule {
    /// Inside an account either side can grant.
    EitherSide,
    /// Nothing is granted without the policy of the resource: KMS keys
    /// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>) and the trust of roles
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html>).
    ResourceAlways,
}

impl Request {
    pub(super) fn resource_rule(&self) -> ResourceRule {
        let service = self.action.split(':').next().unwrap_or_default().to_ascii_lowercase();
        let always = match service.as_str() {
            "kms" => self.resource.contains(":key/"),
            "sts" => self.resource.contains(":role/"),
            _ => false,
        };
        if always { ResourceRule::ResourceAlways } else { ResourceRule::EitherSide }
    }

    pub(super) fn crosses_accounts(&self) -> bool {
        self.principal.account().is_some_and(|account| account != self.resource_account)
    }
}
