//! Calls that make and change.
//!
//! Deliberately absent: canaries, and what takes something away.

use crate::operation::Operation::{
    CreateAlias, CreateBucket, CreateKey, CreateRole, DisableKeyRotation, EnableKeyRotation,
    PutBucketEncryption, PutBucketOwnershipControls, PutBucketPolicy, PutBucketReplication,
    PutBucketVersioning, PutKeyPolicy, PutPublicAccessBlock, PutRolePermissionsBoundary, PutRolePolicy,
    ReplicateKey, UpdateAssumeRolePolicy,
};
use crate::operation::row::Narrowed::{Boundary, KeyTag, NewRole, PassedToS3, RoleTag, ServiceName};
use crate::operation::row::On::{
    Alias, BoundedRole, Bucket, Key, NewKey, NewReplica, Role, ServiceLinkedRole,
};
use crate::operation::row::{Buckets, Keys, Row, Section};

use super::{WRITING, WRITING_OR_REMOVAL, need, row};

const SETTINGS: &str = "a bucket that we made, or `settings = \"enforce\"`";

pub(super) const WRITE: &[Row] = &[
    row(
        CreateBucket,
        Section::Write,
        WRITING,
        &[
            need("s3:CreateBucket", Bucket(Buckets::Made)),
            need("s3:PutBucketOwnershipControls", Bucket(Buckets::Made)),
            need("s3:TagResource", Bucket(Buckets::Made)),
        ],
        "the bucket does not exist; it is made owner-enforced and tagged in one call",
    ),
    row(
        PutBucketVersioning,
        Section::Write,
        WRITING,
        &[need("s3:PutBucketVersioning", Bucket(Buckets::Managed))],
        "versioning is not on",
    ),
    row(
        PutPublicAccessBlock,
        Section::Write,
        WRITING,
        &[need("s3:PutBucketPublicAccessBlock", Bucket(Buckets::Settled))],
        SETTINGS,
    ),
    row(
        PutBucketOwnershipControls,
        Section::Write,
        WRITING,
        &[need("s3:PutBucketOwnershipControls", Bucket(Buckets::Settled))],
        SETTINGS,
    ),
    row(
        PutBucketEncryption,
        Section::Write,
        WRITING,
        &[need("s3:PutEncryptionConfiguration", Bucket(Buckets::Settled))],
        SETTINGS,
    ),
    row(
        PutBucketPolicy,
        Section::Write,
        WRITING_OR_REMOVAL,
        &[need("s3:PutBucketPolicy", Bucket(Buckets::ManagedDestinations))],
        "our statements lack, and the source is in another account",
    ),
    row(
        PutBucketReplication,
        Section::Write,
        WRITING_OR_REMOVAL,
        &[
            need("s3:PutReplicationConfiguration", Bucket(Buckets::ManagedSources)),
            need("iam:PassRole", Role).by(PassedToS3),
        ],
        "our rules lack",
    ),
    row(
        CreateKey,
        Section::Write,
        WRITING,
        &[
            need("kms:CreateKey", NewKey).by(KeyTag),
            need("kms:TagResource", NewKey).by(KeyTag),
            need("iam:CreateServiceLinkedRole", ServiceLinkedRole).by(ServiceName),
        ],
        "the alias does not exist; the last one with `multi_region`, for the first such key of an account",
    ),
    row(
        CreateAlias,
        Section::Write,
        WRITING,
        &[need("kms:CreateAlias", Alias), need("kms:CreateAlias", Key(Keys::Made))],
        "as above",
    ),
    row(
        EnableKeyRotation,
        Section::Write,
        WRITING,
        &[need("kms:EnableKeyRotation", Key(Keys::Rotated))],
        "a key that we made, or `rotation = true`",
    ),
    row(
        DisableKeyRotation,
        Section::Write,
        WRITING,
        &[need("kms:DisableKeyRotation", Key(Keys::Unrotated))],
        "`rotation = false`",
    ),
    row(
        ReplicateKey,
        Section::Write,
        WRITING,
        &[
            need("kms:ReplicateKey", Key(Keys::Primaries)),
            need("kms:CreateKey", NewReplica),
            need("kms:TagResource", NewReplica).by(KeyTag),
        ],
        "`replica_of`",
    ),
    row(
        PutKeyPolicy,
        Section::Write,
        WRITING_OR_REMOVAL,
        &[need("kms:PutKeyPolicy", Key(Keys::Managed))],
        "our statements lack",
    ),
    row(
        CreateRole,
        Section::Write,
        WRITING,
        &[need("iam:CreateRole", Role).by(NewRole), need("iam:TagRole", Role).by(RoleTag)],
        "the role does not exist",
    ),
    row(
        UpdateAssumeRolePolicy,
        Section::Write,
        WRITING_OR_REMOVAL,
        &[need("iam:UpdateAssumeRolePolicy", Role)],
        "the role exists, and its trust policy lacks our statement",
    ),
    row(
        PutRolePolicy,
        Section::Write,
        WRITING_OR_REMOVAL,
        &[need("iam:PutRolePolicy", Role)],
        "our statements lack",
    ),
    row(
        PutRolePermissionsBoundary,
        Section::Write,
        WRITING,
        &[need("iam:PutRolePermissionsBoundary", BoundedRole).by(Boundary)],
        "`permissions_boundary` differs from the role's",
    ),
];
