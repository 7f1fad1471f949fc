//! A document where it is: read, put and deleted by its place alone, whatever it is about.
//!
//! Deliberately absent: merging.

use serde_json::Value;

use crate::arn::{BucketName, Region};
use crate::aws::{Account, AnswerBody, AwsError, Operation, Patience, RequestBody, Write};
use crate::change::{Difference, Kind};
use crate::iam::{Document, between};
use crate::trail::{Digests, Pen, Place};

use super::configuration::Configuration;
use super::merge::Shared;
use super::{Stop, role};

/// A document of either form.
#[derive(Debug, Clone, PartialEq)]
pub enum Text {
    /// JSON.
    Policy(Document),
    /// XML.
    Configuration(Configuration),
}

impl Shared for Text {
    fn text(&self) -> String {
        match self {
            Self::Policy(policy) => policy.text(),
            Self::Configuration(configuration) => Shared::text(configuration),
        }
    }

    fn backup(&self) -> Value {
        match self {
            Self::Policy(policy) => policy.backup(),
            Self::Configuration(configuration) => configuration.backup(),
        }
    }

    fn lost(&self, later: &Self, ours: &std::collections::BTreeSet<String>) -> Option<String> {
        match (self, later) {
            (Self::Policy(policy), Self::Policy(later)) => policy.lost(later, ours),
            (Self::Configuration(rules), Self::Configuration(later)) => Shared::lost(rules, later, ours),
            _ => None,
        }
    }
}

impl Text {
    /// From what was saved.
    ///
    /// # Errors
    /// Why it is no document of such a place.
    pub fn saved(place: &Place, value: &Value) -> Result<Self, String> {
        match (place, value) {
            (Place::Replication { bucket, .. }, Value::String(text)) => {
                Configuration::parse(bucket.as_str(), text.as_bytes())
                    .map(Self::Configuration)
                    .map_err(|stop| stop.message)
            }
            (Place::Replication { .. }, _) => Err("a replication configuration is saved as text".to_owned()),
            (_, policy) => Document::parse(&policy.to_string()).map(Self::Policy).map_err(|e| e.to_string()),
        }
    }

    /// Whether both say the same.
    pub fn same(&self, other: &Self) -> bool {
        Self::between(Some(self), Some(other)).is_empty()
    }

    /// What would have to change to come from one to the other.
    pub fn between(before: Option<&Self>, after: Option<&Self>) -> Vec<Difference> {
        match (before, after) {
            (None | Some(Self::Policy(_)), None | Some(Self::Policy(_))) => {
                let policy = |text: Option<&Self>| match text {
                    Some(Self::Policy(policy)) => policy.clone(),
                    _ => Document::default(),
                };
                between(&policy(before), &policy(after))
            }
            (before, after) => {
                let rules = |text: Option<&Self>| match text {
                    Some(Self::Configuration(configuration)) => Some(configuration.clone()),
                    _ => None,
                };
                Configuration::between(rules(before).as_ref(), rules(after).as_ref())
            }
        }
    }
}

/// What people call a place: its kind, the name of the thing, and the document as a phrase.
pub fn words(place: &Place) -> (Kind, String, String) {
    match place {
        Place::KeyPolicy { key } => {
            let name = format!("key/{} ({})", key.id, key.region);
            let what = format!("the policy of key {name}");
            (Kind::KeyPolicy, name, what)
        }
        Place::BucketPolicy { bucket, .. } => {
            (Kind::BucketPolicy, bucket.to_string(), format!("the policy of bucket {bucket}"))
        }
        Place::Replication { bucket, .. } => {
            let what = format!("the replication configuration of bucket {bucket}");
            (Kind::Replication, bucket.to_string(), what)
        }
        Place::RolePolicy { role, policy } => {
            let what = format!("the inline policy {policy} of role {}", role.name);
            (Kind::RolePolicy, role.name.clone(), what)
        }
        Place::TrustPolicy { role } => {
            (Kind::Role, role.name.clone(), format!("the trust policy of role {}", role.name))
        }
    }
}

/// Reads the document; `None` if there is none.
///
/// # Errors
/// What the call failed with, or what keeps the answer from being understood.
pub async fn read(account: &Account, place: &Place, resource: &str) -> Result<Option<Text>, Stop> {
    match place {
        Place::Replication { bucket, region } => {
            Ok(configuration(account, bucket, region).await?.map(Text::Configuration))
        }
        _ => Ok(policy(account, place, resource).await?.map(Text::Policy)),
    }
}

