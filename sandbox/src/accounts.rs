//! The accounts of a sandbox, with what each has from the start: an
//! administrator with an access key, and the role `ReplicationAdmin`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use fakecloud_iam::xml_responses::{generate_role_id, generate_secret_access_key};
use fakecloud_iam::{IamAccessKey, IamRole, IamUser, SharedIamState};
use serde_json::json;

/// The name of every account's administrator, an IAM user.
pub const ADMINISTRATOR: &str = "administrator";
/// The role that the first account's administrator may assume everywhere.
pub const REPLICATION_ADMIN: &str = "ReplicationAdmin";
/// The external id that goes with it.
pub const EXTERNAL_ID: &str = "sandbox";

#[derive(Clone, Debug)]
pub struct Account {
    pub id: String,
    pub name: String,
    pub access_key_id: String,
    pub secret_access_key: String,
}

impl Account {
    pub fn new(id: &str, name: &str) -> Self {
        Account {
            id: id.to_owned(),
            name: name.to_owned(),
            // Never `test…`: the emulator lets such keys past everything.
            access_key_id: format!("AKIA{id}SBOX"),
            secret_access_key: generate_secret_access_key(),
        }
    }
}

/// Puts administrators and roles into place.
pub fn settle(accounts: &[Account], iam: &SharedIamState) {
    let Some(first) = accounts.first() else {
        return;
    };
    // Older than any propagation delay.
    let long_ago = DateTime::<Utc>::UNIX_EPOCH;
    let everything = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    })
    .to_string();
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"AWS": user_arn(&first.id)},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
        }],
    })
    .to_string();
    let mut states = iam.write();
    for account in accounts {
        let state = states.get_or_create(&account.id);
        let policies = BTreeMap::from([("Administrator".to_owned(), everything.clone())]);
        state.users.insert(
            ADMINISTRATOR.to_owned(),
            IamUser {
                user_name: ADMINISTRATOR.to_owned(),
                user_id: format!("AIDA{}SBOX", account.id),
                arn: user_arn(&account.id),
                path: "/".to_owned(),
                created_at: long_ago,
                tags: Vec::new(),
                permissions_boundary: None,
            },
        );
        state.access_keys.insert(
            ADMINISTRATOR.to_owned(),
            vec![IamAccessKey {
                access_key_id: account.access_key_id.clone(),
                secret_access_key: account.secret_access_key.clone(),
                user_name: ADMINISTRATOR.to_owned(),
                status: "Active".to_owned(),
                created_at: long_ago,
            }],
        );
        state.user_inline_policies.insert(ADMINISTRATOR.to_owned(), policies.clone());
        state.roles.insert(
            REPLICATION_ADMIN.to_owned(),
            IamRole {
                role_name: REPLICATION_ADMIN.to_owned(),
                role_id: generate_role_id(),
                arn: format!("arn:aws:iam::{}:role/{REPLICATION_ADMIN}", account.id),
                path: "/".to_owned(),
                assume_role_policy_document: trust.clone(),
                created_at: long_ago,
                description: Some("Administers replication in this account".to_owned()),
                max_session_duration: 12 * 3600,
                tags: Vec::new(),
                permissions_boundary: None,
            },
        );
        state.role_inline_policies.insert(REPLICATION_ADMIN.to_owned(), policies);
    }
}

fn user_arn(account: &str) -> String {
    format!("arn:aws:iam::{account}:user/{ADMINISTRATOR}")
}
