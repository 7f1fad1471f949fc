//! A KMS key: its alias, its rotation and its state. Its policy is [`super::key_policy`].
//!
//! A key is made with a tag that names its alias, so that one whose maker was killed before the
//! alias was made is found again. Rotation of an existing key is changed only where the map says so.
//!
//! Deliberately absent: deleting, disabling and enabling keys.

use aws_sdk_kms::types::{KeyMetadata, KeyState, Tag};

use serde_json::{Value, json};

use crate::arn::{KeyArn, Region};
use crate::aws::{Account, AwsError, Lane, Operation, Patience, Write};
use crate::message::{Destination, Told};
use crate::topology::{Key, KeyId, KeyName, Topology};
use crate::trail::Pen;

use super::key_state::{is_replica, usable};
use super::unaliased::Unaliased;
use super::{Action, Change, Difference, Done, Kind, ResourceId, Seen, Step, Stop, TAG};

pub(super) type Kms = Lane<aws_sdk_kms::Client>;

/// How long a new replica may take to be usable.
const REPLICATED: std::time::Duration = std::time::Duration::from_secs(120);

/// Tries to make a key whose answers leave open whether one was made.
const CREATIONS: u32 = 3;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Desired {
    /// Which key.
    pub id: KeyId,
    spec: Key,
    tags: Vec<Tag>,
    /// Why it may not be made.
    not_made: Option<&'static str>,
}

impl Desired {
    /// The tags of a key that is made.
    pub fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter().map(|tag| (tag.tag_key(), tag.tag_value()))
    }
}

/// A key that exists and can be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    arn: KeyArn,
    /// Whether the alias of the map points to it; true for keys that the map names by id.
    aliased: bool,
    /// `None` for replicas of multi-Region keys, which follow their primary.
    rotation: Option<bool>,
    /// Carries our tag; known only where it mattered.
    ours: bool,
}

impl Live {
    /// The only way to the ARN of a key.
    ///
    /// ```compile_fail
    /// let forged = bucketbridge::resource::key::Live { arn: "arn:aws:kms:eu-west-1:111111111111:key/x".parse().unwrap() };
    /// ```
    pub fn arn(&self) -> &KeyArn {
        &self.arn
    }

    /// Whether the alias of the map points to it; true for keys that the map names by id.
    pub fn is_aliased(&self) -> bool {
        self.aliased
    }

    /// The key of another team's bucket, by its own word.
    pub fn told(destination: Told<'_, Destination>) -> Self {
        Self { arn: destination.key.clone(), aliased: true, rotation: None, ours: false }
    }

    /// What was looked at, for a plan that is saved.
    pub fn facts(&self) -> Value {
        json!({"ARN": self.arn, "alias points to it": self.aliased, "rotation": self.rotation})
    }
}

/// The name that people know the key by.
pub fn resource_id(id: &KeyId) -> ResourceId {
    ResourceId { account: id.account.clone(), kind: Kind::Key, name: id.to_string() }
}

/// The key's ARN, or where that will come from. One that could not be read has no name, so that nothing
/// is said of it that would be a guess.
pub fn name(id: &KeyId, seen: &Seen<Live>) -> Option<String> {
    match seen {
        Ok(Some(live)) => Some(live.arn.to_string()),
        Ok(None) => Some(format!("the key that {} will get in account {}", id.name, id.account)),
        Err(_) => None,
    }
}

/// What is wanted of a key.
pub fn desired(topology: &Topology, id: &KeyId) -> Desired {
    let mut tags = vec![tag(TAG, &id.name.to_string())];
    tags.extend(topology.tags.iter().map(|(k, v)| tag(k, v)));
    let spec = topology.keys[id].clone();
    let primary = spec.replica_of.as_ref().and_then(|primary| topology.keys.get(primary));
    let not_made = match (spec.manage, spec.create, primary) {
        (false, ..) => Some("its entry says `manage = false`"),
        (true, false, _) => Some("its entry says `create = false`"),
        (true, true, Some(primary)) if !primary.manage => {
            Some("the entry of its primary key says `manage = false`")
        }
        (true, true, _) => None,
    };
    Desired { id: id.clone(), spec, tags: tags.into_iter().flatten().collect(), not_made }
}

fn tag(key: &str, value: &str) -> Option<Tag> {
    // `build` fails on a missing field only.
    Tag::builder().tag_key(key).tag_value(value).build().ok()
}

