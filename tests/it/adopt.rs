//! `adopt`: a profile map of what replicates already, and what `plan` makes of it.

use aws_sdk_s3::types::ServerSideEncryption;
use serde_json::{Value, json};

use crate::documents::{self, Document};
use crate::estate::{assert_same, estate};
use crate::world::{Ran, TWO, World, one_link};

const PROFILES: [&str; 6] =
    ["--source", "orders-prod", "--source-profile", "prod", "--destination-profile", "backup"];

fn adopt(world: &World, more: &[&str]) -> Ran {
    world.calls();
    let ran = world.run(&[&["adopt"], &PROFILES[..], more].concat());
    world.wrote_nothing();
    ran
}

/// Applies a map, loses it, and adopts what it made: the map says the same.
#[track_caller]
fn comes_back(map: &str, more: &[&str], idle: &[&str]) -> String {
    let world = World::of(map);
    world.apply(&[]).ended(0);
    let before = estate(&world);
    std::fs::remove_file(world.path().join("profiles.toml")).expect("removed");
    let ran = adopt(&world, &[more, &["--out", "profiles.toml"]].concat()).ended(0);
    assert_eq!(ran.stdout, "");
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    let adopted = std::fs::read_to_string(world.path().join("profiles.toml")).expect("a map");
    world.run(&["validate"]).ended(0);
    let plan = world.run(&["plan", "--exit-code", "-v"]);
    assert_eq!(plan.code, Some(0), "{adopted}\n{}", plan.stdout);
    world.settles(&[], idle);
    assert_same(&estate(&world), &before);
    // Read again, it is the same to the byte.
    assert_eq!(adopt(&world, more).ended(0).stdout, adopted);
    adopted
}

#[test]
fn a_link_whose_map_was_lost_comes_back() {
    let adopted = comes_back(&one_link(), &[], &[]);
    assert!(!adopted.contains("priority"), "one rule needs none: {adopted}");
}

#[test]
fn everything_that_a_link_says_comes_back() {
    let links = r#"
marker = "Archive"

[roles]
name = "replicates-{bucket}-{region}"
path = "/replication/"
source_account_condition = true

[keys."alias/orders-backup"]
administrators = ["arn:aws:iam::222222222222:root"]
users = ["arn:aws:iam::222222222222:root"]

[links.logs]
from = "orders-prod"
to = "orders-backup"
prefix = "logs/\"é"
priority = 7
storage_class = "STANDARD_IA"
delete_markers = true
metrics = true
owner_override = false

[links.gold]
from = "orders-prod"
to = "orders-backup"
prefix = "gold/"
tags = { class = "gold", "a b" = "c+d/=e" }
replication_time_control = true
replica_modifications = true

[links.off]
from = "orders-prod"
to = "orders-backup"
tags = { class = "lead" }
enabled = false
"#;
    let (head, tables) = TWO.split_once("version = 1\n").expect("a version");
    let (marker, links) = links.split_once("\n\n").expect("a marker");
    let tables = tables.replace(
        "key = \"alias/orders-prod\"",
        "key = \"alias/orders-prod\"\nsource_keys = [\"alias/older\"]\nbucket_key = false",
    );
    let adopted =
        comes_back(&format!("{head}version = 1\n{marker}\n{tables}\n{links}"), &[], &["orders-backup-class"]);
    for said in [
        "marker = \"Archive\"",
        "name = \"replicates-{bucket}-ap-south-1\"",
        "path = \"/replication/\"",
        "source_account_condition = true",
        "source_keys = [\"alias/older\"]",
        "bucket_key = false",
        "priority = 7",
        "administrators",
    ] {
        assert!(adopted.contains(said), "{said}: {adopted}");
    }
}

