//! What whoever runs a command must be allowed in an account: policies with the ARNs of a profile map,
//! generated from the table of operations that every call goes through.
//!
//! Pure: it asks nobody. Where an ARN is known to AWS alone, the policy names what narrows it instead.
//!
//! Deliberately absent: what the replication role is granted. That is [`crate::resource::grant`].

use std::collections::BTreeSet;

use crate::operation::row::{Extra, Task};
use crate::operation::table;
use crate::topology::{AccountName, Topology};

mod assume;
mod condition;
pub mod format;
mod keys;
mod pack;
mod scope;
mod statement;
pub mod trust;

pub use format::Format;
pub use pack::LONGEST;

use scope::Scope;
use statement::Statements;

/// What is to be allowed.
#[derive(Debug, Clone)]
pub struct Request {
    /// In which account.
    pub account: AccountName,
    /// Which commands.
    pub tasks: BTreeSet<Task>,
    /// With which of their options.
    pub extras: BTreeSet<Extra>,
    /// `remove --orphans`, for which any bucket may have been a source or a destination.
    pub orphans: bool,
}

/// A policy that fits into a managed policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// What to call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// As IAM takes it.
    pub document: serde_json::Value,
}

/// The policies that together allow what is asked for; none if that takes no permission.
pub fn policies(topology: &Topology, request: &Request) -> Vec<Policy> {
    let mut statements = Statements::default();
    for row in table::rows().filter(|row| row.tasks.iter().any(|task| request.tasks.contains(task))) {
        let removal = row.tasks.contains(&Task::Remove) && request.tasks.contains(&Task::Remove);
        let scope = Scope { topology, account: &request.account, orphans: removal && request.orphans };
        let asked = |extra: Option<Extra>| extra.is_none_or(|extra| request.extras.contains(&extra));
        for need in row.needs.iter().filter(|need| asked(need.only)) {
            for target in scope.targets(need) {
                statements.add(row.section, need.action, target);
            }
        }
    }
    let documents = pack::documents(statements.named());
    let several = documents.len() > 1;
    let name = |number: usize| match several {
        true => format!("bucketbridge-{}-{}", request.account, number + 1),
        false => format!("bucketbridge-{}", request.account),
    };
    let description = description(topology, request);
    let policy =
        |(number, document)| Policy { name: name(number), description: description.clone(), document };
    documents.into_iter().enumerate().map(policy).collect()
}

/// Whether a policy holds actions of IAM.
pub fn needs_iam(policies: &[Policy]) -> bool {
    let statements = policies.iter().filter_map(|policy| policy.document["Statement"].as_array()).flatten();
    let mut actions = statements.filter_map(|statement| statement["Action"].as_array()).flatten();
    actions.any(|action| action.as_str().is_some_and(|action| action.starts_with("iam:")))
}

fn description(topology: &Topology, request: &Request) -> String {
    let tasks: Vec<&str> = request.tasks.iter().map(|task| task.name()).collect();
    let extras: Vec<&str> = request.extras.iter().map(|extra| extra.name()).collect();
    let orphans = request.orphans.then_some("--orphans");
    let with = match [extras, orphans.into_iter().collect()].concat() {
        none if none.is_empty() => String::new(),
        some => format!(" with {}", some.join(", ")),
    };
    let id = &topology.account(&request.account).id;
    format!("For bucketbridge {}{with} in account {} ({id})", tasks.join(", "), request.account)
}
