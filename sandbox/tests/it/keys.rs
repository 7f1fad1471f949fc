//! Keys: Regions, aliases, policies, states, multi-Region keys.

use aws_sdk_kms::types::Tag;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ServerSideEncryption;
use serde_json::json;

use crate::bench::{
    BACKUP, Clients, DESTINATION, PROD, SOURCE, admin, allow, code, make_bucket, run, sandbox,
};

async fn make_key(clients: &Clients) -> (String, String) {
    let key = clients.kms.create_key().send().await.unwrap();
    let key = key.key_metadata().unwrap();
    (key.key_id().to_owned(), key.arn().unwrap().to_owned())
}

#[test]
fn a_key_is_seen_in_its_region_only() {
    let sandbox = sandbox();
    run(async {
        let here = admin(&sandbox, "prod", SOURCE).await;
        let there = admin(&sandbox, "prod", DESTINATION).await;
        let (id, arn) = make_key(&here).await;
        assert!(arn.starts_with("arn:aws:kms:ap-south-1:111111111111:key/"), "{arn}");
        let error = there.kms.describe_key().key_id(&id).send().await.unwrap_err();
        assert_eq!(code(&error), "NotFoundException");
        let error = there.kms.describe_key().key_id(&arn).send().await.unwrap_err();
        assert_eq!(code(&error), "NotFoundException");
        assert!(there.kms.list_keys().send().await.unwrap().keys().is_empty());
        assert_eq!(here.kms.list_keys().send().await.unwrap().keys().len(), 1);

        let alias = |clients: &Clients| clients.kms.create_alias().alias_name("alias/data");
        alias(&here).target_key_id(&id).send().await.unwrap();
        let (other, _) = make_key(&there).await;
        alias(&there).target_key_id(&other).send().await.expect("aliases are regional");
        let twice = alias(&there).target_key_id(&other).send().await.unwrap_err();
        assert_eq!(code(&twice), "AlreadyExistsException");
        let found = here.kms.describe_key().key_id("alias/data").send().await.unwrap();
        assert_eq!(found.key_metadata().unwrap().key_id(), id);
        let listed = here.kms.list_aliases().key_id(&id).send().await.unwrap();
        assert_eq!(listed.aliases().len(), 1);
        let all = here.kms.list_aliases().send().await.unwrap();
        let named = |alias: &&aws_sdk_kms::types::AliasListEntry| alias.alias_name() == Some("alias/data");
        assert_eq!(all.aliases().iter().find(named).unwrap().target_key_id(), Some(id.as_str()));
    });
}

#[test]
fn tags_rotation_policy_and_state() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let tag = |value: &str| Tag::builder().tag_key("team").tag_value(value).build().unwrap();
        let key = prod.kms.create_key().tags(tag("storage")).send().await.unwrap();
        let id = key.key_metadata().unwrap().key_id().to_owned();
        let kms = &prod.kms;
        let tags = kms.list_resource_tags().key_id(&id).send().await.unwrap();
        assert_eq!(tags.tags()[0].tag_value(), "storage");
        kms.tag_resource().key_id(&id).tags(tag("backup")).send().await.unwrap();
        let tags = kms.list_resource_tags().key_id(&id).send().await.unwrap();
        assert_eq!(tags.tags()[0].tag_value(), "backup");

        assert!(!kms.get_key_rotation_status().key_id(&id).send().await.unwrap().key_rotation_enabled());
        kms.enable_key_rotation().key_id(&id).send().await.unwrap();
        assert!(kms.get_key_rotation_status().key_id(&id).send().await.unwrap().key_rotation_enabled());

        let policy = kms.get_key_policy().key_id(&id).send().await.unwrap();
        assert!(policy.policy().unwrap().contains("arn:aws:iam::111111111111:root"));

        let state = || async {
            let key = kms.describe_key().key_id(&id).send().await.unwrap();
            key.key_metadata().unwrap().key_state().unwrap().as_str().to_owned()
        };
        kms.disable_key().key_id(&id).send().await.unwrap();
        assert_eq!(state().await, "Disabled");
        kms.enable_key().key_id(&id).send().await.unwrap();
        assert_eq!(state().await, "Enabled");
        kms.schedule_key_deletion().key_id(&id).pending_window_in_days(7).send().await.unwrap();
        assert_eq!(state().await, "PendingDeletion");
        kms.cancel_key_deletion().key_id(&id).send().await.unwrap();
        assert_eq!(state().await, "Disabled");
        kms.enable_key().key_id(&id).send().await.unwrap();
        assert_eq!(state().await, "Enabled");
    });
}

#[test]
fn a_key_policy_without_the_account_shuts_iam_out() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let (id, _) = make_key(&prod).await;
        let policy = allow(json!([{
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111111111111:role/ReplicationAdmin"},
            "Action": "kms:*",
            "Resource": "*",
        }]));
        let put = prod.kms.put_key_policy().key_id(&id).policy(policy);
        put.bypass_policy_lockout_safety_check(true).send().await.unwrap();
        let error = prod.kms.describe_key().key_id(&id).send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDeniedException");
        assert!(format!("{error:?}").contains("no resource-based policy allows"));
    });
}

