//! A script of AWS CLI commands that makes what a blueprint holds: it looks first, stops before the first
//! write if something is there already with other content, and writes the rules last.
//!
//! It needs bash and AWS's CLI, nothing else; so it can compare whole documents and look for names in them,
//! and never merges. Deliberately absent: changing what others wrote.

mod look;
mod make;
mod word;

use std::collections::BTreeMap;

use crate::topology::{AccountName, Credentials};

use super::File;
use super::blueprint::{Account, Blueprint, Care, Key};
use super::call::Call;
use super::document::Document;
use super::identifier::identifiers;
use super::json::reached_by;
use word::{Printers, quoted};

const PRELUDE: &str = include_str!("prelude.sh");

const HEAD: &str = "#!/usr/bin/env bash
#
# Sets up S3 replication of KMS-encrypted objects, as `bucketbridge apply` would in accounts in which
# nothing of it is there. Rendered by `bucketbridge render --format cli`; needs AWS's CLI (1.44.6 will do;
# one that does not know `Tags` in `--create-bucket-configuration` is too old).
#
# It looks first, and stops before the first write if something of others is there already. Of buckets that
# have the tag and of rules that have the id of the profile map it puts back what the map says, as apply does.
# Then everything is made, granted afterwards, and the rules are written last, because S3 does not try an
# object again whose replication was refused. It can be run again.
set -euo pipefail
export AWS_PAGER=\"\"

";

/// The script.
pub fn script(blueprint: &Blueprint) -> File {
    let calls = blueprint.calls();
    let mut documents: BTreeMap<String, Document> =
        calls.iter().flat_map(Call::documents).map(|d| (d.path.clone(), d.clone())).collect();
    // What is compared with what is found is whole.
    for key in &blueprint.keys {
        documents.extend(default_policy(blueprint, key).map(|d| (d.path.clone(), d)));
        documents.extend(whole_policy(blueprint, key).map(|d| (d.path.clone(), d)));
    }
    let stem = |path: &str| format!("document_{}", path.trim_end_matches(".json"));
    let printers = Printers(identifiers(documents.keys().map(|path| (path.clone(), stem(path)))));

    let mut text = HEAD.to_owned() + PRELUDE;
    text +=
        "\n# --- Accounts: a profile of AWS's CLI for each; PROFILE_… in the environment names another ---\n";
    for (name, account) in &blueprint.accounts {
        text += &access(name, account);
    }
    text += "\n# --- Documents ---\n";
    for document in documents.values() {
        text += &format!("\n{}", printers.function(blueprint, document));
    }
    text += &look::section(blueprint, &printers);
    text += &make::section(blueprint, &printers);
    File { path: "setup.sh".to_owned(), text }
}

/// How an account is reached, and whether it is that account.
fn access(name: &AccountName, account: &Account) -> String {
    let Account { id, identifier, credentials, .. } = account;
    let (profile, how) = match credentials {
        Credentials::Default | Credentials::Remote { .. } => (String::new(), String::new()),
        Credentials::Profile(profile) => (quoted(profile), String::new()),
        Credentials::Roles { .. } => (
            quoted(&name.to_string()),
            "# It is reached by assuming a role: make a profile with `role_arn` and `source_profile`.\n"
                .to_owned(),
        ),
    };
    format!(
        "\n# Account {name} ({id}); in the profile map: {}.\n{how}profile_{identifier}=${{PROFILE_{identifier}-{profile}}}\n\
         in_{identifier}() {{ aws ${{profile_{identifier}:+--profile \"$profile_{identifier}\"}} --region \"$@\"; }}\n",
        reached_by(account)
    )
}

/// What KMS gives a key that is made: a key that has it says nothing of others.
fn default_policy(blueprint: &Blueprint, key: &Key) -> Option<Document> {
    let own = blueprint.key_policy(key).filter(|_| key.care != Care::Leave)?;
    Some(Document {
        path: own.path.replacen("/key-policy-", "/default-key-policy-", 1),
        value: key.default_policy.clone(),
    })
}

/// The policy of a key that has the default one now.
fn whole_policy(blueprint: &Blueprint, key: &Key) -> Option<Document> {
    let own = blueprint.key_policy(key).filter(|_| key.care != Care::Leave)?;
    Some(Document { value: key.policy.clone()?, ..own })
}
