//! What S3 refuses when a replication configuration is stored.
//!
//! It does not look at the replica key: S3 does not check that it exists, and
//! objects fail later.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>

use std::collections::BTreeSet;

use fakecloud_core::service::AwsServiceError;

use super::document::{Configuration, Rule};
use crate::arn::{Arn, bucket_name, is_account_id};
use crate::services::error;
use crate::world::World;

/// Bytes.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html>
const LARGEST: usize = 2 * 1024 * 1024;

pub fn check(world: &World, bucket: &str, text: &str) -> Result<Configuration, AwsServiceError> {
    let configuration = Configuration::parse(text).map_err(|_| malformed())?;
    if text.len() > LARGEST {
        return Err(error(400, "MaxMessageLengthExceeded", "Your request was too big."));
    }
    if configuration.rules.is_empty() || configuration.rules.len() > 1000 {
        return Err(malformed());
    }
    let source = world.bucket(bucket, |owner, bucket| (owner.to_owned(), bucket.versioning.clone()));
    let (owner, versioning) = source.unwrap_or_default();
    if versioning.as_deref() != Some("Enabled") {
        return Err(invalid(
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
        ));
    }
    check_role(&configuration.role, &owner)?;
    for rule in &configuration.rules {
        if !matches!(rule.status.as_str(), "Enabled" | "Disabled") {
            return Err(malformed());
        }
        if rule.id.as_ref().is_some_and(|id| id.len() > 255) {
            return Err(error(400, "InvalidArgument", "The rule ID must be at most 255 characters long."));
        }
        check_schema(rule)?;
        check_encryption(rule)?;
        if rule.bucket() == bucket {
            return Err(invalid("Source and destination bucket must be different."));
        }
        check_destination(world, rule)?;
    }
    check_uniqueness(&configuration)?;
    Ok(configuration)
}

/// The role's ARN has to be well-formed and of the bucket owner's account;
/// whether the role exists is not asked.
fn check_role(role: &str, owner: &str) -> Result<(), AwsServiceError> {
    let arn = Arn::parse(role).filter(|arn| arn.role_name().is_some() && is_account_id(arn.account));
    let Some(arn) = arn else {
        return Err(error(400, "InvalidArgument", "Invalid Role: not a role ARN"));
    };
    if arn.account != owner {
        return Err(error(
            403,
            "AccessDenied",
            "Cross-account pass role is not allowed: the role must be in the bucket owner's account",
        ));
    }
    Ok(())
}

/// With a `Filter`, priority and delete marker element are compulsory;
/// without one, everything of the newer schema is forbidden.
fn check_schema(rule: &Rule) -> Result<(), AwsServiceError> {
    if rule.v2 {
        if rule.delete_markers.is_none() {
            return Err(invalid(
                "DeleteMarkerReplication must be specified for this version of Cross Region Replication configuration schema",
            ));
        }
        if rule.priority.is_none() {
            return Err(invalid(
                "Priority must be specified for this version of Cross Region Replication configuration schema",
            ));
        }
        if !rule.tags.is_empty() && rule.replicates_delete_markers() {
            return Err(invalid(
                "Delete marker replication is not supported if any Tag filter is specified.",
            ));
        }
        return Ok(());
    }
    if rule.delete_markers.is_some() || rule.priority.is_some() || rule.has_newer_elements {
        return Err(invalid(
            "Filter must be specified for this version of Cross Region Replication configuration schema",
        ));
    }
    Ok(())
}

fn check_encryption(rule: &Rule) -> Result<(), AwsServiceError> {
    if rule.encrypts && rule.kms_objects.is_none() {
        return Err(invalid(
            "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present",
        ));
    }
    if rule.replicates_kms_objects() && rule.replica_key.is_none() {
        return Err(invalid("ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present"));
    }
    let is_arn = |key: &str| {
        Arn::parse(key).is_some_and(|arn| {
            arn.service == "kms" && (arn.resource.starts_with("key/") || arn.resource.starts_with("alias/"))
        })
    };
    if rule.replica_key.as_deref().is_some_and(|key| !is_arn(key)) {
        return Err(invalid("Invalid ReplicaKmsKeyID ARN."));
    }
    Ok(())
}

fn check_destination(world: &World, rule: &Rule) -> Result<(), AwsServiceError> {
    let Some(name) = bucket_name(&rule.destination).filter(|name| *name == rule.bucket()) else {
        return Err(error(400, "InvalidArgument", "Invalid bucket ARN"));
    };
    if rule.owner_override && rule.account.is_none() {
        return Err(invalid("Account must be specified if AccessControlTranslation is present"));
    }
    match world.bucket(name, |_, bucket| bucket.versioning.clone()) {
        None => Err(invalid("Destination bucket must exist.")),
        Some(versioning) if versioning.as_deref() != Some("Enabled") => {
            Err(invalid("Destination bucket must have versioning enabled."))
        }
        Some(_) => Ok(()),
    }
}

fn check_uniqueness(configuration: &Configuration) -> Result<(), AwsServiceError> {
    let mut priorities = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for rule in &configuration.rules {
        if let Some(priority) = rule.priority
            && !priorities.insert(priority)
        {
            return Err(invalid(format!("Found duplicate priority {priority}. Priorities must be unique.")));
        }
        if let Some(id) = rule.id.as_deref().filter(|id| !id.is_empty())
            && !ids.insert(id)
        {
            return Err(error(400, "InvalidArgument", "Rule Id must be unique."));
        }
    }
    Ok(())
}

fn malformed() -> AwsServiceError {
    error(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

fn invalid(message: impl Into<String>) -> AwsServiceError {
    error(400, "InvalidRequest", message)
}
