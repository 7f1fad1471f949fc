//! The replication configuration of a bucket as XML: the text that S3 gave, cut where its rules begin
//! and end.
//!
//! S3 replaces the whole document with each write. So rules of ours are put in and taken out of the
//! text, and everything else stays as it is, to the byte: rules of others in either schema, with and
//! without an id, and elements that only a later version of S3 knows. No namespace prefix can come to
//! lack its declaration, because no rule of others is moved.
//!
//! Deliberately absent: which rules are ours, and calls.

mod json;

use std::collections::BTreeSet;

use roxmltree::{Document, Node};
use serde_json::Value;

use super::rule;
use super::rule_element::RuleElement;
use super::{Difference, Stop, xml};

pub use json::json;

const ROOT: &str = "ReplicationConfiguration";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html>
const MOST_RULES: usize = 1000;
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// A replication configuration.
#[derive(Debug, Clone)]
pub struct Configuration {
    text: String,
    role: String,
    parts: Vec<Part>,
    /// An element without a prefix is one of S3's here.
    takes_rules: bool,
}

#[derive(Debug, Clone)]
enum Part {
    Role(String),
    Rule(RuleElement),
    /// What is around them.
    Other(String),
}

impl Part {
    fn text(&self) -> &str {
        match self {
            Self::Role(text) | Self::Other(text) => text,
            Self::Rule(rule) => rule.text(),
        }
    }
}

/// The same text.
impl PartialEq for Configuration {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Configuration {
    /// A new one, without rules: S3 does not take it before it has one.
    pub fn new(role: &str) -> Self {
        let start =
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{ROOT} xmlns=\"{}\">", xml::NAMESPACE);
        let parts = vec![
            Part::Other(start),
            Part::Role(xml::text_element("Role", role)),
            Part::Other(format!("</{ROOT}>")),
        ];
        Self::of(parts, role.to_owned(), true)
    }

    /// A document of a bucket.
    ///
    /// # Errors
    /// It is not what S3 gives, so nobody knows what would become of it.
    pub fn parse(bucket: &str, document: &[u8]) -> Result<Self, Stop> {
        let text = str::from_utf8(document).map_err(|_| unfit(bucket, "it is not in UTF-8"))?;
        // DTDs, and with them entities of one's own, are refused by the parser.
        let document =
            Document::parse(text).map_err(|e| unfit(bucket, &format!("it cannot be read: {e}")))?;
        let root = document.root_element();
        if root.tag_name().name() != ROOT {
            return Err(unfit(bucket, &format!("it is a `{}`, not a `{ROOT}`", root.tag_name().name())));
        }
        let mut roles = xml::children(root, "Role");
        let (Some(role), None) = (roles.next(), roles.next()) else {
            return Err(unfit(bucket, "it has no `Role` element, or several"));
        };
        let mut parts = Vec::new();
        let mut end = 0;
        let slice = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default().to_owned();
        for node in root.children() {
            let part = if node == role {
                Part::Role(slice(node.range()))
            } else if is_rule(root, node) {
                Part::Rule(RuleElement::of(node, text))
            } else {
                continue;
            };
            parts.push(Part::Other(slice(end..node.range().start)));
            parts.push(part);
            end = node.range().end;
        }
        parts.push(Part::Other(slice(end..text.len())));
        let takes_rules = root.default_namespace().filter(|n| !n.is_empty()) == root.tag_name().namespace();
        Ok(Self::of(parts, xml::text(role), takes_rules))
    }

    fn of(parts: Vec<Part>, role: String, takes_rules: bool) -> Self {
        let text = parts.iter().map(Part::text).collect();
        Self { text, role, parts, takes_rules }
    }

    /// The document, as it was read or is to be written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The ARN of the role that S3 replicates with, for all rules.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// Its rules, in order.
    pub fn rules(&self) -> impl Iterator<Item = &RuleElement> {
        self.parts.iter().filter_map(|part| match part {
            Part::Rule(rule) => Some(rule),
            _ => None,
        })
    }

    /// The ids of the rules that have one, in order.
    pub fn rule_ids(&self) -> impl Iterator<Item = &str> {
        self.rules().filter_map(RuleElement::id)
    }

    /// The document with this role and these rules, each in the place of the one with its id, or after
    /// the last.
    ///
    /// # Errors
    /// Something would not survive, or S3 would not take so much.
    pub fn with(&self, bucket: &str, role: &str, ours: &[RuleElement]) -> Result<Self, Stop> {
        let mut parts = self.parts.clone();
        if self.role != role {
            let element = xml::text_element("Role", role);
            parts
                .iter_mut()
                .filter(|p| matches!(p, Part::Role(_)))
                .for_each(|p| *p = Part::Role(element.clone()));
        }
        for rule in ours {
            let has_id = |part: &Part| matches!(part, Part::Rule(found) if found.id() == rule.id());
            match parts.iter_mut().find(|part| has_id(part)) {
                Some(Part::Rule(found)) if found == rule => {}
                Some(place) => {
                    if let Part::Rule(found) = place {
                        rewritable(bucket, found)?;
                    }
                    *place = Part::Rule(rule.clone());
                }
                None => {
                    let last = parts.iter().rposition(|part| matches!(part, Part::Rule(_)));
                    let role = || parts.iter().position(|part| matches!(part, Part::Role(_)));
                    let at = last.or_else(role).map_or(parts.len(), |at| at + 1);
                    parts.insert(at, Part::Rule(rule.clone()));
                }
            }
        }
        let made = Self::of(parts, role.to_owned(), self.takes_rules);
        if made != *self && !self.takes_rules {
            let why = "its elements have a namespace prefix, so a rule cannot be put beside them";
            return Err(unfit(bucket, why));
        }
        fits(bucket, made.rules().count())?;
        if made.text.len() > MOST_BYTES {
            let over = made.text.len() - MOST_BYTES;
            let message = format!(
                "the replication configuration of bucket {bucket} would be {over} bytes longer than the {MOST_BYTES} \
                 that S3 takes"
            );
            return Err(Stop::new(message, TOO_MUCH));
        }
        Ok(made)
    }

