//! Every action that the sandbox evaluates is one of AWS's.
//!
//! The catalogue (facts from AWS's Service Authorization Reference) lies
//! beside the workspace.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use bucketbridge_sandbox::actions::s3::{Target, needs};
use bucketbridge_sandbox::actions::s3_operation::names;
use bucketbridge_sandbox::checks::bucket_policy::OBJECT_ACTIONS;
use fakecloud_core::multi_account::{AccountState, MultiAccountState};
use fakecloud_core::service::AwsService as _;
use http::HeaderMap;
use parking_lot::RwLock;
use serde_json::Value;

const CATALOGUE: &str = "shared/iam-actions";

/// The actions of a service, in lower case; `None` where the catalogue is
/// not there.
fn catalogue(service: &str) -> Option<BTreeSet<String>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2)?;
    let path = beside.join(CATALOGUE).join(format!("{service}.json"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    let actions: Value = serde_json::from_str(&text).expect("the catalogue is JSON");
    let actions = actions.as_object().expect("actions by name");
    Some(actions.values().map(|action| action["name"].as_str().unwrap_or_default().to_owned()).collect())
}

#[test]
fn every_s3_operation_asks_for_actions_that_exist() {
    let Some(known) = catalogue("s3") else {
        return;
    };
    let mut headers = HeaderMap::new();
    for name in [
        "x-amz-object-ownership",
        "x-amz-bucket-object-lock-enabled",
        "x-amz-tagging",
        "x-amz-object-lock-mode",
        "x-amz-object-lock-legal-hold",
        "x-amz-bypass-governance-retention",
    ] {
        headers.insert(name, "x".parse().expect("a value"));
    }
    headers.insert("x-amz-acl", "public-read".parse().expect("a value"));
    let mut asked = BTreeSet::new();
    for operation in names() {
        for (version, body) in [(false, ""), (true, "<Delete><Object><Key>k</Key></Object></Delete><Tag>")] {
            let target = Target {
                operation,
                partition: "aws",
                bucket: Some("b"),
                key: Some("k"),
                version,
                headers: &headers,
                body: body.as_bytes(),
            };
            let needs = needs(&target);
            // A multi-object delete of nothing asks for nothing.
            assert!(!needs.is_empty() || operation == "DeleteObjects", "{operation} asks for nothing");
            asked.extend(needs.into_iter().map(|need| need.action));
        }
    }
    assert!(asked.len() > 60, "{asked:?}");
    for action in asked {
        let name = action.strip_prefix("s3:").expect("an action of S3");
        assert!(known.contains(name), "{action} is no action of S3");
    }
    for name in OBJECT_ACTIONS {
        assert!(known.contains(*name), "s3:{name} is no action of S3");
    }
}

#[test]
fn what_replication_asks_for_exists() {
    let s3 = [
        "GetReplicationConfiguration",
        "ListBucket",
        "GetObjectVersionForReplication",
        "GetObjectVersion",
        "GetObjectVersionAcl",
        "GetObjectVersionTagging",
        "GetObjectRetention",
        "GetObjectLegalHold",
        "ReplicateObject",
        "ReplicateDelete",
        "ObjectOwnerOverrideToBucketOwner",
    ];
    let kms = [
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "TagResource",
        "CreateKey",
        "CreateAlias",
        "UpdateAlias",
        "DeleteAlias",
        "ReEncryptFrom",
        "ReEncryptTo",
        "ListKeys",
        "ListAliases",
        "GenerateRandom",
        "ListRetirableGrants",
        "PutKeyPolicy",
    ];
    let iam = ["PassRole", "TagRole", "TagUser", "TagPolicy"];
    let sts = ["AssumeRole", "TagSession", "SetSourceIdentity"];
    for (service, names) in [("s3", &s3[..]), ("kms", &kms[..]), ("iam", &iam[..]), ("sts", &sts[..])] {
        let Some(known) = catalogue(service) else {
            return;
        };
        for name in names {
            assert!(known.contains(*name), "{service}:{name} does not exist");
        }
    }
}

/// IAM and KMS evaluate a call under its own name: so each that the emulator
/// answers has to have an action of that name, but for those listed.
#[test]
fn calls_of_the_other_services_are_named_as_their_actions() {
    fn state<T: AccountState>() -> Arc<RwLock<MultiAccountState<T>>> {
        Arc::new(RwLock::new(MultiAccountState::new("111111111111", "us-east-1", "")))
    }
    let iam = fakecloud_iam::iam_service::IamService::new(state());
    let kms = fakecloud_kms::KmsService::new(state());
    // Two actions of its own; two calls that no SDK of ours has.
    let listed = ["ReEncrypt", "AcquireRole", "UpdateDelegationRequest"];
    for (service, calls) in [("iam", iam.supported_actions()), ("kms", kms.supported_actions())] {
        let Some(known) = catalogue(service) else {
            return;
        };
        let strange: Vec<_> =
            calls.iter().filter(|name| !known.contains(**name) && !listed.contains(*name)).collect();
        assert!(strange.is_empty(), "calls of {service} without an action of their name: {strange:?}");
    }
}
