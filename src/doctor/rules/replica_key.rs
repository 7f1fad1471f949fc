//! The key for replicas: whether it can serve at all.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>
//!
//! Deliberately absent: its policy.

use super::super::finding::Finding;
use super::super::fix::{Change, DocumentName, Fix};
use super::super::grants;
use super::super::hearing::Hearing;
use super::super::question::default_key;
use super::super::scene::{NamedKey, Scene};
use super::super::snapshot::KeyFacts;
use super::super::subject::Sse;
use super::Rule;
use super::selection::set;
use super::source_key::{enable, works};

pub(super) const RULE: Rule = Rule {
    id: "replica-key",
    causes: &[
        "dst-key-not-found",
        "dst-key-wrong-region",
        "dst-key-state",
        "dst-key-spec",
        "dst-key-aws-managed-cross-account",
        "dst-key-aws-managed-other-service",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let used = scene.subject.is_written()
        && !scene.is_its_own_destination()
        && (scene.subject.sse != Sse::Kms || scene.rule.selects_kms());
    let found = scene.replica_key.as_ref().filter(|_| used).and_then(|named| one(scene, named));
    found.into_iter().collect()
}

fn one(scene: &Scene<'_>, named: &NamedKey<'_>) -> Option<Finding> {
    let name = &named.name;
    let elsewhere = |(key, bucket): (&str, &str)| key != bucket;
    let wrong_region = named.region().zip(scene.destination_region()).filter(|pair| elsewhere(*pair));
    let service = named.managed_for();
    let (cause, reason, what) = if let Some((key, bucket)) = wrong_region {
        // A multi-Region key counts as one of its own Region.
        let what = format!("the key for replicas is in {key}, the destination bucket in {bucket}: {name}");
        ("dst-key-wrong-region", "DstKmsKeyNotFound", what)
    } else if named.key.is_absent() {
        ("dst-key-not-found", "DstKmsKeyNotFound", format!("the key for replicas does not exist: {name}"))
    } else if let Some(service) = service.as_ref().filter(|service| *service != "s3") {
        let what = format!("the key for replicas is the one that AWS manages for {service}: {name}");
        ("dst-key-aws-managed-other-service", "DstPutObjectNotPermitted", what)
    } else if named.is_managed_by_aws() && named.account() != scene.role_account() {
        let what = format!("AWS manages the key for replicas, for another account than the role's: {name}");
        ("dst-key-aws-managed-cross-account", "DstPutObjectNotPermitted", what)
    } else {
        return state(scene, named);
    };
    let finding = about(scene, cause, named, what).reason(reason);
    let text =
        "name a customer managed key of the destination's Region that its policy and the role's let it use";
    Some(finding.fix(Fix::new(text, another(scene)).by_apply()))
}

fn about(scene: &Scene<'_>, cause: &'static str, named: &NamedKey<'_>, what: String) -> Finding {
    Finding::error(cause, named.account(), &named.name, what)
        .document(DocumentName::Replication { bucket: scene.source_name.to_owned() })
}

fn state(scene: &Scene<'_>, named: &NamedKey<'_>) -> Option<Finding> {
    let facts = named.key.known().and_then(|key| key.facts.known())?;
    let name = &named.name;
    let arn = named.arn().unwrap_or_else(|| name.clone());
    if !works(&facts.state) {
        let what = format!("the key for replicas is in state {}: {name}", facts.state);
        let finding =
            Finding::error("dst-key-state", named.account(), name, what).reason("DstKmsKeyInvalidState");
        return Some(finding.fix(enable(arn, &facts.state)));
    }
    if fits(facts) {
        return None;
    }
    let what = format!(
        "the key for replicas is no symmetric encryption key ({}, {}): {name}",
        facts.spec, facts.usage
    );
    let fix = Fix::new("name a symmetric key for encryption in ReplicaKmsKeyID", another(scene));
    Some(about(scene, "dst-key-spec", named, what).reason("DstPutObjectNotPermitted").fix(fix.by_apply()))
}

/// S3 takes symmetric keys for encryption only
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html>).
fn fits(facts: &KeyFacts) -> bool {
    let is = |given: &str, wanted: &str| given.is_empty() || given == wanted;
    is(&facts.spec, "SYMMETRIC_DEFAULT") && is(&facts.usage, "ENCRYPT_DECRYPT")
}

/// Another key for replicas: the one that the destination encrypts with by default, if it can serve, or
/// a new one; nothing where it is not known whose that would be.
pub(super) fn another(scene: &Scene<'_>) -> Vec<Change> {
    let path = "Destination/EncryptionConfiguration/ReplicaKmsKeyID";
    let default = scene.destination.known().and_then(|bucket| default_key(bucket));
    let serves = |name: &String| {
        let named = NamedKey { key: scene.snapshot.key(name), name: name.clone() };
        let facts = named.key.known().and_then(|key| key.facts.known());
        let arn = named.arn()?;
        let good = !named.is_managed_by_aws()
            && facts.is_some_and(|facts| works(&facts.state) && fits(facts))
            && named.region() == scene.destination_region();
        good.then_some(arn)
    };
    if let Some(arn) = default.as_ref().and_then(serves) {
        return vec![set(scene, path, Some(&arn))];
    }
    let Some((account, region)) = scene.destination_account().zip(scene.destination_region()) else {
        return Vec::new();
    };
    let partition = scene.partition();
    let key = format!("arn:{partition}:kms:{region}:{account}:key/00000000-0000-0000-0000-000000000000");
    let create = Change::CreateKey { key: key.clone(), policy: grants::key_policy(partition, account) };
    vec![create, set(scene, path, Some(&key))]
}