/// Reads the key.
pub async fn observe(account: &Account, desired: &Desired, unaliased: &Unaliased) -> Seen<Live> {
    let kms = account.kms(&desired.id.region);
    let id = &desired.id;
    let Some(metadata) = describe(&kms, id, &name_for_kms(&id.name)).await? else {
        return match &id.name {
            KeyName::Alias(_) => abandoned(&kms, id, unaliased).await,
            KeyName::Told { .. } => Ok(None),
            KeyName::Existing(arn) => Err(Stop::new(
                format!("there is no key {arn}"),
                "correct `key` in the bucket's entry, or name an alias to have a key made",
            )),
        };
    };
    let arn = usable(id, &metadata)?;
    let rotation = if is_replica(&metadata) { None } else { Some(rotation(&kms, id, &arn).await?) };
    let undecided = desired.spec.rotation.is_none() && rotation == Some(false);
    let ours = undecided && tagged_by_us(&kms, id, &arn).await?;
    Ok(Some(Live { arn, aliased: true, rotation, ours }))
}

/// The key that was made for this alias by a run that ended before the alias was made.
async fn abandoned(kms: &Kms, id: &KeyId, unaliased: &Unaliased) -> Seen<Live> {
    let KeyName::Alias(alias) = &id.name else { return Ok(None) };
    let Some(key) = unaliased.tagged(kms, alias.as_str()).await? else { return Ok(None) };
    let Some(metadata) = describe(kms, id, &key).await? else { return Ok(None) };
    let arn = usable(id, &metadata)?;
    let rotation = if is_replica(&metadata) { None } else { Some(rotation(kms, id, &arn).await?) };
    Ok(Some(Live { arn, aliased: false, rotation, ours: true }))
}

pub(super) fn name_for_kms(name: &KeyName) -> String {
    match name {
        KeyName::Alias(alias) => alias.to_string(),
        KeyName::Existing(arn) => arn.to_string(),
        // No such thing: KMS is not asked about what another team tells.
        KeyName::Told { .. } => name.to_string(),
    }
}

pub(super) async fn describe(kms: &Kms, id: &KeyId, key: &str) -> Result<Option<KeyMetadata>, AwsError> {
    let request = kms.client.describe_key().key_id(key);
    let answer = kms.find(Operation::DescribeKey, &format!("key {id}"), || request.clone().send()).await?;
    Ok(answer.and_then(|a| a.key_metadata))
}

async fn rotation(kms: &Kms, id: &KeyId, arn: &KeyArn) -> Result<bool, AwsError> {
    let request = kms.client.get_key_rotation_status().key_id(arn.to_string());
    let answer = kms
        .call(Operation::GetKeyRotationStatus, &format!("key {id}"), Patience::repeatable(), || {
            request.clone().send()
        })
        .await?;
    Ok(answer.key_rotation_enabled)
}

async fn tagged_by_us(kms: &Kms, id: &KeyId, arn: &KeyArn) -> Result<bool, AwsError> {
    Ok(tags_of(kms, &format!("key {id}"), &arn.to_string()).await?.iter().any(|t| t.tag_key() == TAG))
}

pub(super) async fn tags_of(kms: &Kms, resource: &str, key: &str) -> Result<Vec<Tag>, AwsError> {
    let request = kms.client.list_resource_tags().key_id(key);
    let answer = kms
        .call(Operation::ListResourceTags, &resource, Patience::repeatable(), || request.clone().send())
        .await?;
    Ok(answer.tags.unwrap_or_default())
}

