//! The decision over one request: identity policies, boundary, session
//! policies and the resource's policy, in AWS's order.
//!
//! It knows nothing of services; what a request asks for is worked out in
//! [`crate::actions`]. Organizations' policies (SCPs, RCPs) are not part of
//! the sandbox.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use std::fmt;

use fakecloud_iam::SharedIamState;
use fakecloud_iam::evaluator::{
    self, Decision, EvalRequest, PolicyDocument, collect_boundary_policies, collect_identity_policies,
};

use super::caller::Caller;
use super::document::{Ask, Document};
use super::grants::{Grant, granted};
use super::principal::Grip;

/// The policies that hang on the caller.
#[derive(Debug, Default)]
pub struct Identity {
    pub policies: Vec<PolicyDocument>,
    pub boundary: Option<Vec<PolicyDocument>>,
    pub session: Option<Vec<PolicyDocument>>,
}

impl Identity {
    pub fn of(iam: &SharedIamState, caller: &Caller) -> Self {
        let states = iam.read();
        let Some(state) = states.get(caller.account()) else {
            return Identity::default();
        };
        let session: Vec<PolicyDocument> =
            caller.session_policies.iter().map(|text| PolicyDocument::parse(text)).collect();
        Identity {
            policies: collect_identity_policies(state, &caller.principal),
            boundary: collect_boundary_policies(state, &caller.principal),
            session: (!session.is_empty()).then_some(session),
        }
    }
}

/// The thing that is acted on.
#[derive(Debug)]
pub struct Resource<'a> {
    /// The account that owns it.
    pub owner: &'a str,
    pub policy: Option<&'a Document>,
    /// Keys and roles: without a grant in their own policy, identity policies
    /// grant nothing.
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>
    pub policy_is_mandatory: bool,
    /// A key's grants.
    pub grants: &'a [Grant],
}

/// A kind of policy, as AWS's messages name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Identity,
    Boundary,
    Session,
    Resource,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    Allowed,
    Denied { explicit: bool, by: Kind },
}

impl Judgement {
    pub fn is_allowed(self) -> bool {
        self == Judgement::Allowed
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Identity => "identity-based policy",
            Kind::Boundary => "permissions boundary",
            Kind::Session => "session policy",
            Kind::Resource => "resource-based policy",
        })
    }
}

pub fn judge(caller: &Caller, identity: &Identity, resource: &Resource<'_>, ask: &Ask<'_>) -> Judgement {
    let own = layer(&identity.policies, caller, ask);
    let boundary = identity.boundary.as_deref().map(|docs| layer(docs, caller, ask));
    let session = identity.session.as_deref().map(|docs| layer(docs, caller, ask));
    let theirs = resource.policy.map_or(Said::default(), |policy| grants(policy, caller, ask));

    for (denied, by) in [
        (own.denied, Kind::Identity),
        (boundary.is_some_and(|said| said.denied), Kind::Boundary),
        (session.is_some_and(|said| said.denied), Kind::Session),
        (theirs.denied, Kind::Resource),
    ] {
        if denied {
            return Judgement::Denied { explicit: true, by };
        }
    }

    let fits_boundary = boundary.is_none_or(|said| said.allowed);
    let fits_session = session.is_none_or(|said| said.allowed);
    let capped = own.allowed && fits_boundary && fits_session;
    let same_account = caller.account() == resource.owner;
    if matches!(granted(resource.grants, caller, ask), Some(Grip::Itself | Grip::Role)) {
        return Judgement::Allowed;
    }
    let allowed = match theirs.grip {
        // A service on its own behalf has no account and no policies.
        grip if caller.service.is_some() => grip.is_some(),
        // Across accounts both sides have to agree.
        Some(_) if !same_account => capped,
        // A user's, session's or service's own ARN needs nobody else.
        Some(Grip::Itself) => true,
        // `*` is a user itself, too, whom the boundary does not limit then.
        Some(Grip::Anyone) if caller.role.is_none() => fits_session,
        // A grant to a role's ARN is still limited by boundary and session:
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
        Some(Grip::Role | Grip::Anyone) => fits_boundary && fits_session,
        Some(Grip::Account) => capped,
        None => same_account && !resource.policy_is_mandatory && capped,
    };
    if allowed {
        return Judgement::Allowed;
    }
    let needs_theirs = !same_account || resource.policy_is_mandatory;
    let needs_own = !same_account || !matches!(theirs.grip, Some(Grip::Role | Grip::Anyone));
    let by = if theirs.grip.is_none() && needs_theirs && own.allowed {
        Kind::Resource
    } else if needs_own && !own.allowed {
        Kind::Identity
    } else if !fits_boundary {
        Kind::Boundary
    } else {
        Kind::Session
    };
    Judgement::Denied { explicit: false, by }
}

/// A resource policy asked alone, as it is for services that come on their
/// own behalf.
pub fn admits(policy: &Document, caller: &Caller, ask: &Ask<'_>) -> bool {
    let said = grants(policy, caller, ask);
    !said.denied && said.grip.is_some()
}

#[derive(Clone, Copy, Default)]
struct Said {
    denied: bool,
    allowed: bool,
    grip: Option<Grip>,
}

fn layer(documents: &[PolicyDocument], caller: &Caller, ask: &Ask<'_>) -> Said {
    let decision = evaluator::evaluate(
        documents,
        &EvalRequest {
            principal: &caller.principal,
            action: ask.action.to_owned(),
            resource: ask.resource.to_owned(),
            context: ask.context.clone(),
        },
    );
    Said { denied: decision == Decision::ExplicitDeny, allowed: decision == Decision::Allow, grip: None }
}

