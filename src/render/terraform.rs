//! Terraform: one configuration for all accounts, with a provider for each account and Region.
//!
//! Arguments are those of the AWS provider
//! (<https://registry.terraform.io/providers/hashicorp/aws/latest/docs>). A resource of Terraform's holds a
//! whole document, so what is there already is not touched: what it lacks lies beside the configuration.
//!
//! Deliberately absent: credentials. A provider takes a profile, which is a variable.

use std::collections::BTreeSet;

use hcl::expr::{FuncCall, Object, ObjectKey, Traversal, Variable};
use hcl::{Attribute, Block, Body, Expression, Identifier};
use serde_json::{Map, Value};

use crate::arn::Region;
use crate::resource::role;
use crate::topology::{AccountName, Credentials, KeyName};

use super::File;
use super::blueprint::{Account, Blueprint, Bucket, Care, Key, Role};
use super::by_hand::by_hand;
use super::json::reached_by;

/// The configuration, and what is to be done by hand.
pub fn files(blueprint: &Blueprint) -> Vec<File> {
    let terraform = Terraform { blueprint };
    let by_hand = by_hand(blueprint);
    let mut text = "# Rendered by `bucketbridge render --format terraform`: what `bucketbridge apply` makes in accounts in\n\
         # which nothing of it is there. `bucketbridge check` proves it afterwards.\n"
        .to_owned();
    if !by_hand.is_empty() {
        text += "#\n# What is there already is not in it: by-hand/ holds what to put there.\n";
    }
    for block in terraform.blocks() {
        // Formatting to memory fails on what is no HCL only, and blocks are.
        text += "\n";
        text += &hcl::format::to_string(&Body::from(vec![block])).unwrap_or_default();
    }
    std::iter::once(File { path: "main.tf".to_owned(), text }).chain(by_hand).collect()
}

struct Terraform<'a> {
    blueprint: &'a Blueprint,
}

/// `aws_kms_key.orders`, and what follows.
fn path(parts: &[&str]) -> Expression {
    let (first, rest) = parts.split_first().unwrap_or((&"_", &[]));
    let variable = Variable::from(Identifier::sanitized(*first));
    let attributes =
        rest.iter().fold(Traversal::builder(variable), |path, part| path.attr(Identifier::sanitized(*part)));
    attributes.build().into()
}

fn block(name: &str, labels: &[&str], attributes: Vec<(&str, Expression)>, blocks: Vec<Block>) -> Block {
    let attribute = |(key, value)| Attribute::new(Identifier::sanitized(key), value);
    Block::builder(Identifier::sanitized(name))
        .add_labels(labels.iter().copied())
        .add_attributes(attributes.into_iter().map(attribute))
        .add_blocks(blocks)
        .build()
}

fn map<'t>(entries: impl IntoIterator<Item = (&'t String, &'t String)>) -> Expression {
    let entry = |(key, value): (&'t String, &'t String)| (object_key(key), Expression::from(value.as_str()));
    Expression::Object(entries.into_iter().map(entry).collect())
}

fn object_key(key: &str) -> ObjectKey {
    match Identifier::new(key) {
        Ok(identifier) => ObjectKey::Identifier(identifier),
        Err(_) => ObjectKey::Expression(Expression::from(key)),
    }
}

fn never_destroyed() -> Block {
    block("lifecycle", &[], vec![("prevent_destroy", true.into())], Vec::new())
}

/// A member of S3's API as the provider calls it: `ReplicaKmsKeyID` is `replica_kms_key_id`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && lower {
            out.push('_');
        }
        lower = c.is_ascii_lowercase();
        out.push(c.to_ascii_lowercase());
    }
    out
}

