//! Removing canaries: this run's versions in every bucket that they reached, and what killed runs
//! left behind.
//!
//! Only versions under the canary prefix are ever deleted, each by its version id.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::aws::{AwsError, Lane, Operation, Patience, Write};

use super::object::Canary;
use super::{Side, run};

/// Every canary's key holds it, behind the link's prefix.
pub const PREFIX: &str = ".bucketbridge-canary/";

/// What this run has put, or tried to.
#[derive(Debug, Default)]
pub struct Put {
    /// Of every try, also of those that failed: they may have taken effect.
    pub keys: BTreeSet<String>,
    /// Those that were answered.
    pub canaries: Vec<Canary>,
}

/// Removes this run's canaries and sweeps leftovers. Returns what could not be removed.
///
/// `settled`: S3 is done with the canaries, so nothing can arrive any more.
pub async fn sweep(
    prefix: &str,
    put: &Put,
    from: &Side<'_>,
    reached: &[Side<'_>],
    settled: bool,
) -> Vec<String> {
    let own: Versions = put.canaries.iter().map(|c| (c.key.clone(), c.version.clone())).collect();
    let folder = Folder { prefix: format!("{prefix}{PREFIX}"), own: &put.keys };
    let mut left = Vec::new();
    if settled {
        let (listed, source, destinations) = futures_util::join!(
            leftovers(from, &folder),
            delete(from, &own),
            sweep_all(reached, &folder, &own)
        );
        left.extend(source);
        left.extend(destinations);
        let found: Versions = listed_or(listed, &mut left).difference(&own).cloned().collect();
        if !found.is_empty() {
            left.extend(delete(from, &found).await);
            left.extend(sweep_all(reached, &folder, &found).await);
        }
    } else {
        // The source first: what is gone there is not replicated any more.
        let mut everything = own;
        everything.extend(listed_or(leftovers(from, &folder).await, &mut left));
        left.extend(delete(from, &everything).await);
        left.extend(sweep_all(reached, &folder, &everything).await);
    }
    left
}

/// Where canaries of a prefix are, and which of them are this run's.
struct Folder<'a> {
    prefix: String,
    own: &'a BTreeSet<String>,
}

impl Folder<'_> {
    /// Whether nobody needs what has this key: it is this run's, or one's that is over.
    fn is_rubbish(&self, key: &str, now: Timestamp) -> bool {
        let name = key.strip_prefix(&self.prefix).unwrap_or_default();
        self.own.contains(key) || run::is_over(name.split('/').next().unwrap_or_default(), now)
    }
}

/// Key and version id.
pub type Versions = BTreeSet<(String, String)>;

fn listed_or(listed: Result<Versions, AwsError>, left: &mut Vec<String>) -> Versions {
    listed.unwrap_or_else(|error| {
        left.push(format!("leftovers of killed runs were not looked for: {error}"));
        Versions::new()
    })
}

