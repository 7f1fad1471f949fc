//! Turns the estate of a case (`sandbox/tests/cases/`) into a snapshot.
//!
//! Deliberately absent: anything that could not be read. Cases tell everything.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::snapshot::{
    Account, AttachedPolicy, Bucket, Encryption, Key, KeyFacts, KeyGrant, Object, ObjectAccess, ObjectChange,
    ObjectFacts, PolicyText, PublicAccessBlock, Read, Role, Snapshot,
};

const SOURCE_KEY: &str = "11111111-1111-1111-1111-111111111111";
const DESTINATION_KEY: &str = "22222222-2222-2222-2222-222222222222";
const OTHER_SOURCE_KEY: &str = "33333333-3333-3333-3333-333333333333";
const OTHER_DESTINATION_KEY: &str = "44444444-4444-4444-4444-444444444444";
const MULTI_REGION: &str = "mrk-1234abcd12ab34cd56ef1234567890ab";

/// The estate, with its placeholders filled, and the snapshot of it.
pub(super) fn snapshot(case: &Value) -> Snapshot {
    let estate = fill(case);
    let mut snapshot = Snapshot::default();
    for side in ["source", "destination"] {
        add_side(&mut snapshot, &estate, side);
    }
    let arn = role_arn(&estate);
    snapshot.roles.insert(arn.clone(), role(&estate["role"], arn));
    let named = &estate["source"]["replication"];
    let role = text(&named["Role"]).unwrap_or_default();
    snapshot.roles.entry(role).or_insert(Read::Absent);
    for rule in named["Rules"].as_array().into_iter().flatten() {
        let key = text(&rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]);
        if let Some(key) = key.filter(|key| key.starts_with("arn:") && snapshot.key(key).known().is_none()) {
            snapshot.keys.insert(key, Read::Absent);
        }
    }
    let organization = |account: &str| match estate["organization"].as_object() {
        Some(organization) => {
            let side = if account == estate["source"]["account"] { "source_org" } else { "destination_org" };
            organization.get(side).and_then(text).map_or(Read::Absent, Read::Known)
        }
        None => Read::default(),
    };
    for side in ["source", "destination"] {
        let id = text(&estate[side]["account"]).expect("an account");
        let account = Account { organization: organization(&id), ..Account::default() };
        snapshot.accounts.insert(id, account);
    }
    snapshot.objects.push(object(&estate));
    snapshot
}

/// The key of the case's object.
pub(super) fn object_key(case: &Value) -> &str {
    case["estate"]["object"]["key"].as_str().expect("a key")
}

fn fill(case: &Value) -> Value {
    let estate = &case["estate"];
    let account = |side: &str| estate[side]["account"].as_str().expect("an account");
    let region = |side: &str| estate[side]["region"].as_str().expect("a Region");
    let key = |side: &str, id: &str| {
        let key = &estate[side]["key"];
        let id = if key["multi_region"] == true { MULTI_REGION } else { id };
        let region = key["region"].as_str().unwrap_or(region(side));
        format!("arn:aws:kms:{region}:{}:key/{id}", account(side))
    };
    let multi = estate["destination"]["key"]["multi_region"] == true;
    let filled = [
        ("SRC_ACCOUNT", account("source").to_owned()),
        ("DST_ACCOUNT", account("destination").to_owned()),
        ("SRC_BUCKET", estate["source"]["bucket"].as_str().expect("a name").to_owned()),
        ("DST_BUCKET", estate["destination"]["bucket"].as_str().expect("a name").to_owned()),
        ("SRC_REGION", region("source").to_owned()),
        ("DST_REGION", region("destination").to_owned()),
        ("SRC_KEY_ARN", key("source", SOURCE_KEY)),
        ("DST_KEY_ARN", key("destination", DESTINATION_KEY)),
        ("DST_KEY_ID", if multi { MULTI_REGION } else { DESTINATION_KEY }.to_owned()),
        ("SRC_KEY_ID", SOURCE_KEY.to_owned()),
        ("SRC_OTHER_KEY_ARN", other_key(estate, "source", OTHER_SOURCE_KEY)),
        ("DST_OTHER_KEY_ARN", other_key(estate, "destination", OTHER_DESTINATION_KEY)),
        ("ROLE_ARN", role_arn(estate)),
        ("ROLE_NAME", estate["role"]["name"].as_str().expect("a name").to_owned()),
        ("OTHER_BUCKET", "another-bucket".to_owned()),
        ("ORG_ID", "o-abcdefghij".to_owned()),
    ];
    let mut text = estate.to_string();
    for _ in 0..2 {
        for (name, value) in &filled {
            text = text.replace(&format!("${{{name}}}"), value);
        }
    }
    serde_json::from_str(&text).expect("still JSON")
}

