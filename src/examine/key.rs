//! A KMS key with its policy, its grants and its aliases.
//!
//! Deliberately absent: keys of accounts that there are no credentials for. Their policies cannot be
//! read from outside.

use futures_util::join;

use crate::arn::Region;
use crate::aws::{Lane, Operation, Patience};
use crate::doctor::Read;
use crate::doctor::snapshot::{Key, KeyFacts, KeyGrant, PolicyText};

use super::accounts::Accounts;
use super::part::{out_of_reach, part, unasked, unread};

type Kms = Lane<aws_sdk_kms::Client>;

/// Reads it, by its ARN or that of an alias.
pub async fn read(accounts: &Accounts<'_>, name: &str) -> Read<Key> {
    let fields: Vec<&str> = name.splitn(6, ':').collect();
    let [_, _, "kms", region, account, resource] = fields[..] else {
        return unasked(format!("{name:?} is no ARN of a key"));
    };
    let Ok(region) = region.parse::<Region>() else {
        return unasked(format!("{name:?} names no Region"));
    };
    match accounts.get(account) {
        Some(account) => of(&account.kms(&region), name, resource).await,
        None => out_of_reach(account, Operation::DescribeKey, name),
    }
}

async fn of(kms: &Kms, name: &str, resource: &str) -> Read<Key> {
    // To describe an alias of AWS without a key makes the key
    // (<https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html>).
    let named = match resource.starts_with("alias/aws/") {
        true => match behind(kms, resource).await {
            Read::Known(arn) => arn,
            Read::Absent => return Read::Known(never_used()),
            Read::Unread(unread) => return Read::Unread(unread),
        },
        false => name.to_owned(),
    };
    let request = kms.client.describe_key().key_id(&named);
    let answer =
        kms.find(Operation::DescribeKey, &format!("key {resource}"), || request.clone().send()).await;
    let found = part(answer, &named).and_then(|answer| answer.key_metadata.map_or(Read::Absent, Read::Known));
    if found.is_absent() {
        return Read::Absent;
    }
    let arn = match found.known().and_then(|metadata| metadata.arn.clone()) {
        None if resource.starts_with("alias/") => behind(kms, resource).await.known().cloned(),
        None => Some(named),
        arn => arn,
    };
    let facts = found.map(|metadata| KeyFacts {
        manager: metadata.key_manager.map(|manager| manager.as_str().to_owned()).unwrap_or_default(),
        state: metadata.key_state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        spec: metadata.key_spec.map(|spec| spec.as_str().to_owned()).unwrap_or_default(),
        usage: metadata.key_usage.map(|usage| usage.as_str().to_owned()).unwrap_or_default(),
        origin: metadata.origin.map(|origin| origin.as_str().to_owned()).unwrap_or_default(),
        multi_region: metadata.multi_region == Some(true),
    });
    let Some(arn) = arn else {
        let why = || format!("which key {resource} stands for is not known");
        let (aliases, policy, grants) = (unasked(why()), unasked(why()), unasked(why()));
        return Read::Known(Key { arn: None, facts, aliases, policy, grants });
    };
    let (policy, grants, aliases) =
        join!(policy(kms, resource, &arn), grants(kms, resource, &arn), aliases(kms, Some(&arn)));
    let aliases = aliases.map(|all| all.into_iter().map(|(name, _)| name).collect());
    Read::Known(Key { arn: Some(arn), facts, aliases, policy, grants })
}

fn never_used() -> Key {
    let why = || "KMS makes this key when it is first used, and it was not yet";
    Key {
        arn: None,
        facts: unasked(why()),
        aliases: unasked(why()),
        policy: unasked(why()),
        grants: unasked(why()),
    }
}

async fn policy(kms: &Kms, resource: &str, arn: &str) -> Read<PolicyText> {
    let request = kms.client.get_key_policy().key_id(arn);
    let answer =
        kms.find(Operation::GetKeyPolicy, &format!("key {resource}"), || request.clone().send()).await;
    let text = part(answer, arn).map(|answer| answer.policy);
    text.and_then(|text| text.map_or(Read::Absent, |text| Read::Known(PolicyText::of(&text))))
}

async fn grants(kms: &Kms, resource: &str, arn: &str) -> Read<Vec<KeyGrant>> {
    let mut grants = Vec::new();
    let mut marker = None;
    loop {
        let request = kms.client.list_grants().key_id(arn).set_marker(marker);
        let answer =
            kms.find(Operation::ListGrants, &format!("key {resource}"), || request.clone().send()).await;
        let page = match part(answer, arn) {
            Read::Known(page) => page,
            Read::Absent => return Read::Absent,
            Read::Unread(unread) => return Read::Unread(unread),
        };
        for grant in page.grants.unwrap_or_default() {
            let constraints = grant.constraints;
            let subset = constraints.as_ref().and_then(|c| c.encryption_context_subset.clone());
            let equals = constraints.and_then(|c| c.encryption_context_equals);
            let operations = grant.operations.unwrap_or_default();
            grants.push(KeyGrant {
                id: grant.grant_id.unwrap_or_default(),
                grantee: grant.grantee_principal.unwrap_or_default(),
                operations: operations.iter().map(|operation| operation.as_str().to_owned()).collect(),
                encryption_context_subset: subset.map(|pairs| pairs.into_iter().collect()),
                encryption_context_equals: equals.map(|pairs| pairs.into_iter().collect()),
            });
        }
        marker = page.next_marker.filter(|_| page.truncated);
        if marker.is_none() {
            return Read::Known(grants);
        }
    }
}

/// Aliases of a key, or of the account, with the ids of their keys.
async fn aliases(kms: &Kms, key: Option<&str>) -> Read<Vec<(String, Option<String>)>> {
    let mut aliases = Vec::new();
    let mut marker = None;
    loop {
        let request = kms.client.list_aliases().set_key_id(key.map(str::to_owned)).set_marker(marker);
        let send = || request.clone().send();
        let page = match kms.call(Operation::ListAliases, &"aliases", Patience::repeatable(), send).await {
            Ok(page) => page,
            Err(error) => return Read::Unread(unread(&error, "*")),
        };
        let named = page.aliases.unwrap_or_default();
        aliases.extend(named.into_iter().filter_map(|alias| {
            let home = alias.alias_arn?.split_once(":alias/").map(|(home, _)| home.to_owned())?;
            Some((alias.alias_name?, alias.target_key_id.map(|id| format!("{home}:key/{id}"))))
        }));
        marker = page.next_marker.filter(|_| page.truncated);
        if marker.is_none() {
            return Read::Known(aliases);
        }
    }
}

/// The ARN of the key that an alias stands for; absent if there is no such alias, or no key yet.
async fn behind(kms: &Kms, alias: &str) -> Read<String> {
    aliases(kms, None).await.and_then(|all| {
        let found = all.into_iter().find(|(name, _)| name == alias).and_then(|(_, key)| key);
        found.map_or(Read::Absent, Read::Known)
    })
}
