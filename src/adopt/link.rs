//! The links of a map that is adopted: their names, and which of them wins where several take an object.
//!
//! Deliberately absent: whether a map may say it.

use std::collections::{BTreeMap, BTreeSet};

/// A link, and the rule that it was read of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The name of its entry.
    pub name: String,
    /// The id of the rule.
    pub rule: Option<String>,
    /// Whether bucketbridge made the rule, with the marker of the map.
    pub ours: bool,
    /// The destination bucket.
    pub to: String,
    /// As the rule has it.
    pub prefix: String,
    /// As the rule has them.
    pub tags: BTreeMap<String, String>,
    /// The priority of the rule.
    pub found: i32,
    /// What the map says.
    pub priority: Option<i32>,
    /// As the rule has it; so are the others below.
    pub enabled: bool,
    pub delete_markers: bool,
    /// Only where it is not the default.
    pub owner_override: Option<bool>,
    pub storage_class: Option<String>,
    pub replication_time_control: bool,
    pub metrics: bool,
    pub replica_modifications: bool,
    /// What is not said of the rule.
    pub notes: Vec<String>,
}

impl Link {
    /// Whether both take the same objects to the same bucket.
    pub fn equals(&self, other: &Self) -> bool {
        (&self.to, &self.prefix, &self.tags) == (&other.to, &other.prefix, &other.tags)
    }

    /// Whether an object can be taken by both, tags left aside.
    pub fn overlaps(&self, to: &str, prefix: &str) -> bool {
        self.to == to && (self.prefix.starts_with(prefix) || prefix.starts_with(&self.prefix))
    }

    /// What the link goes by: as the rule of others does, or by where it leads.
    pub fn christen(&mut self, taken: &BTreeSet<String>) {
        let of_rule = self.rule.as_deref().filter(|id| !self.ours && is_plain(id));
        let part = match (self.prefix.is_empty(), self.tags.keys().next()) {
            (false, _) => plain(&self.prefix),
            (true, Some(tag)) => plain(tag),
            (true, None) => String::new(),
        };
        let by_place = if part.is_empty() { self.to.clone() } else { format!("{}-{part}", self.to) };
        let base = of_rule.map_or(by_place, str::to_owned);
        let numbered = (2..).map(|n| format!("{base}-{n}"));
        let free = std::iter::once(base.clone()).chain(numbered).find(|name| !taken.contains(name));
        self.name = free.unwrap_or(base);
    }
}

/// Whether a link of a map can bear this name, and a shell take it without quotes.
fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    !name.is_empty() && name.len() <= 100 && name.chars().all(plain)
}

/// A text of others as a part of a name.
fn plain(text: &str) -> String {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("-").chars().take(60).collect()
}

/// Says the priorities, where there is more than one rule. A rule of others keeps its own priority beside
/// the new one, so the new one is above all there are, in the same order; and rules of ours that were above
/// it go along, since they would lose to it.
pub fn prioritize(links: &mut [&mut Link], others: usize, highest: i32) {
    if links.len() + others < 2 {
        return;
    }
    let theirs: Vec<(String, String, i32)> =
        links.iter().filter(|link| !link.ours).map(|l| (l.to.clone(), l.prefix.clone(), l.found)).collect();
    let stays = |link: &Link| {
        link.ours
            && !theirs.iter().any(|(to, prefix, found)| *found < link.found && link.overlaps(to, prefix))
    };
    let mut moving: Vec<&mut &mut Link> = Vec::new();
    for link in links.iter_mut() {
        if stays(link) {
            link.priority = Some(link.found);
        } else {
            moving.push(link);
        }
    }
    moving.sort_by_key(|link| link.found);
    for (rank, link) in (1..).zip(moving) {
        link.priority = highest.checked_add(rank);
    }
}
