//! The documents that answer a request of S3, and which they are.
//!
//! Deliberately absent: what they say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::iam::Document;
use crate::iam::evaluate::{Constraint, Grant, Policies, Policy};

use super::fix::DocumentName;
use super::scene::{NamedKey, Scene};
use super::snapshot::{KeyGrant, PolicyText, PublicAccessBlock, Read, Unread};
use super::step::{Step, Target};

/// The condition key of a grant that could not be read: no request has it, and none is known to lack it.
const GRANT_NOT_READ: &str = "grants-not-read";

/// The documents, which they are, and what of them could not be read.
#[derive(Debug, Clone, Default)]
pub(super) struct Papers {
    pub policies: Policies,
    names: BTreeMap<String, DocumentName>,
    pub unread: Vec<Unread>,
}

impl Papers {
    pub(super) fn of(scene: &Scene<'_>, step: Step) -> Self {
        let mut papers = Self::default();
        if step == Step::AssumeRole {
            let name = DocumentName::TrustPolicy { role: scene.configuration.role.clone() };
            let trust = scene.role.clone().and_then(|role| role.trust.as_ref());
            papers.policies.resource = papers.policy("trust policy of the role".to_owned(), name, trust);
            return papers;
        }
        papers.identity(scene);
        match step.target() {
            Target::Role => {}
            Target::SourceBucket | Target::SourceObject => {
                let name = DocumentName::BucketPolicy { bucket: scene.source_name.to_owned() };
                let label = format!("policy of bucket {}", scene.source_name);
                papers.policies.resource = papers.policy(label, name, scene.source.policy.as_ref());
            }
            Target::DestinationObject => papers.destination(scene),
            Target::SourceKey => papers.key(scene, step, scene.source_key.as_ref()),
            Target::ReplicaKey => papers.key(scene, step, scene.replica_key.as_ref()),
        }
        papers
    }

    /// Which document a label stands for.
    pub(super) fn name(&self, label: &str) -> Option<&DocumentName> {
        self.names.get(label)
    }

    /// A document; none if it is known not to be there.
    fn policy(&mut self, label: String, name: DocumentName, read: Read<&PolicyText>) -> Option<Policy> {
        self.names.insert(label.clone(), name);
        match read {
            Read::Absent => None,
            Read::Unread(unread) => {
                self.unread.push(unread);
                Some(Policy::unread(label))
            }
            Read::Known(text) => match text.document() {
                Some(document) => Some(Policy::new(label, document)),
                None => {
                    let why = format!("the {label} is no policy document that can be judged");
                    self.unread.push(Unread { why, ..Unread::default() });
                    Some(Policy::unread(label))
                }
            },
        }
    }

    fn identity(&mut self, scene: &Scene<'_>) {
        let role = match &scene.role {
            Read::Known(role) => role,
            Read::Absent => return,
            // What it allows and what its boundary does not: neither is known.
            Read::Unread(unread) => {
                self.policies.boundary = Some(Policy::unread("permissions boundary"));
                return self.unread_identity("policies of the role", unread);
            }
        };
        let role_name = scene.configuration.role.clone();
        match &role.inline {
            Read::Known(inline) => {
                for (policy, text) in inline {
                    let name = DocumentName::RolePolicy { role: role_name.clone(), policy: policy.clone() };
                    let policy = self.policy(format!("inline policy {policy}"), name, text.as_ref());
                    self.policies.identity.extend(policy);
                }
            }
            Read::Absent => {}
            Read::Unread(unread) => self.unread_identity("inline policies of the role", unread),
        }
        match &role.attached {
            Read::Known(attached) => {
                for policy in attached {
                    let name =
                        DocumentName::AttachedPolicy { role: role_name.clone(), policy: policy.arn.clone() };
                    let label = format!("attached policy {}", policy.arn);
                    let policy = self.policy(label, name, policy.document.as_ref());
                    self.policies.identity.extend(policy);
                }
            }
            Read::Absent => {}
            Read::Unread(unread) => self.unread_identity("attached policies of the role", unread),
        }
        self.policies.boundary = match &role.boundary {
            Read::Known(boundary) => {
                let name =
                    DocumentName::PermissionsBoundary { role: role_name, policy: boundary.arn.clone() };
                let label = format!("permissions boundary {}", boundary.arn);
                self.policy(label, name, boundary.document.as_ref())
            }
            Read::Absent => None,
            Read::Unread(unread) => {
                self.unread.push(unread.clone());
                Some(Policy::unread("permissions boundary"))
            }
        };
    }

    fn unread_identity(&mut self, label: &str, unread: &Unread) {
        self.unread.push(unread.clone());
        self.policies.identity.push(Policy::unread(label));
    }

