//! The source bucket's own settings.
//!
//! Deliberately absent: its policy.

use super::super::finding::Finding;
use super::super::fix::{Change, Fix};
use super::super::hearing::Hearing;
use super::super::snapshot::Read;
use super::Rule;

pub(super) const RULE: Rule = Rule { id: "source-bucket", causes: &["src-versioning-not-enabled"], find };

/// Without versioning there are no versions that could be replicated; S3 refuses a configuration then,
/// and passes over objects where it is suspended later
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-requirements.html>).
fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let state = match &scene.source.versioning {
        Read::Known(state) if state == "Enabled" => return Vec::new(),
        Read::Unread(_) => return Vec::new(),
        Read::Known(state) => state.as_str(),
        Read::Absent => "never enabled",
    };
    let bucket = scene.source_name;
    let what = format!("versioning of source bucket {bucket} is {}: nothing is replicated", lower(state));
    vec![
        Finding::error("src-versioning-not-enabled", scene.source_account(), scene.source_arn(), what)
            .fix(enable_versioning(bucket)),
    ]
}

/// A state in the middle of a sentence.
pub(super) fn lower(state: &str) -> String {
    state.to_ascii_lowercase()
}

/// The cure for either bucket.
pub(super) fn enable_versioning(bucket: &str) -> Fix {
    let change =
        Change::SetBucket { bucket: bucket.to_owned(), setting: "versioning", value: "Enabled".to_owned() };
    let command = format!(
        "aws s3api put-bucket-versioning --bucket {bucket} --versioning-configuration Status=Enabled"
    );
    Fix::new(format!("enable versioning of bucket {bucket}"), vec![change]).command(command).by_apply()
}
