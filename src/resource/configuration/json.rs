//! A replication configuration in the form that AWS's CLI and SDKs take
//! (<https://docs.aws.amazon.com/cli/latest/reference/s3api/put-bucket-replication.html>).
//!
//! The XML is what is sent; this says the same. Deliberately absent: the way back.

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

use crate::resource::xml;

/// Elements that may come more than once, by their parent, and what the list of them is called.
const LISTS: &[(&str, &str, &str)] = &[("ReplicationConfiguration", "Rule", "Rules"), ("And", "Tag", "Tags")];

/// Elements that hold a number.
const NUMBERS: &[&str] = &["Priority", "Minutes"];

/// The XML of a configuration as JSON, element by element.
///
/// # Errors
/// Why it is no XML.
pub fn json(text: &str) -> Result<Value, roxmltree::Error> {
    Ok(value(Document::parse(text)?.root_element()))
}

fn value(node: Node<'_, '_>) -> Value {
    let name = node.tag_name().name();
    let mut members = Map::new();
    for child in node.children().filter(Node::is_element) {
        let own = child.tag_name().name();
        match LISTS.iter().find(|(parent, item, _)| (*parent, *item) == (name, own)) {
            Some((_, _, list)) => {
                let list = members.entry(*list).or_insert_with(|| Value::Array(Vec::new()));
                list.as_array_mut().into_iter().for_each(|list| list.push(value(child)));
            }
            None => {
                members.insert(own.to_owned(), value(child));
            }
        }
    }
    if !members.is_empty() {
        return Value::Object(members);
    }
    let text = xml::text(node);
    let number = NUMBERS.contains(&name).then(|| text.parse::<i32>().ok()).flatten();
    number.map_or(Value::String(text), Value::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn every_element_is_said_once_and_in_its_place() {
        let xml = "<ReplicationConfiguration xmlns='urn:s3'><Role>r</Role>\
            <Rule><ID>a</ID><Priority>1</Priority><Filter><Prefix></Prefix></Filter></Rule>\
            <Rule><ID>b</ID><Filter><And><Prefix>1</Prefix><Tag><Key>k</Key><Value>2</Value></Tag>\
            <Tag><Key>l</Key><Value></Value></Tag></And></Filter><Destination><ReplicationTime>\
            <Time><Minutes>15</Minutes></Time></ReplicationTime></Destination></Rule>\
            <Rule><Filter><Tag><Key>k</Key><Value>v</Value></Tag></Filter></Rule></ReplicationConfiguration>";
        let wanted = json!({"Role": "r", "Rules": [
            {"ID": "a", "Priority": 1, "Filter": {"Prefix": ""}},
            {"ID": "b", "Filter": {"And": {"Prefix": "1",
                "Tags": [{"Key": "k", "Value": "2"}, {"Key": "l", "Value": ""}]}},
             "Destination": {"ReplicationTime": {"Time": {"Minutes": 15}}}},
            {"Filter": {"Tag": {"Key": "k", "Value": "v"}}},
        ]});
        assert_eq!(super::json(xml).expect("XML"), wanted);
    }
}
