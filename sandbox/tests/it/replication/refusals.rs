//! One thing missing at a time, and S3's reason for it.

use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use serde_json::{Value, json};

use super::estate::{Estate, FROM, TO, s3_trust};
use crate::bench::{BACKUP, PROD, allow, run, sandbox};

/// The statements with one action taken out.
fn without(mut statements: Value, action: &str) -> Value {
    let list = statements.as_array_mut().unwrap();
    for statement in list.iter_mut() {
        if let Some(actions) = statement["Action"].as_array_mut() {
            actions.retain(|other| other != action);
        }
    }
    list.retain(|statement| {
        statement["Action"] != action && statement["Action"].as_array().is_none_or(|a| !a.is_empty())
    });
    statements
}

#[test]
fn each_missing_grant_of_the_role_has_its_reason() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::build(&sandbox).await;
        for (number, (action, reason)) in [
            ("s3:GetReplicationConfiguration", "SrcBucketReplicationConfigMissing"),
            ("s3:ListBucket", "SrcHeadObjectNotPermitted"),
            ("s3:GetObjectVersionForReplication", "SrcGetObjectNotPermitted"),
            ("s3:GetObjectVersionAcl", "SrcGetAclNotPermitted"),
            ("kms:Decrypt", "SrcGetObjectNotPermitted"),
            ("s3:ReplicateObject", "DstPutObjectNotPermitted"),
            ("kms:Encrypt", "DstPutObjectNotPermitted"),
        ]
        .into_iter()
        .enumerate()
        {
            estate.put_role_policy(without(estate.role_policy(), action)).await;
            let failure = estate.refused(&sandbox, &format!("k{number}")).await;
            assert_eq!(failure.code, reason, "{action}: {failure:?}");
            assert_eq!(failure.action, action);
        }
        // Without the tagging permission the object goes without its tags.
        let policy = without(estate.role_policy(), "s3:GetObjectVersionTagging");
        estate.put_role_policy(policy).await;
        let put = estate.prod.s3.put_object().bucket(FROM).key("t").tagging("a=1");
        put.send().await.unwrap();
        assert_eq!(estate.decided("t").await, "COMPLETED");
        let tags = estate.backup.s3.get_object_tagging().bucket(TO).key("t").send().await.unwrap();
        assert!(tags.tag_set().is_empty());
    });
}

#[test]
fn both_sides_count_across_accounts() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::build(&sandbox).await;
        estate.put_bucket_policy(without(estate.bucket_policy(), "s3:ReplicateObject")).await;
        let failure = estate.refused(&sandbox, "a").await;
        assert_eq!(failure.code, "DstPutObjectNotPermitted");
        assert!(failure.detail.contains("resource-based policy"), "{}", failure.detail);
        estate.put_bucket_policy(estate.bucket_policy()).await;

        estate.put_replica_key_policy(without(estate.replica_key_policy(), "kms:Encrypt")).await;
        let failure = estate.refused(&sandbox, "b").await;
        assert_eq!(
            (failure.code.as_str(), failure.action.as_str()),
            ("DstPutObjectNotPermitted", "kms:Encrypt")
        );
        estate.put_replica_key_policy(estate.replica_key_policy()).await;

        estate.write("c").await;
        assert_eq!(estate.decided("c").await, "COMPLETED");
    });
}

#[test]
fn keys_have_to_be_usable_and_conditions_to_fit() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::build(&sandbox).await;
        let backup = &estate.backup.kms;
        backup.disable_key().key_id(&estate.replica_key).send().await.unwrap();
        assert_eq!(estate.refused(&sandbox, "a").await.code, "DstKmsKeyInvalidState");
        backup.enable_key().key_id(&estate.replica_key).send().await.unwrap();

        let text = estate.role_policy().to_string();
        let wrong = text.replace("s3.us-east-1.amazonaws.com", "s3.eu-west-1.amazonaws.com");
        estate.put_role_policy(serde_json::from_str(&wrong).unwrap()).await;
        let failure = estate.refused(&sandbox, "b").await;
        assert_eq!(failure.action, "kms:Encrypt");
        let wrong =
            text.replace("\"arn:aws:s3:::orders\",\"arn:aws:s3:::orders/*\"", "\"arn:aws:s3:::orders/*\"");
        assert_ne!(wrong, text);
        estate.put_role_policy(serde_json::from_str(&wrong).unwrap()).await;
        let failure = estate.refused(&sandbox, "c").await;
        assert_eq!(failure.action, "kms:Decrypt", "with a bucket key the context is the bucket");
        estate.put_role_policy(estate.role_policy()).await;

        // The policy of the source key delegates to the account no more.
        let policy = allow(json!([{
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{PROD}:user/administrator")},
            "Action": "kms:*",
            "Resource": "*",
        }]));
        let put = estate.prod.kms.put_key_policy().key_id(&estate.source_key);
        put.policy(policy).send().await.unwrap();
        let failure = estate.refused(&sandbox, "d").await;
        assert_eq!(
            (failure.code.as_str(), failure.action.as_str()),
            ("SrcGetObjectNotPermitted", "kms:Decrypt")
        );
    });
}

