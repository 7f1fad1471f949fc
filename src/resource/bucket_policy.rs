//! A destination bucket's policy: our statements that let roles of other accounts write replicas.
//!
//! S3 refuses a policy that names a role it cannot find, so the step takes living roles, not names.
//! Within one account no policy is needed, and none is written.
//!
//! Deliberately absent: repairing what others wrote.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::arn::{BucketArn, BucketName, RoleArn};
use crate::aws::{Account, Patience};
use crate::iam::{Document, Marker};
use crate::topology::{AccountName, Topology};
use crate::trail::{Pen, Place};

use super::grant::Pair;
use super::insertion::{Insertion, insert};
use super::merge::{self, differences, kept, with_ours};
use super::place::{self, Text};
use super::withdrawal::Withdrawal;
use super::{Action, Change, Done, Kind, ResourceId, Seen, Step, Stop, bucket, role};

/// A bucket policy has at most 20 KB
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>).
const BUDGET: usize = 20_480;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Desired {
    /// The destination bucket's account.
    pub account: AccountName,
    /// The destination bucket.
    pub bucket: BucketArn,
    /// Who writes to it from other accounts.
    pub pairs: Vec<Pair>,
    region: crate::arn::Region,
    marker: String,
}

/// What must exist first. Pairs whose role could not be had are left out.
#[derive(Debug, Clone)]
pub struct Needs {
    /// The bucket.
    pub bucket: bucket::Live,
    /// Each pair with its role.
    pub writers: Vec<(Pair, role::Live)>,
}

/// A policy that was read or written.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    document: Document,
}

impl Live {
    /// The policy.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What was looked at, for a plan that is saved.
    pub fn facts(&self) -> Value {
        json!({"policy": self.document.value()})
    }
}

/// What is wanted of a bucket's policy; `None` if nobody writes to it from another account.
pub fn desired(topology: &Topology, name: &BucketName) -> Option<Desired> {
    Some(of(topology, name)).filter(|desired| !desired.pairs.is_empty())
}

/// What is wanted of any bucket's policy: it may be nothing.
pub fn of(topology: &Topology, name: &BucketName) -> Desired {
    let bucket = &topology.buckets[name];
    let pairs: Vec<Pair> = Pair::all(topology)
        .into_iter()
        .filter(|pair| pair.to.name == *name && !pair.within_account(topology))
        .collect();
    Desired {
        account: bucket.account.clone(),
        bucket: topology.bucket_arn(name),
        pairs,
        region: bucket.region.clone(),
        marker: topology.marker.clone(),
    }
}

/// The Sids of our statements.
pub fn sids(desired: &Desired) -> BTreeSet<String> {
    let marker = Marker(&desired.marker);
    let ours: Vec<Value> = desired.pairs.iter().map(|pair| pair.replicate_on_bucket(marker, "")).collect();
    merge::sids(&ours)
}

/// The Sids of our statements that let replicas of a source bucket be written.
pub fn sids_for(desired: &Desired, from: &BucketName) -> BTreeSet<String> {
    let marker = Marker(&desired.marker);
    let pairs = desired.pairs.iter().filter(|pair| pair.from.name == *from);
    merge::sids(&pairs.map(|pair| pair.replicate_on_bucket(marker, "")).collect::<Vec<_>>())
}

/// The name that people know the policy by: its bucket's.
pub fn resource_id(desired: &Desired) -> ResourceId {
    ResourceId {
        account: desired.account.clone(),
        kind: Kind::BucketPolicy,
        name: desired.bucket.name.to_string(),
    }
}

fn statements<'a>(
    desired: &'a Desired,
    writers: impl Iterator<Item = (&'a Pair, &'a RoleArn)>,
) -> Vec<Value> {
    let marker = Marker(&desired.marker);
    writers.map(|(pair, role)| pair.replicate_on_bucket(marker, &role.to_string())).collect()
}

