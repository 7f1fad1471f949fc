//! What is refused in bucket and key policies, and what a deleted role leaves
//! behind.

use serde_json::{Value, json};

use crate::bench::{
    BACKUP, DESTINATION, PROD, admin, allow, code, make_bucket, make_role, role_arn, run, sandbox, trust,
};

#[test]
fn bucket_policies_are_about_s3_and_the_bucket() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        make_bucket(&prod, "vault", DESTINATION).await;
        let put = async |statement: Value| {
            let put = prod.s3.put_bucket_policy().bucket("vault").policy(allow(json!([statement])));
            put.send().await.map(|_| ()).map_err(|error| format!("{error:?}"))
        };
        let statement = |action: &str, resource: &str| json!({"Effect": "Allow", "Principal": {"AWS": BACKUP}, "Action": action, "Resource": resource});
        let refused = put(statement("kms:Decrypt", "arn:aws:s3:::vault")).await.unwrap_err();
        assert!(refused.contains("Policy has invalid action"), "{refused}");
        let refused = put(statement("s3:GetObject", "arn:aws:s3:::other/*")).await.unwrap_err();
        assert!(refused.contains("Policy has invalid resource"), "{refused}");
        put(statement("s3:GetObject", "arn:aws:s3:::vault/*")).await.expect("a good one");
        let mut public = statement("s3:GetObject", "arn:aws:s3:::vault/*");
        public["Principal"] = json!("*");
        let refused = put(public).await.unwrap_err();
        assert!(refused.contains("AccessDenied"), "{refused}");
    });
}

#[test]
fn a_key_policy_must_not_lock_its_author_out() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let policy = allow(json!([{
            "Effect": "Allow",
            "Principal": {"AWS": role_arn(PROD, "ReplicationAdmin")},
            "Action": "kms:*",
            "Resource": "*",
        }]));
        let create = prod.kms.create_key().policy(&policy);
        let error = create.send().await.unwrap_err();
        assert_eq!(code(&error), "MalformedPolicyDocumentException");
        assert!(format!("{error:?}").contains("will not allow you to update the key policy"));
        let create = prod.kms.create_key().policy(&policy).bypass_policy_lockout_safety_check(true);
        create.send().await.expect("whoever insists");
    });
}

#[test]
fn a_deleted_role_leaves_its_unique_id() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let backup = admin(&sandbox, "backup", DESTINATION).await;
        make_bucket(&backup, "vault", DESTINATION).await;
        let guest = role_arn(PROD, "guest");
        make_role(&prod, "guest", &trust(PROD, json!({})), None).await;
        let policy = allow(json!([{
            "Effect": "Allow",
            "Principal": {"AWS": [guest, PROD]},
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::vault",
        }]));
        backup.s3.put_bucket_policy().bucket("vault").policy(&policy).send().await.unwrap();
        let key_policy = allow(json!([
            {"Effect": "Allow", "Principal": {"AWS": BACKUP}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Allow", "Principal": {"AWS": guest}, "Action": "kms:Encrypt", "Resource": "*"},
        ]));
        let key = backup.kms.create_key().policy(key_policy).send().await.unwrap();
        let key = key.key_metadata().unwrap().key_id();
        let id = prod.iam.get_role().role_name("guest").send().await.unwrap();
        let id = id.role().unwrap().role_id().to_owned();
        prod.iam.delete_role().role_name("guest").send().await.unwrap();
        make_role(&prod, "guest", &trust(PROD, json!({})), None).await;

        let stored = backup.s3.get_bucket_policy().bucket("vault").send().await.unwrap();
        let stored: Value = serde_json::from_str(stored.policy().unwrap()).unwrap();
        assert_eq!(stored["Statement"][0]["Principal"]["AWS"], json!([id, PROD]));
        let put = backup.s3.put_bucket_policy().bucket("vault").policy(stored.to_string());
        assert_eq!(code(&put.send().await.unwrap_err()), "MalformedPolicy");
        let stored = backup.kms.get_key_policy().key_id(key).send().await.unwrap();
        assert!(stored.policy().unwrap().contains(&id));
        assert!(!stored.policy().unwrap().contains(&guest));
    });
}

#[test]
fn inline_policies_may_be_of_the_older_version() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        make_role(&prod, "old", &trust(PROD, json!({})), None).await;
        for version in ["", "\"Version\": \"2008-10-17\", "] {
            let text = format!(
                r#"{{{version}"Statement": [{{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}}]}}"#
            );
            let put = prod.iam.put_role_policy().role_name("old").policy_name("p").policy_document(&text);
            put.send().await.expect("either version");
            let got = prod.iam.get_role_policy().role_name("old").policy_name("p").send().await.unwrap();
            let got = got.policy_document();
            assert!(!got.contains("2012-10-17"), "it stays as it was put: {got}");
        }
        let managed = prod.iam.create_policy().policy_name("m");
        let text = r#"{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}"#;
        let error = managed.policy_document(text).send().await.unwrap_err();
        assert_eq!(code(&error), "MalformedPolicyDocument");
    });
}
