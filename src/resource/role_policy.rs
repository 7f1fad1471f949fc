//! What a replication role may do: one inline policy of ours, with exact ARNs.
//!
//! Source statements belong to the source bucket, the others to one destination each, so that a
//! destination that cannot be had yet leaves the others working.
//!
//! Deliberately absent: other policies of the role. They are never written, and read only for their
//! size: where ours has to be written on a role that exists, since IAM counts them together.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::arn::{BucketName, RoleArn};
use crate::aws::{Account, AwsError, Patience};
use crate::iam::{Document, Marker, sid, texts};
use crate::topology::{AccountName, KeyId, Topology};
use crate::trail::{Pen, Place};

use super::grant::{Pair, Source};
use super::insertion::{Insertion, insert};
use super::merge::{self, differences, kept, with_ours};
use super::place::{self, Text};
use super::withdrawal::Withdrawal;
use super::{Action, Change, Done, Kind, ResourceId, Seen, Step, Stop, key, role, role_removal};

/// All inline policies of a role together, white space not counted
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>).
const BUDGET: usize = 10_240;

/// What is wanted.
#[derive(Debug, Clone)]
pub struct Desired {
    /// The account of the source bucket.
    pub account: AccountName,
    /// The role that the policy is on.
    pub role: RoleArn,
    /// The source bucket's keys.
    pub source_keys: Vec<KeyId>,
    /// Each destination with its key.
    pub destinations: Vec<(Pair, KeyId)>,
    policy: String,
    source: Source,
    object_lock: bool,
    marker: String,
    /// Characters of the role's other inline policies, which count against the same limit; or why they
    /// could not be counted.
    others: Result<usize, String>,
}

impl Desired {
    /// With what the role's other inline policies take.
    pub fn beside(self, others: Result<usize, String>) -> Self {
        Self { others, ..self }
    }
}

/// What must exist first. Destinations whose key could not be had are left out.
#[derive(Debug, Clone)]
pub struct Needs {
    /// The role.
    pub role: role::Live,
    /// The source bucket's keys.
    pub source_keys: Vec<key::Live>,
    /// Each destination's pair of buckets and key.
    pub destinations: Vec<(Pair, key::Live)>,
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

    /// Keys of the map, and the ARNs that stand for them in our statements.
    pub fn keys_named<'a>(&self, desired: &'a Desired) -> Vec<(Vec<&'a KeyId>, Vec<String>)> {
        let marker = Marker(&desired.marker);
        let resources = |ours: &Value| {
            let statement = self.document.statements().iter().find(|s| sid(s) == sid(ours));
            statement
                .map(|s| texts(&s["Resource"]).into_iter().map(str::to_owned).collect())
                .unwrap_or_default()
        };
        let decrypt = resources(&desired.source.decrypt(marker, &[]));
        let mut named = vec![(desired.source_keys.iter().collect(), decrypt)];
        let pairs = desired.destinations.iter();
        named.extend(pairs.map(|(pair, key)| (vec![key], resources(&pair.encrypt(marker, "")))));
        named
    }

    /// What was looked at, for a plan that is saved.
    pub fn facts(&self) -> Value {
        json!({"policy": self.document.value()})
    }
}

/// What is wanted of a source bucket's role. `object_lock`: the bucket has it.
pub fn desired(topology: &Topology, source: &BucketName, role: &RoleArn, object_lock: bool) -> Desired {
    let bucket = &topology.buckets[source];
    Desired {
        account: bucket.account.clone(),
        role: role.clone(),
        source_keys: bucket.keys().cloned().collect(),
        destinations: Pair::all(topology)
            .into_iter()
            .filter(|pair| pair.from.name == *source)
            .map(|pair| {
                let key = topology.buckets[&pair.to.name].key.clone();
                (pair, key)
            })
            .collect(),
        policy: format!("{}-{source}", topology.marker),
        source: Source::of(topology, source),
        object_lock,
        marker: topology.marker.clone(),
        others: Ok(0),
    }
}

/// The name that people know the policy by: its role's.
pub fn resource_id(desired: &Desired) -> ResourceId {
    ResourceId { account: desired.account.clone(), kind: Kind::RolePolicy, name: desired.role.name.clone() }
}

fn statements(desired: &Desired, source_keys: &[String], destinations: &[(&Pair, String)]) -> Vec<Value> {
    let marker = Marker(&desired.marker);
    let mut statements = desired.source.read(marker, desired.object_lock);
    statements.push(desired.source.decrypt(marker, source_keys));
    for (pair, key) in destinations {
        statements.push(pair.replicate(marker));
        statements.push(pair.encrypt(marker, key));
    }
    statements
}

