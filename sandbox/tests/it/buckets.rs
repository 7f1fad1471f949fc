//! Buckets: what a new one has, authorization under AWS's names.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ObjectCannedAcl, ObjectOwnership, OwnershipControls, OwnershipControlsRule, Payer, RequestPayer,
    RequestPaymentConfiguration,
};
use serde_json::json;

use crate::bench::{BACKUP, DESTINATION, PROD, admin, allow, clients, code, make_bucket, run, sandbox};

#[test]
fn a_new_bucket_has_what_it_has_on_aws() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        make_bucket(&prod, "fresh", DESTINATION).await;
        let s3 = &prod.s3;
        let encryption = s3.get_bucket_encryption().bucket("fresh").send().await.unwrap();
        let rules = encryption.server_side_encryption_configuration().unwrap().rules();
        let default = rules[0].apply_server_side_encryption_by_default().unwrap();
        assert_eq!(default.sse_algorithm().as_str(), "AES256");
        let block = s3.get_public_access_block().bucket("fresh").send().await.unwrap();
        let block = block.public_access_block_configuration().unwrap();
        assert_eq!(block.block_public_policy(), Some(true));
        let ownership = s3.get_bucket_ownership_controls().bucket("fresh").send().await.unwrap();
        let rules = ownership.ownership_controls().unwrap().rules();
        assert_eq!(rules[0].object_ownership().as_str(), "BucketOwnerEnforced");
        let versioning = s3.get_bucket_versioning().bucket("fresh").send().await.unwrap();
        assert!(versioning.status().is_none());
    });
}

#[test]
fn the_action_names_are_awss() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        make_bucket(&prod, "ours", DESTINATION).await;
        let user = prod.iam.create_user().user_name("reader").send().await.unwrap();
        assert!(user.user().is_some());
        let policy = allow(json!([{
            "Effect": "Allow",
            "Action": ["s3:GetReplicationConfiguration", "s3:GetEncryptionConfiguration",
                "s3:ListBucketVersions"],
            "Resource": "arn:aws:s3:::ours",
        }]));
        let put = prod.iam.put_user_policy().user_name("reader").policy_name("p");
        put.policy_document(policy).send().await.unwrap();
        let key = prod.iam.create_access_key().user_name("reader").send().await.unwrap();
        let key = key.access_key().unwrap();
        let credentials = aws_sdk_iam::config::Credentials::new(
            key.access_key_id(),
            key.secret_access_key(),
            None,
            None,
            "test",
        );
        let reader = clients(&sandbox, credentials, DESTINATION).await.s3;
        reader.get_bucket_encryption().bucket("ours").send().await.expect("encryption");
        reader.list_object_versions().bucket("ours").send().await.expect("versions");
        let error = reader.get_bucket_replication().bucket("ours").send().await.unwrap_err();
        assert_eq!(code(&error), "ReplicationConfigurationNotFoundError");
        let error = reader.list_objects_v2().bucket("ours").send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDenied");
        let text = format!("{error:?}");
        assert!(text.contains("s3:ListBucket"), "{text}");
        assert!(text.contains("no identity-based policy allows"), "{text}");
    });
}

#[test]
fn another_accounts_bucket_wants_both_sides() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let backup = admin(&sandbox, "backup", DESTINATION).await;
        make_bucket(&backup, "theirs", DESTINATION).await;
        let put = || prod.s3.put_object().bucket("theirs").key("k").body(ByteStream::from_static(b"x"));
        assert_eq!(code(&put().send().await.unwrap_err()), "AccessDenied");
        let policy = allow(json!([
            {
                "Effect": "Allow",
                "Principal": {"AWS": PROD},
                "Action": "s3:PutObject",
                "Resource": "arn:aws:s3:::theirs/*",
            },
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::theirs", "arn:aws:s3:::theirs/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        ]));
        let stored = backup.s3.put_bucket_policy().bucket("theirs").policy(policy);
        stored.send().await.expect("the policy is stored");
        put().send().await.expect("both sides allow; loopback counts as TLS");
        let listed = backup.s3.list_objects_v2().bucket("theirs").send().await.unwrap();
        assert_eq!(listed.key_count(), Some(1));
        let error = prod.s3.create_bucket().bucket("theirs").send().await.unwrap_err();
        assert_eq!(code(&error), "BucketAlreadyExists");
        assert_ne!(PROD, BACKUP);
    });
}

#[test]
fn who_pays_and_who_owns_is_said_across_accounts() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let backup = admin(&sandbox, "backup", DESTINATION).await;
        make_bucket(&backup, "theirs", DESTINATION).await;
        let policy = allow(json!([{"Effect": "Allow", "Principal": {"AWS": PROD}, "Action": "s3:*",
            "Resource": ["arn:aws:s3:::theirs", "arn:aws:s3:::theirs/*"]}]));
        backup.s3.put_bucket_policy().bucket("theirs").policy(policy).send().await.unwrap();
        let payment = RequestPaymentConfiguration::builder().payer(Payer::Requester).build().unwrap();
        let put = backup.s3.put_bucket_request_payment().bucket("theirs");
        put.request_payment_configuration(payment).send().await.unwrap();
        let rule = OwnershipControlsRule::builder().object_ownership(ObjectOwnership::ObjectWriter);
        let controls = OwnershipControls::builder().rules(rule.build().unwrap()).build().unwrap();
        let put = backup.s3.put_bucket_ownership_controls().bucket("theirs");
        put.ownership_controls(controls).send().await.unwrap();

        let put = || prod.s3.put_object().bucket("theirs").key("k").body(ByteStream::from_static(b"x"));
        assert_eq!(code(&put().send().await.unwrap_err()), "AccessDenied");
        put().request_payer(RequestPayer::Requester).send().await.expect("they pay");
        let acl = backup.s3.get_object_acl().bucket("theirs").key("k").send().await.unwrap();
        assert_eq!(acl.owner().unwrap().id(), Some(PROD), "the writer owns it");
        assert_eq!(acl.grants().len(), 1);
        let put = put().request_payer(RequestPayer::Requester).acl(ObjectCannedAcl::BucketOwnerFullControl);
        put.send().await.expect("with a grant to the bucket's owner");
        let acl = backup.s3.get_object_acl().bucket("theirs").key("k").send().await.unwrap();
        assert_eq!(acl.grants().len(), 2);
    });
}
