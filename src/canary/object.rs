//! Putting a canary: a small object under the source bucket's key, in the form of a variant.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, CompletedMultipartUpload, CompletedPart, ServerSideEncryption};

use crate::aws::{AwsError, Operation, Patience, Write};

use super::Side;

/// In what form the canary is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// One small object.
    Plain,
    /// Two parts: S3 asks KMS for other things then.
    Multipart,
    /// With a tag more than the link's.
    Tagged,
}

/// The metadata that says which bucket a canary was put into; it replicates with the object.
pub const SOURCE: &str = "bucketbridge-source";

/// All but the last part of a multipart upload have at least 5 MiB.
const PART: usize = 5 * 1024 * 1024;

const TEXT: &[u8] = b"bucketbridge put this to prove that replication works, and removes it again.\n";

impl Variant {
    /// What the key ends with, behind the run.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Multipart => "/multipart",
            Self::Tagged => "/tagged",
        }
    }
}

/// A canary that was put.
#[derive(Debug, Clone)]
pub struct Canary {
    /// Its key in every bucket.
    pub key: String,
    /// Its version in every bucket: a replica keeps it.
    pub version: String,
    /// SHA-256 as S3 gives it.
    pub checksum: Option<String>,
    /// In bytes.
    pub size: i64,
    /// How many tags it carries.
    pub tags: usize,
}

/// Puts it.
pub async fn put(
    side: &Side<'_>,
    key: &str,
    tags: &[(String, String)],
    variant: Variant,
) -> Result<Canary, AwsError> {
    match variant {
        Variant::Plain | Variant::Tagged => put_small(side, key, tags).await,
        Variant::Multipart => put_in_parts(side, key, tags).await,
    }
}

fn query(tags: &[(String, String)]) -> Option<String> {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let pairs: Vec<String> = tags.iter().map(|(k, v)| format!("{}={}", encode(k), encode(v))).collect();
    (!pairs.is_empty()).then(|| pairs.join("&"))
}

async fn put_small(side: &Side<'_>, key: &str, tags: &[(String, String)]) -> Result<Canary, AwsError> {
    let s3 = side.s3();
    let send = || {
        s3.client
            .put_object()
            .bucket(side.name())
            .key(key)
            .expected_bucket_owner(s3.account_id())
            .server_side_encryption(ServerSideEncryption::AwsKms)
            .ssekms_key_id(side.key.arn().to_string())
            .bucket_key_enabled(side.bucket.bucket_key)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .content_type("text/plain")
            .metadata(SOURCE, side.name())
            .set_tagging(query(tags))
            .body(ByteStream::from_static(TEXT))
            .send()
    };
    let resource = format!("bucket {}, canary {key}", side.name());
    // A second version by a repeated put is found and removed by the broom.
    let answer =
        s3.write(side.pen, Write::new(Operation::PutObject, &resource), Patience::repeatable(), send).await?;
    let version = answer.version_id.ok_or_else(|| {
        s3.refuse(Operation::PutObject, &resource, "S3 gave no version id: versioning is not on")
    })?;
    let size = i64::try_from(TEXT.len()).unwrap_or(i64::MAX);
    Ok(Canary { key: key.to_owned(), version, checksum: answer.checksum_sha256, size, tags: tags.len() })
}

async fn put_in_parts(side: &Side<'_>, key: &str, tags: &[(String, String)]) -> Result<Canary, AwsError> {
    let s3 = side.s3();
    let resource = format!("bucket {}, canary {key}", side.name());
    let request = s3
        .client
        .create_multipart_upload()
        .bucket(side.name())
        .key(key)
        .expected_bucket_owner(s3.account_id())
        .server_side_encryption(ServerSideEncryption::AwsKms)
        .ssekms_key_id(side.key.arn().to_string())
        .bucket_key_enabled(side.bucket.bucket_key)
        .metadata(SOURCE, side.name())
        .set_tagging(query(tags));
    let upload = s3
        .write(
            side.pen,
            Write::new(Operation::CreateMultipartUpload, &resource),
            Patience::repeatable(),
            || request.clone().send(),
        )
        .await?
        .upload_id
        .ok_or_else(|| s3.refuse(Operation::CreateMultipartUpload, &resource, "S3 gave no upload id"))?;
    let done = send_parts(side, key, &upload, &resource).await;
    if done.is_err() {
        let s3 = s3.to_the_end();
        let abort = s3
            .client
            .abort_multipart_upload()
            .bucket(side.name())
            .key(key)
            .upload_id(&upload)
            .expected_bucket_owner(s3.account_id());
        // The error that counts is the one before; S3 keeps the parts of an upload that cannot be aborted.
        let _ = s3
            .write(
                side.pen,
                Write::new(Operation::AbortMultipartUpload, &resource),
                Patience::repeatable(),
                || abort.clone().send(),
            )
            .await;
    }
    let version = done?;
    let size = i64::try_from(PART + TEXT.len()).unwrap_or(i64::MAX);
    Ok(Canary { key: key.to_owned(), version, checksum: None, size, tags: tags.len() })
}

async fn send_parts(side: &Side<'_>, key: &str, upload: &str, resource: &str) -> Result<String, AwsError> {
    let s3 = side.s3();
    let mut parts = Vec::new();
    for (number, body) in [(1, vec![b'.'; PART]), (2, TEXT.to_vec())] {
        let send = || {
            s3.client
                .upload_part()
                .bucket(side.name())
                .key(key)
                .upload_id(upload)
                .part_number(number)
                .expected_bucket_owner(s3.account_id())
                .body(ByteStream::from(body.clone()))
                .send()
        };
        let answer = s3
            .write(side.pen, Write::new(Operation::UploadPart, &resource), Patience::repeatable(), send)
            .await?;
        parts.push(
            CompletedPart::builder()
                .part_number(number)
                .set_e_tag(answer.e_tag)
                .set_checksum_crc32(answer.checksum_crc32)
                .build(),
        );
    }
    let complete = s3
        .client
        .complete_multipart_upload()
        .bucket(side.name())
        .key(key)
        .upload_id(upload)
        .expected_bucket_owner(s3.account_id())
        .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts)).build());
    let write = Write::new(Operation::CompleteMultipartUpload, &resource);
    let completed = s3.write(side.pen, write, Patience::repeatable(), || complete.clone().send()).await;
    let version = match completed {
        Ok(answer) => answer.version_id,
        Err(error) if error.is("NoSuchUpload") => None,
        Err(error) => return Err(error),
    };
    match version {
        Some(version) => Ok(version),
        // An earlier try completed it, and its answer was lost.
        None => newest(side, key, resource).await,
    }
}

async fn newest(side: &Side<'_>, key: &str, resource: &str) -> Result<String, AwsError> {
    let s3 = side.s3();
    let request = s3.client.head_object().bucket(side.name()).key(key).expected_bucket_owner(s3.account_id());
    let head = s3.find(Operation::HeadObject, &resource, || request.clone().send()).await?;
    head.and_then(|head| head.version_id).ok_or_else(|| {
        s3.refuse(
            Operation::CompleteMultipartUpload,
            &resource,
            "S3 gave no version id: versioning is not on",
        )
    })
}
