//! The name of an S3 operation, from method, path and query.
//!
//! S3 has no operation in its requests; these are the names of its API
//! reference. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations.html>

use std::collections::HashMap;

/// What names an operation of S3.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    pub method: &'a str,
    pub bucket: Option<&'a str>,
    pub key: Option<&'a str>,
    pub query: &'a HashMap<String, String>,
    /// An `x-amz-copy-source` header is there.
    pub copies: bool,
}

/// Subresource, then the operations that GET, PUT, DELETE and POST mean.
type Row = (&'static str, [&'static str; 4]);

const BUCKET: &[Row] = &[
    ("accelerate", ["GetBucketAccelerateConfiguration", "PutBucketAccelerateConfiguration", "", ""]),
    ("acl", ["GetBucketAcl", "PutBucketAcl", "", ""]),
    (
        "analytics",
        [
            "GetBucketAnalyticsConfiguration",
            "PutBucketAnalyticsConfiguration",
            "DeleteBucketAnalyticsConfiguration",
            "",
        ],
    ),
    ("cors", ["GetBucketCors", "PutBucketCors", "DeleteBucketCors", ""]),
    ("delete", ["", "", "", "DeleteObjects"]),
    ("encryption", ["GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption", ""]),
    (
        "intelligent-tiering",
        [
            "GetBucketIntelligentTieringConfiguration",
            "PutBucketIntelligentTieringConfiguration",
            "DeleteBucketIntelligentTieringConfiguration",
            "",
        ],
    ),
    (
        "inventory",
        [
            "GetBucketInventoryConfiguration",
            "PutBucketInventoryConfiguration",
            "DeleteBucketInventoryConfiguration",
            "",
        ],
    ),
    (
        "lifecycle",
        ["GetBucketLifecycleConfiguration", "PutBucketLifecycleConfiguration", "DeleteBucketLifecycle", ""],
    ),
    ("location", ["GetBucketLocation", "", "", ""]),
    ("logging", ["GetBucketLogging", "PutBucketLogging", "", ""]),
    (
        "metrics",
        [
            "GetBucketMetricsConfiguration",
            "PutBucketMetricsConfiguration",
            "DeleteBucketMetricsConfiguration",
            "",
        ],
    ),
    ("notification", ["GetBucketNotificationConfiguration", "PutBucketNotificationConfiguration", "", ""]),
    ("object-lock", ["GetObjectLockConfiguration", "PutObjectLockConfiguration", "", ""]),
    (
        "ownershipControls",
        ["GetBucketOwnershipControls", "PutBucketOwnershipControls", "DeleteBucketOwnershipControls", ""],
    ),
    ("policy", ["GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", ""]),
    ("policyStatus", ["GetBucketPolicyStatus", "", "", ""]),
    ("publicAccessBlock", ["GetPublicAccessBlock", "PutPublicAccessBlock", "DeletePublicAccessBlock", ""]),
    ("replication", ["GetBucketReplication", "PutBucketReplication", "DeleteBucketReplication", ""]),
    ("requestPayment", ["GetBucketRequestPayment", "PutBucketRequestPayment", "", ""]),
    ("tagging", ["GetBucketTagging", "PutBucketTagging", "DeleteBucketTagging", ""]),
    ("uploads", ["ListMultipartUploads", "", "", ""]),
    ("versioning", ["GetBucketVersioning", "PutBucketVersioning", "", ""]),
    ("versions", ["ListObjectVersions", "", "", ""]),
    ("website", ["GetBucketWebsite", "PutBucketWebsite", "DeleteBucketWebsite", ""]),
];