/// The name of the policy on the role.
pub fn policy_name(desired: &Desired) -> &str {
    &desired.policy
}

/// The Sids of our statements: those of the source bucket, and those of destinations.
pub fn sids(desired: &Desired) -> BTreeSet<String> {
    let destinations: Vec<_> = desired.destinations.iter().map(|(pair, _)| (pair, String::new())).collect();
    merge::sids(&statements(desired, &[], &destinations))
}

/// Reads the policy.
pub async fn observe(account: &Account, desired: &Desired) -> Seen<Live> {
    Ok(read(account, desired, &desired.policy).await?.map(|document| Live { document }))
}

async fn read(account: &Account, desired: &Desired, policy: &str) -> Result<Option<Document>, AwsError> {
    let place = Place::RolePolicy { role: desired.role.clone(), policy: policy.to_owned() };
    place::policy(account, &place, &format!("role {}", desired.role.name)).await
}

/// Whether our policy has to be written.
pub fn is_lacking(
    desired: &Desired,
    live: Option<&Live>,
    key_name: &dyn Fn(&KeyId) -> Option<String>,
) -> bool {
    !differences(live.map(|live| &live.document), false, &wanted(desired, key_name).0).is_empty()
}

/// Characters of the other inline policies of a role that exists.
///
/// # Errors
/// What a call failed with.
pub async fn others(account: &Account, desired: &Desired) -> Result<usize, AwsError> {
    let iam = account.iam();
    let mut names = role_removal::inline(&iam, &desired.role.name).await?;
    names.retain(|name| *name != desired.policy);
    let reads = names.iter().map(|name| read(account, desired, name));
    let others = futures_util::future::try_join_all(reads).await?;
    Ok(others.iter().flatten().map(characters).sum())
}

/// How the policy differs from what is wanted; `key_name` gives a key's ARN, or says where it will
/// come from.
pub fn diff(
    desired: Desired,
    live: Seen<Live>,
    key_name: &dyn Fn(&KeyId) -> Option<String>,
) -> Step<Desired, Live> {
    let (wanted, unknown) = wanted(&desired, key_name);
    let found = live.as_ref().ok().and_then(Option::as_ref).map(|live| live.document.clone());
    let unread = live.is_err();
    let details = differences(found.as_ref(), unread, &wanted);
    let action = if found.is_some() { Action::Update } else { Action::Create };
    let action = super::decided(unread, &details, action);
    let mut notes = match (&found, action) {
        (Some(found), Action::Update) => kept(found, &wanted, Marker(&desired.marker)),
        _ => Vec::new(),
    };
    if let (Err(why), false) = (&desired.others, action == Action::Keep) {
        notes.push(format!(
            "the other inline policies of the role, which count against one limit, were not read: {why}"
        ));
    }
    notes.extend(unknown.iter().map(|key| format!("what concerns key {key} was not compared")));
    let want = with_ours(&what(&desired), found.as_ref(), &wanted, |d| budget(&desired, d));
    let live = live.and_then(|live| want.map(|_| live));
    let change = Change { id: resource_id(&desired), action, details, notes, awaits: None };
    Step { change, desired, live }
}

/// The policy that the role will have, as far as it can be foreseen; `key_name` gives a key's ARN, or what
/// stands for it.
///
/// # Errors
/// Why the step cannot be done, so that nothing is foreseen.
pub fn planned(
    step: &Step<Desired, Live>,
    key_name: &dyn Fn(&KeyId) -> Option<String>,
) -> Result<Document, Stop> {
    let found = step.live.as_ref().map_err(Clone::clone)?.as_ref().map(|live| &live.document);
    Ok(found.cloned().unwrap_or_default().merged(&wanted(&step.desired, key_name).0))
}

/// For people.
fn what(desired: &Desired) -> String {
    format!("the inline policy of role {}", desired.role.name)
}

/// The statements as far as their keys are known, and the keys that could not be read.
fn wanted<'a>(
    desired: &'a Desired,
    key_name: &dyn Fn(&KeyId) -> Option<String>,
) -> (Vec<Value>, Vec<&'a KeyId>) {
    let mut unknown: Vec<&KeyId> = Vec::new();
    let mut name = |key: &'a KeyId| {
        let name = key_name(key);
        if name.is_none() {
            unknown.push(key);
        }
        name
    };
    let source_keys: Vec<String> = desired.source_keys.iter().filter_map(&mut name).collect();
    let all_source_keys = source_keys.len() == desired.source_keys.len();
    let destinations: Vec<_> =
        desired.destinations.iter().filter_map(|(pair, key)| Some((pair, name(key)?))).collect();
    let mut statements = statements(desired, &source_keys, &destinations);
    if !all_source_keys {
        let decrypt = desired.source.decrypt(Marker(&desired.marker), &[]);
        statements.retain(|statement| statement["Sid"] != decrypt["Sid"]);
    }
    (statements, unknown)
}

