//! A bucket: versioning, public access block, ownership, default encryption.
//!
//! A bucket that is made gets all four, and its tag in the same call, so that one whose maker was
//! killed half way is known to be ours and is finished. Of a bucket that others made only versioning
//! is turned on; the rest is reported, or changed if its entry says `settings = "enforce"`.
//!
//! Deliberately absent: deleting buckets and objects, suspending versioning, lifecycle rules.

use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, ObjectLockConfiguration,
    ObjectOwnership, Tag, VersioningConfiguration,
};

use serde_json::{Value, json};

use crate::arn::{BucketArn, BucketName};
use crate::aws::{Account, AwsError, Lane, Operation, Patience, Write};
use crate::message::{Destination, Ownership, Told};
use crate::topology::{Bucket, Topology};
use crate::trail::Pen;

use super::bucket_settings::{self, Settings};
use super::{Action, Change, Difference, Done, Kind, ResourceId, Seen, Step, Stop, TAG, key};

pub(super) type S3 = Lane<aws_sdk_s3::Client>;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Desired {
    /// Its ARN.
    pub arn: BucketArn,
    /// As the map says.
    pub spec: Bucket,
    tags: Vec<Tag>,
}

impl Desired {
    /// The tags of a bucket that is made.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter().map(|tag| (tag.key(), tag.value()))
    }
}

/// A bucket that exists, in the account that it should be in, with versioning as it was read or set.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    name: BucketName,
    versioning: Option<BucketVersioningStatus>,
    settings: Settings,
    /// Objects put without a retention of their own are kept for a time.
    locks_by_default: bool,
    object_lock: bool,
    /// Carries our tag; `None`: that was not asked, since it did not matter.
    ours: Option<bool>,
}

impl Live {
    /// Its name.
    pub fn name(&self) -> &BucketName {
        &self.name
    }

    /// Whether the bucket has Object Lock.
    pub fn has_object_lock(&self) -> bool {
        self.object_lock
    }

    /// Whether default encryption uses a bucket key.
    pub fn uses_bucket_key(&self) -> bool {
        self.settings.encryption.as_ref().is_some_and(|encryption| encryption.bucket_key)
    }

    /// Who owns what others write. Without the setting it is who writes
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>).
    pub fn object_ownership(&self) -> Ownership {
        let found = self.settings.ownership.as_ref().and_then(|ownership| ownership.as_str().parse().ok());
        found.unwrap_or(Ownership::ObjectWriter)
    }

    /// Whether a new object would be kept from deletion.
    pub fn locks_by_default(&self) -> bool {
        self.locks_by_default
    }

    /// The key of the default encryption of a bucket that is known to be ours, as S3 names it.
    pub fn default_key(&self) -> Option<String> {
        self.settings.encryption.as_ref().filter(|_| self.is_ours())?.key.clone()
    }

    fn is_ours(&self) -> bool {
        self.ours == Some(true)
    }

    /// Another team's bucket, by its own word. What was not told counts as not being so.
    pub fn told(destination: Told<'_, Destination>) -> Self {
        Self {
            name: destination.bucket.name.clone(),
            versioning: Some(BucketVersioningStatus::Enabled),
            settings: Settings {
                ownership: Some(ObjectOwnership::from(destination.object_ownership.as_str())),
                ..Settings::default()
            },
            locks_by_default: false,
            object_lock: destination.object_lock,
            ours: None,
        }
    }

    /// What was looked at, for a plan that is saved.
    pub fn facts(&self) -> Value {
        let mut facts = bucket_settings::facts(&self.settings);
        facts.insert("versioning".to_owned(), json!(self.versioning.as_ref().map(|v| v.as_str())));
        facts.insert("Object Lock".to_owned(), json!(self.object_lock));
        Value::Object(facts)
    }

    /// Whether objects keep their owner (`BucketOwnerEnforced` is off).
    pub fn is_owner_enforced(&self) -> bool {
        self.settings.ownership == Some(ObjectOwnership::BucketOwnerEnforced)
    }
}

/// The name that people know the bucket by.
pub fn resource_id(desired: &Desired) -> ResourceId {
    ResourceId {
        account: desired.spec.account.clone(),
        kind: Kind::Bucket,
        name: desired.arn.name.to_string(),
    }
}

/// What is wanted of a bucket.
pub fn desired(topology: &Topology, name: &BucketName) -> Desired {
    let spec = topology.buckets[name].clone();
    let pairs = [(TAG, "made")]
        .into_iter()
        .chain(topology.tags.iter().chain(&spec.tags).map(|(k, v)| (k.as_str(), v.as_str())));
    // A bucket's own tag wins over the map's of the same key.
    let pairs: std::collections::BTreeMap<&str, &str> = pairs.collect();
    // `build` fails on a missing field only.
    let tags = pairs.into_iter().filter_map(|(k, v)| Tag::builder().key(k).value(v).build().ok()).collect();
    Desired { arn: topology.bucket_arn(name), spec, tags }
}

