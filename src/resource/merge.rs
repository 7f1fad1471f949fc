//! Writing into a document that others write too: read, merge, write, read back.
//!
//! None of the services offers a conditional write for these documents, so a write by somebody else
//! between our read and our write cannot be excluded; reading back finds out when ours was lost, and
//! merges again on what is there then.

use std::future::Future;
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::aws::{AwsError, Patience};
use crate::iam::Document;

use super::Stop;

/// How long a write may take to be seen by a read. IAM and KMS are eventually consistent.
const READ_BACK: Duration = Duration::from_secs(60);

/// Reads after a write before the document is taken for one that somebody else wrote since.
const READS_BEFORE_MERGING_AGAIN: u32 = 5;

/// Puts our statements into the document and returns it as it was read back.
///
/// # Errors
/// What a call failed with; a document that does not hold our statements after a minute; or what
/// `check` says of the document to be written, before it is.
pub async fn merge_statements<R, W>(
    what: &str,
    ours: &[Value],
    check: impl Fn(&Document) -> Result<(), Stop>,
    read: impl Fn() -> R,
    write: impl Fn(Document) -> W,
) -> Result<Document, Stop>
where
    R: Future<Output = Result<Option<Document>, AwsError>>,
    W: Future<Output = Result<(), AwsError>>,
{
    let begun = Instant::now();
    loop {
        let found = read().await?.unwrap_or_default();
        let merged = found.merged(ours);
        if merged == found {
            return Ok(found);
        }
        check(&merged)?;
        write(merged).await?;
        for tries in 1..=READS_BEFORE_MERGING_AGAIN {
            let found = read().await?.unwrap_or_default();
            if found.lacks(ours).is_empty() {
                return Ok(found);
            }
            if begun.elapsed() > READ_BACK {
                return Err(Stop::new(
                    format!("{what} was written but does not hold our statements when it is read back"),
                    "another tool may be writing it at the same time: stop that, and run the command again",
                ));
            }
            tokio::time::sleep(Patience::wait(tries)).await;
        }
    }
}
