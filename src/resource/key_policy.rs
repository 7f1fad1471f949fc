//! A key's policy: our statements that let replication roles use it.
//!
//! KMS refuses a policy that names a role it cannot find, so the step takes living roles, not names.
//! Whatever else the policy says is kept, above all the account's own administration.
//!
//! Deliberately absent: repairing what others wrote.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::arn::{BucketName, KeyArn, RoleArn};
use crate::aws::{Account, Patience};
use crate::iam::{Document, Marker, Purpose, hex, same_statement, sid};
use crate::topology::{KeyId, Topology};
use crate::trail::{Pen, Place};

use super::grant::{Pair, Source};
use super::insertion::{Insertion, insert};
use super::merge::{self, differences, kept, with_ours};
use super::place::{self, Text};
use super::withdrawal::Withdrawal;
use super::{Action, Change, Done, Kind, ResourceId, Seen, Step, Stop, key, key_deletion, role};

/// A key policy has at most 32 KB
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html>).
const BUDGET: usize = 32_768;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Desired {
    /// The key that the policy is on.
    pub key: KeyId,
    /// What replication roles need of it.
    pub uses: Vec<Use>,
    /// What `[keys]` adds.
    further: Vec<Value>,
    marker: String,
}

/// What one replication role needs of the key.
#[derive(Debug, Clone)]
pub enum Use {
    /// Objects of a source bucket are under it.
    Decrypt(Source),
    /// Replicas are put under it.
    Encrypt(Pair),
}

impl Use {
    /// The source bucket whose role needs it.
    pub fn source(&self) -> &BucketName {
        match self {
            Self::Decrypt(source) => &source.bucket.name,
            Self::Encrypt(pair) => &pair.from.name,
        }
    }

    fn statement(&self, marker: Marker<'_>, role: &RoleArn) -> Value {
        match self {
            Self::Decrypt(source) => source.decrypt_on_key(marker, &role.to_string()),
            Self::Encrypt(pair) => pair.encrypt_on_key(marker, &role.to_string()),
        }
    }
}

/// What must exist first. Uses whose role could not be had are left out.
#[derive(Debug, Clone)]
pub struct Needs {
    /// The key.
    pub key: key::Live,
    /// Each use with its role.
    pub users: Vec<(Use, role::Live)>,
}

/// A policy that was read or written.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    key: KeyArn,
    document: Document,
}

impl Live {
    /// The key that the policy is on.
    pub fn key(&self) -> &KeyArn {
        &self.key
    }

    /// The policy.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What was looked at, for a plan that is saved.
    pub fn facts(&self) -> Value {
        json!({"policy": self.document.value()})
    }
}

/// What is wanted of a key's policy.
pub fn desired(topology: &Topology, id: &KeyId) -> Desired {
    let mut uses: Vec<Use> = topology
        .sources()
        .into_iter()
        .filter(|name| topology.buckets[*name].keys().any(|key| key == id))
        .map(|name| Use::Decrypt(Source::of(topology, name)))
        .collect();
    uses.extend(
        Pair::all(topology).into_iter().filter(|p| topology.buckets[&p.to.name].key == *id).map(Use::Encrypt),
    );
    Desired { key: id.clone(), uses, further: further(topology, id), marker: topology.marker.clone() }
}

/// The Sids of our statements that replication needs, and of those that `[keys]` adds. What a file of
/// `[keys]` adds has no Sid of ours.
pub fn sids(desired: &Desired) -> (BTreeSet<String>, BTreeSet<String>) {
    let marker = Marker(&desired.marker);
    let uses = desired.uses.iter().map(|usage| match usage {
        Use::Decrypt(source) => source.decrypt_on_key(marker, ""),
        Use::Encrypt(pair) => pair.encrypt_on_key(marker, ""),
    });
    let mut further = merge::sids(&desired.further);
    further.retain(|sid| marker.owns(sid));
    (merge::sids(&uses.collect::<Vec<_>>()), further)
}

