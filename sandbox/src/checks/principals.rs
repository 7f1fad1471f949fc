//! Principals must exist: a policy that names a role or user that does not
//! exist, or is not visible yet, is refused when it is stored.
//!
//! Account ids and service names are not looked up; any account counts as
//! existing. A unique id (`AROA…`) is what a deleted principal has turned
//! into, and a document that still names one is refused.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>,
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use chrono::Utc;
use fakecloud_core::service::AwsServiceError;
use serde_json::Value;

use crate::arn::{Arn, is_account_id};
use crate::authority::principal::texts;
use crate::services::error;
use crate::world::World;

pub fn check_bucket_policy(world: &World, text: &str) -> Result<(), AwsServiceError> {
    match first_unknown(world, text) {
        Some(_) => Err(error(400, "MalformedPolicy", "Invalid principal in policy")),
        None => Ok(()),
    }
}

pub fn check_key_policy(world: &World, text: &str) -> Result<(), AwsServiceError> {
    match first_unknown(world, text) {
        Some(_) => Err(error(
            400,
            "MalformedPolicyDocumentException",
            "Policy contains a statement with one or more invalid principals.",
        )),
        None => Ok(()),
    }
}

pub fn check_trust_policy(world: &World, text: &str) -> Result<(), AwsServiceError> {
    match first_unknown(world, text) {
        Some(name) => Err(error(
            400,
            "MalformedPolicyDocument",
            format!("Invalid principal in policy: \"AWS\":\"{name}\""),
        )),
        None => Ok(()),
    }
}

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html>
pub fn check_grantee(world: &World, name: &str) -> Result<(), AwsServiceError> {
    if name.ends_with(".amazonaws.com") || (Arn::parse(name).is_some() && exists(world, name)) {
        return Ok(());
    }
    Err(error(400, "InvalidArnException", format!("ARN does not refer to a valid principal: {name}")))
}

/// The first AWS principal of a document that names nobody.
fn first_unknown(world: &World, text: &str) -> Option<String> {
    let document: Value = serde_json::from_str(text).ok()?;
    let statements = match document.get("Statement")? {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    statements
        .iter()
        .flat_map(|statement| ["Principal", "NotPrincipal"].map(|element| statement.get(element)))
        .flatten()
        .filter_map(|principals| principals.get("AWS"))
        .flat_map(texts)
        .find(|name| !exists(world, name))
        .map(str::to_owned)
}

fn exists(world: &World, name: &str) -> bool {
    if name == "*" || is_account_id(name) {
        return true;
    }
    let Some(arn) = Arn::parse(name).filter(|arn| is_account_id(arn.account)) else {
        return false;
    };
    if arn.service == "iam" && arn.resource == "root" {
        return true;
    }
    let states = world.iam.read();
    let Some(state) = states.get(arn.account) else {
        return false;
    };
    let made = if let Some(role) = arn.role_name() {
        state.roles.get(role).filter(|role| role.arn == name).map(|role| role.created_at)
    } else if let Some(role) = arn.session_role_name() {
        state.roles.get(role).map(|role| role.created_at)
    } else if let Some(path) = arn.resource.strip_prefix("user/") {
        let user = path.rsplit('/').next().unwrap_or(path);
        state.users.get(user).filter(|user| user.arn == name).map(|user| user.created_at)
    } else {
        // Federated users and the like are not looked up.
        return matches!(arn.service, "sts" | "iam");
    };
    let delay = world.settings.iam_propagation.get();
    made.is_some_and(|made| (Utc::now() - made).to_std().is_ok_and(|age| age >= delay))
}
