//! A role with every policy that it has.
//!
//! Deliberately absent: users and groups. S3 replicates as a role.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use futures_util::join;
use serde_json::Value;

use crate::arn::RoleArn;
use crate::aws::{Lane, Operation};
use crate::doctor::Read;
use crate::doctor::snapshot::{AttachedPolicy, PolicyText, Role};

use super::accounts::Accounts;
use super::part::{out_of_reach, part, unasked};

type Iam = Lane<aws_sdk_iam::Client>;

/// External ids are never kept. S3 has none, so that what a condition asks for does not matter.
const HIDDEN: &str = "(hidden)";

/// Reads it.
pub async fn read(accounts: &Accounts<'_>, text: &str) -> Read<Role> {
    let Ok(arn) = text.parse::<RoleArn>() else { return unasked(format!("{text:?} is no ARN of a role")) };
    match accounts.get(arn.account.as_str()) {
        Some(account) => of(&account.iam(), &arn, text).await,
        None => out_of_reach(arn.account.as_str(), Operation::GetRole, text),
    }
}

async fn of(iam: &Iam, arn: &RoleArn, text: &str) -> Read<Role> {
    let name = &arn.name;
    let request = iam.client.get_role().role_name(name);
    let answer = iam.find(Operation::GetRole, &format!("role {name}"), || request.clone().send()).await;
    let found = part(answer.map(|answer| answer.and_then(|answer| answer.role)), text);
    // IAM finds roles by name alone; one under another path has another ARN.
    if found.is_absent() || found.known().is_some_and(|role| role.arn != text) {
        return Read::Absent;
    }
    let boundary = async {
        match found.as_ref().map(|role| role.permissions_boundary.clone()) {
            Read::Known(Some(boundary)) => match boundary.permissions_boundary_arn {
                Some(arn) => Read::Known(managed(iam, arn).await),
                None => Read::Absent,
            },
            Read::Known(None) | Read::Absent => Read::Absent,
            Read::Unread(unread) => Read::Unread(unread),
        }
    };
    let (inline, attached, boundary) = join!(inline(iam, name, text), attached(iam, name, text), boundary);
    let trust = found.as_ref().map(|role| role.assume_role_policy_document.clone().unwrap_or_default());
    let tags = found
        .as_ref()
        .map(|role| role.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect());
    Read::Known(Role {
        arn: text.to_owned(),
        id: found.known().map(|role| role.role_id.clone()),
        trust: trust.map(|text| without_external_ids(decoded(&text))),
        inline,
        attached,
        boundary,
        tags,
    })
}

async fn inline(iam: &Iam, name: &str, arn: &str) -> Read<BTreeMap<String, Read<PolicyText>>> {
    let mut names: Vec<String> = Vec::new();
    let mut marker = None;
    loop {
        let request = iam.client.list_role_policies().role_name(name).set_marker(marker);
        let answer =
            iam.find(Operation::ListRolePolicies, &format!("role {name}"), || request.clone().send()).await;
        match part(answer, arn) {
            Read::Known(page) => {
                names.extend(page.policy_names);
                marker = page.marker.filter(|_| page.is_truncated);
            }
            Read::Absent => return Read::Absent,
            Read::Unread(unread) => return Read::Unread(unread),
        }
        if marker.is_none() {
            break;
        }
    }
    let read = names.into_iter().map(|policy| async move {
        let request = iam.client.get_role_policy().role_name(name).policy_name(&policy);
        let answer =
            iam.find(Operation::GetRolePolicy, &format!("role {name}"), || request.clone().send()).await;
        let text = part(answer, arn).map(|answer| decoded(&answer.policy_document));
        (policy, text)
    });
    Read::Known(join_all(read).await.into_iter().collect())
}

async fn attached(iam: &Iam, name: &str, arn: &str) -> Read<Vec<AttachedPolicy>> {
    let mut arns: Vec<String> = Vec::new();
    let mut marker = None;
    loop {
        let request = iam.client.list_attached_role_policies().role_name(name).set_marker(marker);
        let answer = iam
            .find(Operation::ListAttachedRolePolicies, &format!("role {name}"), || request.clone().send())
            .await;
        match part(answer, arn) {
            Read::Known(page) => {
                let attached = page.attached_policies.unwrap_or_default();
                arns.extend(attached.into_iter().filter_map(|policy| policy.policy_arn));
                marker = page.marker.filter(|_| page.is_truncated);
            }
            Read::Absent => return Read::Absent,
            Read::Unread(unread) => return Read::Unread(unread),
        }
        if marker.is_none() {
            break;
        }
    }
    Read::Known(join_all(arns.into_iter().map(|arn| managed(iam, arn))).await)
}

/// The default version of a managed policy: the one that is in force.
pub async fn managed(iam: &Iam, arn: String) -> AttachedPolicy {
    let request = iam.client.get_policy().policy_arn(&arn);
    let answer = iam.find(Operation::GetPolicy, &format!("policy {arn}"), || request.clone().send()).await;
    let version = part(answer, &arn)
        .and_then(|a| a.policy.and_then(|p| p.default_version_id).map_or(Read::Absent, Read::Known));
    let document = match version {
        Read::Known(version) => {
            let request = iam.client.get_policy_version().policy_arn(&arn).version_id(version);
            let answer = iam
                .find(Operation::GetPolicyVersion, &format!("policy {arn}"), || request.clone().send())
                .await;
            let text = part(answer, &arn);
            let text = text.map(|answer| answer.policy_version.and_then(|version| version.document));
            text.and_then(|text| text.map_or(Read::Absent, |text| Read::Known(decoded(&text))))
        }
        Read::Absent => Read::Absent,
        Read::Unread(unread) => Read::Unread(unread),
    };
    AttachedPolicy { arn, document }
}

/// IAM gives documents back percent-encoded.
fn decoded(text: &str) -> PolicyText {
    PolicyText::of(&percent_encoding::percent_decode_str(text).decode_utf8_lossy())
}

fn without_external_ids(PolicyText(mut document): PolicyText) -> PolicyText {
    hide(&mut document);
    PolicyText(document)
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key.eq_ignore_ascii_case("sts:ExternalId") {
                    *value = Value::from(HIDDEN);
                } else {
                    hide(value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(hide),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn external_ids_are_hidden_wherever_they_stand() {
        let text = r#"{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:externalid": ["one", "two"], "aws:SourceAccount": "3"}}}]}"#;
        let PolicyText(hidden) = without_external_ids(PolicyText::of(text));
        let condition = &hidden["Statement"][0]["Condition"]["StringEquals"];
        assert_eq!(condition["sts:externalid"], HIDDEN);
        assert_eq!(condition["aws:SourceAccount"], "3");
    }
}
