//! A key policy must leave its author able to change it again.
//!
//! Not asked if the caller bypasses the check. Whether some other principal
//! could change it does not help, as on AWS.
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html>

use fakecloud_core::service::AwsServiceError;

use crate::actions::Need;
use crate::authority::{Ask, Caller};
use crate::services::error;
use crate::world::{Governing, World};

/// `key` is the key's ARN, or the pattern of one that does not exist yet.
pub fn check(
    world: &World,
    caller: &Caller,
    region: &str,
    key: &str,
    policy: &str,
) -> Result<(), AwsServiceError> {
    let need = Need::new("kms:PutKeyPolicy", key).with("kms:calleraccount", caller.account());
    let ask =
        Ask { action: &need.action, resource: &need.resource, context: need.context(caller.context(region)) };
    if world.judge(caller, caller.account(), Governing::KeyPolicy(policy), &ask).is_allowed() {
        return Ok(());
    }
    Err(error(
        400,
        "MalformedPolicyDocumentException",
        "The new key policy will not allow you to update the key policy in the future.",
    ))
}