/// Reads the bucket and its settings.
pub async fn observe(account: &Account, desired: &Desired) -> Seen<Live> {
    let s3 = account.s3(&desired.spec.region);
    let name = desired.arn.name.as_str();
    let resource = format!("bucket {name}");
    // Also tells whether the bucket exists, whose it is and where.
    let request = s3.client.get_bucket_versioning().bucket(name).expected_bucket_owner(s3.account_id());
    let Some(versioning) =
        s3.find(Operation::GetBucketVersioning, &resource, || request.clone().send()).await?
    else {
        return Ok(None);
    };
    let (settings, lock) = futures_util::try_join!(bucket_settings::read(&s3, name), object_lock(&s3, name))?;
    let mut live = Live {
        name: desired.arn.name.clone(),
        versioning: versioning.status,
        settings,
        object_lock: lock.is_some(),
        locks_by_default: lock.and_then(|l| l.rule).is_some(),
        ours: None,
    };
    // What the key's ARN is does not matter for this question: a bucket that we made and finished
    // is under KMS, blocked and owner-enforced.
    let unfinished = !live.settings.public_access_blocked
        || live.versioning.is_none()
        || live.settings.encryption.as_ref().is_none_or(|e| !e.algorithm.starts_with("aws:kms"));
    if unfinished {
        live.ours = Some(tagged_by_us(&s3, name).await?);
    }
    Ok(Some(live))
}

/// Asks whether we made the bucket where only its default key differs. `key` is the key that it should
/// be, or says where that will come from: the bucket alone does not tell.
///
/// # Errors
/// What a call failed with.
pub async fn recognize(
    account: &Account,
    desired: &Desired,
    live: &mut Live,
    key: &str,
) -> Result<(), AwsError> {
    let decided = live.ours.is_some() || desired.spec.enforce_settings;
    if decided || bucket_settings::differences(desired, &live.settings, Some(key)).is_empty() {
        return Ok(());
    }
    let s3 = account.s3(&desired.spec.region);
    live.ours = Some(tagged_by_us(&s3, live.name.as_str()).await?);
    Ok(())
}

async fn object_lock(s3: &S3, name: &str) -> Result<Option<ObjectLockConfiguration>, AwsError> {
    let request =
        s3.client.get_object_lock_configuration().bucket(name).expected_bucket_owner(s3.account_id());
    let answer = s3
        .find(Operation::GetObjectLockConfiguration, &format!("bucket {name}"), || request.clone().send())
        .await?;
    Ok(answer.and_then(|a| a.object_lock_configuration))
}

async fn tagged_by_us(s3: &S3, name: &str) -> Result<bool, AwsError> {
    let request = s3.client.get_bucket_tagging().bucket(name).expected_bucket_owner(s3.account_id());
    let answer =
        s3.find(Operation::GetBucketTagging, &format!("bucket {name}"), || request.clone().send()).await?;
    Ok(answer.is_some_and(|a| a.tag_set.iter().any(|tag| tag.key == TAG)))
}

/// How the bucket differs from what is wanted. `key` is its key, or says where that will come from;
/// `None` if it could not be read, and then it is not compared.
pub fn diff(desired: Desired, live: Seen<Live>, key: Option<&str>) -> Step<Desired, Live> {
    let mut details = Vec::new();
    let mut notes = Vec::new();
    let action = match &live {
        Err(_) => Action::Update,
        Ok(None) => {
            details.push(Difference::added("Region", desired.spec.region.as_str()));
            details.push(Difference::added("versioning", "Enabled"));
            details.extend(bucket_settings::differences(&desired, &Settings::default(), key));
            Action::Create
        }
        Ok(Some(live)) => {
            if live.versioning != Some(BucketVersioningStatus::Enabled) {
                let before = live.versioning.as_ref().map_or("never enabled", |v| v.as_str());
                details.push(Difference::changed("versioning", before, "Enabled"));
                notes.push("versioning cannot be turned off again, only suspended".to_owned());
            }
            let settings = bucket_settings::differences(&desired, &live.settings, key);
            if desired.spec.enforce_settings || live.is_ours() {
                details.extend(settings);
            } else {
                notes.extend(settings.into_iter().map(left_as_it_is));
            }
            if details.is_empty() { Action::Keep } else { Action::Update }
        }
    };
    let live = match live {
        Ok(None) if !desired.spec.create => {
            let key = if desired.spec.manage { "create" } else { "manage" };
            Err(Stop::new(
                format!("bucket {} does not exist, and its entry says `{key} = false`", desired.arn.name),
                format!("make the bucket, correct its name, or leave `{key}` out to have it made"),
            ))
        }
        other => other,
    };
    let change = Change { id: resource_id(&desired), action, details, notes, awaits: None };
    Step { change, desired, live }
}

