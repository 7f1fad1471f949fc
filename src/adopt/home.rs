//! Where a bucket is and whose it is, in names that were checked.
//!
//! Deliberately absent: its settings.

use crate::arn::{AccountId, BucketArn, BucketName, Region};
use crate::doctor::snapshot::Bucket;
use crate::doctor::{Read, Snapshot, Unread};

/// A bucket of an account that there are credentials for.
#[derive(Debug, Clone)]
pub struct Home<'a> {
    /// Its name.
    pub bucket: BucketName,
    /// Who owns it.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// What was read of it.
    pub read: &'a Bucket,
}

impl<'a> Home<'a> {
    /// Of the bucket of that name.
    ///
    /// # Errors
    /// Why it is not known.
    pub fn of(snapshot: &'a Snapshot, name: &str) -> Result<Self, String> {
        let bucket = name.parse().map_err(|error| format!("bucket {name}: {error}"))?;
        let read = match snapshot.bucket(name) {
            Read::Known(read) => read,
            Read::Absent => return Err(format!("bucket {name} does not exist")),
            Read::Unread(unread) => return Err(format!("bucket {name} could not be read: {}", why(&unread))),
        };
        let account = match read.owner.unread() {
            // Nobody who was asked owns it: no permission would help.
            Some(unread) if !read.not_owned_by.is_empty() => return Err(unread.why.clone()),
            _ => text(&read.owner).map_err(|why| format!("bucket {name} could not be read: {why}"))?,
        };
        let region = text(&read.region).map_err(|why| format!("bucket {name} could not be read: {why}"))?;
        Ok(Self {
            bucket,
            account: account.parse().map_err(|error| format!("bucket {name}: {error}"))?,
            region: region.parse().map_err(|error| format!("bucket {name}: {error}"))?,
            read,
        })
    }

    /// Its ARN.
    pub fn arn(&self) -> BucketArn {
        BucketArn { partition: self.region.partition(), name: self.bucket.clone() }
    }
}

fn text(read: &Read<String>) -> Result<&str, String> {
    match read {
        Read::Known(text) => Ok(text),
        Read::Absent => Err("there is no answer".to_owned()),
        Read::Unread(unread) => Err(why(unread)),
    }
}

/// Why something was not read, and what would help.
pub fn why(unread: &Unread) -> String {
    match &unread.permission {
        Some(permission) => format!("{} (it takes {permission})", unread.why),
        None => unread.why.clone(),
    }
}
