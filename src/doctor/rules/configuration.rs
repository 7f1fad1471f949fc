//! Forms of a configuration that S3 refuses when it is stored, met in a plan or in an emulator.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html>
//!
//! Those of which it is plain what S3 would do are warnings; those that leave it nothing to work with
//! are errors.
//!
//! Deliberately absent: states of buckets, which can change after the configuration was stored.

use super::super::finding::{Finding, Severity};
use super::super::fix::{Change, DocumentName, Fix};
use super::super::hearing::Hearing;
use super::super::scene::Scene;
use super::super::subject::Sse;
use super::Rule;
use super::replica_key;
use super::selection::set;

pub(super) const RULE: Rule = Rule {
    id: "configuration",
    causes: &[
        "rule-v2-delete-marker-missing",
        "rule-v1-field-not-allowed",
        "rule-tag-filter-delete-marker",
        "rule-kms-selection-missing",
        "rule-replica-key-missing",
        "rule-replica-key-not-arn",
        "rule-destination-not-arn",
        "rule-role-arn-malformed",
        "rule-role-other-account",
        "rule-owner-override-without-account",
    ],
    find,
};

fn find(hearing: &Hearing<'_>) -> Vec<Finding> {
    let scene = &hearing.scene;
    let mut findings = schema(scene);
    findings.extend(
        [selection(scene), replica_key_missing(scene), replica_key_form(scene)].into_iter().flatten(),
    );
    findings.extend([destination(scene), role(scene), owner(scene)].into_iter().flatten());
    findings
}

fn about(scene: &Scene<'_>, severity: Severity, cause: &'static str, what: String, fix: Fix) -> Finding {
    Finding::new(severity, cause, scene.source_account(), scene.source_arn(), what)
        .document(DocumentName::Replication { bucket: scene.source_name.to_owned() })
        .fix(fix)
}

/// The two schemas do not mix.
fn schema(scene: &Scene<'_>) -> Vec<Finding> {
    let (rule, name) = (scene.rule, scene.rule.name());
    let mut findings = Vec::new();
    let mut warn = |cause, what, fix| findings.push(about(scene, Severity::Warning, cause, what, fix));
    if rule.is_v2() {
        let missing: Vec<&str> =
            ["DeleteMarkerReplication", "Priority"].into_iter().filter(|path| !rule.has(path)).collect();
        if !missing.is_empty() {
            let what = format!("rule {name} has a Filter and lacks {}: S3 refuses it", missing.join(" and "));
            let value = |path: &&str| match *path {
                "Priority" => set(scene, "Priority", Some(&(rule.index + 1).to_string())),
                _ => set(scene, "DeleteMarkerReplication/Status", Some("Disabled")),
            };
            let changes = missing.iter().map(value).collect();
            let text = format!("add {} to the rule", missing.join(" and "));
            warn("rule-v2-delete-marker-missing", what, Fix::new(text, changes).by_apply());
        }
        if !rule.tags.is_empty() && rule.enables("DeleteMarkerReplication") {
            let what = format!("rule {name} filters by tags and replicates delete markers: S3 refuses that");
            let changes = vec![set(scene, "DeleteMarkerReplication/Status", Some("Disabled"))];
            let fix = Fix::new("disable DeleteMarkerReplication, or filter by prefix alone", changes);
            warn("rule-tag-filter-delete-marker", what, fix);
        }
    } else {
        let newer = [
            "DeleteMarkerReplication",
            "Priority",
            "ExistingObjectReplication",
            "Destination/ReplicationTime",
            "Destination/Metrics",
            "SourceSelectionCriteria/ReplicaModifications",
        ];
        let found: Vec<&str> = newer.into_iter().filter(|path| rule.has(path)).collect();
        if !found.is_empty() {
            let what = format!("rule {name} has no Filter, and {}: S3 refuses that", found.join(", "));
            let mut changes =
                vec![set(scene, "Filter/Prefix", Some(rule.prefix())), set(scene, "Prefix", None)];
            if !rule.has("Priority") {
                changes.push(set(scene, "Priority", Some(&(rule.index + 1).to_string())));
            }
            if !rule.has("DeleteMarkerReplication") {
                changes.push(set(scene, "DeleteMarkerReplication/Status", Some("Disabled")));
            }
            let text = "put the prefix into a Filter, with Priority and DeleteMarkerReplication";
            warn("rule-v1-field-not-allowed", what, Fix::new(text, changes));
        }
    }
    findings
}

fn selection(scene: &Scene<'_>) -> Option<Finding> {
    let missing = scene.rule.has("Destination/EncryptionConfiguration")
        && !scene.rule.has("SourceSelectionCriteria/SseKmsEncryptedObjects");
    let what = format!(
        "rule {} names a key for replicas and does not select KMS objects: S3 refuses that",
        scene.rule.name()
    );
    let path = "SourceSelectionCriteria/SseKmsEncryptedObjects/Status";
    let fix =
        Fix::new("add SseKmsEncryptedObjects Enabled to the rule", vec![set(scene, path, Some("Enabled"))]);
    missing.then(|| about(scene, Severity::Warning, "rule-kms-selection-missing", what, fix.by_apply()))
}

