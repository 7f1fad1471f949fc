//! A bucket is reached in its own Region; elsewhere the answer is 301 with
//! the Region in a header.
//!
//! `GetBucketLocation` is answered everywhere, since that is what it is for.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>

use fakecloud_core::service::{AwsRequest, AwsServiceError};
use http::StatusCode;

use crate::services::s3::S3Request;

pub fn check(request: &AwsRequest, s3: &S3Request) -> Result<(), AwsServiceError> {
    let (Some(region), Some(bucket)) = (&s3.region, &s3.bucket) else {
        return Ok(());
    };
    if *region == request.region || matches!(s3.operation, "CreateBucket" | "GetBucketLocation") {
        return Ok(());
    }
    Err(AwsServiceError::AwsError {
        status: StatusCode::MOVED_PERMANENTLY,
        code: "PermanentRedirect".to_owned(),
        message: "The bucket you are attempting to access must be addressed using the \
                  specified endpoint. Please send all future requests to this endpoint."
            .to_owned(),
        extra_fields: vec![
            ("Bucket".to_owned(), bucket.clone()),
            ("Endpoint".to_owned(), format!("s3.{region}.amazonaws.com")),
        ],
        headers: vec![("x-amz-bucket-region".to_owned(), region.clone())],
    })
}
