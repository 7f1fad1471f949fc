//! How large policies may be.
//!
//! IAM does not count white space. Bucket policies are measured in
//! [`bucket_policy`](super::bucket_policy).
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>

use std::collections::{BTreeMap, HashMap};

use fakecloud_core::service::AwsServiceError;
use fakecloud_iam::IamState;

use crate::services::error;
use crate::world::World;

const ROLE_INLINE: usize = 10_240;
const USER_INLINE: usize = 2_048;
const GROUP_INLINE: usize = 5_120;
const MANAGED: usize = 6_144;
/// Can be raised to 4,096 on request.
const TRUST: usize = 2_048;
const KEY: usize = 32 * 1024;

/// What an IAM call stores, with what is there already.
pub fn check_iam(
    world: &World,
    account: &str,
    action: &str,
    fields: &HashMap<String, String>,
) -> Result<(), AwsServiceError> {
    let field = |name: &str| fields.get(name).map(String::as_str);
    let inline = |kind: &str,
                  limit: usize,
                  owner: &str,
                  policies: fn(&IamState) -> &BTreeMap<String, BTreeMap<String, String>>| {
        let states = world.iam.read();
        let name = field("PolicyName").unwrap_or_default();
        let others = states.get(account).and_then(|state| policies(state).get(owner)).into_iter().flatten();
        let size: usize = others.filter(|(other, _)| *other != name).map(|(_, text)| counted(text)).sum();
        if size + counted(field("PolicyDocument").unwrap_or_default()) <= limit {
            return Ok(());
        }
        Err(too_large(format!("Maximum policy size of {limit} bytes exceeded for {kind} {owner}")))
    };
    match action {
        "PutRolePolicy" => inline("role", ROLE_INLINE, field("RoleName").unwrap_or_default(), |state| {
            &state.role_inline_policies
        }),
        "PutUserPolicy" => inline("user", USER_INLINE, field("UserName").unwrap_or_default(), |state| {
            &state.user_inline_policies
        }),
        "PutGroupPolicy" => {
            let size = counted(field("PolicyDocument").unwrap_or_default());
            within(size, GROUP_INLINE, || {
                format!("Maximum policy size of {GROUP_INLINE} bytes exceeded for group")
            })
        }
        "CreatePolicy" | "CreatePolicyVersion" => {
            let size = counted(field("PolicyDocument").unwrap_or_default());
            within(size, MANAGED, || format!("Cannot exceed quota for PolicySize: {MANAGED}"))
        }
        "CreateRole" | "UpdateAssumeRolePolicy" => {
            let text = field("AssumeRolePolicyDocument").or(field("PolicyDocument")).unwrap_or_default();
            within(counted(text), TRUST, || format!("Cannot exceed quota for ACLSizePerRole: {TRUST}"))
        }
        _ => Ok(()),
    }
}

pub fn check_key_policy(text: &str) -> Result<(), AwsServiceError> {
    if text.len() <= KEY {
        return Ok(());
    }
    Err(error(400, "LimitExceededException", format!("The key policy is larger than {KEY} bytes")))
}

fn within(size: usize, limit: usize, message: impl FnOnce() -> String) -> Result<(), AwsServiceError> {
    if size <= limit { Ok(()) } else { Err(too_large(message())) }
}

fn too_large(message: String) -> AwsServiceError {
    error(409, "LimitExceeded", message)
}

fn counted(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}
