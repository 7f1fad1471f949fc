//! Whether a message contradicts itself, and whether it agrees with what its receiver knows.
//!
//! Everything is compared, and everything that does not fit is said at once.
//!
//! Deliberately absent: the form of single fields, which reading has checked.

use jiff::SignedDuration;

use super::body::{Destination, Grant, Offer, Request};
use super::canonical::Digest;
use super::expectation::{ExpectedGrant, ExpectedOffer, ExpectedRequest, Receiver};
use super::fields::Fields;
use super::handoff::Message;
use super::head::{Grantee, Head};
use super::malformed::Malformed;
use super::parts::{self, Parts};
use super::prefixes::{Cover, Prefixes};
use super::refusal::{Refusals, Why};
use crate::arn::{AccountId, BucketArn, BucketName, KeyArn, Partition, Region};

/// How far the clocks of two teams may be apart.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

impl Parts for Offer {
    const ANSWERS: Option<bool> = Some(false);

    fn read(fields: &mut Fields) -> Result<Self, Malformed> {
        parts::offer(fields)
    }

    fn contradictions(message: &Message<Self>, found: &mut Refusals) {
        head(message.head(), found);
        destination(message.head(), &message.body().destination, found);
    }

    fn disagreements(message: &Message<Self>, expected: &ExpectedOffer, found: &mut Refusals) {
        receiver(message.head(), &expected.receiver, found);
        offered(&message.body().destination, &expected.receiver, expected.key.as_ref(), found);
    }
}

impl Parts for Request {
    const ANSWERS: Option<bool> = None;

    fn read(fields: &mut Fields) -> Result<Self, Malformed> {
        parts::request(fields)
    }

    fn contradictions(message: &Message<Self>, found: &mut Refusals) {
        let (top, source) = (message.head(), &message.body().source);
        head(top, found);
        bucket("source.bucket", &source.bucket, &top.link.source_bucket, &source.region, found);
        account("source.role.arn", &source.role.arn.account, &top.from, found);
        partition("source.role.arn", source.role.arn.partition, &source.region, found);
    }

    fn disagreements(message: &Message<Self>, expected: &ExpectedRequest, found: &mut Refusals) {
        let source = &message.body().source;
        receiver(message.head(), &expected.receiver, found);
        answers(message.head(), expected.asked.as_ref(), found);
        region("source.region", &source.region, &expected.receiver, found);
        sent("source.prefixes", "we", &source.prefixes, &expected.receiver.prefixes, found);
        if let Some(allowed) = &expected.role
            && !allowed.allows(&source.role.arn)
        {
            let why = Why::RoleNotAllowed { found: source.role.arn.clone(), allowed: allowed.to_string() };
            found.add("source.role.arn", why);
        }
        let id = &source.role.unique_id;
        if id.is_none() && expected.grantee == Grantee::Role {
            found.add("source.role.unique_id", Why::NoUniqueId);
        } else if expected.unique_id.is_some() && *id != expected.unique_id {
            let why = Why::UniqueId { found: id.clone(), expected: expected.unique_id.clone() };
            found.add("source.role.unique_id", why);
        }
        if source.delete_markers && !expected.delete_markers {
            found.add("source.delete_markers", Why::DeleteMarkers);
        }
        if source.owner_override != expected.owner_override {
            found.add("source.owner_override", Why::OwnerOverride { found: source.owner_override });
        }
        if source.object_lock && expected.receiver.object_lock == Some(false) {
            found.add("source.object_lock", Why::ObjectLock);
        }
    }
}

impl Parts for Grant {
    const ANSWERS: Option<bool> = Some(true);

    fn read(fields: &mut Fields) -> Result<Self, Malformed> {
        parts::grant(fields)
    }

    fn contradictions(message: &Message<Self>, found: &mut Refusals) {
        let (top, body) = (message.head(), message.body());
        head(top, found);
        destination(top, &body.destination, found);
        account("granted.role.arn", &body.granted.role.arn.account, &top.to, found);
        partition("granted.role.arn", body.granted.role.arn.partition, &body.destination.region, found);
        if body.granted.to == Grantee::Role && body.granted.role.unique_id.is_none() {
            found.add("granted.role.unique_id", Why::NoUniqueId);
        }
    }

    fn disagreements(message: &Message<Self>, expected: &ExpectedGrant, found: &mut Refusals) {
        let Grant { destination, granted } = message.body();
        receiver(message.head(), &expected.receiver, found);
        answers(message.head(), Some(&expected.asked), found);
        offered(destination, &expected.receiver, expected.key.as_ref(), found);
        if let Some(offer) = &expected.offered {
            as_offered(destination, offer, found);
        }
        if granted.to != expected.grantee {
            found.add("granted.to", Why::Grantee { found: granted.to, expected: expected.grantee });
        }
        if granted.role.arn != expected.role.arn {
            let (role, expected) = (granted.role.arn.clone(), expected.role.arn.clone());
            found.add("granted.role.arn", Why::AnotherRole { found: role, expected });
        }
        if granted.role.unique_id != expected.role.unique_id {
            let (id, expected) = (granted.role.unique_id.clone(), expected.role.unique_id.clone());
            found.add("granted.role.unique_id", Why::UniqueId { found: id, expected });
        }
    }
}

