//! What the words of the table mean in an account of a profile map: ARNs, and conditions where ARNs are
//! not known.
//!
//! Deliberately absent: keys. They are [`super::keys`].

use std::collections::BTreeSet;

use crate::arn::{AliasArn, BucketName, RoleArn};
use crate::canary::PREFIX;
use crate::operation::row::{Buckets, Keys, Narrowed, Need, On};
use crate::resource::{bucket_policy, role};
use crate::topology::{Account, AccountName, Bucket, KeyName, Link, TAG, Topology};

use super::condition::Condition;
use super::statement::Target;

/// An account of a map.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub topology: &'a Topology,
    pub account: &'a AccountName,
    /// Links may have left and reached any bucket.
    pub orphans: bool,
}

impl<'a> Scope<'a> {
    /// What the action is allowed on here; nothing where the map has nothing of the kind.
    pub fn targets(&self, need: &Need) -> Vec<Target> {
        let condition = self.narrowing(need);
        let target = |noun: &str, resources: Vec<String>| {
            let resources: BTreeSet<String> = resources.into_iter().collect();
            let target = Target { noun: noun.to_owned(), resources, condition: condition.clone() };
            if target.resources.is_empty() { Vec::new() } else { vec![target] }
        };
        let everything = |there_is: bool| if there_is { vec!["*".to_owned()] } else { Vec::new() };
        match need.on {
            On::Everything => target("Lists", everything(true)),
            On::KeyList => target("Lists", everything(!self.aliases(Keys::All).is_empty())),
            On::Bucket(which) => match need.narrowed {
                Narrowed::CanaryPrefix => self.canary_lists(which),
                _ => {
                    target(noun(which), self.buckets(which).map(|(name, _)| self.bucket_arn(name)).collect())
                }
            },
            On::AnyBucket => {
                target("AnyBucket", vec![format!("arn:{}:s3:::*", self.entry().partition.as_str())])
            }
            On::Objects(which) => {
                let objects = self.buckets(which).map(|(name, _)| self.topology.bucket_arn(name).objects());
                target("Objects", objects.collect())
            }
            On::Canaries(which) => {
                target(noun(which).replace("Bucket", "Object").as_str(), self.canaries(which))
            }
            On::Key(which) => self.key_targets(which, &condition, need.narrowed == Narrowed::ViaS3),
            On::AnyKey => {
                let regions: BTreeSet<_> =
                    self.aliases(Keys::All).into_iter().map(|(id, _)| &id.region).collect();
                let id = &self.entry().id;
                let key = |region| format!("arn:{}:kms:{region}:{id}:key/*", self.entry().partition.as_str());
                target("AnyKey", regions.into_iter().map(key).collect())
            }
            On::NewKey => target("NewKeys", everything(!self.new_keys().is_empty())),
            On::NewReplica => target("NewReplicas", everything(!self.new_replicas().is_empty())),
            On::Alias => {
                let arn = |(id, alias): (&'a crate::topology::KeyId, &'a crate::arn::Alias)| {
                    let entry = self.entry();
                    AliasArn {
                        partition: entry.partition,
                        region: id.region.clone(),
                        account: entry.id.clone(),
                        alias: alias.clone(),
                    }
                };
                target(
                    "Aliases",
                    self.aliases(Keys::Made).into_iter().map(|alias| arn(alias).to_string()).collect(),
                )
            }
            On::Role => target(
                match need.narrowed {
                    Narrowed::RoleTag | Narrowed::NewRole => "NewRoles",
                    Narrowed::PassedToS3 => "PassRoles",
                    _ => "Roles",
                },
                self.roles().iter().map(ToString::to_string).collect(),
            ),
            On::BoundedRole => {
                let roles = self.roles().into_iter().filter(|_| self.boundary().is_some());
                target("Boundaries", roles.map(|role| role.to_string()).collect())
            }
            On::Policy => {
                let policy =
                    |owner: &str| format!("arn:{}:iam::{owner}:policy/*", self.entry().partition.as_str());
                let has_roles = !self.roles().is_empty();
                let owners = [self.entry().id.as_str(), "aws"].into_iter().filter(|_| has_roles);
                target("Policies", owners.map(policy).collect())
            }
            On::ServiceLinkedRole => {
                let role = format!(
                    "arn:{}:iam::{}:role/aws-service-role/{MULTI_REGION}/{MULTI_REGION_ROLE}",
                    self.entry().partition.as_str(),
                    self.entry().id
                );
                let wanted = self.new_keys().iter().any(|(_, key)| key.multi_region);
                target("ServiceLinkedRole", Some(role).filter(|_| wanted).into_iter().collect())
            }
            On::AssumedRole => target("Roles", self.assumed(|_| true)),
            On::NamedRole => target("Roles", self.assumed(|step| step.named)),
            On::TaggedRole => target("Roles", self.assumed(|step| !step.role.session_tags.is_empty())),
        }
    }