/// In one Region the role may decrypt with the replica key, too: that is no key of the source.
#[test]
fn a_link_within_one_account_comes_back() {
    let map = one_link().replace(
        "account = \"backup\"\nregion = \"us-east-1\"",
        "account = \"prod\"\nregion = \"ap-south-1\"",
    );
    let adopted = comes_back(&map, &[], &[]);
    assert_eq!(adopted.matches("[accounts.").count(), 1, "{adopted}");
    assert!(!adopted.contains("source_keys") && !adopted.contains("owner_override"), "{adopted}");
}

#[test]
fn links_to_several_accounts_come_back() {
    let map = format!(
        "{}\n[accounts.archive]\nid = \"333333333333\"\nprofile = \"archive\"\n\n[buckets.orders-archive]\naccount = \"archive\"\n\
         region = \"eu-west-1\"\nkey = \"alias/orders\"\n\n[links.archive]\nfrom = \"orders-prod\"\nto = \"orders-archive\"\n",
        one_link()
    );
    let adopted = comes_back(&map, &["--destination-profile", "archive"], &[]);
    assert!(adopted.contains("[buckets.orders-archive]"), "{adopted}");
}

/// What a person makes at the console: keys, buckets, a role with a policy of its own, statements with Sids of
/// their own, and rules. Gives the ARNs of both keys.
fn made_by_hand(world: &World, rules: impl Fn(&str) -> String) -> (String, String) {
    let source_key = documents::make_key(world, "prod", "ap-south-1", "alias/data");
    let replica_key = documents::make_key(world, "backup", "us-east-1", "alias/replicas");
    for (account, region, bucket) in
        [("prod", "ap-south-1", "orders-prod"), ("backup", "us-east-1", "orders-backup")]
    {
        documents::make_bucket(world, account, region, bucket);
        documents::enable_versioning(world, account, region, bucket);
    }
    encrypt(world, "prod", "ap-south-1", "orders-prod", &source_key);
    encrypt(world, "backup", "us-east-1", "orders-backup", &replica_key);
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:Get*", "s3:ListBucket"],
         "Resource": ["arn:aws:s3:::orders-prod", "arn:aws:s3:::orders-prod/*"]},
        {"Effect": "Allow", "Action": ["s3:Replicate*", "s3:ObjectOwnerOverrideToBucketOwner"],
         "Resource": "arn:aws:s3:::orders-backup/*"},
        {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": source_key},
        {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": replica_key}]});
    let iam = world.iam("prod");
    let role = world.block(async {
        let role = iam.create_role().role_name("s3crr_for_orders").path("/service-role/");
        let role = role.assume_role_policy_document(trust.to_string()).send().await.expect("a role");
        let inline = iam.put_role_policy().role_name("s3crr_for_orders").policy_name("crr");
        inline.policy_document(policy.to_string()).send().await.expect("a policy");
        role.role.expect("the role").arn
    });
    let key = Document::Key { account: "backup", region: "us-east-1", key: replica_key.clone() };
    key.edit(world, |document| {
        let more = json!({"Sid": "Replication from prod", "Effect": "Allow", "Principal": {"AWS": role},
            "Action": "kms:Encrypt", "Resource": "*"});
        document["Statement"].as_array_mut().expect("statements").push(more);
    });
    Document::bucket("backup", "us-east-1", "orders-backup").write(
        world,
        &json!({"Version": "2012-10-17", "Statement": [{"Sid": "Replication from prod", "Effect": "Allow",
            "Principal": {"AWS": role}, "Action": ["s3:Replicate*", "s3:ObjectOwnerOverrideToBucketOwner"],
            "Resource": "arn:aws:s3:::orders-backup/*"}]}),
    );
    let text = format!(
        "<ReplicationConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>{role}</Role>{}\
         </ReplicationConfiguration>",
        rules(&replica_key)
    );
    put_text(world, &text);
    (source_key, replica_key)
}

fn encrypt(world: &World, account: &str, region: &str, bucket: &str, key: &str) {
    use aws_sdk_s3::types::{
        ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    };
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .kms_master_key_id(key)
        .build()
        .expect("a default");
    let rule = ServerSideEncryptionRule::builder().apply_server_side_encryption_by_default(default).build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().expect("rules");
    let request = world.s3(account, region).put_bucket_encryption().bucket(bucket);
    world.block(request.server_side_encryption_configuration(configuration).send()).expect("encryption");
}

fn put_text(world: &World, text: &str) {
    let request = world.s3("prod", "ap-south-1").put_bucket_replication().bucket("orders-prod").customize();
    world
        .block(request.interceptor(bucketbridge::aws::RequestBody::of(text)).send())
        .expect("a replication configuration");
}

/// A rule of somebody's, as the console writes it.
fn rule(id: &str, priority: u32, prefix: &str, more: &str, key: &str) -> String {
    format!(
        "<Rule><ID>{id}</ID><Priority>{priority}</Priority><Status>Enabled</Status><Filter><Prefix>{prefix}</Prefix>\
         </Filter><SourceSelectionCriteria><SseKmsEncryptedObjects><Status>Enabled</Status></SseKmsEncryptedObjects>\
         </SourceSelectionCriteria><DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>\
         <Destination><Bucket>arn:aws:s3:::orders-backup</Bucket><Account>222222222222</Account>{more}\
         <AccessControlTranslation><Owner>Destination</Owner></AccessControlTranslation><EncryptionConfiguration>\
         <ReplicaKmsKeyID>{key}</ReplicaKmsKeyID></EncryptionConfiguration></Destination></Rule>"
    )
}

/// What one document of `before` held is in `after`.
#[track_caller]
fn assert_kept(
    before: &std::collections::BTreeMap<String, Value>,
    after: &std::collections::BTreeMap<String, Value>,
) {
    for (name, value) in before {
        let now = after.get(name).unwrap_or_else(|| panic!("{name} is gone"));
        match (value["Statement"].as_array(), now["Statement"].as_array()) {
            (Some(theirs), Some(all)) => {
                for statement in theirs {
                    assert!(all.contains(statement), "{name} lost {statement}");
                }
            }
            _ if name.contains("replication") => {}
            _ => assert_eq!(value, now, "{name}"),
        }
    }
}

#[test]
fn what_was_made_by_hand_is_adopted_beside_it() {
    let world = World::new();
    made_by_hand(&world, |key| rule("everything", 0, "", "", key));
    assert_eq!(
        documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "before").as_str(),
        "COMPLETED"
    );
    let before = estate(&world);
    let ran = adopt(&world, &["--out", "profiles.toml"]).ended(0);
    assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
    world.run(&["validate"]).ended(0);
    let plan = world.run(&["plan", "-o", "json"]).ended(0).json();
    assert_eq!(plan["problems"], json!([]), "{plan:#}");
    // Nothing is made anew: no key, no bucket, no role; and what is changed is added to.
    assert_eq!(plan["summary"]["create"], 1, "our policy on their role: {plan:#}");
    for change in plan["changes"].as_array().expect("changes") {
        for detail in change["details"].as_array().expect("details") {
            assert_eq!(detail["before"], Value::Null, "{change:#}");
        }
    }

    world.settles(&[], &[]);
    assert_eq!(world.run(&["plan", "--exit-code"]).ended(0).code, Some(0));
    assert_kept(&before, &estate(&world));
    let after = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    let rules: Vec<_> = after.rules().iter().map(|r| (r.id().unwrap_or_default(), r.priority())).collect();
    assert_eq!(rules.len(), 2, "{rules:?}");
    assert_eq!(rules[0], ("everything", Some(0)));
    assert!(rules[1].1 > Some(0), "{rules:?}");
    assert!(after.role().ends_with("/service-role/s3crr_for_orders"));
    assert_eq!(
        documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "after").as_str(),
        "COMPLETED"
    );

    // Adopted again, the link is ours and the other rule is named.
    let again = adopt(&world, &[]).ended(0);
    assert!(again.stderr.contains("rule everything to bucket orders-backup"), "{}", again.stderr);
    assert!(again.stdout.contains("takes the same objects"), "{}", again.stdout);

    // The former rule goes, as the map says it may: nothing is left to do, and the role stays.
    let s3 = world.s3("prod", "ap-south-1");
    let only_ours = aws_sdk_s3::types::ReplicationConfiguration::builder()
        .role(after.role())
        .rules(after.rules()[1].clone())
        .build()
        .expect("a configuration");
    let put = s3.put_bucket_replication().bucket("orders-prod").replication_configuration(only_ours);
    world.block(put.send()).expect("put");
    assert_eq!(world.run(&["plan", "--exit-code"]).ended(0).code, Some(0));
}

