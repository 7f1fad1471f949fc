//! Sessions of roles: trust, external ids, chains, MFA, tags.

use aws_sdk_iam::config::Credentials;
use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;
use aws_sdk_sts::types::Tag;
use bucketbridge_sandbox::Sandbox;
use serde_json::json;

use crate::bench::{
    BACKUP, Clients, DESTINATION, PROD, admin, allow, clients, code, make_role, role_arn, run, sandbox, trust,
};

fn everything() -> String {
    allow(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]))
}

fn assume(from: &Clients, role: &str) -> AssumeRoleFluentBuilder {
    from.sts.assume_role().role_arn(role).role_session_name("me")
}

async fn session(sandbox: &Sandbox, request: AssumeRoleFluentBuilder) -> Clients {
    let answer = request.send().await.expect("the role is assumed");
    let keys = answer.credentials().expect("credentials");
    let credentials = Credentials::new(
        keys.access_key_id(),
        keys.secret_access_key(),
        Some(keys.session_token().to_owned()),
        None,
        "test",
    );
    clients(sandbox, credentials, DESTINATION).await
}

#[test]
fn replication_admin_wants_the_external_id() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let role = role_arn(BACKUP, "ReplicationAdmin");
        let error = assume(&prod, &role).send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDenied");
        let error = assume(&prod, &role).external_id("wrong").send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDenied");

        let there = session(&sandbox, assume(&prod, &role).external_id("sandbox")).await;
        let who = there.sts.get_caller_identity().send().await.unwrap();
        assert_eq!(who.account(), Some(BACKUP));
        assert_eq!(who.arn(), Some("arn:aws:sts::222222222222:assumed-role/ReplicationAdmin/me"));
        assert!(who.user_id().unwrap().ends_with(":me"));
        there.kms.list_keys().send().await.expect("it administers the account");

        let backup = admin(&sandbox, "backup", DESTINATION).await;
        let own = role_arn(PROD, "ReplicationAdmin");
        let error = assume(&backup, &own).external_id("sandbox").send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDenied");
    });
}

#[test]
fn a_chain_goes_through_a_policy_that_names_the_role() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let backup = admin(&sandbox, "backup", DESTINATION).await;
        let first = role_arn(PROD, "first");
        make_role(&prod, "first", &trust(PROD, json!({})), Some(&everything())).await;
        let by_arn = json!({"ArnEquals": {"aws:PrincipalArn": first}});
        make_role(&backup, "second", &trust(&first, by_arn), Some(&everything())).await;

        let step = session(&sandbox, assume(&prod, &first)).await;
        let end = session(&sandbox, assume(&step, &role_arn(BACKUP, "second"))).await;
        let who = end.sts.get_caller_identity().send().await.unwrap();
        assert_eq!(who.account(), Some(BACKUP));

        // A chained session lasts an hour at most.
        let long = assume(&step, &role_arn(BACKUP, "second")).duration_seconds(7200);
        assert_eq!(code(&long.send().await.unwrap_err()), "ValidationError");
        // The administrator himself is not the role.
        let direct = assume(&prod, &role_arn(BACKUP, "second"));
        assert_eq!(code(&direct.send().await.unwrap_err()), "AccessDenied");
    });
}

#[test]
fn six_digits_pass_for_an_mfa_code() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
        make_role(&prod, "careful", &trust(PROD, condition), None).await;
        let role = role_arn(PROD, "careful");
        let error = assume(&prod, &role).send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDenied");
        let serial = "arn:aws:iam::111111111111:mfa/me";
        let letters = assume(&prod, &role).serial_number(serial).token_code("abcdef");
        assert_eq!(code(&letters.send().await.unwrap_err()), "AccessDenied");
        let digits = assume(&prod, &role).serial_number(serial).token_code("123456");
        digits.send().await.expect("six digits will do");
    });
}

#[test]
fn session_tags_and_source_identity_are_seen_by_policies() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let condition = json!({"StringEquals": {
            "aws:RequestTag/team": "storage",
            "sts:SourceIdentity": "ada",
        }});
        make_role(&prod, "tagged", &trust(PROD, condition), Some(&everything())).await;
        let next = json!({"StringEquals": {"aws:PrincipalTag/team": "storage"}});
        make_role(&prod, "next", &trust(PROD, next), None).await;

        let role = role_arn(PROD, "tagged");
        let plain = assume(&prod, &role).source_identity("ada");
        assert_eq!(code(&plain.send().await.unwrap_err()), "AccessDenied");
        let team = Tag::builder().key("team").value("storage").build().unwrap();
        let request = assume(&prod, &role).source_identity("ada").tags(team).transitive_tag_keys("team");
        let step = session(&sandbox, request).await;
        let answer = assume(&step, &role_arn(PROD, "next")).send().await.expect("tags go along");
        assert_eq!(answer.source_identity(), Some("ada"));
        let without = assume(&prod, &role_arn(PROD, "next"));
        assert_eq!(code(&without.send().await.unwrap_err()), "AccessDenied");
    });
}

#[test]
fn a_session_may_do_what_its_role_may() {
    let sandbox = sandbox();
    run(async {
        let prod = admin(&sandbox, "prod", DESTINATION).await;
        let reader = allow(json!([{"Effect": "Allow", "Action": "kms:List*", "Resource": "*"}]));
        make_role(&prod, "reader", &trust(PROD, json!({})), Some(&reader)).await;
        let reader = session(&sandbox, assume(&prod, &role_arn(PROD, "reader"))).await;
        reader.kms.list_keys().send().await.expect("it may list keys");
        let error = reader.kms.create_key().send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDeniedException");
        let error = reader.s3.list_buckets().send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDenied");
        let error = reader.iam.get_role().role_name("reader").send().await.unwrap_err();
        assert_eq!(code(&error), "AccessDenied");
    });
}
