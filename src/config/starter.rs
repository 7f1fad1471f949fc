//! The first profile map of somebody who has none: two buckets, one link, and what each line means.
//!
//! Deliberately absent: asking, and everything else that a map can say; `profiles.example.toml` shows it.

use crate::arn::{AccountId, Alias, BucketName, Region};

use super::Draft;

/// What `bucketbridge init` was told.
#[derive(Debug, Clone)]
pub struct Starter {
    /// Where objects come from.
    pub source: End,
    /// Where they go.
    pub destination: End,
    /// What their keys begin with; empty for all.
    pub prefix: String,
}

/// One side of the link.
#[derive(Debug, Clone)]
pub struct End {
    /// A profile of the AWS files.
    pub profile: String,
    /// The account that it reaches.
    pub account: AccountId,
    /// The bucket.
    pub bucket: BucketName,
    /// Where it is, or is to be made.
    pub region: Region,
    /// The alias of its key.
    pub key: Alias,
}

/// The alias that is proposed for the key of a bucket: an alias holds no dots.
pub fn proposed_alias(bucket: &BucketName) -> Option<Alias> {
    format!("alias/{}", bucket.as_str().replace('.', "-")).parse().ok()
}

impl Starter {
    /// The map; `file` is what it will be called.
    pub fn text(&self, file: &str) -> String {
        let mut draft = Draft::default();
        opening(file, &mut draft);
        draft.gap();
        draft.set("version", 1);
        draft.gap();
        let within = self.source.account == self.destination.account;
        draft.say(match within {
            false => "The two accounts, by names of your choice, and how each is reached.",
            true => "The account of both buckets, by a name of your choice, and how it is reached.",
        });
        let ids = "nothing is written unless STS says that this is the account";
        let profiles = "a profile of the AWS files: access keys, SSO, role_arn, ...";
        self.source.write_account("source", Some((ids, profiles)), &mut draft);
        if !within {
            draft.gap();
            self.destination.write_account("destination", None, &mut draft);
        }
        draft.gap();
        draft.say("A bucket and its key in each. What does not exist is made; what exists is adopted.");
        self.source.write_bucket("source", true, &mut draft);
        draft.gap();
        self.destination.write_bucket(if within { "source" } else { "destination" }, false, &mut draft);
        draft.gap();
        draft.say("The link: new objects of the first bucket are replicated to the second, under its key.");
        draft.table(&["links", self.source.bucket.as_str()]);
        draft.set("from", self.source.bucket.as_str());
        draft.set("to", self.destination.bucket.as_str());
        if !self.prefix.is_empty() {
            draft.explain("prefix", &self.prefix, "only objects whose key begins with it");
        }
        draft.text().to_owned()
    }
}

fn opening(file: &str, draft: &mut Draft) {
    let file = if file == "profiles.toml" { String::new() } else { format!(" -f {file}") };
    draft.say("A profile map: which bucket replicates to which, and how their accounts are reached. Next:");
    draft.say("");
    for (command, said) in [
        ("validate", "is the file in order? (offline)"),
        ("accounts", "am I who I think I am, in each account?"),
        ("plan", "what would be made or changed? (reads only)"),
        ("apply", "shows the plan, asks, makes it so, and proves it with a canary object"),
    ] {
        let command = format!("bucketbridge {command}{file}");
        draft.say(&format!("    {command:<24} # {said}"));
    }
    draft.say("");
    draft.say("docs/profile-map.md is the reference; profiles.example.toml shows what else can be said.");
}

impl End {
    fn write_account(&self, name: &str, said: Option<(&str, &str)>, draft: &mut Draft) {
        draft.table(&["accounts", name]);
        match said {
            Some((id, profile)) => {
                draft.explain("id", self.account.as_str(), id);
                draft.explain("profile", &self.profile, profile);
            }
            None => {
                draft.set("id", self.account.as_str());
                draft.set("profile", &self.profile);
            }
        }
    }

    fn write_bucket(&self, account: &str, explained: bool, draft: &mut Draft) {
        draft.table(&["buckets", self.bucket.as_str()]);
        let (region, key) = (self.region.as_str(), self.key.as_str());
        if explained {
            draft.explain("account", account, "the entry above");
            draft.explain("region", region, "where the bucket is, or is to be made");
            draft.explain("key", key, "an alias that does not exist is made, with a new key");
        } else {
            draft.set("account", account);
            draft.set("region", region);
            draft.set("key", key);
        }
    }
}
