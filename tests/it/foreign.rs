//! What others wrote is there after an apply as it was before: content, form and order.

use aws_sdk_s3::types::{
    DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination, ReplicationConfiguration,
    ReplicationRule, ReplicationRuleFilter, ReplicationRuleStatus,
};
use bucketbridge::aws::{AnswerBody, RequestBody};
use bucketbridge_sandbox::{Effect, Fault};
use serde_json::{Value, json};

use crate::documents::{self, Document, POLICY, ROLE, statements};
use crate::world::{PROD, Ran, World, one_link, until, writes_configuration};

/// After an apply the document holds what it held, first and in order, and `ours` statements more.
#[track_caller]
fn assert_kept(world: &World, document: &Document, before: &Value, ours: usize) {
    let mut after = document.read(world).expect("the document");
    let theirs = match &before["Statement"] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    let all = statements(&after).clone();
    assert_eq!(all[..theirs.len()], theirs, "{document:?}");
    assert_eq!(all.len(), theirs.len() + ours, "{after:#}");
    after["Statement"] = before["Statement"].clone();
    assert_eq!(
        after.to_string(),
        before.to_string(),
        "everything beside the statements, in order: {document:?}"
    );
}

/// Applies, and again, which changes nothing.
#[track_caller]
fn apply_twice(world: &World) {
    assert_eq!(world.apply(&[]).ended(0).links()["orders"], "replicated");
    world.calls();
    let again = world.apply(&[]).ended(0);
    assert!(again.outcomes().values().all(|o| o == "kept"), "{:?}", again.outcomes());
    let writes: Vec<_> = world.calls().into_iter().filter(writes_configuration).collect();
    assert!(writes.is_empty(), "{writes:#?}");
}

#[test]
fn statements_of_others_in_every_policy() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    let bucket = Document::bucket("backup", "us-east-1", "orders-backup");
    let of_bucket = json!({"Version": "2008-10-17", "Id": "theirs", "Statement": [
        {"Sid": "Permissions on objects", "Effect": "Allow", "Principal": {"AWS": "111111111111"},
         "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders-backup/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "s3:*",
         "Resource": ["arn:aws:s3:::orders-backup", "arn:aws:s3:::orders-backup/*"],
         "Condition": {"Bool": {"aws:SecureTransport": false}}},
        {"Sid": "tls", "Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": ["s3:*"],
         "Resource": ["arn:aws:s3:::orders-backup/*"], "Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}}},
        {"Sid": "", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
         "Action": ["s3:ListBucket"], "Resource": "arn:aws:s3:::orders-backup"},
    ]});
    bucket.write(&world, &of_bucket);

    let key = documents::make_key(&world, "backup", "us-east-1", "alias/orders-backup");
    let key = Document::Key { account: "backup", region: "us-east-1", key };
    let of_key = json!({"Id": "key-consolepolicy-3", "Version": "2012-10-17", "Statement": [
        {"Sid": "Enable IAM User Permissions", "Effect": "Allow",
         "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": ["333333333333"]}, "Action": ["kms:CreateGrant", "kms:ListGrants"],
         "Resource": "*", "Condition": {"Bool": {"kms:GrantIsForAWSResource": true}}},
        {"Sid": "Deny - without context", "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::333333333333:root"},
         "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"Null": {"kms:EncryptionContext:aws:s3:arn": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": 300}}},
    ]});
    key.write(&world, &of_key);

    let iam = world.iam("prod");
    let of_trust = json!({"Version": "2012-10-17", "Statement": {"Sid": "Theirs", "Effect": "Allow",
        "Principal": {"Service": ["batchoperations.s3.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}});
    let inline = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:InitiateReplication", "Resource": "*"}]});
    world.block(async {
        let role = iam.create_role().role_name(ROLE).assume_role_policy_document(of_trust.to_string());
        role.send().await.expect("a role");
        let policy = iam.put_role_policy().role_name(ROLE).policy_name("backfill");
        policy.policy_document(inline.to_string()).send().await.expect("an inline policy");
        // Somebody has added to ours.
        let policy = iam.put_role_policy().role_name(ROLE).policy_name(POLICY);
        policy.policy_document(inline.to_string()).send().await.expect("an inline policy");
    });
    let documents: Vec<(Document, Value, usize)> = vec![
        (bucket, of_bucket, 1),
        (key, of_key, 1),
        (Document::trust(), of_trust, 1),
        (Document::role_policy(), inline.clone(), 5),
    ];
    for (document, before, _) in &documents {
        assert_eq!(document.read(&world).as_ref(), Some(before), "what is put is what is read");
    }

    apply_twice(&world);
    for (document, before, ours) in &documents {
        assert_kept(&world, document, before, *ours);
    }
    let backfill =
        Document::RolePolicy { account: "prod", role: ROLE.to_owned(), policy: "backfill".to_owned() };
    assert_eq!(backfill.read(&world), Some(inline));
}

#[test]
fn plans_count_what_is_kept() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "backup", "us-east-1", "orders-backup");
    Document::bucket("backup", "us-east-1", "orders-backup").write(
        &world,
        &json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": "arn:aws:s3:::orders-backup/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}),
    );
    let plan = world.run(&["plan", "-o", "json"]).ended(0).json();
    let changes = plan["changes"].as_array().expect("changes");
    let policy = changes.iter().find(|c| c["kind"] == "bucket-policy").expect("the bucket policy");
    assert_eq!(policy["notes"], json!(["1 other statement kept"]), "{policy:#}");
}