/// Reads the policy; `None` if there is none.
///
/// # Errors
/// What the call failed with, or what keeps the answer from being understood; a place of no policy.
pub async fn policy(account: &Account, place: &Place, resource: &str) -> Result<Option<Document>, AwsError> {
    let policy = match place {
        Place::KeyPolicy { key } => {
            let kms = account.kms(&key.region);
            let request = kms.client.get_key_policy().key_id(key.to_string());
            let send = || request.clone().send();
            let answer =
                kms.call(Operation::GetKeyPolicy, &resource, Patience::until_visible(), send).await?;
            let parsed = answer.policy.map(|text| Document::parse(&text)).transpose();
            parsed.map_err(|e| kms.refuse(Operation::GetKeyPolicy, &resource, e.to_string()))?
        }
        Place::BucketPolicy { bucket, region } => {
            let s3 = account.s3(region);
            let request = s3.client.get_bucket_policy().bucket(bucket.as_str());
            let request = request.expected_bucket_owner(s3.account_id());
            let answer = s3.find(Operation::GetBucketPolicy, &resource, || request.clone().send()).await?;
            let parsed = answer.and_then(|a| a.policy).map(|text| Document::parse(&text)).transpose();
            parsed.map_err(|e| s3.refuse(Operation::GetBucketPolicy, &resource, e.to_string()))?
        }
        Place::RolePolicy { role, policy } => {
            let iam = account.iam();
            let request = iam.client.get_role_policy().role_name(&role.name).policy_name(policy);
            let answer = iam.find(Operation::GetRolePolicy, &resource, || request.clone().send()).await?;
            let parsed =
                answer.map(|a| role::parse(&iam, Operation::GetRolePolicy, resource, &a.policy_document));
            parsed.transpose()?
        }
        Place::TrustPolicy { role } => {
            let iam = account.iam();
            let request = iam.client.get_role().role_name(&role.name);
            let answer = iam.find(Operation::GetRole, &resource, || request.clone().send()).await?;
            let text = answer.and_then(|a| a.role).and_then(|r| r.assume_role_policy_document);
            text.map(|text| role::parse(&iam, Operation::GetRole, resource, &text)).transpose()?
        }
        Place::Replication { region, .. } => {
            let why = "a replication configuration is no policy";
            return Err(account.s3(region).refuse(Operation::GetBucketReplication, &resource, why));
        }
    };
    Ok(policy)
}

/// Reads a replication configuration. What S3 sent counts, not what the SDK's types hold of it, nor
/// whether it could be read into them.
///
/// # Errors
/// What the call failed with, or what keeps the answer from being understood.
pub async fn configuration(
    account: &Account,
    bucket: &BucketName,
    region: &Region,
) -> Result<Option<Configuration>, Stop> {
    let s3 = account.s3(region);
    let request =
        s3.client.get_bucket_replication().bucket(bucket.as_str()).expected_bucket_owner(s3.account_id());
    let body = AnswerBody::default();
    let send = || request.clone().customize().interceptor(body.clone()).send();
    let answer = s3.find(Operation::GetBucketReplication, &format!("bucket {bucket}"), send).await;
    if let Some(document) = body.take() {
        return Configuration::parse(bucket.as_str(), &document).map(Some);
    }
    answer?;
    Ok(None)
}

/// Puts the document once; deletes it where none is wanted.
///
/// # Errors
/// What AWS said; a policy that every one of its kind has cannot be deleted.
pub async fn write(
    account: &Account,
    pen: &Pen,
    place: &Place,
    resource: &str,
    document: Option<Text>,
    digests: Digests,
) -> Result<(), AwsError> {
    let text = document.map(|document| document.text());
    let write = |operation| Write { digests: digests.clone(), ..Write::new(operation, &resource) };
    let once = Patience::none();
    match (place, text) {
        (Place::KeyPolicy { key }, text) => {
            let kms = account.kms(&key.region);
            let request = kms.client.put_key_policy().key_id(key.to_string()).set_policy(text);
            kms.write(pen, write(Operation::PutKeyPolicy), once, || request.clone().send()).await.map(drop)
        }
        (Place::BucketPolicy { bucket, region }, text) => {
            let s3 = account.s3(region);
            match text {
                Some(text) => {
                    let request = s3.client.put_bucket_policy().bucket(bucket.as_str()).policy(text);
                    let request = request.expected_bucket_owner(s3.account_id());
                    s3.write(pen, write(Operation::PutBucketPolicy), once, || request.clone().send())
                        .await
                        .map(drop)
                }
                None => {
                    let request = s3.client.delete_bucket_policy().bucket(bucket.as_str());
                    let request = request.expected_bucket_owner(s3.account_id());
                    s3.write(pen, write(Operation::DeleteBucketPolicy), once, || request.clone().send())
                        .await
                        .map(drop)
                }
            }
        }
        (Place::RolePolicy { role, policy }, text) => {
            let iam = account.iam();
            match text {
                Some(text) => {
                    let request = iam.client.put_role_policy().role_name(&role.name).policy_name(policy);
                    let request = request.policy_document(text);
                    iam.write(pen, write(Operation::PutRolePolicy), once, || request.clone().send())
                        .await
                        .map(drop)
                }
                None => {
                    let request = iam.client.delete_role_policy().role_name(&role.name).policy_name(policy);
                    iam.write(pen, write(Operation::DeleteRolePolicy), once, || request.clone().send())
                        .await
                        .map(drop)
                }
            }
        }
        (Place::TrustPolicy { role }, text) => {
            let iam = account.iam();
            let request = iam.client.update_assume_role_policy().role_name(&role.name);
            let request = request.set_policy_document(text);
            iam.write(pen, write(Operation::UpdateAssumeRolePolicy), once, || request.clone().send())
                .await
                .map(drop)
        }
        (Place::Replication { bucket, region }, Some(text)) => {
            let s3 = account.s3(region);
            let request = s3.client.put_bucket_replication().bucket(bucket.as_str());
            let request = request.expected_bucket_owner(s3.account_id());
            let body = RequestBody::of(&text);
            let send = || request.clone().customize().interceptor(body.clone()).send();
            s3.write(pen, write(Operation::PutBucketReplication), once, send).await.map(drop)
        }
        (Place::Replication { bucket, region }, None) => {
            let s3 = account.s3(region);
            let request = s3.client.delete_bucket_replication().bucket(bucket.as_str());
            let request = request.expected_bucket_owner(s3.account_id());
            s3.write(pen, write(Operation::DeleteBucketReplication), once, || request.clone().send())
                .await
                .map(drop)
        }
    }
}
