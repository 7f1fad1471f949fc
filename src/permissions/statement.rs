//! Statements: actions that are allowed on the same things under the same conditions are one.
//!
//! Deliberately absent: which actions, and on what. That is the table's and [`super::scope`]'s.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::operation::row::Section;

use super::condition::Condition;

/// What an action is allowed on.
#[derive(Debug, Clone)]
pub struct Target {
    /// What a Sid calls it: letters and digits.
    pub noun: String,
    /// ARNs, or `*`.
    pub resources: BTreeSet<String>,
    /// What narrows it.
    pub condition: Condition,
}

/// A statement that allows something.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Unique in all policies that belong together.
    pub sid: String,
    actions: BTreeSet<&'static str>,
    resources: BTreeSet<String>,
    condition: Condition,
}

impl Statement {
    /// As IAM takes it.
    pub fn value(&self) -> Value {
        let mut value = Map::new();
        value.insert("Sid".to_owned(), json!(self.sid));
        value.insert("Effect".to_owned(), json!("Allow"));
        value.insert("Action".to_owned(), json!(self.actions));
        value.insert("Resource".to_owned(), one_or_many(&self.resources));
        value.extend(self.condition.value().map(|condition| ("Condition".to_owned(), condition)));
        Value::Object(value)
    }

    /// Two statements that say together what this one says, by its longest list; `None` if none has two items.
    pub fn halves(mut self) -> Option<[Self; 2]> {
        let lengths = self.lists().into_iter().map(|list| list.len()).enumerate();
        let (longest, length) =
            lengths.max_by_key(|(_, length)| *length).filter(|(_, length)| *length > 1)?;
        let mut other = self.clone();
        let list = self.lists().swap_remove(longest);
        let middle = list.iter().nth(length / 2)?.clone();
        *other.lists().swap_remove(longest) = list.split_off(&middle);
        Some([self, other])
    }

    /// What makes a statement long: its resources, and the values of its conditions.
    fn lists(&mut self) -> Vec<&mut BTreeSet<String>> {
        [&mut self.resources].into_iter().chain(self.condition.lists()).collect()
    }
}

/// A text where there is one, a list where there are more.
pub fn one_or_many(values: &BTreeSet<String>) -> Value {
    match values.iter().next() {
        Some(value) if values.len() == 1 => json!(value),
        _ => json!(values),
    }
}

type Place = (Section, BTreeSet<String>, Condition);

/// Statements that are being put together.
#[derive(Debug, Default)]
pub struct Statements {
    /// In the order in which they are first spoken of.
    order: Vec<Place>,
    found: BTreeMap<Place, (String, BTreeSet<&'static str>)>,
}

impl Statements {
    /// Allows an action, unless an earlier section allows it on the same.
    pub fn add(&mut self, section: Section, action: &'static str, target: Target) {
        let Target { noun, resources, condition } = target;
        let earlier = Section::ALL.into_iter().take_while(|earlier| *earlier < section);
        let places = earlier.map(|earlier| (earlier, resources.clone(), condition.clone()));
        if places.into_iter().any(|place| self.found.get(&place).is_some_and(|(_, all)| all.contains(action)))
        {
            return;
        }
        let place = (section, resources, condition);
        if !self.found.contains_key(&place) {
            self.order.push(place.clone());
        }
        self.found.entry(place).or_insert_with(|| (noun, BTreeSet::new())).1.insert(action);
    }

    /// In order, each with a Sid of its own.
    pub fn named(self) -> Vec<Statement> {
        let Self { mut order, mut found } = self;
        order.sort_by_key(|(section, ..)| *section);
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut statements = Vec::new();
        for place in order {
            let Some((noun, actions)) = found.remove(&place) else { continue };
            let (section, resources, condition) = place;
            let name = format!("{}{noun}", verb(section));
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            let sid = if *count == 1 { name } else { format!("{name}{count}") };
            statements.push(Statement { sid, actions, resources, condition });
        }
        statements
    }
}

fn verb(section: Section) -> &'static str {
    match section {
        Section::SignIn => "SignIn",
        Section::Read => "Read",
        Section::Write => "Write",
        Section::Canary => "Canary",
        Section::Doctor => "Doctor",
        Section::Removal => "Remove",
    }
}
