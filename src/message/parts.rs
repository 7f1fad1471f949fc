//! How the three bodies are read. Their fields are written by serde, in the order in which they are
//! declared.
//!
//! Deliberately absent: reasons to refuse that need more than one field. That is [`super::check`].

use serde::Serialize;

use super::body::{Body, Destination, Grant, Granted, Offer, Request, Role, Source, Written};
use super::fields::Fields;
use super::handoff::Message;
use super::malformed::Malformed;
use super::prefixes::Prefixes;
use super::refusal::Refusals;
use super::text::{Prefix, Sid};

/// How many Sids a message names of a policy.
const MOST_SIDS: usize = 16;

/// What the machinery of this module needs of a body; nobody else can name it, so there are three.
pub trait Parts: Serialize + Sized {
    /// Whether such a message answers another one: always, never, or either.
    const ANSWERS: Option<bool>;

    fn read(fields: &mut Fields) -> Result<Self, Malformed>;

    /// What is wrong with the message whoever receives it.
    fn contradictions(message: &Message<Self>, found: &mut Refusals)
    where
        Self: Body;

    /// What is wrong with it for this receiver.
    fn disagreements(message: &Message<Self>, expected: &Self::Expected, found: &mut Refusals)
    where
        Self: Body;
}

pub fn offer(fields: &mut Fields) -> Result<Offer, Malformed> {
    Ok(Offer { destination: fields.section("destination", destination)? })
}

pub fn request(fields: &mut Fields) -> Result<Request, Malformed> {
    Ok(Request { source: fields.section("source", source)? })
}

pub fn grant(fields: &mut Fields) -> Result<Grant, Malformed> {
    Ok(Grant {
        destination: fields.section("destination", destination)?,
        granted: fields.section("granted", granted)?,
    })
}

fn destination(fields: &mut Fields) -> Result<Destination, Malformed> {
    Ok(Destination {
        bucket: fields.arn("bucket")?,
        region: fields.text("region")?,
        key: fields.arn("key")?,
        bucket_key: fields.flag("bucket_key")?,
        object_ownership: fields.text("object_ownership")?,
        object_lock: fields.flag("object_lock")?,
        prefixes: prefixes(fields)?,
    })
}

fn source(fields: &mut Fields) -> Result<Source, Malformed> {
    Ok(Source {
        bucket: fields.arn("bucket")?,
        region: fields.text("region")?,
        role: fields.section("role", role)?,
        prefixes: prefixes(fields)?,
        delete_markers: fields.flag("delete_markers")?,
        owner_override: fields.flag("owner_override")?,
        bucket_key: fields.flag("bucket_key")?,
        object_lock: fields.flag("object_lock")?,
    })
}

fn role(fields: &mut Fields) -> Result<Role, Malformed> {
    Ok(Role { arn: fields.arn("arn")?, unique_id: fields.optional("unique_id")? })
}

fn granted(fields: &mut Fields) -> Result<Granted, Malformed> {
    Ok(Granted {
        to: fields.text("to")?,
        role: fields.section("role", role)?,
        at: fields.text("at")?,
        key_policy: fields.section("key_policy", written)?,
        bucket_policy: fields.section("bucket_policy", written)?,
    })
}

fn written(fields: &mut Fields) -> Result<Written, Malformed> {
    Ok(Written { sids: fields.set::<Sid>("sids", MOST_SIDS)?, digest: fields.text("digest")? })
}

fn prefixes(fields: &mut Fields) -> Result<Prefixes, Malformed> {
    let set = fields.set::<Prefix>("prefixes", Prefixes::MOST)?;
    Prefixes::new(set).map_err(|why| fields.wrong("prefixes", why))
}
