//! Calls that withdraw, beside those of [`super::read`] and [`super::write`] that are marked for it.
//!
//! Deliberately absent: deleting buckets and objects.

use crate::operation::Operation::{
    self, DeleteBucketPolicy, DeleteBucketReplication, DeleteRole, DeleteRolePolicy, GetBucketEncryption,
    HeadObject, ListAliases, ListAttachedRolePolicies, ListBuckets, ListGrants, ListInstanceProfilesForRole,
    ListObjectVersions, ListResourceTags, ListRolePolicies, ScheduleKeyDeletion,
};
use crate::operation::row::Extra::DeleteKeys;
use crate::operation::row::On::{AnyBucket, Bucket, Everything, Key, Objects, Role};
use crate::operation::row::{Buckets, Keys, Need, Row, Section};

use super::{REMOVING, need, row};

const LAST_LINK: &str = "no link leaves the bucket any more: does anything of others hang on the role?";
const KEY_IN_USE: &str = "is the key ours, and does somebody use it?";

const fn removal(operation: Operation, needs: &'static [Need], when: &'static str) -> Row {
    row(operation, Section::Removal, REMOVING, needs, when)
}

pub(super) const REMOVAL: &[Row] = &[
    removal(
        DeleteBucketReplication,
        &[need("s3:PutReplicationConfiguration", Bucket(Buckets::ManagedSources))],
        "all rules are ours",
    ),
    removal(
        DeleteBucketPolicy,
        &[need("s3:DeleteBucketPolicy", Bucket(Buckets::ManagedDestinations))],
        "all statements are ours",
    ),
    removal(
        DeleteRolePolicy,
        &[need("iam:DeleteRolePolicy", Role)],
        "all statements of the inline policy are ours",
    ),
    removal(ListRolePolicies, &[need("iam:ListRolePolicies", Role)], LAST_LINK),
    removal(ListAttachedRolePolicies, &[need("iam:ListAttachedRolePolicies", Role)], LAST_LINK),
    removal(ListInstanceProfilesForRole, &[need("iam:ListInstanceProfilesForRole", Role)], LAST_LINK),
    removal(DeleteRole, &[need("iam:DeleteRole", Role)], "as above, and nothing does"),
    removal(
        ScheduleKeyDeletion,
        &[need("kms:ScheduleKeyDeletion", Key(Keys::Deleted)).only(DeleteKeys)],
        "nothing speaks against it",
    ),
    removal(ListResourceTags, &[need("kms:ListResourceTags", Key(Keys::All)).only(DeleteKeys)], KEY_IN_USE),
    removal(ListAliases, &[need("kms:ListAliases", Everything).only(DeleteKeys)], KEY_IN_USE),
    removal(ListGrants, &[need("kms:ListGrants", Key(Keys::All)).only(DeleteKeys)], KEY_IN_USE),
    removal(
        ListBuckets,
        &[need("s3:ListAllMyBuckets", Everything).only(DeleteKeys)],
        "is the key the default of a bucket?",
    ),
    removal(
        GetBucketEncryption,
        &[need("s3:GetEncryptionConfiguration", AnyBucket).only(DeleteKeys)],
        "is the key the default of a bucket?",
    ),
    removal(
        ListObjectVersions,
        &[need("s3:ListBucketVersions", Bucket(Buckets::All)).only(DeleteKeys)],
        "is an object version under the key?",
    ),
    removal(
        HeadObject,
        &[need("s3:GetObjectVersion", Objects(Buckets::All)).only(DeleteKeys)],
        "is an object version under the key?",
    ),
];
