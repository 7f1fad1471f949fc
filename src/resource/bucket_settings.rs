//! What a bucket gets beside versioning: public access block, ownership, default encryption.
//!
//! Deliberately absent: whether they are changed or only reported. That is [`super::bucket`].

use std::future::Future;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::RequestId;
use aws_sdk_s3::types::{
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use serde_json::{Map, Value, json};

use crate::arn::KeyArn;
use crate::aws::{AwsError, Operation, Patience, Write};
use crate::topology::KeyName;
use crate::trail::Pen;

use super::bucket::{Desired, S3};
use super::{Difference, Stop, key};

/// Public access block, ownership and default encryption of a bucket.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// Default encryption; S3 gives every bucket one.
    pub encryption: Option<Encryption>,
    /// All four settings are on.
    pub public_access_blocked: bool,
    /// `None`: ACLs are on, as before 2023.
    pub ownership: Option<ObjectOwnership>,
}

/// Default encryption.
#[derive(Debug, Clone, PartialEq)]
pub struct Encryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub algorithm: String,
    /// In the form that was put: an ARN, an id or an alias.
    pub key: Option<String>,
    /// Whether it uses a bucket key.
    pub bucket_key: bool,
}

/// What was looked at, for a plan that is saved.
pub fn facts(settings: &Settings) -> Map<String, Value> {
    let encryption = settings.encryption.as_ref();
    let encryption =
        encryption.map(|e| json!({"algorithm": e.algorithm, "key": e.key, "bucket key": e.bucket_key}));
    let mut facts = Map::new();
    facts.insert("public access block".to_owned(), json!(settings.public_access_blocked));
    facts.insert("object ownership".to_owned(), json!(settings.ownership.as_ref().map(|o| o.as_str())));
    facts.insert("default encryption".to_owned(), json!(encryption));
    facts
}

/// Reads them.
///
/// # Errors
/// What a call failed with.
pub async fn read(s3: &S3, name: &str) -> Result<Settings, AwsError> {
    let (encryption, public_access_blocked, ownership) =
        futures_util::try_join!(encryption(s3, name), public_access_blocked(s3, name), ownership(s3, name),)?;
    Ok(Settings { encryption, public_access_blocked, ownership })
}

pub(super) async fn encryption(s3: &S3, name: &str) -> Result<Option<Encryption>, AwsError> {
    let request = s3.client.get_bucket_encryption().bucket(name).expected_bucket_owner(s3.account_id());
    let answer =
        s3.find(Operation::GetBucketEncryption, &format!("bucket {name}"), || request.clone().send()).await?;
    let rule = answer
        .and_then(|a| a.server_side_encryption_configuration)
        .and_then(|configuration| configuration.rules.into_iter().next());
    Ok(rule.and_then(|rule| {
        let default = rule.apply_server_side_encryption_by_default?;
        Some(Encryption {
            algorithm: default.sse_algorithm.as_str().to_owned(),
            key: default.kms_master_key_id,
            bucket_key: rule.bucket_key_enabled.unwrap_or(false),
        })
    }))
}

async fn public_access_blocked(s3: &S3, name: &str) -> Result<bool, AwsError> {
    let request = s3.client.get_public_access_block().bucket(name).expected_bucket_owner(s3.account_id());
    let answer = s3
        .find(Operation::GetPublicAccessBlock, &format!("bucket {name}"), || request.clone().send())
        .await?;
    Ok(answer.and_then(|a| a.public_access_block_configuration).is_some_and(|c| {
        [c.block_public_acls, c.ignore_public_acls, c.block_public_policy, c.restrict_public_buckets]
            .iter()
            .all(|on| *on == Some(true))
    }))
}

async fn ownership(s3: &S3, name: &str) -> Result<Option<ObjectOwnership>, AwsError> {
    let request =
        s3.client.get_bucket_ownership_controls().bucket(name).expected_bucket_owner(s3.account_id());
    let answer = s3
        .find(Operation::GetBucketOwnershipControls, &format!("bucket {name}"), || request.clone().send())
        .await?;
    Ok(answer
        .and_then(|a| a.ownership_controls)
        .and_then(|controls| controls.rules.into_iter().next())
        .map(|rule| rule.object_ownership))
}