/// A rule of somebody else's into `orders-archive` in account archive.
fn their_rule(id: Option<&str>, older: bool) -> ReplicationRule {
    let builder = ReplicationRule::builder()
        .set_id(id.map(str::to_owned))
        .status(ReplicationRuleStatus::Enabled)
        .destination(
            Destination::builder().bucket("arn:aws:s3:::orders-archive").build().expect("a destination"),
        );
    if older {
        #[expect(deprecated, reason = "the older schema has its prefix here")]
        return builder.prefix("logs/").build().expect("a rule");
    }
    let markers = DeleteMarkerReplication::builder().status(DeleteMarkerReplicationStatus::Enabled).build();
    builder
        .priority(7)
        .filter(ReplicationRuleFilter::builder().prefix("logs/").build())
        .delete_marker_replication(markers)
        .build()
        .expect("a rule")
}

/// A source bucket whose rules and role are somebody else's, and work.
fn estate_of_others(rules: Vec<ReplicationRule>) -> World {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "prod", "ap-south-1", "orders-prod");
    documents::make_bucket(&world, "archive", "us-east-1", "orders-archive");
    documents::enable_versioning(&world, "prod", "ap-south-1", "orders-prod");
    documents::enable_versioning(&world, "archive", "us-east-1", "orders-archive");
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "All", "Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket", "s3:Replicate*"], "Resource": "*"}]});
    let iam = world.iam("prod");
    let role = world.block(async {
        let role = iam.create_role().role_name("theirs").path("/service-role/");
        let role = role.assume_role_policy_document(trust.to_string()).send().await.expect("a role");
        let inline = iam.put_role_policy().role_name("theirs").policy_name("theirs");
        inline.policy_document(policy.to_string()).send().await.expect("a policy");
        role.role.expect("the role").arn
    });
    Document::bucket("archive", "us-east-1", "orders-archive").write(
        &world,
        &json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": role},
            "Action": "s3:Replicate*", "Resource": "arn:aws:s3:::orders-archive/*"}]}),
    );
    let configuration =
        ReplicationConfiguration::builder().role(role).set_rules(Some(rules)).build().expect("rules");
    documents::put_replication(&world, "prod", "ap-south-1", "orders-prod", configuration);
    world
}

fn theirs_stay_and_ours_work(rules: Vec<ReplicationRule>) {
    let world = estate_of_others(rules);
    let before = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    let trust = Document::Trust { account: "prod", role: "theirs".to_owned() };
    let policy = |name: &str| Document::RolePolicy {
        account: "prod",
        role: "theirs".to_owned(),
        policy: name.to_owned(),
    };
    let (trusted, permitted) = (trust.read(&world), policy("theirs").read(&world));

    apply_twice(&world);
    let after = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    assert_eq!(after.role(), before.role(), "S3 has one role for all rules, and theirs depend on it");
    assert_eq!(after.rules()[..before.rules().len()], *before.rules());
    assert_eq!(after.rules().len(), before.rules().len() + 1);
    assert_eq!((trust.read(&world), policy("theirs").read(&world)), (trusted, permitted));
    let ours = policy(POLICY).read(&world).expect("our permissions, on their role");
    assert_eq!(statements(&ours).len(), 5);
    let none = world.block(world.iam("prod").get_role().role_name(ROLE).send());
    assert!(none.is_err(), "no role of ours is needed");
    // Both work.
    let status = documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "data/1");
    assert_eq!(status.as_str(), "COMPLETED");
    let s3 = world.s3("prod", "ap-south-1");
    let plain = s3.put_object().bucket("orders-prod").key("logs/1");
    let plain = plain.server_side_encryption(aws_sdk_s3::types::ServerSideEncryption::Aes256);
    world.block(plain.send()).expect("an object");
    documents::settled(&world, "orders-prod", "logs/1");
    assert_eq!(documents::versions(&world, "archive", "us-east-1", "orders-archive", "logs/").len(), 1);
}

