//! The table of operations, by the part of the program that calls them.
//!
//! IAM's action is often not the API's operation. Checked against AWS's tables of
//! [S3](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html),
//! [KMS](https://docs.aws.amazon.com/service-authorization/latest/reference/list_awskeymanagementservice.html),
//! [IAM](https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html)
//! and [STS](https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html).
//!
//! Deliberately absent: what the words of a row mean. That is [`super::row`].

use super::Operation;
use super::row::{Need, On, Row, Section, Task};

mod canary;
mod doctor;
mod read;
mod removal;
mod sign_in;
mod write;

/// Every row, in the order of the sections.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    let sections =
        [sign_in::SIGN_IN, read::READ, write::WRITE, canary::CANARY, doctor::DOCTOR, removal::REMOVAL];
    sections.into_iter().flatten()
}

const ALWAYS: &[Task] = &Task::ALL;
// A check reads everything, too, for what it says of a link that fails, and goes on without.
const PLANNING: &[Task] = &[Task::Plan, Task::Apply];
const PLANNING_OR_REMOVAL: &[Task] = &[Task::Plan, Task::Apply, Task::Remove];
const READING: &[Task] = &[Task::Plan, Task::Apply, Task::Check];
const READING_OR_REMOVAL: &[Task] = &[Task::Plan, Task::Apply, Task::Check, Task::Remove];
const WRITING: &[Task] = &[Task::Apply];
const WRITING_OR_REMOVAL: &[Task] = &[Task::Apply, Task::Remove];
const PROVING: &[Task] = &[Task::Apply, Task::Check];
const EXPLAINING: &[Task] = &[Task::Doctor];
const JUDGING: &[Task] = &[Task::Apply, Task::Doctor];
const REMOVING: &[Task] = &[Task::Remove];

const fn row(
    operation: Operation,
    section: Section,
    tasks: &'static [Task],
    needs: &'static [Need],
    when: &'static str,
) -> Row {
    Row { operation, section, tasks, needs, when }
}

const fn need(action: &'static str, on: On) -> Need {
    Need::new(action, on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_a_row_in_a_section_of_its_own() {
        for operation in Operation::ALL {
            let sections: Vec<Section> = operation.rows().map(|row| row.section).collect();
            assert!(!sections.is_empty(), "{operation}");
            assert!(sections.windows(2).all(|pair| pair[0] < pair[1]), "{operation}: {sections:?}");
        }
    }
}
