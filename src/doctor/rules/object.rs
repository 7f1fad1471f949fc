//! What no rule replicates, whatever it says.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html>
//!
//! Deliberately absent: what another rule would take.

use super::super::finding::{Finding, Severity};
use super::super::fix::{Change, Fix};
use super::super::hearing::Hearing;
use super::super::scene::Scene;
use super::super::snapshot::{ObjectChange, Read};
use super::Rule;
use super::selection;

pub(super) const RULE: Rule = Rule {
    id: "object",
    causes: &[
        "object-missing",
        "object-existed-before-rule",
        "object-failed-before",
        "object-is-replica",
        "object-archived-storage-class",
        "object-lifecycle-action",
        "src-object-not-owned",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let all = [
        missing(scene),
        older(scene),
        failed(scene),
        replica(scene),
        archived(scene),
        lifecycle(scene),
        owner(scene),
    ];
    all.into_iter().flatten().collect()
}

fn about(scene: &Scene<'_>, cause: &'static str, what: &str, fix: &str) -> Finding {
    Finding::error(cause, scene.source_account(), scene.source_object(), what).fix(Fix::by_hand(fix))
}

/// Batch Replication takes what live rules pass over
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-batch-replication-batch.html>).
fn is_batch(scene: &Scene<'_>) -> bool {
    scene.subject.change == ObjectChange::BatchReplication
}

fn missing(scene: &Scene<'_>) -> Option<Finding> {
    let gone = scene.subject.object.is_some_and(|object| object.facts.is_absent());
    let fix = "name an object version that exists";
    gone.then(|| about(scene, "object-missing", "there is no such object version in the source bucket", fix))
}

/// S3 gives every object that a rule takes a replication status when it is written. One without was
/// taken by none, so the rule that would take it now was not there, or was another
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html>).
fn older(scene: &Scene<'_>) -> Option<Finding> {
    let object = scene.subject.object?;
    let inferred = matches!(object.before_rule, Read::Unread(_))
        && object.facts.known().is_some()
        && scene.subject.status.is_none()
        && scene.subject.is_written()
        && selection::selects(scene);
    let what = match object.before_rule {
        Read::Known(true) => "the version is older than the rule: live rules take what is written after them",
        _ if inferred => {
            "the version has no replication status, so no rule took it when it was written: it is older than the \
             rule, or the rule was changed since"
        }
        _ => return None,
    };
    let fix = "run a job of S3 Batch Replication, or write the object again";
    (!is_batch(scene)).then(|| about(scene, "object-existed-before-rule", what, fix))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-status.html>
fn failed(scene: &Scene<'_>) -> Option<Finding> {
    if scene.subject.status.as_deref() != Some("FAILED") || is_batch(scene) {
        return None;
    }
    let what = "S3 has tried to replicate the version and failed, and does not try again by itself";
    let fix = "once the causes are cured, run a job of S3 Batch Replication, or write the object again";
    let mut finding = about(scene, "object-failed-before", what, fix);
    finding.severity = Severity::Warning;
    Some(finding)
}

fn replica(scene: &Scene<'_>) -> Option<Finding> {
    let what = "the version is itself a replica: live rules do not replicate replicas";
    let is_replica = scene.subject.status.as_deref() == Some("REPLICA");
    let fix = "replicate from the first source to both destinations, or run a job of S3 Batch Replication";
    (is_replica && !is_batch(scene)).then(|| about(scene, "object-is-replica", what, fix))
}

fn archived(scene: &Scene<'_>) -> Option<Finding> {
    let class = scene.subject.storage_class.as_deref();
    let archived = class.filter(|class| matches!(*class, "GLACIER" | "DEEP_ARCHIVE"))?;
    let what = format!("the version is in storage class {archived}, which S3 does not replicate from");
    let fix = "restore the object and copy it onto itself in another storage class";
    let finding = about(scene, "object-archived-storage-class", &what, fix);
    Some(if is_batch(scene) { finding.reason("SrcObjectNotEligible") } else { finding })
}

fn lifecycle(scene: &Scene<'_>) -> Option<Finding> {
    let what = "a lifecycle rule made the change, and what lifecycle rules do is not replicated";
    let fix = "give the destination bucket a lifecycle rule of its own";
    (scene.subject.change == ObjectChange::LifecycleDeleteMarker)
        .then(|| about(scene, "object-lifecycle-action", what, fix))
}

fn owner(scene: &Scene<'_>) -> Option<Finding> {
    // A bucket that enforces its owner owns everything in it.
    if scene.source.ownership.known().is_some_and(|ownership| ownership == "BucketOwnerEnforced") {
        return None;
    }
    let access = scene.subject.object?.access.known()?;
    if access.owned_by_bucket_owner || access.readable_by_bucket_owner {
        return None;
    }
    let what = "another account owns the object and gives the bucket's owner neither READ nor READ_ACP";
    let bucket = scene.source_name;
    let enforce = Change::SetBucket {
        bucket: bucket.to_owned(),
        setting: "ownership",
        value: "BucketOwnerEnforced".to_owned(),
    };
    let text = format!(
        "set the ownership of bucket {bucket} to BucketOwnerEnforced, or have the object's owner write it with the \
         ACL bucket-owner-full-control"
    );
    let finding = about(scene, "src-object-not-owned", what, "").reason("SrcGetObjectNotPermitted");
    Some(finding.fix(Fix::new(text, vec![enforce])))
}
