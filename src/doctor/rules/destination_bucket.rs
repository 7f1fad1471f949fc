//! The destination bucket's own settings.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html>
//!
//! Deliberately absent: its policy.

use super::super::finding::Finding;
use super::super::fix::{Change, DocumentName, Fix};
use super::super::hearing::Hearing;
use super::super::scene::Scene;
use super::super::snapshot::{Bucket, Read};
use super::Rule;
use super::selection::set;
use super::source_bucket::{enable_versioning, lower};

pub(super) const RULE: Rule = Rule {
    id: "destination-bucket",
    causes: &[
        "dst-bucket-missing",
        "dst-bucket-is-source",
        "dst-versioning-not-enabled",
        "dst-object-lock-missing",
        "dst-requester-pays",
        "dst-account-mismatch",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    if scene.is_its_own_destination() {
        let what = "the rule's destination is the source bucket itself";
        let fix = Fix::by_hand("name another bucket in Destination.Bucket");
        return vec![about(scene, "dst-bucket-is-source", what.to_owned()).fix(fix)];
    }
    if scene.destination.is_absent() {
        return vec![missing(scene)];
    }
    let Read::Known(bucket) = scene.destination else { return Vec::new() };
    let all =
        [versioning(scene, bucket), lock(scene, bucket), requester(scene, bucket), account(scene, bucket)];
    all.into_iter().flatten().collect()
}

fn about(scene: &Scene<'_>, cause: &'static str, what: String) -> Finding {
    Finding::error(cause, scene.destination_account(), scene.destination_arn(), what)
}

fn missing(scene: &Scene<'_>) -> Finding {
    let bucket = scene.destination_name;
    // Where its key is, there it was.
    let key = scene.rule.replica_key().unwrap_or_default();
    let part = |at: usize| key.split(':').nth(at).filter(|part| !part.is_empty());
    let create = Change::CreateBucket {
        bucket: bucket.to_owned(),
        account: scene.destination_account().or(part(4)).or(scene.source_account()).map(str::to_owned),
        region: part(3).or(scene.source_region()).map(str::to_owned),
    };
    let fix = Fix::new(
        format!("make bucket {bucket} with versioning, or name another one in the rule"),
        vec![create],
    );
    about(scene, "dst-bucket-missing", format!("destination bucket {bucket} does not exist"))
        .reason("DstBucketNotFound")
        .fix(fix.by_apply())
}

fn versioning(scene: &Scene<'_>, bucket: &Bucket) -> Option<Finding> {
    let state = match &bucket.versioning {
        Read::Known(state) if state == "Enabled" => return None,
        Read::Unread(_) => return None,
        Read::Known(state) => state.as_str(),
        Read::Absent => "never enabled",
    };
    let what = format!("versioning of destination bucket {} is {}", scene.destination_name, lower(state));
    let finding = about(scene, "dst-versioning-not-enabled", what).reason("DstBucketUnversioned");
    Some(finding.fix(enable_versioning(scene.destination_name)))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html#object-lock-managing-replication>
fn lock(scene: &Scene<'_>, bucket: &Bucket) -> Option<Finding> {
    if scene.source.object_lock.known().is_none() || !bucket.object_lock.is_absent() {
        return None;
    }
    let name = scene.destination_name;
    let what = format!("the source bucket has Object Lock, and destination bucket {name} has not");
    let change =
        Change::SetBucket { bucket: name.to_owned(), setting: "object-lock", value: "Enabled".to_owned() };
    let command = format!(
        "aws s3api put-object-lock-configuration --bucket {name} --object-lock-configuration \
         ObjectLockEnabled=Enabled"
    );
    let fix = Fix::new(
        format!("enable Object Lock of bucket {name}; it cannot be switched off again"),
        vec![change],
    );
    let finding = about(scene, "dst-object-lock-missing", what).reason("DstBucketObjectLockConfigMissing");
    Some(finding.fix(fix.command(command)))
}

/// S3 does not write to a Requester Pays bucket of another account
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html>).
fn requester(scene: &Scene<'_>, bucket: &Bucket) -> Option<Finding> {
    if bucket.request_payment.known().is_none_or(|payer| payer != "Requester") || !scene.crosses_accounts() {
        return None;
    }
    let name = scene.destination_name;
    let what = format!("destination bucket {name} of another account is Requester Pays");
    let value = "BucketOwner".to_owned();
    let change = Change::SetBucket { bucket: name.to_owned(), setting: "request-payment", value };
    let command = format!(
        "aws s3api put-bucket-request-payment --bucket {name} --request-payment-configuration Payer=BucketOwner"
    );
    let fix = Fix::new(format!("let the owner of bucket {name} pay for requests"), vec![change]);
    Some(about(scene, "dst-requester-pays", what).fix(fix.command(command)))
}

/// S3 checks that the account owns the bucket
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_Destination.html>).
fn account(scene: &Scene<'_>, bucket: &Bucket) -> Option<Finding> {
    let named = scene.rule.account()?;
    let owner = bucket.owner.known().map(String::as_str);
    let what = match owner {
        Some(owner) if owner == named => return None,
        Some(owner) => format!("Destination.Account is {named}, and account {owner} owns the bucket"),
        None if bucket.not_owned_by.iter().any(|id| id == named) => {
            format!("Destination.Account is {named}, which does not own the bucket")
        }
        None => return None,
    };
    let fix = match owner {
        Some(owner) => Fix::new(
            format!("set Destination.Account to {owner}"),
            vec![set(scene, "Destination/Account", Some(owner))],
        ),
        None => Fix::by_hand("name the account that owns the bucket"),
    };
    let finding =
        Finding::error("dst-account-mismatch", scene.source_account(), scene.destination_arn(), what)
            .document(DocumentName::Replication { bucket: scene.source_name.to_owned() });
    Some(finding.reason("DstPutObjectNotPermitted").fix(fix.by_apply()))
}
