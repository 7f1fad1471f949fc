//! Comparing the replica with what it should be: version, key, bucket key, size, checksum, owner.

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumMode, ReplicationStatus, ServerSideEncryption};

use crate::aws::{AwsError, Operation, Patience};

use super::Side;
use super::object::Canary;
use super::result::Replica;

/// A replica, and what is wrong with it.
pub struct Judged {
    /// What arrived.
    pub replica: Replica,
    /// Empty if it is as it should be.
    pub problems: Vec<String>,
    /// What could not be compared, and why.
    pub remarks: Vec<String>,
}

/// A canary of another team that has arrived.
pub struct Arrived {
    /// Its key.
    pub key: String,
    /// Its version.
    pub version: String,
    head: HeadObjectOutput,
}

impl Arrived {
    /// A field of its metadata.
    pub fn metadata(&self, name: &str) -> Option<&str> {
        self.head.metadata()?.get(name).map(String::as_str)
    }

    /// When it was put, as its replica says.
    pub fn put(&self) -> Option<String> {
        let at = self.head.last_modified()?;
        jiff::Timestamp::from_second(at.secs()).ok().map(|at| at.to_string())
    }

    fn canary(&self) -> Canary {
        let size = self.head.content_length().unwrap_or_default();
        Canary { key: self.key.clone(), version: self.version.clone(), checksum: None, size, tags: 0 }
    }
}

