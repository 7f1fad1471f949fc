//! Nothing in a policy is idle: without any one of its actions the command fails there, or says what it could
//! not do, and names the action.

use std::collections::BTreeSet;

use crate::crash::say;
use crate::each::each;
use crate::world::Ran;

use super::ACCOUNTS;
use super::scenarios::{SNAPSHOT, Scenario, TASKS, Task};

/// Actions that no scenario can show the need of, and why.
const UNSEEN: [(&str, &str); 1] =
    [("iam:CreateServiceLinkedRole", "the sandbox has no service-linked roles")];

/// What becomes of a command without an action.
#[derive(Debug, PartialEq, Eq)]
enum Without {
    /// It ends otherwise than with it.
    Fails,
    /// It ends as with it, and names the action.
    SaysSo,
    /// Nobody can tell.
    Unseen,
}

#[test]
fn without_any_one_action_it_is_named() {
    let mut cases: Vec<(&Task, &str, String)> = Vec::new();
    for task in TASKS {
        for account in ACCOUNTS {
            let all = task.scenarios.iter().filter(|s| is_about(s, account));
            let all = all.flat_map(|s| s.actions(task.asked, account));
            let all: BTreeSet<String> = all.collect();
            cases.extend(all.into_iter().map(|action| (task, account, action)));
        }
    }
    let name = |(task, account, action): &(&Task, &str, String)| {
        format!("{:?} in {account} without {action}", task.asked)
    };
    // More at once than there are cores: much of it is waiting.
    let found = each(&cases, 8, name, |(task, account, action)| without(task, account, action));
    let count = |what: Without| found.iter().filter(|found| **found == what).count();
    let actions: BTreeSet<&str> = cases.iter().map(|(_, _, action)| action.as_str()).collect();
    say(&format!(
        "{} actions, taken away {} times: {} failed there, {} said so and went on, {} not to be seen here",
        actions.len(),
        cases.len(),
        count(Without::Fails),
        count(Without::SaysSo),
        count(Without::Unseen)
    ));
    assert!(actions.len() > 60, "{}", actions.len());
}

/// A third account matters for its keys; as a destination it is what the second one is.
fn is_about(scenario: &Scenario, account: &str) -> bool {
    account != "archive" || !scenario.has_buckets_in(account)
}

fn without(task: &Task, account: &str, action: &str) -> Without {
    let mut others = String::new();
    for scenario in task.scenarios.iter().filter(|scenario| is_about(scenario, account)) {
        let Some((world, ran)) = scenario.run(task.asked, Some((account, action))) else { continue };
        let snapshot = std::fs::read_to_string(world.path().join(SNAPSHOT)).unwrap_or_default();
        let fails = ran.code != Some(scenario.code);
        match (names(&ran, &snapshot, action), fails) {
            (true, true) => return Without::Fails,
            (true, false) => return Without::SaysSo,
            (false, true) => panic!("{} ends otherwise, and it is not named:\n{ran:#?}", scenario.name),
            (false, false) => others.push_str(&format!("\n{}: {}{}", scenario.name, ran.stdout, ran.stderr)),
        }
    }
    if let Some((_, why)) = UNSEEN.iter().find(|(unseen, _)| *unseen == action) {
        say(&format!("{action} in account {account}: {why}"));
        return Without::Unseen;
    }
    panic!("no scenario needs it:{others}")
}

/// Whether the action itself is named, not only among those that a call may take.
fn names(ran: &Ran, snapshot: &str, action: &str) -> bool {
    let text = format!("{}{}{snapshot}", ran.stdout, ran.stderr);
    // AWS has no words for a refused HEAD.
    let head = text.split("HTTP status 403; HeadObject takes ").skip(1);
    let mut head = head.map(|rest| rest.split(['"', '\n']).next().unwrap_or_default());
    text.contains(&format!("perform: {action} on"))
        || text.contains(&format!("{action} on arn:"))
        || text.contains(&format!("{action} on *"))
        || text.contains(&format!("({action})"))
        || head.any(|takes| takes.contains(action))
}
