//! CloudFormation: a template for each account and Region, and an index that says how they are deployed.
//!
//! A key's policy and a bucket's rules are properties of theirs in CloudFormation, and a role needs ARNs of
//! keys in other stacks, whose policies name the role. So every stack is deployed three times, with the
//! parameter `Phase`: things are made, then granted, then the rules are written. ARNs of other stacks' keys
//! are parameters.
//!
//! A template holds whole documents, so what is there already is not in it: what it lacks lies beside.
//! Deliberately absent: deploying. Properties are those of
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html>, `AWS_KMS` and `AWS_IAM`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::arn::Region;
use crate::resource::role;
use crate::topology::{AccountName, KeyId, KeyName};

use super::File;
use super::blueprint::{Blueprint, Bucket, Care, Key, Role};
use super::by_hand::by_hand;
use super::document::pretty;
use super::identifier::logical_ids;
use super::json::reached_by;

/// The name of the stack that the index says.
const STACK: &str = "bucketbridge";

const PHASES: [&str; 3] = ["make", "grant", "replicate"];

/// The templates, their index, and what is to be done by hand.
pub fn files(blueprint: &Blueprint) -> Vec<File> {
    let keys = blueprint.keys.iter().map(|key| {
        let KeyId { account, region, name } = &key.id;
        (key.id.clone(), format!("Key-{account}-{region}-{name}"))
    });
    let buckets = blueprint.buckets.iter().map(|bucket| (bucket.name.clone(), bucket.name.to_string()));
    let names = Names { keys: logical_ids(keys), buckets: logical_ids(buckets) };
    let places: BTreeSet<Place<'_>> = made_in(blueprint).collect();
    let templates: Vec<(Place<'_>, Template<'_>)> =
        places.into_iter().map(|place| (place, Template::of(blueprint, &names, place))).collect();
    let mut files =
        vec![File { path: "index.json".to_owned(), text: pretty(&index(blueprint, &names, &templates)) }];
    for (place, template) in &templates {
        files.push(File { path: path(blueprint, *place), text: pretty(&template.value()) });
    }
    files.extend(by_hand(blueprint));
    files
}

/// An account and a Region: a stack.
type Place<'a> = (&'a AccountName, &'a Region);

/// Where something is made.
fn made_in(blueprint: &Blueprint) -> impl Iterator<Item = Place<'_>> {
    let keys = blueprint.keys.iter().filter(|key| key.care == Care::Make);
    let buckets = blueprint.buckets.iter().filter(|bucket| bucket.care == Care::Make);
    let roles = blueprint.roles.iter().map(|role| (&role.account, &role.region));
    keys.map(|key| (&key.id.account, &key.id.region))
        .chain(buckets.map(|bucket| (&bucket.account, &bucket.region)))
        .chain(roles)
}

fn path(blueprint: &Blueprint, (account, region): Place<'_>) -> String {
    format!("{}/{region}.json", blueprint.accounts[account].folder)
}

/// The logical names of things, the same in every template.
struct Names {
    keys: BTreeMap<KeyId, String>,
    buckets: BTreeMap<crate::arn::BucketName, String>,
}

/// A template as it comes about.
struct Template<'a> {
    blueprint: &'a Blueprint,
    names: &'a Names,
    place: Place<'a>,
    resources: Map<String, Value>,
    /// Keys of other stacks whose ARN it needs.
    parameters: BTreeMap<&'a KeyId, String>,
    outputs: Map<String, Value>,
}

fn given(condition: &str, value: Value) -> Value {
    json!({"Fn::If": [condition, value, {"Ref": "AWS::NoValue"}]})
}