const OBJECT: &[Row] = &[
    ("acl", ["GetObjectAcl", "PutObjectAcl", "", ""]),
    ("attributes", ["GetObjectAttributes", "", "", ""]),
    ("legal-hold", ["GetObjectLegalHold", "PutObjectLegalHold", "", ""]),
    ("restore", ["", "", "", "RestoreObject"]),
    ("retention", ["GetObjectRetention", "PutObjectRetention", "", ""]),
    ("select", ["", "", "", "SelectObjectContent"]),
    ("tagging", ["GetObjectTagging", "PutObjectTagging", "DeleteObjectTagging", ""]),
    ("torrent", ["GetObjectTorrent", "", "", ""]),
    ("uploadId", ["ListParts", "UploadPart", "AbortMultipartUpload", "CompleteMultipartUpload"]),
    ("uploads", ["", "", "", "CreateMultipartUpload"]),
];

pub fn operation(shape: Shape<'_>) -> Option<&'static str> {
    let table = match (shape.bucket, shape.key) {
        (None, _) => return (shape.method == "GET").then_some("ListBuckets"),
        (Some(_), None) => BUCKET,
        (Some(_), Some(_)) => OBJECT,
    };
    let column = match shape.method {
        "GET" => 0,
        "PUT" => 1,
        "DELETE" => 2,
        "POST" => 3,
        _ => return plain(shape),
    };
    let named = table.iter().find_map(|(subresource, names)| {
        (shape.query.contains_key(*subresource) && !names[column].is_empty()).then_some(names[column])
    });
    match named {
        Some("UploadPart") if shape.copies => Some("UploadPartCopy"),
        Some(name) => Some(name),
        None => plain(shape),
    }
}

fn plain(shape: Shape<'_>) -> Option<&'static str> {
    Some(match (shape.method, shape.key.is_some()) {
        ("GET", true) => "GetObject",
        ("HEAD", true) => "HeadObject",
        ("PUT", true) if shape.copies => "CopyObject",
        ("PUT", true) => "PutObject",
        ("DELETE", true) => "DeleteObject",
        ("GET", false) if shape.query.contains_key("list-type") => "ListObjectsV2",
        ("GET", false) => "ListObjects",
        ("HEAD", false) => "HeadBucket",
        ("PUT", false) => "CreateBucket",
        ("DELETE", false) => "DeleteBucket",
        ("POST", false) => "PostObject",
        _ => return None,
    })
}

/// Every name that [`operation`] can give.
pub fn names() -> impl Iterator<Item = &'static str> {
    const PLAIN: &[&str] = &[
        "ListBuckets",
        "UploadPartCopy",
        "GetObject",
        "HeadObject",
        "CopyObject",
        "PutObject",
        "DeleteObject",
        "ListObjectsV2",
        "ListObjects",
        "HeadBucket",
        "CreateBucket",
        "DeleteBucket",
        "PostObject",
    ];
    let rows = BUCKET.iter().chain(OBJECT).flat_map(|(_, names)| names);
    rows.chain(PLAIN).copied().filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(method: &str, key: Option<&str>, query: &str) -> Option<&'static str> {
        let query = query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect();
        operation(Shape { method, bucket: Some("b"), key, query: &query, copies: false })
    }

    #[test]
    fn operations_have_the_names_of_the_api() {
        assert_eq!(name("PUT", None, "replication"), Some("PutBucketReplication"));
        assert_eq!(name("GET", None, "versions"), Some("ListObjectVersions"));
        assert_eq!(name("GET", None, "list-type=2&prefix=a"), Some("ListObjectsV2"));
        assert_eq!(name("HEAD", Some("k"), ""), Some("HeadObject"));
        assert_eq!(name("PUT", Some("k"), "x-id=PutObject"), Some("PutObject"));
        assert_eq!(name("POST", Some("k"), "uploads"), Some("CreateMultipartUpload"));
        assert_eq!(name("POST", Some("k"), "uploadId=1"), Some("CompleteMultipartUpload"));
        assert_eq!(name("PUT", Some("k"), "partNumber=1&uploadId=1"), Some("UploadPart"));
        assert_eq!(name("POST", None, "delete"), Some("DeleteObjects"));
        assert_eq!(name("DELETE", None, ""), Some("DeleteBucket"));
    }
}
