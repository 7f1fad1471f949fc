//! The keys of a case: made before the documents that name them, and given
//! their own documents after.

use std::collections::BTreeMap;

use bucketbridge_sandbox::Sandbox;
use serde_json::Value;

use super::lot::{Lot, fill};
use super::principals;
use crate::bench::{Clients, admin, allow, clients};

pub struct Key {
    pub side: &'static str,
    pub field: &'static str,
    pub clients: Clients,
    region: String,
    pub id: String,
    pub managed: bool,
}

pub async fn make_keys(
    sandbox: &Sandbox,
    side: &Value,
    name: &'static str,
    prefix: &str,
    values: &mut BTreeMap<String, String>,
    keys: &mut Vec<Key>,
) {
    for (field, suffix) in [("key", "KEY"), ("other_keys", "OTHER_KEY")] {
        let wanted = if field == "key" { &side["key"] } else { &side["other_keys"][0] };
        if wanted.is_null() {
            continue;
        }
        let account = side["account"].as_str().expect("an account");
        let region = wanted["region"].as_str().or(side["region"].as_str()).expect("a Region");
        let clients = admin(sandbox, account, region).await;
        let managed = wanted["aws_managed"] == true;
        let (arn, id) = if wanted["exists"] == false {
            let id = "0f0f0f0f-aaaa-4bbb-8ccc-0123456789ab".to_owned();
            (format!("arn:aws:kms:{region}:{account}:key/{id}"), id)
        } else if managed {
            let alias = managed_alias(wanted);
            let known = clients.kms.describe_key().key_id(alias).send().await.expect("a managed key");
            let known = known.key_metadata().expect("metadata");
            (known.arn().expect("an ARN").to_owned(), known.key_id().to_owned())
        } else {
            let made = clients.kms.create_key().multi_region(wanted["multi_region"] == true);
            let made = made.send().await.expect("a key");
            let made = made.key_metadata().expect("metadata");
            (made.arn().expect("an ARN").to_owned(), made.key_id().to_owned())
        };
        values.insert(format!("{prefix}_{suffix}_ARN"), arn);
        values.insert(format!("{prefix}_{suffix}_ID"), id.clone());
        if wanted["exists"] == false {
            continue;
        }
        if !managed {
            for alias in wanted["aliases"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let create = clients.kms.create_alias().alias_name(fill(alias, values));
                create.target_key_id(&id).send().await.expect("an alias");
            }
        }
        keys.push(Key { side: name, field, clients, region: region.to_owned(), id, managed });
    }
}

/// A key policy must leave its author able to change it, so that one which
/// leaves out the administrator is put by a role that it does name.
pub async fn put_as_its_admin(lot: &Lot<'_>, key: &Key, policy: &str, replicator: &str) -> bool {
    let document: Value = serde_json::from_str(policy).expect("a policy");
    for arn in principals::named(&document).iter().filter(|arn| *arn != replicator) {
        let (Some(account), Some((_, name))) = (principals::account_of(arn), arn.rsplit_once('/')) else {
            continue;
        };
        if !arn.contains(":role/") {
            continue;
        }
        let admin = admin(lot.sandbox, account, &key.region).await;
        let all = allow(serde_json::json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]));
        let may = admin.iam.put_role_policy().role_name(name).policy_name("keys").policy_document(all);
        may.send().await.expect("the role may use keys");
        let assume = admin.sts.assume_role().role_arn(arn).role_session_name("keys");
        let session = assume.send().await.expect("the role is assumed");
        let session = session.credentials().expect("credentials");
        let credentials = aws_sdk_iam::config::Credentials::new(
            session.access_key_id(),
            session.secret_access_key(),
            Some(session.session_token().to_owned()),
            None,
            "test",
        );
        let as_role = clients(lot.sandbox, credentials, &key.region).await;
        if as_role.kms.put_key_policy().key_id(&key.id).policy(policy).send().await.is_ok() {
            return true;
        }
    }
    false
}

/// Which service's key a managed key is: its alias says, or its policy's id
/// (`auto-sns-1`), or else it is S3's.
fn managed_alias(key: &Value) -> String {
    let aliases = key["aliases"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(alias) = aliases.into_iter().find(|alias| alias.starts_with("alias/aws/")) {
        return alias.to_owned();
    }
    let id = key["policy"]["Id"].as_str().and_then(|id| id.strip_prefix("auto-"));
    let service = id.and_then(|id| id.rsplit_once('-')).map_or("s3", |(service, _)| service);
    format!("alias/aws/{service}")
}
