//! A `<Rule>` as it stands in a replication configuration: its text to the byte, and what of it this
//! program reads.
//!
//! Older rules (V1), rules without an id and elements that are not known here are all the same to it.
//! Deliberately absent: what a rule should be. That is [`super::rule`].

use std::collections::BTreeMap;

use roxmltree::{Document, Node};
use serde_json::{Map, Value, json};

use super::rule::REPLICA_KEY;
use super::xml::{self, children, find};

/// The elements that are compared and written, or of which one value alone is possible. Others belong
/// to whoever put them there.
const KNOWN: &[&str] = &[
    "ID",
    "Priority",
    "Status",
    "Prefix",
    "Filter",
    "Filter/Prefix",
    "Filter/Tag",
    "Filter/Tag/Key",
    "Filter/Tag/Value",
    "Filter/And",
    "Filter/And/Prefix",
    "Filter/And/Tag",
    "Filter/And/Tag/Key",
    "Filter/And/Tag/Value",
    "SourceSelectionCriteria",
    "SourceSelectionCriteria/SseKmsEncryptedObjects",
    "SourceSelectionCriteria/SseKmsEncryptedObjects/Status",
    "SourceSelectionCriteria/ReplicaModifications",
    "SourceSelectionCriteria/ReplicaModifications/Status",
    "DeleteMarkerReplication",
    "DeleteMarkerReplication/Status",
    "Destination",
    "Destination/Bucket",
    "Destination/Account",
    "Destination/StorageClass",
    "Destination/AccessControlTranslation",
    "Destination/AccessControlTranslation/Owner",
    "Destination/EncryptionConfiguration",
    "Destination/EncryptionConfiguration/ReplicaKmsKeyID",
    "Destination/ReplicationTime",
    "Destination/ReplicationTime/Status",
    "Destination/ReplicationTime/Time",
    "Destination/ReplicationTime/Time/Minutes",
    "Destination/Metrics",
    "Destination/Metrics/Status",
    "Destination/Metrics/EventThreshold",
    "Destination/Metrics/EventThreshold/Minutes",
];

/// A rule that was read, or that is to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleElement {
    id: Option<String>,
    text: String,
    fields: Map<String, Value>,
    unknown: Option<String>,
    /// All of it but the id, in a form that white space does not change.
    canonical: String,
}

impl RuleElement {
    /// A rule from its own text.
    ///
    /// # Errors
    /// Why it is no XML.
    pub fn parse(text: &str) -> Result<Self, roxmltree::Error> {
        Ok(Self::of(Document::parse(text)?.root_element(), text))
    }

    /// A rule from the document that it is in.
    pub(super) fn of(node: Node<'_, '_>, document: &str) -> Self {
        let id = find(node, "ID");
        Self {
            id: id.map(xml::text).filter(|id| !id.is_empty()),
            text: document.get(node.range()).unwrap_or_default().to_owned(),
            fields: fields(node),
            unknown: unknown(node, ""),
            canonical: xml::canonical(node, id),
        }
    }

    /// Its id; `None` if it has none, or an empty one.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// As it stands in the document, to the byte.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its priority; older rules have none.
    pub fn priority(&self) -> Option<i32> {
        self.fields.get("Priority").and_then(Value::as_i64).and_then(|priority| priority.try_into().ok())
    }

    /// The ARN of the bucket that it replicates to.
    pub fn destination(&self) -> &str {
        self.fields.get("Destination.Bucket").and_then(Value::as_str).unwrap_or_default()
    }

    /// The form in which rules are compared.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.fields
    }

    /// The first element that would be lost if the rule were written anew.
    pub fn unknown(&self) -> Option<&str> {
        self.unknown.as_deref()
    }

    /// Whether it replicates anything.
    pub fn is_enabled(&self) -> bool {
        self.fields.get("Status").and_then(Value::as_str) == Some("Enabled")
    }

    /// What the keys of its objects begin with; empty for all.
    pub fn prefix(&self) -> &str {
        self.fields.get("Filter.Prefix").and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it takes a new object of that key and these tags.
    pub fn takes(&self, key: &str, tags: &BTreeMap<String, String>) -> bool {
        let wanted = self.fields.get("Filter.Tags").and_then(Value::as_object);
        let tagged = wanted.is_none_or(|wanted| {
            wanted.iter().all(|(name, value)| tags.get(name).map(String::as_str) == value.as_str())
        });
        self.is_enabled() && key.starts_with(self.prefix()) && tagged
    }

    /// What the rule goes by.
    pub fn name(&self) -> String {
        match self.id() {
            Some(id) => format!("rule {id}"),
            None => format!("rule to {} (without an id)", self.destination()),
        }
    }

    /// The fields that say something.
    pub fn set_fields(&self) -> Map<String, Value> {
        super::rule::set_fields(self.fields.clone())
    }

    /// Whether `later` is this rule, read again. One without an id may have been given one since.
    pub fn is_still(&self, later: &Self) -> bool {
        self.canonical == later.canonical && (self.id.is_none() || self.id == later.id)
    }
}

