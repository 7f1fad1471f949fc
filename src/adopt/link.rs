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

#[cfg(test)]
mod tests {
    use super::*;

    fn link(rule: &str, ours: bool, to: &str, prefix: &str, found: i32) -> Link {
        Link {
            name: String::new(),
            rule: Some(rule.to_owned()),
            ours,
            to: to.to_owned(),
            prefix: prefix.to_owned(),
            tags: BTreeMap::new(),
            found,
            priority: None,
            enabled: true,
            delete_markers: false,
            owner_override: None,
            storage_class: None,
            replication_time_control: false,
            metrics: false,
            replica_modifications: false,
            notes: Vec::new(),
        }
    }

    fn priorities(mut links: Vec<Link>, others: usize, highest: i32) -> Vec<Option<i32>> {
        prioritize(&mut links.iter_mut().collect::<Vec<_>>(), others, highest);
        links.into_iter().map(|link| link.priority).collect()
    }

    #[test]
    fn which_link_wins_stays_as_it_was() {
        assert_eq!(priorities(vec![link("a", false, "b", "", 3)], 0, 3), [None], "one alone needs none");
        let theirs = vec![link("a", false, "b", "x/", 8), link("b", false, "b", "", 3)];
        assert_eq!(priorities(theirs, 0, 8), [Some(10), Some(9)]);
        // Ours stays, unless it was above one of theirs that takes the same objects.
        let beside = vec![link("a", true, "b", "x/", 8), link("b", false, "b", "y/", 3)];
        assert_eq!(priorities(beside, 0, 8), [Some(8), Some(9)]);
        let above = vec![link("a", true, "b", "x/", 8), link("b", false, "b", "", 3)];
        assert_eq!(priorities(above, 0, 8), [Some(10), Some(9)]);
        let below = vec![link("a", true, "b", "", 2), link("b", false, "b", "x/", 3)];
        assert_eq!(priorities(below, 1, 9), [Some(2), Some(10)]);
        assert_eq!(
            priorities(vec![link("a", false, "b", "", 3)], 1, i32::MAX),
            [None],
            "assigned, or refused"
        );
    }

    #[test]
    fn a_link_is_called_as_its_rule_or_by_where_it_leads() {
        let name = |mut link: Link, taken: &[&str]| {
            link.christen(&taken.iter().map(|name| (*name).to_owned()).collect());
            link.name
        };
        assert_eq!(name(link("to-backup", false, "b", "", 1), &[]), "to-backup");
        assert_eq!(name(link("to-backup", false, "b", "", 1), &["to-backup"]), "to-backup-2");
        assert_eq!(name(link("all * of it", false, "backup", "", 1), &[]), "backup");
        assert_eq!(name(link("Bucketbridge-0", true, "backup", "in/\"\u{e9}/x", 1), &[]), "backup-in-x");
    }
}
