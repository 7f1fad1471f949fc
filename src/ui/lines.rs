//! One event, one line: for logs and pipes, and on terminals with `-v`.

use std::time::Duration;

use crate::apply::outcome::Outcome;
use crate::event::Event;
use crate::report::count::plural;

/// The line; `None` for events that are only of interest with `-v`, or to bars.
pub fn line(event: &Event, verbose: bool) -> Option<String> {
    let line = match event {
        Event::Applying { steps: 0 } | Event::Reading { resources: 0 } | Event::Checking { links: 0 } => {
            return None;
        }
        Event::SigningIn { accounts } => format!("signing in to {}", plural(*accounts, "account")),
        Event::Reading { resources } => format!("reading {}", plural(*resources, "resource")),
        Event::Read(id) if verbose => format!("{}: read {} {}", id.account, id.kind, id.name),
        Event::Read(_) => return None,
        Event::Applying { steps } => format!("applying {}", plural(*steps, "step")),
        Event::StepStarted(id) if verbose => format!("{}: begun {} {}", id.account, id.kind, id.name),
        Event::StepStarted(_) => return None,
        Event::StepEnded { outcome: Outcome::Kept, .. } if !verbose => return None,
        Event::StepEnded { id, outcome, took, why } => {
            let after = match (why, outcome) {
                (Some(why), _) => format!(": {why}"),
                (None, Outcome::Made | Outcome::Changed | Outcome::Removed | Outcome::Failed) => {
                    format!(" ({})", seconds(*took))
                }
                (None, Outcome::Kept | Outcome::Blocked | Outcome::Awaited) => String::new(),
            };
            format!("{}: {} {} {}{after}", id.account, outcome.as_str(), id.kind, id.name)
        }
        Event::Retrying { account, operation, resource, why, after } => {
            format!("{account}: {operation} on {resource}: {why}; again in {}", seconds(*after))
        }
        Event::Throttled { account, service, limit } => {
            format!("{account}: {service} asks for fewer calls, at most {limit} at a time from now on")
        }
        Event::Checking { links } => format!("checking {}", plural(*links, "link")),
        Event::Canary { link, state } if verbose => format!("link {link}: {state}"),
        Event::Canary { .. } => return None,
        Event::LinkEnded { link, status } => format!("link {link}: {}", status.as_str()),
        Event::Warning(text) => text.clone(),
    };
    Some(line)
}

/// `0.4 s`.
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Kind, ResourceId};
    use crate::topology::AccountName;

    fn ended(outcome: Outcome, why: Option<&str>) -> Event {
        let id = ResourceId {
            account: AccountName("backup".into()),
            kind: Kind::Bucket,
            name: "orders-backup".into(),
        };
        Event::StepEnded { id, outcome, took: Duration::from_millis(412), why: why.map(str::to_owned) }
    }

    #[test]
    fn a_step_is_one_line() {
        let said = |event: &Event| line(event, false).unwrap_or_default();
        assert_eq!(said(&ended(Outcome::Made, None)), "backup: made bucket orders-backup (0.4 s)");
        assert_eq!(
            said(&ended(Outcome::Failed, Some("AccessDenied"))),
            "backup: failed bucket orders-backup: AccessDenied"
        );
        assert_eq!(line(&ended(Outcome::Kept, None), false), None);
        let retry = Event::Retrying {
            account: AccountName("backup".into()),
            operation: crate::operation::Operation::PutBucketPolicy,
            resource: "orders-backup".into(),
            why: "Invalid principal in policy".into(),
            after: Duration::from_secs(2),
        };
        assert_eq!(
            said(&retry),
            "backup: PutBucketPolicy on orders-backup: Invalid principal in policy; again in 2.0 s"
        );
    }
}
