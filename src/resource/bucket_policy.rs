//! A destination bucket's policy: our statements that let roles of other accounts write replicas.
//!
//! S3 refuses a policy that names a role it cannot find, so the step takes living roles, not names.
//! Within one account no policy is needed, and none is written.
//!
//! Deliberately absent: repairing what others wrote.

use serde_json::Value;

use crate::arn::{BucketArn, BucketName, RoleArn};
use crate::aws::{Account, AwsError, Patience};
use crate::iam::{Document, Marker};
use crate::topology::{AccountName, Topology};

use super::grant::Pair;
use super::merge::merge_statements;
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

/// What is wanted of a bucket's policy; `None` if nobody writes to it from another account.
pub fn desired(topology: &Topology, name: &BucketName) -> Option<Desired> {
    let bucket = &topology.buckets[name];
    let pairs: Vec<Pair> = Pair::all(topology)
        .into_iter()
        .filter(|pair| pair.to.name == *name && !pair.within_account(topology))
        .collect();
    (!pairs.is_empty()).then(|| Desired {
        account: bucket.account.clone(),
        bucket: topology.bucket_arn(name),
        pairs,
        region: bucket.region.clone(),
        marker: topology.marker.clone(),
    })
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
    Ok(read(account, desired).await?.map(|document| Live { document }))
}

async fn read(account: &Account, desired: &Desired) -> Result<Option<Document>, AwsError> {
    let s3 = account.s3(&desired.region);
    let resource = format!("bucket {}", desired.bucket.name);
    let request = s3
        .client
        .get_bucket_policy()
        .bucket(desired.bucket.name.as_str())
        .expected_bucket_owner(s3.account_id());
    match s3.find("GetBucketPolicy", &resource, || request.clone().send()).await?.and_then(|a| a.policy) {
        None => Ok(None),
        Some(text) => Document::parse(&text)
            .map(Some)
            .map_err(|e| s3.refuse("GetBucketPolicy", &resource, e.to_string())),
    }
}

/// How the policy differs from what is wanted; `role_of` gives the role of a source bucket.
pub fn diff(
    desired: Desired,
    live: Seen<Live>,
    role_of: &dyn Fn(&BucketName) -> RoleArn,
) -> Step<Desired, Live> {
    let roles: Vec<RoleArn> = desired.pairs.iter().map(|pair| role_of(&pair.from.name)).collect();
    let wanted = statements(&desired, desired.pairs.iter().zip(&roles));
    let (found, action) = match &live {
        Ok(Some(live)) => (live.document.clone(), Action::Update),
        _ => (Document::default(), Action::Create),
    };
    let unread = live.is_err();
    let details = if unread { Vec::new() } else { found.lacks(&wanted) };
    let live = live.and_then(|live| budget(&desired, &found.merged(&wanted)).map(|()| live));
    let action = super::decided(unread, &details, action);
    let others = found.others(&wanted);
    let mut notes = Vec::new();
    if others > 0 && action != Action::Keep {
        notes.push(super::kept(others, "statement"));
    }
    let change = Change { id: resource_id(&desired), action, details, notes };
    Step { change, desired, live }
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
pub async fn apply(account: &Account, desired: &Desired, needs: &Needs) -> Result<Done<Live>, Stop> {
    let ours = statements(desired, needs.writers.iter().map(|(pair, role)| (pair, role.arn())));
    let young = needs.writers.iter().any(|(_, role)| role.is_young());
    let s3 = account.s3(&desired.region);
    let name = needs.bucket.name();
    let resource = format!("bucket {name}");
    let document = merge_statements(
        &format!("the policy of {resource}"),
        &ours,
        |document| budget(desired, document),
        || read(account, desired),
        |document| {
            let request = s3
                .client
                .put_bucket_policy()
                .bucket(name.as_str())
                .expected_bucket_owner(s3.account_id())
                .policy(document.text());
            let (s3, resource) = (&s3, &resource);
            async move {
                let patience = Patience::until_principal_is_visible(young);
                s3.call("PutBucketPolicy", resource, patience, || request.clone().send()).await.map(drop)
            }
        },
    )
    .await?;
    Ok(Done::quietly(Live { document }))
}
