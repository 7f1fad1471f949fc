//! The part of the script that writes, in the order in which one thing needs another.
//!
//! Deliberately absent: looking. What is written here was found to be absent, or ours.

use crate::render::blueprint::{Blueprint, Care, Key};
use crate::render::call::Call;

use super::look::decision;
use super::whole_policy;
use super::word::{Printers, quoted, within};

/// All of it.
pub fn section(blueprint: &Blueprint, printers: &Printers) -> String {
    let make = Make { blueprint, printers };
    let mut out = "\n# --- Make: keys, roles, buckets ---\n".to_owned();
    for key in &blueprint.keys {
        out += &make.key(key);
    }
    for role in &blueprint.roles {
        let call = blueprint.making_of_role(role);
        out +=
            &make.decided(&decision("role", &role.identifier), &[call], &format!("role {}", role.arn.name));
    }
    for bucket in &blueprint.buckets {
        let (mut first, mut rest) = (Vec::new(), blueprint.making_of_bucket(bucket));
        if bucket.care == Care::Make {
            first.extend(rest.drain(..1));
        }
        out += &make.decided(
            &decision("bucket", &bucket.identifier),
            &first,
            &format!("bucket {}", bucket.name),
        );
        rest.retain(|call| call.care != Care::Leave);
        out += &make.plainly(&rest, &format!("settings of bucket {}", bucket.name));
    }
    out += "\n# --- Grant ---\n";
    for role in &blueprint.roles {
        out +=
            &make.plainly(&[blueprint.granting_to_role(role)], &format!("policy of role {}", role.arn.name));
    }
    for key in &blueprint.keys {
        out += &make.key_policy(key);
    }
    for bucket in &blueprint.buckets {
        let call = blueprint.granting_on_bucket(bucket).filter(|call| call.care != Care::Leave);
        let variable = decision("bucket_policy", &bucket.identifier);
        out += &make.decided(&variable, call.as_slice(), &format!("policy of bucket {}", bucket.name));
    }
    out += "\n# --- Replicate ---\n\nif [ \"$lacking\" -gt 0 ]; then\n  \
            say \"stopped before the rules: run the script again when what is lacking is there\"\n  exit 1\nfi\n";
    for bucket in &blueprint.buckets {
        let call = blueprint.replicating(bucket).filter(|call| call.care != Care::Leave);
        let variable = decision("replication", &bucket.identifier);
        out += &make.decided(&variable, call.as_slice(), &format!("rules of bucket {}", bucket.name));
    }
    out + "\nsay \"done; 'bucketbridge check' proves it\"\n"
}

struct Make<'a> {
    blueprint: &'a Blueprint,
    printers: &'a Printers,
}

impl Make<'_> {
    fn command(&self, call: &Call<'_>, indent: &str) -> String {
        self.printers.command(self.blueprint, call, indent)
    }

    fn plainly(&self, calls: &[Call<'_>], what: &str) -> String {
        if calls.is_empty() {
            return String::new();
        }
        let commands = calls.iter().map(|call| format!("patiently {}\n", self.command(call, "")));
        format!("\n{}say {}\n", commands.collect::<String>(), quoted(&format!("written: {what}")))
    }

    /// Only where that was decided.
    fn decided(&self, variable: &str, calls: &[Call<'_>], what: &str) -> String {
        if calls.is_empty() {
            return String::new();
        }
        let commands = calls.iter().map(|call| format!("  patiently {}\n", self.command(call, "  ")));
        format!(
            "\nif [ \"${variable}\" = yes ]; then\n{}  say {}\nfi\n",
            commands.collect::<String>(),
            quoted(&format!("written: {what}"))
        )
    }

    /// `CreateKey` is not repeated: each one that gets through makes another key.
    fn key(&self, key: &Key) -> String {
        let calls = self.blueprint.making_of_key(key);
        let Some((first, rest)) = calls.split_first() else { return String::new() };
        let what = format!("key {}", key.id);
        if key.care == Care::Leave {
            return String::new();
        }
        if key.care == Care::Add {
            return self.plainly(&calls, &format!("rotation of {what}"));
        }
        let variable = &key.variable;
        let answer = if key.primary.is_some() { "ReplicaKeyMetadata" } else { "KeyMetadata" };
        let make = self.command(first, "    ");
        let here = within(&self.blueprint.accounts[&key.id.account], key.id.region.as_str());
        let wait = match key.primary {
            Some(_) => format!("  usable {here} kms describe-key --key-id \"${variable}\"\n"),
            None => String::new(),
        };
        let rest = rest.iter().map(|call| format!("  patiently {}\n", self.command(call, "  ")));
        format!(
            "\nif [ -z \"${variable}\" ]; then\n  {variable}=$(\n    {make} \\\n      --query {answer}.Arn --output text\n  )\n\
             {wait}{}  say {}\nfi\n",
            rest.collect::<String>(),
            quoted(&format!("written: {what}"))
        )
    }

    fn key_policy(&self, key: &Key) -> String {
        let Some(call) = self.blueprint.granting_on_key(key) else { return String::new() };
        let what = format!("policy of key {}", key.id);
        match key.care {
            Care::Make => self.plainly(&[call], &what),
            Care::Add if whole_policy(self.blueprint, key).is_some() => {
                self.decided(&decision("key_policy", &key.variable), &[call], &what)
            }
            Care::Add | Care::Leave => String::new(),
        }
    }
}
