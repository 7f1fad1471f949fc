//! Storing, answering and deleting a bucket's replication configuration.
//!
//! What was put is what is answered, unknown elements included. The emulator
//! never sees it.

use std::sync::Arc;

use fakecloud_core::service::{AwsResponse, AwsServiceError};
use http::StatusCode;

use super::{Stored, admission};
use crate::services::error;
use crate::services::s3::empty;
use crate::world::World;

pub fn put(world: &World, bucket: &str, text: String) -> Result<AwsResponse, AwsServiceError> {
    let configuration = admission::check(world, bucket, &text)?;
    world.replication.put(bucket, Stored { text: text.into(), configuration: Arc::new(configuration) });
    Ok(empty(200))
}

pub fn get(world: &World, bucket: &str) -> Result<AwsResponse, AwsServiceError> {
    match world.replication.of(bucket) {
        Some(stored) => Ok(AwsResponse::xml(StatusCode::OK, stored.text.to_string())),
        None => Err(error(
            404,
            "ReplicationConfigurationNotFoundError",
            "The replication configuration was not found",
        )),
    }
}

pub fn delete(world: &World, bucket: &str) -> Result<AwsResponse, AwsServiceError> {
    world.replication.remove(bucket);
    Ok(empty(204))
}

/// A bucket is gone, and its configuration with it.
pub fn forget(world: &World, bucket: &str) {
    world.replication.remove(bucket);
}

/// Versioning of a source cannot be suspended.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html>
pub fn keeps_versioning(world: &World, bucket: &str, body: &[u8]) -> Result<(), AwsServiceError> {
    let suspends = std::str::from_utf8(body).is_ok_and(|text| text.contains(">Suspended<"));
    if suspends && world.replication.of(bucket).is_some() {
        return Err(error(
            409,
            "InvalidBucketState",
            "A replication configuration is present on this bucket, so the versioning state cannot be changed.",
        ));
    }
    Ok(())
}
