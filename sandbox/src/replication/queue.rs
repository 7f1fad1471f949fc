//! New versions: selected at once, `PENDING` for the delay, then decided.
//!
//! The status of a version is `COMPLETED` when every rule that took it has
//! replicated it, and `FAILED` when one was refused; a refused one is not
//! tried again.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html>

use std::sync::Arc;

use fakecloud_core::service::{AwsResponse, ResponseBody};
use fakecloud_s3::{S3Bucket, S3Object};

use super::document::{Configuration, Rule};
use super::facts::Facts;
use super::selection::{Candidate, select};
use super::verdict::{Outcome, Verdict};
use super::{decision, delivery};
use crate::checks::encryption::Encryption;
use crate::checks::object_owner;
use crate::services::s3::S3Request;
use crate::world::World;

/// A version that is being replicated.
#[derive(Clone, Debug)]
pub struct Version {
    pub bucket: String,
    pub key: String,
    pub id: String,
    pub delete_marker: bool,
    pub tags: Vec<(String, String)>,
    pub encryption: Encryption,
    /// Under a key that the client keeps (SSE-C).
    pub customer_key: bool,
    /// The bucket's owner may read the object and its ACL.
    pub readable: bool,
}

impl Version {
    /// Not encrypted at all, as objects from before 2023 may be. No API call
    /// makes such an object any more.
    pub fn is_plain(&self) -> bool {
        self.encryption.algorithm.is_none() && !self.customer_key
    }
}

/// Looks at what an S3 call has just written, if it wrote anything.
pub fn after(world: &Arc<World>, bucket: &str, s3: &S3Request, answer: &AwsResponse) {
    let written: Vec<(String, Option<String>)> = match s3.operation {
        "PutObject" | "CopyObject" | "CompleteMultipartUpload" => {
            s3.key.iter().map(|key| (key.clone(), version_of(answer))).collect()
        }
        "DeleteObject" if s3.version.is_none() => {
            s3.key.iter().map(|key| (key.clone(), version_of(answer))).collect()
        }
        "DeleteObjects" => markers(answer),
        _ => return,
    };
    for (key, id) in written {
        enqueue(world, s3, bucket, &key, id.as_deref());
    }
}

fn version_of(answer: &AwsResponse) -> Option<String> {
    let id = answer.headers.get("x-amz-version-id")?.to_str().ok()?;
    Some(id.to_owned())
}

/// The delete markers that a multi-object delete made.
fn markers(answer: &AwsResponse) -> Vec<(String, Option<String>)> {
    let ResponseBody::Bytes(body) = &answer.body else {
        return Vec::new();
    };
    let text = std::str::from_utf8(body).unwrap_or_default();
    let Ok(document) = roxmltree::Document::parse(text) else {
        return Vec::new();
    };
    let deleted = document.descendants().filter(|node| node.tag_name().name() == "Deleted");
    deleted
        .filter_map(|node| {
            let text = |name: &str| {
                let child = node.children().find(|child| child.tag_name().name() == name)?;
                child.text().map(str::to_owned)
            };
            Some((text("Key")?, Some(text("DeleteMarkerVersionId")?)))
        })
        .collect()
}

