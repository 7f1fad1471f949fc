//! The replica: a copy with the source's key, version id, metadata and
//! creation time, under the replica key, owned as the rule says.
//!
//! Bodies are stored as they are, so there is nothing to encrypt again.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html>

use fakecloud_s3::{S3Bucket, S3Object};

use super::decision::Allowed;
use super::facts::{Facts, Side};
use super::queue::Version;
use super::verdict::{Failure, Outcome};
use crate::world::World;

pub fn deliver(world: &World, facts: &Facts, version: &Version, allowed: &Allowed) -> Outcome {
    let source = world.bucket(&version.bucket, |_, bucket| find(bucket, version).cloned());
    let (Some(source), Some(destination)) = (source.flatten(), &facts.destination) else {
        return Outcome::Failed(Failure {
            code: "SrcVersionNotFound".to_owned(),
            action: String::new(),
            resource: version.key.clone(),
            detail: "the version was deleted before it was replicated".to_owned(),
        });
    };
    let replica = replica(source, facts, destination, allowed);
    world.bucket_mut(&destination.bucket, |bucket| store(bucket, replica));
    Outcome::Completed { degraded: allowed.lacks.iter().map(|&what| what.to_owned()).collect() }
}

fn find<'a>(bucket: &'a S3Bucket, version: &Version) -> Option<&'a S3Object> {
    let versions = bucket.object_versions.get(&version.key)?;
    versions.iter().find(|object| object.version_id.as_deref() == Some(&version.id))
}

fn replica(source: S3Object, facts: &Facts, destination: &Side, allowed: &Allowed) -> S3Object {
    let mut replica = source;
    if replica.is_delete_marker {
        return replica;
    }
    replica.replication_status = Some("REPLICA".to_owned());
    if let Some(class) = &facts.rule.storage_class {
        replica.storage_class.clone_from(class);
    }
    if allowed.lacks.contains(&"tags") {
        replica.tags.clear();
    }
    let kms = replica.sse_algorithm.as_deref().is_some_and(|name| name.starts_with("aws:kms"));
    if let (true, Some(key)) = (kms, &facts.replica_key) {
        replica.sse_kms_key_id = Some(key.arn.clone());
    }
    if facts.rule.owner_override || destination.owner_enforced {
        let owner = &destination.account;
        replica.acl_owner_id = Some(owner.clone());
        replica.acl_grants.truncate(1);
        for grant in &mut replica.acl_grants {
            grant.grantee_id = Some(owner.clone());
            grant.grantee_display_name = Some(owner.clone());
            grant.permission = "FULL_CONTROL".to_owned();
        }
    }
    replica
}

/// Puts the replica among the versions where its creation time belongs; the
/// youngest is the current one.
fn store(bucket: &mut S3Bucket, replica: S3Object) {
    let key = replica.key.clone();
    let current = bucket.objects.get(&key).cloned();
    let versions = bucket.object_versions.entry(key.clone()).or_default();
    // An object from before versioning stays as the null version.
    if let Some(mut earlier) = current
        && versions.is_empty()
    {
        earlier.version_id.get_or_insert_with(|| "null".to_owned());
        versions.push(earlier);
    }
    match versions.iter().position(|object| object.version_id == replica.version_id) {
        Some(place) => versions[place] = replica,
        None => {
            let place = versions.partition_point(|object| object.last_modified <= replica.last_modified);
            versions.insert(place, replica);
        }
    }
    if let Some(youngest) = versions.last().cloned() {
        bucket.objects.insert(key, youngest);
    }
}
