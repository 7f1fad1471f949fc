//! What a replication role is called, by the map alone.
//!
//! Deliberately absent: whether it exists.

use crate::arn::{BucketName, RoleArn};
use crate::iam::hex;
use crate::topology::Topology;

/// The default name of a bucket's replication role: `bucketbridge-` and the bucket's name where that
/// fits into IAM's 64 characters; otherwise the first 40 characters of the bucket's name, `-`, and the
/// first 10 hexadecimal digits of the SHA-256 of the whole name. Frozen: the other side computes it.
pub fn default_name(bucket: &BucketName) -> String {
    let name = format!("bucketbridge-{bucket}");
    if name.len() <= 64 {
        return name;
    }
    format!("bucketbridge-{}-{}", &bucket.as_str()[..40], &hex(bucket.as_str())[..10])
}

/// The ARN of a source bucket's role, by the map alone.
pub fn arn_by_map(topology: &Topology, source: &BucketName) -> RoleArn {
    let bucket = &topology.buckets[source];
    let account = topology.account(&bucket.account);
    let name = match &topology.roles.name {
        None => default_name(source),
        Some(template) => template
            .replace("{bucket}", source.as_str())
            .replace("{account_id}", account.id.as_str())
            .replace("{region}", bucket.region.as_str()),
    };
    RoleArn {
        partition: account.partition,
        account: account.id.clone(),
        path: topology.roles.path.clone(),
        name,
    }
}