fn enqueue(world: &Arc<World>, s3: &S3Request, bucket: &str, key: &str, id: Option<&str>) {
    let stored = world.replication.of(bucket);
    let found = world.bucket(bucket, |_, bucket| {
        let versions = bucket.object_versions.get(key)?;
        match id {
            Some(id) => versions.iter().rev().find(|object| object.version_id.as_deref() == Some(id)),
            None => versions.last(),
        }
        .cloned()
    });
    let Some(object) = found.flatten() else {
        return;
    };
    // A copy must not inherit the status of its source.
    if object.replication_status.is_some() && !object.is_delete_marker {
        set_status(world, bucket, key, object.version_id.as_deref(), None);
    }
    let (Some(stored), Some(id)) = (stored, object.version_id.clone()) else {
        return;
    };
    // Null versions were written before versioning was on.
    if id == "null" {
        return;
    }
    let (version, candidate) = describe(s3, bucket, &id, &object);
    let chosen = select(&stored.configuration, &candidate);
    let mut taken = Vec::new();
    for choice in chosen {
        let verdict = Verdict {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version: id.clone(),
            rule: choice.rule.label(choice.index),
            destination: choice.rule.bucket().to_owned(),
            outcome: Outcome::Pending,
        };
        match choice.skipped {
            Some(reason) => world
                .replication
                .note(Verdict { outcome: Outcome::Skipped { reason: reason.to_owned() }, ..verdict }),
            None => {
                world.replication.note(verdict.clone());
                taken.push((choice.rule.clone(), verdict));
            }
        }
    }
    if taken.is_empty() {
        return;
    }
    if !version.delete_marker {
        set_status(world, bucket, key, Some(&id), Some("PENDING"));
    }
    let delay = world.settings.replication_delay.get();
    let world = world.clone();
    let configuration = stored.configuration.clone();
    tokio::spawn(async move {
        tokio::time::sleep(delay).await;
        let mut held = world.settings.held.subscribe();
        // An error means that the sandbox is going away.
        if held.wait_for(|held| !held).await.is_ok() {
            settle(&world, &configuration, &version, taken);
        }
    });
}

fn describe(s3: &S3Request, bucket: &str, id: &str, object: &S3Object) -> (Version, Candidate) {
    let encryption = Encryption {
        algorithm: object.sse_algorithm.clone().filter(|_| !s3.customer_key),
        key: object.sse_kms_key_id.clone(),
        bucket_key: object.bucket_key_enabled,
    };
    let candidate = Candidate {
        key: object.key.clone(),
        tags: object.tags.clone(),
        delete_marker: object.is_delete_marker,
        kms: encryption.is_kms(),
        // Only S3 itself writes replicas, and not through this door.
        replica: false,
        storage_class: object.storage_class.clone(),
    };
    let version = Version {
        bucket: bucket.to_owned(),
        key: object.key.clone(),
        id: id.to_owned(),
        delete_marker: object.is_delete_marker,
        tags: object.tags.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        encryption,
        customer_key: s3.customer_key,
        readable: object_owner::may_read(object, s3.owner.as_deref().unwrap_or_default()),
    };
    (version, candidate)
}

/// The delay is over: decide for each destination and say how it ended.
fn settle(world: &World, configuration: &Configuration, version: &Version, taken: Vec<(Rule, Verdict)>) {
    let mut failed = false;
    let mut ended = Vec::new();
    for (rule, verdict) in taken {
        let facts = Facts::gather(
            world,
            &version.bucket,
            &configuration.role,
            &rule,
            version.encryption.key.as_deref(),
        );
        let Some(facts) = facts else {
            return;
        };
        let outcome = match decision::decide(world, &facts, version) {
            Ok(allowed) => delivery::deliver(world, &facts, version, &allowed),
            Err(failure) => Outcome::Failed(failure),
        };
        failed |= matches!(outcome, Outcome::Failed(_));
        ended.push(Verdict { outcome, ..verdict });
    }
    // Whoever has seen the verdict finds the status that goes with it.
    if !version.delete_marker {
        let status = if failed { "FAILED" } else { "COMPLETED" };
        set_status(world, &version.bucket, &version.key, Some(&version.id), Some(status));
    }
    ended.into_iter().for_each(|verdict| world.replication.note(verdict));
}

fn set_status(world: &World, bucket: &str, key: &str, id: Option<&str>, status: Option<&str>) {
    world.bucket_mut(bucket, |bucket| {
        for object in versions_mut(bucket, key) {
            if object.version_id.as_deref() == id {
                object.replication_status = status.map(str::to_owned);
            }
        }
    });
}

fn versions_mut<'a>(bucket: &'a mut S3Bucket, key: &str) -> impl Iterator<Item = &'a mut S3Object> {
    let current = bucket.objects.get_mut(key);
    let all = bucket.object_versions.get_mut(key);
    current.into_iter().chain(all.into_iter().flatten())
}
