//! The documents that a world's accounts hold, read and written through the SDK as anybody would.

use aws_sdk_s3::types::{ReplicationConfiguration, ReplicationStatus};
use bucketbridge_sandbox::{Outcome, Verdict};
use serde_json::Value;

use crate::world::{World, until};

/// The role that [`crate::world::one_link`] leads to, and its inline policy.
pub const ROLE: &str = "bucketbridge-orders-prod";
pub const POLICY: &str = "Bucketbridge-orders-prod";

/// Where a policy document hangs.
#[derive(Debug, Clone)]
pub enum Document {
    Trust { account: &'static str, role: String },
    RolePolicy { account: &'static str, role: String, policy: String },
    Key { account: &'static str, region: &'static str, key: String },
    Bucket { account: &'static str, region: &'static str, bucket: String },
}

impl Document {
    /// The trust policy of the role of [`crate::world::one_link`].
    pub fn trust() -> Self {
        Self::Trust { account: "prod", role: ROLE.to_owned() }
    }

    /// Its inline policy.
    pub fn role_policy() -> Self {
        Self::RolePolicy { account: "prod", role: ROLE.to_owned(), policy: POLICY.to_owned() }
    }

    /// The policy of the key behind an alias.
    pub fn key(world: &World, account: &'static str, region: &'static str, alias: &str) -> Self {
        Self::Key { account, region, key: key_arn(world, account, region, alias).expect("the alias") }
    }

    /// The policy of a bucket.
    pub fn bucket(account: &'static str, region: &'static str, bucket: &str) -> Self {
        Self::Bucket { account, region, bucket: bucket.to_owned() }
    }

    /// All five of [`crate::world::one_link`].
    pub fn of_one_link(world: &World) -> Vec<Self> {
        vec![
            Self::trust(),
            Self::role_policy(),
            Self::key(world, "prod", "ap-south-1", "alias/orders-prod"),
            Self::key(world, "backup", "us-east-1", "alias/orders-backup"),
            Self::bucket("backup", "us-east-1", "orders-backup"),
        ]
    }

    /// As it is; `None` if there is none.
    pub fn read(&self, world: &World) -> Option<Value> {
        let text = match self {
            Self::Trust { account, role } => {
                let role = world.block(world.iam(account).get_role().role_name(role).send()).ok()?.role?;
                decoded(&role.assume_role_policy_document?)
            }
            Self::RolePolicy { account, role, policy } => {
                let call = world.iam(account).get_role_policy().role_name(role).policy_name(policy).send();
                decoded(world.block(call).ok()?.policy_document())
            }
            Self::Key { account, region, key } => {
                world.block(world.kms(account, region).get_key_policy().key_id(key).send()).ok()?.policy?
            }
            Self::Bucket { account, region, bucket } => {
                let call = world.s3(account, region).get_bucket_policy().bucket(bucket).send();
                world.block(call).ok()?.policy?
            }
        };
        Some(serde_json::from_str(&text).expect("JSON"))
    }

    /// Puts it.
    #[track_caller]
    pub fn write(&self, world: &World, document: &Value) {
        let text = document.to_string();
        match self {
            Self::Trust { account, role } => {
                let call =
                    world.iam(account).update_assume_role_policy().role_name(role).policy_document(text);
                world.block(call.send()).expect("a trust policy");
            }
            Self::RolePolicy { account, role, policy } => {
                let call = world.iam(account).put_role_policy().role_name(role).policy_name(policy);
                world.block(call.policy_document(text).send()).expect("a role policy");
            }
            Self::Key { account, region, key } => {
                let call = world.kms(account, region).put_key_policy().key_id(key).policy(text);
                world.block(call.send()).expect("a key policy");
            }
            Self::Bucket { account, region, bucket } => {
                let s3 = world.s3(account, region);
                world
                    .block(s3.put_bucket_policy().bucket(bucket).policy(text).send())
                    .expect("a bucket policy");
            }
        }
    }

    /// Reads it, changes it, puts it.
    #[track_caller]
    pub fn edit(&self, world: &World, change: impl FnOnce(&mut Value)) {
        let mut document = self.read(world).expect("the document");
        change(&mut document);
        self.write(world, &document);
    }
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The statements of a document.
#[track_caller]
pub fn statements(document: &Value) -> &Vec<Value> {
    document["Statement"].as_array().expect("a list of statements")
}

/// The statement of ours whose Sid holds that purpose.
#[track_caller]
pub fn ours<'a>(document: &'a mut Value, purpose: &str) -> &'a mut Value {
    let sid = format!("Bucketbridge{purpose}");
    let all = document["Statement"].as_array_mut().expect("a list of statements");
    all.iter_mut()
        .find(|s| s["Sid"].as_str().is_some_and(|text| text.starts_with(&sid)))
        .expect("a statement of ours")
}

/// The key behind an alias.
pub fn key_arn(world: &World, account: &str, region: &str, alias: &str) -> Option<String> {
    let answer = world.block(world.kms(account, region).describe_key().key_id(alias).send()).ok()?;
    answer.key_metadata?.arn
}

/// Keys of an account in a Region that somebody made.
pub fn customer_keys(world: &World, account: &str, region: &str) -> usize {
    use aws_sdk_kms::types::KeyManagerType;
    let kms = world.kms(account, region);
    world.block(async {
        let keys = kms.list_keys().send().await.expect("keys").keys.unwrap_or_default();
        let mut count = 0;
        for key in keys {
            let found = kms.describe_key().key_id(key.key_id().expect("an id")).send().await.expect("a key");
            let manager = found.key_metadata.and_then(|m| m.key_manager);
            count += usize::from(manager == Some(KeyManagerType::Customer));
        }
        count
    })
}

/// A key with an alias, made by hand.
pub fn make_key(world: &World, account: &str, region: &str, alias: &str) -> String {
    let kms = world.kms(account, region);
    world.block(async {
        let key = kms.create_key().send().await.expect("a key").key_metadata.expect("metadata");
        kms.create_alias().alias_name(alias).target_key_id(key.key_id()).send().await.expect("an alias");
        key.arn.expect("an ARN")
    })
}

/// A bucket, made by hand.
pub fn make_bucket(world: &World, account: &str, region: &str, bucket: &str) {
    let request = create_bucket(world, account, region, bucket);
    world.block(request.send()).expect("a bucket");
}

/// A request for a bucket in that Region.
pub fn create_bucket(
    world: &World,
    account: &str,
    region: &str,
    bucket: &str,
) -> aws_sdk_s3::operation::create_bucket::builders::CreateBucketFluentBuilder {
    use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
    let place =
        CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::from(region));
    let place = (region != "us-east-1").then(|| place.build());
    world.s3(account, region).create_bucket().bucket(bucket).set_create_bucket_configuration(place)
}

