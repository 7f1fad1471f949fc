//! The condition keys of S3's requests: which it is known to have, which it is known to lack.
//!
//! What is neither stays unknown, and so does the verdict that hangs on it. Sources:
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>,
//! <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>,
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.
//!
//! Deliberately absent: the keys that follow from who calls; the evaluator adds them.

use std::collections::BTreeSet;

use crate::iam::evaluate::Seen;

use super::scene::{NamedKey, Scene};
use super::snapshot::Read;
use super::step::{Step, Target};
use super::subject::Sse;

/// Keys of the network and of requests by users, which requests of S3 do not have: it reaches the
/// buckets and keys from its own network, through no endpoint of the customer
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-troubleshoot.html>).
const NOT_OF_S3: [&str; 22] = [
    "aws:SourceIp",
    "aws:VpcSourceIp",
    "aws:SourceVpc",
    "aws:SourceVpcArn",
    "aws:SourceVpce",
    "aws:VpceAccount",
    "aws:VpceOrgID",
    "aws:VpceOrgPaths",
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:PrincipalServiceName",
    "aws:PrincipalServiceNamesList",
    "aws:MultiFactorAuthPresent",
    "aws:MultiFactorAuthAge",
    "aws:FederatedProvider",
    "aws:SourceIdentity",
    "aws:username",
    "aws:referer",
    "aws:Ec2InstanceSourceVpc",
    "aws:Ec2InstanceSourcePrivateIPv4",
];

/// Keys of other requests to S3 than those that replicate.
const NOT_OF_REPLICATION: [&str; 12] = [
    "s3:x-amz-acl",
    "s3:x-amz-copy-source",
    "s3:x-amz-metadata-directive",
    "s3:x-amz-grant-full-control",
    "s3:x-amz-grant-read",
    "s3:x-amz-grant-read-acp",
    "s3:x-amz-grant-write",
    "s3:x-amz-grant-write-acp",
    "s3:DataAccessPointArn",
    "s3:DataAccessPointAccount",
    "s3:AccessPointNetworkOrigin",
    "s3:LocationConstraint",
];

const SSE: &str = "s3:x-amz-server-side-encryption";
const SSE_KEY: &str = "s3:x-amz-server-side-encryption-aws-kms-key-id";

/// The keys of a request, those of it that documents speak of included. `tls`: the version that S3
/// connects with, which nothing but "at least 1.2" is known of.
pub(super) fn keys(
    scene: &Scene<'_>,
    step: Step,
    tls: &str,
    mentioned: &BTreeSet<String>,
) -> Vec<(String, Seen)> {
    let mut keys = Keys(Vec::new());
    // The question is what S3 would be answered now, which is when the accounts were read. Said of those
    // requests alone that documents ask for it.
    if let Some(now) = scene.snapshot.taken {
        for (key, value) in
            [("aws:CurrentTime", now.to_string()), ("aws:EpochTime", now.as_second().to_string())]
        {
            if mentioned.iter().any(|own| own.eq_ignore_ascii_case(key)) {
                keys.put(key, Seen::one(value));
            }
        }
    }
    if step == Step::AssumeRole {
        // S3 says for which bucket it assumes the role
        // (<https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html>).
        keys.put("aws:SourceAccount", scene.source_account().map_or(Seen::Unknown, Seen::one));
        keys.put("aws:SourceArn", Seen::one(scene.source_arn()));
        keys.put("sts:ExternalId", Seen::Absent);
        return keys.0;
    }
    keys.put("aws:SecureTransport", Seen::one("true"));
    for key in NOT_OF_S3 {
        keys.put(key, Seen::Absent);
    }
    keys.organizations(scene, step);
    // KMS is called in forward access sessions, S3 with the role itself
    // (<https://docs.aws.amazon.com/IAM/latest/UserGuide/access_forward_access_sessions.html>).
    keys.put("aws:ViaAWSService", Seen::one(step.is_kms().to_string()));
    if let Some(id) = scene.role.known().and_then(|role| role.id.as_deref()) {
        keys.put("aws:userid", Seen::one(format!("{id}:s3-replication")));
    }
    let region = match step.target() {
        Target::DestinationObject | Target::ReplicaKey => scene.destination_region(),
        _ => scene.source_region(),
    };
    keys.put("aws:RequestedRegion", region.map_or(Seen::Unknown, Seen::one));
    if step.is_kms() {
        keys.kms(scene, step, region)
    } else {
        keys.s3(scene, step, tls)
    }
    for key in mentioned {
        if keys.get(key).is_none() {
            let seen = by_prefix(scene, step, key);
            keys.put(key, seen);
        }
    }
    keys.0
}

