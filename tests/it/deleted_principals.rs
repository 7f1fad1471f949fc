//! AWS leaves the unique id of a principal that was deleted, and saves no document with one: such a
//! document is left alone, and whose statement it is is said.

use serde_json::{Value, json};

use crate::documents::{self, Document, POLICY, ROLE, statements};
use crate::world::{World, one_link};

/// A role in account backup, for somebody's statement.
fn their_role(world: &World, account: &str, name: &str) -> String {
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let role =
        world.iam(account).create_role().role_name(name).assume_role_policy_document(trust.to_string());
    world.block(role.send()).expect("a role").role.expect("the role").arn
}

fn delete_role(world: &World, account: &str, name: &str) {
    world.block(world.iam(account).delete_role().role_name(name).send()).expect("gone");
}

/// The step cannot be done, the statement is named, and after an apply the document is as it was.
#[track_caller]
fn stops(world: &World, document: &Document, kind: &str, statement: &str) {
    let before = document.read(world).expect("the document");
    assert!(before.to_string().contains("\"AROA"), "{before:#}");
    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    let problems = plan["problems"].as_array().expect("problems");
    let problem = problems.iter().find(|p| p["kind"] == kind).expect("a problem");
    let text = |key: &str| problem[key].as_str().unwrap_or_default();
    assert!(text("message").contains(&format!("its statement {statement} names AROA")), "{problem:#}");
    assert!(text("hint").contains("put the ARN of whom the statement is meant for"), "{problem:#}");
    assert!(text("hint").contains("or take the statement out"), "{problem:#}");
    assert!(problem["details"][0]["field"].as_str().expect("a field").starts_with("statement Bucketbridge"));
    let ran = world.apply(&[]).ended(1);
    assert_eq!(ran.outcomes()["prod replication orders-prod"], "blocked");
    assert_eq!(document.read(world).expect("the document"), before);
}

#[test]
fn in_a_bucket_policy_of_others() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    let document = Document::bucket("backup", "us-east-1", "orders-backup");
    let role = their_role(&world, "backup", "reader");
    let reads = |principal: &str| {
        json!({"Effect": "Allow", "Principal": {"AWS": principal},
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders-backup/*"})
    };
    let living = json!({"Sid": "Living", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders-backup/*"});
    document.write(&world, &json!({"Version": "2012-10-17", "Statement": [living, reads(&role)]}));
    delete_role(&world, "backup", "reader");
    stops(&world, &document, "bucket-policy", "number 2");

    // The first way out: whom it is meant for.
    let role = their_role(&world, "backup", "reader");
    document.edit(&world, |d| d["Statement"][1]["Principal"]["AWS"] = json!(role));
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    assert_eq!(statements(&document.read(&world).expect("the document")).len(), 3);
}

#[test]
fn in_a_key_policy_of_others() {
    let world = World::of(&one_link());
    let key = documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    let document = Document::Key { account: "backup", region: "us-east-1", key };
    let role = their_role(&world, "backup", "decrypter");
    document.edit(&world, |d| {
        d["Statement"].as_array_mut().expect("statements").push(json!({"Sid": "Their service", "Effect": "Allow",
            "Principal": {"AWS": ["arn:aws:iam::222222222222:root", role]}, "Action": "kms:Decrypt", "Resource": "*"}));
    });
    delete_role(&world, "backup", "decrypter");
    stops(&world, &document, "key-policy", "Their service");

    // The second: without the statement.
    document.edit(&world, |d| {
        d["Statement"].as_array_mut().expect("statements").retain(|s| s["Sid"] != "Their service");
    });
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
}

/// Nothing has to be written, so nothing is the matter.
#[test]
fn in_a_document_that_is_right() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let role = their_role(&world, "backup", "reader");
    let document = Document::bucket("backup", "us-east-1", "orders-backup");
    document.edit(&world, |d| {
        d["Statement"].as_array_mut().expect("statements").push(json!({"Sid": "Theirs", "Effect": "Allow",
            "Principal": {"AWS": role}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders-backup/*"}));
    });
    delete_role(&world, "backup", "reader");
    world.run(&["plan", "--exit-code"]).ended(0);
    world.run(&["status"]).ended(0);
}

/// The role of a former link of ours was deleted, and its statement is left: that is no other's.
#[test]
fn in_a_statement_of_a_former_link() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let iam = world.iam("prod");
    world.block(async {
        iam.delete_role_policy().role_name(ROLE).policy_name(POLICY).send().await.expect("gone");
        iam.delete_role().role_name(ROLE).send().await.expect("gone");
    });
    world.map(&one_link().replace("orders-prod", "orders-next"));
    let plan = world.run(&["plan", "-o", "json"]).ended(1).json();
    let problems = plan["problems"].as_array().expect("problems");
    let hint = |kind: &str| -> &Value {
        &problems.iter().find(|p| p["kind"] == kind).unwrap_or_else(|| panic!("{kind}: {problems:#?}"))["hint"]
    };
    for kind in ["bucket-policy", "key-policy"] {
        assert!(hint(kind).to_string().contains("`bucketbridge remove --orphans`"), "{problems:#?}");
    }
}
