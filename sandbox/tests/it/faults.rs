//! What goes wrong on demand, and what AWS limits by itself.

use std::time::{Duration, Instant};

use bucketbridge_sandbox::{Effect, Fault, Options};
use serde_json::json;

use crate::bench::{
    DESTINATION, PROD, SOURCE, admin, allow, code, make_bucket, make_role, run, sandbox, start, trust, until,
    version,
};

#[test]
fn each_service_throttles_and_breaks_in_its_own_words() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", SOURCE).await;
        let once = |effect| sandbox.faults().add(Fault::new(effect).account(PROD).times(1));

        once(Effect::Throttled);
        let error = prod.kms.create_key().send().await.unwrap_err();
        assert_eq!(code(&error), "ThrottlingException");
        once(Effect::Throttled);
        assert_eq!(code(&prod.iam.list_roles().send().await.unwrap_err()), "Throttling");
        once(Effect::Throttled);
        assert_eq!(code(&prod.sts.get_caller_identity().send().await.unwrap_err()), "Throttling");
        once(Effect::Unavailable);
        assert_eq!(code(&prod.s3.list_buckets().send().await.unwrap_err()), "SlowDown");

        once(Effect::Broken);
        assert_eq!(code(&prod.s3.list_buckets().send().await.unwrap_err()), "InternalError");
        once(Effect::Broken);
        assert_eq!(code(&prod.kms.create_key().send().await.unwrap_err()), "KMSInternalException");
        once(Effect::Broken);
        assert_eq!(code(&prod.iam.list_roles().send().await.unwrap_err()), "ServiceFailure");

        // Nothing was made, and the calls are in the record.
        prod.kms.create_key().send().await.expect("no fault is left");
        let refused = sandbox.calls().into_iter().filter(|call| call.operation == "CreateKey").count();
        assert_eq!(refused, 3);
    });
}

#[test]
fn faults_are_for_an_account_an_operation_and_an_occurrence() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", SOURCE).await;
        let backup = admin(&sandbox, "backup", SOURCE).await;
        let fault = Fault::new(Effect::Throttled).operation("CreateKey").account(PROD);
        sandbox.faults().add(fault.after(1).times(1));
        let make = async |clients: &crate::bench::Clients| clients.kms.create_key().send().await.is_ok();
        assert!(make(&prod).await);
        assert!(make(&backup).await);
        assert!(!make(&prod).await, "the second is refused");
        assert!(make(&prod).await);
    });
}

#[test]
fn a_connection_is_cut_before_or_after_the_effect() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let create = async |name: &str| prod.s3.create_bucket().bucket(name).send().await;
        let exists = async |name: &str| prod.s3.head_bucket().bucket(name).send().await.is_ok();

        sandbox.faults().add(Fault::new(Effect::CutBefore).operation("CreateBucket").times(1));
        let error = create("before").await.unwrap_err();
        assert!(error.as_service_error().is_none(), "there is no answer: {error:?}");
        assert!(!exists("before").await);

        sandbox.faults().add(Fault::new(Effect::CutAfter).operation("CreateBucket").times(1));
        let error = create("after").await.unwrap_err();
        assert!(error.as_service_error().is_none(), "there is no answer: {error:?}");
        assert!(exists("after").await, "it took effect");

        let made = sandbox.calls().into_iter().filter(|call| call.operation == "CreateBucket");
        assert!(made.into_iter().all(|call| call.status == 0));
    });
}

#[test]
fn calls_are_held_until_released_and_slowed() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", SOURCE).await;
        sandbox.faults().add(Fault::new(Effect::Held).operation("CreateKey").after(1));
        prod.kms.create_key().send().await.expect("the first passes");
        let second = prod.clone();
        let waiting = tokio::spawn(async move { second.kms.create_key().send().await.is_ok() });
        until("the call to be held", || async { (sandbox.faults().held() == 1).then_some(()) }).await;
        let keys = prod.kms.list_keys().send().await.unwrap();
        let made = keys.keys().len();
        assert!(!waiting.is_finished());
        sandbox.faults().release();
        assert!(waiting.await.unwrap());
        let keys = prod.kms.list_keys().send().await.unwrap();
        assert_eq!(keys.keys().len(), made + 1, "it took effect after its release");

        let slow = Duration::from_millis(120);
        sandbox.faults().add(Fault::new(Effect::Slow(slow)).operation("ListKeys").times(1));
        let before = Instant::now();
        prod.kms.list_keys().send().await.unwrap();
        assert!(before.elapsed() >= slow);
    });
}