#[test]
fn rules_of_others_and_their_role() {
    theirs_stay_and_ours_work(vec![their_rule(Some("Their rule, 1"), false)]);
}

#[test]
fn rules_of_others_in_the_older_schema() {
    theirs_stay_and_ours_work(vec![their_rule(Some("older"), true)]);
}

#[test]
fn a_rule_of_others_without_an_id() {
    theirs_stay_and_ours_work(vec![their_rule(None, false)]);
}

/// A configuration as XML: S3 stores and gives what the SDK's types do not know.
fn put_text(world: &World, text: &str) {
    let request = world.s3("prod", "ap-south-1").put_bucket_replication().bucket("orders-prod").customize();
    world.block(request.interceptor(RequestBody::of(text)).send()).expect("a replication configuration");
}

fn text(world: &World) -> String {
    let body = AnswerBody::default();
    let request = world.s3("prod", "ap-south-1").get_bucket_replication().bucket("orders-prod").customize();
    world.block(request.interceptor(body.clone()).send()).expect("a replication configuration");
    String::from_utf8(body.take().expect("a body")).expect("UTF-8")
}

/// How the step of the replication configuration ended, and what it says.
fn replication_step(ran: &Ran) -> (String, String) {
    let steps = ran.json()["steps"].as_array().expect("steps").clone();
    let step = steps.iter().find(|s| s["kind"] == "replication").expect("the step");
    (step["outcome"].as_str().unwrap_or_default().to_owned(), step.to_string())
}

const TO_ARCHIVE: &str = "<Destination><Bucket>arn:aws:s3:::orders-archive</Bucket></Destination>";

/// A rule in the older schema, one without an id, one with an empty id, and one with elements of a
/// later day; between them what a person might have left there.
fn rules_of_every_kind() -> String {
    format!(
        "<Rule>\n    <ID>older &amp; wiser</ID><Prefix>logs/</Prefix>\n    <Status>Enabled</Status>{TO_ARCHIVE}</Rule>\n  \
         <Rule><Status>Disabled</Status><Priority>3</Priority><DeleteMarkerReplication><Status>Enabled</Status>\
         </DeleteMarkerReplication>{TO_ARCHIVE}<Filter><Prefix>a</Prefix></Filter></Rule>\
         <!-- ask the team that runs the archive -->\
         <Rule><ID/><Filter/><Status>Disabled</Status><Priority>4</Priority>{TO_ARCHIVE}\
         <DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication></Rule>\
         <Rule><ID>of tomorrow</ID><Priority>5</Priority><Status>Disabled</Status><Filter><Prefix>b</Prefix>\
         <ObjectSizeGreaterThan>1024</ObjectSizeGreaterThan></Filter><DeleteMarkerReplication><Status>Disabled</Status>\
         </DeleteMarkerReplication>{TO_ARCHIVE}<Pace unit=\"s\"><Most>5</Most></Pace></Rule>"
    )
}

fn configuration(rules: &str, role: &str) -> String {
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\n<ReplicationConfiguration \
         xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n  {rules}\n  <Later>é</Later>\n  <Role>{role}</Role>\n\
         </ReplicationConfiguration>\n"
    )
}

fn role_of(world: &World) -> String {
    documents::replication(world, "prod", "ap-south-1", "orders-prod").expect("rules").role
}

