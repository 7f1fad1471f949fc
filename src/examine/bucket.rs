//! A bucket with all its settings.
//!
//! Deliberately absent: objects, and Block Public Access of the account, which S3 Control has.

use futures_util::join;

use crate::aws::{Account, AnswerBody, Lane, Operation};
use crate::doctor::snapshot::{Bucket, Encryption, PolicyText, PublicAccessBlock};
use crate::doctor::{Read, Unread};

use super::accounts::Accounts;
use super::owner::{self, Place};
use super::part::{bucket_arn, part};

/// The bucket of an account that is known to own it.
struct Owned<'a> {
    s3: Lane<aws_sdk_s3::Client>,
    name: &'a str,
    /// For people.
    resource: String,
    arn: String,
}

/// Reads it; `account` is the one that a rule says.
pub async fn read(accounts: &Accounts<'_>, name: &str, account: Option<&str>) -> Read<Bucket> {
    match owner::find(accounts, name, account).await {
        Read::Known(place) => Read::Known(of(place, name).await),
        Read::Absent => Read::Absent,
        Read::Unread(unread) => Read::Unread(unread),
    }
}

async fn of(place: Place<'_>, name: &str) -> Bucket {
    let Place { region, owner, not_owned_by, unowned, versioning } = place;
    let Some(account) = owner else {
        return Bucket { not_owned_by, region: Read::Known(region.to_string()), ..wholly_unread(&unowned) };
    };
    let owned = Owned {
        s3: account.s3(&region),
        name,
        resource: format!("bucket {name}"),
        arn: bucket_arn(account, name),
    };
    let (encryption, policy, public_access_block, ownership, object_lock, request_payment, replication) = join!(
        owned.encryption(),
        owned.policy(),
        owned.public_access_block(),
        owned.ownership(),
        owned.object_lock(),
        owned.request_payment(),
        owned.replication(),
    );
    Bucket {
        owner: Read::Known(account.id().to_string()),
        not_owned_by,
        region: Read::Known(region.to_string()),
        versioning,
        encryption,
        policy,
        public_access_block,
        account_public_access_block: of_account(account),
        ownership,
        object_lock,
        request_payment,
        replication,
    }
}

fn wholly_unread(why: &Unread) -> Bucket {
    Bucket {
        owner: Read::Unread(why.clone()),
        not_owned_by: Vec::new(),
        region: Read::Unread(why.clone()),
        versioning: Read::Unread(why.clone()),
        encryption: Read::Unread(why.clone()),
        policy: Read::Unread(why.clone()),
        public_access_block: Read::Unread(why.clone()),
        account_public_access_block: Read::Unread(why.clone()),
        ownership: Read::Unread(why.clone()),
        object_lock: Read::Unread(why.clone()),
        request_payment: Read::Unread(why.clone()),
        replication: Read::Unread(why.clone()),
    }
}

fn of_account(account: &Account) -> Read<PublicAccessBlock> {
    Read::Unread(Unread {
        account: Some(account.id().to_string()),
        operation: Some(Operation::GetPublicAccessBlock.to_string()),
        permission: None,
        why: "bucketbridge does not ask S3 Control, which would take s3:GetAccountPublicAccessBlock"
            .to_owned(),
    })
}

