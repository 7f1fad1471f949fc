//! Calls that prove a link.
//!
//! Deliberately absent: objects of others. Only canaries are put, read and deleted.

use crate::operation::Operation::{
    AbortMultipartUpload, CompleteMultipartUpload, CreateMultipartUpload, DeleteObject, GetBucketAcl,
    GetObjectAcl, HeadObject, ListMultipartUploads, ListObjectVersions, PutObject, UploadPart,
};
use crate::operation::row::Extra::Variants;
use crate::operation::row::Narrowed::{CanaryPrefix, ViaS3};
use crate::operation::row::On::{Bucket, Canaries, Key};
use crate::operation::row::{Buckets, Keys, Need, Row, Section};

use super::{PROVING, need, row};

const PUT: &[Need] = &[
    need("s3:PutObject", Canaries(Buckets::CanarySources)),
    need("s3:PutObjectTagging", Canaries(Buckets::TaggedSources)),
    need("s3:PutObjectTagging", Canaries(Buckets::CanarySources)).only(Variants),
    need("kms:GenerateDataKey", Key(Keys::CanarySources)).by(ViaS3),
];
const PUT_PART: &[Need] = &[
    need("s3:PutObject", Canaries(Buckets::CanarySources)).only(Variants),
    need("kms:Decrypt", Key(Keys::CanarySources)).by(ViaS3).only(Variants),
];

pub(super) const CANARY: &[Row] = &[
    row(
        PutObject,
        Section::Canary,
        PROVING,
        PUT,
        "always; with tags where the link selects by tags, and for a variant",
    ),
    row(
        CreateMultipartUpload,
        Section::Canary,
        PROVING,
        &[
            need("s3:PutObject", Canaries(Buckets::CanarySources)).only(Variants),
            need("s3:PutObjectTagging", Canaries(Buckets::TaggedSources)).only(Variants),
            need("kms:GenerateDataKey", Key(Keys::CanarySources)).by(ViaS3).only(Variants),
        ],
        "always",
    ),
    row(UploadPart, Section::Canary, PROVING, PUT_PART, "always"),
    row(CompleteMultipartUpload, Section::Canary, PROVING, PUT_PART, "always"),
    row(
        AbortMultipartUpload,
        Section::Canary,
        PROVING,
        &[need("s3:AbortMultipartUpload", Canaries(Buckets::CanarySources)).only(Variants)],
        "a part could not be put, or a killed run left an upload",
    ),
    row(
        ListMultipartUploads,
        Section::Canary,
        PROVING,
        &[need("s3:ListBucketMultipartUploads", Bucket(Buckets::CanarySources)).only(Variants)],
        "always: uploads of killed runs are looked for",
    ),
    row(
        HeadObject,
        Section::Canary,
        PROVING,
        &[
            need("s3:GetObjectVersion", Canaries(Buckets::CanaryAll)),
            need("s3:ListBucket", Bucket(Buckets::CanaryAll)),
            need("kms:Decrypt", Key(Keys::CanaryDestinations)).by(ViaS3),
            need("s3:GetObject", Canaries(Buckets::CanarySources)).only(Variants),
        ],
        "always. `s3:ListBucket`, so that what is not there is answered with 404 and not 403; `kms:Decrypt` for the \
         checksum, and without it everything else is compared, and that is said; `s3:GetObject` if the answer to \
         `CompleteMultipartUpload` is lost",
    ),
    row(
        GetObjectAcl,
        Section::Canary,
        PROVING,
        &[need("s3:GetObjectVersionAcl", Canaries(Buckets::CanaryDestinations))],
        "the bucket is not owner-enforced",
    ),
    row(
        GetBucketAcl,
        Section::Canary,
        PROVING,
        &[need("s3:GetBucketAcl", Bucket(Buckets::CanaryDestinations))],
        "the bucket is not owner-enforced",
    ),
    row(
        ListObjectVersions,
        Section::Canary,
        PROVING,
        &[need("s3:ListBucketVersions", Bucket(Buckets::CanaryAll)).by(CanaryPrefix)],
        "always: what killed runs left is looked for",
    ),
    row(
        DeleteObject,
        Section::Canary,
        PROVING,
        &[need("s3:DeleteObjectVersion", Canaries(Buckets::CanaryAll))],
        "always; versions of canaries, each by its id",
    ),
];
