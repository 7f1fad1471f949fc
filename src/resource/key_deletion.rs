//! Scheduling the deletion of a key that this tool made.
//!
//! KMS deletes no key at once: for 7 to 30 days nothing can be encrypted or decrypted with it, and the
//! deletion can be cancelled. Afterwards everything under the key is lost for ever. What may be under
//! it is [`super::key_use`]; nothing else of the key is touched, so that cancelling brings it back.
//!
//! Deliberately absent: deciding that a key may go, and keys that others made.

use aws_sdk_kms::types::{KeyManagerType, KeyState};
use jiff::Timestamp;

use crate::arn::KeyArn;
use crate::aws::{Account, AwsError, Operation, Patience, Write};
use crate::topology::{KeyId, TAG};
use crate::trail::Pen;

use super::key::{Kms, describe, name_for_kms, tags_of};
use super::{Seen, Stop};

/// A key that was found, in whatever state.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    arn: KeyArn,
    state: Option<KeyState>,
    aws_managed: bool,
}

/// What speaks for and against the deletion of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Carries our tag.
    pub ours: bool,
    /// The aliases that point to it.
    pub aliases: Vec<String>,
    /// Who uses it by a grant, and not by its policy.
    pub grantees: Vec<String>,
}

impl Found {
    /// The ARN of a key that was found.
    pub fn arn(&self) -> &KeyArn {
        &self.arn
    }

    /// Whether its deletion is scheduled already.
    pub fn is_pending_deletion(&self) -> bool {
        matches!(self.state, Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion))
    }

    /// As KMS names its state.
    pub fn state(&self) -> &str {
        self.state.as_ref().map_or("unknown", KeyState::as_str)
    }

    /// Whether AWS manages it: it cannot be deleted.
    pub fn is_aws_managed(&self) -> bool {
        self.aws_managed
    }
}

/// Looks for the key, whatever state it is in.
///
/// # Errors
/// What a call failed with.
pub async fn observe(account: &Account, id: &KeyId) -> Seen<Found> {
    let kms = account.kms(&id.region);
    let Some(metadata) = describe(&kms, id, &name_for_kms(&id.name)).await? else { return Ok(None) };
    let text = metadata.arn().unwrap_or_default();
    let arn = text.parse().map_err(|e| Stop::because(format!("KMS named key {id} {text:?}: {e}")))?;
    let aws_managed = metadata.key_manager() == Some(&KeyManagerType::Aws);
    Ok(Some(Found { arn, state: metadata.key_state, aws_managed }))
}

/// Reads what speaks for and against its deletion.
///
/// # Errors
/// What a call failed with.
pub async fn facts(account: &Account, id: &KeyId, key: &Found) -> Result<Facts, Stop> {
    let kms = account.kms(&id.region);
    let resource = format!("key {id}");
    let arn = key.arn.to_string();
    let (tags, aliases, grantees) = futures_util::try_join!(
        tags_of(&kms, &resource, &arn),
        aliases(&kms, id, &arn),
        grantees(&kms, &resource, &arn),
    )?;
    Ok(Facts { ours: tags.iter().any(|tag| tag.tag_key() == TAG), aliases, grantees })
}

/// One grant is enough to keep a key, so one page is.
async fn grantees(kms: &Kms, resource: &str, arn: &str) -> Result<Vec<String>, AwsError> {
    let request = kms.client.list_grants().key_id(arn);
    let page =
        kms.call(Operation::ListGrants, &resource, Patience::repeatable(), || request.clone().send()).await?;
    Ok(page.grants.unwrap_or_default().into_iter().filter_map(|grant| grant.grantee_principal).collect())
}

async fn aliases(kms: &Kms, id: &KeyId, arn: &str) -> Result<Vec<String>, AwsError> {
    let (mut names, mut marker) = (Vec::new(), None);
    loop {
        let request = kms.client.list_aliases().key_id(arn).set_marker(marker);
        let resource = format!("key {id}");
        let page = kms
            .call(Operation::ListAliases, &resource, Patience::repeatable(), || request.clone().send())
            .await?;
        names.extend(page.aliases.unwrap_or_default().into_iter().filter_map(|alias| alias.alias_name));
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(names);
        }
    }
}

/// How the deletion is cancelled, for people.
pub fn cancellation(id: &KeyId, arn: &KeyArn) -> String {
    let region = &arn.region;
    format!(
        "`aws kms cancel-key-deletion --key-id {arn} --region {region}`, then `aws kms enable-key --key-id {arn} \
         --region {region}`, both in account {}",
        id.account
    )
}

/// Schedules the deletion. Gives the day, as far as KMS says it.
///
/// # Errors
/// What the call failed with.
pub async fn schedule(
    account: &Account,
    pen: &Pen,
    id: &KeyId,
    key: &Found,
    days: i32,
) -> Result<Option<Timestamp>, Stop> {
    let kms = account.kms(&id.region);
    let resource = format!("key {id}");
    let request = kms.client.schedule_key_deletion().key_id(key.arn.to_string()).pending_window_in_days(days);
    let write = Write::new(Operation::ScheduleKeyDeletion, &resource);
    match kms.write(pen, write, Patience::repeatable(), || request.clone().send()).await {
        Ok(answer) => Ok(answer.deletion_date.and_then(|date| Timestamp::from_second(date.secs()).ok())),
        // A try whose answer was lost, or another run.
        Err(error) => match observe(account, id).await? {
            Some(found) if found.is_pending_deletion() => Ok(None),
            _ => Err(error.into()),
        },
    }
}