/// Reads the policy of a bucket that exists.
pub async fn observe(account: &Account, desired: &Desired) -> Seen<Live> {
    let resource = format!("bucket {}", desired.bucket.name);
    Ok(place::policy(account, &place_of(desired), &resource).await?.map(|document| Live { document }))
}

/// How the policy differs from what is wanted; `role_of` gives the role of a source bucket.
pub fn diff(
    desired: Desired,
    live: Seen<Live>,
    role_of: &dyn Fn(&BucketName) -> RoleArn,
) -> Step<Desired, Live> {
    let roles: Vec<RoleArn> = desired.pairs.iter().map(|pair| role_of(&pair.from.name)).collect();
    let wanted = statements(&desired, desired.pairs.iter().zip(&roles));
    let found = live.as_ref().ok().and_then(Option::as_ref).map(|live| live.document.clone());
    let unread = live.is_err();
    let details = differences(found.as_ref(), unread, &wanted);
    let action = if found.is_some() { Action::Update } else { Action::Create };
    let action = super::decided(unread, &details, action);
    let notes = match (&found, action) {
        (Some(found), Action::Update) => kept(found, &wanted, Marker(&desired.marker)),
        _ => Vec::new(),
    };
    let want = with_ours(&what(&desired), found.as_ref(), &wanted, |d| budget(&desired, d));
    let live = live.and_then(|live| want.map(|_| live));
    let change = Change { id: resource_id(&desired), action, details, notes, awaits: None };
    Step { change, desired, live }
}

/// The policy that the bucket will have, as far as it can be foreseen; `role_of` gives the role of a source
/// bucket.
///
/// # Errors
/// Why the step cannot be done, so that nothing is foreseen.
pub fn planned(
    step: &Step<Desired, Live>,
    role_of: &dyn Fn(&BucketName) -> RoleArn,
) -> Result<Document, Stop> {
    let Step { desired, live, .. } = step;
    let roles: Vec<RoleArn> = desired.pairs.iter().map(|pair| role_of(&pair.from.name)).collect();
    let found = live.as_ref().map_err(Clone::clone)?.as_ref().map(|live| live.document.clone());
    Ok(found.unwrap_or_default().merged(&statements(desired, desired.pairs.iter().zip(&roles))))
}

/// For people.
fn what(desired: &Desired) -> String {
    format!("the policy of bucket {}", desired.bucket.name)
}

fn budget(desired: &Desired, document: &Document) -> Result<(), Stop> {
    let size = document.text().len();
    if size <= BUDGET {
        return Ok(());
    }
    Err(Stop::new(
        format!(
            "the policy of bucket {} would have {size} bytes, {} more than S3 allows",
            desired.bucket.name,
            size - BUDGET
        ),
        "let fewer source buckets replicate into this bucket",
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
    let ours = statements(desired, needs.writers.iter().map(|(pair, role)| (pair, role.arn())));
    let young = needs.writers.iter().any(|(_, role)| role.is_young());
    let insertion = Insertion {
        place: place_of(desired),
        resource: format!("bucket {}", needs.bucket.name()),
        what: what(desired),
        ours,
        planned: Some(live.map(|live| &live.document)),
        patience: Patience::until_principal_is_visible(young),
    };
    let done = insert(account, pen, insertion, |document| budget(desired, document)).await?;
    Ok(Done { live: Live { document: done.live }, notes: done.notes })
}

fn place_of(desired: &Desired) -> Place {
    Place::BucketPolicy { bucket: desired.bucket.name.clone(), region: desired.region.clone() }
}

/// The policy as a document that something leaves.
pub fn withdrawal<'a>(desired: &Desired, live: &Live, leaving: &'a BTreeSet<String>) -> Withdrawal<'a> {
    let bucket = &desired.bucket.name;
    Withdrawal {
        place: place_of(desired),
        resource: format!("bucket {bucket}"),
        what: what(desired),
        planned: Text::Policy(live.document.clone()),
        leaving,
    }
}
