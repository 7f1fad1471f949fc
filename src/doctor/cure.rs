//! Carries out the changes of fixes on a copy of a snapshot: what would the doctor say then?
//!
//! Deliberately absent: carrying them out in an account.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::iam::Document;

use super::fix::{Change, DocumentName};
use super::rewrite;
use super::snapshot::{AttachedPolicy, Bucket, Key, KeyFacts, PolicyText, Read, Role, Snapshot};

/// A snapshot that is being changed. Statements keep their place until the end, because changes name them
/// by it.
#[derive(Debug, Clone)]
pub(super) struct Cure {
    snapshot: Snapshot,
}

impl Cure {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        Self { snapshot: snapshot.clone() }
    }

    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    pub(super) fn carry_out(&mut self, change: &Change) {
        match change {
            Change::AddStatement { document, statement } => {
                self.change(document, |statements| statements.push(statement.clone()));
            }
            Change::ReplaceStatement { document, index, statement } => {
                self.change(document, |statements| {
                    if let Some(found) = statements.get_mut(*index) {
                        *found = statement.clone();
                    }
                });
            }
            Change::RemoveStatement { document, index } => {
                self.change(document, |statements| {
                    if let Some(found) = statements.get_mut(*index) {
                        *found = removed();
                    }
                });
            }
            Change::SetRuleElement { bucket, rule, path, value } => {
                self.replication(bucket, |xml| rewrite::set_element(xml, *rule, path, value.as_deref()));
            }
            Change::SetReplicationRole { bucket, role } => {
                self.replication(bucket, |xml| rewrite::set_role(xml, role));
            }
            Change::SetBucket { bucket, setting, value } => {
                if let Some(Read::Known(bucket)) = self.snapshot.buckets.get_mut(bucket) {
                    set(bucket, setting, value);
                }
            }
            Change::EnableKey { key } => {
                for key in self.keys(key) {
                    if let Read::Known(facts) = &mut key.facts {
                        facts.state = "Enabled".to_owned();
                    }
                }
            }
            Change::CreateBucket { bucket, account, region } => self.create_bucket(bucket, account, region),
            Change::CreateKey { key, policy } => self.create_key(key, policy),
            Change::CreateRole { role, trust } => {
                let made = Role {
                    arn: role.clone(),
                    id: None,
                    trust: Read::Known(PolicyText(trust.clone())),
                    inline: Read::Known(BTreeMap::new()),
                    attached: Read::Known(Vec::new()),
                    boundary: Read::Absent,
                    tags: Read::Known(BTreeMap::new()),
                };
                self.snapshot.roles.insert(role.clone(), Read::Known(made));
            }
        }
    }

    fn create_bucket(&mut self, name: &str, account: &Option<String>, region: &Option<String>) {
        let known = |text: &Option<String>| text.clone().map(Read::Known).unwrap_or_default();
        let made = Bucket {
            owner: known(account),
            not_owned_by: Vec::new(),
            region: known(region),
            versioning: Read::Known("Enabled".to_owned()),
            encryption: Read::Absent,
            policy: Read::Absent,
            public_access_block: Read::Absent,
            account_public_access_block: Read::Absent,
            ownership: Read::Known("BucketOwnerEnforced".to_owned()),
            object_lock: Read::Absent,
            request_payment: Read::Known("BucketOwner".to_owned()),
            replication: Read::Absent,
        };
        self.snapshot.buckets.insert(name.to_owned(), Read::Known(made));
    }

    fn create_key(&mut self, arn: &str, policy: &Value) {
        let facts = KeyFacts {
            manager: "CUSTOMER".to_owned(),
            state: "Enabled".to_owned(),
            spec: "SYMMETRIC_DEFAULT".to_owned(),
            usage: "ENCRYPT_DECRYPT".to_owned(),
            origin: "AWS_KMS".to_owned(),
            multi_region: false,
        };
        let made = Key {
            arn: Some(arn.to_owned()),
            facts: Read::Known(facts),
            aliases: Read::Known(Vec::new()),
            policy: Read::Known(PolicyText(policy.clone())),
            grants: Read::Known(Vec::new()),
        };
        self.snapshot.keys.insert(arn.to_owned(), Read::Known(made));
    }

    fn keys(&mut self, arn: &str) -> Vec<&mut Key> {
        let known = self.snapshot.keys.iter_mut().filter_map(|(name, read)| match read {
            Read::Known(key) if key.arn.as_deref() == Some(arn) || name == arn => Some(key),
            _ => None,
        });
        known.collect()
    }

    fn replication(&mut self, bucket: &str, change: impl FnOnce(&str) -> Option<String>) {
        if let Some(Read::Known(bucket)) = self.snapshot.buckets.get_mut(bucket)
            && let Read::Known(xml) = &bucket.replication
            && let Some(changed) = change(xml)
        {
            bucket.replication = Read::Known(changed);
        }
    }

    /// A document that could not be read stays so: nobody can say what it would be.
    fn change(&mut self, name: &DocumentName, change: impl Fn(&mut Vec<Value>)) {
        let changed = |read: &mut Read<PolicyText>| {
            let document = match read {
                Read::Known(text) => text.document(),
                Read::Absent => Some(Document::default()),
                Read::Unread(_) => None,
            };
            if let Some(document) = document {
                *read = Read::Known(with(&document, &change));
            }
        };
        match name {
            DocumentName::BucketPolicy { bucket } => {
                if let Some(Read::Known(bucket)) = self.snapshot.buckets.get_mut(bucket) {
                    changed(&mut bucket.policy);
                }
            }
            DocumentName::KeyPolicy { key } => {
                self.keys(key).into_iter().for_each(|key| changed(&mut key.policy))
            }
            DocumentName::TrustPolicy { role } => {
                if let Some(Read::Known(role)) = self.snapshot.roles.get_mut(role) {
                    changed(&mut role.trust);
                }
            }
            DocumentName::RolePolicy { role, policy } => {
                if let Some(Read::Known(role)) = self.snapshot.roles.get_mut(role)
                    && let Read::Known(inline) = &mut role.inline
                {
                    changed(inline.entry(policy.clone()).or_insert(Read::Absent));
                }
            }
            DocumentName::AttachedPolicy { role, policy } => {
                if let Some(Read::Known(role)) = self.snapshot.roles.get_mut(role)
                    && let Read::Known(attached) = &mut role.attached
                {
                    let same = attached.iter_mut().filter(|attached| attached.arn == *policy);
                    same.for_each(|attached| changed(&mut attached.document));
                }
            }
            DocumentName::PermissionsBoundary { role, .. } => {
                if let Some(Read::Known(role)) = self.snapshot.roles.get_mut(role)
                    && let Read::Known(AttachedPolicy { document, .. }) = &mut role.boundary
                {
                    changed(document);
                }
            }
            DocumentName::KeyGrants { .. } | DocumentName::Replication { .. } => {}
        }
    }
}

/// A statement that is about nothing.
fn removed() -> Value {
    json!({"Effect": "Allow", "Action": "none:None", "Resource": "arn:aws:none:::none"})
}

fn with(document: &Document, change: impl Fn(&mut Vec<Value>)) -> PolicyText {
    let mut statements = document.statements().to_vec();
    change(&mut statements);
    let mut value = document.value();
    if value.get("Version").is_none() && document.statements().is_empty() {
        value["Version"] = json!("2012-10-17");
    }
    value["Statement"] = Value::Array(statements);
    PolicyText(value)
}

fn set(bucket: &mut Bucket, setting: &str, value: &str) {
    let value = Read::Known(value.to_owned());
    match setting {
        "versioning" => bucket.versioning = value,
        "object-lock" => bucket.object_lock = value,
        "request-payment" => bucket.request_payment = value,
        "ownership" => bucket.ownership = value,
        _ => {}
    }
}