/// S3 follows the highest of the rules that take an object, whichever copies stand beside them.
#[test]
fn which_of_several_rules_wins_stays_as_it_was() {
    let world = World::new();
    let colder = "<StorageClass>STANDARD_IA</StorageClass>";
    made_by_hand(&world, |key| rule("logs", 5, "logs/", colder, key) + &rule("everything", 2, "", "", key));
    adopt(&world, &["--out", "profiles.toml"]).ended(0);
    world.settles(&[], &[]);
    let after = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    let priorities: Vec<_> = after.rules().iter().map(|rule| rule.priority().expect("a priority")).collect();
    assert_eq!(priorities, [5, 2, 6, 7], "theirs, then `everything` and `logs`");
    for (key, class) in [("logs/1", Some("STANDARD_IA")), ("data/1", Some("STANDARD"))] {
        documents::replicate(&world, "prod", "ap-south-1", "orders-prod", key);
        let head = world.s3("backup", "us-east-1").head_object().bucket("orders-backup").key(key);
        let replica = world.block(head.send()).expect("a replica");
        assert_eq!(replica.storage_class().map(|found| found.as_str()), class, "{key}");
    }
}

#[test]
fn what_a_map_cannot_say_is_named_and_stays() {
    let world = World::new();
    documents::make_bucket(&world, "archive", "us-east-1", "orders-archive");
    documents::enable_versioning(&world, "archive", "us-east-1", "orders-archive");
    let other = documents::make_key(&world, "backup", "us-east-1", "alias/other");
    let markers = "<DeleteMarkerReplication><Status>Disabled</Status></DeleteMarkerReplication>";
    made_by_hand(&world, |key| {
        [
            rule("adopted", 1, "", "", key),
            rule("older", 2, "", "", key).replace("<Priority>2</Priority>", "<Prefix>old/</Prefix>").replace("<Filter><Prefix></Prefix></Filter>", "").replace(markers, ""),
            format!(
                "<Rule><ID>plain&#10;[accounts.evil]</ID><Priority>9</Priority><Status>Enabled</Status><Filter><Prefix>\
                 plain/</Prefix></Filter>{markers}<Destination><Bucket>arn:aws:s3:::orders-backup</Bucket></Destination>\
                 </Rule>"
            ),
            rule("unreached", 3, "far/", "", key).replace("orders-backup", "orders-archive").replace("<Account>222222222222", "<Account>333333333333"),
            rule("other key", 4, "other/", "", &other),
            rule("tomorrow", 5, "tomorrow/", "", key).replace("</ID>", "</ID><Pace><Most>5</Most></Pace>"),
        ]
        .concat()
    });
    let before = estate(&world);
    let ran = adopt(&world, &["--out", "profiles.toml"]).ended(0);
    let map = std::fs::read_to_string(world.path().join("profiles.toml")).expect("a map");
    for (rule, why) in [
        ("older", "V1"),
        ("plain", "SseKmsEncryptedObjects"),
        ("unreached", "--destination-profile"),
        ("other key", "under one key"),
        ("tomorrow", "`Pace`"),
    ] {
        let said = ran
            .stderr
            .lines()
            .find(|line| line.starts_with(&format!("warning: rule {rule}")))
            .unwrap_or_default();
        assert!(said.contains(why), "{rule}: {}", ran.stderr);
        let place = map.find(&format!("# rule {rule}")).unwrap_or_else(|| panic!("{rule}: {map}"));
        let comment: Vec<&str> = map[place..].lines().take_while(|line| line.starts_with('#')).collect();
        assert!(comment.join(" ").replace("# ", "").contains(why), "{rule}: {comment:?}");
    }
    // Rule 9 is above the adopted one, and would not be above its copy.
    assert!(map.contains("S3 follows rule plain [accounts.evil] now"), "{map}");
    world.run(&["validate"]).ended(0);
    let plan = world.run(&["plan", "-o", "json"]).ended(0).json();
    assert_eq!(plan["problems"], json!([]), "{plan:#}");
    world.settles(&[], &[]);
    assert_kept(&before, &estate(&world));
    let after = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    assert_eq!(after.rules().len(), 7);

    // With a profile for the third account its rule can be said, or one rule's destination asked for alone.
    let more = ["--destination-profile", "archive"];
    let ran = adopt(&world, &more).ended(0);
    assert!(!ran.stdout.contains("rule unreached"), "{}", ran.stdout);
    // Its replicas are under a key of another account than the bucket's.
    let key = "[buckets.orders-archive]\naccount = \"archive\"\nregion = \"us-east-1\"\nkey = \"arn:aws:kms:us-east-1:222222222222:alias/replicas\"";
    assert!(ran.stdout.contains(key), "{}", ran.stdout);
    let alone = adopt(&world, &["--destination", "orders-backup"]).ended(0).stdout;
    assert!(alone.contains("1 rule to another bucket stays as it is"), "{alone}");
}

