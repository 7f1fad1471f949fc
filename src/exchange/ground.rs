//! A pair of buckets of which one is another team's, and what this side's profile map says of it.
//!
//! Deliberately absent: what the other team says.

use std::time::Duration;

use jiff::Timestamp;

use crate::arn::{AccountId, BucketName, KeyArn};
use crate::message::{
    AllowedRole, ExpectedGrant, ExpectedOffer, ExpectedRequest, Grantee, Label, LinkMark, Message, Offer,
    Prefix, Prefixes, Receiver, Request, TextError,
};
use crate::resource::role;
use crate::topology::{AccountName, Credentials, Grant, KeyName, Link, LinkName, Topology};

use super::Pair;

/// Which side of a link is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The bucket that replicates.
    Source,
    /// The bucket that it replicates to.
    Destination,
}

/// A pair of buckets between two teams.
#[derive(Debug, Clone)]
pub struct Ground<'a> {
    topology: &'a Topology,
    /// The source bucket.
    pub from: &'a BucketName,
    /// The destination bucket.
    pub to: &'a BucketName,
    /// Which of them is here.
    pub side: Side,
    /// The links between them: they share their grants, and their messages.
    pub links: Vec<(&'a LinkName, &'a Link)>,
}

/// A map that cannot be said in a message.
#[derive(Debug, Clone, thiserror::Error)]
#[error("link {link} cannot be handed over: {why}")]
pub struct Unsayable {
    /// The link.
    pub link: LinkName,
    /// What is the matter.
    pub why: TextError,
}

