//! What this side has to tell the other one next, from what is there.
//!
//! Deliberately absent: reading it, and sending it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::change::Awaits;
use crate::iam::Document;
use crate::message::{
    CallerArn, Destination, Digest, Grant, Granted, Handoff, Head, Kind, Made, Message, Offer, Request, Role,
    Sid, Source, TextError, Unsound, Written,
};
use crate::plan::Plan;
use crate::resource::{ResourceId, Step, bucket_policy, key_policy};
use crate::topology::{self, Topology};

use super::ground::{Ground, Side, Unsayable};
use super::store::Kept;

/// What is due.
#[derive(Debug, Clone)]
pub enum Due {
    /// This message; `again`: it is the one that was sent before.
    Message {
        /// The message.
        handoff: Box<Handoff>,
        /// It was kept already.
        again: bool,
    },
    /// Nothing: the other team has to tell first.
    Waits(Awaits),
    /// Nothing yet: this has to be as wanted first, and an apply makes it so.
    Apply(ResourceId),
    /// Nothing any more: both sides know what they need.
    Done,
}

/// Why a message cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum Unmade {
    /// The map cannot be said in one.
    #[error(transparent)]
    Unsayable(#[from] Unsayable),
    /// Nobody would accept it.
    #[error("the message would be refused: {0}")]
    Unsound(#[from] Unsound),
    /// Something in it has no form that a message may hold.
    #[error("{what} cannot be handed over: {why}")]
    Text {
        /// What.
        what: &'static str,
        /// Why.
        why: TextError,
    },
}

/// Who tells, and when.
#[derive(Debug, Clone)]
pub struct Teller<'a> {
    /// The map.
    pub topology: &'a Topology,
    /// What is there, compared with it.
    pub plan: &'a Plan,
    /// Who the tool is in the account here, as STS says.
    pub caller: &'a str,
    /// The time.
    pub now: Timestamp,
}

