//! The actions that AWS evaluates for an S3 operation.
//!
//! Only names and resources; condition keys are in
//! [`s3_keys`](super::s3_keys). What the KMS key of an object asks for is in
//! [`crate::checks::encryption`].
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
//! and <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>

use http::HeaderMap;

use super::Need;

/// What the actions depend on besides the operation.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    pub operation: &'a str,
    pub partition: &'a str,
    pub bucket: Option<&'a str>,
    pub key: Option<&'a str>,
    /// A version id is given.
    pub version: bool,
    pub headers: &'a HeaderMap,
    pub body: &'a [u8],
}

impl Target<'_> {
    pub fn bucket_arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition, self.bucket.unwrap_or("*"))
    }

    pub fn object_arn(&self) -> String {
        format!("{}/{}", self.bucket_arn(), self.key.unwrap_or("*"))
    }

    fn has(&self, header: &str) -> bool {
        self.headers.get(header).is_some_and(|value| !value.is_empty())
    }
}

/// Every action that has to be allowed, or none for an unknown operation.
pub fn needs(target: &Target<'_>) -> Vec<Need> {
    if target.operation == "DeleteObjects" {
        return deletions(target);
    }
    let Some((action, on)) = main_action(target.operation, target.version) else {
        return Vec::new();
    };
    let resource = match on {
        On::Everything => "*".to_owned(),
        On::Bucket => target.bucket_arn(),
        On::Object => target.object_arn(),
    };
    let mut needs = vec![Need::new(format!("s3:{action}"), &resource)];
    let mut also = |action: &str| needs.push(Need::new(format!("s3:{action}"), &resource));
    match target.operation {
        "CreateBucket" => {
            if target.has("x-amz-object-ownership") {
                also("PutBucketOwnershipControls");
            }
            if asks_for_acl(target) {
                also("PutBucketAcl");
            }
            if target.has("x-amz-bucket-object-lock-enabled") {
                also("PutBucketObjectLockConfiguration");
                also("PutBucketVersioning");
            }
            if contains(target.body, "<Tag>") {
                also("TagResource");
            }
        }
        "PutObject" | "CopyObject" | "CreateMultipartUpload" => {
            if target.has("x-amz-tagging") {
                also("PutObjectTagging");
            }
            if asks_for_acl(target) {
                also("PutObjectAcl");
            }
            if target.has("x-amz-object-lock-mode") {
                also("PutObjectRetention");
            }
            if target.has("x-amz-object-lock-legal-hold") {
                also("PutObjectLegalHold");
            }
        }
        "GetObjectAttributes" => {
            also(if target.version { "GetObjectVersion" } else { "GetObject" });
        }
        "DeleteObject" if target.has("x-amz-bypass-governance-retention") => {
            also("BypassGovernanceRetention");
        }
        _ => {}
    }
    needs
}

enum On {
    Everything,
    Bucket,
    Object,
}

