//! The documents that decide a replication, as they are at one moment.
//!
//! Only gathered here. Everything is copied out, so that no lock is held
//! while the decision is made.

use fakecloud_iam::IamRole;
use fakecloud_kms::KmsKey;
use fakecloud_s3::S3Bucket;

use super::document::Rule;
use crate::checks::encryption::Encryption;
use crate::checks::{object_owner, public_access};
use crate::world::World;

#[derive(Clone)]
pub struct Facts {
    pub source: Side,
    /// `None`: there is no such bucket.
    pub destination: Option<Side>,
    pub role_arn: String,
    /// The account and the role, if it exists.
    pub role: Option<(String, IamRole)>,
    pub rule: Rule,
    /// The key that the object is under, if it still exists.
    pub source_key: Option<KmsKey>,
    pub replica_key: Option<KmsKey>,
    /// The key that the destination's default encryption names.
    pub default_key: Option<KmsKey>,
}

#[derive(Clone, Debug)]
pub struct Side {
    pub bucket: String,
    pub account: String,
    pub region: String,
    pub policy: Option<String>,
    pub versioned: bool,
    pub object_lock: bool,
    /// Ownership is `BucketOwnerEnforced`: ACLs play no part.
    pub owner_enforced: bool,
    /// A public policy under `RestrictPublicBuckets`.
    pub restricted: bool,
    pub requester_pays: bool,
    /// The organization of the bucket's account.
    pub organization: Option<String>,
    pub default_encryption: Encryption,
}

impl Facts {
    /// `None` if the source bucket is gone, and with it everything to do.
    pub fn gather(
        world: &World,
        bucket: &str,
        role: &str,
        rule: &Rule,
        object_key: Option<&str>,
    ) -> Option<Self> {
        let destination = side(world, rule.bucket());
        Some(Facts {
            source: side(world, bucket)?,
            default_key: destination.as_ref().and_then(|side| default_key(world, side)),
            destination,
            role_arn: role.to_owned(),
            role: world.role(role),
            rule: rule.clone(),
            source_key: object_key.and_then(|arn| world.keys.by_arn(arn)),
            replica_key: rule.replica_key.as_deref().and_then(|arn| world.keys.by_arn(arn)),
        })
    }
}

pub fn is_requester_pays(bucket: &S3Bucket) -> bool {
    bucket.request_payment.as_deref().is_some_and(|text| text.contains(">Requester<"))
}

fn default_key(world: &World, side: &Side) -> Option<KmsKey> {
    let default = &side.default_encryption;
    let region = world.keys.region(&side.region);
    match default.key.as_deref().filter(|_| default.is_kms()) {
        Some(arn) if arn.starts_with("arn:") => world.keys.by_arn(arn),
        Some(id) => region.find(&side.account, id),
        None => default.is_kms().then(|| region.managed(&side.account, "s3")).flatten(),
    }
}

fn side(world: &World, name: &str) -> Option<Side> {
    world.bucket(name, |owner, bucket| Side {
        bucket: name.to_owned(),
        account: owner.to_owned(),
        region: bucket.region.clone(),
        policy: bucket.policy.clone(),
        versioned: bucket.versioning.as_deref() == Some("Enabled"),
        object_lock: bucket.object_lock_config.is_some(),
        owner_enforced: object_owner::is_owner_enforced(bucket),
        restricted: public_access::is_restricted(bucket),
        requester_pays: is_requester_pays(bucket),
        organization: world.organizations.get(owner).cloned(),
        default_encryption: Encryption::default_of(bucket.encryption_config.as_deref()),
    })
}