struct Keys(Vec<(String, Seen)>);

impl Keys {
    fn put(&mut self, key: &str, seen: Seen) {
        self.0.push((key.to_owned(), seen));
    }

    fn get(&self, key: &str) -> Option<&Seen> {
        self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, seen)| seen)
    }

    fn organizations(&mut self, scene: &Scene<'_>, step: Step) {
        let resource = match step.target() {
            Target::DestinationObject => scene.destination_account(),
            Target::ReplicaKey => scene.replica_key.as_ref().and_then(NamedKey::account),
            Target::SourceKey => scene.source_key.as_ref().and_then(NamedKey::account),
            _ => scene.source_account(),
        };
        self.put("aws:ResourceAccount", resource.map_or(Seen::Unknown, Seen::one));
        if !step.is_kms() {
            self.put("s3:ResourceAccount", resource.map_or(Seen::Unknown, Seen::one));
        }
        self.put("aws:PrincipalOrgID", organization(scene, scene.role_account()));
        self.put("aws:ResourceOrgID", organization(scene, resource));
    }

    /// S3 asks KMS with an encryption context of one pair: the ARN of the bucket if the object uses a
    /// bucket key, or else that of the object
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html>). A replica keeps the
    /// setting of its source.
    fn kms(&mut self, scene: &Scene<'_>, step: Step, region: Option<&str>) {
        let source = step.target() == Target::SourceKey;
        let uses_bucket_key = match step {
            Step::GenerateDataKey => scene
                .destination
                .known()
                .and_then(|bucket| bucket.encryption.known())
                .is_some_and(|encryption| encryption.bucket_key),
            _ => scene.subject.bucket_key,
        };
        let about = match (source, uses_bucket_key) {
            (true, true) => scene.source_arn(),
            (true, false) => scene.source_object(),
            (false, true) => scene.destination_arn(),
            (false, false) => scene.destination_object(),
        };
        self.put("kms:EncryptionContext:aws:s3:arn", Seen::one(about));
        self.put("kms:EncryptionContextKeys", Seen::one("aws:s3:arn"));
        self.put("kms:EncryptionAlgorithm", Seen::one("SYMMETRIC_DEFAULT"));
        let via = |region| Seen::one(format!("s3.{region}.{}", domain(scene.partition())));
        self.put("kms:ViaService", region.map_or(Seen::Unknown, via));
        let named = if source { &scene.source_key } else { &scene.replica_key };
        let Some(named) = named else { return };
        // Only a request that names the key by an alias has it, and S3 names the key of an object by its
        // ARN (<https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html>).
        let alias = named.name.split_once(":alias/").map(|(_, alias)| format!("alias/{alias}"));
        self.put("kms:RequestAlias", alias.filter(|_| !source).map_or(Seen::Absent, Seen::one));
        let key = named.key.clone();
        let aliases = key.clone().and_then(|key| key.aliases.as_ref());
        self.put("kms:ResourceAliases", seen(aliases.map(Clone::clone)));
        let facts = key.and_then(|key| key.facts.as_ref());
        self.put("kms:KeySpec", seen(facts.clone().map(|facts| vec![facts.spec.clone()])));
        self.put("kms:KeyUsage", seen(facts.clone().map(|facts| vec![facts.usage.clone()])));
        self.put("kms:KeyOrigin", seen(facts.clone().map(|facts| vec![facts.origin.clone()])));
        self.put("kms:MultiRegion", seen(facts.map(|facts| vec![facts.multi_region.to_string()])));
    }

    /// Of the writes, `ReplicateObject` alone has the keys of its encryption. How S3 signs its own requests
    /// is not documented, so `s3:authType` and its like are unknown.
    fn s3(&mut self, scene: &Scene<'_>, step: Step, tls: &str) {
        self.put("s3:TlsVersion", Seen::one(tls));
        for key in NOT_OF_REPLICATION {
            self.put(key, Seen::Absent);
        }
        let (sse, key) =
            if step == Step::WriteReplica { encryption(scene) } else { (Seen::Absent, Seen::Absent) };
        self.put(SSE, sse);
        self.put(SSE_KEY, key);
        let customer = step == Step::WriteReplica && scene.subject.sse == Sse::Customer;
        let customer = if customer { Seen::one("AES256") } else { Seen::Absent };
        self.put("s3:x-amz-server-side-encryption-customer-algorithm", customer);
        let class = match (step, scene.rule.get("Destination/StorageClass")) {
            (Step::WriteReplica, Some(class)) => Seen::one(class),
            (Step::WriteReplica, None) => Seen::Unknown,
            _ => Seen::Absent,
        };
        self.put("s3:x-amz-storage-class", class);
    }
}

