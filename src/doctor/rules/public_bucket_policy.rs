//! Bucket policies that S3 takes for public, and what Block Public Access makes of them.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
//!
//! Deliberately absent: ACLs.

use serde_json::{Value, json};

use crate::iam::Document;
use crate::iam::evaluate::{Side, Verdict, public_statements};

use super::super::finding::{Answered, Finding, Severity, StatementName};
use super::super::fix::{Change, DocumentName, Fix};
use super::super::hearing::Hearing;
use super::super::snapshot::{PolicyText, PublicAccessBlock, Read};
use super::Rule;

pub(super) const RULE: Rule = Rule {
    id: "public-bucket-policy",
    causes: &["dst-bucket-public-policy-restricted", "bpa-blocks-public-policy", "bucket-policy-public"],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let Read::Known(bucket) = scene.destination else { return Vec::new() };
    let Some(document) = bucket.policy.known().and_then(PolicyText::document) else { return Vec::new() };
    let public = public_statements(&document);
    let Some(first) = public.first().copied() else { return Vec::new() };
    let name = DocumentName::BucketPolicy { bucket: scene.destination_name.to_owned() };
    let statement = document.statements().get(first).map(|statement| StatementName::at(first, statement));
    let fix = close(hearing, &document, &public, &name);
    let about = |severity, cause, what: &str| {
        Finding::new(severity, cause, scene.destination_account(), scene.destination_arn(), what)
            .document(name.clone())
            .statement(statement.clone())
            .fix(fix.clone())
    };
    let mut findings = Vec::new();
    let shut = hearing.refused().find(|heard| {
        heard.verdict() == Verdict::ImplicitlyDenied
            && heard.decision.blocked_by.contains(&Side::PublicAccessBlock)
    });
    if let Some(heard) = shut {
        let what = "one public statement makes the whole bucket policy public, and RestrictPublicBuckets shuts such \
                    a bucket to other accounts";
        let mut finding = about(Severity::Error, "dst-bucket-public-policy-restricted", what);
        finding.asked = Some(heard.asked.clone());
        finding.answered = Some(Answered { side: Side::PublicAccessBlock, denied: false, element: None });
        finding.aws_reason = heard.step.aws_reason();
        findings.push(finding);
    } else {
        let what = "the destination's bucket policy is open to everyone";
        findings.push(about(Severity::Warning, "bucket-policy-public", what));
    }
    let blocks = [&bucket.public_access_block, &bucket.account_public_access_block];
    let blocks =
        |of: fn(&PublicAccessBlock) -> bool| blocks.iter().any(|block| block.known().is_some_and(of));
    if blocks(|block| block.block_public_policy) {
        let what = "BlockPublicPolicy refuses a bucket policy that is open to everyone";
        findings.push(about(Severity::Warning, "bpa-blocks-public-policy", what));
    }
    findings
}

/// What lets the role in is put down to it; what has nothing to do with it goes.
fn close(hearing: &Hearing<'_>, document: &Document, public: &[usize], name: &DocumentName) -> Fix {
    let role = &hearing.scene.configuration.role;
    let change = |index: &usize| {
        let statement = document.statements().get(*index)?;
        let (document, index) = (name.clone(), *index);
        if !serves(statement) {
            return Some(Change::RemoveStatement { document, index });
        }
        let mut statement = statement.clone();
        statement["Principal"] = json!({"AWS": role});
        Some(Change::ReplaceStatement { document, index, statement })
    };
    let text =
        "name the replication role in the statements that are for it, and take the other public ones out";
    Fix::new(text, public.iter().filter_map(change).collect())
}

/// Whether a statement is about replication.
fn serves(statement: &Value) -> bool {
    let about = |action: &Value| {
        action.as_str().is_some_and(|action| {
            let action = action.to_ascii_lowercase();
            action.starts_with("s3:replicate") || action == "s3:*" || action == "*"
        })
    };
    match statement.get("Action") {
        Some(Value::Array(many)) => many.iter().any(about),
        Some(one) => about(one),
        None => false,
    }
}