#[test]
fn a_source_without_a_key_of_its_own_is_under_what_its_role_decrypts_with() {
    let world = World::new();
    made_by_hand(&world, |key| rule("everything", 1, "", "", key));
    let s3 = world.s3("prod", "ap-south-1");
    world.block(s3.delete_bucket_encryption().bucket("orders-prod").send()).expect("deleted");
    let ran = adopt(&world, &["--out", "profiles.toml"]).ended(0);
    assert!(ran.stderr.contains("one that the role may decrypt with: alias/data"), "{}", ran.stderr);
    let plan = world.run(&["plan", "-o", "json"]).ended(0).json();
    assert_eq!(plan["problems"], json!([]), "{plan:#}");
    assert!(!plan.to_string().contains("\"kind\":\"key\",\"name\":\"alias/orders"), "{plan:#}");
}

#[test]
fn what_may_not_be_read_is_named_with_its_permission() {
    let world = World::of(&one_link());
    world.apply(&[]).ended(0);
    world.operator_without("backup", "limited", &["kms:ListAliases"]);
    let args =
        ["adopt", "--source", "orders-prod", "--source-profile", "prod", "--destination-profile", "limited"];
    let ran = world.run(&args).ended(0);
    assert!(ran.stderr.contains("kms:ListAliases"), "{}", ran.stderr);
    assert!(ran.stdout.contains("key = \"arn:aws:kms:us-east-1:222222222222:key/"), "{}", ran.stdout);
    // By its ARN it is the same key: nothing is to be done.
    world.map(&ran.stdout.replace("limited", "backup"));
    world.run(&["plan", "--exit-code"]).ended(0);

    world.operator_without("prod", "blind", &["s3:GetReplicationConfiguration"]);
    let args =
        ["adopt", "--source", "orders-prod", "--source-profile", "blind", "--destination-profile", "backup"];
    let ran = world.run(&args).ended(1);
    assert!(ran.stderr.contains("s3:GetReplicationConfiguration") && ran.stdout.is_empty(), "{}", ran.stderr);
    // One side alone: the rule is named, and the map holds no link.
    let ran = world.run(&["adopt", "--source", "orders-prod", "--source-profile", "prod"]).ended(0);
    assert!(
        ran.stderr.contains("--destination-profile") && !ran.stdout.contains("[links."),
        "{}",
        ran.stdout
    );
    world.map(&ran.stdout);
    world.run(&["validate"]).ended(0);
}

