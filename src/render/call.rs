//! The calls that make what a blueprint holds, in their order, by the names of AWS's APIs.
//!
//! Deliberately absent: the calls that look whether something is there already.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::arn::Region;
use crate::operation::Operation;
use crate::resource::role;
use crate::topology::{AccountName, KeyName};

use super::blueprint::{Blueprint, Bucket, Care, Key, Role};
use super::document::Document;

/// A call.
#[derive(Debug)]
pub struct Call<'a> {
    /// By whom.
    pub account: &'a AccountName,
    /// Where.
    pub region: &'a Region,
    /// Which.
    pub operation: Operation,
    /// Its parameters, by their names in the API.
    pub parameters: Vec<(&'static str, Parameter)>,
    /// The key whose ARN it gives.
    pub gives: Option<&'a Key>,
    /// Whose the thing is that it writes to.
    pub care: Care,
}

/// The value of a parameter.
#[derive(Debug)]
pub enum Parameter {
    /// As it is.
    Value(Value),
    /// A document with a file of its own.
    Document(Document),
}

impl Call<'_> {
    /// The service, by the name that AWS's CLI has for it.
    pub fn service(&self) -> &'static str {
        match self.operation {
            Operation::CreateRole | Operation::PutRolePolicy => "iam",
            Operation::CreateKey
            | Operation::ReplicateKey
            | Operation::CreateAlias
            | Operation::EnableKeyRotation
            | Operation::DisableKeyRotation
            | Operation::PutKeyPolicy => "kms",
            _ => "s3api",
        }
    }

    /// Its documents.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        self.parameters.iter().filter_map(|(_, parameter)| match parameter {
            Parameter::Document(document) => Some(document),
            Parameter::Value(_) => None,
        })
    }
}

fn value(value: impl Into<Value>) -> Parameter {
    Parameter::Value(value.into())
}

fn tags(tags: &BTreeMap<String, String>, key: &str, value: &str) -> Value {
    tags.iter().map(|(k, v)| json!({key: k, value: v})).collect()
}

