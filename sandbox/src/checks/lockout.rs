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

/// `need` is `kms:PutKeyPolicy` on the key with its tags and aliases, which a condition of the caller's policies
/// may ask for, or on the pattern of one that does not exist yet.
pub fn check(
    world: &World,
    caller: &Caller,
    region: &str,
    need: &Need,
    policy: &str,
) -> Result<(), AwsServiceError> {
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
