//! The statements that let S3 replicate, as a fix prints them.
//!
//! They are those that `bucketbridge apply` writes, but for Sids: in documents of others only their own
//! are there. Conditions list both forms of the encryption context, because objects from before a switch
//! of bucket keys keep the other one.
//!
//! Deliberately absent: putting them anywhere.

use serde_json::{Value, json};

use super::context::domain;
use super::fix::{Change, DocumentName};
use super::scene::Scene;
use super::snapshot::Read;
use super::step::{Step, Target};

/// The name of an inline policy for a role that has none.
const POLICY: &str = "S3Replication";

/// The statement for the role's own policy that covers a step and all like it.
pub(super) fn for_role(scene: &Scene<'_>, step: Step) -> Value {
    let allow = |actions: &[&str], resource: String| json!({"Effect": "Allow", "Action": actions, "Resource": resource});
    match step.target() {
        Target::Role | Target::SourceBucket => {
            allow(&["s3:GetReplicationConfiguration", "s3:ListBucket"], scene.source_arn())
        }
        Target::SourceObject => allow(&source_actions(scene), format!("{}/*", scene.source_arn())),
        Target::DestinationObject => {
            allow(&destination_actions(scene), format!("{}/*", scene.destination_arn()))
        }
        Target::SourceKey => {
            let key = scene.source_key.as_ref().and_then(|key| key.arn()).unwrap_or_default();
            with_condition(allow(&["kms:Decrypt"], key), through_s3(scene, true))
        }
        Target::ReplicaKey => {
            let key = scene.replica_key.as_ref().and_then(|key| key.arn()).unwrap_or_default();
            with_condition(allow(&REPLICA_ACTIONS, key), through_s3(scene, false))
        }
    }
}

/// The statement for the policy of the destination bucket.
pub(super) fn for_bucket(scene: &Scene<'_>) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": {"AWS": scene.configuration.role},
        "Action": destination_actions(scene),
        "Resource": format!("{}/*", scene.destination_arn()),
    })
}

/// The statement for the policy of a key.
pub(super) fn for_key(scene: &Scene<'_>, source: bool) -> Value {
    let actions = if source { vec!["kms:Decrypt"] } else { REPLICA_ACTIONS.to_vec() };
    let statement = json!({
        "Effect": "Allow",
        "Principal": {"AWS": scene.configuration.role},
        "Action": actions,
        "Resource": "*",
    });
    with_condition(statement, through_s3(scene, source))
}

fn with_condition(mut statement: Value, condition: Option<Value>) -> Value {
    if let Some(condition) = condition {
        statement["Condition"] = condition;
    }
    statement
}

fn source_actions(scene: &Scene<'_>) -> Vec<&'static str> {
    let mut actions =
        vec!["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"];
    if scene.source.object_lock.known().is_some() {
        actions.extend(["s3:GetObjectRetention", "s3:GetObjectLegalHold"]);
    }
    actions
}

fn destination_actions(scene: &Scene<'_>) -> Vec<&'static str> {
    let mut actions = vec!["s3:ReplicateObject", "s3:ReplicateTags"];
    if scene.rule.replicates_delete_markers() || !scene.subject.is_written() {
        actions.push("s3:ReplicateDelete");
    }
    if scene.needs_owner_override() {
        actions.push("s3:ObjectOwnerOverrideToBucketOwner");
    }
    actions
}

/// More than the least that AWS's pages agree on: large objects, bucket keys and objects from before
/// 2023 want the rest.
const REPLICA_ACTIONS: [&str; 3] = ["kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt"];

/// Through S3 in the bucket's Region, for the bucket's objects; none where the Region is not known.
fn through_s3(scene: &Scene<'_>, source: bool) -> Option<Value> {
    let (region, bucket) = match source {
        true => (scene.source_region()?, scene.source_arn()),
        false => (scene.destination_region()?, scene.destination_arn()),
    };
    Some(json!({
        "StringEquals": {"kms:ViaService": format!("s3.{region}.{}", domain(scene.partition()))},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket, format!("{bucket}/*")]},
    }))
}

/// The change that puts a statement into the role's own policies: into an inline policy, since attached
/// ones may serve others.
pub(super) fn add_to_role(scene: &Scene<'_>, statement: Value) -> Change {
    let inline = scene.role.known().and_then(|role| match &role.inline {
        Read::Known(inline) => inline.keys().next().cloned(),
        _ => None,
    });
    let policy = inline.unwrap_or_else(|| POLICY.to_owned());
    let document = DocumentName::RolePolicy { role: scene.configuration.role.clone(), policy };
    Change::AddStatement { document, statement }
}

/// A trust policy that lets S3 assume the role.
pub(super) fn trust() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [trust_statement()],
    })
}

/// Its statement.
pub(super) fn trust_statement() -> Value {
    json!({"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"})
}

/// A key policy that leaves the key to its account.
pub(super) fn key_policy(partition: &str, account: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "EnableIAMPolicies",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:{partition}:iam::{account}:root")},
            "Action": "kms:*",
            "Resource": "*",
        }],
    })
}
