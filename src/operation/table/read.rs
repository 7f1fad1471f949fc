//! Calls that find out what is there.
//!
//! Deliberately absent: what the doctor reads. That is [`super::doctor`].

use crate::operation::Operation::{
    DescribeKey, GetBucketEncryption, GetBucketOwnershipControls, GetBucketPolicy, GetBucketReplication,
    GetBucketTagging, GetBucketVersioning, GetKeyPolicy, GetKeyRotationStatus, GetObjectLockConfiguration,
    GetPublicAccessBlock, GetRole, GetRolePolicy, ListAliases, ListKeys, ListResourceTags, ListRolePolicies,
};
use crate::operation::row::On::{AnyKey, Bucket, Key, KeyList, Role};
use crate::operation::row::{Buckets, Keys, Row, Section};

use super::{PLANNING, PLANNING_OR_REMOVAL, READING, READING_OR_REMOVAL, need, row};

const EXISTS: &str = "the bucket exists";
const LOST_ALIAS: &str = "an alias does not exist: was its key made by a run that was killed?";

pub(super) const READ: &[Row] = &[
    row(
        GetBucketVersioning,
        Section::Read,
        READING,
        &[need("s3:GetBucketVersioning", Bucket(Buckets::All))],
        "always; also tells whether the bucket exists and whose it is",
    ),
    row(
        GetBucketEncryption,
        Section::Read,
        READING,
        &[need("s3:GetEncryptionConfiguration", Bucket(Buckets::All))],
        EXISTS,
    ),
    row(
        GetPublicAccessBlock,
        Section::Read,
        READING,
        &[need("s3:GetBucketPublicAccessBlock", Bucket(Buckets::All))],
        EXISTS,
    ),
    row(
        GetBucketOwnershipControls,
        Section::Read,
        READING,
        &[need("s3:GetBucketOwnershipControls", Bucket(Buckets::All))],
        EXISTS,
    ),
    row(
        GetObjectLockConfiguration,
        Section::Read,
        READING,
        &[need("s3:GetBucketObjectLockConfiguration", Bucket(Buckets::All))],
        EXISTS,
    ),
    row(
        GetBucketTagging,
        Section::Read,
        READING,
        &[need("s3:GetBucketTagging", Bucket(Buckets::All))],
        "the bucket lacks something: is it one that we made?",
    ),
    row(
        GetBucketReplication,
        Section::Read,
        READING_OR_REMOVAL,
        &[need("s3:GetReplicationConfiguration", Bucket(Buckets::Sources))],
        EXISTS,
    ),
    row(
        GetBucketPolicy,
        Section::Read,
        PLANNING_OR_REMOVAL,
        &[need("s3:GetBucketPolicy", Bucket(Buckets::Destinations))],
        "the bucket exists, and the source is in another account",
    ),
    row(DescribeKey, Section::Read, READING_OR_REMOVAL, &[need("kms:DescribeKey", Key(Keys::All))], "always"),
    row(
        GetKeyRotationStatus,
        Section::Read,
        READING,
        &[need("kms:GetKeyRotationStatus", Key(Keys::All))],
        "the key exists",
    ),
    row(
        GetKeyPolicy,
        Section::Read,
        PLANNING_OR_REMOVAL,
        &[need("kms:GetKeyPolicy", Key(Keys::All))],
        "the key exists",
    ),
    row(ListAliases, Section::Read, READING, &[need("kms:ListAliases", KeyList)], LOST_ALIAS),
    row(ListKeys, Section::Read, READING, &[need("kms:ListKeys", KeyList)], "as above"),
    row(
        ListResourceTags,
        Section::Read,
        READING,
        &[need("kms:ListResourceTags", AnyKey), need("kms:ListResourceTags", Key(Keys::Undecided))],
        "as above, of every key without an alias; and where rotation is off: is the key one that we made?",
    ),
    row(GetRole, Section::Read, PLANNING_OR_REMOVAL, &[need("iam:GetRole", Role)], "always"),
    row(
        GetRolePolicy,
        Section::Read,
        PLANNING_OR_REMOVAL,
        &[need("iam:GetRolePolicy", Role)],
        "the role exists",
    ),
    row(
        ListRolePolicies,
        Section::Read,
        PLANNING,
        &[need("iam:ListRolePolicies", Role)],
        "the role exists, and our policy on it has to be written: how much room do others' inline policies leave? If \
         it is denied, a note says so, and IAM has the last word",
    ),
];