#[test]
fn a_key_of_another_account_wants_both_sides() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let backup = admin(&sandbox, "backup", DESTINATION).await;
        let (id, arn) = make_key(&backup).await;
        let error = prod.kms.describe_key().key_id(&arn).send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDeniedException");
        let root = |account: &str| format!("arn:aws:iam::{account}:root");
        let policy = allow(json!([{
            "Effect": "Allow",
            "Principal": {"AWS": [root(BACKUP), root(PROD)]},
            "Action": "kms:*",
            "Resource": "*",
        }]));
        backup.kms.put_key_policy().key_id(&id).policy(policy).send().await.unwrap();
        let found = prod.kms.describe_key().key_id(&arn).send().await.expect("both sides allow");
        assert_eq!(found.key_metadata().unwrap().aws_account_id(), Some(BACKUP));
        prod.kms.get_key_policy().key_id(&arn).send().await.expect("in the key's account");
    });
}

#[test]
fn a_multi_region_key_has_one_id_and_an_arn_a_region() {
    let sandbox = sandbox();
    run(async {
        let here = admin(&sandbox, "prod", DESTINATION).await;
        let there = admin(&sandbox, "prod", "eu-west-1").await;
        let key = here.kms.create_key().multi_region(true).send().await.unwrap();
        let id = key.key_metadata().unwrap().key_id().to_owned();
        assert!(id.starts_with("mrk-"), "{id}");
        let error = there.kms.describe_key().key_id(&id).send().await.unwrap_err();
        assert_eq!(code(&error), "NotFoundException");
        let made = here.kms.replicate_key().key_id(&id).replica_region("eu-west-1");
        let made = made.send().await.unwrap();
        let replica = made.replica_key_metadata().unwrap();
        assert_eq!(replica.key_id(), id);
        let arn = format!("arn:aws:kms:eu-west-1:111111111111:key/{id}");
        assert_eq!(replica.arn(), Some(arn.as_str()));
        let found = there.kms.describe_key().key_id(&id).send().await.unwrap();
        let found = found.key_metadata().unwrap();
        assert_eq!(found.arn(), Some(arn.as_str()));
        let config = found.multi_region_configuration().unwrap();
        assert_eq!(config.multi_region_key_type().unwrap().as_str(), "REPLICA");
        assert_eq!(config.primary_key().unwrap().region(), Some(DESTINATION));
        let primary = here.kms.describe_key().key_id(&id).send().await.unwrap();
        let config = primary.key_metadata().unwrap().multi_region_configuration().unwrap().clone();
        assert_eq!(config.replica_keys()[0].arn(), Some(arn.as_str()));
        let alias = there.kms.create_alias().alias_name("alias/there").target_key_id(&id);
        alias.send().await.unwrap();
        let again = here.kms.replicate_key().key_id(&id).replica_region("eu-west-1");
        assert_eq!(code(&again.send().await.unwrap_err()), "AlreadyExistsException");
    });
}

#[test]
fn writing_and_reading_under_a_key_needs_the_key() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        make_bucket(&prod, "sealed", DESTINATION).await;
        let (id, arn) = make_key(&prod).await;
        let put = |key: &str| {
            prod.s3
                .put_object()
                .bucket("sealed")
                .key("k")
                .server_side_encryption(ServerSideEncryption::AwsKms)
                .ssekms_key_id(key)
                .body(ByteStream::from_static(b"x"))
        };
        let done = put(&id).send().await.unwrap();
        assert_eq!(done.ssekms_key_id(), Some(arn.as_str()));
        let get = || prod.s3.get_object().bucket("sealed").key("k");
        get().send().await.unwrap();
        prod.kms.disable_key().key_id(&id).send().await.unwrap();
        assert_eq!(code(&get().send().await.unwrap_err()), "KMS.DisabledException");
        assert_eq!(code(&put(&id).send().await.unwrap_err()), "KMS.DisabledException");
        prod.s3.head_object().bucket("sealed").key("k").send().await.expect("a head opens nothing");
        assert_eq!(code(&put("nokey").send().await.unwrap_err()), "KMS.NotFoundException");
        let managed = prod.s3.put_object().bucket("sealed").key("m");
        let managed = managed.server_side_encryption(ServerSideEncryption::AwsKms);
        let managed = managed.body(ByteStream::from_static(b"x")).send().await.unwrap();
        assert!(managed.ssekms_key_id().unwrap().starts_with("arn:aws:kms:us-east-1:111111111111:key/"));
    });
}

#[test]
fn a_ciphertext_asks_for_its_own_key() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", SOURCE).await;
        let ((_, one), (_, other)) = (make_key(&prod).await, make_key(&prod).await);
        let plain = aws_sdk_kms::primitives::Blob::new("secret");
        let sealed = prod.kms.encrypt().key_id(&one).plaintext(plain).send().await.unwrap();
        let sealed = sealed.ciphertext_blob().unwrap().clone();
        let open = || prod.kms.decrypt().ciphertext_blob(sealed.clone()).send();
        assert_eq!(open().await.unwrap().plaintext().unwrap().as_ref(), b"secret");

        let user = format!("arn:aws:iam::{PROD}:user/administrator");
        let policy = allow(json!([
            {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "kms:*", "Resource": "*"},
            {"Effect": "Deny", "Principal": {"AWS": user},
             "Action": ["kms:Decrypt", "kms:ReEncryptFrom"], "Resource": "*"},
        ]));
        prod.kms.put_key_policy().key_id(&one).policy(policy).send().await.unwrap();
        let text = format!("{:?}", open().await.unwrap_err());
        assert!(text.contains("kms:Decrypt") && text.contains(&one), "{text}");
        let again = prod.kms.re_encrypt().ciphertext_blob(sealed.clone()).destination_key_id(&other);
        let text = format!("{:?}", again.send().await.unwrap_err());
        assert!(text.contains("kms:ReEncryptFrom") && text.contains(&one), "{text}");
    });
}
