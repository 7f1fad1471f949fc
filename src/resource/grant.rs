//! The statements that let S3 replicate: what the role may do, and what keys and buckets let it do.
//!
//! Pure, and generic over how a key is named, so that a plan can show statements whose key does not
//! exist yet. Only a file whose `Needs` hold living keys and roles sends them. docs/permissions.md
//! says why each grant is there.
//!
//! Deliberately absent: grants to the S3 service principal. S3 uses the role's identity
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::arn::{BucketArn, BucketName, Partition, Region};
use crate::iam::{Marker, Purpose, link_hash};
use crate::topology::{Grant, Link, LinkName, Topology};

/// Everything about two buckets that grants depend on, over all links between them: links that differ
/// in their filter share one role, one bucket policy and one key.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The links between the two buckets.
    pub links: Vec<LinkName>,
    /// The source bucket.
    pub from: BucketArn,
    /// The destination bucket.
    pub to: BucketArn,
    /// Where the source bucket and its keys are.
    pub from_region: Region,
    /// Where the destination bucket and its key are.
    pub to_region: Region,
    /// At least one link replicates delete markers.
    delete_markers: bool,
    /// At least one link gives replicas to the destination's owner.
    owner_override: bool,
    /// The source's account, where the destination grants to it with a condition on the role's ARN.
    grantee: Option<String>,
    /// What the keys of replicas begin with, where the source is another team's: it is let write nothing
    /// else.
    prefixes: Option<BTreeSet<String>>,
    hash: String,
}

/// What belongs to a source bucket, whatever its links.
#[derive(Debug, Clone)]
pub struct Source {
    /// The source bucket.
    pub bucket: BucketArn,
    /// Where it and its keys are.
    pub region: Region,
    hash: String,
}

impl Source {
    /// The source bucket of that name.
    pub fn of(topology: &Topology, name: &BucketName) -> Self {
        let bucket = &topology.buckets[name];
        let hash = link_hash(&topology.account(&bucket.account).id, name, None);
        Self { bucket: topology.bucket_arn(name), region: bucket.region.clone(), hash }
    }

    /// The role reads the source bucket's configuration and objects. With Object Lock S3 also reads
    /// retention and legal hold
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html>).
    pub fn read(&self, marker: Marker<'_>, object_lock: bool) -> Vec<Value> {
        let mut object_actions =
            vec!["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"];
        if object_lock {
            object_actions.extend(["s3:GetObjectRetention", "s3:GetObjectLegalHold"]);
        }
        vec![
            json!({
                "Sid": marker.sid(Purpose::SourceBucket, &self.hash),
                "Effect": "Allow",
                "Action": ["s3:GetReplicationConfiguration", "s3:ListBucket"],
                "Resource": self.bucket.to_string(),
            }),
            json!({
                "Sid": marker.sid(Purpose::SourceObjects, &self.hash),
                "Effect": "Allow",
                "Action": object_actions,
                "Resource": self.bucket.objects(),
            }),
        ]
    }

    /// The role decrypts with the source bucket's keys.
    pub fn decrypt(&self, marker: Marker<'_>, keys: &[String]) -> Value {
        json!({
            "Sid": marker.sid(Purpose::Decrypt, &self.hash),
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": keys,
            "Condition": through_s3(&self.region, &self.bucket),
        })
    }

    /// A source key lets the role decrypt.
    pub fn decrypt_on_key(&self, marker: Marker<'_>, role: &str) -> Value {
        json!({
            "Sid": marker.sid(Purpose::Decrypt, &self.hash),
            "Effect": "Allow",
            "Principal": {"AWS": role},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": through_s3(&self.region, &self.bucket),
        })
    }
}

impl Pair {
    /// The pairs of buckets that the topology's links join, in the order of their names.
    pub fn all(topology: &Topology) -> Vec<Self> {
        let mut pairs: std::collections::BTreeMap<(&BucketName, &BucketName), Vec<(&LinkName, &Link)>> =
            std::collections::BTreeMap::new();
        for (name, link) in &topology.links {
            pairs.entry((&link.from, &link.to)).or_default().push((name, link));
        }
        pairs
            .into_iter()
            .map(|((from, to), links)| Self {
                from: topology.bucket_arn(from),
                to: topology.bucket_arn(to),
                from_region: topology.buckets[from].region.clone(),
                to_region: topology.buckets[to].region.clone(),
                delete_markers: links.iter().any(|(_, l)| l.delete_markers),
                owner_override: links.iter().any(|(_, l)| l.owner_override),
                grantee: links.iter().any(|(_, l)| l.grant == Grant::AccountCondition).then(|| {
                    let account = topology.account(&topology.buckets[from].account);
                    format!("arn:{}:iam::{}:root", account.partition, account.id)
                }),
                prefixes: topology
                    .is_remote(&topology.buckets[from].account)
                    .then(|| links.iter().map(|(_, link)| link.prefix.clone()).collect()),
                hash: link_hash(&topology.account(&topology.buckets[from].account).id, from, Some(to)),
                links: links.into_iter().map(|(name, _)| name.clone()).collect(),
            })
            .collect()
    }

