//! Reads what the doctor judges: buckets, roles, keys and objects of the accounts that there are
//! credentials for.
//!
//! What could not be read stays in the snapshot as such, with the permission that would let us. Every
//! call is one that reads.
//!
//! Deliberately absent: what any of it means, which is [`crate::doctor`]'s, and refusing to go on.

mod accounts;
mod bucket;
mod key;
mod object;
mod owner;
mod part;
mod role;

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::aws::Account;
use crate::doctor::snapshot::{AttachedPolicy, Bucket, Key, Role, full_key_name};
use crate::doctor::{Question, Read, Snapshot, Want};

use accounts::Accounts;

/// Something that was read, under its name.
enum Found {
    Bucket(String, Box<Read<Bucket>>),
    Role(String, Read<Role>),
    Key(String, Read<Key>),
}

/// Reads what these questions need, in all of these accounts at once.
pub async fn examine(accounts: impl IntoIterator<Item = &Account>, questions: &[Question<'_>]) -> Snapshot {
    let accounts = Accounts::of(accounts);
    let mut snapshot = nothing_yet(&accounts);
    let mut wants = first(questions);
    while !wants.is_empty() {
        read_all(&accounts, &wants, &mut snapshot).await;
        objects(&accounts, questions, &mut snapshot).await;
        wants = further(questions, &snapshot);
    }
    snapshot
}

/// Reads these things and no others.
pub async fn things(accounts: impl IntoIterator<Item = &Account>, wants: &[Want]) -> Snapshot {
    let accounts = Accounts::of(accounts);
    let mut snapshot = nothing_yet(&accounts);
    read_all(&accounts, wants, &mut snapshot).await;
    snapshot
}

/// Reads a managed policy that is, or will be, a permissions boundary in an account.
pub async fn boundary(account: &Account, arn: &str) -> AttachedPolicy {
    role::managed(&account.iam(), arn.to_owned()).await
}

fn nothing_yet(accounts: &Accounts<'_>) -> Snapshot {
    Snapshot { taken: Some(Timestamp::now()), accounts: accounts.described(), ..Snapshot::default() }
}

async fn read_all(accounts: &Accounts<'_>, wants: &[Want], snapshot: &mut Snapshot) {
    for found in join_all(wants.iter().map(|want| read(accounts, want))).await {
        match found {
            Found::Bucket(name, bucket) => drop(snapshot.buckets.insert(name, *bucket)),
            Found::Role(arn, role) => drop(snapshot.roles.insert(arn, role)),
            Found::Key(name, key) => drop(snapshot.keys.insert(name, key)),
        }
    }
}

/// Both buckets of a question at once: who asks for a destination knows it before it is read of a rule.
fn first(questions: &[Question<'_>]) -> Vec<Want> {
    let buckets = questions.iter().flat_map(|question| {
        let [source, destination] = question.owners;
        [(question.source, source), (question.destination.unwrap_or_default(), destination)]
    });
    let want = |(name, account): (&str, Option<&str>)| Want::Bucket {
        name: name.to_owned(),
        account: account.map(str::to_owned),
    };
    unique(buckets.filter(|(name, _)| !name.is_empty()).map(want).collect())
}

/// What the questions want, and the key of a destination that no rule was read for: whoever has the
/// destination's side alone cannot know which key a rule names.
fn further(questions: &[Question<'_>], snapshot: &Snapshot) -> Vec<Want> {
    let mut wants: Vec<Want> = questions.iter().flat_map(|question| question.wants(snapshot)).collect();
    for destination in questions.iter().filter_map(|question| question.destination) {
        let Read::Known(bucket) = snapshot.bucket(destination) else { continue };
        let (Some(owner), Some(region)) = (bucket.owner.known(), bucket.region.known()) else { continue };
        let kms = bucket.encryption.known().filter(|found| found.algorithm.starts_with("aws:kms"));
        let name = |key| full_key_name(key, partition(region), region, owner);
        wants.extend(kms.map(|found| Want::Key(name(found.key.as_deref()))));
    }
    wants.retain(|want| match want {
        Want::Bucket { name, .. } => !name.is_empty() && !snapshot.buckets.contains_key(name),
        Want::Role(arn) => !snapshot.roles.contains_key(arn),
        Want::Key(name) => !snapshot.keys.contains_key(name),
    });
    unique(wants)
}

fn unique(mut wants: Vec<Want>) -> Vec<Want> {
    wants.sort();
    // A bucket may be wanted twice, once with the account that a rule says.
    wants.dedup_by(|a, b| match (a, b) {
        (Want::Bucket { name: a, .. }, Want::Bucket { name: b, .. }) => a == b,
        (a, b) => a == b,
    });
    wants
}

fn partition(region: &str) -> &'static str {
    let region = region.parse::<crate::arn::Region>();
    region.map_or("aws", |region| region.partition().as_str())
}

async fn read(accounts: &Accounts<'_>, want: &Want) -> Found {
    match want {
        Want::Bucket { name, account } => {
            Found::Bucket(name.clone(), Box::new(bucket::read(accounts, name, account.as_deref()).await))
        }
        Want::Role(arn) => Found::Role(arn.clone(), role::read(accounts, arn).await),
        Want::Key(name) => Found::Key(name.clone(), key::read(accounts, name).await),
    }
}

/// The object versions that were asked about, once it is known where their buckets are; and what stands
/// for them in the destinations.
async fn objects(accounts: &Accounts<'_>, questions: &[Question<'_>], snapshot: &mut Snapshot) {
    for (key, version) in questions.iter().filter_map(|question| question.object) {
        for (name, bucket) in &snapshot.buckets {
            let Read::Known(bucket) = bucket else { continue };
            if !snapshot.objects.iter().any(|object| object.bucket == *name && object.key == key) {
                snapshot.objects.push(object::read(accounts, name, bucket, key, version).await);
            }
        }
    }
}
