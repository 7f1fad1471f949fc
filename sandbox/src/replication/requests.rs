//! The requests that S3 makes with the role's session for one version and
//! rule, in order.
//!
//! Pure: it says what is asked; [`decision`](super::decision) says whether it
//! is allowed.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>

use super::facts::{Facts, Side};
use super::queue::Version;
use crate::actions::Need;
use crate::arn::partition_of_region;

/// A request on a bucket or object.
#[derive(Clone, Debug)]
pub struct Request {
    /// Any of these will do.
    pub needs: Vec<Need>,
    pub refused: Refused,
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The replication fails with this failureReason.
    Fails(&'static str),
    /// The replica goes without something.
    Lacks(&'static str),
}

impl Request {
    fn new(actions: &[&str], side: &Side, key: Option<&str>, refused: Refused) -> Self {
        let partition = partition_of_region(&side.region);
        let resource = match key {
            Some(key) => format!("arn:{partition}:s3:::{}/{key}", side.bucket),
            None => format!("arn:{partition}:s3:::{}", side.bucket),
        };
        let need = |action: &&str| {
            let need = Need::new(format!("s3:{action}"), resource.clone())
                .with("s3:tlsversion", "1.3")
                .with("s3:resourceaccount", side.account.clone())
                .with("aws:resourceaccount", side.account.clone());
            match &side.organization {
                Some(organization) => need.with("aws:resourceorgid", organization),
                None => need,
            }
        };
        Request { needs: actions.iter().map(need).collect(), refused }
    }
}

/// The reads at the source.
pub fn at_source(facts: &Facts, version: &Version) -> Vec<Request> {
    use Refused::{Fails, Lacks};
    let source = &facts.source;
    let on_bucket = |action, code| Request::new(&[action], source, None, Fails(code));
    // AWS documents no failureReason for these two; the nearest are used, and
    // only if the object itself could be read.
    let on_the_bucket = [
        on_bucket("GetReplicationConfiguration", "SrcBucketReplicationConfigMissing"),
        on_bucket("ListBucket", "SrcHeadObjectNotPermitted"),
    ];
    if version.delete_marker {
        return on_the_bucket.into();
    }
    let mut requests = Vec::new();
    let mut on_object = |actions: &[&str], refused| {
        requests.push(Request::new(actions, source, Some(&version.key), refused));
    };
    // s3:GetObjectVersion serves for objects without KMS alone.
    let reads: &[&str] = if version.encryption.is_kms() {
        &["GetObjectVersionForReplication"]
    } else {
        &["GetObjectVersionForReplication", "GetObjectVersion"]
    };
    on_object(reads, Fails("SrcGetObjectNotPermitted"));
    on_object(&["GetObjectVersionAcl"], Fails("SrcGetAclNotPermitted"));
    if !version.tags.is_empty() {
        on_object(&["GetObjectVersionTagging"], Lacks("tags"));
    }
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
    if source.object_lock {
        on_object(&["GetObjectRetention"], Fails("SrcGetRetentionNotPermitted"));
        on_object(&["GetObjectLegalHold"], Fails("SrcGetLegalHoldNotPermitted"));
    }
    // The key is of these alone:
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
    let with_tags = ["s3:GetObjectVersion", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"];
    let needs = requests.iter_mut().flat_map(|request| &mut request.needs);
    for need in needs.filter(|need| with_tags.contains(&need.action.as_str())) {
        let tags = version.tags.iter();
        let keys = tags.map(|(key, value)| (format!("s3:ExistingObjectTag/{key}"), vec![value.clone()]));
        need.keys.extend(keys);
    }
    requests.extend(on_the_bucket);
    requests
}

/// The writes at the destination.
pub fn at_destination(facts: &Facts, destination: &Side, version: &Version) -> Vec<Request> {
    let on_object =
        |action, code| Request::new(&[action], destination, Some(&version.key), Refused::Fails(code));
    if version.delete_marker {
        return vec![on_object("ReplicateDelete", "DstDelObjNotPermitted")];
    }
    // The action is ReplicateObject although the trail shows PutObject; of
    // these only it has the encryption keys.
    let mut write = on_object("ReplicateObject", "DstPutObjectNotPermitted");
    for need in &mut write.needs {
        let mut key = |name: &str, value: &str| {
            need.keys.insert(format!("s3:{name}"), vec![value.to_owned()]);
        };
        if version.encryption.is_kms() {
            let algorithm = version.encryption.algorithm.as_deref().unwrap_or("aws:kms");
            key("x-amz-server-side-encryption", algorithm);
            let replica_key = facts.rule.replica_key.as_deref().unwrap_or_default();
            key("x-amz-server-side-encryption-aws-kms-key-id", replica_key);
        } else if version.customer_key {
            key("x-amz-server-side-encryption-customer-algorithm", "AES256");
        } else if !version.is_plain() {
            key("x-amz-server-side-encryption", "AES256");
        }
    }
    let mut requests = vec![write];
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-change-owner.html
    if facts.rule.owner_override && !destination.owner_enforced {
        requests.push(on_object("ObjectOwnerOverrideToBucketOwner", "DstPutObjectNotPermitted"));
    }
    requests
}
