//! Forms of the two buckets' policies that S3 refuses, and statements that do nothing.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>
//!
//! Deliberately absent: what such a statement fails to grant.

use serde_json::Value;

use crate::iam::Document;

use super::super::finding::{Finding, StatementName};
use super::super::fix::{Change, DocumentName, Fix};
use super::super::hearing::Hearing;
use super::super::snapshot::{PolicyText, Read};
use super::Rule;
use super::key_policy_form::invalid_principals;

pub(super) const RULE: Rule = Rule {
    id: "bucket-policy-form",
    causes: &[
        "bucket-policy-invalid-action",
        "bucket-policy-action-resource-mismatch",
        "policy-invalid-principal",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let mut found = Vec::new();
    let source = scene.source.policy.known().and_then(PolicyText::document);
    if let Some(document) = source {
        found.extend(of_policy(scene.source_name, scene.source_arn(), scene.source_account(), &document));
    }
    if let Read::Known(bucket) = scene.destination
        && let Some(document) = bucket.policy.known().and_then(PolicyText::document)
    {
        let account = scene.destination_account();
        found.extend(of_policy(scene.destination_name, scene.destination_arn(), account, &document));
    }
    found
}

fn of_policy(bucket: &str, arn: String, account: Option<&str>, document: &Document) -> Vec<Finding> {
    let name = DocumentName::BucketPolicy { bucket: bucket.to_owned() };
    let mut found = invalid_principals(document, &name, account, &arn);
    for (index, statement) in document.statements().iter().enumerate() {
        let about = |cause, what: String| {
            Finding::warning(cause, account, arn.clone(), what)
                .document(name.clone())
                .statement(Some(StatementName::at(index, statement)))
        };
        let actions = texts(statement.get("Action"));
        let foreign: Vec<&str> = actions.iter().filter(|a| **a != "*" && !is_s3(a)).copied().collect();
        if !foreign.is_empty() {
            let what = format!("a bucket policy has no actions of other services: {}", foreign.join(", "));
            let left: Vec<&str> = actions.iter().filter(|a| !foreign.contains(a)).copied().collect();
            let change = match left.is_empty() {
                true => Change::RemoveStatement { document: name.clone(), index },
                false => {
                    let mut statement = statement.clone();
                    statement["Action"] = Value::from(left);
                    Change::ReplaceStatement { document: name.clone(), index, statement }
                }
            };
            let fix = Fix::new("take them out; they belong into the key policy", vec![change]);
            found.push(about("bucket-policy-invalid-action", what).fix(fix));
        }
        let of_bucket: Vec<&str> = actions.iter().filter(|action| is_of_bucket(action)).copied().collect();
        let resources = texts(statement.get("Resource"));
        let objects = !resources.is_empty() && resources.iter().all(|resource| resource.contains('/'));
        if objects && !of_bucket.is_empty() {
            let what = format!(
                "{} is an action on the bucket, and the statement names objects",
                of_bucket.join(", ")
            );
            let fix = Fix::by_hand("put the ARN of the bucket into a statement of its own for it");
            found.push(about("bucket-policy-action-resource-mismatch", what).fix(fix));
        }
    }
    found
}

fn is_s3(action: &str) -> bool {
    let service = action.split(':').next().unwrap_or_default().to_ascii_lowercase();
    matches!(service.as_str(), "s3" | "s3-object-lambda" | "*")
}

/// Those of the bucket that walkthroughs of replication put beside those of objects.
fn is_of_bucket(action: &str) -> bool {
    let bucket = [
        "s3:listbucket",
        "s3:listbucketversions",
        "s3:getbucketversioning",
        "s3:putbucketversioning",
        "s3:getbucketlocation",
        "s3:getreplicationconfiguration",
        "s3:putreplicationconfiguration",
        "s3:getbucketpolicy",
        "s3:list*",
    ];
    bucket.contains(&action.to_ascii_lowercase().as_str())
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}
