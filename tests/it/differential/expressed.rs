//! Which causes a world of API calls can have, and one such world for each.
//!
//! Deliberately absent: worlds with more than one thing wrong.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::change;
use crate::case_snapshot;

/// What AWS takes from nobody, and why. The worlds of these are loaded, too, and have to be refused.
pub const REFUSED: &[(&str, &str)] = &[
    ("bucket-policy-action-resource-mismatch", "S3 stores no statement with an action that no resource fits"),
    ("bucket-policy-invalid-action", "S3 stores no bucket policy with actions of another service"),
    ("dst-bucket-is-source", "S3 stores no rule from a bucket to itself"),
    ("policy-invalid-principal", "KMS and S3 store no policy for a principal that is not there"),
    ("policy-malformed-action", "IAM stores no such policy"),
    ("policy-malformed-resource", "IAM stores no such policy"),
    ("rule-destination-not-arn", "S3 stores no such rule"),
    ("rule-kms-selection-missing", "S3 stores no such rule"),
    ("rule-owner-override-without-account", "S3 stores no such rule"),
    ("rule-replica-key-missing", "S3 stores no such rule"),
    ("rule-replica-key-not-arn", "S3 stores no such rule"),
    ("rule-role-arn-malformed", "S3 stores no such rule"),
    ("rule-role-other-account", "no role can be passed to another account's bucket"),
    ("rule-tag-filter-delete-marker", "S3 stores no such rule"),
    ("rule-v1-field-not-allowed", "S3 stores no such rule"),
    ("rule-v2-delete-marker-missing", "S3 stores no such rule"),
    ("src-versioning-not-enabled", "S3 does not suspend the versioning of a bucket that replicates"),
];

/// What no call brings about, and why.
pub const NO_CALL: &[(&str, &str)] = &[
    ("object-lifecycle-action", "lifecycle rules run when S3 sees fit"),
    ("request-not-allowed", "stands for what no rule of the doctor explains, of which nothing is known"),
    (
        "role-dst-kms-generate-data-key-missing",
        "is of objects without encryption, which nobody can write since January 2023",
    ),
    ("src-bucket-missing", "a bucket that is gone has no object that anything could become of"),
    ("src-key-not-found", "KMS deletes a key after seven days at the soonest"),
];

fn is_one_of(list: &[(&str, &str)], cause: &str) -> bool {
    list.iter().any(|(own, _)| *own == cause)
}

/// Every cause that worlds of API calls can have.
pub fn causes() -> BTreeSet<&'static str> {
    let mut causes = bucketbridge::doctor::causes();
    for (cause, _) in REFUSED.iter().chain(NO_CALL) {
        assert!(causes.remove(cause), "there is no cause {cause}");
    }
    causes
}

/// One world for every cause.
pub fn singles() -> Vec<Value> {
    let singles = case_snapshot::broken();
    let singles = singles.filter(|(cause, _)| !is_one_of(REFUSED, cause) && !is_one_of(NO_CALL, cause));
    singles.map(|(_, case)| playable(case)).chain(change::of_keys()).collect()
}

/// The worlds that AWS refuses.
pub fn refused() -> impl Iterator<Item = (&'static str, Value)> {
    let refused = case_snapshot::broken().filter(|(cause, _)| is_one_of(REFUSED, cause));
    refused.map(|(cause, case)| (cause, playable(case)))
}

fn playable(mut case: Value) -> Value {
    let estate = &mut case["estate"];
    estate["organization"] = json!({"source_org": "${ORG_ID}", "destination_org": "${ORG_ID}"});
    if estate["destination"]["exists"] == false {
        estate["destination"]["bucket"] = json!("orders-gone");
    }
    // Another kind of key that S3 cannot encrypt with, and quicker to make.
    if estate["destination"]["key"]["spec"] == "RSA_2048" {
        estate["destination"]["key"]["spec"] = json!("HMAC_256");
    }
    case
}
