//! What the demo's link `orders` consists of: its documents, read and written as anybody would.
//!
//! Only this one link; what is done to it is [`super::list`]'s and [`super::cure`]'s.

use anyhow::{Context, bail};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};

use super::signed::{Bucket, Caller};
use crate::Sandbox;
use crate::arn::Arn;

pub const SOURCE: &str = "orders-prod";
pub const DESTINATION: &str = "orders-backup";
pub const ROLE: &str = "bucketbridge-orders-prod";
pub const ROLE_POLICY: &str = "Bucketbridge-orders-prod";
const SOURCE_REGION: &str = "ap-south-1";
const DESTINATION_REGION: &str = "us-east-1";

pub struct Estate {
    pub prod: Caller,
    pub backup: Caller,
}

/// A policy document, as `bucketbridge doctor -o json` names it.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Document {
    RolePolicy { role: String, policy: String },
    PermissionsBoundary { policy: String },
    TrustPolicy { role: String },
    BucketPolicy { bucket: String },
    KeyPolicy { key: String },
}

impl Estate {
    pub fn of(sandbox: &Sandbox) -> Self {
        Estate { prod: Caller::of(sandbox, "prod"), backup: Caller::of(sandbox, "backup") }
    }

    /// The ARN of the source bucket's key.
    pub fn source_key(&self) -> anyhow::Result<String> {
        key(&self.prod, SOURCE_REGION, SOURCE)
    }

    /// The ARN of the key for replicas.
    pub fn replica_key(&self) -> anyhow::Result<String> {
        key(&self.backup, DESTINATION_REGION, DESTINATION)
    }

    pub fn set_key_enabled(&self, key: &str, enabled: bool) -> anyhow::Result<()> {
        let operation = if enabled { "EnableKey" } else { "DisableKey" };
        let (caller, region) = self.of_key(key)?;
        caller.kms(&region, operation, &json!({"KeyId": key})).map(drop)
    }

    /// The replication configuration of the source bucket, as XML.
    pub fn replication(&self) -> anyhow::Result<String> {
        self.prod.bucket("GET", &setting(SOURCE, "replication"), "")
    }

    pub fn put_replication(&self, xml: &str) -> anyhow::Result<()> {
        self.prod.bucket("PUT", &setting(SOURCE, "replication"), xml).map(drop)
    }

