//! The accounts that there are credentials for, by their ids.
//!
//! Deliberately absent: signing in.

use std::collections::BTreeMap;

use crate::aws::Account;
use crate::doctor::snapshot::Account as Described;
use crate::doctor::{Read, Unread};

/// By id: two entries of a profile map may reach the same account.
pub struct Accounts<'a>(BTreeMap<&'a str, &'a Account>);

impl<'a> Accounts<'a> {
    /// Of those that were signed in to.
    pub fn of(accounts: impl IntoIterator<Item = &'a Account>) -> Self {
        let mut by_id = BTreeMap::new();
        for account in accounts {
            by_id.entry(account.id().as_str()).or_insert(account);
        }
        Self(by_id)
    }

    /// The account of an id.
    pub fn get(&self, id: &str) -> Option<&'a Account> {
        self.0.get(id).copied()
    }

    /// All of them, the one of this id first.
    pub fn beginning_with(&self, id: Option<&str>) -> Vec<&'a Account> {
        let mut all: Vec<&Account> = self.0.values().copied().collect();
        all.sort_by_key(|account| Some(account.id().as_str()) != id);
        all
    }

    /// As the snapshot has them.
    pub fn described(&self) -> BTreeMap<String, Described> {
        let unasked = |id: &str, operation: &str, action: &str| {
            Read::Unread(Unread {
                account: Some(id.to_owned()),
                operation: Some(operation.to_owned()),
                permission: None,
                why: format!("bucketbridge does not ask, which would take {action}"),
            })
        };
        let described = |(id, account): (&&str, &&Account)| {
            let described = Described {
                caller: Some(account.caller().to_owned()),
                organization: unasked(id, "DescribeOrganization", "organizations:DescribeOrganization"),
                canonical_id: unasked(id, "ListBuckets", "s3:ListAllMyBuckets"),
            };
            ((*id).to_owned(), described)
        };
        self.0.iter().map(described).collect()
    }
}
