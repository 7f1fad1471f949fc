//! The four services, each wrapped around the emulator's: first what AWS
//! would refuse, then the emulator's work, then what follows from it.

pub mod iam;
pub mod kms;
pub mod s3;
pub mod sts;
mod unique_ids;

use fakecloud_core::service::{AwsRequest, AwsServiceError};
use http::StatusCode;

use crate::actions::Need;
use crate::authority::Caller;
use crate::authority::judgement::Judgement;
use crate::world::World;

/// Who signed the request. Requests that nobody signed end here: the sandbox
/// has no anonymous access.
pub fn caller(world: &World, request: &AwsRequest) -> Result<Caller, AwsServiceError> {
    let (Some(principal), Some(key)) = (&request.principal, &request.access_key_id) else {
        return Err(match request.service.as_str() {
            "s3" => error(403, "AccessDenied", "Access Denied"),
            _ => error(403, "MissingAuthenticationToken", "Missing Authentication Token"),
        });
    };
    Ok(Caller::resolve(&world.iam, &world.sessions, principal, key).of(&world.organizations))
}

pub fn error(status: u16, code: &str, message: impl Into<String>) -> AwsServiceError {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    AwsServiceError::aws_error(status, code, message)
}

/// AWS's words for a denial.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>
pub fn denial(caller: &Caller, need: &Need, judgement: Judgement) -> String {
    let Need { action, resource, .. } = need;
    let (service, _) = action.split_once(':').unwrap_or((action, ""));
    let on = match (service, resource.as_str()) {
        ("kms", "*") => "this resource".to_owned(),
        ("s3", _) => format!("resource: \"{resource}\""),
        _ => format!("resource: {resource}"),
    };
    let why = match judgement {
        Judgement::Denied { explicit: true, by } => format!("with an explicit deny in a {by}"),
        Judgement::Denied { explicit: false, by } => {
            format!("because no {by} allows the {action} action")
        }
        Judgement::Allowed => return String::new(),
    }
    .replace("in a identity", "in an identity");
    format!("User: {} is not authorized to perform: {action} on {on} {why}", caller.arn())
}

/// The same for a bucket that `RestrictPublicBuckets` keeps to its owner's
/// account. The sentence is ours.
pub fn shut_out(caller: &Caller, need: &Need) -> String {
    format!(
        "User: {} is not authorized to perform: {} on resource: \"{}\" because the bucket has a public \
         policy and the RestrictPublicBuckets block public access setting",
        caller.arn(),
        need.action,
        need.resource
    )
}
