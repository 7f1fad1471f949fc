//! How a map names a key that AWS goes by an ARN: by its alias if it has one, else as it is.
//!
//! One key has one name throughout a map, whatever a rule or a bucket calls it: a map with two names of
//! one key is refused.
//!
//! Deliberately absent: what the key's policy allows.

use serde_json::Value;

use crate::arn::{Alias, AliasArn, KeyArn, Region};
use crate::doctor::Snapshot;
use crate::doctor::snapshot::full_key_name;
use crate::iam::{Marker, Purpose, hex, sid, texts};

use super::home::{Home, why};

/// A key as a bucket of the map names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Its name.
    pub text: String,
    /// The id of its account.
    pub account: String,
    /// The name that the snapshot has it under.
    pub full: String,
    /// More aliases of it.
    pub also: Vec<String>,
    /// What could not be read of it.
    pub notes: Vec<String>,
}

/// The full name of what a bucket or a rule into it calls a key; none is the one that AWS manages for S3.
pub fn full(called: Option<&str>, home: &Home<'_>) -> String {
    full_key_name(called, home.region.partition().as_str(), home.region.as_str(), home.account.as_str())
}

/// The name of the default key of a bucket, if it has one of its own: a key that AWS manages cannot serve
/// another account, and a map has no word for it.
pub fn of_default(snapshot: &Snapshot, home: &Home<'_>) -> Option<Named> {
    let encryption = home.read.encryption.known().filter(|found| found.algorithm.starts_with("aws:kms"))?;
    named(snapshot, &full(encryption.key.as_deref(), home), home)
}

/// How a bucket there names this key; `None` for one that AWS manages.
pub fn named(snapshot: &Snapshot, name: &str, home: &Home<'_>) -> Option<Named> {
    let account = name.split(':').nth(4).unwrap_or_default().to_owned();
    let as_it_is = |full: &str, notes| Named {
        text: full.to_owned(),
        account: account.clone(),
        full: full.to_owned(),
        also: Vec::new(),
        notes,
    };
    let read = snapshot.key(name);
    if name.contains(":alias/aws/")
        || read.known().and_then(|key| key.facts.known()).is_some_and(|facts| facts.manager == "AWS")
    {
        return None;
    }
    let key = match (read.known(), read.unread()) {
        (Some(key), _) => key,
        (None, Some(unread)) => {
            return Some(as_it_is(name, vec![format!("key {name} could not be read: {}", why(unread))]));
        }
        (None, None) => return Some(as_it_is(name, vec![format!("key {name} does not exist any more")])),
    };
    let Some(arn) = key.arn.as_deref().and_then(|arn| arn.parse::<KeyArn>().ok()) else {
        return Some(as_it_is(name, vec![format!("which key {name} stands for could not be read")]));
    };
    let full = arn.to_string();
    let aliases = match (key.aliases.known(), key.aliases.unread()) {
        (Some(aliases), _) => aliases.as_slice(),
        (None, Some(unread)) => {
            let note = format!("the aliases of key {full} could not be read: {}", why(unread));
            return Some(as_it_is(&full, vec![note]));
        }
        (None, None) => &[],
    };
    let mut aliases: Vec<Alias> = aliases.iter().filter_map(|alias| alias.parse().ok()).collect();
    aliases.sort();
    let text = |alias: &Alias| match arn.account == home.account {
        true => alias.to_string(),
        false => {
            let KeyArn { partition, region, account, .. } = arn.clone();
            AliasArn { partition, region, account, alias: alias.clone() }.to_string()
        }
    };
    let mut names = aliases.iter().map(text);
    Some(Named {
        text: names.next().unwrap_or_else(|| full.clone()),
        also: names.collect(),
        ..as_it_is(&full, Vec::new())
    })
}

/// Who administers and who uses a key by statements of this marker, as `[keys]` says it.
pub fn further(
    snapshot: &Snapshot,
    key: &Named,
    region: &Region,
    marker: Marker<'_>,
) -> (Vec<String>, Vec<String>) {
    let called = match key.text.parse::<KeyArn>() {
        Ok(arn) => format!("key/{}", arn.id),
        Err(_) => key.text.rsplit_once(':').map_or(key.text.as_str(), |(_, alias)| alias).to_owned(),
    };
    let hash = &hex(&format!("{called} ({region})"))[..12];
    let read = snapshot.key(&key.full);
    let document = read.known().and_then(|key| key.policy.known()?.document());
    let named = |purpose: Purpose| {
        let wanted = marker.sid(purpose, hash);
        let statements = document.as_ref().map(|document| document.statements()).unwrap_or_default();
        let found = statements.iter().find(|statement| sid(statement) == Some(&wanted));
        let principals = found.map_or(&Value::Null, |statement| &statement["Principal"]["AWS"]);
        texts(principals).into_iter().map(str::to_owned).collect()
    };
    (named(Purpose::Administer), named(Purpose::Use))
}
