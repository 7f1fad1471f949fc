//! Whom the statements of a policy of a bucket or key name instead of the role.
//!
//! Deliberately absent: what comes of it.

use serde_json::Value;

use crate::arn::{AccountId, RoleArn};
use crate::iam::is_unique_id;

use super::super::lack::Place;

/// Whom a statement names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// A principal that was deleted, by the unique id that it left
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids>).
    Deleted,
    /// Another role, user or account, where the role was meant.
    Other,
    /// S3 as a service.
    Service,
    /// Others, who have nothing to do with it.
    Nobody,
}

/// Whom a statement that does not name the role names. `owner`: the account of the bucket or key, whose
/// own statements are for its own people; but of replication it can have meant nobody of its own.
pub(super) fn named(place: Place<'_>, action: &str, owner: Option<&str>, role: &RoleArn) -> Named {
    let principals = place.principals();
    let owner = owner.filter(|_| !(place.is_explicit() && action.starts_with("s3:Replicate")));
    let of = |principal: &String| kind(principal, owner, role, place.is_explicit());
    principals.iter().map(of).min().unwrap_or(Named::Nobody)
}

fn kind(principal: &str, owner: Option<&str>, role: &RoleArn, explicit: bool) -> Named {
    if is_unique_id(principal) {
        return Named::Deleted;
    }
    if principal.starts_with("s3.") || principal.ends_with("s3.amazonaws.com") {
        return Named::Service;
    }
    if principal.parse::<AccountId>().is_ok() || principal.ends_with(":root") {
        let account = principal.split(':').nth(4).unwrap_or(principal);
        return if Some(account) == owner { Named::Nobody } else { Named::Other };
    }
    let assumed =
        principal.split_once(":assumed-role/").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    let name = match (principal.parse::<RoleArn>(), assumed) {
        (Ok(other), _) => other.name,
        (_, Some(name)) => name.to_owned(),
        _ if principal.contains(":user/") => String::new(),
        // A principal that cannot exist is a finding of its own.
        _ => return Named::Nobody,
    };
    let account = principal.split(':').nth(4);
    let foreign = account != owner;
    let meant = name == role.name || foreign || explicit && owner == Some(role.account.as_str());
    if meant { Named::Other } else { Named::Nobody }
}

/// The statement with the role in the place of deleted principals: AWS does not save a document that
/// names one.
pub(super) fn renewed(statement: &Value, role: &str) -> Value {
    let mut statement = statement.clone();
    let Some(principals) = statement.pointer_mut("/Principal/AWS") else { return statement };
    let renew = |value: &Value| match value.as_str() {
        Some(text) if is_unique_id(text) => Value::from(role),
        _ => value.clone(),
    };
    let mut renewed: Vec<Value> = match &*principals {
        Value::Array(many) => many.iter().map(renew).collect(),
        one => vec![renew(one)],
    };
    renewed.dedup();
    *principals = if renewed.len() == 1 { renewed.remove(0) } else { Value::Array(renewed) };
    statement
}
