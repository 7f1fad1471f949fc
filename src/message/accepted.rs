//! A message that its receiver has checked. Who holds one may act on it.
//!
//! Deliberately absent: how it is checked.

use std::ops::Deref;

use super::body::{Body, Destination, Grant, Offer, Request, Source};
use super::handoff::Message;

/// A message that agrees with what its receiver expects. Only [`Message::accept`] makes one: one that was
/// kept is read and checked again.
///
/// ```compile_fail
/// use bucketbridge::message::{Accepted, Message, Offer};
/// fn act_on(message: Message<Offer>) -> Accepted<Offer> {
///     Accepted { message }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted<B: Body> {
    message: Message<B>,
}

impl<B: Body> Accepted<B> {
    pub(super) fn checked(message: Message<B>) -> Self {
        Self { message }
    }
}

/// A part of a message that its receiver has accepted: what another team says of its own side. Only an
/// [`Accepted`] message gives it.
#[derive(Debug, PartialEq, Eq)]
pub struct Told<'a, T>(&'a T);

impl<T> Clone for Told<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Told<'_, T> {}

impl<T> Deref for Told<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.0
    }
}

impl Accepted<Offer> {
    /// The bucket and key that are offered.
    pub fn destination(&self) -> Told<'_, Destination> {
        Told(&self.message.body().destination)
    }
}

impl Accepted<Grant> {
    /// The bucket and key that are granted.
    pub fn destination(&self) -> Told<'_, Destination> {
        Told(&self.message.body().destination)
    }
}

impl Accepted<Request> {
    /// The bucket and role that are to be granted.
    pub fn source(&self) -> Told<'_, Source> {
        Told(&self.message.body().source)
    }
}

impl<B: Body> Deref for Accepted<B> {
    type Target = Message<B>;
    fn deref(&self) -> &Message<B> {
        &self.message
    }
}
