//! What is ours in a document that others write too: statements by Sid, rules by id.
//!
//! A name is made of the marker (a setting of the map), the purpose, and a hash of the source
//! account, the source bucket and the destination bucket, so that two maps, or two runs, agree on it
//! without a state file. The algorithm is frozen by a test: the other side computes it too.

use sha2::{Digest, Sha256};

use crate::arn::{AccountId, BucketName};

/// What a statement or rule of ours is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Read the source bucket's configuration.
    SourceBucket,
    /// Read the source bucket's objects.
    SourceObjects,
    /// Decrypt with the keys of the source bucket.
    Decrypt,
    /// Write replicas into a destination bucket.
    Replicate,
    /// Encrypt replicas with the destination's key.
    Encrypt,
    /// Administer a key, as `[keys]` says.
    Administer,
    /// Use a key, as `[keys]` says.
    Use,
}

impl Purpose {
    const ALL: [Self; 7] = [
        Self::SourceBucket,
        Self::SourceObjects,
        Self::Decrypt,
        Self::Replicate,
        Self::Encrypt,
        Self::Administer,
        Self::Use,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::SourceBucket => "SourceBucket",
            Self::SourceObjects => "SourceObjects",
            Self::Decrypt => "Decrypt",
            Self::Replicate => "Replicate",
            Self::Encrypt => "Encrypt",
            Self::Administer => "Administer",
            Self::Use => "Use",
        }
    }
}

/// What the names of ours begin with.
#[derive(Debug, Clone, Copy)]
pub struct Marker<'a>(pub &'a str);

impl<'a> Marker<'a> {
    /// The marker of a Sid that is made like ours, whatever it is.
    pub fn of(sid: &'a str) -> Option<Self> {
        let (name, hash) = sid.split_at_checked(sid.len().checked_sub(12)?)?;
        let marker = Purpose::ALL.iter().find_map(|purpose| name.strip_suffix(purpose.as_str()))?;
        is_hash(hash).then_some(Self(marker))
    }

    /// The Sid of a statement. Letters and digits only, since IAM allows nothing else.
    pub fn sid(self, purpose: Purpose, hash: &str) -> String {
        format!("{}{}{hash}", self.0, purpose.as_str())
    }

    /// Whether a statement of that Sid is ours: this map's or another one's of the same marker.
    pub fn owns(self, sid: &str) -> bool {
        self.hash_of(sid).is_some()
    }

    /// What the statement of ours with that Sid belongs to: the hash of its buckets, or of its key.
    pub fn hash_of(self, sid: &str) -> Option<&str> {
        let rest = sid.strip_prefix(self.0)?;
        let hashes = Purpose::ALL.iter().filter_map(|purpose| rest.strip_prefix(purpose.as_str()));
        hashes.into_iter().find(|hash| is_hash(hash))
    }

    /// Whether a rule of that id is ours: this map's or another one's of the same marker.
    pub fn owns_rule(self, id: &str) -> bool {
        let Some(rest) = id.strip_prefix(self.0).and_then(|rest| rest.strip_prefix('-')) else {
            return false;
        };
        is_hash(rest.split_once('-').map_or(rest, |(hash, _)| hash))
    }

    /// The id of a replication rule. Rules of the same two buckets differ in their filter.
    pub fn rule_id(self, hash: &str, filter: Option<&str>) -> String {
        match filter {
            None => format!("{}-{hash}", self.0),
            Some(filter) => format!("{}-{hash}-{}", self.0, &hex(filter)[..6]),
        }
    }
}

/// Twelve hexadecimal digits of the SHA-256 of account, source and destination, a line each. What
/// belongs to a source bucket alone leaves the destination empty.
pub fn link_hash(account: &AccountId, from: &BucketName, to: Option<&BucketName>) -> String {
    let to = to.map(BucketName::as_str).unwrap_or_default();
    hex(&format!("{account}\n{from}\n{to}"))[..12].to_owned()
}

fn is_hash(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Lower-case SHA-256.
pub fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ours_are_known() {
        let marker = Marker("Bucketbridge");
        for ours in ["BucketbridgeEncryptc1959c3e5c53", "BucketbridgeUse95e9d65aaec8"] {
            assert!(marker.owns(ours), "{ours}");
        }
        for theirs in [
            "Bucketbridge",
            "BucketbridgeTrust",
            "BucketbridgeEncrypt",
            "BucketbridgeEncryptc1959c3e5c5X",
            "Encryptc1959c3e5c53",
            "BucketbridgeEncryptc1959c3e5c53more",
        ] {
            assert!(!marker.owns(theirs), "{theirs}");
        }
        assert!(
            marker.owns_rule("Bucketbridge-c1959c3e5c53")
                && marker.owns_rule("Bucketbridge-c1959c3e5c53-2beb4a")
        );
        assert!(!marker.owns_rule("Bucketbridge-by-hand") && !marker.owns_rule("bucketbridge-c1959c3e5c53"));
    }

    /// Changing any of these orphans every statement and rule made so far.
    #[test]
    fn names_of_ours_are_frozen() {
        let account: AccountId = "111111111111".parse().expect("an id");
        let from: BucketName = "orders-prod".parse().expect("a name");
        let to: BucketName = "orders-backup".parse().expect("a name");
        let hash = link_hash(&account, &from, Some(&to));
        let marker = Marker("Bucketbridge");
        assert_eq!(
            [
                hash.as_str(),
                &marker.sid(Purpose::Encrypt, &hash),
                &marker.rule_id(&hash, None),
                &marker.rule_id(&hash, Some("logs/")),
                &link_hash(&account, &from, None),
            ],
            [
                "c1959c3e5c53",
                "BucketbridgeEncryptc1959c3e5c53",
                "Bucketbridge-c1959c3e5c53",
                "Bucketbridge-c1959c3e5c53-2beb4a",
                "95e9d65aaec8",
            ]
        );
    }
}
