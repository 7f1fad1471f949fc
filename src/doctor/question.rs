//! What is asked, and what has to be read to answer.
//!
//! Deliberately absent: reading it.

use super::configuration::Configuration;
use super::snapshot::{Bucket, Read, Snapshot, full_key_name};

/// What is asked of the doctor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question<'a> {
    /// The source bucket.
    pub source: &'a str,
    /// Only rules to this bucket.
    pub destination: Option<&'a str>,
    /// The accounts that the two buckets should be in, where that is known: whose side could not be read.
    pub owners: [Option<&'a str>; 2],
    /// An object version; none: one such as the bucket gets by default.
    pub object: Option<(&'a str, Option<&'a str>)>,
}

/// Something that has to be read, under the name that the snapshot wants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Want {
    /// A bucket, by name; for a destination with the account that the rule says.
    Bucket {
        /// Its name.
        name: String,
        /// The account that should own it, where a rule says so.
        account: Option<String>,
    },
    /// A role, by ARN.
    Role(String),
    /// A key, by the ARN of it or of its alias.
    Key(String),
}

impl<'a> Question<'a> {
    /// Of all rules of a bucket.
    pub fn about(source: &'a str) -> Self {
        Self { source, destination: None, owners: [None, None], object: None }
    }

    /// What the snapshot does not have yet. Read it and ask again, until nothing is wanted: a bucket
    /// names keys, a configuration names a role.
    pub fn wants(&self, snapshot: &Snapshot) -> Vec<Want> {
        let mut wants = vec![Want::Bucket { name: self.source.to_owned(), account: None }];
        if let Read::Known(source) = snapshot.bucket(self.source) {
            wants.extend(default_key(source).map(Want::Key));
            let configuration = source.replication.known().and_then(|xml| Configuration::parse(xml));
            wants.extend(configuration.iter().flat_map(|c| self.of_configuration(c, snapshot)));
        }
        for object in snapshot.objects.iter().filter(|object| object.bucket == self.source) {
            wants.extend(object.facts.known().and_then(|facts| facts.key.clone()).map(Want::Key));
        }
        wants.sort();
        wants.dedup();
        wants.retain(|want| match want {
            Want::Bucket { name, .. } => !snapshot.buckets.contains_key(name),
            Want::Role(arn) => !snapshot.roles.contains_key(arn),
            Want::Key(name) => !snapshot.keys.contains_key(name),
        });
        wants
    }

    fn of_configuration(&self, configuration: &Configuration, snapshot: &Snapshot) -> Vec<Want> {
        let mut wants = vec![Want::Role(configuration.role.clone())];
        for rule in &configuration.rules {
            let name = rule.destination_name();
            if self.destination.is_some_and(|wanted| wanted != name) || name.is_empty() {
                continue;
            }
            wants.push(Want::Bucket { name: name.to_owned(), account: rule.account().map(str::to_owned) });
            let destination = snapshot.bucket(name);
            if let Read::Known(bucket) = &destination {
                wants.extend(default_key(bucket).map(Want::Key));
            }
            wants.extend(replica_key(rule.replica_key(), destination).map(Want::Key));
        }
        wants
    }
}

/// The full name of the key that a bucket encrypts new objects with; none if it uses none, or if that is
/// not known.
pub(super) fn default_key(bucket: &Bucket) -> Option<String> {
    let encryption = bucket.encryption.known().filter(|e| e.algorithm.starts_with("aws:kms"))?;
    let (region, account) = (bucket.region.known()?, bucket.owner.known()?);
    Some(full_key_name(encryption.key.as_deref(), partition_of(region), region, account))
}

/// The full name of the key for replicas; none where a bare id or alias cannot be placed.
pub(super) fn replica_key(named: Option<&str>, destination: Read<&Bucket>) -> Option<String> {
    let named = named?;
    if named.starts_with("arn:") {
        return Some(named.to_owned());
    }
    let bucket = destination.known().copied()?;
    let (region, account) = (bucket.region.known()?, bucket.owner.known()?);
    Some(full_key_name(Some(named), partition_of(region), region, account))
}

/// The partition of a Region, by its first syllables.
pub(super) fn partition_of(region: &str) -> &'static str {
    match region.split('-').take(2).collect::<Vec<_>>()[..] {
        ["us", "gov"] => "aws-us-gov",
        ["cn", _] => "aws-cn",
        _ => "aws",
    }
}
