//! What other teams have told, link by link: messages that were accepted, and nothing else.
//!
//! Deliberately absent: where they are kept.

use std::collections::BTreeMap;

use crate::arn::BucketName;
use crate::change::Awaits;
use crate::message::{self, Accepted, Destination, Grant, Kind, Offer, Request, Source};
use crate::topology::{self, Link, Topology};

/// A source bucket and a destination bucket: what a message is of.
pub type Pair = (BucketName, BucketName);

/// The messages of a pair of buckets that count.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// The destination's bucket and key.
    pub offer: Option<Accepted<Offer>>,
    /// The source's role.
    pub request: Option<Accepted<Request>>,
    /// What the destination granted.
    pub grant: Option<Accepted<Grant>>,
}

/// The message that first tells of a destination.
pub fn first(link: &Link) -> Kind {
    match link.grant {
        topology::Grant::Role => Kind::Offer,
        topology::Grant::AccountCondition => Kind::Grant,
    }
}

/// What other teams have told.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pairs: BTreeMap<Pair, Heard>,
}

impl Told {
    /// Of these messages.
    pub fn of(pairs: BTreeMap<Pair, Heard>) -> Self {
        Self { pairs }
    }

    /// A remote destination bucket and its key: as it was granted, or else as it was offered.
    pub fn destination(&self, bucket: &BucketName) -> Option<message::Told<'_, Destination>> {
        let heard = || self.pairs.iter().filter(|((_, to), _)| to == bucket).map(|(_, heard)| heard);
        let granted = heard().find_map(|heard| heard.grant.as_ref()).map(Accepted::<Grant>::destination);
        granted.or_else(|| heard().find_map(|heard| heard.offer.as_ref()).map(Accepted::<Offer>::destination))
    }

    /// A remote source bucket and its role.
    pub fn source(&self, bucket: &BucketName) -> Option<message::Told<'_, Source>> {
        let mut heard = self.pairs.iter().filter(|((from, _), _)| from == bucket);
        heard.find_map(|(_, heard)| heard.request.as_ref()).map(Accepted::<Request>::source)
    }

    /// What a link to a remote destination still waits for before its rule may be written; nothing if it is
    /// granted. A grant to a role is for the one that has this unique id, and for none that is yet to be made.
    pub fn awaited(&self, topology: &Topology, link: &Link, unique_id: Option<&str>) -> Option<Awaits> {
        let account = &topology.buckets[&link.to].account;
        let heard = self.pairs.get(&(link.from.clone(), link.to.clone()));
        let grant = heard.and_then(|heard| heard.grant.as_ref());
        let counts = grant.is_some_and(|grant| match link.grant {
            topology::Grant::AccountCondition => true,
            topology::Grant::Role => {
                let granted = grant.body().granted.role.unique_id.as_ref();
                granted.is_some_and(|granted| Some(granted.to_string().as_str()) == unique_id)
            }
        });
        if !topology.is_remote(account) || counts {
            return None;
        }
        let message = if self.destination(&link.to).is_some() { Kind::Grant } else { first(link) };
        Some(Awaits { account: account.clone(), message: message.as_str() })
    }
}
