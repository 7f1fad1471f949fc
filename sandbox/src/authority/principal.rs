//! Who a resource policy's `Principal` and `NotPrincipal` mean.
//!
//! It deliberately does not ask whether the principals exist: that is checked
//! when a policy is stored ([`crate::checks::principals`]).
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>

use serde_json::Value;

use super::caller::Caller;
use crate::arn::{Arn, is_account_id};

/// How tightly a statement holds the caller. The order matters: the further
/// down, the less the caller's own account has to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grip {
    /// The account: it hands the decision to that account's own policies.
    Account,
    /// `*`.
    Anyone,
    /// The role whose session the caller is.
    Role,
    /// The user, the session or the service itself.
    Itself,
}

/// The tightest way in which `principals` names the caller.
pub fn grip(principals: &Value, caller: &Caller) -> Option<Grip> {
    match principals {
        Value::String(text) if text == "*" => Some(Grip::Anyone),
        Value::Object(kinds) => kinds
            .iter()
            .flat_map(|(kind, names)| texts(names).filter_map(move |name| grip_of(kind, name, caller)))
            .max(),
        _ => None,
    }
}

fn grip_of(kind: &str, name: &str, caller: &Caller) -> Option<Grip> {
    match (kind, &caller.service) {
        ("Service" | "Federated", Some(service)) => (name == service).then_some(Grip::Itself),
        ("AWS", Some(_)) => (name == "*").then_some(Grip::Anyone),
        ("AWS", None) => grip_of_aws(name, caller),
        _ => None,
    }
}

/// How an AWS principal's name holds the caller.
pub fn grip_of_aws(name: &str, caller: &Caller) -> Option<Grip> {
    if name == "*" {
        return Some(Grip::Anyone);
    }
    if name == caller.arn() || (caller.role.is_none() && name == caller.unique_id()) {
        return Some(Grip::Itself);
    }
    if let Some(role) = &caller.role
        && (name == role.arn || name == role.id)
    {
        return Some(Grip::Role);
    }
    (account_of(name)? == caller.account()).then_some(Grip::Account)
}

/// The account that a principal names as a whole.
fn account_of(name: &str) -> Option<&str> {
    if is_account_id(name) {
        return Some(name);
    }
    let arn = Arn::parse(name)?;
    (arn.service == "iam" && arn.resource == "root").then_some(arn.account)
}

/// Whether a `NotPrincipal` list lets the caller off. The account has to be
/// listed besides the user or role, and a role with a permissions boundary is
/// never let off:
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>
pub fn excluded(principals: &Value, caller: &Caller) -> bool {
    let Value::Object(kinds) = principals else {
        return principals == "*";
    };
    if let Some(service) = &caller.service {
        return kinds.get("Service").is_some_and(|names| texts(names).any(|name| name == service));
    }
    let listed: Vec<&str> = kinds.get("AWS").into_iter().flat_map(texts).collect();
    if listed.contains(&"*") {
        return true;
    }
    if caller.role.as_ref().is_some_and(|role| role.has_boundary) {
        return false;
    }
    let account = listed.iter().any(|name| account_of(name) == Some(caller.account()));
    let itself =
        listed.iter().any(|name| matches!(grip_of_aws(name, caller), Some(Grip::Role | Grip::Itself)));
    account && itself
}

/// The entries of an element that may be one text or a list of them.
pub fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    list.iter().filter_map(Value::as_str)
}
