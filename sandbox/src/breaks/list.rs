//! The ways to break the demo's link `orders`, each with the cause that the doctor has to name.
//!
//! One grant or state each; what the doctor makes of worse is tested with the doctor.

use anyhow::Context;
use serde_json::{Value, json};

use super::estate::{DESTINATION, Document, Estate, ROLE, ROLE_POLICY, inside};

pub struct Break {
    pub name: &'static str,
    /// What somebody did, as one would tell it.
    pub story: &'static str,
    /// As docs/doctor.md names it.
    pub cause: &'static str,
    act: fn(&Estate) -> anyhow::Result<()>,
}

pub const BREAKS: &[Break] = &[
    Break {
        name: "destination-key-statement",
        story: "Somebody tidied up the policy of the destination's key.",
        cause: "dst-key-policy-missing-grant",
        act: |estate| estate.edit(&replica_key(estate)?, |all| take_out(all, ours)),
    },
    Break {
        name: "destination-key-context",
        story: "Somebody copied a condition for objects, while the bucket uses a bucket key.",
        cause: "dst-key-policy-condition-mismatch",
        act: |estate| {
            estate.edit(&replica_key(estate)?, |all| {
                let objects = format!("arn:aws:s3:::{DESTINATION}/*");
                find(all, ours)?["Condition"] =
                    json!({"StringLike": {"kms:EncryptionContext:aws:s3:arn": objects}});
                Ok(())
            })
        },
    },
    Break {
        name: "bucket-policy-statement",
        story: "Somebody replaced the policy of the destination bucket.",
        cause: "dst-bucket-policy-missing",
        act: |estate| estate.edit(&bucket_policy(), |all| take_out(all, ours)),
    },
    Break {
        name: "bucket-policy-deny",
        story: "Somebody let writes to the destination bucket through one VPC endpoint only.",
        cause: "dst-bucket-policy-deny",
        act: |estate| {
            estate.edit(&bucket_policy(), |all| {
                all.push(json!({
                    "Sid": "OnlyOurNetwork",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": ["s3:PutObject", "s3:ReplicateObject"],
                    "Resource": format!("arn:aws:s3:::{DESTINATION}/*"),
                    "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0a1b2c3d4e5f60718"}},
                }));
                Ok(())
            })
        },
    },
    Break {
        name: "source-key-decrypt",
        story: "Somebody took kms:Decrypt from the role, and from the policy of the source's key.",
        cause: "role-src-kms-decrypt-missing",
        act: |estate| {
            // In one account either of the two would do.
            estate.edit(&Document::KeyPolicy { key: estate.source_key()? }, |all| take_out(all, ours))?;
            without(estate, "kms:Decrypt")
        },
    },
    Break {
        name: "role-without-replicate",
        story: "Somebody shortened the policy of the role.",
        cause: "role-dst-replicate-missing",
        act: |estate| without(estate, "s3:ReplicateObject"),
    },
    Break {
        name: "role-trust",
        story: "Somebody let another service have the role.",
        cause: "role-trust-wrong-service",
        act: |estate| {
            estate.edit(&Document::TrustPolicy { role: ROLE.to_owned() }, |all| {
                let first = all.first_mut().context("nobody is trusted")?;
                first["Principal"] = json!({"Service": "lambda.amazonaws.com"});
                Ok(())
            })
        },
    },
    Break {
        name: "role-recreated",
        story: "Somebody deleted the role and made it again, with the same policies.",
        cause: "dst-bucket-policy-principal-stale",
        act: recreate_role,
    },
    Break {
        name: "permissions-boundary",
        story: "Somebody gave every role a permissions boundary that knows S3 alone.",
        cause: "role-permissions-boundary",
        act: |estate| {
            let statement = json!({"Sid": "S3Only", "Effect": "Allow", "Action": "s3:*", "Resource": "*"});
            let text = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
            let fields = [("PolicyName", "Boundary"), ("PolicyDocument", text.as_str())];
            let arn = inside(&estate.prod.iam("CreatePolicy", &fields)?, "Arn")?;
            let fields = [("RoleName", ROLE), ("PermissionsBoundary", &arn)];
            estate.prod.iam("PutRolePermissionsBoundary", &fields).map(drop)
        },
    },
    Break {
        name: "replica-key-disabled",
        story: "Somebody disabled a key that nobody seemed to use.",
        cause: "dst-key-state",
        act: |estate| estate.set_key_enabled(&estate.replica_key()?, false),
    },
    Break {
        name: "kms-objects-not-selected",
        story: "Somebody clicked through the rule in the console.",
        cause: "rule-kms-objects-not-selected",
        act: |estate| {
            let xml = estate.replication()?;
            let path = "SourceSelectionCriteria/SseKmsEncryptedObjects/Status";
            estate.put_replication(&super::cure::set_element(&xml, 0, path, "Disabled")?)
        },
    },
];

impl Break {
    pub fn find(name: &str) -> Option<&'static Break> {
        BREAKS.iter().find(|one| one.name == name)
    }

    /// Does it to the link `orders`.
    pub fn act(&self, estate: &Estate) -> anyhow::Result<()> {
        (self.act)(estate).with_context(|| format!("cannot break {}", self.name))
    }
}

fn replica_key(estate: &Estate) -> anyhow::Result<Document> {
    Ok(Document::KeyPolicy { key: estate.replica_key()? })
}

fn bucket_policy() -> Document {
    Document::BucketPolicy { bucket: DESTINATION.to_owned() }
}

fn role_policy() -> Document {
    Document::RolePolicy { role: ROLE.to_owned(), policy: ROLE_POLICY.to_owned() }
}

/// Whether `bucketbridge` made a statement.
fn ours(statement: &Value) -> bool {
    statement["Sid"].as_str().is_some_and(|sid| sid.starts_with("Bucketbridge"))
}

fn take_out(all: &mut Vec<Value>, which: fn(&Value) -> bool) -> anyhow::Result<()> {
    find(all, which)?;
    all.retain(|statement| !which(statement));
    Ok(())
}

fn find(all: &mut [Value], which: fn(&Value) -> bool) -> anyhow::Result<&mut Value> {
    all.iter_mut().find(|statement| which(statement)).context("there is no such statement")
}

/// Takes an action out of the role's policy; a statement without any is not allowed.
fn without(estate: &Estate, action: &str) -> anyhow::Result<()> {
    estate.edit(&role_policy(), |all| {
        for statement in all.iter_mut() {
            match &mut statement["Action"] {
                Value::Array(actions) => actions.retain(|one| one != action),
                Value::String(one) if one == action => statement["Action"] = json!([]),
                _ => {}
            }
        }
        all.retain(|statement| statement["Action"] != json!([]));
        Ok(())
    })
}

fn recreate_role(estate: &Estate) -> anyhow::Result<()> {
    let trust = estate.read(&Document::TrustPolicy { role: ROLE.to_owned() })?.to_string();
    let policy = estate.read(&role_policy())?.to_string();
    estate.prod.iam("DeleteRolePolicy", &[("RoleName", ROLE), ("PolicyName", ROLE_POLICY)])?;
    estate.prod.iam("DeleteRole", &[("RoleName", ROLE)])?;
    estate.prod.iam("CreateRole", &[("RoleName", ROLE), ("AssumeRolePolicyDocument", &trust)])?;
    let fields = [("RoleName", ROLE), ("PolicyName", ROLE_POLICY), ("PolicyDocument", &policy)];
    estate.prod.iam("PutRolePolicy", &fields).map(drop)
}