fn grants(policy: &Document, caller: &Caller, ask: &Ask<'_>) -> Said {
    let mut said = Said::default();
    for statement in &policy.statements {
        let Some(grip) = statement.names(caller) else {
            continue;
        };
        if !statement.covers(&caller.principal, ask) {
            continue;
        }
        if statement.deny {
            said.denied = true;
        } else {
            said.allowed = true;
            said.grip = said.grip.max(Some(grip));
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use fakecloud_core::auth::ConditionContext;
    use fakecloud_iam::IamRole;
    use serde_json::{Value, json};

    use super::*;

    const ROLE: &str = "arn:aws:iam::111111111111:role/path/copier";
    const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/copier/s3-replication";

    fn caller(boundary: bool) -> Caller {
        let role = IamRole {
            role_name: "copier".to_owned(),
            role_id: "AROACOPIER".to_owned(),
            arn: ROLE.to_owned(),
            path: "/path/".to_owned(),
            assume_role_policy_document: String::new(),
            created_at: chrono::Utc::now(),
            description: None,
            max_session_duration: 3600,
            tags: Vec::new(),
            permissions_boundary: boundary.then(|| "arn:aws:iam::111111111111:policy/b".to_owned()),
        };
        Caller::session_of(&role, "111111111111", "s3-replication")
    }

    fn statement(effect: &str, principal: Value) -> String {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": effect, "Principal": principal, "Action": "kms:Encrypt", "Resource": "*"},
        ]})
        .to_string()
    }

    struct Setting {
        own: bool,
        boundary: Option<bool>,
        owner: &'static str,
        mandatory: bool,
    }

    const HERE: &str = "111111111111";
    const THERE: &str = "222222222222";

    fn asked(setting: &Setting, policy: Option<&str>) -> Judgement {
        let all = r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
        let layer = |on: bool| if on { vec![PolicyDocument::parse(all)] } else { Vec::new() };
        let identity =
            Identity { policies: layer(setting.own), boundary: setting.boundary.map(layer), session: None };
        let document = policy.map(Document::parse);
        let resource = Resource {
            owner: setting.owner,
            policy: document.as_ref(),
            policy_is_mandatory: setting.mandatory,
            grants: &[],
        };
        let ask = Ask { action: "kms:Encrypt", resource: "k", context: ConditionContext::default() };
        judge(&caller(setting.boundary.is_some()), &identity, &resource, &ask)
    }

    fn allowed(setting: &Setting, policy: Option<&str>) -> bool {
        asked(setting, policy).is_allowed()
    }

    #[test]
    fn in_one_account_a_grant_to_the_role_is_enough_within_the_boundary() {
        let to_role = statement("Allow", json!({"AWS": ROLE}));
        let to_session = statement("Allow", json!({"AWS": SESSION}));
        let key = |boundary| Setting { own: false, boundary, owner: HERE, mandatory: true };
        assert!(allowed(&key(None), Some(&to_role)));
        assert!(!allowed(&key(Some(false)), Some(&to_role)));
        assert!(allowed(&key(Some(true)), Some(&to_role)));
        assert!(allowed(&key(Some(false)), Some(&to_session)));
        // The unique id is the role, too; another role is not.
        assert!(allowed(&key(None), Some(&statement("Allow", json!({"AWS": "AROACOPIER"})))));
        let other = statement("Allow", json!({"AWS": "arn:aws:iam::111111111111:role/copier"}));
        assert!(!allowed(&key(None), Some(&other)));
    }

    #[test]
    fn the_account_only_delegates_and_everybody_is_a_grant() {
        let to_account = statement("Allow", json!({"AWS": "arn:aws:iam::111111111111:root"}));
        let to_all = statement("Allow", json!({"AWS": "*"}));
        let key = |own| Setting { own, boundary: None, owner: HERE, mandatory: true };
        assert!(!allowed(&key(false), Some(&to_account)));
        assert!(allowed(&key(true), Some(&to_account)));
        assert!(allowed(&key(false), Some(&to_all)));
        let nobody = r#"{"Statement": []}"#;
        assert!(!allowed(&key(true), Some(nobody)));
        let bucket = Setting { own: true, boundary: None, owner: HERE, mandatory: false };
        assert!(allowed(&bucket, Some(nobody)));
        assert!(allowed(&bucket, None));
    }

    #[test]
    fn across_accounts_both_sides_have_to_agree() {
        let to_role = statement("Allow", json!({"AWS": ROLE}));
        let there = |own, boundary| Setting { own, boundary, owner: THERE, mandatory: false };
        assert!(allowed(&there(true, None), Some(&to_role)));
        assert!(!allowed(&there(true, Some(false)), Some(&to_role)));
        assert_eq!(
            asked(&there(false, None), Some(&to_role)),
            Judgement::Denied { explicit: false, by: Kind::Identity }
        );
        assert_eq!(
            asked(&there(true, None), None),
            Judgement::Denied { explicit: false, by: Kind::Resource }
        );
    }

    #[test]
    fn a_deny_wins_and_not_principal_wants_the_account_too() {
        let bucket = |boundary| Setting { own: true, boundary, owner: HERE, mandatory: false };
        let deny = statement("Deny", json!({"AWS": ROLE}));
        assert_eq!(
            asked(&bucket(None), Some(&deny)),
            Judgement::Denied { explicit: true, by: Kind::Resource }
        );
        let spare =
            |list: Value| statement("Deny", json!({"AWS": list})).replace("Principal", "NotPrincipal");
        assert!(!allowed(&bucket(None), Some(&spare(json!([ROLE])))));
        assert!(allowed(&bucket(None), Some(&spare(json!([ROLE, HERE])))));
        assert!(!allowed(&bucket(Some(true)), Some(&spare(json!([ROLE, HERE])))));
    }
}
