//! A rule with everything that it brings together: buckets, role, keys, object.
//!
//! Deliberately absent: judging any of it.

use std::collections::BTreeMap;

use crate::arn::RoleArn;

use super::configuration::{Configuration, Rule};
use super::question::{Question, default_key, partition_of, replica_key};
use super::snapshot::{Bucket, Key, Read, Role, Snapshot, Unread};
use super::subject::{Sse, Subject};

/// A key under the name by which a rule, a bucket or an object has it.
#[derive(Debug, Clone)]
pub(super) struct NamedKey<'a> {
    pub name: String,
    pub key: Read<&'a Key>,
}

impl NamedKey<'_> {
    /// The ARN of the key itself; none of an alias that nobody could look up.
    pub(super) fn arn(&self) -> Option<String> {
        let own = self.key.known().and_then(|key| key.arn.clone());
        own.or_else(|| self.name.contains(":key/").then(|| self.name.clone()))
    }

    /// The fourth and fifth field of its name.
    pub(super) fn region(&self) -> Option<&str> {
        self.name.split(':').nth(3).filter(|region| !region.is_empty())
    }

    pub(super) fn account(&self) -> Option<&str> {
        self.name.split(':').nth(4).filter(|account| !account.is_empty())
    }

    pub(super) fn is_alias(&self) -> bool {
        self.name.contains(":alias/")
    }

    /// Whether AWS manages it, and for which service: `s3`.
    pub(super) fn managed_for(&self) -> Option<String> {
        let of = |alias: &str| alias.strip_prefix("alias/aws/").map(str::to_owned);
        let named = self.name.split_once(":alias/aws/").map(|(_, service)| service.to_owned());
        let key = self.key.known();
        let aliases = key.and_then(|key| key.aliases.known()).map(Vec::as_slice).unwrap_or_default();
        named.or_else(|| aliases.iter().find_map(|alias| of(alias)))
    }

    pub(super) fn is_managed_by_aws(&self) -> bool {
        let facts = self.key.known().and_then(|key| key.facts.known());
        self.managed_for().is_some() || facts.is_some_and(|facts| facts.manager == "AWS")
    }
}

/// A rule and what it brings together.
#[derive(Debug, Clone)]
pub(super) struct Scene<'a> {
    pub snapshot: &'a Snapshot,
    pub configuration: &'a Configuration,
    pub rule: &'a Rule,
    pub source_name: &'a str,
    pub source: &'a Bucket,
    pub destination_name: &'a str,
    pub destination: Read<&'a Bucket>,
    /// None if the configuration's `Role` is no ARN of a role.
    pub role_arn: Option<RoleArn>,
    pub role: Read<&'a Role>,
    pub subject: Subject<'a>,
    /// The key of the object, if it has one.
    pub source_key: Option<NamedKey<'a>>,
    /// The key that the replica gets, if it gets one: of an encrypted object the rule's, of one that is
    /// not encrypted the destination's own
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>).
    pub replica_key: Option<NamedKey<'a>>,
}

impl<'a> Scene<'a> {
    pub(super) fn of(
        snapshot: &'a Snapshot,
        question: &Question<'a>,
        configuration: &'a Configuration,
        rule: &'a Rule,
        source: &'a Bucket,
    ) -> Self {
        let subject = Subject::of(snapshot, question, source, rule);
        Self::with(snapshot, question, configuration, rule, source, subject)
    }

    /// The same with another object.
    pub(super) fn with_subject(&self, question: &Question<'a>, subject: Subject<'a>) -> Self {
        Self::with(self.snapshot, question, self.configuration, self.rule, self.source, subject)
    }

    fn with(
        snapshot: &'a Snapshot,
        question: &Question<'a>,
        configuration: &'a Configuration,
        rule: &'a Rule,
        source: &'a Bucket,
        subject: Subject<'a>,
    ) -> Self {
        let destination_name = rule.destination_name();
        let destination = snapshot.bucket(destination_name);
        let named = |name: String| NamedKey { key: snapshot.key(&name), name };
        let replica_key = match subject.sse {
            Sse::None => destination.known().and_then(|bucket| default_key(bucket)),
            Sse::Kms => replica_key(rule.replica_key(), destination.clone()),
            Sse::Unknown if rule.selects_kms() => replica_key(rule.replica_key(), destination.clone()),
            _ => None,
        };
        Self {
            snapshot,
            configuration,
            rule,
            source_name: question.source,
            source,
            destination_name,
            role_arn: configuration.role.parse().ok(),
            role: snapshot.role(&configuration.role),
            source_key: subject.kms_key.clone().filter(|_| subject.sse == Sse::Kms).map(named),
            replica_key: replica_key.map(named),
            destination,
            subject,
        }
    }

