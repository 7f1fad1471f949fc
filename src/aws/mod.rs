//! Everything that talks to AWS goes through here: credentials, clients, limits, retries, errors.
//!
//! Deliberately absent: what any resource should be. A file of [`crate::resource`] knows its calls.

mod accounts;
mod credentials;
mod error;
mod hint;
mod lane;
mod mfa;
mod pace;
mod patience;
mod profile;
mod raw;

pub use crate::operation::Operation;
pub use accounts::{Account, Accounts, Identity, SignIn, SignInError};
pub use error::AwsError;
use hint::for_sign_in as hint_for_sign_in;
pub use lane::{Lane, Service, Write};
pub use mfa::MfaRequest;
pub use patience::Patience;
pub use profile::{KnownProfile, ProfileError, account_of, known_profiles};
pub use raw::{AnswerBody, RequestBody};
