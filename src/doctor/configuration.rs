//! A replication configuration as S3 acts on it: which elements are there, and what they say.
//!
//! [`crate::resource::configuration`] keeps the text of a document that is to be written again, and
//! reads rules in a form in which both schemas look alike. The doctor needs what differs between them,
//! down to an element that is there and empty; so it reads the XML itself.
//!
//! Deliberately absent: refusing what S3 would refuse. That is a finding.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};

/// A configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// The text of `Role`.
    pub role: String,
    /// Its rules, in order.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its place, from 0.
    pub index: usize,
    /// Its id, if it has one that is not empty.
    pub id: Option<String>,
    /// The text of each element without elements in it, by its path: `Destination/Bucket`. Tags apart.
    elements: BTreeMap<String, String>,
    /// The tags of the filter.
    pub tags: BTreeMap<String, String>,
}

impl Configuration {
    /// From the XML that S3 gave; none if it is no replication configuration.
    pub fn parse(xml: &str) -> Option<Self> {
        let document = Document::parse(xml).ok()?;
        let root = document.root_element();
        if root.tag_name().name() != "ReplicationConfiguration" {
            return None;
        }
        let role = child(root, "Role").map(text).unwrap_or_default();
        let rules = children(root, "Rule").enumerate().map(|(index, node)| Rule::of(index, node));
        Some(Self { role, rules: rules.collect() })
    }
}

impl Rule {
    fn of(index: usize, node: Node<'_, '_>) -> Self {
        let mut rule = Self { index, id: None, elements: BTreeMap::new(), tags: BTreeMap::new() };
        rule.read(node, "");
        rule.id = rule.get("ID").filter(|id| !id.is_empty()).map(str::to_owned);
        rule
    }

    fn read(&mut self, node: Node<'_, '_>, path: &str) {
        for element in node.children().filter(Node::is_element) {
            let own = format!("{path}{}", element.tag_name().name());
            if own.ends_with("/Tag") {
                let part = |name| child(element, name).map(text).unwrap_or_default();
                self.tags.insert(part("Key"), part("Value"));
                continue;
            }
            let leaf = !element.children().any(|n| n.is_element());
            self.elements.insert(own.clone(), if leaf { text(element) } else { String::new() });
            self.read(element, &format!("{own}/"));
        }
    }

    /// The text of an element, if it is there.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.elements.get(path).map(String::as_str)
    }

    /// Whether an element is there.
    pub fn has(&self, path: &str) -> bool {
        self.elements.contains_key(path)
    }

    /// Whether the element's `Status` is `Enabled`.
    pub fn enables(&self, path: &str) -> bool {
        self.get(&format!("{path}/Status")) == Some("Enabled")
    }

    /// Whether the rule itself is enabled.
    pub fn is_enabled(&self) -> bool {
        self.get("Status") == Some("Enabled")
    }

    /// With a `Filter` a rule has the newer schema, V2
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html#replication-backward-compat-considerations>).
    pub fn is_v2(&self) -> bool {
        self.has("Filter")
    }

    /// The prefix of the keys that it is about.
    pub fn prefix(&self) -> &str {
        let paths = ["Filter/Prefix", "Filter/And/Prefix", "Prefix"];
        paths.iter().find_map(|path| self.get(path)).unwrap_or_default()
    }

    /// Its priority; V1 rules have none.
    pub fn priority(&self) -> Option<i64> {
        self.get("Priority")?.trim().parse().ok()
    }

    /// `Destination.Bucket`, as it stands there.
    pub fn destination(&self) -> &str {
        self.get("Destination/Bucket").unwrap_or_default()
    }

    /// The name of the destination bucket, of its ARN or as such.
    pub fn destination_name(&self) -> &str {
        let named = self.destination();
        named.rsplit_once(":::").map_or(named, |(_, name)| name)
    }

    /// `Destination.Account`.
    pub fn account(&self) -> Option<&str> {
        self.get("Destination/Account").filter(|account| !account.is_empty())
    }

    /// Whether replicas are to belong to the owner of the destination.
    pub fn overrides_owner(&self) -> bool {
        self.has("Destination/AccessControlTranslation")
    }

    /// Whether it takes objects that are encrypted with KMS keys.
    pub fn selects_kms(&self) -> bool {
        self.enables("SourceSelectionCriteria/SseKmsEncryptedObjects")
    }

    /// The key for replicas, as it is named.
    pub fn replica_key(&self) -> Option<&str> {
        self.get("Destination/EncryptionConfiguration/ReplicaKmsKeyID").filter(|key| !key.is_empty())
    }

    /// Whether delete markers that users make are replicated: in V1 always, in V2 if the rule says so
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-marker-replication.html>).
    pub fn replicates_delete_markers(&self) -> bool {
        if self.is_v2() { self.enables("DeleteMarkerReplication") } else { true }
    }

    /// What the rule goes by.
    pub fn name(&self) -> String {
        self.id.clone().unwrap_or_else(|| format!("number {}", self.index + 1))
    }
}

fn text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|n| n.text()).collect()
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |n| n.is_element() && n.tag_name().name() == name)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}
