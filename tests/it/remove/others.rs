//! What others wrote is as it was before `apply`, to the byte where S3 keeps bytes; and what they have
//! put on our role keeps it.

use aws_sdk_iam::types::Tag;
use serde_json::{Value, json};

use crate::documents::{self, Document, POLICY, ROLE};
use crate::world::{World, one_link};

use super::{bucket, link};

const HERE: (&str, &str, &str) = ("prod", "ap-south-1", "orders-prod");

/// A policy of others on the destination bucket, in every form that there is.
fn of_bucket() -> Value {
    json!({"Version": "2008-10-17", "Id": "theirs", "Statement": [
        {"Sid": "Permissions on objects", "Effect": "Allow", "Principal": {"AWS": "111111111111"},
         "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders-backup/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*",
         "Resource": ["arn:aws:s3:::orders-backup", "arn:aws:s3:::orders-backup/*"],
         "Condition": {"Bool": {"aws:SecureTransport": false}}},
        {"Sid": "tls", "Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": ["s3:*"],
         "Resource": ["arn:aws:s3:::orders-backup/*"], "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}}},
        {"Sid": "", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
         "Action": ["s3:ListBucket"], "Resource": "arn:aws:s3:::orders-backup"},
    ]})
}

fn of_key() -> Value {
    json!({"Id": "key-consolepolicy-3", "Version": "2012-10-17", "Statement": [
        {"Sid": "Enable IAM User Permissions", "Effect": "Allow",
         "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": ["333333333333"]}, "Action": ["kms:CreateGrant", "kms:ListGrants"],
         "Resource": "*", "Condition": {"Bool": {"kms:GrantIsForAWSResource": true}}},
        {"Sid": "Deny - without context", "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
         "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"Null": {"kms:EncryptionContext:aws:s3:arn": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": 300}}},
    ]})
}

fn trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Theirs", "Effect": "Allow", "Principal": {"Service": ["s3.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}]})
}

fn make_role(world: &World, name: &str, path: &str, policy: Option<&Value>) -> String {
    let iam = world.iam("prod");
    world.block(async {
        let role =
            iam.create_role().role_name(name).path(path).assume_role_policy_document(trust().to_string());
        let role = role.send().await.expect("a role").role.expect("the role");
        if let Some(policy) = policy {
            let put = iam.put_role_policy().role_name(name).policy_name("theirs");
            put.policy_document(policy.to_string()).send().await.expect("a policy");
        }
        role.arn
    })
}

#[test]
fn every_policy_is_as_it_was() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    let bucket = Document::bucket("backup", "us-east-1", "orders-backup");
    bucket.write(&world, &of_bucket());
    let key = documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    let key = Document::Key { account: "backup", region: "us-east-1", key };
    key.write(&world, &of_key());
    // A role of that name is there, and somebody has a policy of our policy's name.
    let theirs = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:InitiateReplication", "Resource": "*"}]});
    make_role(&world, ROLE, "/", Some(&theirs));
    Document::role_policy().write(&world, &theirs);
    let documents = [bucket, key, Document::trust(), Document::role_policy()];
    let before: Vec<String> =
        documents.iter().map(|d| d.read(&world).expect("the document").to_string()).collect();
    world.apply(&[]).ended(0);
    assert!(documents.iter().all(|d| d.read(&world).expect("it").to_string().contains("Bucketbridge")));

    let ran = world.remove(&[]).ended(0);
    let after: Vec<String> =
        documents.iter().map(|d| d.read(&world).expect("the document").to_string()).collect();
    assert_eq!(after, before, "content, form and order");
    let notes = ran.json()["steps"].to_string();
    for said in
        ["this tool did not make it", "4 statements of others kept", "it has the inline policy theirs"]
    {
        assert!(notes.contains(said), "{said}: {notes}");
    }
}

/// Rules of others: with spaces in the id, in the older schema, and without an id.
const THEIR_RULES: [&str; 3] = [
    "<Rule>\n  <ID>Their rule, 1</ID><Priority>7</Priority><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>\
     <DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>\
     <Destination><Bucket>arn:aws:s3:::orders-archive</Bucket></Destination></Rule>",
    "<Rule><ID>older</ID><Prefix>logs/</Prefix><Status>Enabled</Status>\
     <Destination><Bucket>arn:aws:s3:::orders-archive</Bucket></Destination></Rule>",
    "<Rule><Priority>7</Priority><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>\
     <DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>\
     <Destination><Bucket>arn:aws:s3:::orders-archive</Bucket></Destination></Rule>",
];

fn configuration(role: &str, rule: &str) -> String {
    format!(
        "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>{role}</Role>{rule}\
         </ReplicationConfiguration>"
    )
}