/// What `ReplicateObject` says of the replica's encryption. It is that of the source; for objects of
/// KMS keys with the rule's key. An object that is not encrypted is written without a word, and takes
/// the bucket's default.
fn encryption(scene: &Scene<'_>) -> (Seen, Seen) {
    match scene.subject.sse {
        Sse::Kms => {
            let algorithm = scene.subject.algorithm.clone().unwrap_or_else(|| "aws:kms".to_owned());
            let key = match &scene.replica_key {
                Some(named) if !named.is_alias() => Seen::one(&named.name),
                _ => Seen::Unknown,
            };
            (Seen::one(algorithm), key)
        }
        Sse::S3 => (Seen::one("AES256"), Seen::Absent),
        Sse::None | Sse::Customer => (Seen::Absent, Seen::Absent),
        Sse::Unknown => (Seen::Unknown, Seen::Unknown),
    }
}

/// Keys of which documents can make up the second half.
fn by_prefix(scene: &Scene<'_>, step: Step, key: &str) -> Seen {
    let lower = key.to_ascii_lowercase();
    let rest = |prefix: &str| lower.starts_with(prefix).then(|| key.get(prefix.len()..).unwrap_or_default());
    if rest("kms:encryptioncontext:").is_some() || rest("aws:requesttag/").is_some() {
        return Seen::Absent;
    }
    if let Some(tag) = rest("aws:principaltag/") {
        return scene.role_tags().map_or(Seen::Unknown, |tags| {
            let same = tags.iter().find(|(name, _)| name.eq_ignore_ascii_case(tag));
            same.map_or(Seen::Absent, |(_, value)| Seen::one(value))
        });
    }
    if let Some(tag) = rest("s3:existingobjecttag/") {
        // Of S3's reads these have the key, and the one that replicates has not
        // (<https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>).
        let has = matches!(step, Step::ReadPlainObject | Step::ReadAcl | Step::ReadTags);
        return match &scene.subject.tags {
            Read::Known(tags) if has => tags.get(tag).map_or(Seen::Absent, Seen::one),
            Read::Unread(_) if has => Seen::Unknown,
            _ => Seen::Absent,
        };
    }
    // A service's own keys are in no request to another.
    let foreign = if step.is_kms() { "s3:" } else { "kms:" };
    if rest(foreign).is_some() { Seen::Absent } else { Seen::Unknown }
}

fn organization(scene: &Scene<'_>, account: Option<&str>) -> Seen {
    let account = account.and_then(|id| scene.snapshot.accounts.get(id));
    account.map_or(Seen::Unknown, |account| seen(account.organization.clone().map(|id| vec![id])))
}

fn seen(read: Read<Vec<String>>) -> Seen {
    match read {
        Read::Known(values) => Seen::Known(values),
        Read::Absent => Seen::Absent,
        Read::Unread(_) => Seen::Unknown,
    }
}

/// The domain of a partition's services
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service>).
pub(super) fn domain(partition: &str) -> &'static str {
    if partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
}
