//! IAM: the emulator's users, roles and policies behind AWS's checks.
//!
//! IAM is global: whatever Region a client signs for, it is the same.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use fakecloud_core::service::{AwsRequest, AwsResponse, AwsService, AwsServiceError};
use fakecloud_iam::iam_service::IamService;
use serde_json::Value;

use super::{caller, denial, error, unique_ids};
use crate::actions::Need;
use crate::arn::partition_of_region;
use crate::authority::{Ask, Caller};
use crate::checks::decay::Leaving;
use crate::checks::{boundary, documents, principals, size};
use crate::world::{Governing, World};

pub struct Iam {
    world: Arc<World>,
    inner: IamService,
}

impl Iam {
    pub fn new(world: Arc<World>, inner: IamService) -> Self {
        Iam { world, inner }
    }

    fn needs(&self, caller: &Caller, request: &AwsRequest) -> Vec<Need> {
        let field = |name: &str| request.query_params.get(name).map(String::as_str);
        let mut need = Need::new(format!("iam:{}", request.action), self.resource(caller.account(), request));
        if let Some(boundary) = field("PermissionsBoundary") {
            need = need.with("iam:permissionsboundary", boundary);
        }
        if let Some(policy) = field("PolicyArn") {
            need = need.with("iam:policyarn", policy);
        }
        need.request_tags = tags(&request.query_params, "Tags");
        let mut needs = vec![need];
        // Tags on creation ask for their own action.
        let tagging = match request.action.as_str() {
            "CreateRole" => Some("iam:TagRole"),
            "CreateUser" => Some("iam:TagUser"),
            "CreatePolicy" => Some("iam:TagPolicy"),
            _ => None,
        };
        if let (Some(action), Some(_)) = (tagging, &needs[0].request_tags) {
            needs.push(Need { action: action.to_owned(), ..needs[0].clone() });
        }
        needs
    }

    /// The ARN of what the call is about, path included.
    fn resource(&self, account: &str, request: &AwsRequest) -> String {
        let field = |name: &str| request.query_params.get(name).map(String::as_str);
        let path = field("Path").unwrap_or("/");
        let new = |kind: &str, name: &str| {
            format!("arn:{}:iam::{account}:{kind}{path}{name}", partition_of_region(&request.region))
        };
        let states = self.world.iam.read();
        let state = states.get(account);
        if let Some(name) = field("RoleName") {
            let role = state.and_then(|state| state.roles.get(name));
            return role.map_or_else(|| new("role", name), |role| role.arn.clone());
        }
        if let Some(name) = field("UserName") {
            let user = state.and_then(|state| state.users.get(name));
            return user.map_or_else(|| new("user", name), |user| user.arn.clone());
        }
        if let Some(arn) = field("PolicyArn").or(field("PolicySourceArn")) {
            return arn.to_owned();
        }
        if let Some(name) = field("PolicyName") {
            return new("policy", name);
        }
        "*".to_owned()
    }
}

/// `Tags.member.1.Key` and so on, as the query protocol has lists.
pub fn tags(fields: &HashMap<String, String>, list: &str) -> Option<HashMap<String, String>> {
    let mut tags = HashMap::new();
    for number in 1.. {
        let part = |name: &str| fields.get(&format!("{list}.member.{number}.{name}"));
        let Some(key) = part("Key") else {
            break;
        };
        tags.insert(key.clone(), part("Value").cloned().unwrap_or_default());
    }
    (!tags.is_empty()).then_some(tags)
}

/// An inline policy of the older version of the language. The emulator takes
/// the newer one only, as IAM does for managed policies; inline it may be
/// either, or not be said.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>
struct Older {
    of_role: bool,
    owner: String,
    name: String,
    text: String,
}

/// Shows the emulator a policy of the newer version instead.
fn versionless(request: &mut AwsRequest) -> Option<Older> {
    let of_role = match request.action.as_str() {
        "PutRolePolicy" => true,
        "PutUserPolicy" => false,
        _ => return None,
    };
    let text = request.query_params.get("PolicyDocument")?.clone();
    let mut document: Value = serde_json::from_str(&text).ok()?;
    let version = document.get("Version").and_then(Value::as_str);
    if !matches!(version, None | Some("2008-10-17")) {
        return None;
    }
    document.as_object_mut()?.insert("Version".to_owned(), Value::from("2012-10-17"));
    request.query_params.insert("PolicyDocument".to_owned(), document.to_string());
    let field = |name: &str| request.query_params.get(name).cloned();
    let owner = field(if of_role { "RoleName" } else { "UserName" })?;
    Some(Older { of_role, owner, name: field("PolicyName")?, text })
}

impl Older {
    /// The text that was put is the text that is kept.
    fn restore(self, world: &World, account: &str) {
        let mut states = world.iam.write();
        let state = states.get_or_create(account);
        let policies =
            if self.of_role { &mut state.role_inline_policies } else { &mut state.user_inline_policies };
        if let Some(kept) = policies.get_mut(&self.owner).and_then(|list| list.get_mut(&self.name)) {
            *kept = self.text;
        }
    }
}

#[async_trait]
impl AwsService for Iam {
    fn service_name(&self) -> &str {
        "iam"
    }

    fn supported_actions(&self) -> &[&str] {
        self.inner.supported_actions()
    }

    async fn handle(&self, mut request: AwsRequest) -> Result<AwsResponse, AwsServiceError> {
        let caller = caller(&self.world, &request)?;
        for need in self.needs(&caller, &request) {
            let ask = Ask {
                action: &need.action,
                resource: &need.resource,
                context: need.context(caller.context(&request.region)),
            };
            let judgement = self.world.judge(&caller, caller.account(), Governing::None, &ask);
            if !judgement.is_allowed() {
                return Err(error(403, "AccessDenied", denial(&caller, &need, judgement)));
            }
        }
        let trust = match request.action.as_str() {
            "CreateRole" => request.query_params.get("AssumeRolePolicyDocument"),
            "UpdateAssumeRolePolicy" => request.query_params.get("PolicyDocument"),
            _ => None,
        };
        size::check_iam(&self.world, caller.account(), &request.action, &request.query_params)?;
        if let Some(text) = trust {
            documents::check_trust_policy(text)?;
            principals::check_trust_policy(&self.world, text)?;
        }
        if let Some(arn) = request.query_params.get("PermissionsBoundary") {
            boundary::check(&self.world, caller.account(), arn)?;
        }
        let name = request.query_params.get("RoleName").or_else(|| request.query_params.get("UserName"));
        let leaving = Leaving::of(&self.world, caller.account(), &request.action, name);
        let (action, name) = (request.action.clone(), name.cloned().unwrap_or_default());
        let inline = versionless(&mut request);
        let mut answer = self.inner.handle(request).await?;
        unique_ids::put_right(&self.world, caller.account(), &action, &name, &mut answer);
        if let Some(inline) = inline {
            inline.restore(&self.world, caller.account());
        }
        if let Some(leaving) = leaving {
            leaving.decay(&self.world);
        }
        Ok(answer)
    }
}
