//! An object version that somebody asks about.
//!
//! Deliberately absent: what is in it.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::Permission;
use futures_util::join;
use jiff::Timestamp;

use crate::arn::Region;
use crate::aws::{AwsError, Lane, Operation};
use crate::doctor::snapshot::{Bucket, Object, ObjectAccess, ObjectChange, ObjectFacts};
use crate::doctor::{Read, Unread};

use super::accounts::Accounts;
use super::part::{bucket_arn, part, part_of_version, unasked};

type S3 = Lane<aws_sdk_s3::Client>;

/// Whose object, and which.
struct Wanted<'a> {
    s3: S3,
    bucket: &'a str,
    key: &'a str,
    version: Option<&'a str>,
    bucket_arn: String,
}

/// Reads it, from a bucket that was found.
pub async fn read(
    accounts: &Accounts<'_>,
    name: &str,
    bucket: &Bucket,
    key: &str,
    version: Option<&str>,
) -> Object {
    let owner = bucket.owner.known().and_then(|id| accounts.get(id));
    let region = bucket.region.known().and_then(|region| region.parse::<Region>().ok());
    let before_rule = unasked("nothing that AWS tells shows when a rule was made");
    let mut object = Object {
        bucket: name.to_owned(),
        key: key.to_owned(),
        version_id: version.map(str::to_owned),
        facts: unread_of(bucket, name),
        tags: unread_of(bucket, name),
        access: unread_of(bucket, name),
        before_rule,
        change: ObjectChange::Written,
    };
    let (Some(account), Some(region)) = (owner, region) else { return object };
    let wanted =
        Wanted { s3: account.s3(&region), bucket: name, key, version, bucket_arn: bucket_arn(account, name) };
    let enforced = bucket.ownership.known().is_some_and(|ownership| ownership == "BucketOwnerEnforced");
    let access = async {
        match enforced {
            // Its ACL counts for nothing.
            true => Read::Known(ObjectAccess { owned_by_bucket_owner: true, readable_by_bucket_owner: true }),
            false => wanted.access().await,
        }
    };
    let ((facts, found), tags, access) = join!(wanted.facts(), wanted.tags(), access);
    if facts.known().is_some_and(|facts| facts.delete_marker) {
        object.change = ObjectChange::DeleteMarker;
    }
    Object { version_id: found.or(object.version_id), facts, tags, access, ..object }
}

fn unread_of<T>(bucket: &Bucket, name: &str) -> Read<T> {
    let why = format!("whose bucket {name} is was not found");
    Read::Unread(bucket.owner.unread().cloned().unwrap_or(Unread { why, ..Unread::default() }))
}

