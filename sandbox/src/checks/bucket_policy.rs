//! What S3 refuses in a bucket policy besides unknown principals.
//!
//! Action names are not looked up: S3 takes `s3:NoSuchThing`, and it grants
//! nothing.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>

use fakecloud_core::service::AwsServiceError;
use serde_json::{Map, Value};

use crate::arn::bucket_name;
use crate::authority::principal::texts;
use crate::services::error;

/// Bytes: a quota that cannot be raised.
const LARGEST: usize = 20 * 1024;

pub fn check(bucket: &str, text: &str) -> Result<(), AwsServiceError> {
    if text.len() > LARGEST {
        return Err(error(400, "PolicyTooLarge", "The policy exceeds the maximum allowed document size."));
    }
    let document: Value =
        serde_json::from_str(text).map_err(|_| malformed("This policy contains invalid Json"))?;
    let statements = match document.get("Statement") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => return Err(malformed("Missing required field Statement")),
    };
    for statement in statements {
        let statement = statement.as_object().ok_or_else(|| malformed("Statement is not an object"))?;
        check_statement(bucket, statement)?;
    }
    Ok(())
}

fn check_statement(bucket: &str, statement: &Map<String, Value>) -> Result<(), AwsServiceError> {
    let either = |one: &str, other: &str| statement.get(one).or_else(|| statement.get(other));
    if either("Principal", "NotPrincipal").is_none() {
        return Err(malformed("Missing required field Principal"));
    }
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Err(malformed("Invalid effect"));
    }
    let actions = either("Action", "NotAction").ok_or_else(|| malformed("Missing required field Action"))?;
    if !texts(actions).all(is_action) {
        return Err(malformed("Policy has invalid action"));
    }
    let resources =
        either("Resource", "NotResource").ok_or_else(|| malformed("Missing required field Resource"))?;
    if !texts(resources).all(|resource| is_within(bucket, resource)) {
        return Err(malformed("Policy has invalid resource"));
    }
    if statement.contains_key("Action") && !texts(actions).all(|action| applies(action, resources)) {
        return Err(malformed("Action does not apply to any resource(s) in statement"));
    }
    Ok(())
}

/// The actions whose resource is an object.
pub const OBJECT_ACTIONS: &[&str] = &[
    "AbortMultipartUpload",
    "BypassGovernanceRetention",
    "DeleteObject",
    "DeleteObjectAnnotation",
    "DeleteObjectTagging",
    "DeleteObjectVersion",
    "DeleteObjectVersionAnnotation",
    "DeleteObjectVersionTagging",
    "GetObject",
    "GetObjectAcl",
    "GetObjectAnnotation",
    "GetObjectAttributes",
    "GetObjectLegalHold",
    "GetObjectRetention",
    "GetObjectTagging",
    "GetObjectTorrent",
    "GetObjectVersion",
    "GetObjectVersionAcl",
    "GetObjectVersionAnnotation",
    "GetObjectVersionAnnotationForReplication",
    "GetObjectVersionAttributes",
    "GetObjectVersionForReplication",
    "GetObjectVersionTagging",
    "GetObjectVersionTorrent",
    "InitiateReplication",
    "ListMultipartUploadParts",
    "ListObjectAnnotations",
    "ListObjectVersionAnnotations",
    "ObjectOwnerOverrideToBucketOwner",
    "PutObject",
    "PutObjectAcl",
    "PutObjectAnnotation",
    "PutObjectLegalHold",
    "PutObjectRetention",
    "PutObjectTagging",
    "PutObjectVersionAcl",
    "PutObjectVersionAnnotation",
    "PutObjectVersionTagging",
    "ReplicateDelete",
    "ReplicateObject",
    "ReplicateObjectAnnotation",
    "ReplicateTags",
    "RestoreObject",
    "UpdateObjectEncryption",
];

/// An action on objects needs a resource within the bucket, one on the bucket
/// the bucket itself. Patterns fit anything.
fn applies(action: &str, resources: &Value) -> bool {
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    if name.contains(['*', '?']) {
        return true;
    }
    let on_objects = OBJECT_ACTIONS.contains(&name);
    let on_bucket = !on_objects && (name.contains("Bucket") || name.ends_with("Configuration"));
    texts(resources).any(|resource| match resource.split_once('/') {
        Some(_) => !on_bucket || resource.contains(":::*"),
        None => !on_objects || resource.ends_with('*'),
    })
}

fn is_action(action: &str) -> bool {
    let service = action.split_once(':').map(|(service, _)| service.to_ascii_lowercase());
    action == "*" || matches!(service.as_deref(), Some("s3" | "s3-object-lambda" | "s3express"))
}

/// The bucket itself or something in it; wildcards may stand in its name.
fn is_within(bucket: &str, resource: &str) -> bool {
    match bucket_name(resource) {
        Some(name) if name.contains(['*', '?']) => {
            let stem = name.split(['*', '?']).next().unwrap_or_default();
            bucket.starts_with(stem)
        }
        Some(name) => name == bucket || name.starts_with("${"),
        None => false,
    }
}

fn malformed(message: &str) -> AwsServiceError {
    error(400, "MalformedPolicy", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(statement: &str) -> Option<String> {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        check("vault", &text).err().map(|error| error.message())
    }

    #[test]
    fn actions_are_of_s3_and_resources_of_the_bucket() {
        let statement = |action: &str, resource: &str| {
            format!(
                r#"{{"Effect": "Allow", "Principal": "*", "Action": "{action}", "Resource": "{resource}"}}"#
            )
        };
        assert_eq!(refusal(&statement("s3:GetObject", "arn:aws:s3:::vault/*")), None);
        assert_eq!(refusal(&statement("s3:*", "arn:aws:s3:::va*/*")), None);
        let action = Some("Policy has invalid action".to_owned());
        assert_eq!(refusal(&statement("kms:Decrypt", "arn:aws:s3:::vault")), action);
        assert_eq!(refusal(&statement("GetObject", "arn:aws:s3:::vault")), action);
        let resource = Some("Policy has invalid resource".to_owned());
        assert_eq!(refusal(&statement("s3:GetObject", "vault/*")), resource);
        assert_eq!(refusal(&statement("s3:GetObject", "arn:aws:s3:::other/*")), resource);
        let level = Some("Action does not apply to any resource(s) in statement".to_owned());
        assert_eq!(refusal(&statement("s3:ReplicateObject", "arn:aws:s3:::vault")), level);
        assert_eq!(refusal(&statement("s3:ListBucket", "arn:aws:s3:::vault/*")), level);
        assert_eq!(refusal(&statement("s3:ListBucketVersions", "arn:aws:s3:::vault")), None);
        assert_eq!(refusal(&statement("s3:ReplicateObject", "arn:aws:s3:::vault*")), None);
        assert!(refusal(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#).is_some());
    }
}