fn replica_key_missing(scene: &Scene<'_>) -> Option<Finding> {
    if !scene.rule.selects_kms() || scene.rule.replica_key().is_some() {
        return None;
    }
    let decides = matches!(scene.subject.sse, Sse::Kms | Sse::Unknown) && scene.subject.is_written();
    let severity = if decides { Severity::Error } else { Severity::Warning };
    let what = format!(
        "rule {} selects KMS objects and names no key for replicas: S3 refuses that",
        scene.rule.name()
    );
    let fix =
        Fix::new("name a key of the destination's Region as ReplicaKmsKeyID", replica_key::another(scene));
    Some(about(scene, severity, "rule-replica-key-missing", what, fix.by_apply()))
}

/// A bare id or alias names a key of whoever asks
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/find-cmk-id-arn.html>): S3 asks as the role.
fn replica_key_form(scene: &Scene<'_>) -> Option<Finding> {
    let named = scene.rule.replica_key().filter(|named| !named.starts_with("arn:"))?;
    let needed = scene.replica_key.is_some() && scene.crosses_accounts();
    let severity = if needed { Severity::Error } else { Severity::Warning };
    let what = format!("ReplicaKmsKeyID {named} is no ARN: S3 refuses that");
    let arn = scene.replica_key.as_ref().and_then(|key| key.arn());
    let fix = match arn {
        Some(arn) => {
            let change = set(scene, "Destination/EncryptionConfiguration/ReplicaKmsKeyID", Some(&arn));
            Fix::new(format!("write the key's ARN: {arn}"), vec![change])
        }
        None => Fix::new("write the key's ARN", replica_key::another(scene)),
    };
    Some(about(scene, severity, "rule-replica-key-not-arn", what, fix.by_apply()))
}

fn destination(scene: &Scene<'_>) -> Option<Finding> {
    let named = scene.rule.destination();
    let good = format!("arn:{}:s3:::{}", scene.partition(), scene.destination_name);
    if named == good {
        return None;
    }
    let what = format!("Destination.Bucket {named} is not the ARN of a bucket: S3 refuses that");
    let fix = Fix::new(format!("write {good}"), vec![set(scene, "Destination/Bucket", Some(&good))]);
    Some(about(scene, Severity::Warning, "rule-destination-not-arn", what, fix.by_apply()))
}

fn role(scene: &Scene<'_>) -> Option<Finding> {
    let role = &scene.configuration.role;
    let owner = scene.source.owner.known();
    let (cause, what) = match (&scene.role_arn, owner) {
        (None, _) => ("rule-role-arn-malformed", format!("Role {role} is not the ARN of a role")),
        (Some(arn), Some(owner)) if arn.account.as_str() != owner => (
            "rule-role-other-account",
            format!("role {role} belongs to account {}, the source bucket to {owner}", arn.account),
        ),
        _ => return None,
    };
    let Some(owner) = owner else {
        let fix = Fix::by_hand("name a role of the source bucket's account by its ARN").by_apply();
        return Some(about(scene, Severity::Error, cause, what, fix).reason("AssumeRoleNotPermitted"));
    };
    let own = own_role(scene, owner);
    let mut changes = Vec::new();
    if scene.snapshot.role(&own).known().is_none() {
        changes.push(Change::CreateRole { role: own.clone(), trust: super::super::grants::trust() });
    }
    changes.push(Change::SetReplicationRole { bucket: scene.source_name.to_owned(), role: own.clone() });
    let fix = Fix::new(format!("name a role of the source bucket's account: {own}"), changes).by_apply();
    Some(about(scene, Severity::Error, cause, what, fix).reason("AssumeRoleNotPermitted"))
}

/// The ARN that was meant, as well as it can be told: the same name in the source's account.
fn own_role(scene: &Scene<'_>, owner: &str) -> String {
    let named = scene.configuration.role.rsplit(['/', ':']).next().unwrap_or_default();
    let fits = crate::arn::check_role_name(named).is_ok();
    let known =
        |arn: &&String| arn.contains(&format!("::{owner}:role/")) && arn.ends_with(&format!("/{named}"));
    if let Some(arn) = scene.snapshot.roles.keys().find(known) {
        return arn.clone();
    }
    let name = if fits { named } else { "S3Replication" };
    format!("arn:{}:iam::{owner}:role/{name}", scene.partition())
}

fn owner(scene: &Scene<'_>) -> Option<Finding> {
    if !scene.rule.overrides_owner() || scene.rule.account().is_some() {
        return None;
    }
    let what = format!(
        "rule {} overrides the owner and lacks Destination.Account: S3 refuses that",
        scene.rule.name()
    );
    let account = scene.destination_account();
    let changes =
        account.map(|account| set(scene, "Destination/Account", Some(account))).into_iter().collect();
    let fix = Fix::new("add the destination's account as Destination.Account", changes).by_apply();
    Some(about(scene, Severity::Warning, "rule-owner-override-without-account", what, fix))
}
