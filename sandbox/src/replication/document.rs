//! A replication configuration, read into rules.
//!
//! Tolerant: it reads what is there and judges nothing; what AWS refuses is
//! in [`admission`](super::admission). Elements it does not know are left to
//! the stored text.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html>

use roxmltree::{Document, Node};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    pub role: String,
    pub rules: Vec<Rule>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rule {
    pub id: Option<String>,
    /// `Enabled`, `Disabled` or what else was put there.
    pub status: String,
    pub enabled: bool,
    pub priority: Option<i64>,
    /// A `Filter` makes a rule one of the newer schema (V2).
    pub v2: bool,
    pub prefix: String,
    pub tags: Vec<(String, String)>,
    /// The text of `DeleteMarkerReplication/Status`.
    pub delete_markers: Option<String>,
    /// The text of `SourceSelectionCriteria/SseKmsEncryptedObjects/Status`.
    pub kms_objects: Option<String>,
    /// `Destination/Bucket` as given: an ARN, if all is well.
    pub destination: String,
    pub account: Option<String>,
    pub owner_override: bool,
    pub storage_class: Option<String>,
    /// `EncryptionConfiguration` is there, with or without a key.
    pub encrypts: bool,
    pub replica_key: Option<String>,
    /// Elements of the newer schema besides the filter.
    pub has_newer_elements: bool,
}

impl Rule {
    pub fn bucket(&self) -> &str {
        self.destination.rsplit(":::").next().unwrap_or_default()
    }

    /// Older rules replicate them always.
    pub fn replicates_delete_markers(&self) -> bool {
        !self.v2 || self.delete_markers.as_deref() == Some("Enabled")
    }

    pub fn replicates_kms_objects(&self) -> bool {
        self.kms_objects.as_deref() == Some("Enabled")
    }

    /// How to name the rule to people.
    pub fn label(&self, index: usize) -> String {
        match self.id.as_deref() {
            Some(id) if !id.is_empty() => id.to_owned(),
            _ => format!("#{}", index + 1),
        }
    }
}

impl Configuration {
    pub fn parse(text: &str) -> Result<Self, roxmltree::Error> {
        let document = Document::parse(text)?;
        let root = document.root_element();
        Ok(Configuration {
            role: text_of(root, "Role").unwrap_or_default(),
            rules: children(root, "Rule").map(rule).collect(),
        })
    }
}

fn rule(node: Node<'_, '_>) -> Rule {
    let filter = child(node, "Filter");
    let (prefix, tags) = match filter {
        Some(filter) => {
            let scope = child(filter, "And").unwrap_or(filter);
            let tags = children(scope, "Tag")
                .map(|tag| {
                    let part = |name| text_of(tag, name).unwrap_or_default();
                    (part("Key"), part("Value"))
                })
                .collect();
            (text_of(scope, "Prefix").unwrap_or_default(), tags)
        }
        None => (text_of(node, "Prefix").unwrap_or_default(), Vec::new()),
    };
    let destination = child(node, "Destination");
    let of_destination = |name: &str| destination.and_then(|node| text_of(node, name));
    let encryption = destination.and_then(|node| child(node, "EncryptionConfiguration"));
    Rule {
        id: text_of(node, "ID"),
        status: text_of(node, "Status").unwrap_or_default(),
        enabled: text_of(node, "Status").as_deref() == Some("Enabled"),
        priority: text_of(node, "Priority").and_then(|text| text.parse().ok()),
        v2: filter.is_some(),
        prefix,
        tags,
        delete_markers: child(node, "DeleteMarkerReplication")
            .map(|node| text_of(node, "Status").unwrap_or_default()),
        kms_objects: child(node, "SourceSelectionCriteria")
            .and_then(|node| child(node, "SseKmsEncryptedObjects"))
            .map(|node| text_of(node, "Status").unwrap_or_default()),
        destination: of_destination("Bucket").unwrap_or_default(),
        account: of_destination("Account").filter(|text| !text.is_empty()),
        owner_override: destination.and_then(|node| child(node, "AccessControlTranslation")).is_some(),
        storage_class: of_destination("StorageClass").filter(|text| !text.is_empty()),
        encrypts: encryption.is_some(),
        replica_key: encryption
            .and_then(|node| text_of(node, "ReplicaKmsKeyID"))
            .filter(|text| !text.is_empty()),
        has_newer_elements: destination
            .is_some_and(|node| child(node, "Metrics").is_some() || child(node, "ReplicationTime").is_some())
            || child(node, "ExistingObjectReplication").is_some()
            || child(node, "SourceSelectionCriteria")
                .is_some_and(|node| child(node, "ReplicaModifications").is_some()),
    }
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.tag_name().name() == name)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

fn text_of(node: Node<'_, '_>, name: &str) -> Option<String> {
    child(node, name).map(|node| node.text().unwrap_or_default().trim().to_owned())
}