    fn destination(&mut self, scene: &Scene<'_>) {
        let name = DocumentName::BucketPolicy { bucket: scene.destination_name.to_owned() };
        let label = format!("policy of bucket {}", scene.destination_name);
        let bucket = scene.destination.clone();
        self.policies.resource = self.policy(label, name, bucket.and_then(|bucket| bucket.policy.as_ref()));
        let Read::Known(bucket) = &scene.destination else { return };
        for block in [&bucket.public_access_block, &bucket.account_public_access_block] {
            let restricts = |block: &PublicAccessBlock| block.restrict_public_buckets;
            match block {
                Read::Known(block) => self.policies.restrict_public_buckets |= restricts(block),
                Read::Absent => {}
                // It matters to public policies only.
                Read::Unread(unread) => self.unread_if_public(unread),
            }
        }
    }

    fn unread_if_public(&mut self, unread: &Unread) {
        let document = self.policies.resource.as_ref().and_then(|policy| policy.document.as_ref());
        if document.is_none_or(crate::iam::evaluate::is_public) && self.policies.resource.is_some() {
            self.unread.push(unread.clone());
        }
    }

    fn key(&mut self, scene: &Scene<'_>, step: Step, named: Option<&NamedKey<'_>>) {
        let Some(named) = named else { return };
        let arn = named.arn().unwrap_or_else(|| named.name.clone());
        let name = DocumentName::KeyPolicy { key: arn.clone() };
        let label = format!("policy of key {arn}");
        let key = named.key.clone();
        let policy = key.clone().and_then(|key| key.policy.as_ref());
        if matches!(policy, Read::Unread(_)) && named.managed_for().as_deref() == Some("s3") {
            self.names.insert(label.clone(), name);
            self.policies.resource = Some(Policy::new(label, managed_policy(named)));
            return;
        }
        self.policies.resource = self.policy(label, name, policy);
        match key.and_then(|key| key.grants.as_ref()) {
            Read::Known(grants) => self.policies.grants = grants.iter().map(grant).collect(),
            Read::Absent => {}
            Read::Unread(unread) => {
                self.unread.push(unread);
                self.policies.grants.push(grant_not_read(scene, step));
            }
        }
    }

    /// The condition keys and policy variables that the documents speak of.
    pub(super) fn keys(&self) -> BTreeSet<String> {
        let policies = &self.policies;
        let all = policies.identity.iter().chain(&policies.boundary).chain(&policies.resource);
        let documents = all.filter_map(|policy| policy.document.as_ref());
        documents.flat_map(Document::statements).flat_map(mentioned).collect()
    }
}

/// A grant of which nobody knows whether it is there.
fn grant_not_read(scene: &Scene<'_>, step: Step) -> Grant {
    let operation = step.action().trim_start_matches("kms:").to_owned();
    Grant {
        label: "grants that could not be read".to_owned(),
        grantee: scene.configuration.role.clone(),
        operations: vec![operation],
        constraint: Some(Constraint::EncryptionContextSubset(BTreeMap::from([(
            GRANT_NOT_READ.to_owned(),
            String::new(),
        )]))),
    }
}

fn grant(grant: &KeyGrant) -> Grant {
    let subset = grant.encryption_context_subset.clone().map(Constraint::EncryptionContextSubset);
    let equals = grant.encryption_context_equals.clone().map(Constraint::EncryptionContextEquals);
    Grant {
        label: grant.id.clone(),
        grantee: grant.grantee.clone(),
        operations: grant.operations.clone(),
        constraint: equals.or(subset),
    }
}

/// The policy of the key that AWS manages for S3: everybody in its account, through S3
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk>).
fn managed_policy(named: &NamedKey<'_>) -> Document {
    let region = named.region().unwrap_or_default();
    Document::of(vec![json!({
        "Sid": "Allow access through S3 for all principals in the account that are authorized to use S3",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {
            "kms:ViaService": format!("s3.{region}.amazonaws.com"),
            "kms:CallerAccount": named.account().unwrap_or_default(),
        }},
    })])
}

/// The condition keys and variables of a statement.
fn mentioned(statement: &Value) -> Vec<String> {
    let operators = statement.get("Condition").and_then(Value::as_object);
    let keys = operators.into_iter().flat_map(|operators| operators.values().filter_map(Value::as_object));
    let mut mentioned: Vec<String> = keys.flat_map(|keys| keys.keys().cloned()).collect();
    let text = statement.to_string();
    let variables = text.split("${").skip(1).filter_map(|rest| rest.split(['}', ',']).next());
    mentioned.extend(variables.map(|variable| variable.trim().to_owned()));
    mentioned
}