/// The Sids of our statements that let replicas of a source bucket be put under the key.
pub fn sids_for(desired: &Desired, from: &BucketName, to: &BucketName) -> BTreeSet<String> {
    let uses = desired.uses.iter().filter_map(|usage| match usage {
        Use::Encrypt(pair) if pair.from.name == *from && pair.to.name == *to => {
            Some(pair.encrypt_on_key(Marker(&desired.marker), ""))
        }
        _ => None,
    });
    merge::sids(&uses.collect::<Vec<_>>())
}

/// How many statements of the policy are there because a file of `[keys]` adds them.
pub fn from_file(desired: &Desired, found: &Document) -> usize {
    let marker = Marker(&desired.marker);
    let has_our_sid = |statement: &Value| sid(statement).is_some_and(|sid| marker.owns(sid));
    let files = desired.further.iter().filter(|statement| !has_our_sid(statement));
    files.filter(|wanted| found.statements().iter().any(|s| same_statement(s, wanted))).count()
}

/// The name that people know the policy by: its key's.
pub fn resource_id(id: &KeyId) -> ResourceId {
    ResourceId { account: id.account.clone(), kind: Kind::KeyPolicy, name: id.to_string() }
}

/// Administrators, users and statements that the map adds to the policy.
fn further(topology: &Topology, id: &KeyId) -> Vec<Value> {
    let spec = &topology.keys[id];
    let marker = Marker(&topology.marker);
    let hash = &hex(&id.to_string())[..12];
    let grant = |purpose, principals: &[String], actions: &[&str]| {
        (!principals.is_empty()).then(|| {
            json!({
                "Sid": marker.sid(purpose, hash),
                "Effect": "Allow",
                "Principal": {"AWS": principals},
                "Action": actions,
                "Resource": "*",
            })
        })
    };
    // The actions of the console's key administrators and key users
    // (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>).
    let administer = [
        "kms:Create*",
        "kms:Describe*",
        "kms:Enable*",
        "kms:List*",
        "kms:Put*",
        "kms:Update*",
        "kms:Revoke*",
        "kms:Disable*",
        "kms:Get*",
        "kms:Delete*",
        "kms:TagResource",
        "kms:UntagResource",
        "kms:ScheduleKeyDeletion",
        "kms:CancelKeyDeletion",
        "kms:RotateKeyOnDemand",
    ];
    let usage = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"];
    let mut statements: Vec<Value> = Vec::new();
    statements.extend(grant(Purpose::Administer, &spec.administrators, &administer));
    statements.extend(grant(Purpose::Use, &spec.users, &usage));
    statements.extend(spec.statements.iter().cloned());
    statements
}

fn statements<'a>(desired: &'a Desired, users: impl Iterator<Item = (&'a Use, &'a RoleArn)>) -> Vec<Value> {
    let marker = Marker(&desired.marker);
    let mut statements = desired.further.clone();
    statements.extend(users.map(|(usage, role)| usage.statement(marker, role)));
    statements
}

/// Reads the policy.
pub async fn observe(account: &Account, id: &KeyId, key: &key::Live) -> Seen<Live> {
    read(account, id, key.arn()).await
}

/// Reads the policy of a key in whatever state.
///
/// # Errors
/// What a call failed with.
pub async fn observe_of(account: &Account, id: &KeyId, key: &key_deletion::Found) -> Seen<Live> {
    read(account, id, key.arn()).await
}

async fn read(account: &Account, id: &KeyId, key: &KeyArn) -> Seen<Live> {
    let place = Place::KeyPolicy { key: key.clone() };
    let found = place::policy(account, &place, &format!("key {id}")).await?;
    Ok(found.map(|document| Live { key: key.clone(), document }))
}