fn head(head: &Head, found: &mut Refusals) {
    if head.from == head.to {
        found.add("to", Why::OneAccount(head.to.clone()));
    }
    account("made.by", head.made.by.account(), &head.from, found);
}

fn destination(head: &Head, destination: &Destination, found: &mut Refusals) {
    let Destination { key, region, .. } = destination;
    bucket("destination.bucket", &destination.bucket, &head.link.destination_bucket, region, found);
    account("destination.key", &key.account, &head.from, found);
    if key.region != *region {
        let why = Why::KeyRegion { found: key.region.clone(), expected: region.clone() };
        found.add("destination.key", why);
    }
    partition("destination.key", key.partition, &key.region, found);
}

fn bucket(
    field: &'static str,
    arn: &BucketArn,
    expected: &BucketName,
    region: &Region,
    found: &mut Refusals,
) {
    if arn.name != *expected {
        found.add(field, Why::Bucket { found: arn.name.clone(), expected: expected.clone() });
    }
    partition(field, arn.partition, region, found);
}

fn account(field: &'static str, named: &AccountId, expected: &AccountId, found: &mut Refusals) {
    if named != expected {
        found.add(field, Why::Account { found: named.clone(), expected: expected.clone() });
    }
}

fn partition(field: &'static str, named: Partition, region: &Region, found: &mut Refusals) {
    if named != region.partition() {
        found.add(field, Why::Partition { found: named, region: region.clone() });
    }
}

/// What every receiver compares: accounts, buckets, time.
fn receiver(head: &Head, receiver: &Receiver, found: &mut Refusals) {
    let Receiver { us, them, .. } = receiver;
    if head.from != *them {
        found.add("from", Why::From { found: head.from.clone(), expected: them.clone() });
    }
    if head.to != *us {
        found.add("to", Why::To { found: head.to.clone(), expected: us.clone() });
    }
    for (field, named, expected) in [
        ("link.source_bucket", &head.link.source_bucket, &receiver.source_bucket),
        ("link.destination_bucket", &head.link.destination_bucket, &receiver.destination_bucket),
    ] {
        if named != expected {
            found.add(field, Why::Link { found: named.clone(), expected: expected.clone() });
        }
    }
    let made = head.made.at;
    let age = receiver.now.duration_since(made.timestamp());
    if age < -SKEW {
        found.add("made.at", Why::FromTheFuture { made, now: receiver.now.into() });
    }
    if let Some(max_age) = receiver.max_age
        && SignedDuration::try_from(max_age).is_ok_and(|most| age > most)
    {
        found.add("made.at", Why::TooOld { made, max_age });
    }
}

fn answers(head: &Head, asked: Option<&Digest>, found: &mut Refusals) {
    let why = match (head.answers.clone(), asked.cloned()) {
        (Some(found), Some(expected)) if found != expected => Why::AnotherQuestion { found, expected },
        (None, Some(expected)) => Why::NoAnswer { expected },
        (Some(found), None) => Why::NotAsked { found },
        _ => return,
    };
    found.add("answers", why);
}

fn region(field: &'static str, region: &Region, receiver: &Receiver, found: &mut Refusals) {
    if let Some(expected) = receiver.their_region.as_ref().filter(|expected| *expected != region) {
        found.add(field, Why::Region { found: region.clone(), expected: expected.clone() });
    }
}

/// What a source compares of a destination.
fn offered(destination: &Destination, receiver: &Receiver, key: Option<&KeyArn>, found: &mut Refusals) {
    region("destination.region", &destination.region, receiver, found);
    if let Some(expected) = key.filter(|key| **key != destination.key) {
        found.add("destination.key", Why::Key { expected: expected.clone() });
    }
    sent("destination.prefixes", "they", &receiver.prefixes, &destination.prefixes, found);
    if receiver.object_lock == Some(true) && !destination.object_lock {
        found.add("destination.object_lock", Why::ObjectLock);
    }
}

/// Whether all that is sent is accepted.
fn sent(field: &'static str, who: &'static str, sent: &Prefixes, accepted: &Prefixes, found: &mut Refusals) {
    for prefix in sent.iter() {
        let (sent, accepts) = (prefix.clone(), accepted.to_string());
        match accepted.cover(prefix) {
            Cover::Within => {}
            Cover::Wider => found.add(field, Why::Wider { who, sent, accepted: accepts }),
            Cover::Disjoint => found.add(field, Why::Disjoint { sent, accepted: accepts }),
        }
    }
}

/// A destination that has changed since its offer has to be looked at again: the role's permissions and the
/// rule come from the offer.
fn as_offered(said: &Destination, offer: &Destination, found: &mut Refusals) {
    for (field, same) in [
        ("destination.bucket", said.bucket == offer.bucket),
        ("destination.region", said.region == offer.region),
        ("destination.key", said.key == offer.key),
        ("destination.bucket_key", said.bucket_key == offer.bucket_key),
        ("destination.object_ownership", said.object_ownership == offer.object_ownership),
        ("destination.object_lock", said.object_lock == offer.object_lock),
        ("destination.prefixes", said.prefixes == offer.prefixes),
    ] {
        if !same {
            found.add(field, Why::NotAsOffered);
        }
    }
}