impl Wanted<'_> {
    fn resource(&self) -> String {
        format!("object {} in bucket {}", self.key, self.bucket)
    }

    fn arn(&self) -> String {
        format!("{}/{}", self.bucket_arn, self.key)
    }

    /// What `HeadObject` says, and the version that it was said of.
    async fn facts(&self) -> (Read<ObjectFacts>, Option<String>) {
        let s3 = &self.s3;
        let request = s3.client.head_object().bucket(self.bucket).key(self.key);
        let request =
            request.set_version_id(self.version.map(str::to_owned)).expected_bucket_owner(s3.account_id());
        let answer = s3.find(Operation::HeadObject, &self.resource(), || request.clone().send()).await;
        let status = answer.as_ref().err().and_then(|error: &AwsError| error.status);
        match (answer, status) {
            (Ok(Some(head)), _) => {
                let version = head.version_id().map(str::to_owned);
                (Read::Known(said(head)), version)
            }
            (Ok(None), _) => self.marker().await,
            // A delete marker that is named by its version
            // (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeleteMarker.html>).
            (Err(_), Some(405)) => {
                (Read::Known(ObjectFacts { delete_marker: true, ..ObjectFacts::default() }), None)
            }
            // Under a key of the customer's, without which S3 tells nothing
            // (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>).
            (Err(_), Some(400)) => {
                let encryption = Some("customer".to_owned());
                (Read::Known(ObjectFacts { encryption, ..ObjectFacts::default() }), None)
            }
            (answer, _) => (part_of_version(answer.map(|_| None), self.version.is_some(), &self.arn()), None),
        }
    }

    /// Whether the newest version of what is not there is a delete marker.
    async fn marker(&self) -> (Read<ObjectFacts>, Option<String>) {
        if self.version.is_some() {
            return (Read::Absent, None);
        }
        let s3 = &self.s3;
        let request = s3.client.list_object_versions().bucket(self.bucket).prefix(self.key).max_keys(1);
        let request = request.expected_bucket_owner(s3.account_id());
        let answer =
            s3.find(Operation::ListObjectVersions, &self.resource(), || request.clone().send()).await;
        let page = part(answer, &self.bucket_arn);
        let marker = page.known().and_then(|page| page.delete_markers().first());
        let marker =
            marker.filter(|marker| marker.key() == Some(self.key) && marker.is_latest() == Some(true));
        let version = marker.and_then(|marker| marker.version_id().map(str::to_owned));
        let is_marker = marker.is_some();
        let facts = page.and_then(|_| match is_marker {
            true => Read::Known(ObjectFacts { delete_marker: true, ..ObjectFacts::default() }),
            false => Read::Absent,
        });
        (facts, version)
    }

    async fn tags(&self) -> Read<BTreeMap<String, String>> {
        let s3 = &self.s3;
        let request = s3.client.get_object_tagging().bucket(self.bucket).key(self.key);
        let request =
            request.set_version_id(self.version.map(str::to_owned)).expected_bucket_owner(s3.account_id());
        let answer = s3.find(Operation::GetObjectTagging, &self.resource(), || request.clone().send()).await;
        let all = part_of_version(answer, self.version.is_some(), &self.arn()).map(|answer| answer.tag_set);
        all.map(|tags| tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
    }

    /// By the canonical ids of the two owners: ACLs know no others.
    async fn access(&self) -> Read<ObjectAccess> {
        let s3 = &self.s3;
        let request = s3.client.get_object_acl().bucket(self.bucket).key(self.key);
        let request =
            request.set_version_id(self.version.map(str::to_owned)).expected_bucket_owner(s3.account_id());
        let of_bucket = s3.client.get_bucket_acl().bucket(self.bucket);
        let of_bucket = of_bucket.expected_bucket_owner(s3.account_id());
        let resource = self.resource();
        let (own, of_bucket) = join!(
            s3.find(Operation::GetObjectAcl, &resource, || request.clone().send()),
            s3.find(Operation::GetBucketAcl, &resource, || of_bucket.clone().send()),
        );
        let owner = part(of_bucket, &self.bucket_arn).map(|a| a.owner.and_then(|owner| owner.id));
        part_of_version(own, self.version.is_some(), &self.arn()).and_then(|acl| {
            owner.map(|owner| {
                let has = |wanted: Permission| {
                    acl.grants().iter().any(|grant| {
                        let grantee = grant.grantee().and_then(|grantee| grantee.id());
                        let permission = grant.permission();
                        grantee.is_some()
                            && grantee == owner.as_deref()
                            && (permission == Some(&wanted) || permission == Some(&Permission::FullControl))
                    })
                };
                ObjectAccess {
                    owned_by_bucket_owner: owner.is_some()
                        && acl.owner().and_then(|o| o.id()) == owner.as_deref(),
                    readable_by_bucket_owner: has(Permission::Read) && has(Permission::ReadAcp),
                }
            })
        })
    }
}

fn said(head: HeadObjectOutput) -> ObjectFacts {
    let customer = head.sse_customer_algorithm.map(|_| "customer".to_owned());
    let modified = head.last_modified.and_then(|time| Timestamp::from_second(time.secs()).ok());
    ObjectFacts {
        encryption: customer.or(head.server_side_encryption.map(|sse| sse.as_str().to_owned())),
        key: head.ssekms_key_id,
        bucket_key: head.bucket_key_enabled == Some(true),
        storage_class: head.storage_class.map(|class| class.as_str().to_owned()),
        replication_status: head.replication_status.map(|status| status.as_str().to_owned()),
        delete_marker: head.delete_marker == Some(true),
        last_modified: modified,
        retention: head.object_lock_mode.map(|mode| mode.as_str().to_owned()),
        legal_hold: head.object_lock_legal_hold_status.map(|hold| hold.as_str().to_owned()),
    }
}
