//! `remove`: what others had is as it was, what there was not is gone, and what stays replicates.

mod command;
mod crash;
mod keys;
mod links;
mod orphans;
mod others;
mod stops;
mod whole;

use serde_json::Value;

use crate::world::{Ran, TWO, World};

impl World {
    /// `remove --yes -o json`, with more arguments.
    pub fn remove(&self, more: &[&str]) -> Ran {
        let mut args = vec!["remove", "--yes", "-o", "json"];
        args.extend(more);
        self.run(&args)
    }
}

/// A link's entry.
fn link(name: &str, from: &str, to: &str, more: &str) -> String {
    format!("\n[links.{name}]\nfrom = \"{from}\"\nto = \"{to}\"\n{more}\n")
}

/// A bucket's entry.
fn bucket(name: &str, account: &str, region: &str) -> String {
    format!("\n[buckets.{name}]\naccount = \"{account}\"\nregion = \"{region}\"\nkey = \"alias/{name}\"\n")
}

/// [`TWO`] with a second destination, and a link to each.
fn two_destinations() -> String {
    let links =
        link("orders", "orders-prod", "orders-backup", "") + &link("copies", "orders-prod", "copies", "");
    TWO.to_owned() + &bucket("copies", "backup", "us-east-1") + &links
}

/// What is planned: `account kind name` to action.
#[track_caller]
fn actions(ran: &Ran) -> std::collections::BTreeMap<String, String> {
    let json = ran.json();
    let text = |change: &Value, key: &str| change[key].as_str().unwrap_or_default().to_owned();
    let all = json["changes"].as_array().expect("changes").iter();
    all.map(|c| {
        (format!("{} {} {}", text(c, "account"), text(c, "kind"), text(c, "name")), text(c, "action"))
    })
    .collect()
}