/// Turns versioning on.
pub fn enable_versioning(world: &World, account: &str, region: &str, bucket: &str) {
    use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let request =
        world.s3(account, region).put_bucket_versioning().bucket(bucket).versioning_configuration(on);
    world.block(request.send()).expect("versioning");
}

/// A bucket's replication configuration.
pub fn replication(
    world: &World,
    account: &str,
    region: &str,
    bucket: &str,
) -> Option<ReplicationConfiguration> {
    let call = world.s3(account, region).get_bucket_replication().bucket(bucket).send();
    world.block(call).ok()?.replication_configuration
}

/// Puts a bucket's replication configuration.
#[track_caller]
pub fn put_replication(
    world: &World,
    account: &str,
    region: &str,
    bucket: &str,
    configuration: ReplicationConfiguration,
) {
    let s3 = world.s3(account, region);
    let request = s3.put_bucket_replication().bucket(bucket).replication_configuration(configuration);
    world.block(request.send()).expect("a replication configuration");
}

/// Puts an object under the bucket's default encryption and waits until S3 is done with it.
#[track_caller]
pub fn replicate(world: &World, account: &str, region: &str, bucket: &str, key: &str) -> ReplicationStatus {
    let s3 = world.s3(account, region);
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"an object of somebody's");
    world.block(s3.put_object().bucket(bucket).key(key).body(body).send()).expect("an object");
    settled(world, bucket, key);
    let head = world.block(s3.head_object().bucket(bucket).key(key).send()).expect("the object");
    head.replication_status.unwrap_or_else(|| panic!("no rule took {key}"))
}

/// What became of a key's versions, once nothing is pending.
#[track_caller]
pub fn settled(world: &World, bucket: &str, key: &str) -> Vec<Verdict> {
    let done = |verdicts: &[Verdict]| verdicts.iter().all(|v| v.outcome != Outcome::Pending);
    until("nothing is pending", || done(&world.sandbox.why(bucket, key)));
    world.sandbox.why(bucket, key)
}

/// Every version and delete marker under a prefix: `key version`.
pub fn versions(world: &World, account: &str, region: &str, bucket: &str, prefix: &str) -> Vec<String> {
    let s3 = world.s3(account, region);
    let page = world.block(s3.list_object_versions().bucket(bucket).prefix(prefix).send()).expect("versions");
    let name = |key: Option<&str>, version: Option<&str>| {
        format!("{} {}", key.unwrap_or_default(), version.unwrap_or_default())
    };
    let versions = page.versions().iter().map(|v| name(v.key(), v.version_id()));
    versions.chain(page.delete_markers().iter().map(|m| name(m.key(), m.version_id()))).collect()
}