/// The configuration as S3 gives it, to the byte.
fn raw(world: &World) -> Option<Vec<u8>> {
    use bucketbridge::aws::AnswerBody;
    let body = AnswerBody::default();
    let call = world.s3(HERE.0, HERE.1).get_bucket_replication().bucket(HERE.2).customize();
    world.block(call.interceptor(body.clone()).send()).ok()?;
    body.take()
}

fn put_raw(world: &World, text: &str) {
    use bucketbridge::aws::RequestBody;
    let call = world.s3(HERE.0, HERE.1).put_bucket_replication().bucket(HERE.2);
    world.block(call.customize().interceptor(RequestBody::of(text)).send()).expect("a configuration");
}

#[test]
fn rules_of_others_and_their_role() {
    for rule in THEIR_RULES {
        let world = World::of(&one_link());
        documents::make_bucket(&world, "prod", "ap-south-1", "orders-prod");
        documents::make_bucket(&world, "archive", "us-east-1", "orders-archive");
        documents::enable_versioning(&world, "prod", "ap-south-1", "orders-prod");
        documents::enable_versioning(&world, "archive", "us-east-1", "orders-archive");
        let permitted = json!({"Version": "2012-10-17", "Statement": [
            {"Sid": "All", "Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket", "s3:Replicate*"], "Resource": "*"}]});
        let role = make_role(&world, "theirs", "/service-role/", Some(&permitted));
        put_raw(&world, &configuration(&role, rule));
        let before = raw(&world).expect("a configuration");
        world.apply(&[]).ended(0);
        let (trusted, ours) = (
            Document::Trust { account: "prod", role: "theirs".to_owned() },
            Document::RolePolicy { account: "prod", role: "theirs".to_owned(), policy: POLICY.to_owned() },
        );
        assert!(ours.read(&world).is_some());
        let ran = world.remove(&[]).ended(0);
        assert_eq!(raw(&world), Some(before), "to the byte");
        assert_eq!((trusted.read(&world), ours.read(&world)), (Some(trust()), None));
        let theirs =
            Document::RolePolicy { account: "prod", role: "theirs".to_owned(), policy: "theirs".to_owned() };
        assert_eq!(theirs.read(&world), Some(permitted));
        assert!(ran.json()["steps"].to_string().contains("was there before: it is kept"), "{}", ran.stdout);
        assert_eq!(ran.outcomes()["prod role-policy theirs"], "removed");
    }
}

#[test]
fn a_role_on_which_others_have_put_something_stays() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let iam = world.iam("prod");
    let attach =
        iam.attach_role_policy().role_name(ROLE).policy_arn("arn:aws:iam::aws:policy/ReadOnlyAccess");
    world.block(attach.send()).expect("attached");
    let ran = world.remove(&[]).ended(0);
    assert_eq!(ran.outcomes()["prod role bucketbridge-orders-prod"], "kept");
    let said = ran.json()["steps"].to_string();
    assert!(said.contains("it has the attached policy arn:aws:iam::aws:policy/ReadOnlyAccess"), "{said}");
    assert_eq!(Document::role_policy().read(&world), None);
    assert!(Document::trust().read(&world).is_some());

    // With another statement in its trust policy, ours goes.
    Document::trust().edit(&world, |trust| {
        let theirs = json!({"Effect": "Allow", "Principal": {"Service": "batchoperations.s3.amazonaws.com"},
            "Action": "sts:AssumeRole"});
        trust["Statement"].as_array_mut().expect("statements").push(theirs);
    });
    let ran = world.remove(&[]).ended(0);
    assert_eq!(ran.outcomes()["prod role bucketbridge-orders-prod"], "changed");
    let trust = Document::trust().read(&world).expect("a policy").to_string();
    assert!(!trust.contains("BucketbridgeTrust") && trust.contains("batchoperations"), "{trust}");
}

#[test]
fn what_others_added_to_our_inline_policy_keeps_it_and_the_role() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let theirs = json!({"Effect": "Allow", "Action": "s3:InitiateReplication", "Resource": "*"});
    Document::role_policy()
        .edit(&world, |policy| policy["Statement"].as_array_mut().expect("statements").push(theirs.clone()));
    let outcomes = world.remove(&[]).ended(0).outcomes();
    assert_eq!(outcomes["prod role-policy bucketbridge-orders-prod"], "changed");
    assert_eq!(outcomes["prod role bucketbridge-orders-prod"], "kept");
    assert_eq!(Document::role_policy().read(&world).expect("a policy")["Statement"], json!([theirs]));
}

