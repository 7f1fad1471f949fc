//! Keys, their policies, their state and their grants.

use serde_json::{Value, json};

use super::{good, play_all, rule, variant, with};

#[test]
fn keys_and_their_grants_count() {
    let write = "DstPutObjectNotPermitted";
    let read = "SrcGetObjectNotPermitted";
    let root_only = json!([good()["destination"]["key"]["policy"]["Statement"][0]]);
    let condition = "/destination/key/policy/Statement/1/Condition";
    let organization =
        json!({"source_org": "${ORG_ID}", "destination_org": "${ORG_ID}", "scps": [], "rcps": []});
    let of_org = |id: &str| json!({"StringEquals": {"aws:PrincipalOrgID": id}});
    let grant = |operation: &str| json!([{"grantee": "${ROLE_ARN}", "operations": [operation]}]);
    let without_decrypt = || {
        let mut statements = good()["role"]["policies"][0]["Statement"].clone();
        statements.as_array_mut().expect("statements").remove(3);
        ("/role/policies/0/Statement", statements)
    };
    let same_account = || {
        vec![
            ("/destination/account", json!("111111111111")),
            ("/destination/policy", Value::Null),
            (
                "/destination/key/policy/Statement/0/Principal",
                json!({"AWS": "arn:aws:iam::111111111111:root"}),
            ),
        ]
    };
    play_all(vec![
        variant(
            "src-key-disabled",
            "fails",
            "SrcKmsKeyInvalidState",
            vec![("/source/key/state", json!("Disabled"))],
        ),
        variant(
            "dst-key-disabled",
            "fails",
            "DstKmsKeyInvalidState",
            vec![("/destination/key/state", json!("PendingDeletion"))],
        ),
        variant(
            "dst-key-not-found",
            "fails",
            "DstKmsKeyNotFound",
            vec![("/destination/key/exists", json!(false)), ("/destination/encryption", Value::Null)],
        ),
        variant(
            "dst-key-wrong-region",
            "fails",
            "DstKmsKeyNotFound",
            vec![("/destination/key/region", json!("eu-west-1")), ("/destination/encryption", Value::Null)],
        ),
        variant("role-src-kms-decrypt-missing", "fails", read, vec![without_decrypt()]),
        variant(
            "src-key-grant",
            "works",
            "",
            vec![without_decrypt(), ("/source/key/grants", grant("Decrypt"))],
        ),
        variant(
            "src-key-grant-of-another-operation",
            "fails",
            read,
            vec![without_decrypt(), ("/source/key/grants", grant("Encrypt"))],
        ),
        variant(
            "dst-key-policy-missing-grant",
            "fails",
            write,
            vec![("/destination/key/policy/Statement", root_only.clone())],
        ),
        variant(
            "dst-key-grant",
            "works",
            "",
            vec![
                ("/destination/key/policy/Statement", root_only),
                ("/destination/key/grants", grant("Encrypt")),
            ],
        ),
        variant(
            "dst-key-policy-service-principal",
            "fails",
            write,
            vec![("/destination/key/policy/Statement/1/Principal", json!({"Service": "s3.amazonaws.com"}))],
        ),
        variant(
            "dst-key-policy-context",
            "fails",
            write,
            vec![(
                condition,
                json!({"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::right"}}),
            )],
        ),
        variant(
            "dst-key-policy-caller-account",
            "works",
            "",
            vec![(condition, json!({"StringEquals": {"kms:CallerAccount": "111111111111"}}))],
        ),
        variant(
            "dst-key-policy-organization",
            "works",
            "",
            vec![("/organization", organization.clone()), (condition, of_org("${ORG_ID}"))],
        ),
        variant(
            "dst-key-policy-other-organization",
            "fails",
            write,
            vec![("/organization", organization), (condition, of_org("o-someoneelse"))],
        ),
        variant("dst-key-policy-no-organization", "fails", write, vec![(condition, of_org("${ORG_ID}"))]),
        variant(
            "dst-key-policy-network",
            "fails",
            write,
            vec![(condition, json!({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))],
        ),
        variant(
            "dst-key-aws-managed-cross-account",
            "fails",
            write,
            vec![
                ("/destination/key", json!({"aws_managed": true, "region": "us-west-2"})),
                ("/destination/encryption", Value::Null),
            ],
        ),
        variant(
            "dst-key-aws-managed-other-service",
            "fails",
            write,
            with(
                same_account(),
                vec![
                    (
                        "/destination/key",
                        json!({"aws_managed": true, "region": "us-west-2", "aliases": ["alias/aws/sns"]}),
                    ),
                    ("/destination/encryption", Value::Null),
                ],
            ),
        ),
        variant(
            "dst-key-aws-managed-same-account",
            "works",
            "",
            with(
                same_account(),
                vec![
                    ("/destination/key", json!({"aws_managed": true, "region": "us-west-2"})),
                    ("/destination/encryption", Value::Null),
                ],
            ),
        ),
        variant("same-account", "works", "", same_account()),
        variant(
            "alias-in-the-role",
            "fails",
            write,
            vec![
                ("/destination/key/aliases", json!(["alias/copies"])),
                (
                    "/role/policies/0/Statement/4/Resource",
                    json!("arn:aws:kms:us-west-2:222222222222:alias/copies"),
                ),
            ],
        ),
        variant(
            "alias-as-replica-key",
            "works",
            "",
            vec![
                ("/destination/key/aliases", json!(["alias/copies"])),
                rule(
                    "Destination/EncryptionConfiguration/ReplicaKmsKeyID",
                    json!("arn:aws:kms:us-west-2:222222222222:alias/copies"),
                ),
                (condition, json!({"StringEquals": {"kms:RequestAlias": "alias/copies"}})),
            ],
        ),
        variant(
            "sse-c-needs-no-key",
            "works",
            "",
            vec![("/object/sse", json!("SSE-C")), ("/object/kms", Value::Null), without_decrypt()],
        ),
    ]);
}
