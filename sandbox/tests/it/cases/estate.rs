//! A case played through: everything made as the administrators of the
//! accounts would, the object written, the documents put, the decision read.
//!
//! Replication is held meanwhile, and the documents that might shut out the
//! administrators themselves are put last: S3 decides by the documents as
//! they are when it comes to the object.

use std::collections::BTreeSet;

use bucketbridge_sandbox::{Outcome, Sandbox};
use serde_json::Value;

use super::keys::{Key, make_keys, put_as_its_admin};
use super::lot::{Lot, constants, fill, open, place};
use super::places::{make_place, suspend_later};
use super::role::RoleOf;
use super::story::{Ending, Story, or_refused};
use super::{object, principals, rule};
use crate::bench::{Clients, admin, clients, until};

pub async fn play(story: &Story) -> Ending {
    let sandbox = open(&story.estate);
    let (lot, keys) = begin(story, &sandbox).await;
    match make(story, &lot, &keys).await {
        Ending::Works => decided(&lot).await,
        ending => ending,
    }
}

/// The keys and administrators of a case, and its documents with everything filled in.
pub async fn begin<'a>(story: &Story, sandbox: &'a Sandbox) -> (Lot<'a>, Vec<Key>) {
    let raw = &story.estate;
    let mut values = constants(raw);
    let mut keys = Vec::new();
    for (side, prefix) in [("source", "SRC"), ("destination", "DST")] {
        make_keys(sandbox, &raw[side], side, prefix, &mut values, &mut keys).await;
    }
    let text = fill(&raw.to_string(), &values);
    let estate: Value = serde_json::from_str(&text).expect("a filled estate");
    let lot = Lot {
        sandbox,
        source: place(sandbox, &estate["source"]).await,
        destination: place(sandbox, &estate["destination"]).await,
        estate,
        values,
    };
    (lot, keys)
}