impl<'a> Ground<'a> {
    /// All of a map, in the order of their buckets' names.
    pub fn all(topology: &'a Topology) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for (name, link) in &topology.links {
            let remote = |bucket: &BucketName| topology.is_remote(&topology.buckets[bucket].account);
            let side = match (remote(&link.from), remote(&link.to)) {
                (false, true) => Side::Source,
                (true, false) => Side::Destination,
                _ => continue,
            };
            match all.iter_mut().find(|ground| *ground.from == link.from && *ground.to == link.to) {
                Some(ground) => ground.links.push((name, link)),
                None => {
                    all.push(Self {
                        topology,
                        from: &link.from,
                        to: &link.to,
                        side,
                        links: vec![(name, link)],
                    });
                }
            }
        }
        all.sort_by(|a, b| (a.from, a.to).cmp(&(b.from, b.to)));
        all
    }

    /// The two buckets.
    pub fn pair(&self) -> Pair {
        (self.from.clone(), self.to.clone())
    }

    /// The account here.
    pub fn us(&self) -> &'a AccountName {
        let bucket = if self.side == Side::Source { self.from } else { self.to };
        &self.topology.buckets[bucket].account
    }

    /// The other team's account.
    pub fn them(&self) -> &'a AccountName {
        let bucket = if self.side == Side::Source { self.to } else { self.from };
        &self.topology.buckets[bucket].account
    }

    /// The id of an account of the map.
    pub fn id(&self, account: &AccountName) -> &'a AccountId {
        &self.topology.account(account).id
    }

    /// Whom the destination's statements name.
    pub fn grant(&self) -> Grant {
        self.links.iter().map(|(_, link)| link.grant).max().unwrap_or_default()
    }

    /// The same in a message.
    pub fn grantee(&self) -> Grantee {
        match self.grant() {
            Grant::Role => Grantee::Role,
            Grant::AccountCondition => Grantee::AccountCondition,
        }
    }

    /// Whether any of the links wants delete markers replicated.
    pub fn delete_markers(&self) -> bool {
        self.links.iter().any(|(_, link)| link.delete_markers)
    }

    /// Whether any of the links gives replicas to the destination's owner.
    pub fn owner_override(&self) -> bool {
        self.links.iter().any(|(_, link)| link.owner_override)
    }

    /// What it is called in a message.
    ///
    /// # Errors
    /// The name of the first link holds what cannot be seen.
    pub fn mark(&self) -> Result<LinkMark, Unsayable> {
        let (name, _) = self.first();
        let label: Label = name.0.parse().map_err(|why| Unsayable { link: name.clone(), why })?;
        Ok(LinkMark { name: label, source_bucket: self.from.clone(), destination_bucket: self.to.clone() })
    }

    /// What is sent or accepted.
    ///
    /// # Errors
    /// A prefix holds what cannot be seen, or there are too many.
    pub fn prefixes(&self) -> Result<Prefixes, Unsayable> {
        let read = |(name, link): &(&LinkName, &Link)| {
            link.prefix.parse::<Prefix>().map_err(|why| Unsayable { link: (*name).clone(), why })
        };
        let all = self.links.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Prefixes::new(all).map_err(|why| Unsayable { link: self.first().0.clone(), why })
    }

    fn first(&self) -> (&'a LinkName, &'a Link) {
        // A ground is made of a link.
        self.links[0]
    }

    fn receiver(&self, now: Timestamp, max_age: Option<Duration>) -> Result<Receiver, Unsayable> {
        let theirs = if self.side == Side::Source { self.to } else { self.from };
        Ok(Receiver {
            us: self.id(self.us()).clone(),
            them: self.id(self.them()).clone(),
            source_bucket: self.from.clone(),
            destination_bucket: self.to.clone(),
            their_region: Some(self.topology.buckets[theirs].region.clone()),
            prefixes: self.prefixes()?,
            object_lock: None,
            now,
            max_age,
        })
    }

    fn key(&self) -> Option<KeyArn> {
        match &self.topology.buckets[self.to].key.name {
            KeyName::Told { expected, .. } => expected.clone(),
            KeyName::Existing(arn) => Some(arn.clone()),
            KeyName::Alias(_) => None,
        }
    }

    /// What an offer is compared with.
    ///
    /// # Errors
    /// The map cannot be said in a message.
    pub fn expected_offer(
        &self,
        now: Timestamp,
        max_age: Option<Duration>,
    ) -> Result<ExpectedOffer, Unsayable> {
        Ok(ExpectedOffer { receiver: self.receiver(now, max_age)?, key: self.key() })
    }

    /// What a request is compared with; `offer` is the one that was sent.
    ///
    /// # Errors
    /// The map cannot be said in a message.
    pub fn expected_request(
        &self,
        now: Timestamp,
        max_age: Option<Duration>,
        offer: Option<&Message<Offer>>,
    ) -> Result<ExpectedRequest, Unsayable> {
        let by_map = || AllowedRole::Exactly(role::arn_by_map(self.topology, self.from));
        let mut receiver = self.receiver(now, max_age)?;
        receiver.object_lock = offer.map(|offer| offer.body().destination.object_lock);
        let role = match &self.topology.account(self.them()).credentials {
            Credentials::Remote { role: Some(role) } => role.parse().unwrap_or_else(|_| by_map()),
            _ => by_map(),
        };
        Ok(ExpectedRequest {
            receiver,
            role: Some(role),
            // A role that was made again has another, and needs to be granted again.
            unique_id: None,
            grantee: self.grantee(),
            delete_markers: self.delete_markers(),
            owner_override: self.owner_override(),
            asked: match self.grant() {
                Grant::Role => offer.map(|offer| offer.digest().clone()),
                Grant::AccountCondition => None,
            },
        })
    }

    /// What a grant is compared with; `request` is the one that was sent.
    ///
    /// # Errors
    /// The map cannot be said in a message.
    pub fn expected_grant(
        &self,
        now: Timestamp,
        max_age: Option<Duration>,
        offer: Option<&Message<Offer>>,
        request: &Message<Request>,
    ) -> Result<ExpectedGrant, Unsayable> {
        let mut receiver = self.receiver(now, max_age)?;
        receiver.object_lock = Some(request.body().source.object_lock);
        Ok(ExpectedGrant {
            receiver,
            key: self.key(),
            grantee: self.grantee(),
            offered: offer.map(|offer| offer.body().destination.clone()),
            role: request.body().source.role.clone(),
            asked: request.digest().clone(),
        })
    }
}
