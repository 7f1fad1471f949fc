//! The accounts, buckets and values that a case stands on.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bucketbridge_sandbox::{Options, Sandbox};
use serde_json::Value;

use crate::bench::{Clients, admin, start};

/// A bucket, its account and that account's administrator.
pub struct Place {
    pub clients: Clients,
    pub bucket: String,
    pub account: String,
    pub region: String,
}

pub struct Lot<'a> {
    pub sandbox: &'a Sandbox,
    /// The estate with its placeholders filled in.
    pub estate: Value,
    pub source: Place,
    pub destination: Place,
    pub values: BTreeMap<String, String>,
}

impl Lot<'_> {
    pub fn value(&self, placeholder: &str) -> Option<String> {
        self.values.get(placeholder).cloned()
    }
}

/// Accounts are all that the case speaks of.
pub fn open(raw: &Value) -> Sandbox {
    let text = raw.to_string();
    let mut accounts: BTreeSet<String> = BTreeSet::new();
    for word in text.split(|c: char| !c.is_ascii_digit()) {
        if word.len() == 12 {
            accounts.insert(word.to_owned());
        }
    }
    let organization = &raw["organization"];
    let organizations = [("source", "source_org"), ("destination", "destination_org")]
        .iter()
        .filter_map(|(side, field)| {
            let id = organization[*field].as_str()?.replace("${ORG_ID}", ORGANIZATION);
            Some((raw[*side]["account"].as_str()?.to_owned(), id))
        })
        .collect();
    start(Options {
        accounts: accounts.iter().map(|id| (id.clone(), id.clone())).collect(),
        organizations,
        replication_delay: Duration::from_millis(1),
        ..Options::default()
    })
}

const ORGANIZATION: &str = "o-casesorg01";

pub fn constants(raw: &Value) -> BTreeMap<String, String> {
    let of = |side: &str, field: &str| raw[side][field].as_str().unwrap_or_default().to_owned();
    let path = raw["role"]["path"].as_str().unwrap_or("/").to_owned();
    let role = format!("arn:aws:iam::{}:role{path}{}", of("role", "account"), of("role", "name"));
    [
        ("SRC_ACCOUNT", of("source", "account")),
        ("DST_ACCOUNT", of("destination", "account")),
        ("SRC_BUCKET", of("source", "bucket")),
        ("DST_BUCKET", of("destination", "bucket")),
        ("SRC_REGION", of("source", "region")),
        ("DST_REGION", of("destination", "region")),
        ("ROLE_ARN", role),
        ("ROLE_NAME", of("role", "name")),
        ("OTHER_BUCKET", "quite-another-bucket".to_owned()),
        ("ORG_ID", ORGANIZATION.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

pub fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    let fill_once = |text: String| {
        values.iter().fold(text, |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
    };
    // A value may hold a placeholder itself.
    fill_once(fill_once(text.to_owned()))
}

pub async fn place(sandbox: &Sandbox, side: &Value) -> Place {
    let account = side["account"].as_str().expect("an account").to_owned();
    let region = side["region"].as_str().expect("a Region").to_owned();
    let bucket = side["bucket"].as_str().expect("a bucket").to_owned();
    Place { clients: admin(sandbox, &account, &region).await, bucket, account, region }
}
