//! Tests of the evaluator as a whole; a part's own tests are with the part.

mod conditions;
mod explanations;
mod grants;
mod principals;
mod problems;
mod properties;
mod replication;
mod upstream;

use serde_json::{Value, json};

use super::*;
use crate::iam::Document;

const ROLE: &str = "arn:aws:iam::111111111111:role/service-role/replication";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/replication/s3-replication";
const OBJECT: &str = "arn:aws:s3:::backup/reports/a";
const KEY: &str = "arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// The session that S3 replicates with.
fn replication() -> Caller {
    Caller::session_of(&ROLE.parse().expect("a role"), "s3-replication")
}

fn document(statements: Value) -> Document {
    let statements = if statements.is_array() { statements } else { json!([statements]) };
    Document::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
        .expect("a document")
}

fn policy(label: &str, statements: Value) -> Policy {
    Policy::new(label, document(statements))
}

/// A request of the replication role to account 222222222222, of which everything is known.
fn request(action: &str, resource: &str) -> Request {
    Request {
        principal: replication(),
        action: action.to_owned(),
        resource: resource.to_owned(),
        resource_account: "222222222222".to_owned(),
        context: Context::complete().with_caller(&replication()),
    }
}

fn verdict(request: &Request, policies: &Policies) -> Verdict {
    decide(request, policies).verdict
}
