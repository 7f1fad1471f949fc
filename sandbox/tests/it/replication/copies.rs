//! Replicas as they arrive.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    CompletedMultipartUpload, CompletedPart, ReplicationRuleFilter, ServerSideEncryption, Tag,
};
use bucketbridge_sandbox::{Options, Outcome};

use super::estate::{Estate, FROM, TO};
use crate::bench::{BACKUP, run, sandbox, start, until};

#[test]
fn pending_then_completed_and_a_faithful_replica() {
    let sandbox = start(Options { replication_delay: Duration::from_millis(1500), ..Options::default() });
    run(async {
        let estate = Estate::build(&sandbox).await;
        let id = estate.write("a").await;
        let s3 = &estate.prod.s3;
        let head = s3.head_object().bucket(FROM).key("a").send().await.unwrap();
        assert_eq!(head.replication_status().unwrap().as_str(), "PENDING");
        assert_eq!(sandbox.why(FROM, "a")[0].outcome, Outcome::Pending);
        assert_eq!(estate.decided("a").await, "COMPLETED", "{:?}", sandbox.why(FROM, "a"));

        let there = &estate.backup.s3;
        let replica = there.head_object().bucket(TO).key("a").send().await.unwrap();
        assert_eq!(replica.replication_status().unwrap().as_str(), "REPLICA");
        assert_eq!(replica.version_id(), Some(id.as_str()));
        assert_eq!(replica.server_side_encryption(), Some(&ServerSideEncryption::AwsKms));
        assert_eq!(replica.ssekms_key_id(), Some(estate.replica_key.as_str()));
        assert_eq!(replica.bucket_key_enabled(), Some(true));
        assert_eq!(replica.last_modified(), head.last_modified());
        assert_eq!(replica.e_tag(), head.e_tag());
        let body = there.get_object().bucket(TO).key("a").send().await.unwrap();
        let body = body.body.collect().await.unwrap().into_bytes();
        assert_eq!(body.as_ref(), b"canary");
        let versions = there.list_object_versions().bucket(TO).send().await.unwrap();
        assert_eq!(versions.versions().len(), 1);
        let owner = versions.versions()[0].owner().and_then(|owner| owner.id());
        assert_eq!(owner, Some(BACKUP));
    });
}

#[test]
fn without_a_bucket_key_the_context_is_the_objects_arn() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::build(&sandbox).await;
        estate.encrypt_by_default(false).await;
        estate.write("deep/er").await;
        assert_eq!(estate.decided("deep/er").await, "COMPLETED");
        let replica = estate.backup.s3.head_object().bucket(TO).key("deep/er");
        let replica = replica.send().await.unwrap();
        assert_ne!(replica.bucket_key_enabled(), Some(true));
    });
}

#[test]
fn tagged_and_multipart_objects_arrive_whole() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::build(&sandbox).await;
        let s3 = &estate.prod.s3;
        let put = s3.put_object().bucket(FROM).key("tagged").tagging("team=storage&x=1");
        put.metadata("origin", "here").body(ByteStream::from_static(b"t")).send().await.unwrap();
        assert_eq!(estate.decided("tagged").await, "COMPLETED");
        let tags = estate.backup.s3.get_object_tagging().bucket(TO).key("tagged");
        let tags = tags.send().await.unwrap();
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
        assert_eq!(tags.tag_set(), [tag("team", "storage"), tag("x", "1")]);
        let head = estate.backup.s3.head_object().bucket(TO).key("tagged").send().await.unwrap();
        assert_eq!(head.metadata().unwrap()["origin"], "here");

        let upload = s3.create_multipart_upload().bucket(FROM).key("parts").send().await.unwrap();
        let upload = upload.upload_id().unwrap();
        let mut parts = Vec::new();
        for (number, body) in [(1, vec![b'a'; 5 * 1024 * 1024]), (2, vec![b'b'; 10])] {
            let part = s3.upload_part().bucket(FROM).key("parts").upload_id(upload);
            let part = part.part_number(number).body(ByteStream::from(body)).send().await.unwrap();
            let done = CompletedPart::builder().part_number(number);
            parts.push(done.e_tag(part.e_tag().unwrap()).build());
        }
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let done = s3.complete_multipart_upload().bucket(FROM).key("parts").upload_id(upload);
        done.multipart_upload(parts).send().await.unwrap();
        assert_eq!(estate.decided("parts").await, "COMPLETED");
        let replica = estate.backup.s3.head_object().bucket(TO).key("parts").send().await.unwrap();
        assert_eq!(replica.content_length(), Some(5 * 1024 * 1024 + 10));
        assert_eq!(replica.ssekms_key_id(), Some(estate.replica_key.as_str()));
    });
}

#[test]
fn delete_markers_go_as_the_rule_says() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::build(&sandbox).await;
        let everything = ReplicationRuleFilter::builder().prefix("").build();
        estate.write("kept").await;
        estate.decided("kept").await;
        estate.prod.s3.delete_object().bucket(FROM).key("kept").send().await.unwrap();
        let skipped = sandbox.why(FROM, "kept");
        assert!(matches!(skipped.last().unwrap().outcome, Outcome::Skipped { .. }), "{skipped:?}");

        estate.put_rule(estate.rule_with(everything, true)).await;
        estate.write("gone").await;
        estate.decided("gone").await;
        estate.prod.s3.delete_object().bucket(FROM).key("gone").send().await.unwrap();
        let listed = until("the delete marker", || async {
            let list = estate.backup.s3.list_object_versions().bucket(TO).send().await.unwrap();
            (!list.delete_markers().is_empty()).then_some(list)
        })
        .await;
        assert_eq!(listed.delete_markers()[0].key(), Some("gone"));
        assert_eq!(listed.delete_markers()[0].is_latest(), Some(true));
        estate.backup.s3.head_object().bucket(TO).key("kept").send().await.expect("still there");
    });
}

#[test]
fn the_filter_and_the_encryption_select() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::without_rule(&sandbox).await;
        estate.write("logs/early").await;
        let logs = ReplicationRuleFilter::builder().prefix("logs/").build();
        let mut rule = estate.rule_with(logs, false);
        estate.put_rule(rule.clone()).await;
        estate.write("logs/1").await;
        estate.write("data/1").await;
        assert_eq!(estate.decided("logs/1").await, "COMPLETED");
        for key in ["data/1", "logs/early"] {
            let head = estate.prod.s3.head_object().bucket(FROM).key(key).send().await.unwrap();
            assert!(head.replication_status().is_none(), "{key}");
        }
        rule.source_selection_criteria = None;
        rule.destination.as_mut().unwrap().encryption_configuration = None;
        estate.put_rule(rule).await;
        estate.write("logs/2").await;
        let head = estate.prod.s3.head_object().bucket(FROM).key("logs/2").send().await.unwrap();
        assert!(head.replication_status().is_none());
        let put = estate.prod.s3.put_object().bucket(FROM).key("logs/3");
        let put = put.server_side_encryption(ServerSideEncryption::Aes256);
        put.body(ByteStream::from_static(b"x")).send().await.unwrap();
        assert_eq!(estate.decided("logs/3").await, "COMPLETED");
        let replica = estate.backup.s3.head_object().bucket(TO).key("logs/3").send().await.unwrap();
        assert_eq!(replica.server_side_encryption(), Some(&ServerSideEncryption::Aes256));
    });
}
