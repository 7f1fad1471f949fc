//! STS: sessions of roles, and who a caller is.
//!
//! `AssumeRole` is done here: the emulator's matches a trust policy against
//! the caller's own ARN alone, so that a chain through a role's session
//! breaks, and drops session tags. Any six digits pass for an MFA code.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{Duration, SecondsFormat, Utc};
use fakecloud_core::service::{AwsRequest, AwsResponse, AwsService, AwsServiceError};
use fakecloud_iam::sts_service::StsService;
use fakecloud_iam::xml_responses::{AssumedRoleInfo, StsCredentials, assume_role_response};
use fakecloud_iam::{CredentialIdentity, IamRole, StsTempCredential};
use http::StatusCode;

use super::iam::tags;
use super::{caller, denial, error};
use crate::actions::Need;
use crate::arn::Arn;
use crate::authority::{Ask, Caller};
use crate::sessions::Session;
use crate::world::{Governing, World};

pub struct Sts {
    world: Arc<World>,
    inner: StsService,
}

impl Sts {
    pub fn new(world: Arc<World>, inner: StsService) -> Self {
        Sts { world, inner }
    }

    fn assume_role(&self, caller: &Caller, request: &AwsRequest) -> Result<AwsResponse, AwsServiceError> {
        let wish = Wish::read(&request.query_params)?;
        let earlier = request.access_key_id.as_deref().and_then(|key| self.world.sessions.get(key));
        let session = wish.session(earlier.as_deref());
        let mfa = wish.mfa()?;
        let mut caller_now = caller.clone();
        caller_now.mfa = if mfa { Some(true) } else { caller.mfa };

        let found = self.world.role(wish.role);
        let Some((account, role)) = found else {
            return Err(refused(caller, "sts:AssumeRole", wish.role));
        };
        let mut actions = vec!["sts:AssumeRole"];
        if !session.tags.is_empty() {
            actions.push("sts:TagSession");
        }
        if session.source_identity.is_some() {
            actions.push("sts:SetSourceIdentity");
        }
        for action in actions {
            let need = wish.need(action, &session);
            let ask = Ask {
                action,
                resource: wish.role,
                context: need.context(caller_now.context(&request.region)),
            };
            let trust = Governing::Trust(&role.assume_role_policy_document);
            let judgement = self.world.judge(&caller_now, &account, trust, &ask);
            if !judgement.is_allowed() {
                return Err(error(403, "AccessDenied", denial(caller, &need, judgement)));
            }
        }
        let seconds = wish.seconds(&role, caller.role.is_some())?;
        Ok(self.issue(request, &wish, &account, &role, session, mfa, seconds))
    }

    #[expect(clippy::too_many_arguments, reason = "one place puts a session together")]
    fn issue(
        &self,
        request: &AwsRequest,
        wish: &Wish<'_>,
        account: &str,
        role: &IamRole,
        session: Session,
        mfa: bool,
        seconds: i64,
    ) -> AwsResponse {
        let credentials = StsCredentials::generate();
        let partition = Arn::parse(&role.arn).map_or("aws", |arn| arn.partition);
        let arn =
            format!("arn:{partition}:sts::{account}:assumed-role/{}/{}", role.role_name, wish.session_name);
        let user_id = format!("{}:{}", role.role_id, wish.session_name);
        let now = Utc::now();
        let expiration = now + Duration::seconds(seconds);
        let key = credentials.access_key_id.clone();
        let mut states = self.world.iam.write();
        let managed: Vec<String> = wish
            .policy_arns
            .iter()
            .filter_map(|arn| {
                let policy = states.get(account)?.policies.get(*arn)?;
                let version = policy.versions.iter().find(|version| version.is_default)?;
                Some(version.document.clone())
            })
            .collect();
        let state = states.get_or_create(account);
        state.credential_identities.insert(
            key.clone(),
            CredentialIdentity { arn: arn.clone(), user_id: user_id.clone(), account_id: account.to_owned() },
        );
        state.sts_temp_credentials.insert(
            key.clone(),
            StsTempCredential {
                access_key_id: key.clone(),
                secret_access_key: credentials.secret_access_key.clone(),
                session_token: credentials.session_token.clone(),
                principal_arn: arn,
                user_id,
                account_id: account.to_owned(),
                expiration,
                session_policies: wish.policy.map(str::to_owned).into_iter().chain(managed).collect(),
                mfa_present: mfa,
                issued_at: now,
                federated_provider: None,
            },
        );
        drop(states);
        let source_identity = session.source_identity.clone();
        self.world.sessions.put(&key, session);
        AwsResponse::xml(
            StatusCode::OK,
            assume_role_response(&AssumedRoleInfo {
                role_arn: &role.arn,
                role_session_name: wish.session_name,
                assumed_role_id: &role.role_id,
                account_id: account,
                partition,
                creds: Some(&credentials),
                expiration: &expiration.to_rfc3339_opts(SecondsFormat::Secs, true),
                request_id: &request.request_id,
                source_identity: source_identity.as_deref(),
                ..AssumedRoleInfo::default()
            }),
        )
    }
}

