//! Who may become the operator: the trust policy of the role that an account entry assumes last.
//!
//! Deliberately absent: the other roles of a chain. They belong to entries or accounts of their own.

use serde_json::{Value, json};

use crate::arn::RoleArn;
use crate::topology::{AccountName, AssumeRole, Base, Credentials, ExternalId, Topology};

use super::condition::Condition;

/// A trust policy and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Trust {
    /// The operator's role.
    pub role: RoleArn,
    /// What it is for.
    pub description: String,
    /// As IAM takes it.
    pub document: Value,
    /// The map names no identity, so that it is left to the policies of its whole account.
    pub of_account: bool,
}

/// Why there is no trust policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoTrust {
    /// The entry assumes no role.
    NoRole,
    /// The map does not say whose the credentials are that assume the role.
    Unknown,
    /// The variable of the external id is not set.
    NoVariable(String),
}

/// The trust policy of the account's role. `principal` is who assumes it, where the map does not say so;
/// `variable` reads a variable of the environment.
///
/// The external id is in it, as IAM wants it: whoever may read the role sees it there, and AWS takes it for
/// no secret (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html>).
///
/// # Errors
/// Why there is none.
pub fn trust(
    topology: &Topology,
    account: &AccountName,
    principal: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Trust, NoTrust> {
    let Credentials::Roles { base, chain } = &topology.account(account).credentials else {
        return Err(NoTrust::NoRole);
    };
    let Some((role, before)) = chain.split_last() else { return Err(NoTrust::NoRole) };
    let by_map = match before.last() {
        Some(before) => Some((before.role.to_string(), false)),
        None => account_of(topology, base).map(|arn| (arn, true)),
    };
    let given = principal.map(|arn| (arn.to_owned(), false));
    let (principal, of_account) = given.or(by_map).ok_or(NoTrust::Unknown)?;
    let external_id = match &role.external_id {
        None => None,
        Some(ExternalId::Text(text)) => Some(text.clone()),
        Some(ExternalId::Variable(name)) => {
            Some(variable(name).ok_or_else(|| NoTrust::NoVariable(name.clone()))?)
        }
    };
    let document = json!({
        "Version": "2012-10-17",
        "Statement": statements(&principal, chain, role, external_id),
    });
    let description = format!("The operator of bucketbridge in account {account} ({})", role.role.account);
    Ok(Trust { role: role.role.clone(), description, document, of_account })
}

/// The account whose credentials the base is, if an entry of the map says so.
fn account_of(topology: &Topology, base: &Base) -> Option<String> {
    let account = topology.accounts.values().find(|account| match (&account.credentials, base) {
        (Credentials::Default, Base::Default) => true,
        (Credentials::Profile(profile), Base::Profile(base)) => profile == base,
        _ => false,
    })?;
    Some(format!("arn:{}:iam::{}:root", account.partition.as_str(), account.id))
}

/// Tags and source identity have actions and condition keys of their own
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>).
fn statements(
    principal: &str,
    chain: &[AssumeRole],
    role: &AssumeRole,
    external_id: Option<String>,
) -> Vec<Value> {
    let statement = |sid: &str, action: &str, condition: &Condition| {
        let mut statement = json!({
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": action,
        });
        if let Some(condition) = condition.value() {
            statement["Condition"] = condition;
        }
        statement
    };
    let mut assume = Condition::default();
    if let Some(id) = external_id {
        assume = assume.equals("sts:ExternalId", [id]);
    }
    // The session of a role has no MFA device.
    if role.mfa_serial.is_some() && chain.len() == 1 {
        assume = assume.and("Bool", "aws:MultiFactorAuthPresent", ["true"]);
    }
    let mut all = vec![statement("Assume", "sts:AssumeRole", &assume)];
    let tags = role.session_tags.iter().fold(Condition::default(), |condition, (key, value)| {
        condition.equals(&format!("aws:RequestTag/{key}"), [value])
    });
    if !role.session_tags.is_empty() {
        all.push(statement("TagSession", "sts:TagSession", &tags));
    }
    // That of an earlier session goes along.
    if let Some(identity) = chain.iter().rev().find_map(|role| role.source_identity.as_ref()) {
        let is = Condition::default().equals("sts:SourceIdentity", [identity]);
        all.push(statement("SetSourceIdentity", "sts:SetSourceIdentity", &is));
    }
    all
}
