//! What the role's policies lack on the destination's objects.
//!
//! S3 asks for `s3:ReplicateObject`; `s3:PutObject` does not stand in for it
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>).
//!
//! Deliberately absent: keys, and Denies.

use super::super::finding::Finding;
use super::super::hearing::{Heard, Hearing};
use super::super::lack::{Lack, Place};
use super::super::step::Step;
use super::Rule;
use super::identity::{self, bucket_of};

pub(super) const RULE: Rule = Rule {
    id: "role-destination",
    causes: &[
        "role-dst-replicate-missing",
        "role-dst-resource-mismatch",
        "role-dst-condition-mismatch",
        "role-dst-tagging-missing",
        "role-dst-delete-missing",
        "role-dst-owner-override-missing",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let own = |resource: &str| bucket_of(resource) == hearing.scene.destination_name;
    let main = identity::place_of(hearing, Step::WriteReplica, own);
    let steps = [Step::WriteReplica, Step::WriteTags, Step::WriteDeleteMarker, Step::OverrideOwner];
    let lacking = steps.into_iter().filter_map(|step| identity::lacking(hearing, step, own));
    let on = format!("{}/*", hearing.scene.destination_arn());
    lacking
        .map(|(heard, lack)| {
            let (cause, place) = cause(hearing, heard, &lack, main);
            identity::finding(hearing, heard, cause, place, &on)
        })
        .collect()
}

fn cause<'a>(
    hearing: &Hearing<'_>,
    heard: &Heard,
    lack: &Lack<'a>,
    main: Option<Place<'_>>,
) -> (&'static str, Option<Place<'a>>) {
    let missing = match heard.step {
        Step::WriteTags => return ("role-dst-tagging-missing", None),
        Step::WriteDeleteMarker => "role-dst-delete-missing",
        Step::OverrideOwner => "role-dst-owner-override-missing",
        _ => "role-dst-replicate-missing",
    };
    match lack {
        Lack::Condition(place) => ("role-dst-condition-mismatch", Some(*place)),
        Lack::Resource(place) => {
            let is_main = heard.step == Step::WriteReplica;
            if identity::is_mismatch(*place, hearing.scene.source_name, is_main, main) {
                ("role-dst-resource-mismatch", Some(*place))
            } else {
                (missing, None)
            }
        }
        _ => (missing, None),
    }
}