/// Somebody's rule lives by our role: what it needs stays.
#[test]
fn a_rule_of_others_that_uses_our_role_keeps_it() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    documents::make_bucket(&world, "archive", "us-east-1", "orders-archive");
    documents::enable_versioning(&world, "archive", "us-east-1", "orders-archive");
    let text = String::from_utf8(raw(&world).expect("a configuration")).expect("UTF-8");
    let rule = THEIR_RULES[0];
    put_raw(
        &world,
        &text.replace("</ReplicationConfiguration>", &format!("{rule}</ReplicationConfiguration>")),
    );
    let ran = world.remove(&[]).ended(0);
    let outcomes = ran.outcomes();
    assert!(!outcomes.contains_key("prod role bucketbridge-orders-prod"), "{outcomes:#?}");
    assert_eq!(outcomes["prod role-policy bucketbridge-orders-prod"], "changed");
    assert!(ran.json()["steps"].to_string().contains("1 rule of others uses role bucketbridge-orders-prod"));
    let left = Document::role_policy().read(&world).expect("a policy").to_string();
    assert!(left.contains("BucketbridgeSourceBucket") && !left.contains("BucketbridgeEncrypt"), "{left}");
}

/// A second map: the same source bucket into another destination.
fn another_map() -> String {
    let map = one_link()
        .replace("[links.orders]", "[links.copies]")
        .replace("to = \"orders-backup\"", "to = \"copies\"");
    map + &bucket("copies", "backup", "us-east-1")
}

#[test]
fn another_map_that_shares_the_source_survives() {
    let world = World::of(&another_map());
    world.apply(&[]).ended(0);
    world.map(&one_link());
    world.apply(&[]).ended(0);
    let ran = world.remove(&[]).ended(0);
    assert!(
        ran.json()["steps"].to_string().contains("of another map, or of a former link, needs it"),
        "{}",
        ran.stdout
    );
    assert_eq!(documents::replicate(&world, HERE.0, HERE.1, HERE.2, "afterwards").as_str(), "COMPLETED");
    world.map(&another_map());
    world.run(&["plan", "--exit-code"]).ended(0);
    world.remove(&[]).ended(0);
    assert_eq!((raw(&world), Document::trust().read(&world)), (None, None));
}

#[test]
fn another_map_that_shares_the_destination_and_its_key_survives() {
    let world = World::new();
    let other = crate::world::TWO.to_owned()
        + &bucket("invoices", "prod", "ap-south-1").replace("alias/invoices", "alias/orders-prod")
        + &link("invoices", "invoices", "orders-backup", "");
    world.map(&other);
    world.apply(&[]).ended(0);
    world.map(&one_link());
    world.apply(&[]).ended(0);
    let outcomes = world.remove(&[]).ended(0).outcomes();
    assert_eq!(outcomes["backup bucket-policy orders-backup"], "changed");
    assert_eq!(
        documents::replicate(&world, "prod", "ap-south-1", "invoices", "afterwards").as_str(),
        "COMPLETED"
    );
    world.map(&other);
    world.run(&["plan", "--exit-code"]).ended(0);
}

/// The tag on somebody else's role does not make the role of their rules ours.
#[test]
fn a_tagged_role_of_others_rules_is_left_alone() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "prod", "ap-south-1", "orders-prod");
    documents::make_bucket(&world, "archive", "us-east-1", "orders-archive");
    documents::enable_versioning(&world, "prod", "ap-south-1", "orders-prod");
    documents::enable_versioning(&world, "archive", "us-east-1", "orders-archive");
    let role = make_role(&world, "theirs", "/", None);
    let tag = Tag::builder().key("bucketbridge").value("x").build().expect("a tag");
    world.block(world.iam("prod").tag_role().role_name("theirs").tags(tag).send()).expect("tagged");
    put_raw(&world, &configuration(&role, THEIR_RULES[0]));
    world.apply(&["--no-check"]).ended(0);
    world.remove(&[]).ended(0);
    assert_eq!(Document::Trust { account: "prod", role: "theirs".to_owned() }.read(&world), Some(trust()));
}

/// AWS would put the role's unique id there, and nobody could save that policy any more.
#[test]
fn a_role_that_a_statement_of_others_names_stays() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let key = Document::key(&world, "backup", "us-east-1", "alias/orders-backup");
    key.edit(&world, |policy| {
        let theirs = json!({"Sid": "No grants", "Effect": "Deny", "Action": "kms:CreateGrant", "Resource": "*",
            "Principal": {"AWS": format!("arn:aws:iam::111111111111:role/{ROLE}")}});
        policy["Statement"].as_array_mut().expect("statements").push(theirs);
    });
    let ran = world.remove(&[]).ended(0);
    assert_eq!(ran.outcomes()["prod role bucketbridge-orders-prod"], "kept");
    let said = ran.json()["steps"].to_string();
    assert!(
        said.contains("statement No grants of the policy of key alias/orders-backup (us-east-1) names it"),
        "{said}"
    );
    assert!(key.read(&world).expect("a policy").to_string().contains(ROLE), "and no unique id");
}