#[test]
fn rules_that_no_type_of_the_sdk_can_hold() {
    let world = estate_of_others(vec![their_rule(None, true)]);
    let before = configuration(&rules_of_every_kind(), &role_of(&world));
    put_text(&world, &before);
    assert_eq!(text(&world), before, "what is put is what is read");

    apply_twice(&world);
    let after = text(&world);
    let rule = ours_in(&after);
    assert_eq!(after.replacen(rule, "", 1), before, "our rule is put in, and nothing else is changed");
    assert!(after.contains(&format!("</Pace></Rule>{rule}\n  <Later>")), "after the last rule: {after}");
    assert_eq!(
        documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "data/1").as_str(),
        "COMPLETED"
    );

    // Somebody changes our rule: it is put right in its place.
    put_text(
        &world,
        &after.replace(
            rule,
            &rule.replace("<Status>Enabled</Status><Source", "<Status>Disabled</Status><Source"),
        ),
    );
    assert_ne!(text(&world), after);
    apply_twice(&world);
    assert_eq!(text(&world), after);
}

/// The text of our only rule.
fn ours_in(configuration: &str) -> &str {
    let id = configuration.find("<ID>Bucketbridge-").expect("a rule of ours");
    let begin = configuration[..id].rfind("<Rule>").expect("its begin");
    let length = configuration[begin..].find("</Rule>").expect("its end") + "</Rule>".len();
    &configuration[begin..begin + length]
}

#[test]
fn a_rule_of_ours_with_an_element_of_somebody_else() {
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let added = text(&world).replace("</ID>", "</ID><Pace><Most>5</Most></Pace>");
    put_text(&world, &added);
    // It says nothing of what the map says, so there is nothing to change.
    apply_twice(&world);
    assert_eq!(text(&world), added);

    // Written anew it would lose the element.
    let disabled = added.replace("<Status>Enabled</Status><Source", "<Status>Disabled</Status><Source");
    put_text(&world, &disabled);
    world.calls();
    let (outcome, said) = replication_step(&world.apply(&["--no-check"]).ended(1));
    assert_eq!(outcome, "failed", "{said}");
    assert!(said.contains("of bucket orders-prod") && said.contains("holds `Pace`"), "{said}");
    assert!(said.contains("remove `Pace` from the rule"), "{said}");
    world.wrote_nothing();
    assert_eq!(text(&world), disabled);
}

#[test]
fn a_configuration_that_is_full() {
    let world = estate_of_others(vec![their_rule(None, true)]);
    let rule =
        |n| format!("<Rule><ID>{n}</ID><Prefix>{n}/</Prefix><Status>Disabled</Status>{TO_ARCHIVE}</Rule>");
    let rules: String = (1..=1000).map(rule).collect();
    let full = configuration(&rules, &role_of(&world));
    put_text(&world, &full);
    let (outcome, said) = replication_step(&world.apply(&["--no-check"]).ended(1));
    assert_eq!(outcome, "failed", "{said}");
    assert!(said.contains("1001 replication rules, 1 more than the 1000 that S3 takes"), "{said}");
    assert_eq!(text(&world), full);

    // With one less there is room.
    put_text(&world, &full.replace(&rule(500), ""));
    apply_twice(&world);
}

/// What is read back after the write holds our rule, but not what others had.
#[test]
fn a_rule_of_others_that_is_lost_is_named() {
    let world = estate_of_others(vec![their_rule(None, true)]);
    put_text(&world, &configuration(&rules_of_every_kind(), &role_of(&world)));
    // Read for the plan, again before the write, and after it.
    let read_back =
        Fault::new(Effect::Held).account(PROD).operation("GetBucketReplication").after(2).times(1);
    world.sandbox.faults().add(read_back);
    let run = world.start(&["apply", "--yes", "-o", "json", "--no-check"]);
    until("the configuration is read back", || world.sandbox.faults().held() == 1);
    let written = text(&world);
    put_text(&world, &written.replace("<Most>5</Most>", ""));
    world.sandbox.faults().release();

    let ran = Ran::of(run.wait_with_output().expect("the run ends")).ended(1);
    let (outcome, said) = replication_step(&ran);
    assert_eq!(outcome, "failed", "{said}");
    assert!(said.contains("written with rule of tomorrow as it was, but is read back without it"), "{said}");
    let writes = world.calls().iter().filter(|call| call.operation == "PutBucketReplication").count();
    assert_eq!(writes, 4, "ours, once, and those of the test");
}
