//! What came of one call: a part of the snapshot, or the permission that would have let us read it.
//!
//! Deliberately absent: making the call.

use crate::aws::{Account, AwsError, Operation};
use crate::doctor::{Read, Unread};

/// A call that was answered, or not: `action` is what IAM calls it, `on` the ARN of what it reads.
pub fn part<T>(answer: Result<Option<T>, AwsError>, action: &str, on: &str) -> Read<T> {
    match answer {
        Ok(Some(answer)) => Read::Known(answer),
        Ok(None) => Read::Absent,
        Err(error) => Read::Unread(unread(&error, action, on)),
    }
}

/// A call that failed. No permission is named where none would have helped.
pub fn unread(error: &AwsError, action: &str, on: &str) -> Unread {
    Unread {
        account: Some(error.account_id.to_string()),
        operation: Some(error.operation.to_string()),
        permission: error.is_denied().then(|| format!("{action} on {on}")),
        why: error.brief(),
    }
}

/// A call that nobody could make: there are no credentials for the account.
pub fn out_of_reach<T>(account: &str, operation: Operation, action: &str, on: &str) -> Read<T> {
    Read::Unread(Unread {
        account: Some(account.to_owned()),
        operation: Some(operation.to_string()),
        permission: Some(format!("{action} on {on}")),
        why: format!("there are no credentials for account {account} here"),
    })
}

/// Something that no call could be made for.
pub fn unasked<T>(why: impl Into<String>) -> Read<T> {
    Read::Unread(Unread { why: why.into(), ..Unread::default() })
}

/// The ARN of a bucket, as this account's partition has it.
pub fn bucket_arn(account: &Account, name: &str) -> String {
    format!("arn:{}:s3:::{name}", account.home().partition())
}
