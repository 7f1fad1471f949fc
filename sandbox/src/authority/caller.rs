//! Who makes a request: a user, a role's session, or an AWS service.
//!
//! What the emulator's credential resolver says, plus what it leaves out: the
//! role behind a session, and the tags and source identity the session was
//! given.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};

use chrono::{DateTime, Utc};
use fakecloud_core::auth::{ConditionContext, Principal, PrincipalType};
use fakecloud_iam::SharedIamState;

use super::lacking::lacking;
use crate::arn::Arn;
use crate::sessions::Sessions;

#[derive(Clone, Debug)]
pub struct Caller {
    pub principal: Principal,
    /// Set for sessions of roles that exist.
    pub role: Option<Role>,
    /// Set if the caller is an AWS service and nobody's identity.
    pub service: Option<String>,
    pub session_policies: Vec<String>,
    /// `None` for long-term keys, for which AWS leaves the key out.
    pub mfa: Option<bool>,
    pub issued_at: Option<DateTime<Utc>>,
    /// The organization that the caller's account is in.
    pub organization: Option<String>,
    /// Unset when S3 makes the request and not a client of ours.
    pub source_ip: Option<IpAddr>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub arn: String,
    pub id: String,
    pub has_boundary: bool,
}

impl Caller {
    /// The caller behind an access key, as the emulator resolved it.
    pub fn resolve(
        iam: &SharedIamState,
        sessions: &Sessions,
        principal: &Principal,
        access_key: &str,
    ) -> Self {
        let states = iam.read();
        let state = states.get(&principal.account_id);
        let secret = state.and_then(|s| s.credential_secret_readonly(access_key));
        let role = Arn::parse(&principal.arn)
            .and_then(|arn| arn.session_role_name())
            .and_then(|name| state?.roles.get(name))
            .map(|role| Role {
                arn: role.arn.clone(),
                id: role.role_id.clone(),
                has_boundary: role.permissions_boundary.is_some(),
            });
        let mut principal = principal.clone();
        if let Some(session) = sessions.get(access_key) {
            principal.source_identity = session.source_identity.clone();
            let mut tags = principal.tags.take().unwrap_or_default();
            tags.extend(session.tags.iter().map(|(k, v)| (k.clone(), v.clone())));
            principal.tags = Some(tags);
        }
        let temporary = secret.as_ref().is_some_and(|s| s.session_token.is_some());
        Caller {
            principal,
            role,
            service: None,
            mfa: secret.as_ref().filter(|_| temporary).map(|s| s.mfa_present),
            issued_at: secret.as_ref().and_then(|s| s.token_issued_at),
            session_policies: secret.map(|s| s.session_policies).unwrap_or_default(),
            organization: None,
            source_ip: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        }
    }

    /// The session of a role that a service assumed, without an access key.
    pub fn session_of(role: &fakecloud_iam::IamRole, account: &str, session: &str) -> Self {
        let partition = Arn::parse(&role.arn).map_or("aws", |arn| arn.partition);
        let tags: HashMap<String, String> =
            role.tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        Caller {
            principal: Principal {
                arn: format!("arn:{partition}:sts::{account}:assumed-role/{}/{session}", role.role_name),
                user_id: format!("{}:{session}", role.role_id),
                account_id: account.to_owned(),
                principal_type: PrincipalType::AssumedRole,
                source_identity: None,
                tags: Some(tags),
            },
            role: Some(Role {
                arn: role.arn.clone(),
                id: role.role_id.clone(),
                has_boundary: role.permissions_boundary.is_some(),
            }),
            service: None,
            session_policies: Vec::new(),
            mfa: Some(false),
            issued_at: Some(Utc::now()),
            organization: None,
            source_ip: None,
        }
    }

    /// An AWS service on its own behalf, as trust policies name it.
    pub fn service(name: &str) -> Self {
        Caller {
            principal: Principal {
                arn: name.to_owned(),
                user_id: name.to_owned(),
                account_id: String::new(),
                principal_type: PrincipalType::Service,
                source_identity: None,
                tags: None,
            },
            role: None,
            service: Some(name.to_owned()),
            session_policies: Vec::new(),
            mfa: None,
            issued_at: None,
            organization: None,
            source_ip: None,
        }
    }

    /// The same, in the organization that its account is in.
    #[must_use]
    pub fn of(mut self, organizations: &BTreeMap<String, String>) -> Self {
        self.organization = organizations.get(&self.principal.account_id).cloned();
        self
    }

    pub fn arn(&self) -> &str {
        &self.principal.arn
    }

    pub fn account(&self) -> &str {
        &self.principal.account_id
    }

    pub fn unique_id(&self) -> &str {
        &self.principal.user_id
    }

    /// The global condition keys that the caller brings along.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
    pub fn context(&self, region: &str) -> ConditionContext {
        let now = Utc::now();
        let is_user = self.principal.principal_type == PrincipalType::User;
        let user_name = self.arn().rsplit('/').next().filter(|_| is_user);
        let kind = match self.principal.principal_type {
            PrincipalType::User => Some("User"),
            PrincipalType::AssumedRole => Some("AssumedRole"),
            PrincipalType::FederatedUser => Some("FederatedUser"),
            _ => None,
        };
        // A session's aws:PrincipalArn is its role's ARN.
        let arn = self.role.as_ref().map_or(self.arn(), |role| role.arn.as_str());
        let mut context = ConditionContext {
            aws_username: user_name.map(str::to_owned),
            aws_userid: Some(self.unique_id().to_owned()),
            aws_principal_arn: self.service.is_none().then(|| arn.to_owned()),
            aws_principal_account: self.service.is_none().then(|| self.account().to_owned()),
            aws_principal_type: kind.map(str::to_owned),
            aws_source_ip: self.source_ip,
            aws_current_time: Some(now),
            aws_epoch_time: Some(now.timestamp()),
            // Loopback counts as TLS, so that the usual Deny on
            // aws:SecureTransport does not shut out everybody.
            aws_secure_transport: Some(true),
            aws_requested_region: Some(region.to_owned()),
            aws_mfa_present: self.mfa,
            aws_mfa_age_seconds: self
                .issued_at
                .filter(|_| self.mfa == Some(true))
                .map(|issued| (now - issued).num_seconds()),
            aws_token_issue_time: self.issued_at,
            principal_tags: self.principal.tags.clone(),
            service_keys: lacking(),
            ..ConditionContext::default()
        };
        let mut key = |name: &str, value: &str| {
            context.service_keys.insert(name.to_owned(), vec![value.to_owned()]);
        };
        key("aws:viaawsservice", "false");
        key("aws:principalisawsservice", if self.service.is_some() { "true" } else { "false" });
        if let Some(organization) = &self.organization {
            key("aws:principalorgid", organization);
            key("aws:principalorgpaths", &format!("{organization}/r-root/"));
        }
        if let Some(identity) = &self.principal.source_identity {
            key("aws:sourceidentity", identity);
        }
        context
    }
}
