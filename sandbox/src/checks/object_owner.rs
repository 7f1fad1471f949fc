//! Whose an object is: the writer's account, unless the bucket's ownership
//! setting says otherwise.
//!
//! The emulator gives everything to the bucket's owner. ACLs beyond the
//! canned ones for the bucket's owner are left to it.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>

use fakecloud_core::service::AwsResponse;
use fakecloud_s3::{S3Bucket, S3Object};
use http::HeaderMap;

use crate::authority::Caller;
use crate::services::s3::S3Request;
use crate::world::World;

/// After a write by another account than the bucket's.
pub fn settle(world: &World, caller: &Caller, s3: &S3Request, asked: &HeaderMap, answer: &AwsResponse) {
    let (Some(bucket), Some(key), Some(owner)) = (&s3.bucket, &s3.key, &s3.owner) else {
        return;
    };
    let writes = matches!(s3.operation, "PutObject" | "CopyObject" | "CompleteMultipartUpload");
    if !writes || owner == caller.account() {
        return;
    }
    let header = |headers: &HeaderMap, name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
    let canned = header(asked, "x-amz-acl").unwrap_or_default();
    let version = header(&answer.headers, "x-amz-version-id");
    world.bucket_mut(bucket, |bucket| {
        let given = canned == "bucket-owner-full-control" && ownership(bucket, "BucketOwnerPreferred");
        if given || is_owner_enforced(bucket) {
            return;
        }
        let mut grants = vec![(caller.account(), "FULL_CONTROL")];
        match canned.as_str() {
            "bucket-owner-full-control" => grants.push((owner.as_str(), "FULL_CONTROL")),
            "bucket-owner-read" => grants.push((owner.as_str(), "READ")),
            _ => {}
        }
        let versions = bucket.object_versions.get_mut(key).into_iter().flatten();
        for object in bucket.objects.get_mut(key).into_iter().chain(versions) {
            if version.is_none() || object.version_id == version {
                object.acl_owner_id = Some(caller.account().to_owned());
                set_grants(object, &grants);
            }
        }
    });
}

/// The owner of the bucket needs to read both the object and its ACL.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html>
pub fn may_read(object: &S3Object, account: &str) -> bool {
    if object.acl_owner_id.as_deref().is_none_or(|owner| owner == account) {
        return true;
    }
    let has = |permission: &str| {
        object.acl_grants.iter().any(|grant| {
            grant.grantee_id.as_deref() == Some(account)
                && (grant.permission == permission || grant.permission == "FULL_CONTROL")
        })
    };
    has("READ") && has("READ_ACP")
}

pub fn is_owner_enforced(bucket: &S3Bucket) -> bool {
    ownership(bucket, "BucketOwnerEnforced")
}

fn ownership(bucket: &S3Bucket, setting: &str) -> bool {
    bucket.ownership_controls.as_deref().is_some_and(|text| text.contains(setting))
}

/// Made from the grant to the owner that every new object has: the emulator's
/// type of a grant has no public name.
fn set_grants(object: &mut S3Object, wanted: &[(&str, &str)]) {
    let Some(pattern) = object.acl_grants.first().cloned() else {
        return;
    };
    object.acl_grants.clear();
    for (account, permission) in wanted {
        let mut grant = pattern.clone();
        grant.grantee_id = Some((*account).to_owned());
        grant.grantee_display_name = Some((*account).to_owned());
        grant.permission = (*permission).to_owned();
        object.acl_grants.push(grant);
    }
}