#[test]
fn what_cannot_be_adopted_is_refused() {
    let world = World::of(&one_link());
    documents::make_bucket(&world, "prod", "ap-south-1", "orders-prod");
    let ran = adopt(&world, &["--out", "new.toml"]).ended(1);
    assert!(ran.stderr.contains("no replication configuration"), "{}", ran.stderr);
    assert!(ran.stderr.contains("bucketbridge init"), "{}", ran.stderr);
    let missing = ["adopt", "--source", "orders-none", "--source-profile", "prod"];
    assert!(world.run(&missing).ended(1).stderr.contains("bucket orders-none does not exist"));
    let before = std::fs::read_to_string(world.path().join("profiles.toml")).expect("a map");
    world.calls();
    let there = adopt(&world, &["--out", "profiles.toml"]).ended(2);
    assert!(
        there.stderr.contains("is there already") && there.stderr.contains("--force"),
        "{}",
        there.stderr
    );
    assert!(world.calls().is_empty(), "refused before anything was read");
    assert_eq!(std::fs::read_to_string(world.path().join("profiles.toml")).expect("a map"), before);
    assert!(adopt(&world, &["--link", "x"]).ended(2).stderr.contains("--link"));
    world.apply(&["--no-check"]).ended(0);
    adopt(&world, &["--out", "profiles.toml", "--force"]).ended(0);
    world.run(&["plan", "--exit-code"]).ended(0);
}

