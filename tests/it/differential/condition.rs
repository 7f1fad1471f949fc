//! Conditions that S3's requests meet, and that they do not.

use fastrand::Rng;
use serde_json::{Value, json};

const OF_ANY: [(&str, &[&str]); 17] = [
    ("aws:PrincipalOrgID", &["${ORG_ID}", "o-zzzzzzzzzz", "o-*"]),
    ("aws:ResourceOrgID", &["${ORG_ID}", "o-zzzzzzzzzz"]),
    ("aws:PrincipalAccount", &["111111111111", "222222222222", "1*"]),
    ("aws:ResourceAccount", &["111111111111", "222222222222", "${aws:PrincipalAccount}"]),
    (
        "aws:PrincipalArn",
        &["${ROLE_ARN}", "arn:aws:iam::111111111111:role/other", "arn:aws:iam::*:role/rep*"],
    ),
    ("aws:PrincipalType", &["AssumedRole", "User"]),
    ("aws:userid", &["*:s3-replication", "AIDAEXAMPLE"]),
    ("aws:username", &["replication", "*"]),
    ("aws:SourceVpce", &["vpce-0123456789abcdef0", "vpce-*"]),
    ("aws:SourceVpc", &["vpc-1"]),
    ("aws:SourceAccount", &["111111111111", "222222222222"]),
    ("aws:SourceArn", &["arn:aws:s3:::${SRC_BUCKET}", "arn:aws:s3:::*", "arn:aws:s3:::${DST_BUCKET}"]),
    ("aws:RequestedRegion", &["us-east-1", "us-west-2", "eu-west-1"]),
    ("aws:PrincipalTag/team", &["data", "*"]),
    ("aws:SourceIdentity", &["someone"]),
    ("aws:PrincipalIsAWSService", &["true", "false"]),
    ("aws:ViaAWSService", &["true", "false"]),
];

const OF_S3: [(&str, &[&str]); 6] = [
    ("s3:x-amz-server-side-encryption", &["aws:kms", "AES256"]),
    ("s3:x-amz-server-side-encryption-aws-kms-key-id", &["${DST_KEY_ARN}", "${SRC_KEY_ARN}"]),
    ("s3:x-amz-acl", &["bucket-owner-full-control"]),
    ("s3:ResourceAccount", &["111111111111", "222222222222"]),
    ("s3:ExistingObjectTag/class", &["gold", "silver"]),
    ("s3:x-amz-copy-source", &["somewhere/*"]),
];

const OF_KMS: [(&str, &[&str]); 6] = [
    (
        "kms:ViaService",
        &[
            "s3.us-east-1.amazonaws.com",
            "s3.us-west-2.amazonaws.com",
            "s3.*.amazonaws.com",
            "ec2.*.amazonaws.com",
        ],
    ),
    (
        "kms:EncryptionContext:aws:s3:arn",
        &[
            "arn:aws:s3:::${SRC_BUCKET}",
            "arn:aws:s3:::${SRC_BUCKET}/*",
            "arn:aws:s3:::${DST_BUCKET}",
            "arn:aws:s3:::${DST_BUCKET}/*",
            "arn:aws:s3:::${DST_BUCKET}*",
            "arn:aws:s3:::*",
        ],
    ),
    ("kms:EncryptionContext:other", &["thing"]),
    ("kms:CallerAccount", &["111111111111", "222222222222"]),
    ("kms:EncryptionContextKeys", &["aws:s3:arn", "other"]),
    ("kms:RequestAlias", &["alias/orders"]),
];

const OPERATORS: [&str; 8] = [
    "StringEquals",
    "StringEquals",
    "StringLike",
    "StringLike",
    "StringNotEquals",
    "StringNotLike",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
];

/// Operator, key and value.
pub fn condition(rng: &mut Rng, kms: bool, trust: bool) -> (String, String, Value) {
    match rng.u8(..10) {
        0 if !trust => {
            let operator = ["Bool", "BoolIfExists"][rng.usize(..2)];
            return (
                operator.to_owned(),
                "aws:SecureTransport".to_owned(),
                json!(["true", "false"][rng.usize(..2)]),
            );
        }
        1 if !trust => {
            let operator = ["IpAddress", "NotIpAddress", "NotIpAddressIfExists"][rng.usize(..3)];
            return (operator.to_owned(), "aws:SourceIp".to_owned(), json!("10.0.0.0/8"));
        }
        2 => {
            let operator = ["DateGreaterThan", "DateLessThan"][rng.usize(..2)];
            return (operator.to_owned(), "aws:CurrentTime".to_owned(), json!("2024-01-01T00:00:00Z"));
        }
        3 if !kms && !trust => {
            let operator = ["NumericLessThan", "NumericGreaterThanEquals"][rng.usize(..2)];
            return (operator.to_owned(), "s3:TlsVersion".to_owned(), json!("1.2"));
        }
        _ => {}
    }
    let own: &[(&str, &[&str])] = match (trust, kms, rng.bool()) {
        (true, ..) => &OF_ANY[10..12],
        (_, true, true) => &OF_KMS,
        (_, false, true) => &OF_S3,
        _ => &OF_ANY,
    };
    let (key, values) = own[rng.usize(..own.len())];
    let key = if rng.u8(..6) == 0 { key.to_lowercase() } else { key.to_owned() };
    let value = values[rng.usize(..values.len())];
    let other = values[rng.usize(..values.len())];
    if rng.u8(..12) == 0 {
        return ("Null".to_owned(), key, json!(["true", "false"][rng.usize(..2)]));
    }
    let mut operator = OPERATORS[rng.usize(..OPERATORS.len())].to_owned();
    if value.starts_with("arn:") && rng.bool() {
        operator = ["ArnLike", "ArnEquals", "ArnNotLike"][rng.usize(..3)].to_owned();
    }
    // Of keys that documents make up the emulator does not know that a request lacks them (docs/doctor.md).
    let is_made_up = key.contains('/') || key.matches(':').count() > 1;
    if key.ends_with("Keys") || (!is_made_up && rng.u8(..12) == 0) {
        operator = format!("{}:{operator}", ["ForAnyValue", "ForAllValues"][rng.usize(..2)]);
    }
    if rng.u8(..6) == 0 {
        operator.push_str("IfExists");
    }
    let value = if rng.u8(..4) == 0 { json!([value, other]) } else { json!(value) };
    (operator, key, value)
}
