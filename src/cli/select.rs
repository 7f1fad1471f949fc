//! `--link` and `--account`: which part of the profile map is meant.

use std::collections::BTreeSet;
use std::fmt::Display;

use crate::topology::{AccountName, Link, LinkName, Topology};

use super::refusal::Refusal;

/// The links that match, with what they need. Without globs the whole map, buckets without a link
/// included.
///
/// # Errors
/// A glob that matches nothing, with the names that there are.
pub fn links(topology: Topology, links: &[String], accounts: &[String]) -> Result<Topology, Refusal> {
    if links.is_empty() && accounts.is_empty() {
        return Ok(topology);
    }
    each_matches("link", links, topology.links.keys())?;
    each_matches("account", accounts, topology.accounts.keys())?;
    let chosen = topology.select(|name: &LinkName, link: &Link| {
        let touches = touched(&topology, link);
        matches(links, name) && (accounts.is_empty() || touches.iter().any(|a| matches(accounts, a)))
    });
    if chosen.links.is_empty() {
        let message = match links.is_empty() {
            true => "no link touches a matching account",
            false => "no link matches both --link and --account",
        };
        let hint = format!("the links are {}", names(topology.links.keys()));
        return Err(Refusal::new(message, hint));
    }
    Ok(chosen)
}

/// The names of the links that match: these alone, without others of the same two buckets.
///
/// # Errors
/// A glob that matches nothing, with the names that there are.
pub fn named(
    topology: &Topology,
    links: &[String],
    accounts: &[String],
) -> Result<BTreeSet<LinkName>, Refusal> {
    let chosen = self::links(topology.clone(), links, accounts)?;
    Ok(chosen.links.into_keys().filter(|name| matches(links, name)).collect())
}

/// The accounts that match, for the command that is about accounts; `--link` chooses those that the
/// links need.
///
/// # Errors
/// A glob that matches nothing, with the names that there are.
pub fn accounts(topology: Topology, links: &[String], accounts: &[String]) -> Result<Topology, Refusal> {
    each_matches("account", accounts, topology.accounts.keys())?;
    let mut chosen = self::links(topology, links, &[])?;
    chosen.accounts.retain(|name, _| matches(accounts, name));
    if chosen.accounts.is_empty() {
        let hint = "leave one of --link and --account out";
        return Err(Refusal::new("the matching links need no matching account", hint));
    }
    Ok(chosen)
}

/// The one account that matches.
///
/// # Errors
/// A glob that matches nothing, or several accounts, with the names that there are.
pub fn account(topology: &Topology, accounts: &[String]) -> Result<AccountName, Refusal> {
    each_matches("account", accounts, topology.accounts.keys())?;
    let found: Vec<&AccountName> = topology.accounts.keys().filter(|name| matches(accounts, name)).collect();
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        several => {
            let hint = format!("choose one with --account: {}", names(several.iter()));
            Err(Refusal::new("this is about one account", hint))
        }
    }
}

/// The accounts of a link's buckets and of their keys.
fn touched<'a>(topology: &'a Topology, link: &Link) -> Vec<&'a AccountName> {
    let buckets = [&link.from, &link.to].into_iter().filter_map(|name| topology.buckets.get(name));
    buckets.flat_map(|b| std::iter::once(&b.account).chain(b.keys().map(|k| &k.account))).collect()
}

/// No globs match everything.
fn matches(globs: &[String], name: impl Display) -> bool {
    let name = name.to_string();
    globs.is_empty() || globs.iter().any(|glob| glob_match::glob_match(glob, &name))
}

fn each_matches<N: Display>(
    what: &str,
    globs: &[String],
    all: impl Iterator<Item = N> + Clone,
) -> Result<(), Refusal> {
    for glob in globs {
        if !all.clone().any(|name| matches(std::slice::from_ref(glob), name)) {
            let hint = match all.clone().next() {
                Some(_) => format!("the {what}s are {}", names(all)),
                None => format!("the profile map has no {what}s"),
            };
            return Err(Refusal::new(format!("no {what} matches `{glob}`"), hint));
        }
    }
    Ok(())
}

fn names<N: Display>(all: impl Iterator<Item = N>) -> String {
    all.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAP: &str = r#"
version = 1
[accounts.prod]
id = "111111111111"
[accounts.backup]
id = "222222222222"
[accounts.keys]
id = "333333333333"
[accounts.idle]
id = "444444444444"
[buckets.orders-prod]
account = "prod"
region = "us-east-1"
key = "alias/orders-prod"
[buckets.orders-backup]
account = "backup"
region = "us-east-1"
key = "arn:aws:kms:us-east-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
[buckets.logs-backup]
account = "backup"
region = "us-east-1"
key = "alias/logs"
[links.orders]
from = "orders-prod"
to = "orders-backup"
[links.logs]
from = "orders-prod"
to = "logs-backup"
"#;

    fn map() -> Topology {
        crate::config::parse(std::path::Path::new("profiles.toml"), MAP).expect("a profile map")
    }

    fn globs(globs: &[&str]) -> Vec<String> {
        globs.iter().map(|g| (*g).to_owned()).collect()
    }

    fn chosen(by_link: &[&str], by_account: &[&str]) -> Result<String, Refusal> {
        let chosen = links(map(), &globs(by_link), &globs(by_account))?;
        Ok(chosen.links.keys().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn links_are_chosen_by_name_and_by_account() {
        assert_eq!(chosen(&[], &[]), Ok("logs orders".into()));
        assert_eq!(chosen(&["ord*"], &[]), Ok("orders".into()));
        assert_eq!(chosen(&["ord*", "l?gs"], &[]), Ok("logs orders".into()));
        assert_eq!(chosen(&[], &["prod"]), Ok("logs orders".into()));
        assert_eq!(chosen(&[], &["keys"]), Ok("orders".into()), "its key is there");
    }

    #[test]
    fn a_glob_that_matches_nothing_names_what_there_is() {
        let refused = |l: &[&str], a: &[&str]| chosen(l, a).expect_err("refused");
        let order = refused(&["ordre"], &[]);
        assert_eq!(order.message, "no link matches `ordre`");
        assert_eq!(order.hint, "the links are `logs`, `orders`");
        assert_eq!(refused(&["orders", "x*"], &[]).message, "no link matches `x*`");
        assert_eq!(refused(&[], &["q"]).message, "no account matches `q`");
        assert_eq!(refused(&[], &["idle"]).message, "no link touches a matching account");
        assert_eq!(refused(&["logs"], &["keys"]).message, "no link matches both --link and --account");
    }

    #[test]
    fn accounts_need_no_link() {
        let chosen = |l: &[&str], a: &[&str]| {
            let chosen = accounts(map(), &globs(l), &globs(a))?;
            Ok(chosen.accounts.keys().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(chosen(&[], &[]), Ok("backup idle keys prod".into()));
        assert_eq!(chosen(&[], &["idle"]), Ok("idle".into()));
        assert_eq!(chosen(&["logs"], &[]), Ok("backup prod".into()));
        assert!(matches!(chosen(&["logs"], &["idle"]), Err(Refusal { .. })));
    }
}
