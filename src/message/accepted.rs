//! A message that its receiver has checked. Who holds one may act on it.
//!
//! Deliberately absent: how it is checked.

use std::ops::Deref;

use super::body::Body;
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

impl<B: Body> Deref for Accepted<B> {
    type Target = Message<B>;
    fn deref(&self) -> &Message<B> {
        &self.message
    }
}
