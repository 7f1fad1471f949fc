//! `x-amz-expected-bucket-owner`: a bucket of another owner is refused.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>

use fakecloud_core::service::{AwsRequest, AwsServiceError};

use crate::services::error;
use crate::services::s3::S3Request;
use crate::world::World;

pub fn check(world: &World, request: &AwsRequest, s3: &S3Request) -> Result<(), AwsServiceError> {
    let header = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    if let (Some(expected), Some(owner)) = (header("x-amz-expected-bucket-owner"), &s3.owner)
        && expected != owner
    {
        return Err(error(403, "AccessDenied", "Access Denied"));
    }
    if let (Some(expected), Some(source)) =
        (header("x-amz-source-expected-bucket-owner"), header("x-amz-copy-source"))
    {
        let bucket = source.trim_start_matches('/').split('/').next().unwrap_or_default();
        let owner = world.bucket(bucket, |owner, _| owner.to_owned());
        if owner.is_some_and(|owner| owner != expected) {
            return Err(error(403, "AccessDenied", "Access Denied"));
        }
    }
    Ok(())
}
