//! A message: made, written, read.
//!
//! A text is refused unless reading and writing it gives back all of it, so that there is nothing in a
//! message that its receiver does not know of.
//!
//! Deliberately absent: whether its receiver agrees.

use serde_json::{Map, Value};

use super::accepted::Accepted;
use super::body::{Body, Grant, Offer, Request};
use super::canonical::{Digest, canonical};
use super::fields::Fields;
use super::head::{Head, Kind};
use super::malformed::Malformed;
use super::refusal::{Refusals, Refused};
use super::scan::scan;
use super::{LARGEST, VERSION};
use crate::iam::each_key_once;

/// A message that is well formed, and as it was made. Whether it is true, and from whom, it cannot say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<B> {
    head: Head,
    body: B,
    digest: Digest,
}

/// A message of any kind, as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handoff {
    /// Destination to source.
    Offer(Message<Offer>),
    /// Source to destination.
    Request(Message<Request>),
    /// Destination to source.
    Grant(Message<Grant>),
}

/// Why a message cannot be made: whoever receives it would refuse it.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    /// It could not be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It contradicts itself.
    #[error(transparent)]
    Refused(#[from] Refused),
}

impl<B: Body> Message<B> {
    /// A message to be sent.
    ///
    /// # Errors
    /// Nobody would accept it: a text of it is too long or holds what cannot be seen, or it contradicts
    /// itself.
    pub fn new(head: Head, body: B) -> Result<Self, Unsound> {
        let digest = Digest::of(&Value::Object(members(&head, &body)));
        let message = Self { head, body, digest };
        // What is written has to be read: one set of rules for both.
        Handoff::parse(message.to_text().as_bytes())?;
        let found = message.contradictions();
        if found.is_empty() { Ok(message) } else { Err(found.refused(&message).into()) }
    }

    /// Which link, from whom, to whom, when.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// What it says.
    pub fn body(&self) -> &B {
        &self.body
    }

    /// What an answer to it names.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The JSON object.
    pub fn to_value(&self) -> Value {
        let mut map = members(&self.head, &self.body);
        map.insert("digest".to_owned(), Value::from(self.digest.as_str()));
        Value::Object(map)
    }

    /// The text of a file.
    pub fn to_text(&self) -> String {
        format!("{:#}\n", self.to_value())
    }

    /// Whether it says the same as another: all but who made it, when, and the name of the link.
    /// One that says the same as one that was sent need not be sent again.
    pub fn says_the_same(&self, other: &Self) -> bool
    where
        B: PartialEq,
    {
        let subject = |head: &Head| {
            let link = (head.link.source_bucket.clone(), head.link.destination_bucket.clone());
            (link, head.from.clone(), head.to.clone(), head.answers.clone())
        };
        subject(&self.head) == subject(&other.head) && self.body == other.body
    }

    /// Compares it with what its receiver knows.
    ///
    /// # Errors
    /// Everything that is refused about it.
    pub fn check(&self, expected: &B::Expected) -> Result<(), Refused> {
        let mut found = self.contradictions();
        B::disagreements(self, expected, &mut found);
        if found.is_empty() { Ok(()) } else { Err(found.refused(self)) }
    }

    /// The message as one that may be acted on, if [`Message::check`] finds nothing.
    ///
    /// # Errors
    /// Everything that is refused about it.
    pub fn accept(self, expected: &B::Expected) -> Result<Accepted<B>, Refused> {
        self.check(expected)?;
        Ok(Accepted::checked(self))
    }

    fn contradictions(&self) -> Refusals {
        let mut found = Refusals::default();
        B::contradictions(self, &mut found);
        found
    }

    fn read(mut fields: Fields) -> Result<Self, Malformed> {
        let head = Head::read(&mut fields)?;
        match (B::ANSWERS, &head.answers) {
            (Some(true), None) => return Err(fields.wrong("answers", "it is missing")),
            (Some(false), Some(_)) => return Err(fields.wrong("answers", "an offer answers nothing")),
            _ => {}
        }
        let body = B::read(&mut fields)?;
        let digest = fields.text("digest")?;
        fields.end()?;
        Ok(Self { head, body, digest })
    }
}

/// All but the digest, in the order in which it is written.
fn members<B: Body>(head: &Head, body: &B) -> Map<String, Value> {
    let mut map = Map::new();
    map.insert("version".to_owned(), Value::from(VERSION));
    map.insert("kind".to_owned(), Value::from(B::KIND.as_str()));
    // What is made of serialisable parts can be serialised.
    for part in [serde_json::to_value(head), serde_json::to_value(body)] {
        if let Ok(Value::Object(part)) = part {
            map.extend(part);
        }
    }
    map
}

impl Handoff {
    /// Reads one.
    ///
    /// # Errors
    /// Why it is none, or not as it was made.
    pub fn parse(text: &[u8]) -> Result<Self, Malformed> {
        if text.len() > LARGEST {
            return Err(Malformed::TooLarge);
        }
        let text = std::str::from_utf8(text).map_err(|_| Malformed::NotText)?;
        scan(text)?;
        each_key_once(text).map_err(Malformed::NotJson)?;
        let value: Value = serde_json::from_str(text).map_err(Malformed::NotJson)?;
        let Value::Object(mut map) = value.clone() else { return Err(Malformed::NotAHandoff) };
        let (version, kind) = (map.remove("version"), map.remove("kind"));
        let (Some(Value::Number(version)), Some(Value::String(kind))) = (version, kind) else {
            return Err(Malformed::NotAHandoff);
        };
        match version.as_u64() {
            Some(VERSION) => {}
            Some(version) => return Err(Malformed::Version(version)),
            None => return Err(Malformed::Number),
        }
        as_it_was_made(&value)?;
        let fields = Fields::new(map);
        let handoff = match kind.as_str() {
            "offer" => Self::Offer(Message::read(fields)?),
            "request" => Self::Request(Message::read(fields)?),
            "grant" => Self::Grant(Message::read(fields)?),
            _ => return Err(Malformed::Kind),
        };
        if canonical(&handoff.to_value()) == canonical(&value) {
            Ok(handoff)
        } else {
            Err(Malformed::Changed)
        }
    }

    /// Which it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Offer(_) => Kind::Offer,
            Self::Request(_) => Kind::Request,
            Self::Grant(_) => Kind::Grant,
        }
    }

    /// Which link, from whom, to whom, when.
    pub fn head(&self) -> &Head {
        match self {
            Self::Offer(message) => message.head(),
            Self::Request(message) => message.head(),
            Self::Grant(message) => message.head(),
        }
    }

    /// What an answer to it names.
    pub fn digest(&self) -> &Digest {
        match self {
            Self::Offer(message) => message.digest(),
            Self::Request(message) => message.digest(),
            Self::Grant(message) => message.digest(),
        }
    }

    /// The JSON object.
    pub fn to_value(&self) -> Value {
        match self {
            Self::Offer(message) => message.to_value(),
            Self::Request(message) => message.to_value(),
            Self::Grant(message) => message.to_value(),
        }
    }

    /// The text of a file.
    pub fn to_text(&self) -> String {
        format!("{:#}\n", self.to_value())
    }
}

/// Whether the digest is that of the rest.
fn as_it_was_made(value: &Value) -> Result<(), Malformed> {
    let mut bare = value.clone();
    let stated = bare.as_object_mut().and_then(|map| map.remove("digest"));
    let Some(Value::String(stated)) = stated else { return Err(Malformed::NotAHandoff) };
    if stated == Digest::of(&bare).as_str() { Ok(()) } else { Err(Malformed::Changed) }
}