impl Owned<'_> {
    async fn encryption(&self) -> Read<Encryption> {
        let request = self
            .s3
            .client
            .get_bucket_encryption()
            .bucket(self.name)
            .expected_bucket_owner(self.s3.account_id());
        let answer =
            self.s3.find(Operation::GetBucketEncryption, &self.resource, || request.clone().send()).await;
        part(answer, &self.arn).and_then(|answer| {
            let rules = answer.server_side_encryption_configuration.map(|found| found.rules);
            let rule = rules.unwrap_or_default().into_iter().next();
            let Some(rule) = rule else { return Read::Absent };
            let bucket_key = rule.bucket_key_enabled == Some(true);
            let by_default = rule.apply_server_side_encryption_by_default;
            by_default.map_or(Read::Absent, |found| {
                Read::Known(Encryption {
                    algorithm: found.sse_algorithm.as_str().to_owned(),
                    key: found.kms_master_key_id,
                    bucket_key,
                })
            })
        })
    }

    async fn policy(&self) -> Read<PolicyText> {
        let request =
            self.s3.client.get_bucket_policy().bucket(self.name).expected_bucket_owner(self.s3.account_id());
        let answer =
            self.s3.find(Operation::GetBucketPolicy, &self.resource, || request.clone().send()).await;
        let text = part(answer, &self.arn).map(|answer| answer.policy);
        text.and_then(|text| text.map_or(Read::Absent, |text| Read::Known(PolicyText::of(&text))))
    }

    async fn public_access_block(&self) -> Read<PublicAccessBlock> {
        let request = self
            .s3
            .client
            .get_public_access_block()
            .bucket(self.name)
            .expected_bucket_owner(self.s3.account_id());
        let answer =
            self.s3.find(Operation::GetPublicAccessBlock, &self.resource, || request.clone().send()).await;
        part(answer, &self.arn).and_then(|answer| {
            answer.public_access_block_configuration.map_or(Read::Absent, |found| {
                Read::Known(PublicAccessBlock {
                    block_public_acls: found.block_public_acls == Some(true),
                    ignore_public_acls: found.ignore_public_acls == Some(true),
                    block_public_policy: found.block_public_policy == Some(true),
                    restrict_public_buckets: found.restrict_public_buckets == Some(true),
                })
            })
        })
    }

    async fn ownership(&self) -> Read<String> {
        let request = self
            .s3
            .client
            .get_bucket_ownership_controls()
            .bucket(self.name)
            .expected_bucket_owner(self.s3.account_id());
        let answer = self
            .s3
            .find(Operation::GetBucketOwnershipControls, &self.resource, || request.clone().send())
            .await;
        part(answer, &self.arn).and_then(|answer| {
            let rules = answer.ownership_controls.map(|found| found.rules).unwrap_or_default();
            let first = rules.into_iter().next();
            first.map_or(Read::Absent, |rule| Read::Known(rule.object_ownership.as_str().to_owned()))
        })
    }

    async fn object_lock(&self) -> Read<String> {
        let request = self
            .s3
            .client
            .get_object_lock_configuration()
            .bucket(self.name)
            .expected_bucket_owner(self.s3.account_id());
        let answer = self
            .s3
            .find(Operation::GetObjectLockConfiguration, &self.resource, || request.clone().send())
            .await;
        part(answer, &self.arn).and_then(|answer| {
            let enabled = answer.object_lock_configuration.and_then(|found| found.object_lock_enabled);
            enabled.map_or(Read::Absent, |enabled| Read::Known(enabled.as_str().to_owned()))
        })
    }

    async fn request_payment(&self) -> Read<String> {
        let request = self
            .s3
            .client
            .get_bucket_request_payment()
            .bucket(self.name)
            .expected_bucket_owner(self.s3.account_id());
        let answer =
            self.s3.find(Operation::GetBucketRequestPayment, &self.resource, || request.clone().send()).await;
        part(answer, &self.arn).and_then(|answer| {
            answer.payer.map_or(Read::Absent, |payer| Read::Known(payer.as_str().to_owned()))
        })
    }

    /// What S3 sent counts, not what the SDK's types hold of it.
    async fn replication(&self) -> Read<String> {
        let request = self
            .s3
            .client
            .get_bucket_replication()
            .bucket(self.name)
            .expected_bucket_owner(self.s3.account_id());
        let body = AnswerBody::default();
        let send = || request.clone().customize().interceptor(body.clone()).send();
        let answer = self.s3.find(Operation::GetBucketReplication, &self.resource, send).await;
        match body.take() {
            Some(text) => Read::Known(String::from_utf8_lossy(&text).into_owned()),
            None => part(answer.map(|_| None), &self.arn),
        }
    }
}