/// Everything else; or how the case ended on the way. Replication goes on at the end of it.
pub async fn make(story: &Story, lot: &Lot<'_>, keys: &[Key]) -> Ending {
    let (raw, sandbox) = (&story.estate, lot.sandbox);
    let role = RoleOf::read(lot, raw).await;
    if let Err(ending) = role.make(story).await {
        return ending;
    }
    for (place, side) in [(&lot.source, "source"), (&lot.destination, "destination")] {
        make_place(place, &lot.estate[side], story, side).await;
    }
    if let Some(ending) = rule_and_object(story, lot).await {
        return ending;
    }
    // From here on it may be that administrators shut themselves out.
    suspend_later(lot, story).await;
    if !story.has_cause("policy-invalid-principal") {
        for arn in all_principals(&lot.estate) {
            let account = principals::account_of(&arn).unwrap_or_default().to_owned();
            if !account.is_empty() {
                principals::make(&admin(sandbox, &account, "us-east-1").await, &arn).await;
            }
        }
    }
    let stale = stale_ids(&lot.estate);
    let living = |policy: &Value| {
        let mut text = policy.to_string();
        if !story.is_refused() {
            stale.iter().for_each(|id| text = text.replace(id.as_str(), &role.arn));
        }
        text
    };
    for key in keys {
        let wanted = &lot.estate[key.side][key.field];
        let wanted = if key.field == "key" { wanted } else { &wanted[0] };
        if !wanted["policy"].is_null() && !key.managed {
            let policy = living(&wanted["policy"]);
            let put = key.clients.kms.put_key_policy().key_id(&key.id).policy(&policy).send().await;
            let locks_out =
                put.as_ref().err().is_some_and(|error| format!("{error:?}").contains("will not allow"));
            if !locks_out || !put_as_its_admin(lot, key, &policy, &role.arn).await {
                or_refused!("kms:PutKeyPolicy", put);
            }
        }
        for grant in wanted["grants"].as_array().into_iter().flatten() {
            let operations = grant["operations"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let create = key.clients.kms.create_grant().key_id(&key.id);
            let create = create
                .grantee_principal(grant["grantee"].as_str().unwrap_or_default())
                .set_operations(Some(operations.map(aws_sdk_kms::types::GrantOperation::from).collect()));
            or_refused!("kms:CreateGrant", create.send().await);
        }
        match wanted["state"].as_str() {
            Some("Disabled") => {
                key.clients.kms.disable_key().key_id(&key.id).send().await.expect("disabled");
            }
            Some("PendingDeletion") => {
                key.clients.kms.schedule_key_deletion().key_id(&key.id).send().await.expect("scheduled");
            }
            _ => {}
        }
    }
    for (place, side) in [(&lot.source, "source"), (&lot.destination, "destination")] {
        let wanted = &lot.estate[side];
        if !wanted["policy"].is_null() && wanted["exists"] != false {
            let put = place.clients.s3.put_bucket_policy().bucket(&place.bucket);
            or_refused!("s3:PutBucketPolicy", put.policy(living(&wanted["policy"])).send().await);
        }
    }
    if !stale.is_empty() && !story.is_refused() {
        role.delete().await;
        if let Err(ending) = role.make(story).await {
            return ending;
        }
    }
    if raw["role"]["exists"] == false {
        role.delete().await;
    }
    if raw["destination"]["exists"] == false {
        let bucket = lot.destination.clients.s3.delete_bucket().bucket(&lot.destination.bucket);
        bucket.send().await.expect("the destination bucket is deleted");
    }
    sandbox.release_replication();
    Ending::Works
}

/// Stores the rule and writes the object, in the order that the case tells.
async fn rule_and_object(story: &Story, lot: &Lot<'_>) -> Option<Ending> {
    let wanted = &lot.estate["object"];
    let marker = wanted["operation"] == "delete-marker";
    let older = wanted["created"].as_str().is_some_and(|when| !when.contains("after"));
    if marker || older {
        object::write(lot, &lot.source, &lot.source.bucket).await;
    }
    let configuration = &lot.estate["source"]["replication"];
    if !configuration.is_null() {
        let author = author(lot, story).await;
        if let Err(text) = rule::put(&author, &lot.source.bucket, configuration).await {
            return Some(Ending::Refused("s3:PutBucketReplication", text));
        }
    }
    if wanted["replication_status"] == "REPLICA" {
        object::arrive_as_replica(lot).await;
        return None;
    }
    lot.sandbox.hold_replication();
    let owner = wanted["owner"].as_str().or(wanted["owner"]["account"].as_str());
    match owner {
        _ if older => {}
        _ if marker => object::delete(lot).await,
        Some(owner) if owner != lot.source.account && owner.len() == 12 => {
            object::write_as_other(lot, owner).await;
        }
        // Another account that is not named by its id.
        Some(owner) if owner != lot.source.account && !owner.contains("source") => {
            object::write_as_other(lot, &lot.destination.account).await;
        }
        _ => object::write(lot, &lot.source, &lot.source.bucket).await,
    }
    if !wanted["tags_added"].is_null() {
        object::tag(lot, &wanted["tags_added"]).await;
    }
    None
}

/// Who stores the rule: the administrator, or a user with the policies that
/// the case gives.
async fn author(lot: &Lot<'_>, story: &Story) -> Clients {
    let caller = &lot.estate["caller"];
    if caller.is_null() || !(story.has_cause("caller-pass-role-missing") || caller["policies"].is_array()) {
        return lot.source.clients.clone();
    }
    let iam = &lot.source.clients.iam;
    iam.create_user().user_name("author").send().await.expect("a user");
    let policies = caller["policies"].as_array().into_iter().flatten().chain(caller.get("policy"));
    for (number, policy) in policies.enumerate() {
        let put = iam.put_user_policy().user_name("author").policy_name(format!("p{number}"));
        put.policy_document(policy.to_string()).send().await.expect("the author's policy");
    }
    let key = iam.create_access_key().user_name("author").send().await.expect("a key");
    let key = key.access_key().expect("a key");
    let credentials = aws_sdk_iam::config::Credentials::new(
        key.access_key_id(),
        key.secret_access_key(),
        None,
        None,
        "test",
    );
    clients(lot.sandbox, credentials, &lot.source.region).await
}

fn all_principals(estate: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for side in ["source", "destination"] {
        let side = &estate[side];
        for policy in [&side["policy"], &side["key"]["policy"], &side["other_keys"][0]["policy"]] {
            found.extend(principals::named(policy));
        }
    }
    found
}

/// The unique ids of deleted roles that the documents hold.
fn stale_ids(estate: &Value) -> Vec<String> {
    all_principals(estate).into_iter().filter(|name| name.starts_with("AROA")).collect()
}

/// What became of the newest version of the object.
pub async fn decided(lot: &Lot<'_>) -> Ending {
    let key = lot.estate["object"]["key"].as_str().expect("a key");
    until("a decision", || async {
        let verdicts = lot.sandbox.why(&lot.source.bucket, key);
        Some(match verdicts.last().map(|verdict| verdict.outcome.clone()) {
            Some(Outcome::Pending) => return None,
            None | Some(Outcome::Skipped { .. }) => Ending::Skipped,
            Some(Outcome::Completed { .. }) => Ending::Works,
            Some(Outcome::Failed(failure)) => Ending::Fails(
                failure.code,
                format!("{} {}: {}", failure.action, failure.resource, failure.detail),
            ),
        })
    })
    .await
}