/// How the key differs from what is wanted.
pub fn diff(desired: Desired, live: Seen<Live>) -> Step<Desired, Live> {
    let mut details = Vec::new();
    let mut notes = Vec::new();
    let action = match &live {
        Err(stop) => {
            details.extend(stop.details.iter().cloned());
            Action::Update
        }
        Ok(None) => {
            details.push(Difference::added("alias", desired.id.name.to_string()));
            match &desired.spec.replica_of {
                Some(primary) => details.push(Difference::added("replica of", primary.to_string())),
                None => {
                    details.push(Difference::added("rotation", desired.spec.rotation.unwrap_or(true)));
                    details.push(Difference::added("multi-Region", desired.spec.multi_region));
                }
            }
            Action::Create
        }
        Ok(Some(live)) => {
            if !live.aliased {
                details.push(Difference::added("alias", desired.id.name.to_string()));
                notes.push(format!(
                    "{} was made by an earlier run that ended before its alias was made",
                    live.arn
                ));
            }
            match (wanted_rotation(&desired, live), live.rotation) {
                (Some(wanted), Some(found)) if wanted != found => {
                    details.push(Difference::changed("rotation", found, wanted));
                }
                (None, Some(false)) => {
                    notes.push("rotation is off and left so; `rotation` in `[keys]` decides".to_owned())
                }
                _ => {}
            }
            if details.is_empty() { Action::Keep } else { Action::Update }
        }
    };
    let live = match (live, desired.not_made) {
        (Ok(None), Some(why)) => Err(Stop::new(
            format!("key {} does not exist, and {why}", desired.id),
            format!(
                "have it made with its alias in account {}, or correct its name in the profile map",
                desired.id.account
            ),
        )),
        (live, _) => live,
    };
    let change = Change { id: resource_id(&desired.id), action, details, notes, awaits: None };
    Step { change, desired, live }
}

/// Rotation of an existing key is somebody's decision unless the map makes it or the key is ours.
fn wanted_rotation(desired: &Desired, live: &Live) -> Option<bool> {
    desired.spec.rotation.or(live.ours.then_some(true))
}

/// Makes the key, its alias and its rotation, or what of these is lacking.
pub async fn apply(
    account: &Account,
    pen: &Pen,
    desired: &Desired,
    live: Option<Live>,
    primary: Option<&Live>,
) -> Result<Done<Live>, Stop> {
    let kms = account.kms(&desired.id.region);
    let mut key = match live {
        Some(live) => live,
        None => match (&desired.spec.replica_of, primary) {
            (Some(id), Some(primary)) => replicate(account, pen, desired, &id.region, primary).await?,
            _ => create(&kms, pen, desired).await?,
        },
    };
    let wanted =
        wanted_rotation(desired, &key).filter(|wanted| key.rotation.is_some_and(|found| found != *wanted));
    let (alias, rotation) = futures_util::join!(
        async { if key.aliased { Ok(None) } else { give_alias(&kms, pen, desired, &key.arn).await } },
        async {
            match wanted {
                Some(wanted) => set_rotation(&kms, pen, &desired.id, &key.arn, wanted).await,
                None => Ok(()),
            }
        },
    );
    rotation?;
    let mut notes = Vec::new();
    if let Some(winner) = alias? {
        notes.push(format!(
            "another run made {winner} for {} at the same time, which is used; {} is left over, is under no alias and \
             holds no data: `aws kms schedule-key-deletion --key-id {} --region {}` in account {}",
            desired.id.name, key.arn, key.arn, key.arn.region, desired.id.account
        ));
        key.arn = winner;
    }
    key.aliased = true;
    key.rotation = wanted.or(key.rotation);
    Ok(Done { live: key, notes })
}

/// The description of a key that is made.
pub fn description(id: &KeyId) -> String {
    format!("Objects of S3 buckets under {}, made by bucketbridge", id.name)
}

async fn create(kms: &Kms, pen: &Pen, desired: &Desired) -> Result<Live, Stop> {
    let id = &desired.id;
    let resource = format!("key {id}");
    let request = kms
        .client
        .create_key()
        .description(description(id))
        .multi_region(desired.spec.multi_region)
        .set_tags(Some(desired.tags.clone()));
    let mut tries = 0;
    loop {
        tries += 1;
        // Not repeated blindly: each CreateKey that gets through makes another key.
        let made = kms
            .write(pen, Write::new(Operation::CreateKey, &resource), Patience::once(), || {
                request.clone().send()
            })
            .await;
        let error = match made {
            Ok(answer) => {
                let metadata = answer.key_metadata.ok_or_else(|| {
                    kms.refuse(Operation::CreateKey, &resource, "KMS answered without the key")
                })?;
                let arn = usable(id, &metadata)?;
                return Ok(Live { arn, aliased: false, rotation: Some(false), ours: true });
            }
            Err(error) => error,
        };
        if !error.is_uncertain() || tries == CREATIONS {
            return Err(error.into());
        }
        let why = format!("{}; looking for the key that this may have made", error.brief());
        kms.pause(Operation::CreateKey, &resource, &why, Patience::wait(tries)).await?;
        if let Some(found) = abandoned(kms, id, &Unaliased::default()).await? {
            return Ok(found);
        }
    }
}

