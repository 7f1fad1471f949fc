//! What the policy of the key for replicas lacks.
//!
//! S3 asks KMS with the identity of the role
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>), so a
//! statement for the service s3.amazonaws.com grants it nothing.
//!
//! Deliberately absent: Denies.

use super::super::finding::Finding;
use super::super::fix::DocumentName;
use super::super::grants;
use super::super::hearing::Hearing;
use super::super::step::Step;
use super::Rule;
use super::resource::{self, Causes, Subject};

pub(super) const RULE: Rule = Rule {
    id: "destination-key-policy",
    causes: &[
        "dst-key-policy-missing-grant",
        "dst-key-policy-principal-mismatch",
        "dst-key-policy-principal-stale",
        "dst-key-policy-service-principal",
        "dst-key-policy-condition-mismatch",
    ],
    find,
};

const CAUSES: Causes = Causes {
    missing: "dst-key-policy-missing-grant",
    action: "dst-key-policy-missing-grant",
    other: "dst-key-policy-principal-mismatch",
    deleted: "dst-key-policy-principal-stale",
    service: "dst-key-policy-service-principal",
    resource: "dst-key-policy-missing-grant",
    condition: "dst-key-policy-condition-mismatch",
};

/// What AWS says of bucket keys is not settled: that it is not granted is one remark, wherever.
const BUCKET_KEY: Causes = Causes {
    missing: "bucket-key-dst-decrypt-not-granted",
    action: "bucket-key-dst-decrypt-not-granted",
    other: "bucket-key-dst-decrypt-not-granted",
    deleted: "bucket-key-dst-decrypt-not-granted",
    service: "bucket-key-dst-decrypt-not-granted",
    resource: "bucket-key-dst-decrypt-not-granted",
    condition: "bucket-key-dst-decrypt-not-granted",
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let steps = [Step::Encrypt, Step::GenerateDataKey, Step::DecryptReplica];
    let granted = |step| resource::blocked(hearing, step).is_none();
    let found = steps.into_iter().filter_map(|step| {
        let heard = resource::blocked(hearing, step)?;
        let causes = if step == Step::DecryptReplica { &BUCKET_KEY } else { &CAUSES };
        // Without the main grant the lesser one is part of the same cause.
        if step == Step::DecryptReplica && !granted(Step::Encrypt) {
            return None;
        }
        let key = heard.request.resource.clone();
        let subject = Subject {
            document: DocumentName::KeyPolicy { key: key.clone() },
            account: hearing.scene.replica_key.as_ref().and_then(|named| named.account()),
            resource: key,
            statement: grants::for_key(&hearing.scene, false),
        };
        resource::finding(hearing, heard, causes, &subject)
    });
    found.collect()
}
