//! How the file names a key, and which keys such a name fits.
//!
//! Whether the key exists, or which key an alias points to, only AWS knows.

use std::fmt;

use serde_json::{Value as Json, json};

use super::text::Text;
use crate::arn::{AccountId, Alias, AliasArn, KeyArn, Partition, Region, check_key_id};
use crate::topology::KeyName;

/// A key as the file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRef {
    /// In the account and Region of whoever names it.
    Alias(Alias),
    /// Likewise.
    Id(String),
    /// Anywhere.
    AliasArn(AliasArn),
    /// Anywhere.
    Arn(KeyArn),
}

impl KeyRef {
    /// What an ARN says of the account that owns the key and the Region that it serves.
    pub fn home(&self) -> Option<(&AccountId, &Region)> {
        match self {
            Self::Alias(_) | Self::Id(_) => None,
            Self::AliasArn(arn) => Some((&arn.account, &arn.region)),
            Self::Arn(arn) => Some((&arn.account, &arn.region)),
        }
    }

    /// The key's name in that account and Region.
    pub fn name_in(&self, account: &AccountId, region: &Region) -> KeyName {
        let (region, account) = (region.clone(), account.clone());
        match self {
            Self::Alias(alias) => KeyName::Alias(alias.clone()),
            Self::AliasArn(arn) => KeyName::Alias(arn.alias.clone()),
            Self::Arn(arn) => KeyName::Existing(arn.clone()),
            Self::Id(id) => {
                KeyName::Existing(KeyArn { partition: region.partition(), region, account, id: id.clone() })
            }
        }
    }

    /// Whether this may be another way to write the name of that key of that account and Region.
    pub fn fits(&self, name: &KeyName, account: &AccountId, region: &Region) -> bool {
        self.home().is_none_or(|home| home == (account, region)) && self.name_in(account, region) == *name
    }

    /// Whether the key exists already: a made key gets its id from KMS.
    pub fn exists(&self) -> bool {
        matches!(self, Self::Id(_) | Self::Arn(_))
    }

    /// Whether this is the id of a multi-Region key.
    pub fn is_multi_region_id(&self) -> bool {
        match self {
            Self::Id(id) => id.starts_with("mrk-"),
            Self::Arn(arn) => arn.id.starts_with("mrk-"),
            Self::Alias(_) | Self::AliasArn(_) => false,
        }
    }
}

impl fmt::Display for KeyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Alias(alias) => alias.fmt(f),
            Self::Id(id) => id.fmt(f),
            Self::AliasArn(arn) => arn.fmt(f),
            Self::Arn(arn) => arn.fmt(f),
        }
    }
}

impl Text for KeyRef {
    fn pattern() -> Json {
        json!({"pattern": "^(alias/.+|mrk-[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|arn:.+)$"})
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.starts_with("arn:") {
            let read = match text.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("alias/"))
            {
                true => text.parse().map(Self::AliasArn),
                false => text.parse().map(Self::Arn),
            };
            let read = read.map_err(|error| error.to_string())?;
            return same_partition(&read).map(|()| read);
        }
        if text.starts_with("alias/") {
            return text.parse().map(Self::Alias).map_err(|error| error.to_string());
        }
        if check_key_id(text).is_ok() {
            return Ok(Self::Id(text.to_owned()));
        }
        match format!("alias/{text}").parse::<Alias>() {
            Ok(alias) => {
                Err(format!("a key is named by its alias, its id or its ARN; write `{alias}` for an alias"))
            }
            Err(_) => Err("a key is named by its alias (`alias/…`), its id or its ARN".to_owned()),
        }
    }
}

fn same_partition(key: &KeyRef) -> Result<(), String> {
    let (partition, region): (Partition, &Region) = match key {
        KeyRef::AliasArn(arn) => (arn.partition, &arn.region),
        KeyRef::Arn(arn) => (arn.partition, &arn.region),
        KeyRef::Alias(_) | KeyRef::Id(_) => return Ok(()),
    };
    match region.partition() == partition {
        true => Ok(()),
        false => Err(format!("this ARN says `{partition}`, but `{region}` is in `{}`", region.partition())),
    }
}
