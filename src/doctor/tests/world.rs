//! A healthy link of two accounts, in the form of a case, and how it is broken.
//!
//! Deliberately absent: in which ways.

use serde_json::{Value, json};

use super::super::Verdict;

/// A world with one thing wrong.
pub(super) struct World {
    /// What the doctor has to find.
    pub cause: &'static str,
    /// What becomes of the object.
    pub verdict: Verdict,
    /// Changes the healthy world: pointers into it, and what to put there.
    pub changes: fn() -> Vec<(&'static str, Value)>,
}

/// A world in which everything is as it should be.
pub(super) fn healthy() -> Value {
    let bucket = |account: &str, region: &str, name: &str, key: Value| {
        json!({
            "account": account, "region": region, "bucket": name, "versioning": "Enabled",
            "encryption": {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]},
            "policy": null, "ownership": "BucketOwnerEnforced", "public_access_block": null, "key": key,
            "object_lock": false, "request_payment": "BucketOwner",
        })
    };
    let root = |account: &str| {
        json!({"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
               "Action": "kms:*", "Resource": "*"})
    };
    let key = |region: &str, statements: Vec<Value>| json!({"region": region, "state": "Enabled", "policy": {"Version": "2012-10-17", "Statement": statements}});
    let role_on_key = json!({"Sid": "Role", "Effect": "Allow", "Principal": {"AWS": "${ROLE_ARN}"},
        "Action": ["kms:Encrypt", "kms:GenerateDataKey"], "Resource": "*"});
    let mut source =
        bucket("111111111111", "us-east-1", "orders", key("us-east-1", vec![root("111111111111")]));
    source["encryption"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] =
        json!("${SRC_KEY_ARN}");
    let far = key("us-west-2", vec![root("222222222222"), role_on_key]);
    let mut destination = bucket("222222222222", "us-west-2", "orders-backup", far);
    destination["encryption"]["Rules"][0]["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] =
        json!("${DST_KEY_ARN}");
    source["replication"] = json!({"Role": "${ROLE_ARN}", "Rules": [{
        "ID": "rule", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
        "Destination": {"Bucket": "arn:aws:s3:::${DST_BUCKET}", "Account": "222222222222",
                        "EncryptionConfiguration": {"ReplicaKmsKeyID": "${DST_KEY_ARN}"}},
    }]});
    let writes = json!(["s3:ReplicateObject", "s3:ReplicateTags", "s3:ReplicateDelete"]);
    destination["policy"] = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Role", "Effect": "Allow", "Principal": {"AWS": "${ROLE_ARN}"}, "Action": writes,
         "Resource": "arn:aws:s3:::${DST_BUCKET}/*"}]});
    let allow = |sid: &str, actions: Value, resource: &str| json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource});
    let reads =
        json!(["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]);
    let role = json!([
        allow(
            "Bucket",
            json!(["s3:GetReplicationConfiguration", "s3:ListBucket"]),
            "arn:aws:s3:::${SRC_BUCKET}"
        ),
        allow("Reads", reads, "arn:aws:s3:::${SRC_BUCKET}/*"),
        allow("Writes", writes.clone(), "arn:aws:s3:::${DST_BUCKET}/*"),
        allow("Decrypt", json!(["kms:Decrypt"]), "${SRC_KEY_ARN}"),
        allow("Encrypt", json!(["kms:Encrypt", "kms:GenerateDataKey"]), "${DST_KEY_ARN}"),
    ]);
    let trust = json!([{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]);
    json!({"id": "healthy", "estate": {
        "source": source, "destination": destination,
        "role": {"name": "replication", "account": "111111111111",
                 "trust": {"Version": "2012-10-17", "Statement": trust},
                 "policies": [{"Version": "2012-10-17", "Statement": role}]},
        "object": {"key": "path/file.txt", "sse": "aws:kms", "kms": "source key"},
    }})
}

/// The healthy world with one thing wrong.
pub(super) fn broken(world: &World) -> Value {
    changed(healthy(), (world.changes)())
}

/// A case with changes: pointers into its estate, and what to put there.
pub(super) fn changed(mut case: Value, changes: Vec<(&'static str, Value)>) -> Value {
    for (pointer, value) in changes {
        let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
        let full = format!("/estate{parent}");
        let place = case.pointer_mut(&full).unwrap_or_else(|| panic!("no {full}"));
        match place {
            Value::Array(many) if last == "-" => many.push(value),
            Value::Array(many) if value == json!("(none)") => {
                many.remove(last.parse::<usize>().expect("an index"));
            }
            Value::Array(many) => many[last.parse::<usize>().expect("an index")] = value,
            Value::Object(map) if value == json!("(none)") => drop(map.shift_remove(last)),
            Value::Object(map) => drop(map.insert(last.to_owned(), value)),
            other => panic!("{full} is {other}"),
        }
    }
    case
}
