//! Calls that explain why a link does not replicate. Each may be denied: what was not read is named.
//!
//! Deliberately absent: anything that writes.

use crate::operation::Operation::{
    self, DescribeKey, GetBucketAcl, GetBucketEncryption, GetBucketOwnershipControls, GetBucketPolicy,
    GetBucketReplication, GetBucketRequestPayment, GetBucketVersioning, GetKeyPolicy, GetObjectAcl,
    GetObjectLockConfiguration, GetObjectTagging, GetPolicy, GetPolicyVersion, GetPublicAccessBlock, GetRole,
    GetRolePolicy, HeadBucket, HeadObject, ListAliases, ListAttachedRolePolicies, ListBuckets, ListGrants,
    ListObjectVersions, ListRolePolicies,
};
use crate::operation::row::Extra::Object;
use crate::operation::row::On::{Bucket, Everything, Key, Objects, Policy, Role};
use crate::operation::row::{Buckets, Keys, Need, Row, Section};

use super::{EXPLAINING, JUDGING, need, row};

const NAMES_ROLE: &str = "the configuration names the role";
const NAMES_KEY: &str = "a bucket, a rule or the object names the key";
const HAS_POLICY: &str = "a managed policy is attached to the role, or is its boundary";
const WITH_ACLS: &str = "always, if the bucket is not owner-enforced";

const fn doctor(operation: Operation, needs: &'static [Need], when: &'static str) -> Row {
    row(operation, Section::Doctor, EXPLAINING, needs, when)
}

/// Before its first write an apply asks what its plan would come to.
const fn judging(operation: Operation, needs: &'static [Need], when: &'static str) -> Row {
    row(operation, Section::Doctor, JUDGING, needs, when)
}

pub(super) const DOCTOR: &[Row] = &[
    doctor(HeadBucket, &[], "always: every answer, a refusal too, says in which Region the bucket is"),
    doctor(
        GetBucketVersioning,
        &[need("s3:GetBucketVersioning", Bucket(Buckets::All))],
        "always, in every account; also tells whose the bucket is",
    ),
    doctor(
        ListBuckets,
        &[need("s3:ListAllMyBuckets", Everything)],
        "`GetBucketVersioning` is refused: is the bucket another's, or may the caller not?",
    ),
    doctor(GetBucketReplication, &[need("s3:GetReplicationConfiguration", Bucket(Buckets::All))], "always"),
    judging(GetBucketPolicy, &[need("s3:GetBucketPolicy", Bucket(Buckets::All))], "always"),
    doctor(GetBucketEncryption, &[need("s3:GetEncryptionConfiguration", Bucket(Buckets::All))], "always"),
    doctor(GetPublicAccessBlock, &[need("s3:GetBucketPublicAccessBlock", Bucket(Buckets::All))], "always"),
    doctor(
        GetBucketOwnershipControls,
        &[need("s3:GetBucketOwnershipControls", Bucket(Buckets::All))],
        "always",
    ),
    doctor(
        GetObjectLockConfiguration,
        &[need("s3:GetBucketObjectLockConfiguration", Bucket(Buckets::All))],
        "always",
    ),
    doctor(GetBucketRequestPayment, &[need("s3:GetBucketRequestPayment", Bucket(Buckets::All))], "always"),
    judging(GetRole, &[need("iam:GetRole", Role)], NAMES_ROLE),
    judging(ListRolePolicies, &[need("iam:ListRolePolicies", Role)], NAMES_ROLE),
    judging(GetRolePolicy, &[need("iam:GetRolePolicy", Role)], "the role has inline policies"),
    judging(ListAttachedRolePolicies, &[need("iam:ListAttachedRolePolicies", Role)], NAMES_ROLE),
    judging(GetPolicy, &[need("iam:GetPolicy", Policy)], HAS_POLICY),
    judging(GetPolicyVersion, &[need("iam:GetPolicyVersion", Policy)], HAS_POLICY),
    doctor(DescribeKey, &[need("kms:DescribeKey", Key(Keys::All))], NAMES_KEY),
    doctor(GetKeyPolicy, &[need("kms:GetKeyPolicy", Key(Keys::All))], NAMES_KEY),
    judging(ListGrants, &[need("kms:ListGrants", Key(Keys::All))], NAMES_KEY),
    doctor(ListAliases, &[need("kms:ListAliases", Everything)], NAMES_KEY),
    doctor(
        HeadObject,
        &[
            need("s3:GetObject", Objects(Buckets::All)).only(Object),
            need("s3:GetObjectVersion", Objects(Buckets::All)).only(Object),
            need("s3:ListBucket", Bucket(Buckets::All)).only(Object),
        ],
        "always; the second with `--version-id`, the last so that what is not there is answered with 404",
    ),
    doctor(
        GetObjectTagging,
        &[
            need("s3:GetObjectTagging", Objects(Buckets::All)).only(Object),
            need("s3:GetObjectVersionTagging", Objects(Buckets::All)).only(Object),
        ],
        "always; the second with `--version-id`",
    ),
    doctor(
        GetObjectAcl,
        &[
            need("s3:GetObjectAcl", Objects(Buckets::All)).only(Object),
            need("s3:GetObjectVersionAcl", Objects(Buckets::All)).only(Object),
        ],
        "if the bucket is not owner-enforced; the second with `--version-id`",
    ),
    doctor(GetBucketAcl, &[need("s3:GetBucketAcl", Bucket(Buckets::All)).only(Object)], WITH_ACLS),
    doctor(
        ListObjectVersions,
        &[need("s3:ListBucketVersions", Bucket(Buckets::All)).only(Object)],
        "there is no such object: was it deleted?",
    ),
];
