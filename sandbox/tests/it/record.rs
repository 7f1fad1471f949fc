//! The record of calls, and latency.

use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use bucketbridge_sandbox::Options;
use serde_json::Value;

use crate::bench::{BACKUP, DESTINATION, PROD, admin, make_bucket, role_arn, run, sandbox, start};

#[test]
fn calls_have_the_names_of_the_api() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        make_bucket(&prod, "notes", DESTINATION).await;
        let put = prod.s3.put_object().bucket("notes").key("a/b c");
        put.body(ByteStream::from_static(b"x")).send().await.unwrap();
        prod.s3.head_object().bucket("notes").key("a/b c").send().await.unwrap();
        prod.s3.list_object_versions().bucket("notes").send().await.unwrap();
        let _ = prod.s3.get_bucket_policy().bucket("notes").send().await;
        let key = prod.kms.create_key().send().await.unwrap();
        let key = key.key_metadata().unwrap().key_id().to_owned();
        prod.kms.describe_key().key_id(&key).send().await.unwrap();
        prod.iam.get_role().role_name("ReplicationAdmin").send().await.unwrap();
        let role = role_arn(BACKUP, "ReplicationAdmin");
        let assume = prod.sts.assume_role().role_arn(&role).role_session_name("me");
        assume.external_id("sandbox").send().await.unwrap();

        let calls = sandbox.calls();
        let seen: Vec<(&str, &str, u16)> =
            calls.iter().map(|call| (call.operation.as_str(), call.resource.as_str(), call.status)).collect();
        assert_eq!(
            seen,
            [
                ("CreateBucket", "notes", 200),
                ("PutObject", "notes/a/b c", 200),
                ("HeadObject", "notes/a/b c", 200),
                ("ListObjectVersions", "notes", 200),
                ("GetBucketPolicy", "notes", 404),
                ("CreateKey", "", 200),
                ("DescribeKey", key.as_str(), 200),
                ("GetRole", "ReplicationAdmin", 200),
                ("AssumeRole", role.as_str(), 200),
            ]
        );
        for call in &calls {
            assert_eq!(call.account, PROD);
            assert_eq!(call.principal, "arn:aws:iam::111111111111:user/administrator");
            assert!(call.start <= call.end);
        }
        assert_eq!(calls[5].service, "kms");
        sandbox.clear_calls();
        assert!(sandbox.calls().is_empty());
    });
}

#[test]
fn the_file_has_a_line_a_call() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("calls.jsonl");
    let sandbox = start(Options { record: Some(file.clone()), ..Options::default() });
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        prod.s3.list_buckets().send().await.unwrap();
        prod.kms.list_keys().send().await.unwrap();
    });
    // The line is there when the answer is.
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["operation"], "ListBuckets");
    assert_eq!(lines[1]["operation"], "ListKeys");
    assert_eq!(lines[1]["status"], 200);
    assert!(!text.contains(&sandbox.credentials("prod").1));
}

#[test]
fn latency_delays_every_answer_but_not_one_after_the_other() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        prod.sts.get_caller_identity().send().await.unwrap();
        let latency = Duration::from_millis(200);
        sandbox.set_latency(latency);
        sandbox.clear_calls();
        let ask = || prod.sts.get_caller_identity().send();
        let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
        for answer in [a, b, c, d] {
            answer.unwrap();
        }
        let calls = sandbox.calls();
        assert_eq!(calls.len(), 4);
        for call in &calls {
            let spent = (call.end - call.start).to_std().unwrap();
            assert!(spent >= latency, "{spent:?}");
        }
        // Two at least were under way at once.
        let first_end = calls.iter().map(|call| call.end).min();
        assert!(calls.iter().filter(|call| Some(call.start) < first_end).count() >= 2);
        sandbox.set_latency(Duration::ZERO);
    });
}