impl Teller<'_> {
    /// What is due for a pair of buckets.
    ///
    /// # Errors
    /// A message is due and cannot be made.
    pub fn due(&self, ground: &Ground<'_>, kept: &Kept) -> Result<Due, Unmade> {
        match (ground.side, ground.grant()) {
            (Side::Destination, topology::Grant::Role)
                if kept.accepted.request.is_none() || self.is_otherwise(ground, kept)? =>
            {
                self.offer(ground, kept)
            }
            (Side::Destination, _) => self.grant(ground, kept),
            (Side::Source, topology::Grant::Role) if kept.accepted.offer.is_none() => {
                Ok(Due::Waits(awaits(ground, Kind::Offer)))
            }
            (Side::Source, _) => self.request(ground, kept),
        }
    }

    /// Whether the destination is not what was offered: what was requested is for another one then.
    fn is_otherwise(&self, ground: &Ground<'_>, kept: &Kept) -> Result<bool, Unmade> {
        let Some(offer) = &kept.offer else { return Ok(true) };
        Ok(self.destination(ground)?.is_ok_and(|now| now != offer.body().destination))
    }

    fn offer(&self, ground: &Ground<'_>, kept: &Kept) -> Result<Due, Unmade> {
        let destination = match self.destination(ground)? {
            Ok(destination) => destination,
            Err(id) => return Ok(Due::Apply(id)),
        };
        let message = Message::new(self.head(ground, None)?, Offer { destination })?;
        Ok(due(message, kept.offer.as_ref(), Handoff::Offer))
    }

    fn request(&self, ground: &Ground<'_>, kept: &Kept) -> Result<Due, Unmade> {
        let step = &self.plan.roles[ground.from];
        let bucket = &self.plan.buckets[ground.from];
        let (Some(role), Some(live)) = (settled(step), settled(bucket)) else {
            let id = if settled(step).is_none() { &step.change.id } else { &bucket.change.id };
            return Ok(Due::Apply(id.clone()));
        };
        let unique_id = role.unique_id().map(str::parse).transpose();
        let spec = &self.topology.buckets[ground.from];
        let source = Source {
            bucket: self.topology.bucket_arn(ground.from),
            region: spec.region.clone(),
            role: Role {
                arn: role.arn().clone(),
                unique_id: unique_id.map_err(|why| Unmade::Text { what: "the role's unique id", why })?,
            },
            prefixes: ground.prefixes()?,
            delete_markers: ground.delete_markers(),
            owner_override: ground.owner_override(),
            bucket_key: spec.bucket_key,
            object_lock: live.has_object_lock(),
        };
        let answers = match ground.grant() {
            topology::Grant::Role => kept.accepted.offer.as_ref().map(|offer| offer.digest().clone()),
            topology::Grant::AccountCondition => None,
        };
        let message = Message::new(self.head(ground, answers)?, Request { source })?;
        let says_the_same = kept.request.as_ref().is_some_and(|kept| kept.says_the_same(&message));
        Ok(match says_the_same && kept.accepted.grant.is_some() {
            true => Due::Done,
            false => due(message, kept.request.as_ref(), Handoff::Request),
        })
    }

    fn grant(&self, ground: &Ground<'_>, kept: &Kept) -> Result<Due, Unmade> {
        let Some(request) = &kept.accepted.request else {
            return Ok(Due::Waits(awaits(ground, Kind::Request)));
        };
        let destination = match self.destination(ground)? {
            Ok(destination) => destination,
            Err(id) => return Ok(Due::Apply(id)),
        };
        let of_key = &self.plan.key_policies[&self.topology.buckets[ground.to].key];
        let of_bucket = &self.plan.bucket_policies[ground.to];
        let (Some(key), Some(bucket)) = (settled(of_key), settled(of_bucket)) else {
            let id = if settled(of_key).is_none() { &of_key.change.id } else { &of_bucket.change.id };
            return Ok(Due::Apply(id.clone()));
        };
        let granted = Granted {
            to: ground.grantee(),
            role: request.source().role.clone(),
            at: self.now.into(),
            key_policy: written(
                key.document(),
                key_policy::sids_for(&of_key.desired, ground.from, ground.to),
            )?,
            bucket_policy: written(
                bucket.document(),
                bucket_policy::sids_for(&of_bucket.desired, ground.from),
            )?,
        };
        let head = self.head(ground, Some(request.digest().clone()))?;
        let message = Message::new(head, Grant { destination, granted })?;
        let before = kept.grant.as_ref();
        // When the statements were read back is no news.
        let same = before.is_some_and(|before| {
            let mut body = message.body().clone();
            body.granted.at = before.body().granted.at;
            before.head().answers == message.head().answers && *before.body() == body
        });
        Ok(match (same, before) {
            (true, Some(before)) => {
                Due::Message { handoff: Box::new(Handoff::Grant(before.clone())), again: true }
            }
            _ => Due::Message { handoff: Box::new(Handoff::Grant(message)), again: false },
        })
    }

    /// The bucket and the key, once they are as wanted; otherwise what is not.
    fn destination(&self, ground: &Ground<'_>) -> Result<Result<Destination, ResourceId>, Unmade> {
        let spec = &self.topology.buckets[ground.to];
        let (of_bucket, of_key) = (&self.plan.buckets[ground.to], &self.plan.keys[&spec.key]);
        let (Some(bucket), Some(key)) = (settled(of_bucket), settled(of_key)) else {
            let id = if settled(of_key).is_none() { &of_key.change.id } else { &of_bucket.change.id };
            return Ok(Err(id.clone()));
        };
        Ok(Ok(Destination {
            bucket: self.topology.bucket_arn(ground.to),
            region: spec.region.clone(),
            key: key.arn().clone(),
            bucket_key: bucket.uses_bucket_key(),
            object_ownership: bucket.object_ownership(),
            object_lock: bucket.has_object_lock(),
            prefixes: ground.prefixes()?,
        }))
    }

    fn head(&self, ground: &Ground<'_>, answers: Option<Digest>) -> Result<Head, Unmade> {
        let by: CallerArn =
            self.caller.parse().map_err(|why| Unmade::Text { what: "the ARN of the caller", why })?;
        Ok(Head {
            link: ground.mark()?,
            from: ground.id(ground.us()).clone(),
            to: ground.id(ground.them()).clone(),
            made: Made::new(self.now, by),
            answers,
        })
    }
}

/// What is there and as wanted.
fn settled<D, L>(step: &Step<D, L>) -> Option<&L> {
    step.live.as_ref().ok()?.as_ref().filter(|_| !step.change.action.writes())
}

fn awaits(ground: &Ground<'_>, message: Kind) -> Awaits {
    Awaits { account: ground.them().clone(), message: message.as_str() }
}

fn written(document: &Document, sids: BTreeSet<String>) -> Result<Written, Unmade> {
    let sids = sids.iter().map(|sid| sid.parse::<Sid>()).collect::<Result<_, _>>();
    Ok(Written {
        sids: sids.map_err(|why| Unmade::Text { what: "a Sid", why })?,
        digest: Digest::of(&document.value()),
    })
}

/// One that says the same as the one that was sent is that one: an answer to it may be under way.
fn due<B>(message: Message<B>, kept: Option<&Message<B>>, whole: fn(Message<B>) -> Handoff) -> Due
where
    B: crate::message::Body + Clone + PartialEq,
{
    match kept.filter(|kept| kept.says_the_same(&message)) {
        Some(kept) => Due::Message { handoff: Box::new(whole(kept.clone())), again: true },
        None => Due::Message { handoff: Box::new(whole(message)), again: false },
    }
}