    /// Reads a document, changes its statements, and puts it back.
    pub fn edit(
        &self,
        document: &Document,
        change: impl FnOnce(&mut Vec<Value>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut value = self.read(document)?;
        let statements = value.get_mut("Statement").and_then(Value::as_array_mut);
        change(statements.context("the document has no list of statements")?)?;
        self.write(document, &value)
    }

    /// An absent bucket policy is one without statements.
    pub fn read(&self, document: &Document) -> anyhow::Result<Value> {
        let text = match document {
            Document::RolePolicy { role, policy } => {
                let fields = [("RoleName", last(role)), ("PolicyName", policy)];
                inside(&self.prod.iam("GetRolePolicy", &fields)?, "PolicyDocument")?
            }
            Document::TrustPolicy { role } => {
                let answer = self.prod.iam("GetRole", &[("RoleName", last(role))])?;
                inside(&answer, "AssumeRolePolicyDocument")?
            }
            Document::PermissionsBoundary { policy } => {
                let answer = self.prod.iam("GetPolicy", &[("PolicyArn", policy)])?;
                let version = inside(&answer, "DefaultVersionId")?;
                let fields = [("PolicyArn", policy.as_str()), ("VersionId", &version)];
                inside(&self.prod.iam("GetPolicyVersion", &fields)?, "Document")?
            }
            Document::KeyPolicy { key } => {
                let (caller, region) = self.of_key(key)?;
                let named = json!({"KeyId": key, "PolicyName": "default"});
                let answer = caller.kms(&region, "GetKeyPolicy", &named)?;
                answer["Policy"].as_str().context("a key without a policy")?.to_owned()
            }
            Document::BucketPolicy { bucket } => {
                match self.of_bucket(bucket).bucket("GET", &setting(bucket, "policy"), "") {
                    Err(error) if format!("{error:#}").contains("NoSuchBucketPolicy") => {
                        return Ok(json!({"Version": "2012-10-17", "Statement": []}));
                    }
                    answer => answer?,
                }
            }
        };
        let plain = percent_decode_str(&text).decode_utf8_lossy();
        // The policies of S3 and KMS are not encoded, and may hold a percent sign.
        let parsed = serde_json::from_str(&text).or_else(|_| serde_json::from_str(&plain));
        parsed.with_context(|| format!("{document:?} is no JSON"))
    }

    fn write(&self, document: &Document, value: &Value) -> anyhow::Result<()> {
        let text = value.to_string();
        match document {
            Document::RolePolicy { role, policy } => {
                let fields =
                    [("RoleName", last(role)), ("PolicyName", policy), ("PolicyDocument", text.as_str())];
                self.prod.iam("PutRolePolicy", &fields).map(drop)
            }
            Document::TrustPolicy { role } => {
                let fields = [("RoleName", last(role)), ("PolicyDocument", text.as_str())];
                self.prod.iam("UpdateAssumeRolePolicy", &fields).map(drop)
            }
            Document::PermissionsBoundary { policy } => {
                let fields =
                    [("PolicyArn", policy.as_str()), ("PolicyDocument", &text), ("SetAsDefault", "true")];
                self.prod.iam("CreatePolicyVersion", &fields).map(drop)
            }
            Document::KeyPolicy { key } => {
                let (caller, region) = self.of_key(key)?;
                let body = json!({"KeyId": key, "PolicyName": "default", "Policy": text});
                caller.kms(&region, "PutKeyPolicy", &body).map(drop)
            }
            Document::BucketPolicy { bucket } => {
                let empty = value["Statement"].as_array().is_some_and(Vec::is_empty);
                let (method, body) = if empty { ("DELETE", "") } else { ("PUT", text.as_str()) };
                self.of_bucket(bucket).bucket(method, &setting(bucket, "policy"), body).map(drop)
            }
        }
    }

    fn of_bucket(&self, bucket: &str) -> &Caller {
        if bucket == SOURCE { &self.prod } else { &self.backup }
    }

    /// Who may change a key, and in which Region it is.
    fn of_key(&self, key: &str) -> anyhow::Result<(&Caller, String)> {
        let arn = Arn::parse(key).with_context(|| format!("{key} is no ARN"))?;
        let caller = match arn.account {
            "111111111111" => &self.prod,
            "222222222222" => &self.backup,
            other => bail!("the link `orders` has nothing in account {other}"),
        };
        Ok((caller, arn.region.to_owned()))
    }
}

/// The ARN of the key that has the bucket's name for alias.
fn key(caller: &Caller, region: &str, bucket: &str) -> anyhow::Result<String> {
    let answer = caller.kms(region, "DescribeKey", &json!({"KeyId": format!("alias/{bucket}")}))?;
    let arn = answer["KeyMetadata"]["Arn"].as_str();
    Ok(arn.context("a key without an ARN")?.to_owned())
}

fn setting<'a>(name: &'a str, setting: &'a str) -> Bucket<'a> {
    let region = if name == SOURCE { SOURCE_REGION } else { DESTINATION_REGION };
    Bucket { name, region, setting }
}

/// The name at the end of an ARN.
fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The text of the first element of this name.
pub fn inside(xml: &str, name: &str) -> anyhow::Result<String> {
    let document = roxmltree::Document::parse(xml).context("the answer is no XML")?;
    let found = document.descendants().find(|node| node.tag_name().name() == name);
    Ok(found.and_then(|node| node.text()).with_context(|| format!("no {name} in the answer"))?.to_owned())
}
