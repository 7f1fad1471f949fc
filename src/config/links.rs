//! Link entries: between which buckets, of which objects, and how.
//!
//! Unset priorities stay unset: they are assigned where the rules of others are known. Links that
//! overlap are fine, since S3 lets the higher priority win.

use std::collections::BTreeMap;

use super::accounts::Accounts;
use super::buckets::Buckets;
use super::file;
use super::names;
use super::problem::Collector;
use super::source::Span;
use super::table::{At, Field};
use super::tags;
use super::value::{self, Entries, Entry, Priority};
use crate::arn::BucketName;
use crate::topology::{Bucket, Grant, Link, LinkName};

/// The links that have no problem; those that have are reported.
pub fn read(
    map: &file::ProfileMap,
    accounts: &Accounts<'_>,
    buckets: &Buckets<'_>,
    problems: &mut Collector,
) -> BTreeMap<LinkName, Link> {
    let entries = map.links.get().map(|entries: &Entries<_>| entries.0.as_slice()).unwrap_or_default();
    let none = file::Link::default();
    let defaults = map.defaults.get().and_then(|defaults| defaults.link.get()).unwrap_or(&none);
    if let Some(priority) = defaults.priority.at() {
        problems
            .add(&priority.span, "`priority` cannot be a default: two links of one source cannot share it")
            .help("leave it out, and priorities are assigned and stay");
    }
    tags::read(&defaults.tags, tags::MOST_OF_OBJECT, problems);
    let mut links = BTreeMap::new();
    let mut clashes = Clashes::default();
    for entry in entries {
        names::check_entry("link", entry, problems);
        let Some(link) = &entry.value else { continue };
        if let Some(read) = read_one(entry, link, defaults, (accounts, buckets), problems) {
            // A filter that is wrong clashes with nothing.
            let filter_is_bad =
                link.prefix.or(&defaults.prefix).is_bad() || link.tags.or(&defaults.tags).is_bad();
            if !filter_is_bad {
                clashes.add(entry, &read, link, problems);
            }
            links.insert(LinkName(entry.name.value.clone()), read);
        }
    }
    links
}

fn read_one(
    entry: &Entry<file::Link>,
    link: &file::Link,
    defaults: &file::Link,
    (accounts, buckets): (&Accounts<'_>, &Buckets<'_>),
    problems: &mut Collector,
) -> Option<Link> {
    check_delete_markers(link, defaults, problems);
    let filter = tags::read(link.tags.or(&defaults.tags), tags::MOST_OF_OBJECT, problems);
    let from = end("from", entry, link.from.or(&defaults.from), buckets, problems);
    let to = end("to", entry, link.to.or(&defaults.to), buckets, problems);
    let ((from, _), (to, to_span)) = (from?, to?);
    if from.0 == to.0 {
        problems
            .add(to_span, format!("a bucket cannot replicate to itself: `{}`", to.0))
            .help("name another bucket; it may be in the same account and Region");
        return None;
    }
    let crosses = check_ends(link, from, to, to_span, problems);
    if accounts.is_remote(&from.1.account) && accounts.is_remote(&to.1.account) {
        problems
            .add(to_span, format!("buckets `{}` and `{}` are both in remote accounts", from.0, to.0))
            .help("a link begins or ends in an account that is managed here");
        return None;
    }
    let flag =
        |field: &Field<bool>, default: &Field<bool>, unset| field.or(default).get().copied().unwrap_or(unset);
    let time_control = flag(&link.replication_time_control, &defaults.replication_time_control, false);
    Some(Link {
        from: from.0.clone(),
        to: to.0.clone(),
        prefix: link.prefix.or(&defaults.prefix).get().map(|prefix| prefix.0.clone()).unwrap_or_default(),
        tags: filter,
        priority: link.priority.get().map(|priority| priority.0),
        enabled: flag(&link.enabled, &defaults.enabled, true),
        delete_markers: flag(&link.delete_markers, &defaults.delete_markers, false),
        // Within one account S3 has no other owner to give replicas to.
        owner_override: crosses && flag(&link.owner_override, &defaults.owner_override, true),
        storage_class: link
            .storage_class
            .or(&defaults.storage_class)
            .get()
            .map(|class| class.as_str().to_owned()),
        replication_time_control: time_control,
        // S3 takes the one only together with the other.
        metrics: time_control || flag(&link.metrics, &defaults.metrics, false),
        replica_modifications: flag(&link.replica_modifications, &defaults.replica_modifications, false),
        grant: match link.grant.or(&defaults.grant).get() {
            Some(value::Grant::AccountCondition) if crosses => Grant::AccountCondition,
            _ => Grant::Role,
        },
        check: flag(&link.check, &defaults.check, true),
    })
}

