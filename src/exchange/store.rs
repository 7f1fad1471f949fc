//! Handoffs that were sent or accepted, as plain files: `<folder>/<source>/<destination>/<kind>.json`. They
//! hold no secrets, and can be committed or attached to a ticket.
//!
//! Deliberately absent: trust. A file is read and checked again each time, for somebody may have changed
//! it or the profile map.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::message::{
    Accepted, Body, Grant, Handoff, Kind, LARGEST, Malformed, Message, Offer, Refused, Request,
};
use crate::topology::{self, Topology};
use crate::trail::private;

use super::ground::{Ground, Side, Unsayable};
use super::told::{Heard, Told};

/// Where they are.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// The messages of a pair of buckets that are kept.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// As it was read.
    pub offer: Option<Message<Offer>>,
    /// As it was read.
    pub request: Option<Message<Request>>,
    /// As it was read.
    pub grant: Option<Message<Grant>>,
    /// Of the other team's messages those that agree with the profile map and with what was sent.
    pub accepted: Heard,
    /// Files that count for nothing, and why.
    pub set_aside: Vec<(PathBuf, String)>,
}

/// A file that cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("the handoff cannot be kept as {path}: {why}")]
pub struct KeepError {
    /// Where.
    pub path: String,
    /// What the system says.
    pub why: io::Error,
}

impl Store {
    /// In this folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Where a message of that kind is kept.
    pub fn path(&self, ground: &Ground<'_>, kind: Kind) -> PathBuf {
        self.folder.join(ground.from.as_str()).join(ground.to.as_str()).join(format!("{kind}.json"))
    }

    /// Keeps a message in the place of the one that was kept before.
    ///
    /// # Errors
    /// What the system says.
    pub fn keep(&self, ground: &Ground<'_>, handoff: &Handoff) -> Result<PathBuf, KeepError> {
        let path = self.path(ground, handoff.kind());
        private::replace(&path, handoff.to_text().as_bytes())
            .map_err(|why| KeepError { path: path.display().to_string(), why })?;
        Ok(path)
    }

    /// What is kept of a pair of buckets, checked once more.
    ///
    /// # Errors
    /// The map cannot be said in a message.
    pub fn read(&self, ground: &Ground<'_>) -> Result<Kept, Unsayable> {
        let mut kept = Kept::default();
        for kind in [Kind::Offer, Kind::Request, Kind::Grant] {
            let path = self.path(ground, kind);
            match self::read(&path) {
                Ok(None) => {}
                Ok(Some(handoff)) if handoff.kind() != kind => {
                    kept.set_aside.push((path, format!("it is a {}", handoff.kind())));
                }
                Ok(Some(Handoff::Offer(offer))) => kept.offer = Some(offer),
                Ok(Some(Handoff::Request(request))) => kept.request = Some(request),
                Ok(Some(Handoff::Grant(grant))) => kept.grant = Some(grant),
                Err(why) => kept.set_aside.push((path, why)),
            }
        }
        let now = Timestamp::now();
        match ground.side {
            Side::Source => {
                let expected = ground.expected_offer(now, None)?;
                kept.accepted.offer =
                    self.accept(ground, kept.offer.as_ref(), &expected, &mut kept.set_aside);
                if let Some(request) = &kept.request {
                    let offer = kept.accepted.offer.as_deref();
                    let expected = ground.expected_grant(now, None, offer, request)?;
                    kept.accepted.grant =
                        self.accept(ground, kept.grant.as_ref(), &expected, &mut kept.set_aside);
                }
            }
            // What answers an offer counts for nothing without it.
            Side::Destination if ground.grant() == topology::Grant::Role && kept.offer.is_none() => {
                if kept.request.is_some() {
                    let path = self.path(ground, Kind::Request);
                    kept.set_aside.push((path, "the offer that it answers is not kept here".to_owned()));
                }
            }
            Side::Destination => {
                let expected = ground.expected_request(now, None, kept.offer.as_ref())?;
                kept.accepted.request =
                    self.accept(ground, kept.request.as_ref(), &expected, &mut kept.set_aside);
            }
        }
        Ok(kept)
    }

    fn accept<B: Body + Clone>(
        &self,
        ground: &Ground<'_>,
        message: Option<&Message<B>>,
        expected: &B::Expected,
        set_aside: &mut Vec<(PathBuf, String)>,
    ) -> Option<Accepted<B>> {
        match message?.clone().accept(expected) {
            Ok(accepted) => Some(accepted),
            Err(refused) => {
                set_aside.push((self.path(ground, B::KIND), one_line(&refused)));
                None
            }
        }
    }

    /// What other teams have told, of all links of a map; and files that count for nothing, and why.
    ///
    /// # Errors
    /// The map cannot be said in a message.
    pub fn told(&self, topology: &Topology) -> Result<(Told, Vec<(PathBuf, String)>), Unsayable> {
        let (mut pairs, mut set_aside) = (BTreeMap::new(), Vec::new());
        for ground in Ground::all(topology) {
            let kept = self.read(&ground)?;
            pairs.insert(ground.pair(), kept.accepted);
            set_aside.extend(kept.set_aside);
        }
        Ok((Told::of(pairs), set_aside))
    }
}

fn one_line(refused: &Refused) -> String {
    refused.to_string().lines().map(str::trim).collect::<Vec<_>>().join(" ")
}

/// A handoff of a file; none if there is no such file.
///
/// # Errors
/// It cannot be read, or is no handoff.
pub fn read(path: &Path) -> Result<Option<Handoff>, String> {
    use std::io::Read as _;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let mut bytes = Vec::new();
    // One byte more tells that it is too large, which the reader of messages then says.
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX).saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(|error| error.to_string())?;
    Handoff::parse(&bytes).map(Some).map_err(|why: Malformed| format!("{why}; {}", why.hint()))
}
