//! A permissions boundary is a managed policy that exists.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html>
//!
//! AWS's own policies all count as existing: the sandbox does not know their list.

use fakecloud_core::service::AwsServiceError;

use crate::services::error;
use crate::world::World;

pub fn check(world: &World, account: &str, arn: &str) -> Result<(), AwsServiceError> {
    let managed_by_aws = arn.split(':').nth(4) == Some("aws");
    let states = world.iam.read();
    let exists = states.get(account).is_some_and(|state| state.policies.contains_key(arn));
    if managed_by_aws || exists {
        return Ok(());
    }
    Err(error(404, "NoSuchEntity", format!("Scope ARN: {arn} does not exist or is not attachable.")))
}