/// What IAM counts of a policy.
fn characters(document: &Document) -> usize {
    document.text().chars().filter(|c| !c.is_whitespace()).count()
}

fn budget(desired: &Desired, document: &Document) -> Result<(), Stop> {
    let (size, others) = (characters(document), *desired.others.as_ref().unwrap_or(&0));
    if size + others <= BUDGET {
        return Ok(());
    }
    let over = size + others - BUDGET;
    let role = &desired.role.name;
    let (what, way) = match others {
        0 => (format!("the inline policy of role {role} would have {size} characters"), ""),
        _ => (
            format!(
                "the inline policies of role {role} would have {} characters, {others} of them others'",
                size + others
            ),
            "make others' inline policies managed ones, or ",
        ),
    };
    Err(Stop::new(
        format!("{what}, {over} more than IAM allows"),
        format!(
            "{way}split the links over several source buckets: one bucket's replication has one role, and all of its \
             inline policies together count"
        ),
    ))
}

/// Writes the policy for the destinations that can be had.
pub async fn apply(
    account: &Account,
    pen: &Pen,
    desired: &Desired,
    live: Option<&Live>,
    needs: &Needs,
) -> Result<Done<Live>, Stop> {
    let source_keys: Vec<String> = needs.source_keys.iter().map(|key| key.arn().to_string()).collect();
    let destinations: Vec<_> =
        needs.destinations.iter().map(|(pair, key)| (pair, key.arn().to_string())).collect();
    let ours = statements(desired, &source_keys, &destinations);
    let role = needs.role.arn();
    let insertion = Insertion {
        place: Place::RolePolicy { role: role.clone(), policy: desired.policy.clone() },
        resource: format!("role {}", role.name),
        what: what(desired),
        ours,
        planned: Some(live.map(|live| &live.document)),
        patience: match needs.role.is_young() {
            true => Patience::until_role_is_visible(),
            false => Patience::repeatable(),
        },
    };
    let done = insert(account, pen, insertion, |document| budget(desired, document)).await?;
    Ok(Done { live: Live { document: done.live }, notes: done.notes })
}

/// The policy as a document that something leaves.
pub fn withdrawal<'a>(desired: &Desired, live: &Live, leaving: &'a BTreeSet<String>) -> Withdrawal<'a> {
    let role = &desired.role;
    Withdrawal {
        place: Place::RolePolicy { role: role.clone(), policy: desired.policy.clone() },
        resource: format!("role {}", role.name),
        what: what(desired),
        planned: Text::Policy(live.document.clone()),
        leaving,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn map(destinations: usize) -> Topology {
        let mut text = String::from(
            "version = 1\n[accounts.a]\nid = \"111111111111\"\n[accounts.b]\nid = \"222222222222\"\nprofile = \"b\"\n\
             [buckets.orders-prod]\naccount = \"a\"\nregion = \"ap-south-1\"\nkey = \"alias/a\"\n",
        );
        for n in 0..destinations {
            text += &format!(
                "[buckets.orders-backup-{n}]\naccount = \"b\"\nregion = \"us-east-1\"\nkey = \"alias/b{n}\"\n\
                 [links.to-{n}]\nfrom = \"orders-prod\"\nto = \"orders-backup-{n}\"\n"
            );
        }
        crate::config::parse(Path::new("profiles.toml"), &text).expect("a map")
    }

    fn diff_of(destinations: usize) -> Step<Desired, Live> {
        let topology = map(destinations);
        let source: BucketName = "orders-prod".parse().expect("a name");
        let role = role::arn_by_map(&topology, &source);
        let arn = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        let key = |_: &KeyId| Some(arn.to_owned());
        diff(desired(&topology, &source, &role, false), Ok(None), &key)
    }

    /// What docs/architecture.md says of the budget.
    #[test]
    fn fifteen_destinations_fit_into_one_role() {
        assert!(diff_of(15).live.is_ok());
        let stop = diff_of(16).live.expect_err("over budget");
        assert!(stop.message.contains("more than IAM allows"), "{stop}");
    }

    #[test]
    fn nothing_is_granted_by_a_wildcard() {
        for detail in diff_of(2).change.details {
            let statement = detail.after.expect("a statement");
            let text = statement["Action"].to_string();
            assert!(!text.contains('*'), "{text}");
            assert_ne!(statement["Resource"], "*");
        }
    }
}