/// The first element or attribute that is not known.
fn unknown(node: Node<'_, '_>, path: &str) -> Option<String> {
    if let Some(attribute) = node.attributes().next() {
        return Some(format!("{path}@{}", attribute.name()));
    }
    node.children().filter(Node::is_element).find_map(|child| {
        let name = child.tag_name();
        let own = format!("{path}{}", name.name());
        let known = name.namespace() == node.tag_name().namespace() && KNOWN.contains(&own.as_str());
        if known { unknown(child, &format!("{own}/")) } else { Some(own) }
    })
}

fn fields(rule: Node<'_, '_>) -> Map<String, Value> {
    let get = |path: &str| find(rule, path).map(xml::text);
    let status = |path: &str| json!(get(path).unwrap_or_else(|| "Disabled".to_owned()));
    let mut fields = Map::new();
    let mut put = |field: &str, value: Value| fields.insert(field.to_owned(), value);
    put("Status", json!(get("Status").unwrap_or_default()));
    put("Priority", json!(get("Priority").and_then(|text| text.trim().parse::<i32>().ok())));
    // V1 has the prefix in the rule itself.
    let prefix = get("Filter/Prefix").or_else(|| get("Filter/And/Prefix")).or_else(|| get("Prefix"));
    put("Filter.Prefix", json!(prefix.unwrap_or_default()));
    put("Filter.Tags", json!(tags(rule)));
    let kms = status("SourceSelectionCriteria/SseKmsEncryptedObjects/Status");
    put("SourceSelectionCriteria.SseKmsEncryptedObjects", kms);
    let modifications = status("SourceSelectionCriteria/ReplicaModifications/Status");
    put("SourceSelectionCriteria.ReplicaModifications", modifications);
    put("DeleteMarkerReplication", status("DeleteMarkerReplication/Status"));
    put("Destination.Bucket", json!(get("Destination/Bucket")));
    put("Destination.Account", json!(get("Destination/Account")));
    put("Destination.StorageClass", json!(get("Destination/StorageClass")));
    let owner = get("Destination/AccessControlTranslation/Owner");
    put("Destination.AccessControlTranslation", json!(owner));
    put(REPLICA_KEY, json!(get("Destination/EncryptionConfiguration/ReplicaKmsKeyID")));
    put("Destination.ReplicationTime", status("Destination/ReplicationTime/Status"));
    put("Destination.Metrics", status("Destination/Metrics/Status"));
    fields
}

/// One tag, or those of an `And`.
fn tags(rule: Node<'_, '_>) -> BTreeMap<String, String> {
    let part = |tag, name| find(tag, name).map(xml::text).unwrap_or_default();
    ["Filter", "Filter/And"]
        .into_iter()
        .filter_map(|path| find(rule, path))
        .flat_map(|filter| children(filter, "Tag"))
        .map(|tag| (part(tag, "Key"), part(tag, "Value")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> RuleElement {
        RuleElement::parse(text).expect("XML")
    }

    #[test]
    fn an_older_rule_is_read_in_the_same_form() {
        let rule = parsed(
            "<Rule><ID/><Prefix>logs/</Prefix><Status>Enabled</Status>\
             <Destination><Bucket>arn:aws:s3:::b</Bucket></Destination></Rule>",
        );
        assert_eq!((rule.id(), rule.priority(), rule.destination()), (None, None, "arn:aws:s3:::b"));
        let fields = super::super::rule::set_fields(rule.fields().clone());
        let wanted = json!({"Status": "Enabled", "Filter.Prefix": "logs/", "DeleteMarkerReplication": "Disabled",
            "Destination.Bucket": "arn:aws:s3:::b"});
        assert_eq!(Value::Object(fields), wanted);
        assert_eq!(rule.unknown(), None);
    }

    #[test]
    fn an_element_of_another_namespace_is_not_ours_to_read() {
        let rule = parsed("<Rule xmlns:x='urn:x'><x:ID>a</x:ID><x:Status>Enabled</x:Status></Rule>");
        assert_eq!((rule.id(), &rule.fields()["Status"]), (None, &json!("")));
        assert_eq!(rule.unknown(), Some("ID"));
    }

    #[test]
    fn what_is_not_known_is_named_by_its_path() {
        for (text, name) in [
            ("<Rule><New/></Rule>", Some("New")),
            (
                "<Rule><Destination><Bucket>b</Bucket><New><A/></New></Destination></Rule>",
                Some("Destination/New"),
            ),
            ("<Rule><Destination new='1'/></Rule>", Some("Destination/@new")),
            ("<Rule><ExistingObjectReplication/></Rule>", Some("ExistingObjectReplication")),
            ("<Rule xmlns='urn:s3'><ID>a</ID><!-- a note --></Rule>", None),
        ] {
            assert_eq!(parsed(text).unknown(), name, "{text}");
        }
    }

    #[test]
    fn a_rule_without_an_id_may_be_given_one() {
        let (without, with) = (
            parsed("<Rule><Status>Enabled</Status></Rule>"),
            parsed("<Rule><ID>x</ID><Status>Enabled</Status></Rule>"),
        );
        assert!(without.is_still(&with) && with.is_still(&with));
        assert!(!with.is_still(&without));
        assert!(!with.is_still(&parsed("<Rule><ID>x</ID><Status>Disabled</Status></Rule>")));
    }
}
