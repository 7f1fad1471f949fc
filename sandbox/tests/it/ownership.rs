//! `x-amz-expected-bucket-owner` and the Region of a bucket.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;

use crate::bench::{BACKUP, DESTINATION, PROD, SOURCE, admin, code, make_bucket, run, sandbox};

fn status<E>(error: &SdkError<E>) -> Option<u16> {
    Some(error.raw_response()?.status().as_u16())
}

#[test]
fn a_bucket_of_another_owner_is_refused() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        make_bucket(&prod, "mine", DESTINATION).await;
        let s3 = &prod.s3;
        let head = s3.head_bucket().bucket("mine").expected_bucket_owner(BACKUP);
        assert_eq!(status(&head.send().await.unwrap_err()), Some(403));
        let get = s3.get_bucket_replication().bucket("mine").expected_bucket_owner(BACKUP);
        assert_eq!(code(&get.send().await.unwrap_err()), "AccessDenied");
        let get = s3.get_bucket_policy().bucket("mine").expected_bucket_owner(BACKUP);
        assert_eq!(code(&get.send().await.unwrap_err()), "AccessDenied");
        let put = s3.put_object().bucket("mine").key("k").expected_bucket_owner(BACKUP);
        let put = put.body(ByteStream::from_static(b"x"));
        assert_eq!(code(&put.send().await.unwrap_err()), "AccessDenied");
        let put = s3.put_object().bucket("mine").key("k").expected_bucket_owner(PROD);
        put.body(ByteStream::from_static(b"x")).send().await.expect("the right owner");
        let list = s3.list_object_versions().bucket("mine").expected_bucket_owner(BACKUP);
        assert_eq!(code(&list.send().await.unwrap_err()), "AccessDenied");
    });
}

#[test]
fn another_region_is_pointed_to_the_right_one() {
    let sandbox = sandbox();
    run(async {
        let here = admin(&sandbox, "prod", SOURCE).await;
        let there = admin(&sandbox, "prod", DESTINATION).await;
        make_bucket(&here, "far", SOURCE).await;
        let error = there.s3.head_bucket().bucket("far").send().await.unwrap_err();
        let answer = error.raw_response().unwrap();
        assert_eq!(answer.status().as_u16(), 301);
        assert_eq!(answer.headers().get("x-amz-bucket-region"), Some(SOURCE));
        let error = there.s3.get_bucket_policy().bucket("far").send().await.unwrap_err();
        assert_eq!(code(&error), "PermanentRedirect");
        let place = there.s3.get_bucket_location().bucket("far").send().await.unwrap();
        assert_eq!(place.location_constraint().unwrap().as_str(), SOURCE);
        let head = here.s3.head_bucket().bucket("far").send().await.unwrap();
        assert_eq!(head.bucket_region(), Some(SOURCE));
        let error = here.s3.head_bucket().bucket("nowhere").send().await.unwrap_err();
        assert_eq!(status(&error), Some(404));
    });
}