fn other_key(estate: &Value, side: &str, id: &str) -> String {
    let region = estate[side]["other_keys"][0]["region"].as_str().or(estate[side]["region"].as_str());
    let account = estate[side]["account"].as_str().expect("an account");
    format!("arn:aws:kms:{}:{account}:key/{id}", region.expect("a Region"))
}

fn role_arn(estate: &Value) -> String {
    let role = &estate["role"];
    let path = role["path"].as_str().unwrap_or("/");
    let account = role["account"].as_str().expect("an account");
    format!("arn:aws:iam::{account}:role{path}{}", role["name"].as_str().expect("a name"))
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn optional(value: &Value) -> Read<String> {
    text(value).map_or(Read::Absent, Read::Known)
}

fn policy(value: &Value) -> Read<PolicyText> {
    if value.is_null() { Read::Absent } else { Read::Known(PolicyText(value.clone())) }
}

fn add_side(snapshot: &mut Snapshot, estate: &Value, name: &str) {
    let side = &estate[name];
    let (account, region) = (text(&side["account"]), text(&side["region"]));
    let (account, region) = (account.expect("an account"), region.expect("a Region"));
    let own = &side["key"];
    if !own.is_null() {
        let id = match (name, own["multi_region"] == true) {
            (_, true) => MULTI_REGION,
            ("source", _) => SOURCE_KEY,
            _ => DESTINATION_KEY,
        };
        let home = own["region"].as_str().unwrap_or(&region);
        add_key(snapshot, own, format!("arn:aws:kms:{home}:{account}:key/{id}"));
    }
    for other in side["other_keys"].as_array().into_iter().flatten() {
        add_key(snapshot, other, text(&other["arn"]).expect("an ARN"));
    }
    let made =
        if side["exists"] == false { Read::Absent } else { Read::Known(bucket(side, account, region)) };
    snapshot.buckets.insert(text(&side["bucket"]).expect("a name"), made);
}

fn add_key(snapshot: &mut Snapshot, key: &Value, arn: String) {
    if key["exists"] == false {
        snapshot.keys.insert(arn, Read::Absent);
        return;
    }
    let facts = KeyFacts {
        manager: if key["aws_managed"] == true { "AWS" } else { "CUSTOMER" }.to_owned(),
        state: text(&key["state"]).unwrap_or_else(|| "Enabled".to_owned()),
        spec: text(&key["spec"]).unwrap_or_else(|| "SYMMETRIC_DEFAULT".to_owned()),
        usage: "ENCRYPT_DECRYPT".to_owned(),
        origin: "AWS_KMS".to_owned(),
        multi_region: key["multi_region"] == true,
    };
    let grants = key["grants"].as_array().into_iter().flatten().enumerate().map(|(index, grant)| KeyGrant {
        id: format!("grant {index}"),
        grantee: text(&grant["grantee"]).expect("a grantee"),
        operations: grant["operations"].as_array().into_iter().flatten().filter_map(text).collect(),
        ..KeyGrant::default()
    });
    let made = Key {
        arn: Some(arn.clone()),
        facts: Read::Known(facts),
        aliases: Read::Known(key["aliases"].as_array().into_iter().flatten().filter_map(text).collect()),
        policy: if key["policy"].is_null() { Read::default() } else { policy(&key["policy"]) },
        grants: Read::Known(grants.collect()),
    };
    snapshot.keys.insert(arn, Read::Known(made));
}

fn bucket(side: &Value, account: String, region: String) -> Bucket {
    let default = &side["encryption"]["Rules"][0];
    let encryption = Encryption {
        algorithm: text(&default["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]).unwrap_or_default(),
        key: text(&default["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]),
        bucket_key: default["BucketKeyEnabled"] == true,
    };
    let on = |name: &str| side["public_access_block"][name] == true;
    let block = PublicAccessBlock {
        block_public_acls: on("BlockPublicAcls"),
        ignore_public_acls: on("IgnorePublicAcls"),
        block_public_policy: on("BlockPublicPolicy"),
        restrict_public_buckets: on("RestrictPublicBuckets"),
    };
    let enabled =
        |value: &Value| if *value == true { Read::Known("Enabled".to_owned()) } else { Read::Absent };
    Bucket {
        owner: Read::Known(account),
        not_owned_by: Vec::new(),
        region: Read::Known(region),
        versioning: optional(&side["versioning"]),
        encryption: if default.is_null() { Read::Absent } else { Read::Known(encryption) },
        policy: policy(&side["policy"]),
        public_access_block: if side["public_access_block"].is_null() {
            Read::Absent
        } else {
            Read::Known(block)
        },
        account_public_access_block: Read::Absent,
        ownership: optional(&side["ownership"]),
        object_lock: enabled(&side["object_lock"]),
        request_payment: Read::Known(
            text(&side["request_payment"]).unwrap_or_else(|| "BucketOwner".to_owned()),
        ),
        replication: if side["replication"].is_null() {
            Read::Absent
        } else {
            Read::Known(xml(&side["replication"]))
        },
    }
}

/// A configuration as the SDKs take it, as S3 has it.
fn xml(configuration: &Value) -> String {
    let inner = element("ReplicationConfiguration", configuration);
    inner.replace("<Rules>", "<Rule>").replace("</Rules>", "</Rule>")
}

fn element(name: &str, value: &Value) -> String {
    let name = if name == "Tags" { "Tag" } else { name };
    match value {
        Value::Null => String::new(),
        Value::Array(many) => many.iter().map(|one| element(name, one)).collect(),
        Value::Object(map) => {
            let inner: String = map.iter().map(|(name, value)| element(name, value)).collect();
            format!("<{name}>{inner}</{name}>")
        }
        Value::String(text) => {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            format!("<{name}>{text}</{name}>")
        }
        other => format!("<{name}>{other}</{name}>"),
    }
}

fn role(role: &Value, arn: String) -> Read<Role> {
    if role["exists"] == false {
        return Read::Absent;
    }
    let policies = role["policies"].as_array().into_iter().flatten().enumerate();
    let inline: BTreeMap<String, Read<PolicyText>> =
        policies.map(|(index, document)| (format!("policy-{index}"), policy(document))).collect();
    let boundary = AttachedPolicy {
        arn: "arn:aws:iam::111111111111:policy/boundary".to_owned(),
        document: policy(&role["permissions_boundary"]),
    };
    Read::Known(Role {
        arn,
        id: Some("AROAEXAMPLEOFTHEROLE1".to_owned()),
        trust: policy(&role["trust"]),
        inline: Read::Known(inline),
        attached: Read::Known(Vec::new()),
        boundary: if role["permissions_boundary"].is_null() { Read::Absent } else { Read::Known(boundary) },
        tags: Read::Known(BTreeMap::new()),
    })
}

fn object(estate: &Value) -> Object {
    let (object, source) = (&estate["object"], &estate["source"]);
    let operation = object["operation"].as_str().unwrap_or("put");
    let account = text(&source["account"]).expect("an account");
    let region = text(&source["region"]).expect("a Region");
    let source_key = {
        let key = &source["key"];
        let id = if key["multi_region"] == true { MULTI_REGION } else { SOURCE_KEY };
        let home = key["region"].as_str().unwrap_or(&region);
        format!("arn:aws:kms:{home}:{account}:key/{id}")
    };
    let key = match object["kms"].as_str() {
        Some("source key") => Some(source_key),
        Some("aws/s3") if !source["key"].is_null() => Some(source_key),
        Some("aws/s3") => Some(format!("arn:aws:kms:{region}:{account}:alias/aws/s3")),
        Some(_) => source["other_keys"][0]["arn"].as_str().map(str::to_owned),
        None => None,
    };
    let bucket_key = source["encryption"]["Rules"][0]["BucketKeyEnabled"] == true;
    let sse = object["sse"].as_str().filter(|sse| *sse != "none");
    let facts = ObjectFacts {
        encryption: sse.map(str::to_owned),
        bucket_key: bucket_key && sse == Some("aws:kms"),
        key,
        storage_class: text(&object["storage_class"]),
        replication_status: text(&object["replication_status"]),
        delete_marker: operation.contains("delete-marker"),
        last_modified: None,
        retention: text(&object["retention"]["Mode"]),
        legal_hold: None,
    };
    let tags = object["tags"].as_object().into_iter().flatten();
    let owner = object["owner"].as_str();
    let foreign = owner.is_some_and(|owner| owner != account && owner != "source" && owner != "bucket-owner");
    Object {
        bucket: text(&source["bucket"]).expect("a name"),
        key: text(&object["key"]).expect("a key"),
        version_id: None,
        facts: if object["exists"] == false { Read::Absent } else { Read::Known(facts) },
        tags: Read::Known(tags.filter_map(|(key, value)| Some((key.clone(), text(value)?))).collect()),
        access: Read::Known(ObjectAccess {
            owned_by_bucket_owner: !foreign,
            readable_by_bucket_owner: !foreign,
        }),
        before_rule: Read::Known(
            object["created"].as_str().is_some_and(|created| created.starts_with("before")),
        ),
        change: match operation {
            "delete-marker" => ObjectChange::DeleteMarker,
            "lifecycle-delete-marker" => ObjectChange::LifecycleDeleteMarker,
            "batch-replication" => ObjectChange::BatchReplication,
            _ => ObjectChange::Written,
        },
    }
}
