//! One good estate, changed in one place at a time: what S3 makes of each.
//!
//! The public cases leave some causes out; these are the others, written from
//! AWS's documentation.

mod buckets;
mod documents;
mod eligibility;
mod keys;
mod roles;
mod rules;

use serde_json::{Value, json};

use super::estate;
use super::story::{Ending, Story};
use crate::bench::run;

/// A complete estate: two accounts, KMS on both sides, ACLs off.
fn good() -> Value {
    let delegation = |account: &str| {
        json!({"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
            "Action": "kms:*", "Resource": "*"})
    };
    let policy = |statements: Value| json!({"Version": "2012-10-17", "Statement": statements});
    let block = json!({"BlockPublicAcls": true, "IgnorePublicAcls": true, "BlockPublicPolicy": true,
        "RestrictPublicBuckets": true});
    let encryption = |key: &str| {
        json!({"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": key}, "BucketKeyEnabled": false}]})
    };
    json!({
        "source": {
            "account": "111111111111", "region": "eu-west-1", "bucket": "left", "versioning": "Enabled",
            "encryption": encryption("${SRC_KEY_ARN}"), "policy": null, "ownership": "BucketOwnerEnforced",
            "public_access_block": block, "object_lock": false,
            "replication": {"Role": "${ROLE_ARN}", "Rules": [{
                "ID": "all", "Status": "Enabled", "Priority": 1, "Filter": {"Prefix": ""},
                "DeleteMarkerReplication": {"Status": "Disabled"},
                "SourceSelectionCriteria": {"SseKmsEncryptedObjects": {"Status": "Enabled"}},
                "Destination": {"Bucket": "arn:aws:s3:::right",
                    "EncryptionConfiguration": {"ReplicaKmsKeyID": "${DST_KEY_ARN}"}},
            }]},
            "key": {"policy": policy(json!([delegation("111111111111")])), "state": "Enabled",
                "region": "eu-west-1"},
        },
        "destination": {
            "account": "222222222222", "region": "us-west-2", "bucket": "right", "versioning": "Enabled",
            "encryption": encryption("${DST_KEY_ARN}"), "ownership": "BucketOwnerEnforced",
            "public_access_block": block, "object_lock": false,
            "policy": policy(json!([{"Sid": "Replica", "Effect": "Allow", "Principal": {"AWS": "${ROLE_ARN}"},
                "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
                "Resource": "arn:aws:s3:::right/*"}])),
            "key": {"policy": policy(json!([delegation("222222222222"), {"Sid": "Role", "Effect": "Allow",
                    "Principal": {"AWS": "${ROLE_ARN}"}, "Action": ["kms:Encrypt", "kms:GenerateDataKey"],
                    "Resource": "*"}])),
                "state": "Enabled", "region": "us-west-2"},
        },
        "role": {
            "name": "carrier", "path": "/", "account": "111111111111",
            "trust": policy(json!([{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sts:AssumeRole"}])),
            "policies": [policy(json!([
                {"Effect": "Allow", "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
                    "Resource": "arn:aws:s3:::left"},
                {"Effect": "Allow", "Action": ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl",
                    "s3:GetObjectVersionTagging"], "Resource": "arn:aws:s3:::left/*"},
                {"Effect": "Allow", "Action": ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"],
                    "Resource": "arn:aws:s3:::right/*"},
                {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "${SRC_KEY_ARN}"},
                {"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "${DST_KEY_ARN}"},
            ]))],
        },
        "object": {"key": "path/file.txt", "sse": "aws:kms", "kms": "source key"},
    })
}

/// What changes, by JSON pointer; `null` takes away.
type Change = (&'static str, Value);

struct Variant {
    name: &'static str,
    changes: Vec<Change>,
    verdict: &'static str,
    /// The failureReason, or the call that refuses.
    by: &'static str,
}

fn variant(name: &'static str, verdict: &'static str, by: &'static str, changes: Vec<Change>) -> Variant {
    Variant { name, changes, verdict, by }
}

const RULE: &str = "/source/replication/Rules/0";

/// A pointer below the rule.
fn rule(field: &'static str, value: Value) -> Change {
    (Box::leak(format!("{RULE}/{field}").into_boxed_str()), value)
}

fn changed(changes: &[Change]) -> Value {
    let mut estate = good();
    for (pointer, value) in changes {
        let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
        let place = estate.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer} is nowhere"));
        match place {
            Value::Array(list) if field == "-" => list.push(value.clone()),
            Value::Array(list) => list[field.parse::<usize>().expect("an index")] = value.clone(),
            other => other[field] = value.clone(),
        }
    }
    estate
}

fn play_all(variants: Vec<Variant>) {
    let mut wrong = Vec::new();
    for variant in variants {
        let expected = match variant.verdict {
            "rejected-by-api" => json!({
                "verdict": variant.verdict, "rejected_by": variant.by, "causes": [{"code": variant.name}],
            }),
            verdict => {
                json!({"verdict": verdict, "causes": [{"code": variant.name, "aws_reason": variant.by}]})
            }
        };
        let story = Story::new(variant.name, changed(&variant.changes), expected);
        let ending: Ending = run(estate::play(&story));
        wrong.extend(story.difference(&ending).map(|text| format!("{}: {text}", variant.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The object is encrypted with SSE-S3.
fn aes() -> Vec<Change> {
    vec![("/object/sse", json!("AES256")), ("/object/kms", Value::Null)]
}

fn with(mut changes: Vec<Change>, more: Vec<Change>) -> Vec<Change> {
    changes.extend(more);
    changes
}
