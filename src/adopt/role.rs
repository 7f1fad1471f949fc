//! The role of a replication configuration: how a map names it, and which keys it may decrypt with.
//!
//! Deliberately absent: whether what it may do is enough.

use glob_match::glob_match;
use serde_json::Value;

use crate::arn::RoleArn;
use crate::doctor::snapshot::{PolicyText, Role};
use crate::doctor::{Read, Snapshot};
use crate::iam::{Document, texts};
use crate::resource::role::default_name;

use super::home::{Home, why};

/// What `[roles]` has to say for the role to be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// Unless it is the one that is computed.
    pub name: Option<String>,
    /// Unless it is `/`.
    pub path: Option<String>,
    /// The policy that bounds it.
    pub permissions_boundary: Option<String>,
    /// Whether S3 is trusted for this account only.
    pub source_account_condition: bool,
    /// What could not be read of it, or not be said.
    pub notes: Vec<String>,
}

impl Roles {
    /// Of the role that the configuration names.
    pub fn of(snapshot: &Snapshot, arn: &str, source: &Home<'_>) -> Self {
        let mut roles = Self::default();
        let named: RoleArn = match arn.parse() {
            Ok(named) => named,
            Err(_) => {
                roles
                    .notes
                    .push(format!("the configuration names {arn}, which is no role: nothing replicates"));
                return roles;
            }
        };
        if named.account != source.account {
            roles
                .notes
                .push(format!("role {arn} is of another account than the bucket, which S3 does not take"));
            return roles;
        }
        let bucket = source.bucket.as_str();
        if named.name != default_name(&source.bucket) {
            roles.name = Some(named.name.replacen(bucket, "{bucket}", 1));
        }
        roles.path = Some(named.path).filter(|path| path != "/");
        let read = snapshot.role(arn);
        let Some(role) = read.known() else {
            roles.notes.push(match read.unread() {
                Some(unread) => format!("role {arn} could not be read: {}", why(unread)),
                None => format!("role {arn} does not exist: nothing replicates until `apply` makes it"),
            });
            return roles;
        };
        roles.permissions_boundary = role.boundary.known().map(|boundary| boundary.arn.clone());
        let trust = role.trust.known().and_then(PolicyText::document).unwrap_or_default();
        roles.source_account_condition = trust.statements().iter().any(asks_for_the_account);
        roles.notes.extend(unread_policies(role, arn));
        roles
    }
}

fn asks_for_the_account(statement: &Value) -> bool {
    let is_condition = |key: &str| key.eq_ignore_ascii_case("aws:SourceAccount");
    statement["Effect"] == "Allow" && operators(statement).any(|(_, key, _)| is_condition(key))
}

/// Operator, key and values of each condition.
fn operators(statement: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    let operators = statement["Condition"].as_object().into_iter().flatten();
    operators.flat_map(|(operator, keys)| {
        keys.as_object().into_iter().flatten().map(move |(key, values)| (operator, key, values))
    })
}

fn unread_policies(role: &Role, arn: &str) -> Option<String> {
    let inline = || role.inline.known()?.values().find_map(Read::unread);
    let attached = || role.attached.known()?.iter().find_map(|policy| policy.document.unread());
    let unread = role.inline.unread().or_else(|| role.attached.unread()).or_else(inline).or_else(attached)?;
    Some(format!(
        "a policy of role {arn} could not be read, so that `source_keys` may lack a key: {}",
        why(unread)
    ))
}

/// The keys of the source's Region that the role's policies name for `kms:Decrypt` of the source's
/// objects.
pub fn decrypts(snapshot: &Snapshot, arn: &str, source: &Home<'_>) -> Vec<String> {
    let read = snapshot.role(arn);
    let Some(role) = read.known() else { return Vec::new() };
    let inline = role.inline.known().into_iter().flat_map(|policies| policies.values());
    let attached = role.attached.known().into_iter().flatten().map(|policy| &policy.document);
    let documents: Vec<Document> =
        inline.chain(attached).filter_map(|policy| policy.known()?.document()).collect();
    let mut keys: Vec<String> = documents
        .iter()
        .flat_map(|document| document.statements())
        .filter(|statement| decrypts_objects(statement, source))
        .flat_map(|statement| texts(&statement["Resource"]))
        .filter(|resource| is_key_of(resource, source))
        .map(str::to_owned)
        .collect();
    keys.sort();
    keys.dedup();
    keys
}

fn decrypts_objects(statement: &Value, source: &Home<'_>) -> bool {
    let allows = |action: &str| glob_match(&action.to_ascii_lowercase(), "kms:decrypt");
    let bucket = source.arn().to_string();
    let about = |values: &Value| {
        let of_bucket = |pattern: &str| glob_match(pattern.split('/').next().unwrap_or_default(), &bucket);
        texts(values).into_iter().any(of_bucket)
    };
    let narrowed = |key: &str| key.eq_ignore_ascii_case("kms:EncryptionContext:aws:s3:arn");
    statement["Effect"] == "Allow"
        && texts(&statement["Action"]).into_iter().any(allows)
        && operators(statement)
            .filter(|(operator, key, _)| narrowed(key) && !operator.contains("Not"))
            .all(|(_, _, values)| about(values))
}

fn is_key_of(resource: &str, source: &Home<'_>) -> bool {
    let fields: Vec<&str> = resource.splitn(6, ':').collect();
    matches!(fields[..], ["arn", _, "kms", region, account, key]
        if region == source.region.as_str() && !account.contains('*') && key.starts_with("key/") && !key.contains(['*', '?']))
}