impl<'a> Template<'a> {
    fn of(blueprint: &'a Blueprint, names: &'a Names, place: Place<'a>) -> Self {
        let mut template = Self {
            blueprint,
            names,
            place,
            resources: Map::new(),
            parameters: BTreeMap::new(),
            outputs: Map::new(),
        };
        let here = |account, region| (account, region) == place;
        for key in blueprint.keys.iter().filter(|key| here(&key.id.account, &key.id.region)) {
            template.key(key);
        }
        for role in blueprint.roles.iter().filter(|role| here(&role.account, &role.region)) {
            template.role(role);
        }
        for bucket in blueprint.buckets.iter().filter(|bucket| here(&bucket.account, &bucket.region)) {
            template.bucket(bucket);
        }
        template
    }

    fn value(&self) -> Value {
        let (account, region) = self.place;
        let id = &self.blueprint.accounts[account].id;
        let mut parameters = Map::new();
        parameters.insert(
            "Phase".to_owned(),
            json!({
                "Type": "String",
                "AllowedValues": PHASES,
                "Description": "Every stack is deployed with make, then every stack with grant, then every stack with replicate",
            }),
        );
        for (key, name) in &self.parameters {
            let description =
                format!("The ARN of key {key} in account {}; needed from the phase grant on", key.account);
            parameters
                .insert(name.clone(), json!({"Type": "String", "Default": "", "Description": description}));
        }
        let mut template = json!({
            "AWSTemplateFormatVersion": "2010-09-09",
            "Description": format!("S3 replication between accounts: {account} ({id}) in {region}. Rendered by bucketbridge."),
            "Parameters": parameters,
            "Rules": {"Account": {"Assertions": [{
                "Assert": {"Fn::Equals": [{"Ref": "AWS::AccountId"}, id]},
                "AssertDescription": format!("this template is for account {id}"),
            }]}},
        });
        let conditions = self.conditions();
        if !conditions.is_empty() {
            template["Conditions"] = Value::Object(conditions);
        }
        template["Resources"] = Value::Object(self.resources.clone());
        if !self.outputs.is_empty() {
            template["Outputs"] = Value::Object(self.outputs.clone());
        }
        template
    }

    /// Those that something in it depends on.
    fn conditions(&self) -> Map<String, Value> {
        let text = Value::Object(self.resources.clone()).to_string();
        let is = |phase: &str| json!({"Fn::Equals": [{"Ref": "Phase"}, phase]});
        let all =
            [("Grant", json!({"Fn::Or": [is("grant"), is("replicate")]})), ("Replicate", is("replicate"))];
        let used = all.into_iter().filter(|(name, _)| text.contains(&format!("\"{name}\"")));
        used.map(|(name, condition)| (name.to_owned(), condition)).collect()
    }

    fn is_here(&self, key: &Key) -> bool {
        (&key.id.account, &key.id.region) == self.place && key.care == Care::Make
    }

    /// The ARN of a key: of this stack, of another one, or as the map says it.
    fn arn(&mut self, key: &'a Key) -> Value {
        if let Some(arn) = &key.arn {
            return json!(arn.to_string());
        }
        if self.is_here(key) {
            return json!({"Fn::GetAtt": [self.names.keys[&key.id], "Arn"]});
        }
        // A replica has the id of its primary, which is made a phase earlier
        // (<https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html>).
        let primary = key.primary.as_ref().filter(|_| key.care == Care::Make);
        if let Some(primary) = primary.and_then(|id| self.blueprint.key(id)) {
            let KeyId { account, region, .. } = &key.id;
            let account = &self.blueprint.accounts[account];
            let prefix = format!("arn:{}:kms:{region}:{}:key", account.partition.as_str(), account.id);
            let id = json!({"Fn::Select": [1, {"Fn::Split": ["/", self.arn(primary)]}]});
            return json!({"Fn::Join": ["/", [prefix, id]]});
        }
        let name = format!("{}Arn", self.names.keys[&key.id]);
        self.parameters.insert(&key.id, name.clone());
        json!({"Ref": name})
    }