    /// The document without the rules that have these ids; `None` if no rule is left, which S3 would
    /// not take: the configuration is to be deleted then.
    pub fn without(&self, ids: &BTreeSet<String>) -> Option<Self> {
        let goes =
            |part: &Part| matches!(part, Part::Rule(rule) if rule.id().is_some_and(|id| ids.contains(id)));
        let parts = self.parts.iter().filter(|part| !goes(part)).cloned().collect();
        let left = Self::of(parts, self.role.clone(), self.takes_rules);
        (left.rules().count() > 0).then_some(left)
    }

    /// What would have to change to come from one to the other, rule by rule.
    pub fn between(before: Option<&Self>, after: Option<&Self>) -> Vec<Difference> {
        let role = |configuration: Option<&Self>| configuration.map(|c| Value::from(c.role()));
        let mut details = Vec::new();
        if role(before) != role(after) {
            details.push(Difference { field: "role".to_owned(), before: role(before), after: role(after) });
        }
        let rules =
            |c: Option<&'_ Self>| c.map(|c| c.rules().cloned().collect::<Vec<_>>()).unwrap_or_default();
        let mut left = rules(before);
        for wanted in rules(after) {
            let same = |found: &RuleElement| found.is_still(&wanted) && found.id() == wanted.id();
            let named = |found: &RuleElement| wanted.id().is_some() && found.id() == wanted.id();
            let found = left.iter().position(same).or_else(|| left.iter().position(named));
            match found.map(|at| left.remove(at)) {
                None => details.push(Difference::added(wanted.name(), wanted.set_fields())),
                Some(found) if found.is_still(&wanted) => {}
                Some(found) => {
                    let fields = rule::differences(&wanted.name(), found.fields(), wanted.fields());
                    let unknown = Difference::changed(wanted.name(), found.text(), wanted.text());
                    details.extend(if fields.is_empty() { vec![unknown] } else { fields });
                }
            }
        }
        details.extend(left.iter().map(|rule| Difference::dropped(rule.name(), rule.set_fields())));
        details
    }

    /// The first rule that `later` does not hold any more as it was, but for those with these ids.
    pub fn lost(&self, later: &Self, but: &BTreeSet<String>) -> Option<String> {
        let mut left: Vec<&RuleElement> = later.rules().collect();
        let others =
            self.rules().enumerate().filter(|(_, rule)| !rule.id().is_some_and(|id| but.contains(id)));
        for (index, rule) in others {
            match left.iter().position(|found| rule.is_still(found)) {
                Some(at) => left.swap_remove(at),
                None => {
                    return Some(match rule.id() {
                        Some(id) => format!("rule {id}"),
                        None => format!("rule number {} (without an id)", index + 1),
                    });
                }
            };
        }
        None
    }
}

fn is_rule(root: Node<'_, '_>, node: Node<'_, '_>) -> bool {
    node.is_element()
        && node.tag_name().name() == "Rule"
        && node.tag_name().namespace() == root.tag_name().namespace()
}

/// Whether a rule of ours may be written anew.
///
/// # Errors
/// It holds something that would be lost.
pub fn rewritable(bucket: &str, rule: &RuleElement) -> Result<(), Stop> {
    let Some(unknown) = rule.unknown() else { return Ok(()) };
    let id = rule.id().unwrap_or_default();
    Err(Stop::new(
        format!(
            "rule {id} of bucket {bucket} has to be changed, and holds `{unknown}`, which this program does not know \
             and would lose"
        ),
        format!("remove `{unknown}` from the rule, or the whole rule: it is made again"),
    ))
}

const TOO_MUCH: &str = "remove rules that are not needed any more, or have fewer links begin at the bucket: one \
                        link takes many objects if its prefix is shorter";

/// Whether S3 takes so many rules.
///
/// # Errors
/// By how many they are too many.
pub fn fits(bucket: &str, rules: usize) -> Result<(), Stop> {
    if rules <= MOST_RULES {
        return Ok(());
    }
    let over = rules - MOST_RULES;
    let message = format!(
        "bucket {bucket} would have {rules} replication rules, {over} more than the {MOST_RULES} that S3 takes"
    );
    Err(Stop::new(message, TOO_MUCH))
}

fn unfit(bucket: &str, why: &str) -> Stop {
    Stop::new(
        format!("the replication configuration of bucket {bucket} is left alone: {why}"),
        format!(
            "`aws s3api get-bucket-replication --bucket {bucket}` shows it; put it again in the form that S3's API \
             documents"
        ),
    )
}

#[cfg(test)]
mod tests;