#[test]
fn an_answer_is_held_after_the_effect() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        sandbox.faults().add(Fault::new(Effect::HeldAfter).operation("CreateBucket"));
        let second = prod.clone();
        let waiting = tokio::spawn(async move { second.s3.create_bucket().bucket("held").send().await });
        until("the answer to be held", || async { (sandbox.faults().held() == 1).then_some(()) }).await;
        prod.s3.head_bucket().bucket("held").send().await.expect("it took effect");
        let made = sandbox.calls().into_iter().find(|call| call.operation == "CreateBucket");
        assert_eq!(made.expect("it is in the record").status, 200);
        assert!(!waiting.is_finished());
        sandbox.faults().release();
        waiting.await.unwrap().expect("the answer");

        sandbox.faults().add(Fault::new(Effect::HeldAfter).operation("CreateBucket"));
        let third = prod.clone();
        let waiting = tokio::spawn(async move { third.s3.create_bucket().bucket("left").send().await });
        until("the answer to be held", || async { (sandbox.faults().held() == 1).then_some(()) }).await;
        waiting.abort();
        until("the client to be gone", || async { (sandbox.faults().held() == 0).then_some(()) }).await;
        prod.s3.head_bucket().bucket("left").send().await.expect("it took effect all the same");
    });
}

#[test]
fn kms_keeps_to_its_published_rates() {
    let sandbox = start(Options { kms_rates: Some(0.2), ..Options::default() });
    run(async {
        let prod = admin(&sandbox, "prod", SOURCE).await;
        // One key a second, that is.
        prod.kms.create_key().send().await.expect("the first");
        let error = prod.kms.create_key().send().await.unwrap_err();
        assert_eq!(code(&error), "ThrottlingException");
        let elsewhere = admin(&sandbox, "prod", DESTINATION).await;
        elsewhere.kms.create_key().send().await.expect("another Region has its own rate");
        sandbox.set_kms_rates(None);
        prod.kms.create_key().send().await.expect("lifted");
    });
}

#[test]
fn a_buckets_configuration_is_written_by_one_at_a_time() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        make_bucket(&prod, "shared", DESTINATION).await;
        make_bucket(&prod, "other", DESTINATION).await;
        sandbox
            .faults()
            .add(Fault::new(Effect::Slow(Duration::from_secs(3))).operation("PutBucketVersioning"));
        let first = prod.clone();
        let writing = tokio::spawn(async move { version(&first, "shared").await });
        // It has taken effect and still holds the bucket.
        until("versioning", || async {
            let got = prod.s3.get_bucket_versioning().bucket("shared").send().await.unwrap();
            got.status().is_some().then_some(())
        })
        .await;
        let policy = allow(json!([{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": "arn:aws:s3:::shared/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]));
        let put = prod.s3.put_bucket_policy().bucket("shared").policy(&policy);
        assert_eq!(code(&put.send().await.unwrap_err()), "OperationAborted");
        let delete = prod.s3.delete_bucket_policy().bucket("other");
        delete.send().await.expect("another bucket is free");
        writing.await.unwrap();
        let put = prod.s3.put_bucket_policy().bucket("shared").policy(&policy);
        put.send().await.expect("now it is free");
    });
}

#[test]
fn faults_meet_sessions_as_the_account_that_they_are_of() {
    let sandbox = sandbox();
    run(async {
        let backup = admin(&sandbox, "backup", DESTINATION).await;
        make_role(&backup, "hand", &trust(PROD, json!({})), None).await;
        sandbox.faults().add(Fault::new(Effect::Broken).operation("ListBuckets").account(PROD));
        backup.s3.list_buckets().send().await.expect("another account");
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        assert!(prod.s3.list_buckets().send().await.is_err());
        sandbox.faults().clear();
        prod.s3.list_buckets().send().await.expect("cleared");
    });
}
