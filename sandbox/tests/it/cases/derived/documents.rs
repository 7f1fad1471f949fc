//! What is refused in the other documents.

use serde_json::json;

use super::{play_all, variant};

#[test]
fn documents_are_refused_when_they_are_put() {
    let bucket = "s3:PutBucketPolicy";
    let key = "kms:PutKeyPolicy";
    let statement = "/destination/policy/Statement/0";
    let at = |field: &str| -> &'static str { Box::leak(format!("{statement}/{field}").into_boxed_str()) };
    let long: Vec<String> = (0..2000).map(|n| format!("arn:aws:s3:::right/{n}/*")).collect();
    let role_long: Vec<String> = (0..500).map(|n| format!("arn:aws:s3:::right/{n}/abcdefgh*")).collect();
    let trust_long: Vec<String> = (0..200).map(|n| format!("value-{n:08}")).collect();
    let key_long: Vec<String> = (0..3000).map(|n| format!("value-{n:08}")).collect();
    play_all(vec![
        variant(
            "bucket-policy-invalid-action",
            "rejected-by-api",
            bucket,
            vec![(at("Action"), json!("kms:Encrypt"))],
        ),
        variant(
            "bucket-policy-malformed-action",
            "rejected-by-api",
            bucket,
            vec![(at("Action"), json!("ReplicateObject"))],
        ),
        variant(
            "bucket-policy-resource",
            "rejected-by-api",
            bucket,
            vec![(at("Resource"), json!("right/*"))],
        ),
        variant(
            "bucket-policy-level",
            "rejected-by-api",
            bucket,
            vec![(at("Resource"), json!("arn:aws:s3:::right"))],
        ),
        variant(
            "policy-invalid-principal",
            "rejected-by-api",
            bucket,
            vec![(at("Principal"), json!({"AWS": "arn:aws:iam::111111111111:role/nobody"}))],
        ),
        variant(
            "policy-invalid-principal",
            "rejected-by-api",
            bucket,
            vec![(at("Principal"), json!({"AWS": "AROAEXAMPLEEXAMPLE12"}))],
        ),
        variant("bpa-blocks-public-policy", "rejected-by-api", bucket, vec![(at("Principal"), json!("*"))]),
        variant("bucket-policy-too-large", "rejected-by-api", bucket, vec![(at("Resource"), json!(long))]),
        variant(
            "policy-invalid-principal",
            "rejected-by-api",
            key,
            vec![(
                "/destination/key/policy/Statement/1/Principal",
                json!({"AWS": "arn:aws:iam::111111111111:role/nobody"}),
            )],
        ),
        variant(
            "key-policy-lockout",
            "rejected-by-api",
            key,
            vec![("/destination/key/policy/Statement/0/Action", json!("kms:Encrypt"))],
        ),
        variant(
            "key-policy-too-large",
            "rejected-by-api",
            key,
            vec![(
                "/destination/key/policy/Statement/1/Condition",
                json!({"StringEquals": {"aws:PrincipalTag/x": key_long}}),
            )],
        ),
        variant(
            "policy-malformed-action",
            "rejected-by-api",
            "iam:PutRolePolicy",
            vec![("/role/policies/0/Statement/2/Action", json!("ReplicateObject"))],
        ),
        variant(
            "policy-malformed-resource",
            "rejected-by-api",
            "iam:PutRolePolicy",
            vec![("/role/policies/0/Statement/2/Resource", json!("right/*"))],
        ),
        variant(
            "role-policy-too-large",
            "rejected-by-api",
            "iam:PutRolePolicy",
            vec![("/role/policies/0/Statement/2/Resource", json!(role_long))],
        ),
        variant(
            "trust-too-large",
            "rejected-by-api",
            "iam:CreateRole",
            vec![(
                "/role/trust/Statement/0/Condition",
                json!({"StringEquals": {"aws:SourceAccount": trust_long}}),
            )],
        ),
    ]);
}