impl Blueprint {
    /// All of them: everything is made first and granted afterwards, and rules are written last, because S3
    /// does not try an object again whose replication was refused.
    pub fn calls(&self) -> Vec<Call<'_>> {
        let mut calls = Vec::new();
        for key in &self.keys {
            calls.extend(self.making_of_key(key));
        }
        calls.extend(self.roles.iter().map(|role| self.making_of_role(role)));
        for bucket in &self.buckets {
            calls.extend(self.making_of_bucket(bucket));
        }
        calls.extend(self.roles.iter().map(|role| self.granting_to_role(role)));
        calls.extend(self.keys.iter().filter_map(|key| self.granting_on_key(key)));
        calls.extend(self.buckets.iter().filter_map(|bucket| self.granting_on_bucket(bucket)));
        calls.extend(self.buckets.iter().filter_map(|bucket| self.replicating(bucket)));
        calls
    }

    /// A key, its alias, its rotation.
    pub fn making_of_key<'a>(&'a self, key: &'a Key) -> Vec<Call<'a>> {
        let call = |operation, parameters| Call {
            account: &key.id.account,
            region: &key.id.region,
            operation,
            parameters,
            gives: None,
            care: key.care,
        };
        let mut calls = Vec::new();
        if key.care == Care::Make {
            let tags = value(tags(&key.tags, "TagKey", "TagValue"));
            let primary = key.primary.as_ref().and_then(|id| self.key(id));
            let made = match primary {
                Some(primary) => Call {
                    region: &primary.id.region,
                    ..call(
                        Operation::ReplicateKey,
                        vec![
                            ("KeyId", value(primary.name())),
                            ("ReplicaRegion", value(key.id.region.as_str())),
                            ("Tags", tags),
                        ],
                    )
                },
                None => call(
                    Operation::CreateKey,
                    vec![
                        ("Description", value(key.description.as_str())),
                        ("MultiRegion", value(key.multi_region)),
                        ("Tags", tags),
                    ],
                ),
            };
            calls.push(Call { gives: Some(key), ..made });
            if let KeyName::Alias(alias) = &key.id.name {
                let parameters =
                    vec![("AliasName", value(alias.as_str())), ("TargetKeyId", value(key.name()))];
                calls.push(call(Operation::CreateAlias, parameters));
            }
        }
        if let Some(on) = key.rotation {
            let operation = if on { Operation::EnableKeyRotation } else { Operation::DisableKeyRotation };
            // A new key does not rotate.
            if on || key.care != Care::Make {
                calls.push(call(operation, vec![("KeyId", value(key.name()))]));
            }
        }
        calls
    }

    /// A role without permissions: keys and buckets can name only a role that exists.
    pub fn making_of_role<'a>(&'a self, role: &'a Role) -> Call<'a> {
        let mut parameters = vec![
            ("RoleName", value(role.arn.name.as_str())),
            ("Path", value(role.arn.path.as_str())),
            ("Description", value(role::DESCRIPTION)),
            ("AssumeRolePolicyDocument", Parameter::Document(self.trust_policy(role))),
            ("Tags", value(tags(&role.tags, "Key", "Value"))),
        ];
        parameters.extend(role.boundary.as_ref().map(|arn| ("PermissionsBoundary", value(arn.as_str()))));
        Self::on_role(role, Operation::CreateRole, parameters)
    }

    /// What a role may do.
    pub fn granting_to_role<'a>(&'a self, role: &'a Role) -> Call<'a> {
        let parameters = vec![
            ("RoleName", value(role.arn.name.as_str())),
            ("PolicyName", value(role.policy_name.as_str())),
            ("PolicyDocument", Parameter::Document(self.role_policy(role))),
        ];
        Self::on_role(role, Operation::PutRolePolicy, parameters)
    }

    fn on_role<'a>(
        role: &'a Role,
        operation: Operation,
        parameters: Vec<(&'static str, Parameter)>,
    ) -> Call<'a> {
        Call {
            account: &role.account,
            region: &role.region,
            operation,
            parameters,
            gives: None,
            care: Care::Make,
        }
    }

    /// A bucket and its settings.
    pub fn making_of_bucket<'a>(&'a self, bucket: &'a Bucket) -> Vec<Call<'a>> {
        let mut calls = Vec::new();
        if bucket.care == Care::Make {
            let mut configuration = json!({});
            // us-east-1 is the absence of a constraint
            // (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>).
            if bucket.region.as_str() != "us-east-1" {
                configuration["LocationConstraint"] = json!(bucket.region);
            }
            configuration["Tags"] = tags(&bucket.tags, "Key", "Value");
            calls.push(Call {
                account: &bucket.account,
                region: &bucket.region,
                operation: Operation::CreateBucket,
                parameters: vec![
                    ("Bucket", value(bucket.name.as_str())),
                    ("ObjectOwnership", value("BucketOwnerEnforced")),
                    ("CreateBucketConfiguration", value(configuration)),
                ],
                gives: None,
                care: bucket.care,
            });
        }
        let versioning = value(json!({"Status": "Enabled"}));
        calls.push(self.on_bucket(
            bucket,
            Operation::PutBucketVersioning,
            "VersioningConfiguration",
            versioning,
        ));
        if bucket.settings {
            let blocked = value(json!({
                "BlockPublicAcls": true,
                "IgnorePublicAcls": true,
                "BlockPublicPolicy": true,
                "RestrictPublicBuckets": true,
            }));
            let block = Operation::PutPublicAccessBlock;
            calls.push(self.on_bucket(bucket, block, "PublicAccessBlockConfiguration", blocked));
            if bucket.care != Care::Make {
                let controls = value(json!({"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}));
                calls.push(self.on_bucket(
                    bucket,
                    Operation::PutBucketOwnershipControls,
                    "OwnershipControls",
                    controls,
                ));
            }
            let encryption = Parameter::Document(self.encryption(bucket));
            let put = Operation::PutBucketEncryption;
            calls.push(self.on_bucket(bucket, put, "ServerSideEncryptionConfiguration", encryption));
        }
        calls
    }

    /// Who may use a key.
    pub fn granting_on_key<'a>(&'a self, key: &'a Key) -> Option<Call<'a>> {
        Some(Call {
            account: &key.id.account,
            region: &key.id.region,
            operation: Operation::PutKeyPolicy,
            parameters: vec![
                ("KeyId", value(key.name())),
                // The only name that a key's policy can have.
                ("PolicyName", value("default")),
                ("Policy", Parameter::Document(self.key_policy(key)?)),
            ],
            gives: None,
            care: key.care,
        })
    }

    /// Who may write replicas to a bucket.
    pub fn granting_on_bucket<'a>(&'a self, bucket: &'a Bucket) -> Option<Call<'a>> {
        let policy = Parameter::Document(self.bucket_policy(bucket)?);
        Some(self.on_bucket(bucket, Operation::PutBucketPolicy, "Policy", policy))
    }

    /// What a bucket replicates.
    pub fn replicating<'a>(&'a self, bucket: &'a Bucket) -> Option<Call<'a>> {
        let rules = Parameter::Document(self.replication(bucket)?);
        Some(self.on_bucket(bucket, Operation::PutBucketReplication, "ReplicationConfiguration", rules))
    }

    fn on_bucket<'a>(
        &'a self,
        bucket: &'a Bucket,
        operation: Operation,
        what: &'static str,
        parameter: Parameter,
    ) -> Call<'a> {
        let parameters = vec![
            ("Bucket", value(bucket.name.as_str())),
            ("ExpectedBucketOwner", value(self.accounts[&bucket.account].id.as_str())),
            (what, parameter),
        ];
        Call {
            account: &bucket.account,
            region: &bucket.region,
            operation,
            parameters,
            gives: None,
            care: bucket.care,
        }
    }
}
