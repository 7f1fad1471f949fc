//! The part of the script that looks: who is signed in, and what is there already.
//!
//! Deliberately absent: any call that writes.

use serde_json::Value;

use crate::arn::Region;
use crate::iam::sid;
use crate::render::blueprint::{Blueprint, Bucket, Care, Key, Role};
use crate::topology::{KeyName, TAG};

use super::word::{Printers, quoted, within};
use super::{default_policy, whole_policy};

/// All of it.
pub fn section(blueprint: &Blueprint, printers: &Printers) -> String {
    let look = Look { blueprint, printers };
    let mut out = "\n# --- Look: is each account the one it should be, and is something there already? ---\n"
        .to_owned();
    for (name, account) in &blueprint.accounts {
        // Any Region of the partition answers.
        let region = account.partition.home_region();
        out += &format!(
            "\nfound=$({} sts get-caller-identity --query Account --output text)\n\
             if [ \"$found\" != {id} ]; then\n  problem {} \"PROFILE_{} says which profile is taken\"\nfi\n",
            within(account, region.as_str()),
            quoted(&format!("the profile for account {name} is not of {}", account.id)),
            account.identifier,
            id = account.id,
        );
    }
    out += "\nif [ \"$problems\" -gt 0 ]; then\n  say \"stopped: nothing was changed\"\n  exit 1\nfi\n";
    blueprint.keys.iter().for_each(|key| out += &look.key(key));
    blueprint.roles.iter().for_each(|role| out += &look.role(role));
    blueprint.buckets.iter().for_each(|bucket| out += &look.bucket(bucket));
    out += "\nif [ \"$problems\" -gt 0 ]; then\n  say \"stopped: nothing was changed\"\n  exit 1\nfi\n";
    out
}

/// The shell variable that says whether something is written.
pub fn decision(what: &str, identifier: &str) -> String {
    format!("write_{what}_{identifier}")
}

struct Look<'a> {
    blueprint: &'a Blueprint,
    printers: &'a Printers,
}