/// What is foreseen of a bucket's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// `BucketOwnerEnforced`, …; `None`: ACLs are on, as before 2023.
    pub ownership: Option<String>,
    /// All four settings of Block Public Access are on.
    pub public_access_blocked: bool,
    /// Whether it has Object Lock.
    pub object_lock: bool,
}

/// The settings that the bucket will have.
///
/// # Errors
/// Why the step cannot be done, so that nothing is foreseen.
pub fn planned(step: &Step<Desired, Live>) -> Result<Planned, Stop> {
    let enforced = Planned {
        ownership: Some(ObjectOwnership::BucketOwnerEnforced.as_str().to_owned()),
        public_access_blocked: true,
        object_lock: false,
    };
    Ok(match step.live.as_ref().map_err(Clone::clone)? {
        None => enforced,
        Some(live) if step.desired.spec.enforce_settings || live.is_ours() => {
            Planned { object_lock: live.object_lock, ..enforced }
        }
        Some(live) => Planned {
            ownership: live.settings.ownership.as_ref().map(|o| o.as_str().to_owned()),
            public_access_blocked: live.settings.public_access_blocked,
            object_lock: live.object_lock,
        },
    })
}

fn left_as_it_is(difference: Difference) -> String {
    let text = |value: Option<serde_json::Value>| match value {
        None => "not set".to_owned(),
        Some(serde_json::Value::String(text)) => text,
        Some(other) => other.to_string(),
    };
    format!(
        "{} is {}, not {}; left as it is, since others write to the bucket (`settings = \"enforce\"` changes it)",
        difference.field,
        text(difference.before),
        text(difference.after)
    )
}

/// Makes the bucket, or turns on what it lacks. Its configuration is written one call after the
/// other: S3 aborts concurrent ones.
pub async fn apply(
    account: &Account,
    pen: &Pen,
    desired: &Desired,
    live: Option<Live>,
    key: &key::Live,
) -> Result<Done<Live>, Stop> {
    let s3 = account.s3(&desired.spec.region);
    let name = desired.arn.name.as_str();
    let mut bucket = match live {
        Some(live) => live,
        None => create(&s3, pen, desired).await?,
    };
    if bucket.versioning != Some(BucketVersioningStatus::Enabled) {
        let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let request = s3
            .client
            .put_bucket_versioning()
            .bucket(name)
            .expected_bucket_owner(s3.account_id())
            .versioning_configuration(on);
        bucket_settings::write(&s3, pen, Operation::PutBucketVersioning, name, || request.clone().send())
            .await?;
        bucket.versioning = Some(BucketVersioningStatus::Enabled);
    }
    if desired.spec.enforce_settings || bucket.is_ours() {
        bucket_settings::enforce(&s3, pen, desired, &mut bucket.settings, key).await?;
    }
    Ok(Done::quietly(bucket))
}

async fn create(s3: &S3, pen: &Pen, desired: &Desired) -> Result<Live, Stop> {
    let name = desired.arn.name.as_str();
    let resource = format!("bucket {name}");
    let region = desired.spec.region.as_str();
    let mut configuration = CreateBucketConfiguration::builder().set_tags(Some(desired.tags.clone()));
    // us-east-1 is the absence of a constraint.
    if region != "us-east-1" {
        configuration = configuration.location_constraint(BucketLocationConstraint::from(region));
    }
    let request = s3
        .client
        .create_bucket()
        .bucket(name)
        .object_ownership(ObjectOwnership::BucketOwnerEnforced)
        .create_bucket_configuration(configuration.build());
    let write = Write::new(Operation::CreateBucket, &resource);
    match s3.write(pen, write, Patience::repeatable(), || request.clone().send()).await {
        Ok(_) => {}
        // A try whose answer was lost, or another run of ours; a stranger's bucket has no tag.
        Err(error) if error.is("BucketAlreadyOwnedByYou") => {
            if !tagged_by_us(s3, name).await? {
                return Err(Stop::new(
                    format!("bucket {name} appeared in this account while the run went on"),
                    "run the command again: it will adopt the bucket",
                ));
            }
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Live {
        name: desired.arn.name.clone(),
        versioning: None,
        settings: Settings { ownership: Some(ObjectOwnership::BucketOwnerEnforced), ..Settings::default() },
        object_lock: false,
        locks_by_default: false,
        ours: Some(true),
    })
}
