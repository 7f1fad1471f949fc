//! What is refused in a rule.

use serde_json::{Value, json};

use super::{good, play_all, rule, variant};

#[test]
fn the_rule_is_refused_for_what_s3_refuses() {
    let put = "s3:PutBucketReplication";
    let filter_by_tag = json!({"And": {"Prefix": "", "Tags": [{"Key": "a", "Value": "1"}]}});
    let many: Vec<Value> = (0..1001)
        .map(|n| {
            json!({"ID": format!("r{n}"), "Status": "Enabled", "Priority": n,
        "Filter": {"Prefix": format!("p{n}/")}, "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::right"}})
        })
        .collect();
    let twice =
        json!([good()["source"]["replication"]["Rules"][0], good()["source"]["replication"]["Rules"][0]]);
    play_all(vec![
        variant("rule-v2-priority-missing", "rejected-by-api", put, vec![rule("Priority", Value::Null)]),
        variant(
            "rule-v2-delete-marker-missing",
            "rejected-by-api",
            put,
            vec![rule("DeleteMarkerReplication", Value::Null)],
        ),
        variant(
            "rule-v1-field-not-allowed",
            "rejected-by-api",
            put,
            vec![rule("Filter", Value::Null), rule("Prefix", json!(""))],
        ),
        variant(
            "rule-tag-filter-delete-marker",
            "rejected-by-api",
            put,
            vec![rule("Filter", filter_by_tag), rule("DeleteMarkerReplication/Status", json!("Enabled"))],
        ),
        variant(
            "rule-kms-selection-missing",
            "rejected-by-api",
            put,
            vec![rule("SourceSelectionCriteria", Value::Null)],
        ),
        variant(
            "rule-replica-key-missing",
            "rejected-by-api",
            put,
            vec![rule("Destination/EncryptionConfiguration", Value::Null)],
        ),
        variant(
            "rule-replica-key-bare-id",
            "rejected-by-api",
            put,
            vec![rule("Destination/EncryptionConfiguration/ReplicaKmsKeyID", json!("${DST_KEY_ID}"))],
        ),
        variant(
            "rule-replica-key-alias",
            "rejected-by-api",
            put,
            vec![rule("Destination/EncryptionConfiguration/ReplicaKmsKeyID", json!("alias/copies"))],
        ),
        variant(
            "rule-destination-not-arn",
            "rejected-by-api",
            put,
            vec![rule("Destination/Bucket", json!("right"))],
        ),
        variant(
            "rule-role-arn-malformed",
            "rejected-by-api",
            put,
            vec![("/source/replication/Role", json!("carrier"))],
        ),
        variant(
            "rule-role-other-account",
            "rejected-by-api",
            put,
            vec![("/role/account", json!("222222222222"))],
        ),
        variant(
            "rule-owner-override-without-account",
            "rejected-by-api",
            put,
            vec![rule("Destination/AccessControlTranslation", json!({"Owner": "Destination"}))],
        ),
        variant(
            "src-versioning-not-enabled",
            "rejected-by-api",
            put,
            vec![("/source/versioning", json!("Suspended"))],
        ),
        variant(
            "dst-versioning-not-enabled",
            "rejected-by-api",
            put,
            vec![("/destination/versioning", Value::Null)],
        ),
        variant(
            "dst-bucket-never-there",
            "rejected-by-api",
            put,
            vec![rule("Destination/Bucket", json!("arn:aws:s3:::nowhere-at-all"))],
        ),
        variant(
            "rule-duplicate-priority",
            "rejected-by-api",
            put,
            vec![("/source/replication/Rules", twice)],
        ),
        variant("rule-too-many", "rejected-by-api", put, vec![("/source/replication/Rules", json!(many))]),
        variant("rule-status-missing", "rejected-by-api", put, vec![rule("Status", Value::Null)]),
        variant(
            "caller-pass-role-missing",
            "rejected-by-api",
            put,
            vec![(
                "/caller",
                json!({"policies": [
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}]}),
            )],
        ),
    ]);
}
