//! Multi-Region keys, and the description of every key.
//!
//! A replica has the id of its primary and lives in its own Region with a
//! policy of its own. Rotation and the shared material are not modelled.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html>

use fakecloud_core::service::{AwsResponse, AwsServiceError};
use fakecloud_kms::{KmsKey, kms_key_arn};
use serde_json::{Value, json};

use crate::arn::{Arn, partition_of_region};
use crate::services::error;
use crate::services::kms::Call;
use crate::world::World;

pub fn replicate(world: &World, call: &Call<'_>) -> Result<AwsResponse, AwsServiceError> {
    let primary = call.key(call.text("KeyId"))?;
    let target = call.text("ReplicaRegion");
    if !primary.multi_region || primary.primary_region.is_some() {
        return Err(error(
            400,
            "UnsupportedOperationException",
            format!("{} is not a multi-region primary key.", primary.arn),
        ));
    }
    if target.is_empty() || target == call.region.name {
        return Err(error(400, "ValidationException", "ReplicaRegion must be another Region"));
    }
    let account = call.caller.account().to_owned();
    let region = world.keys.region(target);
    let arn = kms_key_arn(target, &account, &primary.key_id);
    if region.find(&account, &primary.key_id).is_some() {
        return Err(error(400, "AlreadyExistsException", format!("{arn} already exists")));
    }
    let partition = partition_of_region(target);
    let policy = match call.text("Policy") {
        "" => json!({
            "Version": "2012-10-17",
            "Id": "key-default-1",
            "Statement": [{
                "Sid": "Enable IAM User Permissions",
                "Effect": "Allow",
                "Principal": {"AWS": format!("arn:{partition}:iam::{account}:root")},
                "Action": "kms:*",
                "Resource": "*",
            }],
        })
        .to_string(),
        policy => policy.to_owned(),
    };
    let tags = call.body.get("Tags").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let text = |value: &Value, field: &str| value.get(field)?.as_str().map(str::to_owned);
    let replica = KmsKey {
        arn,
        policy: policy.clone(),
        creation_date: chrono::Utc::now().timestamp() as f64,
        description: call.text("Description").to_owned(),
        tags: tags.iter().filter_map(|tag| Some((text(tag, "TagKey")?, text(tag, "TagValue")?))).collect(),
        rotations: Vec::new(),
        primary_region: Some(call.region.name.clone()),
        ..primary
    };
    let mut answer = metadata(world, &replica);
    answer["KeyState"] = json!("Creating");
    let mut states = region.state.write();
    states.get_or_create(&account).keys.insert(replica.key_id.clone(), replica);
    drop(states);
    Ok(AwsResponse::ok_json(json!({
        "ReplicaKeyMetadata": answer,
        "ReplicaPolicy": policy,
        "ReplicaTags": tags,
    })))
}

/// The emulator's own DescribeKey refuses whoever any Deny is meant for, and
/// knows no replicas.
pub fn describe(world: &World, call: &Call<'_>) -> Result<AwsResponse, AwsServiceError> {
    let key = call.key(call.text("KeyId"))?;
    Ok(AwsResponse::ok_json(json!({"KeyMetadata": metadata(world, &key)})))
}

fn metadata(world: &World, key: &KmsKey) -> Value {
    let arn = Arn::parse(&key.arn);
    let (account, region) = arn.map_or(("", ""), |arn| (arn.account, arn.region));
    let mut answer = json!({
        "KeyId": key.key_id,
        "Arn": key.arn,
        "AWSAccountId": account,
        "CreationDate": key.creation_date,
        "Description": key.description,
        "Enabled": key.enabled,
        "KeyUsage": key.key_usage,
        "KeySpec": key.key_spec,
        "CustomerMasterKeySpec": key.key_spec,
        "KeyManager": key.key_manager,
        "KeyState": key.key_state,
        "Origin": key.origin,
        "MultiRegion": key.multi_region,
    });
    if let Some(date) = key.deletion_date {
        answer["DeletionDate"] = json!(date);
    }
    if let Some(algorithms) = &key.encryption_algorithms {
        answer["EncryptionAlgorithms"] = json!(algorithms);
    }
    if key.multi_region {
        let home = key.primary_region.as_deref().unwrap_or(region);
        let place =
            |region: &str| json!({"Arn": kms_key_arn(region, account, &key.key_id), "Region": region});
        let replicas: Vec<Value> = world
            .keys
            .all()
            .iter()
            .filter(|keys| keys.name != home && keys.find(account, &key.key_id).is_some())
            .map(|keys| place(&keys.name))
            .collect();
        let kind = if key.primary_region.is_some() { "REPLICA" } else { "PRIMARY" };
        answer["MultiRegionConfiguration"] = json!({
            "MultiRegionKeyType": kind,
            "PrimaryKey": place(home),
            "ReplicaKeys": replicas,
        });
    }
    answer
}