#[test]
fn of_the_reads_that_of_the_acl_has_the_tags_of_the_object() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::build(&sandbox).await;
        let no = |action: &str| {
            let mut policy = estate.role_policy();
            policy.as_array_mut().unwrap().push(json!({
                "Effect": "Deny", "Action": action, "Resource": "*",
                "Condition": {"StringEquals": {"s3:ExistingObjectTag/class": "gold"}}}));
            policy
        };
        let write = async |key: &str| {
            let put = estate.prod.s3.put_object().bucket(FROM).key(key).tagging("class=gold");
            put.send().await.unwrap();
            estate.decided(key).await
        };
        estate.put_role_policy(no("s3:GetObjectVersionForReplication")).await;
        assert_eq!(write("a").await, "COMPLETED");
        estate.put_role_policy(no("s3:GetObjectVersionAcl")).await;
        assert_eq!(write("b").await, "FAILED");
    });
}

#[test]
fn a_key_for_replicas_has_to_be_symmetric() {
    let sandbox = sandbox();
    run(async {
        let mut estate = Estate::build(&sandbox).await;
        let create = estate.backup.kms.create_key().key_spec(KeySpec::Hmac256);
        let made = create.key_usage(KeyUsageType::GenerateVerifyMac).send().await.unwrap();
        estate.replica_key = made.key_metadata.unwrap().arn.unwrap();
        estate.put_replica_key_policy(estate.replica_key_policy()).await;
        estate.put_role_policy(estate.role_policy()).await;
        estate.put_rule(estate.rule()).await;
        let failure = estate.refused(&sandbox, "a").await;
        assert_eq!(
            (failure.code.as_str(), failure.action.as_str()),
            ("DstPutObjectNotPermitted", "kms:Encrypt")
        );
        assert!(failure.detail.contains("HMAC_256"), "{failure:?}");
    });
}

#[test]
fn the_documents_count_as_they_are_when_the_delay_ends() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::build(&sandbox).await;
        sandbox.set_replication_delay(std::time::Duration::from_millis(1500));
        estate.write("late").await;
        let iam = &estate.prod.iam;
        iam.delete_role_policy().role_name("replicator").policy_name("all").send().await.unwrap();
        iam.delete_role().role_name("replicator").send().await.unwrap();
        assert_eq!(estate.decided("late").await, "FAILED");
        sandbox.set_replication_delay(std::time::Duration::from_millis(30));
        let failure = estate.refused(&sandbox, "later").await;
        assert_eq!(failure.code, "AssumeRoleNotPermitted");
    });
}

#[test]
fn trust_denies_and_the_destination_count() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::build(&sandbox).await;
        let update = |trust: String| {
            let update = estate.prod.iam.update_assume_role_policy().role_name("replicator");
            update.policy_document(trust).send()
        };
        update(s3_trust().replace("s3.amazonaws.com", "ec2.amazonaws.com")).await.unwrap();
        assert_eq!(estate.refused(&sandbox, "a").await.code, "AssumeRoleNotPermitted");
        let mut conditional: Value = serde_json::from_str(&s3_trust()).unwrap();
        conditional["Statement"][0]["Condition"] = json!({"StringEquals": {"aws:SourceAccount": PROD}});
        update(conditional.to_string()).await.unwrap();
        estate.write("b").await;
        assert_eq!(estate.decided("b").await, "COMPLETED");

        // A Deny in the source bucket's own policy.
        let deny = allow(json!([{
            "Effect": "Deny",
            "Principal": {"AWS": estate.role},
            "Action": "s3:GetObjectVersionForReplication",
            "Resource": "arn:aws:s3:::orders/*",
        }]));
        let put = estate.prod.s3.put_bucket_policy().bucket(FROM).policy(deny);
        put.send().await.unwrap();
        let failure = estate.refused(&sandbox, "c").await;
        assert_eq!(failure.code, "SrcGetObjectNotPermitted");
        assert!(failure.detail.contains("explicit deny"), "{}", failure.detail);
        estate.prod.s3.delete_bucket_policy().bucket(FROM).send().await.unwrap();

        let mut rule = estate.rule();
        rule.destination.as_mut().unwrap().account = Some(PROD.to_owned());
        estate.put_rule(rule).await;
        estate.refused(&sandbox, "d").await;
        estate.put_rule(estate.rule()).await;
        assert_ne!(PROD, BACKUP);
    });
}
