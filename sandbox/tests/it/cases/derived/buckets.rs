//! Bucket policies at both ends.

use serde_json::{Value, json};

use super::{play_all, variant};

#[test]
fn bucket_policies_decide_at_the_destination() {
    let write = "DstPutObjectNotPermitted";
    let statements = "/destination/policy/Statement";
    let condition = "/destination/policy/Statement/0/Condition";
    let public = json!({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::right/*"});
    let block = |policy: bool, restrict: bool| {
        json!({"BlockPublicAcls": true, "IgnorePublicAcls": true,
        "BlockPublicPolicy": policy, "RestrictPublicBuckets": restrict})
    };
    let deny = |condition: Value| {
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::right", "arn:aws:s3:::right/*"], "Condition": condition})
    };
    let more: &'static str = Box::leak(format!("{statements}/-").into_boxed_str());
    play_all(vec![
        variant("dst-bucket-policy-missing", "fails", write, vec![("/destination/policy", Value::Null)]),
        variant(
            "dst-bucket-policy-principal-mismatch",
            "fails",
            write,
            vec![(
                "/destination/policy/Statement/0/Principal",
                json!({"AWS": "arn:aws:iam::111111111111:role/other"}),
            )],
        ),
        variant(
            "dst-bucket-policy-account",
            "works",
            "",
            vec![("/destination/policy/Statement/0/Principal", json!({"AWS": "111111111111"}))],
        ),
        variant(
            "dst-bucket-policy-session",
            "works",
            "",
            vec![(
                "/destination/policy/Statement/0/Principal",
                json!({"AWS": "arn:aws:sts::111111111111:assumed-role/carrier/s3-replication"}),
            )],
        ),
        variant(
            "dst-bucket-policy-actions-missing",
            "fails",
            write,
            vec![("/destination/policy/Statement/0/Action", json!("s3:PutObject"))],
        ),
        variant(
            "dst-bucket-policy-stars",
            "works",
            "",
            vec![("/destination/policy/Statement/0/Action", json!("s3:*"))],
        ),
        variant(
            "dst-bucket-policy-resource-mismatch",
            "fails",
            write,
            vec![("/destination/policy/Statement/0/Resource", json!("arn:aws:s3:::right/other/*"))],
        ),
        variant(
            "dst-bucket-policy-condition-mismatch",
            "fails",
            write,
            vec![(condition, json!({"StringEquals": {"aws:SourceAccount": "111111111111"}}))],
        ),
        variant(
            "dst-bucket-policy-sse",
            "works",
            "",
            vec![(condition, json!({"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}))],
        ),
        variant(
            "dst-bucket-policy-acl",
            "fails",
            write,
            vec![(condition, json!({"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}))],
        ),
        variant(
            "deny-plain-http",
            "works",
            "",
            vec![(more, deny(json!({"Bool": {"aws:SecureTransport": "false"}})))],
        ),
        variant(
            "deny-old-tls",
            "works",
            "",
            vec![(more, deny(json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}})))],
        ),
        variant(
            "deny-outside-endpoint",
            "fails",
            write,
            vec![(more, deny(json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}})))],
        ),
        variant(
            "deny-outside-endpoint-but-role",
            "works",
            "",
            vec![(
                more,
                deny(json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"},
                "ArnNotEquals": {"aws:PrincipalArn": "${ROLE_ARN}"}})),
            )],
        ),
        variant(
            "deny-outside-network",
            "fails",
            write,
            vec![(more, deny(json!({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}})))],
        ),
        variant(
            "public-without-restriction",
            "works",
            "",
            vec![(more, public.clone()), ("/destination/public_access_block", block(false, false))],
        ),
        variant(
            "dst-bucket-public-policy-restricted",
            "fails",
            write,
            vec![(more, public), ("/destination/public_access_block", block(false, true))],
        ),
        variant(
            "src-bucket-policy-deny",
            "fails",
            "SrcGetObjectNotPermitted",
            vec![(
                "/source/policy",
                json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": {"AWS": "${ROLE_ARN}"},
                "Action": "s3:GetObject*", "Resource": "arn:aws:s3:::left/*"}]}),
            )],
        ),
    ]);
}