/// A related key in another Region of the same account: one id, two ARNs, two policies.
async fn replicate(
    account: &Account,
    pen: &Pen,
    desired: &Desired,
    primary_region: &Region,
    primary: &Live,
) -> Result<Live, Stop> {
    let id = &desired.id;
    let there = account.kms(primary_region);
    let request = there
        .client
        .replicate_key()
        .key_id(primary.arn.to_string())
        .replica_region(id.region.to_string())
        .set_tags(Some(desired.tags.clone()));
    let resource = format!("key {id}");
    match there
        .write(pen, Write::new(Operation::ReplicateKey, &resource), Patience::repeatable(), || {
            request.clone().send()
        })
        .await
    {
        Ok(_) => {}
        // An earlier run, or an earlier try of this call, made the replica.
        Err(error) if error.is("AlreadyExistsException") => {}
        Err(error) => return Err(error.into()),
    }
    let arn = KeyArn { region: id.region.clone(), ..primary.arn.clone() };
    let here = account.kms(&id.region);
    wait_until_enabled(&here, id, &arn).await?;
    Ok(Live { arn, aliased: false, rotation: None, ours: true })
}

/// A replica is `Creating` for a while.
async fn wait_until_enabled(kms: &Kms, id: &KeyId, arn: &KeyArn) -> Result<(), Stop> {
    let begun = tokio::time::Instant::now();
    for tries in 1.. {
        let found = describe(kms, id, &arn.to_string()).await?;
        if found.as_ref().and_then(|m| m.key_state()) == Some(&KeyState::Enabled) {
            break;
        }
        let wait = Patience::wait(tries);
        if begun.elapsed() + wait > REPLICATED {
            return Err(Stop::new(
                format!("key {id} ({arn}) was made as a replica but is still not enabled"),
                "run the command again in a few minutes",
            ));
        }
        kms.say_waiting(Operation::ReplicateKey, &format!("key {id}"), "the replica is being created", wait);
        tokio::time::sleep(wait).await;
    }
    Ok(())
}

/// Gives the key its alias; or gives the key of ours that another run has given it to meanwhile.
async fn give_alias(kms: &Kms, pen: &Pen, desired: &Desired, arn: &KeyArn) -> Result<Option<KeyArn>, Stop> {
    let id = &desired.id;
    let KeyName::Alias(alias) = &id.name else { return Ok(None) };
    let resource = format!("key {id}");
    let request = kms.client.create_alias().alias_name(alias.as_str()).target_key_id(&arn.id);
    let write = Write::new(Operation::CreateAlias, &resource);
    match kms.write(pen, write, Patience::until_visible(), || request.clone().send()).await {
        Ok(_) => return Ok(None),
        Err(error) if error.is("AlreadyExistsException") => {}
        Err(error) => return Err(error.into()),
    }
    let winner = match describe(kms, id, alias.as_str()).await? {
        Some(metadata) => usable(id, &metadata)?,
        None => {
            return Err(Stop::because(format!("{alias} exists and does not exist: run the command again")));
        }
    };
    if winner == *arn {
        // A try whose answer was lost.
        return Ok(None);
    }
    if tagged_by_us(kms, id, &winner).await? {
        return Ok(Some(winner));
    }
    Err(Stop::new(
        format!("{alias} was given to {winner}, a key of somebody else's, while this run made {arn}"),
        "run the command again, it will adopt that one; the spare key holds no data",
    ))
}

async fn set_rotation(kms: &Kms, pen: &Pen, id: &KeyId, arn: &KeyArn, on: bool) -> Result<(), Stop> {
    let resource = format!("key {id}");
    if on {
        let request = kms.client.enable_key_rotation().key_id(arn.to_string());
        kms.write(
            pen,
            Write::new(Operation::EnableKeyRotation, &resource),
            Patience::until_visible(),
            || request.clone().send(),
        )
        .await?;
    } else {
        let request = kms.client.disable_key_rotation().key_id(arn.to_string());
        kms.write(
            pen,
            Write::new(Operation::DisableKeyRotation, &resource),
            Patience::until_visible(),
            || request.clone().send(),
        )
        .await?;
    }
    Ok(())
}
