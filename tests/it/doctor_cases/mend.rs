//! Carries out the changes of fixes in the accounts of a case, through the API, as a person would.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_s3::types as s3;
use serde_json::{Value, json};

use crate::bench::{Clients, admin, make_bucket, version};
use crate::cases::lot::{Lot, Place};
use crate::cases::{principals, rule};

type Done = Result<(), String>;

/// The text of what a call answered instead.
fn refused(call: &str) -> impl Fn(Box<dyn std::error::Error>) -> String {
    let call = call.to_owned();
    move |error| format!("{call}: {error:?}")
}

macro_rules! call {
    ($what:literal, $sent:expr) => {
        $sent.await.map_err(|e| refused($what)(Box::new(e)))?
    };
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// Carries out all of them: what is made first, then settings and rules, then documents, where a
/// statement keeps its place until the end.
pub async fn mend(lot: &Lot<'_>, configuration: &mut Value, changes: &[Value]) -> Done {
    let mut mend = Mend { lot, made: BTreeMap::new() };
    for change in changes {
        mend.make(change).await?;
    }
    let named = |change: &Value| {
        let filled = mend.made.iter().fold(change.to_string(), |text, (name, arn)| text.replace(name, arn));
        serde_json::from_str::<Value>(&filled).expect("still JSON")
    };
    let changes: Vec<Value> = changes.iter().map(named).collect();
    let mut documents: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for change in &changes {
        if change["document"].is_null() {
            mend.set(configuration, change).await?;
        } else {
            documents.entry(change["document"].to_string()).or_default().push(change);
        }
    }
    let is_rule =
        |change: &Value| ["set-rule-element", "set-replication-role"].contains(&text(change, "change"));
    if changes.iter().any(is_rule) {
        rule::put(&lot.source.clients, &lot.source.bucket, configuration).await?;
    }
    for changes in documents.values() {
        mend.rewrite(&changes[0]["document"], changes).await?;
    }
    Ok(())
}

struct Mend<'a> {
    lot: &'a Lot<'a>,
    /// ARNs of keys by the names that the changes have for them.
    made: BTreeMap<String, String>,
}