/// How the policy differs from what is wanted; `role_of` gives the role of a source bucket.
pub fn diff(
    desired: Desired,
    live: Seen<Live>,
    role_of: &dyn Fn(&BucketName) -> RoleArn,
) -> Step<Desired, Live> {
    let wanted = ours(&desired, role_of);
    let found = live.as_ref().ok().and_then(Option::as_ref).map(|live| live.document.clone());
    let unread = live.is_err();
    let details = differences(found.as_ref(), unread, &wanted);
    let action = if found.is_some() { Action::Update } else { Action::Create };
    let action = super::decided(unread, &details, action);
    let notes = match (&found, action) {
        (Some(found), Action::Update) => kept(found, &wanted, Marker(&desired.marker)),
        _ => Vec::new(),
    };
    let want = with_ours(&what(&desired.key), found.as_ref(), &wanted, |d| budget(&desired.key, d));
    let live = live.and_then(|live| want.map(|_| live));
    let change = Change { id: resource_id(&desired.key), action, details, notes, awaits: None };
    Step { change, desired, live }
}

/// The policy that the key will have, as far as it can be foreseen; `root` is the ARN of its account's
/// root, `role_of` gives the role of a source bucket.
///
/// # Errors
/// Why the step cannot be done, so that nothing is foreseen.
pub fn planned(
    step: &Step<Desired, Live>,
    root: &str,
    role_of: &dyn Fn(&BucketName) -> RoleArn,
) -> Result<Document, Stop> {
    let found = step.live.as_ref().map_err(Clone::clone)?.as_ref().map(|live| live.document.clone());
    Ok(found.unwrap_or_else(|| of_a_new_key(root)).merged(&ours(&step.desired, role_of)))
}

/// Our statements, whatever else the policy says; `role_of` gives the role of a source bucket.
pub fn ours(desired: &Desired, role_of: &dyn Fn(&BucketName) -> RoleArn) -> Vec<Value> {
    let roles: Vec<RoleArn> = desired.uses.iter().map(|usage| role_of(usage.source())).collect();
    statements(desired, desired.uses.iter().zip(&roles))
}

/// What KMS gives a key that is made without a policy, as we make them
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html>; its `Id` is in
/// <https://docs.aws.amazon.com/cli/latest/reference/kms/get-key-policy.html>).
pub fn of_a_new_key(root: &str) -> Document {
    Document::of(vec![json!({
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": {"AWS": root},
        "Action": "kms:*",
        "Resource": "*",
    })])
    .with_id("key-default-1")
}

/// For people.
fn what(id: &KeyId) -> String {
    format!("the policy of key {id}")
}

fn budget(key: &KeyId, document: &Document) -> Result<(), Stop> {
    let size = document.text().len();
    if size <= BUDGET {
        return Ok(());
    }
    Err(Stop::new(
        format!("{} would have {size} bytes, {} more than KMS allows", what(key), size - BUDGET),
        "give some of the buckets keys of their own",
    ))
}

/// Writes the policy for the roles that can be had.
pub async fn apply(
    account: &Account,
    pen: &Pen,
    desired: &Desired,
    live: Option<&Live>,
    needs: &Needs,
) -> Result<Done<Live>, Stop> {
    let id = &desired.key;
    let ours = statements(desired, needs.users.iter().map(|(usage, role)| (usage, role.arn())));
    let young = needs.users.iter().any(|(_, role)| role.is_young());
    let key = needs.key.arn();
    let insertion = Insertion {
        place: Place::KeyPolicy { key: key.clone() },
        resource: format!("key {id}"),
        what: what(id),
        ours,
        // A new key has a policy that nobody wrote.
        planned: live.map(|live| Some(&live.document)),
        patience: Patience::until_principal_is_visible(young),
    };
    let done = insert(account, pen, insertion, |document| budget(id, document)).await?;
    Ok(Done { live: Live { key: key.clone(), document: done.live }, notes: done.notes })
}

/// The policy as a document that something leaves.
pub fn withdrawal<'a>(desired: &Desired, live: &Live, leaving: &'a BTreeSet<String>) -> Withdrawal<'a> {
    let id = &desired.key;
    Withdrawal {
        place: Place::KeyPolicy { key: live.key.clone() },
        resource: format!("key {id}"),
        what: what(id),
        planned: Text::Policy(live.document.clone()),
        leaving,
    }
}
