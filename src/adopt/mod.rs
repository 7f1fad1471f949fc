//! A live replication, written down as the profile map that describes it: from what was read in the
//! accounts, the text of the map, and whatever a map cannot say.
//!
//! Whether a map can say something is not decided here a second time: a link that the profile map's own
//! reader ([`crate::config`]) refuses is left out, with its reason. Rules that were left out stay as
//! they are in the accounts, since others' are never changed.
//!
//! Deliberately absent: reading anything (what there is comes in a [`Snapshot`]), and judging whether it
//! replicates, which is the doctor's.

mod home;
mod key;
mod link;
mod map;
mod page;
mod role;
mod rule;

use crate::arn::AccountId;
use crate::doctor::{Snapshot, Want};
use crate::resource::configuration::Configuration;

use home::Home;
use map::Map;

/// An account that there are credentials for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// Its id.
    pub id: AccountId,
    /// The profile that reaches it; `None`: the default credentials.
    pub profile: Option<String>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// The profile map.
    pub map: String,
    /// How many links are in it.
    pub links: usize,
    /// What it does not say, or not as it is: each stands in a comment of the map, too.
    pub unsaid: Vec<String>,
}

/// Why there is nothing to write down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unadoptable {
    /// What is the matter.
    pub message: String,
    /// What to do about it.
    pub hint: String,
}

/// What has to be read beside what the doctor reads: further keys that the role may decrypt with.
pub fn wants(snapshot: &Snapshot, source: &str) -> Vec<Want> {
    let Ok(home) = Home::of(snapshot, source) else { return Vec::new() };
    let Ok(configuration) = configuration(&home) else { return Vec::new() };
    let mut keys = role::decrypts(snapshot, configuration.role(), &home);
    keys.retain(|name| !snapshot.keys.contains_key(name));
    keys.into_iter().map(Want::Key).collect()
}

/// Writes down what leaves a bucket: to all buckets, or to one. The first of `reached` is the source's
/// account.
///
/// # Errors
/// Nothing leaves it, or it could not be read.
pub fn adopt(
    snapshot: &Snapshot,
    source: &str,
    destination: Option<&str>,
    reached: &[Reached],
) -> Result<Adopted, Unadoptable> {
    let home = Home::of(snapshot, source).map_err(|message| Unadoptable {
        message,
        hint: "`--source-profile` names the profile of the account that owns the bucket".to_owned(),
    })?;
    let configuration = configuration(&home)?;
    let map = Map::of(snapshot, &home, &configuration, destination, reached)?;
    Ok(Adopted { map: page::page(&map), links: map.links().count(), unsaid: map.unsaid() })
}

/// The replication configuration of the source.
fn configuration(source: &Home<'_>) -> Result<Configuration, Unadoptable> {
    let name = &source.bucket;
    let text = match (&source.read.replication, source.read.replication.unread()) {
        (_, Some(unread)) => {
            return Err(Unadoptable {
                message: format!(
                    "the replication configuration of bucket {name} could not be read: {}",
                    home::why(unread)
                ),
                hint: "adopt with a profile that may read it".to_owned(),
            });
        }
        (read, None) => read.known().ok_or_else(|| Unadoptable {
            message: format!("nothing replicates from bucket {name}: it has no replication configuration"),
            hint: "`bucketbridge init` writes a profile map for a new replication".to_owned(),
        })?,
    };
    Configuration::parse(name.as_str(), text.as_bytes())
        .map_err(|stop| Unadoptable { hint: stop.hint.unwrap_or_default(), message: stop.message })
}
