//! What the policy of the object's key lacks.
//!
//! Without its key policy nothing is granted on a key, whatever the role's policies say
//! (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>).
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
    id: "source-key-policy",
    causes: &["src-key-policy-no-grant", "src-key-policy-condition-mismatch"],
    find,
};

const CAUSES: Causes = Causes {
    missing: "src-key-policy-no-grant",
    action: "src-key-policy-no-grant",
    other: "src-key-policy-no-grant",
    deleted: "src-key-policy-no-grant",
    service: "src-key-policy-no-grant",
    resource: "src-key-policy-no-grant",
    condition: "src-key-policy-condition-mismatch",
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let found = resource::blocked(hearing, Step::Decrypt).and_then(|heard| {
        let key = heard.request.resource.clone();
        let subject = Subject {
            document: DocumentName::KeyPolicy { key: key.clone() },
            account: scene.source_key.as_ref().and_then(|named| named.account()),
            resource: key,
            statement: grants::for_key(scene, true),
        };
        resource::finding(hearing, heard, &CAUSES, &subject)
    });
    found.into_iter().collect()
}
