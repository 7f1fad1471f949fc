//! What the role's policies lack on the two keys.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>
//!
//! Deliberately absent: key policies, and Denies.

use super::super::finding::Finding;
use super::super::hearing::{Heard, Hearing};
use super::super::lack::{Lack, Place};
use super::super::step::{Step, Target};
use super::Rule;
use super::identity;

pub(super) const RULE: Rule = Rule {
    id: "role-keys",
    causes: &[
        "role-src-kms-decrypt-missing",
        "role-src-kms-resource-mismatch",
        "role-src-kms-condition-mismatch",
        "role-dst-kms-encrypt-missing",
        "role-dst-kms-generate-data-key-missing",
        "role-dst-kms-resource-mismatch",
        "role-dst-kms-condition-mismatch",
        "bucket-key-dst-decrypt-not-granted",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let steps = [Step::Decrypt, Step::Encrypt, Step::GenerateDataKey, Step::DecryptReplica];
    let found = steps.into_iter().filter_map(|step| {
        let own = |resource: &str| hearing.get(step).is_some_and(|heard| heard.request.resource == resource);
        let (heard, lack) = identity::lacking(hearing, step, own)?;
        let (cause, place) = cause(heard, &lack, &other(hearing, step));
        Some(identity::finding(hearing, heard, cause, place, &heard.request.resource))
    });
    found.collect()
}

/// The ARN of the key that is not asked about.
fn other(hearing: &Hearing<'_>, step: Step) -> String {
    let scene = &hearing.scene;
    let other = if step.target() == Target::SourceKey { &scene.replica_key } else { &scene.source_key };
    other.as_ref().and_then(|key| key.arn()).unwrap_or_default()
}

fn cause<'a>(heard: &Heard, lack: &Lack<'a>, other: &str) -> (&'static str, Option<Place<'a>>) {
    let (missing, resource, condition) = match heard.step {
        Step::DecryptReplica => return ("bucket-key-dst-decrypt-not-granted", None),
        Step::Decrypt => (
            "role-src-kms-decrypt-missing",
            "role-src-kms-resource-mismatch",
            "role-src-kms-condition-mismatch",
        ),
        Step::GenerateDataKey => (
            "role-dst-kms-generate-data-key-missing",
            "role-dst-kms-resource-mismatch",
            "role-dst-kms-condition-mismatch",
        ),
        _ => (
            "role-dst-kms-encrypt-missing",
            "role-dst-kms-resource-mismatch",
            "role-dst-kms-condition-mismatch",
        ),
    };
    match lack {
        Lack::Condition(place) => (condition, Some(*place)),
        // A wildcard for the other key says nothing of this one; nor does, for kms:Decrypt, which both
        // keys can want, a statement that is plainly about the other.
        Lack::Resource(place) => {
            let about_other = place.resources().iter().all(|resource| resource == other);
            let for_other =
                heard.step == Step::Decrypt && place.lists(&["kms:Encrypt", "kms:GenerateDataKey"]);
            let strays = place.is_explicit() && !for_other;
            if about_other && !strays { (missing, None) } else { (resource, Some(*place)) }
        }
        _ => (missing, None),
    }
}
