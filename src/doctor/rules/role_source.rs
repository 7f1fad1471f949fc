//! What the role's policies lack on the source bucket and its objects.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>
//!
//! Deliberately absent: keys, and Denies.

use crate::iam::evaluate::{Match, Side};

use super::super::finding::Finding;
use super::super::hearing::{Heard, Hearing};
use super::super::lack::{Lack, Place};
use super::super::step::Step;
use super::super::subject::Sse;
use super::Rule;
use super::identity::{self, bucket_of};

pub(super) const RULE: Rule = Rule {
    id: "role-source",
    causes: &[
        "role-src-bucket-missing",
        "role-src-read-missing",
        "role-src-read-not-enough-for-kms",
        "role-src-resource-mismatch",
        "role-src-condition-mismatch",
        "role-src-acl-missing",
        "role-src-tagging-missing",
        "role-src-lock-missing",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let own = |resource: &str| bucket_of(resource) == hearing.scene.source_name;
    let main = identity::place_of(hearing, Step::ReadObject, own);
    let steps = [
        Step::ReadConfiguration,
        Step::ListBucket,
        Step::ReadObject,
        Step::ReadAcl,
        Step::ReadTags,
        Step::ReadRetention,
        Step::ReadLegalHold,
    ];
    let lacking = steps.into_iter().filter_map(|step| identity::lacking(hearing, step, own));
    lacking
        .map(|(heard, lack)| {
            let (cause, place) = cause(hearing, heard, &lack, main);
            let on = match heard.step {
                Step::ReadConfiguration | Step::ListBucket => hearing.scene.source_arn(),
                _ => format!("{}/*", hearing.scene.source_arn()),
            };
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
    let step = heard.step;
    let missing = match step {
        Step::ReadConfiguration | Step::ListBucket => return ("role-src-bucket-missing", None),
        Step::ReadTags => return ("role-src-tagging-missing", None),
        Step::ReadAcl => "role-src-acl-missing",
        Step::ReadRetention | Step::ReadLegalHold => "role-src-lock-missing",
        _ if reads_plain(hearing) => "role-src-read-not-enough-for-kms",
        _ => "role-src-read-missing",
    };
    match lack {
        Lack::Condition(place) => ("role-src-condition-mismatch", Some(*place)),
        Lack::Resource(place) => {
            let other = hearing.scene.destination_name;
            let mismatch = identity::is_mismatch(*place, other, step == Step::ReadObject, main);
            if mismatch && missing != "role-src-read-not-enough-for-kms" {
                ("role-src-resource-mismatch", Some(*place))
            } else {
                (missing, None)
            }
        }
        _ => (missing, None),
    }
}

/// Whether the role may read objects that have no KMS key, and this one has one.
fn reads_plain(hearing: &Hearing<'_>) -> bool {
    let plain = hearing.get(Step::ReadPlainObject);
    let granted = plain.is_some_and(|heard| {
        heard.decision.sides.iter().any(|side| side.side == Side::Identity && side.allows == Match::Match)
    });
    granted && matches!(hearing.scene.subject.sse, Sse::Kms | Sse::Unknown)
}
