//! Handoffs: the small messages by which two teams set a link up when nobody holds credentials of both
//! accounts. docs/handoffs describes the format.
//!
//! A destination *offers* a bucket and a key, a source *requests* grants for its role, the destination
//! says what it *granted*. Where the destination grants to the account with a condition on the role's ARN,
//! the request may come first. A [`Message`] was read and is well formed; an [`Accepted`] one also agrees
//! with what its receiver expects, and only that may be acted on.
//!
//! Deliberately absent: files, the profile map, AWS; and signatures. A digest shows that a message was
//! changed on its way by accident or by hand, not who made it: that is why everything that the receiver can
//! know is compared with what it knows.

mod accepted;
mod body;
mod caller;
mod canonical;
mod check;
mod expectation;
mod fields;
mod handoff;
mod head;
mod malformed;
mod moment;
mod parts;
mod prefixes;
mod refusal;
mod scan;
mod schema;
mod text;

#[cfg(test)]
mod tests;

pub use accepted::{Accepted, Told};
pub use body::{Body, Destination, Grant, Granted, Offer, Ownership, Request, Role, Source, Written};
pub use caller::CallerArn;
pub use canonical::{Digest, canonical};
pub use expectation::{AllowedRole, ExpectedGrant, ExpectedOffer, ExpectedRequest, Receiver};
pub use handoff::{Handoff, Message, Unsound};
pub use head::{Grantee, Head, Kind, LinkMark, Made};
pub use malformed::Malformed;
pub use moment::Moment;
pub use prefixes::{Cover, Prefixes};
pub use refusal::{Refusal, Refused, Why};
pub use schema::schema;
pub use text::{Label, Prefix, Program, RoleId, Sid, TextError};

/// The version of the form: raised when a field goes away or changes its meaning.
pub const VERSION: u64 = 1;

/// Far more than a handoff of a hundred prefixes.
pub const LARGEST: usize = 64 * 1024;
