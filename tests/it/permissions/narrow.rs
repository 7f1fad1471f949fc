//! What the policies do not allow: other objects, keys, roles and services.

use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::json;

use crate::documents;
use crate::world::{PROD, World, one_link};

use super::{operator, policies};

#[test]
fn other_objects_keys_and_roles_are_out_of_reach() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let theirs = documents::make_key(&world, "prod", "ap-south-1", "alias/theirs");
    let policies = policies(&world, "prod", &["--variants"]);
    operator(&world, "prod", &policies);
    // Of their own key pair the SDK's clients know nothing: it is taken from the profile.
    let text = std::fs::read_to_string(world.path().join("aws/credentials")).expect("credentials");
    let section = text.split("[operator-prod]").nth(1).expect("the operator");
    let value = |key: &str| {
        let line = section.lines().find(|line| line.starts_with(key)).expect("a line");
        line.split(" = ").nth(1).expect("a value").to_owned()
    };
    let config = world.sdk_of(&value("aws_access_key_id"), &value("aws_secret_access_key"), "ap-south-1");
    let (s3, kms, iam) = (
        aws_sdk_s3::Client::new(&config),
        aws_sdk_kms::Client::new(&config),
        aws_sdk_iam::Client::new(&config),
    );
    let ours = documents::key_arn(&world, "prod", "ap-south-1", "alias/orders-prod").expect("a key");
    let tag = |value: &str| {
        aws_sdk_kms::types::Tag::builder().tag_key("bucketbridge").tag_value(value).build().expect("a tag")
    };
    let policy = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    world.block(async {
        let denied = |what: &str, code: Option<&str>| {
            assert!(code.is_some_and(|code| code.starts_with("AccessDenied")), "{what}: {code:?}");
        };
        let body = || ByteStream::from_static(b"x");
        let put = s3.put_object().bucket("orders-prod").key("data").body(body()).send().await;
        denied("an object", put.expect_err("denied").code());
        let listed = s3.list_object_versions().bucket("orders-prod").send().await;
        denied("all objects", listed.expect_err("denied").code());
        let listed = s3.list_object_versions().bucket("orders-prod").prefix("data/").send().await;
        denied("other objects", listed.expect_err("denied").code());
        let put = s3.delete_bucket().bucket("orders-prod").send().await;
        denied("the bucket", put.expect_err("denied").code());
        denied("their key", kms.describe_key().key_id(&theirs).send().await.expect_err("denied").code());
        let put = kms.put_key_policy().key_id(&theirs).policy(&policy).send().await;
        denied("their key's policy", put.expect_err("denied").code());
        denied("a bare key", kms.create_key().send().await.expect_err("denied").code());
        let made = kms.create_key().tags(tag("alias/theirs")).send().await;
        denied("another's key", made.expect_err("denied").code());
        // Our key serves S3 alone.
        let data = kms.generate_data_key().key_id(&ours).number_of_bytes(32).send().await;
        denied("a data key", data.expect_err("denied").code());
        let made = kms.schedule_key_deletion().key_id(&ours).send().await;
        denied("a deletion", made.expect_err("denied").code());
        let made = iam.create_role().role_name("another").assume_role_policy_document(&policy).send().await;
        denied("another role", made.expect_err("denied").code());
        let attached = iam.attach_role_policy().role_name(documents::ROLE);
        let admin = format!("arn:aws:iam::{PROD}:policy/operator-prod-0");
        denied("a policy", attached.policy_arn(admin).send().await.expect_err("denied").code());
    });
    assert!(policies.iter().all(|policy| !policy.to_string().contains("s3:DeleteBucket\"")));
}
