//! The object that a rule is judged for: the one that was asked about, or one such as the source bucket
//! gets by default.
//!
//! Deliberately absent: whether the rule selects it.

use std::collections::BTreeMap;

use super::configuration::Rule;
use super::question::{Question, default_key};
use super::snapshot::{Bucket, Object, ObjectChange, Read, Snapshot, Unread};
use super::verdict::JudgedObject;

/// How an object is encrypted at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sse {
    /// Not at all: only objects from before 2023.
    None,
    /// By keys of S3 (SSE-S3).
    S3,
    /// By a key that the customer sends with each request (SSE-C).
    Customer,
    /// By a KMS key, in one layer or two.
    Kms,
    /// Nobody knows.
    Unknown,
}

/// The object.
#[derive(Debug, Clone)]
pub(super) struct Subject<'a> {
    /// As the snapshot has it; none: a typical one.
    pub object: Option<&'a Object>,
    pub key: String,
    pub sse: Sse,
    /// `aws:kms` or another of S3's words for it.
    pub algorithm: Option<String>,
    /// The full name of its KMS key.
    pub kms_key: Option<String>,
    pub bucket_key: bool,
    pub tags: Read<BTreeMap<String, String>>,
    pub change: ObjectChange,
    pub storage_class: Option<String>,
    /// `PENDING`, `COMPLETED`, `FAILED` or `REPLICA`.
    pub status: Option<String>,
    /// What of it is not known.
    pub unread: Vec<Unread>,
}

impl<'a> Subject<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, question: &Question<'_>, source: &Bucket, rule: &Rule) -> Self {
        match question.object {
            Some((key, version)) => Self::asked(snapshot, question.source, key, version),
            None => Self::typical(source, rule),
        }
    }

    /// The one that was asked about.
    fn asked(snapshot: &'a Snapshot, bucket: &str, key: &str, version: Option<&str>) -> Self {
        let same = |object: &&Object| {
            let version = version.is_none() || object.version_id.as_deref() == version;
            object.bucket == bucket && object.key == key && version
        };
        let object = snapshot.objects.iter().find(same);
        let read = object.map_or_else(|| Read::not_looked_up(key), |object| object.facts.as_ref());
        let unread = read.unread().cloned().into_iter().collect();
        let facts = read.known().copied().cloned().unwrap_or_default();
        let change = object.map(|object| object.change).unwrap_or_default();
        let sse = if read.known().is_some() { sse_of(facts.encryption.as_deref()) } else { Sse::Unknown };
        Self {
            object,
            key: key.to_owned(),
            sse,
            algorithm: facts.encryption,
            kms_key: facts.key,
            bucket_key: facts.bucket_key,
            tags: object.map(|object| object.tags.clone()).unwrap_or_default(),
            change: match change {
                ObjectChange::Written if facts.delete_marker => ObjectChange::DeleteMarker,
                change => change,
            },
            storage_class: facts.storage_class,
            status: facts.replication_status,
            unread,
        }
    }

    /// One that the rule's filter takes, encrypted as the bucket encrypts by default.
    fn typical(source: &Bucket, rule: &Rule) -> Self {
        let encryption = source.encryption.known().cloned();
        // Every bucket encrypts with SSE-S3 where nothing else is set
        // (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html>).
        let algorithm = match &source.encryption {
            Read::Known(found) => Some(found.algorithm.clone()),
            Read::Absent => Some("AES256".to_owned()),
            Read::Unread(_) => None,
        };
        let sse = if algorithm.is_some() { sse_of(algorithm.as_deref()) } else { Sse::Unknown };
        // There are none for two layers
        // (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingDSSEncryption.html>).
        let may_use_bucket_key = algorithm.as_deref() == Some("aws:kms");
        Self {
            object: None,
            key: format!("{}bucketbridge-doctor-example", rule.prefix()),
            sse,
            algorithm,
            kms_key: default_key(source),
            bucket_key: may_use_bucket_key && encryption.is_some_and(|found| found.bucket_key),
            tags: Read::Known(rule.tags.clone()),
            change: ObjectChange::Written,
            storage_class: None,
            status: None,
            unread: source.encryption.unread().cloned().into_iter().collect(),
        }
    }

    /// The same under a KMS key that nobody named: what a rule that selects such objects would do with
    /// one.
    pub(super) fn under_kms(&self) -> Self {
        let algorithm = Some("aws:kms".to_owned());
        Self { sse: Sse::Kms, algorithm, kms_key: None, bucket_key: false, ..self.clone() }
    }

    /// Whether it is written, not deleted.
    pub(super) fn is_written(&self) -> bool {
        matches!(self.change, ObjectChange::Written | ObjectChange::BatchReplication)
    }

    pub(super) fn judged(&self) -> JudgedObject {
        JudgedObject {
            assumed: self.object.is_none(),
            key: self.key.clone(),
            version_id: self.object.and_then(|object| object.version_id.clone()),
            encryption: self.algorithm.clone(),
            kms_key: self.kms_key.clone(),
            bucket_key: self.bucket_key,
        }
    }
}

fn sse_of(algorithm: Option<&str>) -> Sse {
    match algorithm {
        None => Sse::None,
        Some("AES256") => Sse::S3,
        Some("customer") => Sse::Customer,
        Some(kms) if kms.starts_with("aws:kms") => Sse::Kms,
        Some(_) => Sse::Unknown,
    }
}
