//! Who made a message, as STS names a caller.
//!
//! Deliberately absent: whether the message is from it. Nothing in a message can prove that.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::text::{TextError, visible};
use crate::arn::{AccountId, Partition};

/// `arn:aws:sts::111111111111:assumed-role/Admin/ana`, `arn:aws:iam::111111111111:user/ana` and the like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(into = "String")]
pub struct CallerArn {
    text: String,
    account: AccountId,
}

impl CallerArn {
    /// The account that the caller is in.
    pub fn account(&self) -> &AccountId {
        &self.account
    }
}

impl FromStr for CallerArn {
    type Err = TextError;
    fn from_str(text: &str) -> Result<Self, TextError> {
        const FORM: &str = "a caller's ARN looks like `arn:aws:sts::111111111111:assumed-role/Admin/ana`";
        visible(text)?;
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "iam" | "sts", "", account, resource] = fields[..] else {
            return Err(TextError(FORM.to_owned()));
        };
        let whole = !resource.is_empty() && resource.chars().all(|c| c.is_ascii_graphic());
        if !whole || text.len() > 2048 || partition.parse::<Partition>().is_err() {
            return Err(TextError(FORM.to_owned()));
        }
        let account = account.parse::<AccountId>().map_err(|error| TextError(error.to_string()))?;
        Ok(Self { text: text.to_owned(), account })
    }
}

impl fmt::Display for CallerArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl From<CallerArn> for String {
    fn from(caller: CallerArn) -> Self {
        caller.text
    }
}
