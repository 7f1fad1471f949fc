//! Writes of one bucket's configuration, one at a time: S3 aborts a second
//! one with `OperationAborted`.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList>

use std::collections::HashSet;

use parking_lot::Mutex;

/// The buckets that are being changed.
#[derive(Debug, Default)]
pub struct Busy(Mutex<HashSet<String>>);

/// A bucket is free again when this is dropped.
#[derive(Debug)]
pub struct Change<'a> {
    busy: &'a Busy,
    bucket: String,
}

impl Busy {
    /// `None` if the bucket is being changed already.
    pub fn change(&self, bucket: &str) -> Option<Change<'_>> {
        let free = self.0.lock().insert(bucket.to_owned());
        // Only then, since dropping a change frees the bucket.
        free.then(|| Change { busy: self, bucket: bucket.to_owned() })
    }
}

impl Drop for Change<'_> {
    fn drop(&mut self) {
        self.busy.0.lock().remove(&self.bucket);
    }
}

/// Whether a call changes a bucket's configuration, or the bucket itself.
pub fn changes_a_bucket(operation: &str) -> bool {
    let named = |verb: &str| operation.strip_prefix(verb);
    let Some(thing) = named("Put").or_else(|| named("Delete")).or_else(|| named("Create")) else {
        return false;
    };
    thing.starts_with("Bucket") || matches!(thing, "PublicAccessBlock" | "ObjectLockConfiguration")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_change_at_a_time() {
        let busy = Busy::default();
        let first = busy.change("b");
        assert!(first.is_some() && busy.change("c").is_some());
        assert!(busy.change("b").is_none());
        drop(first);
        assert!(busy.change("b").is_some());
        assert!(changes_a_bucket("PutBucketReplication") && changes_a_bucket("DeletePublicAccessBlock"));
        assert!(!changes_a_bucket("GetBucketPolicy") && !changes_a_bucket("PutObject"));
        assert!(!changes_a_bucket("DeleteObjects"));
    }
}
