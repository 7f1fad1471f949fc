//! Policies that name nobody are refused, and those that name somebody very
//! new as well.

use std::time::Duration;

use bucketbridge_sandbox::Options;
use serde_json::json;

use crate::bench::{
    BACKUP, DESTINATION, PROD, admin, allow, code, make_bucket, make_role, role_arn, run, sandbox, start,
    trust, until,
};

fn bucket_policy(principal: &str) -> String {
    allow(json!([{
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::vault",
    }]))
}

fn key_policy(account: &str, principal: &str) -> String {
    allow(json!([{
        "Effect": "Allow",
        "Principal": {"AWS": [format!("arn:aws:iam::{account}:root"), principal]},
        "Action": "kms:*",
        "Resource": "*",
    }]))
}

#[test]
fn a_role_that_does_not_exist_is_refused_everywhere() {
    let sandbox = sandbox();
    run(async {
        let backup = admin(&sandbox, "backup", DESTINATION).await;
        make_bucket(&backup, "vault", DESTINATION).await;
        let nobody = role_arn(PROD, "nobody");

        let put = backup.s3.put_bucket_policy().bucket("vault").policy(bucket_policy(&nobody));
        let error = put.send().await.unwrap_err();
        assert_eq!(code(&error), "MalformedPolicy");
        assert!(format!("{error:?}").contains("Invalid principal in policy"));

        let create = backup.kms.create_key().policy(key_policy(BACKUP, &nobody));
        assert_eq!(code(&create.send().await.unwrap_err()), "MalformedPolicyDocumentException");
        let key = backup.kms.create_key().send().await.unwrap();
        let key = key.key_metadata().unwrap().key_id();
        let put = backup.kms.put_key_policy().key_id(key).policy(key_policy(BACKUP, &nobody));
        assert_eq!(code(&put.send().await.unwrap_err()), "MalformedPolicyDocumentException");

        let role = backup.iam.create_role().role_name("guest");
        let role = role.assume_role_policy_document(trust(&nobody, json!({})));
        assert_eq!(code(&role.send().await.unwrap_err()), "MalformedPolicyDocument");

        // A unique id is what a deleted principal has turned into.
        let stale = bucket_policy("AROAEXAMPLEEXAMPLEEXA");
        let put = backup.s3.put_bucket_policy().bucket("vault").policy(stale);
        assert_eq!(code(&put.send().await.unwrap_err()), "MalformedPolicy");
        // Any account counts as existing.
        let put = backup.s3.put_bucket_policy().bucket("vault");
        put.policy(bucket_policy("999999999999")).send().await.expect("accounts are not looked up");
    });
}

#[test]
fn a_young_role_is_invisible_for_a_while() {
    let sandbox = start(Options { iam_propagation: Duration::from_millis(1500), ..Options::default() });
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let backup = admin(&sandbox, "backup", DESTINATION).await;
        make_bucket(&backup, "vault", DESTINATION).await;
        make_role(&prod, "young", &trust(PROD, json!({})), None).await;
        let young = role_arn(PROD, "young");
        let put = || backup.s3.put_bucket_policy().bucket("vault").policy(bucket_policy(&young));
        assert_eq!(code(&put().send().await.unwrap_err()), "MalformedPolicy");
        until("the role to be seen", || async { put().send().await.ok() }).await;
        let key = backup.kms.create_key().policy(key_policy(BACKUP, &young));
        key.send().await.expect("now KMS sees it too");
    });
}
