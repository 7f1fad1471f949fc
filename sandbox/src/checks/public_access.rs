//! Block Public Access of a bucket: what it does to public policies.
//!
//! ACLs are left to the emulator, and the account's own settings (S3
//! Control) are no part of the sandbox.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>

use fakecloud_core::service::{AwsResponse, AwsServiceError};
use fakecloud_s3::S3Bucket;
use http::StatusCode;

use super::public_policy::is_public;
use crate::arn::partition_of_region;
use crate::authority::Caller;
use crate::services::error;
use crate::world::World;

/// `BlockPublicPolicy` refuses a public policy when it is put.
pub fn check_policy(world: &World, caller: &Caller, bucket: &str, text: &str) -> Result<(), AwsServiceError> {
    let found = world.bucket(bucket, |_, bucket| (has(bucket, "BlockPublicPolicy"), bucket.region.clone()));
    match found {
        Some((true, region)) if is_public(text) => Err(error(
            403,
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \
                 \"arn:{}:s3:::{bucket}\" because public policies are blocked by the \
                 BlockPublicPolicy block public access setting.",
                caller.arn(),
                partition_of_region(&region),
            ),
        )),
        _ => Ok(()),
    }
}

/// `RestrictPublicBuckets` leaves a bucket with a public policy to its
/// owner's account and to AWS services: every other account is shut out,
/// whatever else the policy grants to it.
pub fn is_restricted(bucket: &S3Bucket) -> bool {
    has(bucket, "RestrictPublicBuckets") && bucket.policy.as_deref().is_some_and(is_public)
}

/// `GetBucketPolicyStatus`.
pub fn status(world: &World, bucket: &str) -> Option<Result<AwsResponse, AwsServiceError>> {
    let policy = world.bucket(bucket, |_, bucket| bucket.policy.clone())?;
    let Some(policy) = policy else {
        return Some(Err(error(404, "NoSuchBucketPolicy", "The bucket policy does not exist")));
    };
    let body = format!(
        "<PolicyStatus xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><IsPublic>{}</IsPublic></PolicyStatus>",
        is_public(&policy)
    );
    Some(Ok(AwsResponse::xml(StatusCode::OK, body)))
}

fn has(bucket: &S3Bucket, flag: &str) -> bool {
    let Some(text) = bucket.public_access_block.as_deref() else {
        return false;
    };
    roxmltree::Document::parse(text).is_ok_and(|document| {
        let mut nodes = document.descendants().filter(|node| node.tag_name().name() == flag);
        nodes.any(|node| node.text().is_some_and(|text| text.trim().eq_ignore_ascii_case("true")))
    })
}
