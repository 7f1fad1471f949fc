//! Keys of ours without an alias: a run was killed between making one and giving it its alias.
//!
//! Deliberately absent: what is done with one. That is [`super::key`].

use std::collections::HashSet;

use crate::aws::{AwsError, Operation, Patience};

use super::TAG;
use super::key::{Kms, tags_of};

/// Keys of one account and Region that have our tag and no alias: a run was killed between the two.
/// Looked for once, and only where an alias is absent, since it takes a call for each key without.
#[derive(Debug, Default)]
pub struct Unaliased(tokio::sync::OnceCell<Vec<(String, String)>>);

impl Unaliased {
    /// The id of the key that was made for this alias.
    ///
    /// # Errors
    /// What a call failed with.
    pub async fn tagged(&self, kms: &Kms, alias: &str) -> Result<Option<String>, AwsError> {
        let all = self.0.get_or_try_init(|| unaliased(kms)).await?;
        Ok(all.iter().find(|(tag, _)| tag == alias).map(|(_, key)| key.clone()))
    }
}

async fn unaliased(kms: &Kms) -> Result<Vec<(String, String)>, AwsError> {
    let (aliased, keys) = futures_util::try_join!(aliased_keys(kms), all_keys(kms))?;
    let mut found = Vec::new();
    for key in keys.into_iter().filter(|key| !aliased.contains(key)) {
        // A key whose own policy keeps us out is not one that we made. One that the operator's policy keeps
        // us from may be, and then another one must not be made.
        let tags = match tags_of(kms, &format!("key {key}"), &key).await {
            Err(error) if error.is_denied_by_resource() => continue,
            other => other?,
        };
        found.extend(
            tags.iter().filter(|t| t.tag_key() == TAG).map(|t| (t.tag_value().to_owned(), key.clone())),
        );
    }
    Ok(found)
}

async fn aliased_keys(kms: &Kms) -> Result<HashSet<String>, AwsError> {
    let mut aliased = HashSet::new();
    let mut marker = None;
    loop {
        let request = kms.client.list_aliases().limit(100).set_marker(marker);
        let page = kms
            .call(Operation::ListAliases, &"all keys", Patience::repeatable(), || request.clone().send())
            .await?;
        aliased.extend(page.aliases().iter().filter_map(|a| a.target_key_id()).map(str::to_owned));
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(aliased);
        }
    }
}

async fn all_keys(kms: &Kms) -> Result<Vec<String>, AwsError> {
    let mut keys = Vec::new();
    let mut marker = None;
    loop {
        let request = kms.client.list_keys().limit(1000).set_marker(marker);
        let page = kms
            .call(Operation::ListKeys, &"all keys", Patience::repeatable(), || request.clone().send())
            .await?;
        keys.extend(page.keys().iter().filter_map(|k| k.key_id()).map(str::to_owned));
        marker = page.next_marker;
        if marker.is_none() {
            return Ok(keys);
        }
    }
}
