//! KMS keys, apart for each Region.
//!
//! The emulator keeps an account's keys of all Regions in one place, so that
//! a key would be seen everywhere. Here every Region has a KMS service and a
//! state of its own; a key is visible only where it lives.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>

use std::collections::BTreeMap;
use std::sync::Arc;

use fakecloud_core::multi_account::MultiAccountState;
use fakecloud_kms::hook::KmsServiceHook;
use fakecloud_kms::{KmsKey, KmsService, SharedKmsState};
use parking_lot::RwLock;

use crate::arn::{Arn, partition_of_region};
use crate::authority::Grant;

pub struct Keys {
    accounts: Vec<String>,
    regions: RwLock<BTreeMap<String, Arc<RegionalKeys>>>,
}

pub struct RegionalKeys {
    pub name: String,
    pub state: SharedKmsState,
    pub service: KmsService,
    hook: KmsServiceHook,
}

impl Keys {
    pub fn new(accounts: Vec<String>) -> Self {
        Keys { accounts, regions: RwLock::default() }
    }

    /// The keys of a Region, made when the Region is first spoken of.
    pub fn region(&self, name: &str) -> Arc<RegionalKeys> {
        if let Some(region) = self.regions.read().get(name) {
            return region.clone();
        }
        let mut regions = self.regions.write();
        regions
            .entry(name.to_owned())
            .or_insert_with(|| Arc::new(RegionalKeys::new(name, &self.accounts)))
            .clone()
    }

    pub fn all(&self) -> Vec<Arc<RegionalKeys>> {
        self.regions.read().values().cloned().collect()
    }

    /// The grants on a key.
    pub fn grants_of(&self, key: &KmsKey) -> Vec<Grant> {
        let Some(arn) = Arn::parse(&key.arn) else {
            return Vec::new();
        };
        let region = self.region(arn.region);
        let states = region.state.read();
        let grants = states.get(arn.account).map_or(&[][..], |state| state.grants.as_slice());
        grants
            .iter()
            .filter(|grant| grant.key_id == key.key_id)
            .map(|grant| Grant {
                grantee: grant.grantee_principal.clone(),
                operations: grant.operations.clone(),
                constraints: grant.constraints.clone(),
            })
            .collect()
    }

    /// The key that a key ARN or alias ARN names, if it exists. AWS managed
    /// keys come into being when they are first spoken of.
    pub fn by_arn(&self, arn: &str) -> Option<KmsKey> {
        let parts = Arn::parse(arn)?;
        if parts.service != "kms" {
            return None;
        }
        let region = self.region(parts.region);
        match parts.resource.strip_prefix("alias/aws/") {
            Some(service) => region.managed(parts.account, service),
            None => region.find(parts.account, arn),
        }
    }
}

impl RegionalKeys {
    fn new(name: &str, accounts: &[String]) -> Self {
        let first = accounts.first().map_or("", String::as_str);
        let mut states = MultiAccountState::new(first, name, "");
        for account in accounts {
            states.get_or_create(account);
        }
        let state: SharedKmsState = Arc::new(RwLock::new(states));
        RegionalKeys {
            name: name.to_owned(),
            service: KmsService::new(state.clone()),
            hook: KmsServiceHook::new(state.clone(), Default::default()),
            state,
        }
    }

    /// A key of `account` by id, alias name, key ARN or alias ARN. What names
    /// another Region is not found here.
    pub fn find(&self, account: &str, reference: &str) -> Option<KmsKey> {
        if let Some(arn) = Arn::parse(reference)
            && (arn.region != self.name || arn.account != account)
        {
            return None;
        }
        let states = self.state.read();
        let state = states.get(account)?;
        let id = state.resolve_key_id(&self.name, reference)?;
        let mut key = state.keys.get(&id)?.clone();
        if key.key_manager == "AWS" {
            let service = state
                .aws_managed_keys
                .iter()
                .find(|(_, managed)| **managed == id)
                .and_then(|(slot, _)| slot.rsplit('/').next())
                .unwrap_or("s3");
            key.policy = managed_policy(account, &self.name, service);
        }
        Some(key)
    }

    /// The names of the aliases of a key.
    pub fn aliases_of(&self, account: &str, key_id: &str) -> Vec<String> {
        let states = self.state.read();
        states.get(account).map_or_else(Vec::new, |state| {
            state
                .aliases_in(&self.name)
                .filter(|alias| alias.target_key_id == key_id)
                .map(|alias| alias.alias_name.clone())
                .collect()
        })
    }

    /// The account's AWS managed key of a service, made on first use.
    pub fn managed(&self, account: &str, service: &str) -> Option<KmsKey> {
        let (alias, principal) = (format!("aws/{service}"), format!("{service}.amazonaws.com"));
        let arn = self.hook.resolve_key_arn(account, &self.name, &alias, &principal).ok()?;
        self.find(account, &arn)
    }
}

/// The policy of an AWS managed key: every principal of the account that
/// comes through the service.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk>
fn managed_policy(account: &str, region: &str, service: &str) -> String {
    let partition = partition_of_region(region);
    serde_json::json!({
        "Version": "2012-10-17",
        "Id": format!("auto-{service}-1"),
        "Statement": [
            {
                "Sid": format!("Allow access through {service} for all principals in the account"),
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
                    "kms:CreateGrant", "kms:DescribeKey"],
                "Resource": "*",
                "Condition": {"StringEquals": {
                    "kms:CallerAccount": account,
                    "kms:ViaService": format!("{service}.{region}.amazonaws.com"),
                }},
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": format!("arn:{partition}:iam::{account}:root")},
                "Action": ["kms:Describe*", "kms:Get*", "kms:List*"],
                "Resource": "*",
            },
        ],
    })
    .to_string()
}
