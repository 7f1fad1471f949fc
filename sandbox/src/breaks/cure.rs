//! Carries out in a sandbox what `bucketbridge doctor -o json` says is to be done.
//!
//! Not for accounts of anybody: the doctor reads, and a person decides. Only the changes that the
//! [list](super::list) leads to.

use std::ops::Range;

use anyhow::{Context, bail};
use serde::Deserialize;
use serde_json::Value;

use super::estate::{Document, Estate};

/// What the doctor says of one link, as far as it has to be known.
#[derive(Debug, Deserialize)]
pub struct Diagnosis {
    findings: Vec<Finding>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    severity: String,
    cause: String,
    fix: Option<Fix>,
}

#[derive(Debug, Deserialize)]
struct Fix {
    changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
enum Change {
    AddStatement { document: Document, statement: Value },
    ReplaceStatement { document: Document, index: usize, statement: Value },
    RemoveStatement { document: Document, index: usize },
    SetRuleElement { rule: usize, path: String, value: Option<String> },
    EnableKey { key: String },
}

impl Diagnosis {
    /// Of the only link of a report.
    pub fn read(report: &str) -> anyhow::Result<Self> {
        #[derive(Deserialize)]
        struct Report {
            links: Vec<Diagnosis>,
        }
        let mut report: Report =
            serde_json::from_str(report).context("what the doctor says cannot be read")?;
        let link = report.links.pop().context("the doctor speaks of no link")?;
        if !report.links.is_empty() {
            bail!("the doctor speaks of several links");
        }
        Ok(link)
    }

    /// The causes of its errors.
    pub fn causes(&self) -> Vec<&str> {
        self.errors().map(|finding| finding.cause.as_str()).collect()
    }

    fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == "error")
    }

    /// Carries out the fix of every error, and returns how many changes that took.
    pub fn cure(&self, estate: &Estate) -> anyhow::Result<usize> {
        let fixes = self.errors().filter_map(|finding| finding.fix.as_ref());
        let mut changes: Vec<&Change> = fixes.flat_map(|fix| &fix.changes).collect();
        // Places are those of the documents as they were read.
        changes.sort_by_key(|change| match change {
            Change::RemoveStatement { index, .. } => (1, usize::MAX - index),
            _ => (0, 0),
        });
        for change in &changes {
            change.carry_out(estate)?;
        }
        Ok(changes.len())
    }
}

impl Change {
    fn carry_out(&self, estate: &Estate) -> anyhow::Result<()> {
        match self {
            Change::AddStatement { document, statement } => estate.edit(document, |all| {
                all.push(statement.clone());
                Ok(())
            }),
            Change::ReplaceStatement { document, index, statement } => estate.edit(document, |all| {
                *all.get_mut(*index).context("no statement in this place")? = statement.clone();
                Ok(())
            }),
            Change::RemoveStatement { document, index } => estate.edit(document, |all| {
                if *index >= all.len() {
                    bail!("no statement in this place");
                }
                all.remove(*index);
                Ok(())
            }),
            Change::SetRuleElement { rule, path, value } => {
                let value = value.as_deref().context("an element to take out")?;
                estate.put_replication(&set_element(&estate.replication()?, *rule, path, value)?)
            }
            Change::EnableKey { key } => estate.set_key_enabled(key, true),
        }
    }
}

/// Sets the text of an element of a rule; the element is there.
pub fn set_element(xml: &str, rule: usize, path: &str, value: &str) -> anyhow::Result<String> {
    let range = place(xml, rule, path).with_context(|| format!("rule {} has no {path}", rule + 1))?;
    Ok(format!("{}{value}{}", &xml[..range.start], &xml[range.end..]))
}

fn place(xml: &str, rule: usize, path: &str) -> Option<Range<usize>> {
    let document = roxmltree::Document::parse(xml).ok()?;
    let root = document.root_element();
    let mut node = root.children().filter(|node| node.tag_name().name() == "Rule").nth(rule)?;
    for step in path.split('/') {
        node = node.children().find(|child| child.tag_name().name() == step)?;
    }
    node.first_child().filter(|child| child.is_text()).map(|text| text.range())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_of_one_rule_is_set() {
        let xml = "<C><Rule><A><B>x</B></A></Rule><Rule><A><B>x</B></A></Rule></C>";
        let set = set_element(xml, 1, "A/B", "y").unwrap();
        assert_eq!(set, "<C><Rule><A><B>x</B></A></Rule><Rule><A><B>y</B></A></Rule></C>");
        assert!(set_element(xml, 2, "A/B", "y").is_err());
    }
}
