//! What came of one call: a part of the snapshot, or the permission that would have let us read it.
//!
//! Deliberately absent: making the call.

use crate::aws::{Account, AwsError, Operation};
use crate::doctor::{Read, Unread};
use crate::operation::row::Section;

/// A call that was answered, or not; `on` is the ARN of what it reads.
pub fn part<T>(answer: Result<Option<T>, AwsError>, on: &str) -> Read<T> {
    part_by(answer, 0, on)
}

/// Likewise for what has versions: IAM asks about another action where one is named.
pub fn part_of_version<T>(answer: Result<Option<T>, AwsError>, named: bool, on: &str) -> Read<T> {
    part_by(answer, usize::from(named), on)
}

fn part_by<T>(answer: Result<Option<T>, AwsError>, need: usize, on: &str) -> Read<T> {
    match answer {
        Ok(Some(answer)) => Read::Known(answer),
        Ok(None) => Read::Absent,
        Err(error) => Read::Unread(unread_by(&error, need, on)),
    }
}

/// A call that failed. No permission is named where none would have helped.
pub fn unread(error: &AwsError, on: &str) -> Unread {
    unread_by(error, 0, on)
}

fn unread_by(error: &AwsError, need: usize, on: &str) -> Unread {
    Unread {
        account: Some(error.account_id.to_string()),
        operation: Some(error.operation.to_string()),
        permission: permission(error.operation, need, on).filter(|_| error.is_denied()),
        why: error.brief(),
    }
}

/// A call that nobody could make: there are no credentials for the account.
pub fn out_of_reach<T>(account: &str, operation: Operation, on: &str) -> Read<T> {
    Read::Unread(Unread {
        account: Some(account.to_owned()),
        operation: Some(operation.to_string()),
        permission: permission(operation, 0, on),
        why: format!("there are no credentials for account {account} here"),
    })
}

/// What would let us: what the table says first of the call, or next.
pub fn permission(operation: Operation, need: usize, on: &str) -> Option<String> {
    let mut rows = operation.rows().filter(|row| row.section == Section::Doctor);
    let need = rows.find_map(|row| row.needs.get(need))?;
    Some(format!("{} on {on}", need.action))
}

/// Something that no call could be made for.
pub fn unasked<T>(why: impl Into<String>) -> Read<T> {
    Read::Unread(Unread { why: why.into(), ..Unread::default() })
}

/// The ARN of a bucket, as this account's partition has it.
pub fn bucket_arn(account: &Account, name: &str) -> String {
    format!("arn:{}:s3:::{name}", account.home().partition())
}