type End<'a> = (&'a (BucketName, Bucket), &'a Span);

fn end<'a>(
    key: &str,
    entry: &Entry<file::Link>,
    field: &'a Field<String>,
    buckets: &'a Buckets<'_>,
    problems: &mut Collector,
) -> Option<End<'a>> {
    if field.is_absent() {
        let path = super::table::join("links", &entry.name.value);
        problems.add(&entry.span, format!("`{path}` lacks `{key}`"));
    }
    let at = field.at()?;
    Some((buckets.refer(at, problems)??, &at.span))
}

/// S3 refuses a rule that does both.
fn check_delete_markers(link: &file::Link, defaults: &file::Link, problems: &mut Collector) {
    let markers = link.delete_markers.or(&defaults.delete_markers).at().filter(|markers| markers.value);
    let filter = link.tags.or(&defaults.tags).at().filter(|tags| !tags.value.0.is_empty());
    if let (Some(markers), Some(filter)) = (markers, filter) {
        problems
            .add(&markers.span, "S3 does not replicate delete markers by a rule with a tag filter")
            .also(&filter.span, "the tag filter")
            .help("filter by `prefix`, or leave `delete_markers` out");
    }
}

/// Whether the link crosses accounts; reports what its two ends do not allow.
fn check_ends(
    link: &file::Link,
    from: &(BucketName, Bucket),
    to: &(BucketName, Bucket),
    to_span: &Span,
    problems: &mut Collector,
) -> bool {
    let (here, there) = (from.1.region.partition(), to.1.region.partition());
    if here != there {
        let message =
            format!("S3 cannot replicate from partition `{here}` (`{}`) to `{there}` (`{}`)", from.0, to.0);
        problems.add(to_span, message);
    }
    let crosses = from.1.account != to.1.account;
    if let Some(grant) =
        link.grant.at().filter(|grant| grant.value == value::Grant::AccountCondition && !crosses)
    {
        problems
            .add(&grant.span, "both buckets are in one account: there is no other account to grant to")
            .help("leave `grant` out");
    }
    if let Some(owner) = link.owner_override.at().filter(|owner| owner.value && !crosses) {
        problems
            .add(&owner.span, "both buckets are in one account: replicas have its owner already")
            .help("leave `owner_override` out");
    }
    crosses
}

/// From, to, prefix and tags.
type Rule = (BucketName, BucketName, String, BTreeMap<String, String>);

/// What two links of one source cannot share.
#[derive(Default)]
struct Clashes {
    rules: BTreeMap<Rule, (LinkName, Span)>,
    priorities: BTreeMap<(BucketName, Priority), (LinkName, Span)>,
    grants: BTreeMap<(BucketName, BucketName), (LinkName, Grant)>,
}

impl Clashes {
    fn add(
        &mut self,
        entry: &Entry<file::Link>,
        link: &Link,
        written: &file::Link,
        problems: &mut Collector,
    ) {
        let name = LinkName(entry.name.value.clone());
        let pair = (link.from.clone(), link.to.clone());
        let (first, grant) = self.grants.entry(pair).or_insert_with(|| (name.clone(), link.grant));
        if *grant != link.grant {
            let span = written.grant.at().map_or(&entry.name.span, |at| &at.span);
            problems
                .add(
                    span,
                    format!(
                        "links `{first}` and `{name}` are between the same buckets and share their grants"
                    ),
                )
                .help("write the same `grant` for both");
        }
        let rule = (link.from.clone(), link.to.clone(), link.prefix.clone(), link.tags.clone());
        if let Some((first, span)) = self.rules.get(&rule) {
            problems
                .add(&entry.name.span, format!("link `{name}` replicates the same objects as `{first}`"))
                .also(span, "the other one")
                .help("give them different prefixes or tags, or remove one");
        } else {
            self.rules.insert(rule, (name.clone(), entry.name.span.clone()));
        }
        let Some(At { value, span }) = written.priority.at() else { return };
        let key = (link.from.clone(), *value);
        if let Some((first, other)) = self.priorities.get(&key) {
            problems
                .add(span, format!("link `{first}` has this priority too, and both leave `{}`", link.from))
                .also(other, "the other one")
                .help("leave `priority` out, and priorities are assigned and stay");
        } else {
            self.priorities.insert(key, (name, span.clone()));
        }
    }
}