    pub(super) fn partition(&self) -> &'static str {
        self.source.region.known().map_or("aws", |region| partition_of(region))
    }

    pub(super) fn source_arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition(), self.source_name)
    }

    pub(super) fn destination_arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.partition(), self.destination_name)
    }

    pub(super) fn source_object(&self) -> String {
        format!("{}/{}", self.source_arn(), self.subject.key)
    }

    pub(super) fn destination_object(&self) -> String {
        format!("{}/{}", self.destination_arn(), self.subject.key)
    }

    /// The role's account.
    pub(super) fn role_account(&self) -> Option<&str> {
        self.role_arn.as_ref().map(|arn| arn.account.as_str())
    }

    /// The account of the source bucket, or, where that could not be read, that of the role: S3 takes no
    /// role of another.
    pub(super) fn source_account(&self) -> Option<&str> {
        self.source.owner.known().map(String::as_str).or(self.role_account())
    }

    /// The account of the destination bucket, or, where that could not be read, the one that the rule says.
    pub(super) fn destination_account(&self) -> Option<&str> {
        let bucket = self.destination.known();
        bucket.and_then(|bucket| bucket.owner.known()).map(String::as_str).or(self.rule.account())
    }

    /// Whether the buckets belong to different accounts, as far as is known.
    pub(super) fn crosses_accounts(&self) -> bool {
        match (self.source_account(), self.destination_account()) {
            (Some(source), Some(destination)) => source != destination,
            _ => true,
        }
    }

    /// Whether the rule names the source bucket, which cannot be.
    pub(super) fn is_its_own_destination(&self) -> bool {
        self.destination_name == self.source_name
    }

    pub(super) fn source_region(&self) -> Option<&str> {
        self.source.region.known().map(String::as_str)
    }

    pub(super) fn destination_region(&self) -> Option<&str> {
        self.destination.known().and_then(|bucket| bucket.region.known()).map(String::as_str)
    }

    /// Whether the replica's owner has to be changed: a bucket that enforces its owner changes it by
    /// itself (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html>).
    pub(super) fn needs_owner_override(&self) -> bool {
        let enforced = |bucket: &&Bucket| {
            bucket.ownership.known().is_some_and(|ownership| ownership == "BucketOwnerEnforced")
        };
        self.rule.overrides_owner() && !self.destination.known().is_some_and(enforced)
    }

    /// The tags of the role.
    pub(super) fn role_tags(&self) -> Option<&BTreeMap<String, String>> {
        self.role.known().and_then(|role| role.tags.known())
    }

    /// What of the rule's surroundings decides and is not known, requests apart.
    pub(super) fn unread(&self) -> Vec<Unread> {
        let mut unread = self.subject.unread.clone();
        unread.extend(self.source.owner.unread().cloned());
        unread.extend(self.source.versioning.unread().cloned());
        unread.extend(self.source.object_lock.unread().cloned());
        unread.extend(self.source.region.unread().cloned());
        unread.extend(self.destination.unread().cloned());
        if let Read::Known(bucket) = &self.destination {
            unread.extend(bucket.owner.unread().cloned());
            unread.extend(bucket.versioning.unread().cloned());
            unread.extend(bucket.region.unread().cloned());
            if self.rule.overrides_owner() {
                unread.extend(bucket.ownership.unread().cloned());
            }
            if self.source.object_lock.known().is_some() {
                unread.extend(bucket.object_lock.unread().cloned());
            }
            if self.crosses_accounts() {
                unread.extend(bucket.request_payment.unread().cloned());
            }
            if self.subject.sse == Sse::None {
                unread.extend(bucket.encryption.unread().cloned());
            }
        }
        unread.extend(self.role.unread().cloned());
        for named in self.source_key.iter().chain(&self.replica_key) {
            unread.extend(named.key.unread().cloned());
            unread.extend(named.key.known().and_then(|key| key.facts.unread()).cloned());
            if named.key.known().is_some() && named.arn().is_none() {
                let why = format!("the snapshot does not say which key {} stands for", named.name);
                unread.push(Unread { why, ..Unread::default() });
            }
        }
        unread.extend(self.object_unread());
        unread
    }

    /// What decides of an object that was asked about, and could not be read.
    fn object_unread(&self) -> Vec<Unread> {
        let Some(object) = self.subject.object else { return Vec::new() };
        let mut unread = Vec::new();
        if !self.rule.tags.is_empty() {
            unread.extend(object.tags.unread().cloned());
        }
        if !matches!(self.source.ownership.known().map(String::as_str), Some("BucketOwnerEnforced")) {
            unread.extend(object.access.unread().cloned());
        }
        unread
    }
}
