//! Policies as texts: JSON for IAM, and resources for Terraform and CloudFormation.
//!
//! Deliberately absent: attaching them to somebody.

use std::fmt;
use std::str::FromStr;

use serde_json::{Map, Value, json};

use super::Policy;
use super::trust::Trust;

mod hcl;

/// In which language a policy is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The document as IAM takes it.
    Json,
    /// `aws_iam_policy` and `aws_iam_role`.
    Terraform,
    /// A template with `AWS::IAM::ManagedPolicy` and `AWS::IAM::Role`, in JSON.
    CloudFormation,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Json, Self::Terraform, Self::CloudFormation];

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Terraform => "terraform",
            Self::CloudFormation => "cloudformation",
        }
    }

    /// The policies. As JSON one is a document, and several are a list.
    pub fn policies(self, policies: &[Policy]) -> String {
        match (self, policies) {
            (Self::Json, [one]) => pretty(&one.document),
            (Self::Json, several) => {
                pretty(&several.iter().map(|policy| policy.document.clone()).collect::<Value>())
            }
            (Self::Terraform, _) => {
                let resources: Vec<String> = policies.iter().map(terraform_policy).collect();
                resources.join("\n")
            }
            (Self::CloudFormation, _) => {
                let policy = |policy: &Policy| {
                    let properties = json!({
                        "ManagedPolicyName": policy.name,
                        "Description": policy.description,
                        "PolicyDocument": policy.document,
                    });
                    (logical_id(&policy.name), "AWS::IAM::ManagedPolicy", properties)
                };
                template(policies.first().map(|first| &first.description), policies.iter().map(policy))
            }
        }
    }

    /// The trust policy; outside of JSON with its role.
    pub fn trust(self, trust: &Trust) -> String {
        let Trust { role, description, document, .. } = trust;
        match self {
            Self::Json => pretty(document),
            Self::Terraform => hcl::resource(
                "aws_iam_role",
                &role.name,
                &[("name", &role.name), ("path", &role.path), ("description", description)],
                ("assume_role_policy", document),
            ),
            Self::CloudFormation => {
                let properties = json!({
                    "RoleName": role.name,
                    "Path": role.path,
                    "Description": description,
                    "AssumeRolePolicyDocument": document,
                });
                template(
                    Some(description),
                    [(logical_id(&role.name), "AWS::IAM::Role", properties)].into_iter(),
                )
            }
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// No format has that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no format is called `{0}`")]
pub struct NoSuchFormat(String);

impl FromStr for Format {
    type Err = NoSuchFormat;
    fn from_str(text: &str) -> Result<Self, NoSuchFormat> {
        Self::ALL.into_iter().find(|f| f.name() == text).ok_or_else(|| NoSuchFormat(text.to_owned()))
    }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

fn terraform_policy(policy: &Policy) -> String {
    hcl::resource(
        "aws_iam_policy",
        &policy.name,
        &[("name", &policy.name), ("description", &policy.description)],
        ("policy", &policy.document),
    )
}

/// Letters and digits, as CloudFormation wants it.
fn logical_id(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    name.split(|c: char| !c.is_ascii_alphanumeric()).map(word).collect()
}

fn template<'a>(
    description: Option<&String>,
    resources: impl Iterator<Item = (String, &'a str, Value)>,
) -> String {
    let resource =
        |(id, kind, properties): (String, &str, Value)| (id, json!({"Type": kind, "Properties": properties}));
    let resources: Map<String, Value> = resources.map(resource).collect();
    pretty(&json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Resources": resources,
    }))
}