impl Mend<'_> {
    fn place(&self, bucket: &str) -> &Place {
        if bucket == self.lot.source.bucket { &self.lot.source } else { &self.lot.destination }
    }

    async fn of(&self, arn: &str) -> Clients {
        let region = arn.split(':').nth(3).filter(|region| !region.is_empty()).unwrap_or("us-east-1");
        admin(self.lot.sandbox, principals::account_of(arn).expect("an account"), region).await
    }

    async fn make(&mut self, change: &Value) -> Done {
        match text(change, "change") {
            "create-bucket" => {
                let (bucket, region) = (text(change, "bucket"), text(change, "region"));
                let account = change["account"].as_str().unwrap_or(&self.lot.destination.account);
                let region = if region.is_empty() { self.lot.destination.region.as_str() } else { region };
                let clients = admin(self.lot.sandbox, account, region).await;
                make_bucket(&clients, bucket, region).await;
                version(&clients, bucket).await;
            }
            "create-key" => {
                let name = text(change, "key");
                let clients = self.of(name).await;
                let create = clients.kms.create_key().policy(change["policy"].to_string());
                let made = call!("CreateKey", create.send());
                let arn = made.key_metadata.and_then(|key| key.arn).expect("an ARN");
                self.made.insert(name.to_owned(), arn);
            }
            "create-role" => {
                let (path, name) = role_of(text(change, "role"));
                let clients = self.of(text(change, "role")).await;
                let create = clients.iam.create_role().role_name(name).path(path);
                let trust = change["trust"].to_string();
                call!("CreateRole", create.assume_role_policy_document(trust).send());
            }
            _ => {}
        }
        Ok(())
    }

    async fn set(&self, configuration: &mut Value, change: &Value) -> Done {
        match text(change, "change") {
            "set-rule-element" => {
                let number = change["rule"].as_u64().expect("a number") as usize;
                set_element(&mut configuration["Rules"][number], text(change, "path"), &change["value"]);
            }
            "set-replication-role" => configuration["Role"] = change["role"].clone(),
            "set-bucket" => {
                let place = self.place(text(change, "bucket"));
                setting(place, text(change, "setting"), text(change, "value")).await?;
            }
            "enable-key" => {
                let key = text(change, "key");
                let kms = self.of(key).await.kms;
                let known = call!("DescribeKey", kms.describe_key().key_id(key).send());
                let state = known.key_metadata.and_then(|key| key.key_state);
                if state == Some(aws_sdk_kms::types::KeyState::PendingDeletion) {
                    call!("CancelKeyDeletion", kms.cancel_key_deletion().key_id(key).send());
                }
                call!("EnableKey", kms.enable_key().key_id(key).send());
            }
            "create-bucket" | "create-key" | "create-role" => {}
            other => return Err(format!("nobody knows how to {other}")),
        }
        Ok(())
    }

    async fn rewrite(&self, name: &Value, changes: &[&Value]) -> Done {
        let before = self.read(name).await?;
        let mut document = before.unwrap_or_else(|| json!({"Version": "2012-10-17", "Statement": []}));
        if document["Statement"].is_object() {
            document["Statement"] = json!([document["Statement"].take()]);
        }
        let statements = document["Statement"].as_array_mut().expect("statements");
        let mut removed = BTreeSet::new();
        for change in changes {
            let index = change["index"].as_u64().map(|index| index as usize);
            match (text(change, "change"), index) {
                ("add-statement", _) => statements.push(change["statement"].clone()),
                ("replace-statement", Some(index)) => statements[index] = change["statement"].clone(),
                ("remove-statement", Some(index)) => drop(removed.insert(index)),
                (other, _) => return Err(format!("nobody knows how to {other}")),
            }
        }
        removed.iter().rev().for_each(|index| drop(statements.remove(*index)));
        let is_empty = statements.is_empty();
        self.write(name, &document.to_string(), is_empty).await
    }

    async fn read(&self, name: &Value) -> Result<Option<Value>, String> {
        let parsed = |text: String| serde_json::from_str(&text).ok();
        match text(name, "kind") {
            "bucket-policy" => {
                let bucket = text(name, "bucket");
                let get = self.place(bucket).clients.s3.get_bucket_policy().bucket(bucket).send().await;
                match get {
                    Ok(found) => Ok(found.policy.and_then(parsed)),
                    Err(error) if crate::bench::code(&error) == "NoSuchBucketPolicy" => Ok(None),
                    Err(error) => Err(format!("GetBucketPolicy: {error:?}")),
                }
            }
            "key-policy" => {
                let key = text(name, "key");
                let get = self.of(key).await.kms.get_key_policy().key_id(key).policy_name("default");
                Ok(call!("GetKeyPolicy", get.send()).policy.and_then(parsed))
            }
            kind => {
                let role = text(name, "role");
                let iam = self.of(role).await.iam;
                let policy = text(name, "policy");
                let encoded = match kind {
                    "trust-policy" => {
                        let got = call!("GetRole", iam.get_role().role_name(role_of(role).1).send());
                        got.role.and_then(|role| role.assume_role_policy_document)
                    }
                    "role-policy" => {
                        let get = iam.get_role_policy().role_name(role_of(role).1).policy_name(policy);
                        get.send().await.ok().map(|found| found.policy_document)
                    }
                    _ => {
                        let got = call!("GetPolicy", iam.get_policy().policy_arn(policy).send());
                        let version = got.policy.and_then(|policy| policy.default_version_id);
                        let get = iam.get_policy_version().policy_arn(policy).set_version_id(version);
                        let got = call!("GetPolicyVersion", get.send());
                        got.policy_version.and_then(|version| version.document)
                    }
                };
                let decode = |text: String| {
                    percent_encoding::percent_decode_str(&text).decode_utf8().expect("UTF-8").into_owned()
                };
                Ok(encoded.map(decode).and_then(parsed))
            }
        }
    }

    async fn write(&self, name: &Value, document: &str, is_empty: bool) -> Done {
        match text(name, "kind") {
            "bucket-policy" => {
                let bucket = text(name, "bucket");
                let s3 = &self.place(bucket).clients.s3;
                if is_empty {
                    call!("DeleteBucketPolicy", s3.delete_bucket_policy().bucket(bucket).send());
                } else {
                    call!("PutBucketPolicy", s3.put_bucket_policy().bucket(bucket).policy(document).send());
                }
            }
            "key-policy" => {
                let key = text(name, "key");
                let put = self.of(key).await.kms.put_key_policy().key_id(key).policy(document);
                call!("PutKeyPolicy", put.send());
            }
            kind => {
                let (role, policy) = (text(name, "role"), text(name, "policy"));
                let iam = self.of(role).await.iam;
                let role = role_of(role).1;
                match kind {
                    "trust-policy" => {
                        let put = iam.update_assume_role_policy().role_name(role);
                        call!("UpdateAssumeRolePolicy", put.policy_document(document).send());
                    }
                    "role-policy" if is_empty => {
                        let delete = iam.delete_role_policy().role_name(role).policy_name(policy);
                        call!("DeleteRolePolicy", delete.send());
                    }
                    "role-policy" => {
                        let put = iam.put_role_policy().role_name(role).policy_name(policy);
                        call!("PutRolePolicy", put.policy_document(document).send());
                    }
                    _ => {
                        let put = iam.create_policy_version().policy_arn(policy).set_as_default(true);
                        call!("CreatePolicyVersion", put.policy_document(document).send());
                    }
                }
            }
        }
        Ok(())
    }
}