fn refused(caller: &Caller, action: &str, role: &str) -> AwsServiceError {
    error(
        403,
        "AccessDenied",
        format!("User: {} is not authorized to perform: {action} on resource: {role}", caller.arn()),
    )
}

/// What an AssumeRole call asks for.
struct Wish<'a> {
    fields: &'a HashMap<String, String>,
    role: &'a str,
    session_name: &'a str,
    policy: Option<&'a str>,
    policy_arns: Vec<&'a str>,
}

impl<'a> Wish<'a> {
    fn read(fields: &'a HashMap<String, String>) -> Result<Self, AwsServiceError> {
        let field = |name: &str| fields.get(name).map(String::as_str);
        let missing = |name: &str| {
            error(
                400,
                "ValidationError",
                format!("Value null at '{name}' failed to satisfy constraint: Member must not be null"),
            )
        };
        let session_name = field("RoleSessionName").ok_or_else(|| missing("roleSessionName"))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        if !(2..=64).contains(&session_name.len()) || !session_name.chars().all(plain) {
            return Err(error(
                400,
                "ValidationError",
                format!(
                    "Value '{session_name}' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*"
                ),
            ));
        }
        Ok(Wish {
            fields,
            role: field("RoleArn").ok_or_else(|| missing("roleArn"))?,
            session_name,
            policy: field("Policy"),
            policy_arns: (1..)
                .map_while(|number| field(&format!("PolicyArns.member.{number}.arn")))
                .collect(),
        })
    }

    fn field(&self, name: &str) -> Option<&'a str> {
        self.fields.get(name).map(String::as_str)
    }

    /// What the session will carry. Transitive tags and the source identity
    /// of an earlier session go along.
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
    fn session(&self, earlier: Option<&Session>) -> Session {
        let mut session = Session::default();
        if let Some(earlier) = earlier {
            session.source_identity = earlier.source_identity.clone();
            session.transitive = earlier.transitive.clone();
            session.tags = earlier
                .tags
                .iter()
                .filter(|(key, _)| earlier.transitive.contains(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
        }
        session.tags.extend(tags(self.fields, "Tags").unwrap_or_default());
        let more = (1..).map_while(|n| self.field(&format!("TransitiveTagKeys.member.{n}")));
        session.transitive.extend(more.map(str::to_owned));
        if let Some(identity) = self.field("SourceIdentity") {
            session.source_identity = Some(identity.to_owned());
        }
        session
    }

    fn mfa(&self) -> Result<bool, AwsServiceError> {
        let (Some(_), Some(code)) = (self.field("SerialNumber"), self.field("TokenCode")) else {
            return Ok(false);
        };
        if code.len() == 6 && code.bytes().all(|digit| digit.is_ascii_digit()) {
            return Ok(true);
        }
        Err(error(
            403,
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
        ))
    }

    fn need(&self, action: &str, session: &Session) -> Need {
        let mut need = Need::new(action, self.role).with("sts:rolesessionname", self.session_name);
        if let Some(id) = self.field("ExternalId") {
            need = need.with("sts:externalid", id);
        }
        if let Some(identity) = &session.source_identity {
            need = need.with("sts:sourceidentity", identity);
        }
        for key in &session.transitive {
            need = need.with("sts:transitivetagkeys", key);
        }
        if !session.tags.is_empty() {
            need.request_tags = Some(session.tags.clone().into_iter().collect());
        }
        need
    }

    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use.html>
    fn seconds(&self, role: &IamRole, chained: bool) -> Result<i64, AwsServiceError> {
        let Some(text) = self.field("DurationSeconds") else {
            return Ok(3600);
        };
        let invalid = |message: &str| error(400, "ValidationError", message);
        let seconds: i64 = text.parse().map_err(|_| invalid("DurationSeconds must be a number"))?;
        if seconds < 900 {
            return Err(invalid(&format!(
                "1 validation error detected: Value '{seconds}' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"
            )));
        }
        if chained && seconds > 3600 {
            return Err(invalid(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
            ));
        }
        if seconds > i64::from(role.max_session_duration) {
            return Err(invalid(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        Ok(seconds)
    }
}

#[async_trait]
impl AwsService for Sts {
    fn service_name(&self) -> &str {
        "sts"
    }

    fn supported_actions(&self) -> &[&str] {
        self.inner.supported_actions()
    }

    async fn handle(&self, request: AwsRequest) -> Result<AwsResponse, AwsServiceError> {
        let caller = caller(&self.world, &request)?;
        match request.action.as_str() {
            "AssumeRole" => return self.assume_role(&caller, &request),
            // Neither asks for a permission.
            "GetCallerIdentity" | "GetSessionToken" => {}
            action => {
                let need = Need::new(format!("sts:{action}"), "*");
                let ask = Ask {
                    action: &need.action,
                    resource: "*",
                    context: need.context(caller.context(&request.region)),
                };
                let judgement = self.world.judge(&caller, caller.account(), Governing::None, &ask);
                if !judgement.is_allowed() {
                    return Err(error(403, "AccessDenied", denial(&caller, &need, judgement)));
                }
            }
        }
        self.inner.handle(request).await
    }
}