fn main_action(operation: &str, version: bool) -> Option<(&str, On)> {
    let either = |plain, versioned| if version { versioned } else { plain };
    Some(match operation {
        "ListBuckets" => ("ListAllMyBuckets", On::Everything),
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => ("ListBucket", On::Bucket),
        "ListObjectVersions" => ("ListBucketVersions", On::Bucket),
        "ListMultipartUploads" => ("ListBucketMultipartUploads", On::Bucket),
        "GetBucketEncryption" => ("GetEncryptionConfiguration", On::Bucket),
        "PutBucketEncryption" | "DeleteBucketEncryption" => ("PutEncryptionConfiguration", On::Bucket),
        "GetBucketReplication" => ("GetReplicationConfiguration", On::Bucket),
        "PutBucketReplication" | "DeleteBucketReplication" => ("PutReplicationConfiguration", On::Bucket),
        "GetPublicAccessBlock" => ("GetBucketPublicAccessBlock", On::Bucket),
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => ("PutBucketPublicAccessBlock", On::Bucket),
        "DeleteBucketOwnershipControls" => ("PutBucketOwnershipControls", On::Bucket),
        "DeleteBucketTagging" => ("PutBucketTagging", On::Bucket),
        "GetBucketCors" => ("GetBucketCORS", On::Bucket),
        "PutBucketCors" | "DeleteBucketCors" => ("PutBucketCORS", On::Bucket),
        "GetBucketLifecycleConfiguration" => ("GetLifecycleConfiguration", On::Bucket),
        "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle" => {
            ("PutLifecycleConfiguration", On::Bucket)
        }
        "GetBucketNotificationConfiguration" => ("GetBucketNotification", On::Bucket),
        "PutBucketNotificationConfiguration" => ("PutBucketNotification", On::Bucket),
        "GetObjectLockConfiguration" => ("GetBucketObjectLockConfiguration", On::Bucket),
        "PutObjectLockConfiguration" => ("PutBucketObjectLockConfiguration", On::Bucket),
        "GetBucketAccelerateConfiguration" => ("GetAccelerateConfiguration", On::Bucket),
        "PutBucketAccelerateConfiguration" => ("PutAccelerateConfiguration", On::Bucket),
        "GetBucketAnalyticsConfiguration" => ("GetAnalyticsConfiguration", On::Bucket),
        "PutBucketAnalyticsConfiguration" | "DeleteBucketAnalyticsConfiguration" => {
            ("PutAnalyticsConfiguration", On::Bucket)
        }
        "GetBucketInventoryConfiguration" => ("GetInventoryConfiguration", On::Bucket),
        "PutBucketInventoryConfiguration" | "DeleteBucketInventoryConfiguration" => {
            ("PutInventoryConfiguration", On::Bucket)
        }
        "GetBucketMetricsConfiguration" => ("GetMetricsConfiguration", On::Bucket),
        "PutBucketMetricsConfiguration" | "DeleteBucketMetricsConfiguration" => {
            ("PutMetricsConfiguration", On::Bucket)
        }
        "GetBucketIntelligentTieringConfiguration" => ("GetIntelligentTieringConfiguration", On::Bucket),
        "PutBucketIntelligentTieringConfiguration" | "DeleteBucketIntelligentTieringConfiguration" => {
            ("PutIntelligentTieringConfiguration", On::Bucket)
        }
        "CreateBucket"
        | "DeleteBucket"
        | "GetBucketLocation"
        | "GetBucketVersioning"
        | "PutBucketVersioning"
        | "GetBucketOwnershipControls"
        | "PutBucketOwnershipControls"
        | "GetBucketPolicy"
        | "PutBucketPolicy"
        | "DeleteBucketPolicy"
        | "GetBucketPolicyStatus"
        | "GetBucketTagging"
        | "PutBucketTagging"
        | "GetBucketAcl"
        | "PutBucketAcl"
        | "GetBucketLogging"
        | "PutBucketLogging"
        | "GetBucketRequestPayment"
        | "PutBucketRequestPayment"
        | "GetBucketWebsite"
        | "PutBucketWebsite"
        | "DeleteBucketWebsite" => (operation, On::Bucket),
        "GetObject" | "HeadObject" => (either("GetObject", "GetObjectVersion"), On::Object),
        "SelectObjectContent" => ("GetObject", On::Object),
        "PutObject"
        | "PostObject"
        | "CopyObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "UploadPartCopy"
        | "CompleteMultipartUpload" => ("PutObject", On::Object),
        "ListParts" => ("ListMultipartUploadParts", On::Object),
        "DeleteObject" => (either("DeleteObject", "DeleteObjectVersion"), On::Object),
        "GetObjectTagging" => (either("GetObjectTagging", "GetObjectVersionTagging"), On::Object),
        "PutObjectTagging" => (either("PutObjectTagging", "PutObjectVersionTagging"), On::Object),
        "DeleteObjectTagging" => (either("DeleteObjectTagging", "DeleteObjectVersionTagging"), On::Object),
        "GetObjectAcl" => (either("GetObjectAcl", "GetObjectVersionAcl"), On::Object),
        "PutObjectAcl" => (either("PutObjectAcl", "PutObjectVersionAcl"), On::Object),
        "GetObjectAttributes" => (either("GetObjectAttributes", "GetObjectVersionAttributes"), On::Object),
        "GetObjectTorrent" => (either("GetObjectTorrent", "GetObjectVersionTorrent"), On::Object),
        "AbortMultipartUpload"
        | "GetObjectRetention"
        | "PutObjectRetention"
        | "GetObjectLegalHold"
        | "PutObjectLegalHold"
        | "RestoreObject" => (operation, On::Object),
        _ => return None,
    })
}

/// A multi-object delete asks for each object, or version, that it names. (On
/// AWS each is refused for itself; here one refusal refuses the call.)
fn deletions(target: &Target<'_>) -> Vec<Need> {
    let text = std::str::from_utf8(target.body).unwrap_or_default();
    let Ok(document) = roxmltree::Document::parse(text) else {
        return vec![Need::new("s3:DeleteObject", target.object_arn())];
    };
    let objects = document.descendants().filter(|node| node.tag_name().name() == "Object");
    objects
        .map(|node| {
            let child = |name: &str| node.children().find(|child| child.tag_name().name() == name);
            let key = child("Key").and_then(|node| node.text()).unwrap_or_default();
            let action =
                if child("VersionId").is_some() { "s3:DeleteObjectVersion" } else { "s3:DeleteObject" };
            Need::new(action, format!("{}/{key}", target.bucket_arn()))
        })
        .collect()
}

/// `private` is what everything is anyway and asks for nothing.
fn asks_for_acl(target: &Target<'_>) -> bool {
    let canned = target.headers.get("x-amz-acl").and_then(|value| value.to_str().ok());
    canned.is_some_and(|acl| !acl.is_empty() && acl != "private")
        || target.headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-"))
}

fn contains(body: &[u8], text: &str) -> bool {
    std::str::from_utf8(body).is_ok_and(|body| body.contains(text))
}