impl Terraform<'_> {
    fn blocks(&self) -> Vec<Block> {
        let mut blocks = vec![self.settings()];
        for (name, account) in &self.blueprint.accounts {
            blocks.push(profile(name, account));
        }
        for (account, region) in self.places() {
            blocks.push(self.provider(account, region));
        }
        for key in &self.blueprint.keys {
            blocks.extend(self.key(key));
        }
        for role in &self.blueprint.roles {
            blocks.extend(self.role(role));
        }
        for bucket in &self.blueprint.buckets {
            blocks.extend(self.bucket(bucket));
        }
        blocks
    }

    fn settings(&self) -> Block {
        let aws = [("source", "hashicorp/aws"), ("version", ">= 5.100")];
        let aws: Object<_, _> = aws.into_iter().map(|(k, v)| (object_key(k), Expression::from(v))).collect();
        let providers = block("required_providers", &[], vec![("aws", Expression::Object(aws))], Vec::new());
        block("terraform", &[], Vec::new(), vec![providers])
    }

    /// Where there is something.
    fn places(&self) -> BTreeSet<(&AccountName, &Region)> {
        let keys = self.blueprint.keys.iter().map(|key| (&key.id.account, &key.id.region));
        let buckets = self.blueprint.buckets.iter().map(|bucket| (&bucket.account, &bucket.region));
        keys.chain(buckets).collect()
    }

    fn alias(&self, account: &AccountName, region: &Region) -> String {
        format!("{}_{}", self.blueprint.accounts[account].identifier, region.as_str().replace('-', "_"))
    }

    fn provider(&self, name: &AccountName, region: &Region) -> Block {
        let account = &self.blueprint.accounts[name];
        let attributes = vec![
            ("alias", self.alias(name, region).into()),
            ("region", region.as_str().into()),
            ("profile", path(&["var", &format!("profile_{}", account.identifier)])),
            // Nothing is written to another account.
            ("allowed_account_ids", Expression::Array(vec![account.id.as_str().into()])),
        ];
        block("provider", &["aws"], attributes, Vec::new())
    }

    fn within(&self, account: &AccountName, region: &Region) -> (&'static str, Expression) {
        ("provider", path(&["aws", &self.alias(account, region)]))
    }

    /// The ARN of a key: of one that is made, of the one behind an alias, or as the map says it.
    fn arn(&self, key: &Key) -> Expression {
        match (&key.arn, key.care, key.primary.is_some()) {
            (Some(arn), ..) => arn.to_string().into(),
            (None, Care::Make, false) => path(&["aws_kms_key", &name(key), "arn"]),
            (None, Care::Make, true) => path(&["aws_kms_replica_key", &name(key), "arn"]),
            (None, ..) => path(&["data", "aws_kms_alias", &name(key), "target_key_arn"]),
        }
    }

    /// A document, with keys and roles of the configuration in the place of their names.
    fn expression(&self, value: &Value) -> Expression {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                Expression::Array(items.iter().map(|item| self.expression(item)).collect())
            }
            Value::Object(members) => {
                let member = |(key, value): (&String, &Value)| (object_key(key), self.expression(value));
                Expression::Object(members.iter().map(member).collect())
            }
            Value::Bool(on) => (*on).into(),
            Value::Number(number) => number.to_string().parse().unwrap_or(Expression::Null),
            Value::Null => Expression::Null,
        }
    }

    fn text(&self, text: &str) -> Expression {
        if let Some(key) = self.blueprint.key_named(text) {
            return self.arn(key);
        }
        let role = self.blueprint.roles.iter().find(|role| role.arn.to_string() == text);
        role.map_or_else(|| text.into(), |role| path(&["aws_iam_role", &role.identifier, "arn"]))
    }

    fn json(&self, document: &Value) -> Expression {
        FuncCall::builder(Identifier::sanitized("jsonencode")).arg(self.expression(document)).build().into()
    }

    fn key(&self, key: &Key) -> Vec<Block> {
        let KeyName::Alias(alias) = &key.id.name else { return Vec::new() };
        let name = name(key);
        let provider = self.within(&key.id.account, &key.id.region);
        if key.care != Care::Make {
            let attributes = vec![provider, ("name", alias.as_str().into())];
            return vec![block("data", &["aws_kms_alias", &name], attributes, Vec::new())];
        }
        let mut attributes = vec![provider.clone()];
        let (kind, id) = match key.primary.as_ref().and_then(|id| self.blueprint.key(id)) {
            Some(primary) => {
                attributes.push(("primary_key_arn", self.arn(primary)));
                ("aws_kms_replica_key", path(&["aws_kms_replica_key", &name, "key_id"]))
            }
            None => {
                attributes.push(("description", key.description.as_str().into()));
                attributes.push(("enable_key_rotation", key.rotation.unwrap_or(false).into()));
                attributes.push(("multi_region", key.multi_region.into()));
                ("aws_kms_key", path(&["aws_kms_key", &name, "key_id"]))
            }
        };
        attributes.push(("tags", map(&key.tags)));
        let alias = vec![provider.clone(), ("name", alias.as_str().into()), ("target_key_id", id.clone())];
        let mut blocks = vec![
            block("resource", &[kind, &name], attributes, vec![never_destroyed()]),
            block("resource", &["aws_kms_alias", &name], alias, Vec::new()),
        ];
        blocks.extend(key.policy.as_ref().map(|policy| {
            let attributes = vec![provider, ("key_id", id), ("policy", self.json(policy))];
            block("resource", &["aws_kms_key_policy", &name], attributes, Vec::new())
        }));
        blocks
    }

    fn role(&self, role: &Role) -> Vec<Block> {
        let provider = self.within(&role.account, &role.region);
        let mut attributes = vec![
            provider.clone(),
            ("name", role.arn.name.as_str().into()),
            ("path", role.arn.path.as_str().into()),
            ("description", role::DESCRIPTION.into()),
            ("assume_role_policy", self.json(&role.trust)),
        ];
        attributes.extend(role.boundary.as_ref().map(|arn| ("permissions_boundary", arn.as_str().into())));
        attributes.push(("tags", map(&role.tags)));
        let policy = vec![
            provider,
            ("name", role.policy_name.as_str().into()),
            ("role", path(&["aws_iam_role", &role.identifier, "id"])),
            ("policy", self.json(&role.policy)),
        ];
        vec![
            block("resource", &["aws_iam_role", &role.identifier], attributes, Vec::new()),
            block("resource", &["aws_iam_role_policy", &role.identifier], policy, Vec::new()),
        ]
    }

    fn bucket(&self, bucket: &Bucket) -> Vec<Block> {
        // Each of these would replace what is there.
        if bucket.care != Care::Make {
            return Vec::new();
        }
        let name = bucket.identifier.as_str();
        let provider = self.within(&bucket.account, &bucket.region);
        let id = ("bucket", path(&["aws_s3_bucket", name, "id"]));
        let on = || vec![provider.clone(), id.clone()];
        let resource = |kind: &str, attributes, blocks| block("resource", &[kind, name], attributes, blocks);
        let inner = |name: &str, attributes| block(name, &[], attributes, Vec::new());

        let made =
            vec![provider.clone(), ("bucket", bucket.name.as_str().into()), ("tags", map(&bucket.tags))];
        let all =
            ["block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets"];
        let blocked = on().into_iter().chain(all.map(|setting| (setting, Expression::from(true)))).collect();
        let key = self.blueprint.key(&bucket.key).map_or(Expression::Null, |key| self.arn(key));
        let default = vec![("sse_algorithm", "aws:kms".into()), ("kms_master_key_id", key)];
        let default = inner("apply_server_side_encryption_by_default", default);
        let encryption =
            block("rule", &[], vec![("bucket_key_enabled", bucket.bucket_key.into())], vec![default]);
        let enabled = inner("versioning_configuration", vec![("status", "Enabled".into())]);
        let owner = inner("rule", vec![("object_ownership", "BucketOwnerEnforced".into())]);
        let mut blocks = vec![
            resource("aws_s3_bucket", made, vec![never_destroyed()]),
            resource("aws_s3_bucket_versioning", on(), vec![enabled]),
            resource("aws_s3_bucket_public_access_block", blocked, Vec::new()),
            resource("aws_s3_bucket_ownership_controls", on(), vec![owner]),
            resource("aws_s3_bucket_server_side_encryption_configuration", on(), vec![encryption]),
        ];
        blocks.extend(bucket.policy.as_ref().map(|policy| {
            let mut attributes = on();
            attributes.push(("policy", self.json(policy)));
            resource("aws_s3_bucket_policy", attributes, Vec::new())
        }));
        blocks.extend(bucket.replication.as_ref().map(|configuration| {
            let mut attributes = on();
            attributes.push(("role", self.text(configuration["Role"].as_str().unwrap_or_default())));
            attributes.push(("depends_on", Expression::Array(self.grants(bucket))));
            let rules = configuration["Rules"].as_array().into_iter().flatten().filter_map(Value::as_object);
            let rules = rules.map(|rule| self.nested("rule", rule)).collect();
            resource("aws_s3_bucket_replication_configuration", attributes, rules)
        }));
        blocks
    }

    /// What a rule needs: S3 does not try an object again whose replication was refused.
    fn grants(&self, bucket: &Bucket) -> Vec<Expression> {
        let made = |name: &crate::arn::BucketName| {
            self.blueprint.bucket(name).filter(|bucket| bucket.care == Care::Make)
        };
        let policy = |id| {
            let key = self.blueprint.key(id).filter(|key| key.care == Care::Make && key.policy.is_some());
            key.map(|key| path(&["aws_kms_key_policy", &name(key)]))
        };
        let mut grants = vec![
            path(&["aws_s3_bucket_versioning", &bucket.identifier]),
            path(&["aws_iam_role_policy", &bucket.identifier]),
        ];
        grants.extend(bucket.source_keys.iter().filter_map(policy));
        for name in &bucket.destinations {
            grants.extend(self.blueprint.bucket(name).and_then(|to| policy(&to.key)));
            let Some(to) = made(name) else { continue };
            grants.push(path(&["aws_s3_bucket_versioning", &to.identifier]));
            grants.extend(to.policy.as_ref().map(|_| path(&["aws_s3_bucket_policy", &to.identifier])));
        }
        let mut seen = Vec::new();
        grants.retain(|grant| {
            !seen.contains(grant) && {
                seen.push(grant.clone());
                true
            }
        });
        grants
    }

    /// A structure of S3's API as the provider's nested blocks.
    fn nested(&self, name: &str, members: &Map<String, Value>) -> Block {
        let mut attributes = Vec::new();
        let mut blocks = Vec::new();
        for (key, value) in members {
            match value {
                Value::Object(inner) => blocks.push(self.nested(&snake(key), inner)),
                // The tags of an `And` are a map.
                Value::Array(tags) => {
                    let text = |tag: &Value, part: &str| tag[part].as_str().unwrap_or_default().to_owned();
                    let tags: Vec<_> =
                        tags.iter().map(|tag| (text(tag, "Key"), text(tag, "Value"))).collect();
                    attributes.push((snake(key), map(tags.iter().map(|(k, v)| (k, v)))));
                }
                other => attributes.push((snake(key), self.expression(other))),
            }
        }
        let attributes = attributes.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        block(name, &[], attributes, blocks)
    }
}

fn name(key: &Key) -> String {
    key.variable.trim_start_matches("KEY_").to_owned()
}

fn profile(name: &AccountName, account: &Account) -> Block {
    let default = match &account.credentials {
        Credentials::Profile(profile) => profile.as_str().into(),
        Credentials::Default | Credentials::Roles { .. } | Credentials::Remote { .. } => Expression::Null,
    };
    let what = format!(
        "A profile with credentials of account {name} ({}); in the profile map: {}. null: the default credentials.",
        account.id,
        reached_by(account)
    );
    let attributes = vec![("type", path(&["string"])), ("default", default), ("description", what.into())];
    block("variable", &[&format!("profile_{}", account.identifier)], attributes, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_providers() {
        assert_eq!(snake("ReplicaKmsKeyID"), "replica_kms_key_id");
        assert_eq!(snake("SseKmsEncryptedObjects"), "sse_kms_encrypted_objects");
        assert_eq!(snake("ID"), "id");
    }
}
