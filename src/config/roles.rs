//! How replication roles are named and made, checked with every bucket that needs one.
//!
//! The default name is not computed here.

use std::collections::BTreeMap;

use super::accounts::Accounts;
use super::file;
use super::names;
use super::problem::Collector;
use super::table::At;
use crate::arn::{AccountId, BucketName, Partition, check_role_name};
use crate::topology::{AccountName, Bucket, Roles};

/// The settings; `sources` are the buckets that links leave.
pub fn read(
    map: &file::ProfileMap,
    sources: &[(&BucketName, &Bucket)],
    accounts: &Accounts<'_>,
    problems: &mut Collector,
) -> Roles {
    let none = file::Roles::default();
    let roles = map.roles.get().unwrap_or(&none);
    if let Some(name) = roles.name.at() {
        check_name(name, sources, accounts, problems);
    }
    if let Some(boundary) = roles.permissions_boundary.at() {
        check_boundary(boundary, sources, accounts, problems);
    }
    Roles {
        name: roles.name.get().cloned(),
        path: roles.path.get().map_or_else(|| "/".to_owned(), |path| path.0.clone()),
        permissions_boundary: roles.permissions_boundary.get().cloned(),
        source_account_condition: roles.source_account_condition.get().copied().unwrap_or(false),
    }
}

fn check_name(
    template: &At<String>,
    sources: &[(&BucketName, &Bucket)],
    accounts: &Accounts<'_>,
    problems: &mut Collector,
) {
    let filled = |bucket: &str, account: &str, region: &str| {
        let name =
            names::fill(&template.value, &[("bucket", bucket), ("account_id", account), ("region", region)])?;
        let over = match name.len() {
            length @ 65.. => format!(", {} too many", length - 64),
            _ => String::new(),
        };
        check_role_name(&name).map_err(|error| format!("{error}{over} (`{name}`)")).map(|()| name)
    };
    // A template that no bucket uses yet is tried with the shortest values.
    if sources.is_empty()
        && let Err(why) = filled("aaa", "111111111111", "eu-west-1")
    {
        problems.add(&template.span, format!("`roles.name`: {why}"));
    }
    let mut seen: BTreeMap<(&AccountName, String), &BucketName> = BTreeMap::new();
    for (bucket, made) in sources {
        let Some(id) = accounts.id(&made.account) else { continue };
        let name = match filled(bucket.as_str(), id.as_str(), made.region.as_str()) {
            Ok(name) => name,
            Err(why) => {
                problems
                    .add(&template.span, format!("`roles.name`: {why}"))
                    .help("leave it out, and a name that always fits is computed");
                continue;
            }
        };
        if let Some(other) = seen.insert((&made.account, name.clone()), bucket) {
            let account = &made.account;
            problems
                .add(
                    &template.span,
                    format!("in account `{account}` the buckets `{other}` and `{bucket}` would share the role `{name}`"),
                )
                .help("put `{bucket}` into the name: each source bucket has a role of its own");
            return;
        }
    }
}

fn check_boundary(
    template: &At<String>,
    sources: &[(&BucketName, &Bucket)],
    accounts: &Accounts<'_>,
    problems: &mut Collector,
) {
    const FORM: &str = "`arn:{partition}:iam::{account_id}:policy/Name`";
    let filled = |partition: Partition, account: &AccountId| {
        let values = [("account_id", account.as_str()), ("partition", partition.as_str())];
        let arn = names::fill(&template.value, &values)?;
        let fields: Vec<&str> = arn.splitn(6, ':').collect();
        let ["arn", found, "iam", "", owner, policy] = fields[..] else {
            return Err(format!("the ARN of a policy looks like {FORM}"));
        };
        let name = policy.strip_prefix("policy/").unwrap_or_default();
        if name.is_empty() || name.ends_with('/') || !name.chars().all(|c| c.is_ascii_graphic()) {
            return Err(format!("the ARN of a policy looks like {FORM}"));
        }
        if found != partition.as_str() {
            return Err(format!("account `{account}` is in partition `{partition}`; write `{{partition}}`"));
        }
        if owner != account.as_str() && owner != "aws" {
            return Err(format!(
                "a role of account `{account}` cannot be bounded by a policy of another account; write `{{account_id}}`"
            ));
        }
        Ok(())
    };
    let homes: BTreeMap<&AccountName, (Partition, &AccountId)> = sources
        .iter()
        .filter_map(|(_, made)| Some((&made.account, (made.region.partition(), accounts.id(&made.account)?))))
        .collect();
    for (partition, id) in homes.into_values() {
        if let Err(why) = filled(partition, id) {
            problems.add(&template.span, format!("`roles.permissions_boundary`: {why}"));
        }
    }
}