    /// Whether the pair lies within one account: then S3 needs no bucket policy
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>).
    pub fn within_account(&self, topology: &Topology) -> bool {
        topology.buckets[&self.from.name].account == topology.buckets[&self.to.name].account
    }

    fn replicate_actions(&self) -> Vec<&'static str> {
        let mut actions = vec!["s3:ReplicateObject", "s3:ReplicateTags"];
        if self.delete_markers {
            actions.push("s3:ReplicateDelete");
        }
        if self.owner_override {
            actions.push("s3:ObjectOwnerOverrideToBucketOwner");
        }
        actions
    }

    /// The role writes replicas.
    pub fn replicate(&self, marker: Marker<'_>) -> Value {
        json!({
            "Sid": marker.sid(Purpose::Replicate, &self.hash),
            "Effect": "Allow",
            "Action": self.replicate_actions(),
            "Resource": self.to.objects(),
        })
    }

    /// The destination bucket lets the role write replicas.
    pub fn replicate_on_bucket(&self, marker: Marker<'_>, role: &str) -> Value {
        let mut statement = json!({
            "Sid": marker.sid(Purpose::Replicate, &self.hash),
            "Effect": "Allow",
            "Principal": {"AWS": self.grantee.as_deref().unwrap_or(role)},
            "Action": self.replicate_actions(),
            "Resource": self.replicas(),
        });
        if self.grantee.is_some() {
            statement["Condition"] = json!({"ArnEquals": {"aws:PrincipalArn": role}});
        }
        statement
    }

    /// Replicas have the keys of their objects.
    fn replicas(&self) -> Value {
        let Some(prefixes) = &self.prefixes else { return self.to.objects().into() };
        // What begins with the shorter of two begins with the longer, too.
        let widest =
            prefixes.iter().filter(|p| !prefixes.iter().any(|q| q != *p && p.starts_with(q.as_str())));
        let all: Vec<String> = widest.map(|prefix| format!("{}/{prefix}*", self.to)).collect();
        if all.len() == 1 { all.concat().into() } else { all.into() }
    }

    /// The role encrypts replicas with the destination's key.
    pub fn encrypt(&self, marker: Marker<'_>, key: &str) -> Value {
        json!({
            "Sid": marker.sid(Purpose::Encrypt, &self.hash),
            "Effect": "Allow",
            "Action": ENCRYPT_ACTIONS,
            "Resource": key,
            "Condition": through_s3(&self.to_region, &self.to),
        })
    }

    /// The destination's key lets the role encrypt.
    pub fn encrypt_on_key(&self, marker: Marker<'_>, role: &str) -> Value {
        let mut condition = through_s3(&self.to_region, &self.to);
        if self.grantee.is_some() {
            condition["ArnEquals"] = json!({"aws:PrincipalArn": role});
        }
        json!({
            "Sid": marker.sid(Purpose::Encrypt, &self.hash),
            "Effect": "Allow",
            "Principal": {"AWS": self.grantee.as_deref().unwrap_or(role)},
            "Action": ENCRYPT_ACTIONS,
            "Resource": "*",
            "Condition": condition,
        })
    }
}

/// What S3 asks of the destination's key. `Encrypt` is what it needs; `GenerateDataKey` for objects
/// from before 2023 that are under no key; `Decrypt` with bucket keys and multipart uploads by AWS's
/// text, though not by its examples
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>).
const ENCRYPT_ACTIONS: [&str; 3] = ["kms:Encrypt", "kms:GenerateDataKey", "kms:Decrypt"];

/// Only through S3 in that Region and only for that bucket. With a bucket key the encryption context
/// is the bucket's ARN, without one the object's, and objects keep the form that they were written
/// with: hence both
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>).
fn through_s3(region: &Region, bucket: &BucketArn) -> Value {
    json!({
        "StringEquals": {"kms:ViaService": via_s3(region)},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket.to_string(), bucket.objects()]},
    })
}

/// The value of `kms:ViaService` when S3 uses a key of that Region.
pub fn via_s3(region: &Region) -> String {
    let suffix = match region.partition() {
        Partition::China => "amazonaws.com.cn",
        Partition::Aws | Partition::UsGov => "amazonaws.com",
    };
    format!("s3.{region}.{suffix}")
}