/// Reads one; `None` if it is gone, or a delete marker.
pub async fn head_of(to: &Side<'_>, key: &str, version: &str) -> Result<Option<Arrived>, AwsError> {
    let canary =
        Canary { key: key.to_owned(), version: version.to_owned(), checksum: None, size: 0, tags: 0 };
    match head(to, &canary, false).await {
        Ok(head) => Ok(head.map(|head| Arrived { key: canary.key, version: canary.version, head })),
        // What a HEAD of a delete marker is answered with.
        Err(error) if error.is("MethodNotAllowed") => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is to be said of one without seeing where it comes from: that it is a replica, its key and its owner.
pub async fn arrived(arrived: &Arrived, to: &Side<'_>, owner_override: bool) -> Result<Judged, AwsError> {
    let mut problems = as_a_replica(to, &arrived.head);
    let owner = owner(to, &arrived.canary()).await?;
    problems.extend(not_ours(to, owner.as_ref(), owner_override));
    let head = &arrived.head;
    let replica = Replica { key_arn: head.ssekms_key_id.clone(), version_id: head.version_id.clone(), owner };
    Ok(Judged { replica, problems, remarks: Vec::new() })
}

fn not_ours(to: &Side<'_>, owner: Option<&String>, owner_override: bool) -> Option<String> {
    (owner.is_none() && owner_override).then(|| {
        format!(
            "the replica belongs to another account than {} ({})",
            to.bucket.account,
            to.s3().account_id()
        )
    })
}

/// Reads the replica; `None` if there is none.
pub async fn judge(
    canary: &Canary,
    from: &Side<'_>,
    to: &Side<'_>,
    owner_override: bool,
) -> Result<Option<Judged>, AwsError> {
    let mut remarks = Vec::new();
    let head = match head(to, canary, true).await {
        // With checksums S3 asks KMS to decrypt for us; the rest can be compared without.
        Err(error) if error.is_denied() => {
            let head = head(to, canary, false).await?;
            remarks.push(format!(
                "the checksum was not compared: account {} may not decrypt with {} (kms:Decrypt)",
                to.bucket.account,
                to.key.arn()
            ));
            head
        }
        other => other?,
    };
    let Some(head) = head else { return Ok(None) };
    let mut problems = differences(canary, from, to, &head);
    let owner = owner(to, canary).await?;
    problems.extend(not_ours(to, owner.as_ref(), owner_override));
    let replica = Replica { key_arn: head.ssekms_key_id, version_id: head.version_id, owner };
    Ok(Some(Judged { replica, problems, remarks }))
}

async fn head(
    side: &Side<'_>,
    canary: &Canary,
    checksum: bool,
) -> Result<Option<HeadObjectOutput>, AwsError> {
    let s3 = side.s3();
    let request = s3
        .client
        .head_object()
        .bucket(side.name())
        .key(&canary.key)
        .version_id(&canary.version)
        .expected_bucket_owner(s3.account_id())
        .set_checksum_mode(checksum.then_some(ChecksumMode::Enabled));
    s3.find(Operation::HeadObject, &format!("bucket {}, canary {}", side.name(), canary.key), || {
        request.clone().send()
    })
    .await
}

/// What whoever has the destination alone can say of it.
fn as_a_replica(to: &Side<'_>, head: &HeadObjectOutput) -> Vec<String> {
    let mut problems = Vec::new();
    let status = head.replication_status();
    if status != Some(&ReplicationStatus::Replica) {
        let status = status.map_or("none", ReplicationStatus::as_str);
        problems.push(format!("its replication status is {status}, not REPLICA"));
    }
    let algorithm = head.server_side_encryption();
    if algorithm != Some(&ServerSideEncryption::AwsKms) {
        let algorithm = algorithm.map_or("none", ServerSideEncryption::as_str);
        problems.push(format!("its encryption is {algorithm}, not aws:kms"));
    }
    let key = to.key.arn().to_string();
    if head.ssekms_key_id() != Some(&key) {
        problems.push(format!("it is under key {}, not {key}", head.ssekms_key_id().unwrap_or("none")));
    }
    problems
}

fn differences(canary: &Canary, from: &Side<'_>, to: &Side<'_>, head: &HeadObjectOutput) -> Vec<String> {
    let mut problems = as_a_replica(to, head);
    if head.version_id() != Some(&canary.version) {
        problems.push(format!(
            "its version is {}, not {}",
            head.version_id().unwrap_or("none"),
            canary.version
        ));
    }
    // A replica keeps the form of the object (UG bucket-key.html).
    let bucket_key = head.bucket_key_enabled().unwrap_or(false);
    if bucket_key != from.bucket.bucket_key {
        let has = |yes: bool| if yes { "with" } else { "without" };
        problems.push(format!(
            "it is encrypted {} a bucket key, the canary was put {} one",
            has(bucket_key),
            has(from.bucket.bucket_key)
        ));
    }
    if head.content_length() != Some(canary.size) {
        problems.push(format!("it has {} bytes, not {}", head.content_length().unwrap_or(0), canary.size));
    }
    if let (Some(wanted), Some(found)) = (&canary.checksum, head.checksum_sha256())
        && wanted != found
    {
        problems.push("its SHA-256 differs from that of the canary".to_owned());
    }
    let tags = usize::try_from(head.tag_count().unwrap_or(0)).unwrap_or(0);
    if tags != canary.tags {
        problems.push(format!("it has {tags} tags, the canary has {}", canary.tags));
    }
    problems
}

/// The owner's account, where it is the destination's; `None` where it is another. With
/// `BucketOwnerEnforced` it is the bucket's owner and nothing has to be asked.
async fn owner(to: &Side<'_>, canary: &Canary) -> Result<Option<String>, AwsError> {
    let s3 = to.s3();
    let ours = Some(s3.account_id().to_owned());
    if to.live.is_owner_enforced() {
        return Ok(ours);
    }
    let resource = format!("bucket {}, canary {}", to.name(), canary.key);
    let object = s3
        .client
        .get_object_acl()
        .bucket(to.name())
        .key(&canary.key)
        .version_id(&canary.version)
        .expected_bucket_owner(s3.account_id());
    let bucket = s3.client.get_bucket_acl().bucket(to.name()).expected_bucket_owner(s3.account_id());
    let (object, bucket) = futures_util::try_join!(
        s3.find(Operation::GetObjectAcl, &resource, || object.clone().send()),
        s3.call(Operation::GetBucketAcl, &resource, Patience::repeatable(), || bucket.clone().send()),
    )?;
    let object = object.and_then(|acl| acl.owner).and_then(|owner| owner.id);
    let bucket = bucket.owner.and_then(|owner| owner.id);
    Ok(if object.is_some() && object == bucket { ours } else { None })
}
