//! Accounts of a report, and things put under the account that they are in.

use serde::Serialize;

use crate::arn::AccountId;
use crate::topology::{AccountName, Topology};

/// An account that the report speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The entry of the profile map.
    pub name: AccountName,
    /// Its id, as the map has it.
    pub id: AccountId,
}

/// All accounts of the topology.
pub fn accounts(topology: &Topology) -> Vec<Account> {
    topology.accounts.iter().map(|(name, a)| Account { name: name.clone(), id: a.id.clone() }).collect()
}

/// `account backup (222222222222)`.
pub fn title(accounts: &[Account], name: &AccountName) -> String {
    match accounts.iter().find(|a| a.name == *name) {
        Some(account) => format!("account {name} ({})", account.id),
        None => format!("account {name}"),
    }
}

/// Groups by account; accounts in the order in which they first appear, things in their own order.
pub fn by_account<'a, T>(
    things: &'a [T],
    account: impl Fn(&'a T) -> &'a AccountName,
) -> Vec<(&'a AccountName, Vec<&'a T>)> {
    let mut groups: Vec<(&AccountName, Vec<&T>)> = Vec::new();
    for thing in things {
        let name = account(thing);
        match groups.iter_mut().find(|(n, _)| *n == name) {
            Some((_, group)) => group.push(thing),
            None => groups.push((name, vec![thing])),
        }
    }
    groups
}