    /// A document, with the ARNs of keys in the place of their names.
    fn filled(&mut self, value: &Value) -> Value {
        match value {
            Value::String(text) => match self.blueprint.key_named(text) {
                Some(key) => self.arn(key),
                None => value.clone(),
            },
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, member)| (name.clone(), self.filled(member))).collect()
            }
            other => other.clone(),
        }
    }

    fn add(&mut self, name: &str, kind: &str, properties: Value, more: &[(&str, Value)]) {
        let mut resource = json!({"Type": kind});
        for (attribute, value) in more {
            resource[*attribute] = value.clone();
        }
        resource["Properties"] = properties;
        self.resources.insert(name.to_owned(), resource);
    }

    fn key(&mut self, key: &'a Key) {
        let KeyName::Alias(alias) = &key.id.name else { return };
        if key.care != Care::Make {
            return;
        }
        let name = self.names.keys[&key.id].clone();
        let retained = [("DeletionPolicy", json!("Retain")), ("UpdateReplacePolicy", json!("Retain"))];
        let policy = match &key.policy {
            Some(policy) => json!({"Fn::If": ["Grant", policy, key.default_policy]}),
            None => key.default_policy.clone(),
        };
        let condition = ("Condition", json!("Grant"));
        let mut of_alias = Vec::new();
        match key.primary.as_ref().and_then(|id| self.blueprint.key(id)) {
            Some(primary) => {
                let policy = key.policy.as_ref().unwrap_or(&key.default_policy);
                let properties =
                    json!({"PrimaryKeyArn": self.arn(primary), "KeyPolicy": policy, "Tags": tags(&key.tags)});
                let [a, b] = retained;
                of_alias.push(condition.clone());
                self.add(&name, "AWS::KMS::ReplicaKey", properties, &[condition, a, b]);
            }
            None => {
                let properties = json!({
                    "Description": key.description,
                    "EnableKeyRotation": key.rotation.unwrap_or(false),
                    "MultiRegion": key.multi_region,
                    "KeyPolicy": policy,
                    "Tags": tags(&key.tags),
                });
                self.add(&name, "AWS::KMS::Key", properties, &retained);
                self.outputs.insert(
                    format!("{name}Arn"),
                    json!({
                        "Description": format!("The ARN of key {}, for the other stacks", key.id),
                        "Value": {"Fn::GetAtt": [name, "Arn"]},
                    }),
                );
            }
        }
        let target = json!({"AliasName": alias, "TargetKeyId": {"Ref": name}});
        self.add(&format!("{name}Alias"), "AWS::KMS::Alias", target, &of_alias);
    }

    fn role(&mut self, role: &'a Role) {
        let name = format!("Role{}", self.names.buckets[&role.source]);
        let mut properties = json!({
            "RoleName": role.arn.name,
            "Path": role.arn.path,
            "Description": role::DESCRIPTION,
            "AssumeRolePolicyDocument": role.trust,
            "Tags": tags(&role.tags),
        });
        if let Some(boundary) = &role.boundary {
            properties["PermissionsBoundary"] = json!(boundary);
        }
        self.add(&name, "AWS::IAM::Role", properties, &[]);
        let document = self.filled(&role.policy);
        let policy =
            json!({"RoleName": {"Ref": name}, "PolicyName": role.policy_name, "PolicyDocument": document});
        self.add(&format!("{name}Policy"), "AWS::IAM::RolePolicy", policy, &[("Condition", json!("Grant"))]);
    }

    fn bucket(&mut self, bucket: &'a Bucket) {
        if bucket.care != Care::Make {
            return;
        }
        let name = format!("Bucket{}", self.names.buckets[&bucket.name]);
        let mut properties = json!({
            "BucketName": bucket.name,
            "VersioningConfiguration": {"Status": "Enabled"},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": true,
                "IgnorePublicAcls": true,
                "BlockPublicPolicy": true,
                "RestrictPublicBuckets": true,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "Tags": tags(&bucket.tags),
        });
        if let Some(key) = self.blueprint.key(&bucket.key) {
            let encryption = json!({"ServerSideEncryptionConfiguration": [{
                "BucketKeyEnabled": bucket.bucket_key,
                "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.arn(key)},
            }]});
            // Another stack's key is known from the second phase on, a replica is made in it.
            let at_once = key.arn.is_some() || self.is_here(key) && key.primary.is_none();
            properties["BucketEncryption"] = if at_once { encryption } else { given("Grant", encryption) };
        }
        let mut more = vec![("DeletionPolicy", json!("Retain")), ("UpdateReplacePolicy", json!("Retain"))];
        if let Some(configuration) = &bucket.replication {
            let configuration = self.filled(&in_words_of_cloudformation(configuration));
            properties["ReplicationConfiguration"] = given("Replicate", configuration);
            // The role may be bare yet: its policy is there when the phase is `replicate`.
            more.push(("DependsOn", json!(format!("Role{}", self.names.buckets[&bucket.name]))));
        }
        self.add(&name, "AWS::S3::Bucket", properties, &more);
        if let Some(policy) = &bucket.policy {
            let properties = json!({"Bucket": {"Ref": name}, "PolicyDocument": policy});
            self.add(
                &format!("{name}Policy"),
                "AWS::S3::BucketPolicy",
                properties,
                &[("Condition", json!("Grant"))],
            );
        }
    }
}

