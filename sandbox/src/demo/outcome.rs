//! What `apply --output json` says, as far as the demo has to know.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Outcome {
    steps: Vec<Step>,
    links: Vec<Link>,
}

#[derive(Debug, Deserialize)]
struct Step {
    account: String,
    kind: String,
    name: String,
    outcome: String,
}

#[derive(Debug, Deserialize)]
struct Link {
    link: String,
    status: String,
}

impl Outcome {
    pub fn read(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text)
    }

    /// Everything that is not as it should be after a second `apply`.
    pub fn problems(&self, links: &[&str]) -> Vec<String> {
        let mut problems = Vec::new();
        if self.steps.is_empty() {
            problems.push("no step is reported".to_owned());
        }
        for step in self.steps.iter().filter(|step| step.outcome != "kept") {
            problems.push(format!(
                "{} {} in {} is {}, not kept",
                step.kind, step.name, step.account, step.outcome
            ));
        }
        for name in links {
            match self.links.iter().find(|link| link.link == *name) {
                None => problems.push(format!("link {name} is not reported")),
                Some(link) if link.status != "replicated" => {
                    problems.push(format!("link {name} is {}, not replicated", link.status));
                }
                Some(_) => {}
            }
        }
        problems
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut accounts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
        for step in &self.steps {
            *accounts.entry(&step.account).or_default().entry(&step.outcome).or_default() += 1;
        }
        writeln!(f, "\n  {:<10} steps", "account")?;
        for (account, outcomes) in accounts {
            let counts: Vec<String> =
                outcomes.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
            writeln!(f, "  {account:<10} {}", counts.join(", "))?;
        }
        writeln!(f, "\n  {:<10} status", "link")?;
        for link in &self.links {
            writeln!(f, "  {:<10} {}", link.link, link.status)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(step: &str, link: &str) -> Outcome {
        let text = serde_json::json!({
            "version": 1,
            "steps": [{"account": "prod", "kind": "key", "name": "alias/a", "outcome": step, "arn": null}],
            "links": [{"link": "orders", "status": link, "seconds": 1.0}],
        });
        Outcome::read(&text.to_string()).unwrap()
    }

    #[test]
    fn only_kept_and_replicated_will_do() {
        assert!(outcome("kept", "replicated").problems(&["orders"]).is_empty());
        assert_eq!(outcome("changed", "replicated").problems(&["orders"]).len(), 1);
        assert_eq!(outcome("kept", "pending").problems(&["orders"]).len(), 1);
        assert_eq!(outcome("kept", "replicated").problems(&["orders", "invoices"]).len(), 1);
    }
}
