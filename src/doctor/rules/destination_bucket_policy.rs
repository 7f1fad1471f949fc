//! What the destination's bucket policy lacks, where another account owns the bucket.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html#setting-repl-config-crossacct>
//!
//! Deliberately absent: Denies, and Block Public Access.

use super::super::finding::Finding;
use super::super::fix::DocumentName;
use super::super::grants;
use super::super::hearing::Hearing;
use super::super::step::Step;
use super::Rule;
use super::resource::{self, Causes, Subject};

pub(super) const RULE: Rule = Rule {
    id: "destination-bucket-policy",
    causes: &[
        "dst-bucket-policy-missing",
        "dst-bucket-policy-principal-mismatch",
        "dst-bucket-policy-principal-stale",
        "dst-bucket-policy-actions-missing",
        "dst-bucket-policy-owner-override-missing",
        "dst-bucket-policy-delete-missing",
        "dst-bucket-policy-tagging-missing",
        "dst-bucket-policy-resource-mismatch",
        "dst-bucket-policy-condition-mismatch",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let steps = [Step::WriteReplica, Step::WriteTags, Step::WriteDeleteMarker, Step::OverrideOwner];
    steps.into_iter().filter_map(|step| one(hearing, step)).collect()
}

fn one(hearing: &Hearing<'_>, step: Step) -> Option<Finding> {
    let scene = &hearing.scene;
    let heard = resource::blocked(hearing, step)?;
    let action = match step {
        Step::WriteTags => "dst-bucket-policy-tagging-missing",
        Step::WriteDeleteMarker => "dst-bucket-policy-delete-missing",
        Step::OverrideOwner => "dst-bucket-policy-owner-override-missing",
        _ => "dst-bucket-policy-actions-missing",
    };
    // Without the main grant the lesser ones are part of the same cause.
    let alone = step != Step::WriteReplica && resource::blocked(hearing, Step::WriteReplica).is_none();
    let causes = Causes {
        missing: if alone { action } else { "dst-bucket-policy-missing" },
        action,
        other: if alone { action } else { "dst-bucket-policy-principal-mismatch" },
        deleted: "dst-bucket-policy-principal-stale",
        service: if alone { action } else { "dst-bucket-policy-principal-mismatch" },
        resource: "dst-bucket-policy-resource-mismatch",
        condition: "dst-bucket-policy-condition-mismatch",
    };
    let subject = Subject {
        document: DocumentName::BucketPolicy { bucket: scene.destination_name.to_owned() },
        account: scene.destination_account(),
        resource: scene.destination_arn(),
        statement: grants::for_bucket(scene),
    };
    resource::finding(hearing, heard, &causes, &subject)
}