    /// The entry of the account.
    pub fn entry(&self) -> &'a Account {
        self.topology.account(self.account)
    }

    /// The condition that is the same whatever the resource.
    fn narrowing(&self, need: &Need) -> Condition {
        let none = Condition::default();
        match need.narrowed {
            Narrowed::No | Narrowed::ViaS3 | Narrowed::CanaryPrefix => none,
            Narrowed::KeyTag => {
                let made = if need.on == On::NewReplica { self.new_replicas() } else { self.new_keys() };
                let names = made.into_iter().map(|(id, _)| id.name.to_string());
                none.equals(&format!("aws:RequestTag/{TAG}"), names)
            }
            Narrowed::RoleTag => self.role_tag(),
            Narrowed::NewRole => self.bounded(self.role_tag()),
            Narrowed::Boundary => self.bounded(none),
            Narrowed::PassedToS3 => none.equals("iam:PassedToService", ["s3.amazonaws.com"]),
            Narrowed::ServiceName => none.equals("iam:AWSServiceName", [MULTI_REGION]),
        }
    }

    fn role_tag(&self) -> Condition {
        let sources = self.buckets(Buckets::Sources).map(|(name, _)| name.to_string());
        Condition::default().equals(&format!("aws:RequestTag/{TAG}"), sources)
    }

    fn bounded(&self, condition: Condition) -> Condition {
        match self.boundary() {
            Some(boundary) => condition.equals("iam:PermissionsBoundary", [boundary]),
            None => condition,
        }
    }

    fn boundary(&self) -> Option<String> {
        role::boundary(self.topology, self.entry())
    }

    /// By the map alone: the role that a configuration names already is known to AWS.
    fn roles(&self) -> Vec<RoleArn> {
        self.buckets(Buckets::Sources).map(|(name, _)| role::arn_by_map(self.topology, name)).collect()
    }

    fn bucket_arn(&self, name: &BucketName) -> String {
        self.topology.bucket_arn(name).to_string()
    }

    pub(super) fn buckets(&self, which: Buckets) -> impl Iterator<Item = (&'a BucketName, &'a Bucket)> {
        let scope = *self;
        let ours = self.topology.buckets.iter().filter(move |(_, bucket)| bucket.account == *scope.account);
        ours.filter(move |(name, bucket)| scope.is(which, name, bucket))
    }

    fn is(&self, which: Buckets, name: &BucketName, bucket: &Bucket) -> bool {
        let source = || self.orphans || self.topology.links_from(name).next().is_some();
        let destination = || self.orphans || bucket_policy::desired(self.topology, name).is_some();
        match which {
            Buckets::All => true,
            Buckets::Sources => source(),
            Buckets::Destinations => destination(),
            Buckets::Managed => bucket.manage,
            Buckets::ManagedSources => bucket.manage && source(),
            Buckets::ManagedDestinations => bucket.manage && destination(),
            Buckets::Made => bucket.manage && bucket.create,
            Buckets::Settled => bucket.manage && (bucket.create || bucket.enforce_settings),
            Buckets::CanarySources
            | Buckets::TaggedSources
            | Buckets::CanaryDestinations
            | Buckets::CanaryAll => !self.prefixes(which, name).is_empty(),
        }
    }

    /// The folders that canaries are in.
    fn prefixes(&self, which: Buckets, name: &BucketName) -> BTreeSet<String> {
        let links = || self.topology.links.values();
        let checked = || links().filter(|link| link.check && link.enabled);
        // A canary goes wherever a rule of its bucket takes it.
        let takes = |other: &Link, link: &Link| {
            let tags = other.tags.iter().all(|(key, value)| link.tags.get(key) == Some(value));
            other.enabled && other.from == link.from && link.prefix.starts_with(&other.prefix) && tags
        };
        let put = || checked().filter(|link| link.from == *name);
        let arrive = || checked().filter(|link| links().any(|other| other.to == *name && takes(other, link)));
        let links: Vec<&Link> = match which {
            Buckets::TaggedSources => put().filter(|link| !link.tags.is_empty()).collect(),
            Buckets::CanaryDestinations => arrive().collect(),
            Buckets::CanaryAll => put().chain(arrive()).collect(),
            _ => put().collect(),
        };
        links.into_iter().map(|link| format!("{}{PREFIX}", link.prefix)).collect()
    }

    fn canaries(&self, which: Buckets) -> Vec<String> {
        let of = |name: &BucketName| {
            let arn = self.bucket_arn(name);
            self.prefixes(which, name).into_iter().map(move |folder| format!("{arn}/{}*", plain(&folder)))
        };
        self.buckets(which).flat_map(|(name, _)| of(name).collect::<Vec<_>>()).collect()
    }

    /// Buckets whose canaries are under the same prefixes are listed by one statement.
    fn canary_lists(&self, which: Buckets) -> Vec<Target> {
        let mut lists: std::collections::BTreeMap<BTreeSet<String>, BTreeSet<String>> = Default::default();
        for (name, _) in self.buckets(which) {
            lists.entry(self.prefixes(which, name)).or_default().insert(self.bucket_arn(name));
        }
        let target = |(prefixes, resources): (BTreeSet<String>, _)| Target {
            noun: "Lists".to_owned(),
            resources,
            condition: Condition::default().equals("s3:prefix", prefixes),
        };
        lists.into_iter().map(target).collect()
    }

    /// Keys that the map names by alias.
    pub fn aliases(&self, which: Keys) -> Vec<(&'a crate::topology::KeyId, &'a crate::arn::Alias)> {
        let alias = |id: &'a crate::topology::KeyId| match &id.name {
            KeyName::Alias(alias) => Some((id, alias)),
            KeyName::Existing(_) | KeyName::Told { .. } => None,
        };
        self.keys(which).into_iter().filter_map(|(id, _)| alias(id)).collect()
    }
}

/// The service that keeps related keys alike, and its role
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-auth-slr.html>).
const MULTI_REGION: &str = "mrk.kms.amazonaws.com";
const MULTI_REGION_ROLE: &str = "AWSServiceRoleForKeyManagementServiceMultiRegionKeys";

fn noun(which: Buckets) -> &'static str {
    match which {
        Buckets::Sources | Buckets::ManagedSources | Buckets::CanarySources | Buckets::TaggedSources => {
            "SourceBuckets"
        }
        Buckets::Destinations | Buckets::ManagedDestinations | Buckets::CanaryDestinations => {
            "DestinationBuckets"
        }
        Buckets::All | Buckets::Managed | Buckets::Made | Buckets::Settled | Buckets::CanaryAll => "Buckets",
    }
}

/// What a resource would take for a wildcard or a variable, in a form that stands for itself
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>).
fn plain(text: &str) -> String {
    let plain = |c: char| match c {
        '*' | '?' | '$' => format!("${{{c}}}"),
        _ => c.to_string(),
    };
    text.chars().map(plain).collect()
}