/// How the settings differ from those of a new bucket. `key` is its key, or says where that will come
/// from; `None` if it could not be read, and then it is not compared.
pub fn differences(desired: &Desired, found: &Settings, key: Option<&str>) -> Vec<Difference> {
    let mut details = Vec::new();
    if !found.public_access_blocked {
        details.push(Difference {
            before: None,
            ..Difference::added("public access block", "all four settings on")
        });
    }
    if found.ownership != Some(ObjectOwnership::BucketOwnerEnforced) {
        details.push(Difference {
            field: "object ownership".to_owned(),
            before: found.ownership.as_ref().map(|o| o.as_str().into()),
            after: Some("BucketOwnerEnforced".into()),
        });
    }
    let right = found.encryption.as_ref().is_some_and(|e| {
        e.algorithm == "aws:kms"
            && e.bucket_key == desired.spec.bucket_key
            && key.is_none_or(|key| e.key.as_deref().is_some_and(|name| is_key(name, desired, key)))
    });
    if !right {
        let bucket_key = |on: bool| if on { "with bucket key" } else { "without bucket key" };
        details.push(Difference {
            field: "default encryption".to_owned(),
            before: found.encryption.as_ref().map(|e| {
                let key = e.key.as_deref().map(|k| format!(" under {k}")).unwrap_or_default();
                format!("{} {}{key}", e.algorithm, bucket_key(e.bucket_key)).into()
            }),
            after: Some(
                format!("aws:kms {} under {}", bucket_key(desired.spec.bucket_key), key.unwrap_or("its key"))
                    .into(),
            ),
        });
    }
    details
}

/// Whether the name that S3 gives back is that of the key: S3 keeps the form that was put.
fn is_key(name: &str, desired: &Desired, arn: &str) -> bool {
    let alias = match &desired.spec.key.name {
        KeyName::Alias(alias) => Some(alias.as_str()),
        KeyName::Existing(_) | KeyName::Told { .. } => None,
    };
    name == arn
        || arn.parse::<KeyArn>().is_ok_and(|arn| arn.id == name)
        || alias.is_some_and(|alias| name == alias || name.ends_with(&format!(":{alias}")))
}

/// A write to a bucket that may have been made a moment ago.
///
/// # Errors
/// What AWS said to the last try.
pub async fn write<T, E, F>(
    s3: &S3,
    pen: &Pen,
    operation: Operation,
    name: &str,
    send: impl Fn() -> F,
) -> Result<T, AwsError>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    T: RequestId,
    E: std::error::Error + ProvideErrorMetadata + 'static,
    SdkError<E, HttpResponse>: RequestId,
{
    let resource = format!("bucket {name}");
    s3.write(pen, Write::new(operation, &resource), Patience::until_bucket_is_visible(), send).await
}

/// Brings the settings to those of a new bucket, one call after the other: S3 aborts concurrent ones.
///
/// # Errors
/// What a call failed with.
pub async fn enforce(
    s3: &S3,
    pen: &Pen,
    desired: &Desired,
    settings: &mut Settings,
    key: &key::Live,
) -> Result<(), Stop> {
    let name = desired.arn.name.as_str();
    if !settings.public_access_blocked {
        let all = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        let request = s3
            .client
            .put_public_access_block()
            .bucket(name)
            .expected_bucket_owner(s3.account_id())
            .public_access_block_configuration(all);
        write(s3, pen, Operation::PutPublicAccessBlock, name, || request.clone().send()).await?;
        settings.public_access_blocked = true;
    }
    if settings.ownership != Some(ObjectOwnership::BucketOwnerEnforced) {
        let rule = OwnershipControlsRule::builder()
            .object_ownership(ObjectOwnership::BucketOwnerEnforced)
            .build()
            .map_err(built)?;
        let controls = OwnershipControls::builder().rules(rule).build().map_err(built)?;
        let request = s3
            .client
            .put_bucket_ownership_controls()
            .bucket(name)
            .expected_bucket_owner(s3.account_id())
            .ownership_controls(controls);
        write(s3, pen, Operation::PutBucketOwnershipControls, name, || request.clone().send()).await?;
        settings.ownership = Some(ObjectOwnership::BucketOwnerEnforced);
    }
    let arn = key.arn().to_string();
    if differences(desired, settings, Some(&arn)).is_empty() {
        return Ok(());
    }
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .kms_master_key_id(&arn)
        .build()
        .map_err(built)?;
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .bucket_key_enabled(desired.spec.bucket_key)
        .build();
    let configuration = ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(built)?;
    let request = s3
        .client
        .put_bucket_encryption()
        .bucket(name)
        .expected_bucket_owner(s3.account_id())
        .server_side_encryption_configuration(configuration);
    write(s3, pen, Operation::PutBucketEncryption, name, || request.clone().send()).await?;
    settings.encryption = Some(Encryption {
        algorithm: "aws:kms".to_owned(),
        key: Some(arn),
        bucket_key: desired.spec.bucket_key,
    });
    Ok(())
}

/// The SDK's builders fail on a missing field only.
fn built(error: aws_smithy_types::error::operation::BuildError) -> Stop {
    Stop::because(error.to_string())
}