/// Path and name of a role.
fn role_of(arn: &str) -> (String, &str) {
    let resource = arn.split_once(":role").map_or("/", |(_, resource)| resource);
    let (path, name) = resource.rsplit_once('/').expect("a name");
    (format!("{path}/"), name)
}

fn set_element(rule: &mut Value, path: &str, value: &Value) {
    let (parents, last) = path.rsplit_once('/').unwrap_or(("", path));
    let mut place = rule;
    for name in parents.split('/').filter(|name| !name.is_empty()) {
        place = &mut place[name];
    }
    if !value.is_null() {
        place[last] = value.clone();
    } else if let Some(fields) = place.as_object_mut() {
        fields.shift_remove(last);
    }
}

async fn setting(place: &Place, setting: &str, value: &str) -> Done {
    let (client, bucket) = (&place.clients.s3, &place.bucket);
    match setting {
        "versioning" => version(&place.clients, bucket).await,
        "object-lock" => {
            let lock = s3::ObjectLockConfiguration::builder();
            let lock = lock.object_lock_enabled(s3::ObjectLockEnabled::from(value)).build();
            let put = client.put_object_lock_configuration().bucket(bucket);
            call!("PutObjectLockConfiguration", put.object_lock_configuration(lock).send());
        }
        "request-payment" => {
            let payment = s3::RequestPaymentConfiguration::builder().payer(s3::Payer::from(value));
            let payment = payment.build().expect("complete");
            let put = client.put_bucket_request_payment().bucket(bucket);
            call!("PutBucketRequestPayment", put.request_payment_configuration(payment).send());
        }
        "ownership" => {
            let rule =
                s3::OwnershipControlsRule::builder().object_ownership(s3::ObjectOwnership::from(value));
            let controls = s3::OwnershipControls::builder().rules(rule.build().expect("complete"));
            let put = client.put_bucket_ownership_controls().bucket(bucket);
            let controls = controls.build().expect("complete");
            call!("PutBucketOwnershipControls", put.ownership_controls(controls).send());
        }
        other => return Err(format!("nobody knows the setting {other}")),
    }
    Ok(())
}