impl Look<'_> {
    fn within(&self, account: &crate::topology::AccountName, region: &Region) -> String {
        within(&self.blueprint.accounts[account], region.as_str())
    }

    fn key(&self, key: &Key) -> String {
        let here = self.within(&key.id.account, &key.id.region);
        let variable = &key.variable;
        let what = format!("key {} in account {}", key.id, key.id.account);
        let name = match (&key.arn, &key.id.name) {
            (Some(arn), _) => arn.to_string(),
            (None, KeyName::Alias(alias)) => alias.to_string(),
            (None, KeyName::Existing(arn)) => arn.to_string(),
            (None, KeyName::Told { .. }) => key.id.name.to_string(),
        };
        let mut out = format!(
            "\n# {what}\n{variable}=$(ask NotFoundException {here} kms describe-key --key-id {} \\\n  \
             --query KeyMetadata.Arn --output text)\n",
            quoted(&name)
        );
        if key.care != Care::Make {
            out += &format!(
                "if [ -z \"${variable}\" ]; then\n  problem {} \"have it made, or correct its name in the profile map\"\nfi\n",
                quoted(&format!("there is no {what}"))
            );
        }
        let Some(document) = self.blueprint.key_policy(key) else { return out };
        let read = format!("{here} kms get-key-policy --key-id \"${variable}\" --policy-name default");
        let read = format!("  found=$({read} \\\n    --query Policy --output text)\n");
        let what = quoted(&format!("the policy of {what}"));
        let default = default_policy(self.blueprint, key).map(|d| self.printers.word(&d)).unwrap_or_default();
        let holds = format!("holds_or_lack {what} \"$found\" {}", sids(&key.statements));
        let compare = match key.care {
            Care::Make => {
                format!("  same_or_problem {what} \"$found\" {} {default}\n", self.printers.word(&document))
            }
            Care::Add => format!(
                "  if same \"$found\" {default}; then {}=yes; else {holds}; fi\n",
                decision("key_policy", variable)
            ),
            Care::Leave => format!("  {holds}\n"),
        };
        if key.care == Care::Add && whole_policy(self.blueprint, key).is_some() {
            out += &format!("{}=no\n", decision("key_policy", variable));
        }
        out + &format!("if [ -n \"${variable}\" ]; then\n{read}{compare}fi\n")
    }

    fn role(&self, role: &Role) -> String {
        let here = self.within(&role.account, &role.region);
        let name = quoted(&role.arn.name);
        let variable = decision("role", &role.identifier);
        let get = format!("{here} iam get-role --role-name {name}");
        let what = |what: &str| quoted(&format!("{what}role {} in account {}", role.arn.name, role.account));
        let trust = self.printers.word(&self.blueprint.trust_policy(role));
        let policy = self.printers.word(&self.blueprint.role_policy(role));
        let boundary = role.boundary.as_ref().map(|arn| {
            format!(
                "  found=$({get} --query Role.PermissionsBoundary.PermissionsBoundaryArn --output text)\n  \
                 same_or_problem {} \"$found\" {}\n",
                what("the permissions boundary of "),
                quoted(arn)
            )
        });
        format!(
            "\n# role {plain} in account {account}\n{variable}=no\n\
             found=$(ask NoSuchEntity {get} --query Role.Arn --output text)\n\
             if [ -z \"$found\" ]; then\n  {variable}=yes\nelse\n  same_or_problem {path} \"$found\" {arn}\n  \
             found=$({get} --query Role.AssumeRolePolicyDocument --output json)\n  \
             same_or_problem {of_trust} \"$found\" {trust}\n{boundary}  \
             found=$(ask NoSuchEntity {here} iam get-role-policy --role-name {name} \\\n    \
             --policy-name {policy_name} --query PolicyDocument --output json)\n  \
             same_or_problem {of_policy} \"$found\" {policy}\nfi\n",
            plain = role.arn.name,
            account = role.account,
            path = what("the ARN of "),
            arn = quoted(&role.arn.to_string()),
            of_trust = what("the trust policy of "),
            boundary = boundary.unwrap_or_default(),
            policy_name = quoted(&role.policy_name),
            of_policy = what("the inline policy of "),
        )
    }

    fn bucket(&self, bucket: &Bucket) -> String {
        let what = format!("bucket {} in account {}", bucket.name, bucket.account);
        let variable = decision("bucket", &bucket.identifier);
        let versioning = self.call(bucket, "get-bucket-versioning");
        let mut out = format!("\n# {what}\n");
        let absent = match bucket.care {
            Care::Make => {
                out += &format!("{variable}=no\n");
                format!("{variable}=yes")
            }
            Care::Add | Care::Leave => format!(
                "problem {} \"have it made, or correct its name in the profile map\"",
                quoted(&format!("there is no {what}"))
            ),
        };
        let mut there = match bucket.care {
            Care::Make => format!(
                "  found=$(ask NoSuchTagSet {} \\\n    --query \"TagSet[?Key=='{TAG}'].Value\" --output text)\n  \
                 if [ -z \"$found\" ]; then\n    problem {} \\\n      \"say 'create = false' in its entry, or adopt it with 'bucketbridge apply'\"\n  fi\n",
                self.call(bucket, "get-bucket-tagging"),
                quoted(&format!("{what} is there already, without the tag {TAG}"))
            ),
            Care::Add => String::new(),
            Care::Leave => format!(
                "  if [ \"$found\" != Enabled ]; then\n    lack {} \"have it turned on by whoever manages it\"\n  fi\n",
                quoted(&format!("versioning of {what} is not on"))
            ),
        };
        for (decision, looked) in
            [self.bucket_policy(bucket, &what), self.rules(bucket, &what)].into_iter().flatten()
        {
            // Others' are not written.
            if bucket.care != Care::Leave {
                out += &format!("{decision}=yes\n");
            }
            there += &looked;
        }
        if !there.is_empty() {
            there.insert_str(0, "else\n");
        }
        out + &format!(
            "found=$(ask NoSuchBucket {versioning} --query Status --output text)\n\
             if [ -z \"$found\" ]; then\n  {absent}\n{there}fi\n"
        )
    }

    fn call(&self, bucket: &Bucket, operation: &str) -> String {
        let here = self.within(&bucket.account, &bucket.region);
        let owner = &self.blueprint.accounts[&bucket.account].id;
        format!("{here} s3api {operation} --bucket {} \\\n    --expected-bucket-owner {owner}", bucket.name)
    }

    /// The variable that says whether it is written, and how that is found out where the bucket is there.
    fn bucket_policy(&self, bucket: &Bucket, what: &str) -> Option<(String, String)> {
        let document = self.blueprint.bucket_policy(bucket)?;
        let variable = decision("bucket_policy", &bucket.identifier);
        let ask = format!(
            "  found=$(ask NoSuchBucketPolicy {} --query Policy --output text)\n",
            self.call(bucket, "get-bucket-policy")
        );
        let statements = document.value["Statement"].as_array().cloned().unwrap_or_default();
        let what = quoted(&format!("the policy of {what}"));
        let wanted = self.printers.word(&document);
        Some((variable.clone(), ask + &compared(bucket.care, &what, &variable, &wanted, &sids(&statements))))
    }

    /// Likewise. Of a configuration the ids of its rules are compared, whatever their fields are.
    fn rules(&self, bucket: &Bucket, what: &str) -> Option<(String, String)> {
        let document = self.blueprint.replication(bucket)?;
        let variable = decision("replication", &bucket.identifier);
        let ask = format!(
            "  found=$(ask ReplicationConfigurationNotFoundError {} \\\n    \
             --query 'ReplicationConfiguration.Rules[].ID' --output json)\n",
            self.call(bucket, "get-bucket-replication")
        );
        let rules = document.value["Rules"].as_array().cloned().unwrap_or_default();
        let ids: Vec<&str> = rules.iter().filter_map(|rule| rule["ID"].as_str()).collect();
        let names = ids.join(" ");
        let what = quoted(&format!("the replication configuration of {what}"));
        let wanted = quoted(&Value::from(ids).to_string());
        Some((variable.clone(), ask + &compared(bucket.care, &what, &variable, &wanted, &names)))
    }
}

/// What was found of a document, beside what is wanted of it.
fn compared(care: Care, what: &str, variable: &str, wanted: &str, names: &str) -> String {
    match care {
        Care::Make => format!("  same_or_problem {what} \"$found\" {wanted}\n"),
        Care::Add => format!(
            "  if [ -n \"$found\" ]; then\n    {variable}=no\n    holds_or_lack {what} \"$found\" {names}\n  fi\n"
        ),
        Care::Leave => format!("  holds_or_lack {what} \"$found\" {names}\n"),
    }
}

/// The Sids, as words.
fn sids(statements: &[Value]) -> String {
    statements.iter().filter_map(sid).map(quoted).collect::<Vec<_>>().join(" ")
}
