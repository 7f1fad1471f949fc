//! `--source-profile` and `--destination-profile`: accounts without a profile map.
//!
//! Deliberately absent: buckets and links. Nothing is wanted of these accounts.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use crate::aws::account_of;
use crate::topology::{Account, AccountName, Credentials, Roles, Topology};

/// The accounts of these profiles; none is the default credentials.
///
/// # Errors
/// A profile that is of no use.
pub async fn accounts(profiles: &[Option<&str>]) -> anyhow::Result<Topology> {
    let account = |profile: Option<String>| async move {
        let (id, partition) = account_of(profile.as_deref()).await?;
        let name = profile.clone().unwrap_or_else(|| "default".to_owned());
        let credentials = profile.map_or(Credentials::Default, Credentials::Profile);
        anyhow::Ok((AccountName(name), Account { id, partition, credentials }))
    };
    let named = profiles.iter().map(|profile| account(profile.map(str::to_owned)));
    Ok(Topology {
        accounts: try_join_all(named).await?.into_iter().collect(),
        keys: BTreeMap::new(),
        buckets: BTreeMap::new(),
        links: BTreeMap::new(),
        roles: Roles {
            name: None,
            path: "/".to_owned(),
            permissions_boundary: None,
            source_account_condition: false,
        },
        tags: BTreeMap::new(),
        marker: String::new(),
    })
}