/// Deletes these versions and whatever else is left in every destination.
async fn sweep_all(sides: &[Side<'_>], folder: &Folder<'_>, versions: &Versions) -> Vec<String> {
    let sweeps = sides.iter().map(|side| async {
        let (mut left, listed) = futures_util::join!(delete(side, versions), leftovers(side, folder));
        let found: Versions = listed_or(listed, &mut left).difference(versions).cloned().collect();
        left.extend(delete(side, &found).await);
        left
    });
    futures_util::future::join_all(sweeps).await.into_iter().flatten().collect()
}

/// Aborts multipart uploads of this run, which is done with them, and of runs that are over: S3 keeps
/// the parts of an upload for ever. Only canaries with variants make any.
pub async fn sweep_uploads(prefix: &str, put: &Put, side: &Side<'_>) -> Vec<String> {
    let s3 = side.s3().to_the_end();
    let folder = Folder { prefix: format!("{prefix}{PREFIX}"), own: &put.keys };
    let resource = format!("bucket {}, {}", side.name(), folder.prefix);
    let list = s3
        .client
        .list_multipart_uploads()
        .bucket(side.name())
        .prefix(&folder.prefix)
        .expected_bucket_owner(s3.account_id());
    // One page holds a thousand: more are found by the next check.
    let page = match s3
        .call(Operation::ListMultipartUploads, &resource, Patience::repeatable(), || list.clone().send())
        .await
    {
        Ok(page) => page,
        Err(error) => return vec![format!("unfinished uploads of killed runs were not looked for: {error}")],
    };
    let now = Timestamp::now();
    let mut left = Vec::new();
    for upload in page.uploads() {
        let (Some(key), Some(id)) = (upload.key(), upload.upload_id()) else { continue };
        if !folder.is_rubbish(key, now) {
            continue;
        }
        let abort = s3
            .client
            .abort_multipart_upload()
            .bucket(side.name())
            .key(key)
            .upload_id(id)
            .expected_bucket_owner(s3.account_id());
        let write = Write::new(Operation::AbortMultipartUpload, &resource);
        let aborted = s3.write(side.pen, write, Patience::repeatable(), || abort.clone().send()).await;
        left.extend(
            aborted
                .err()
                .filter(|error| !error.is_absent())
                .map(|error| format!("an unfinished upload was left behind: {error}")),
        );
    }
    left
}

/// Versions that nobody needs.
async fn leftovers(side: &Side<'_>, folder: &Folder<'_>) -> Result<Versions, AwsError> {
    let now = Timestamp::now();
    let mut found = everything(side, &folder.prefix).await?;
    found.retain(|(key, _)| folder.is_rubbish(key, now));
    Ok(found)
}

/// Every version, and every delete marker, below a prefix.
pub async fn everything(side: &Side<'_>, prefix: &str) -> Result<Versions, AwsError> {
    let s3 = side.s3().to_the_end();
    let resource = format!("bucket {}, {prefix}", side.name());
    let mut found = Versions::new();
    let (mut key_marker, mut version_marker) = (None, None);
    loop {
        let request = s3
            .client
            .list_object_versions()
            .bucket(side.name())
            .prefix(prefix)
            .expected_bucket_owner(s3.account_id())
            .set_key_marker(key_marker.take())
            .set_version_id_marker(version_marker.take());
        let page = s3
            .call(Operation::ListObjectVersions, &resource, Patience::repeatable(), || request.clone().send())
            .await?;
        let versions = page.versions().iter().map(|v| (v.key(), v.version_id()));
        let markers = page.delete_markers().iter().map(|m| (m.key(), m.version_id()));
        for (key, version) in versions.chain(markers) {
            let (Some(key), Some(version)) = (key, version) else { continue };
            found.insert((key.to_owned(), version.to_owned()));
        }
        if page.is_truncated != Some(true) {
            return Ok(found);
        }
        (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
    }
}

pub async fn delete(side: &Side<'_>, versions: &Versions) -> Vec<String> {
    let s3 = side.s3().to_the_end();
    let deletes = versions.iter().map(|(key, version)| delete_one(&s3, side, key, version));
    futures_util::future::join_all(deletes).await.into_iter().flatten().collect()
}

async fn delete_one(
    s3: &Lane<aws_sdk_s3::Client>,
    side: &Side<'_>,
    key: &str,
    version: &str,
) -> Option<String> {
    let request = s3
        .client
        .delete_object()
        .bucket(side.name())
        .key(key)
        .version_id(version)
        .expected_bucket_owner(s3.account_id());
    let resource = format!("bucket {}, canary {key}", side.name());
    let write = Write::new(Operation::DeleteObject, &resource);
    match s3.write(side.pen, write, Patience::repeatable(), || request.clone().send()).await {
        Ok(_) => None,
        Err(error) if error.is_absent() => None,
        Err(error) => Some(format!(
            "a canary was left behind: {error}; remove it with `aws s3api delete-object --bucket {} --key {key} \
             --version-id {version}` in account {}",
            side.name(),
            side.bucket.account
        )),
    }
}