fn tags(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

/// A replication configuration of S3's API with the names of CloudFormation, where these differ.
fn in_words_of_cloudformation(value: &Value) -> Value {
    let renamed = |name: &str| {
        match name {
            "ID" => "Id",
            "Tag" => "TagFilter",
            "Tags" => "TagFilters",
            other => other,
        }
        .to_owned()
    };
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, member)| (renamed(name), in_words_of_cloudformation(member))).collect()
        }
        Value::Array(items) => items.iter().map(in_words_of_cloudformation).collect(),
        other => other.clone(),
    }
}

/// Which template is whose, what is handed over, and the order.
fn index(blueprint: &Blueprint, names: &Names, templates: &[(Place<'_>, Template<'_>)]) -> Value {
    let mut deployments = Vec::new();
    for phase in PHASES {
        for ((account, region), template) in templates {
            let mut parameters = vec![format!("Phase={phase}")];
            if phase != "make" {
                parameters.extend(template.parameters.values().map(|name| format!("{name}=${{{name}}}")));
            }
            deployments.push(json!({
                "step": deployments.len() + 1,
                "account": account,
                "region": region,
                "command": format!(
                    "aws cloudformation deploy --region {region} --stack-name {STACK} --template-file {} \
                     --capabilities CAPABILITY_NAMED_IAM --parameter-overrides {}",
                    path(blueprint, (*account, *region)),
                    parameters.join(" ")
                ),
            }));
        }
    }
    let needed: BTreeSet<&KeyId> = templates.iter().flat_map(|(_, t)| t.parameters.keys().copied()).collect();
    let parameters: Vec<Value> = needed
        .into_iter()
        .map(|id| {
            let made = blueprint.key(id).is_some_and(|key| key.care == Care::Make);
            let from = match made {
                true => "the output of that name of the stack in this account and Region".to_owned(),
                false => format!(
                    "aws kms describe-key --region {} --key-id {} --query KeyMetadata.Arn --output text",
                    id.region, id.name
                ),
            };
            json!({
                "parameter": format!("{}Arn", names.keys[id]),
                "is": format!("the ARN of key {id}"),
                "account": id.account,
                "region": id.region,
                "from": from,
            })
        })
        .collect();
    let accounts: Vec<Value> = blueprint
        .accounts
        .iter()
        .map(|(name, account)| json!({"name": name, "id": account.id, "reached_by": reached_by(account)}))
        .collect();
    json!({"version": 1, "accounts": accounts, "parameters": parameters, "steps": deployments})
}