/// Of every set-up that was reported in public, the map is one that is accepted, and every rule is in it: as a
/// link, or named with its reason.
#[test]
fn every_case_gives_a_map_that_hides_no_rule() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sandbox/tests/cases");
    let mut adopted = 0;
    let mut refused = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of cases") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let case: Value =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("a case")).expect("JSON");
        let snapshot = crate::case_snapshot::of(&case);
        let source = case["estate"]["source"]["bucket"].as_str().expect("a name");
        let known = snapshot.bucket(source);
        let owner = known.known().and_then(|bucket| bucket.owner.known().cloned()).unwrap_or_default();
        let mut ids: Vec<&String> = snapshot.accounts.keys().collect();
        ids.sort_by_key(|id| **id != owner);
        let reached: Vec<bucketbridge::adopt::Reached> = ids
            .into_iter()
            .map(|id| bucketbridge::adopt::Reached {
                id: id.parse().expect("an id"),
                profile: Some(format!("p{id}")),
            })
            .collect();
        match bucketbridge::adopt::adopt(&snapshot, source, None, &reached) {
            Err(refusal) => refused.push(format!("{}: {refusal}", path.display())),
            Ok(map) => {
                bucketbridge::config::parse(std::path::Path::new("adopted"), &map.map)
                    .unwrap_or_else(|problems| panic!("{}: {problems}\n{}", path.display(), map.map));
                let xml =
                    known.known().and_then(|bucket| bucket.replication.known().cloned()).expect("rules");
                let left = map.unsaid.iter().filter(|unsaid| unsaid.contains("is not in this map")).count();
                assert_eq!(
                    map.links + left,
                    xml.matches("<Rule>").count(),
                    "{}: {}",
                    path.display(),
                    map.map
                );
                adopted += usize::from(map.links > 0);
            }
        }
    }
    println!("{adopted} with a link; refused: {refused:#?}");
    assert!(adopted >= 40, "{adopted}");
    for refusal in &refused {
        let said = ["no replication configuration", "does not exist", "could not be read"];
        assert!(said.iter().any(|said| refusal.contains(said)), "{refusal}");
    }
}
