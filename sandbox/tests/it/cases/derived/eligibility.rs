//! What is never attempted.

use serde_json::{Value, json};

use super::{aes, play_all, rule, variant, with};

#[test]
fn what_is_not_eligible_is_left_alone() {
    let no_selection = || {
        vec![
            rule("SourceSelectionCriteria", Value::Null),
            rule("Destination/EncryptionConfiguration", Value::Null),
        ]
    };
    let lists_tag = json!({"Tag": {"Key": "copy", "Value": "yes"}});
    play_all(vec![
        variant("rule-filter-prefix-mismatch", "skipped", "", vec![rule("Filter/Prefix", json!("/path"))]),
        variant("rule-kms-objects-not-selected", "skipped", "", no_selection()),
        variant("sse-s3-needs-no-selection", "works", "", with(aes(), no_selection())),
        variant("object-existed-before-rule", "skipped", "", vec![("/object/created", json!("before-rule"))]),
        variant("object-archived-glacier", "skipped", "", vec![("/object/storage_class", json!("GLACIER"))]),
        variant(
            "object-archived-deep",
            "skipped",
            "",
            vec![("/object/storage_class", json!("DEEP_ARCHIVE"))],
        ),
        variant(
            "object-instant-retrieval",
            "works",
            "",
            vec![("/object/storage_class", json!("GLACIER_IR"))],
        ),
        variant(
            "tags-at-the-write",
            "works",
            "",
            vec![rule("Filter", lists_tag.clone()), ("/object/tags", json!({"copy": "yes", "b": "1"}))],
        ),
        variant(
            "tags-added-later",
            "skipped",
            "",
            vec![rule("Filter", lists_tag), ("/object/tags_added", json!({"copy": "yes"}))],
        ),
        variant("sse-c", "works", "", vec![("/object/sse", json!("SSE-C")), ("/object/kms", Value::Null)]),
        variant("dsse", "works", "", vec![("/object/sse", json!("aws:kms:dsse"))]),
        variant("replica", "skipped", "", vec![("/object/replication_status", json!("REPLICA"))]),
    ]);
}
