//! Sets elements of a replication configuration, for a look at what would come of it.
//!
//! Deliberately absent: keeping what S3 gave to the byte. `resource` does that, for what is sent.

use std::fmt::Write as _;

use roxmltree::{Document, Node};

/// An element, as much of it as matters here.
struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// The configuration with an element of a rule set, made or taken out.
pub(super) fn set_element(xml: &str, rule: usize, path: &str, value: Option<&str>) -> Option<String> {
    change(xml, |root| {
        let mut rules = root.children.iter_mut().filter(|child| child.name == "Rule");
        if let Some(rule) = rules.nth(rule) {
            rule.set(path, value);
        }
    })
}

/// The configuration with another role.
pub(super) fn set_role(xml: &str, role: &str) -> Option<String> {
    change(xml, |root| root.set("Role", Some(role)))
}

fn change(xml: &str, change: impl FnOnce(&mut Element)) -> Option<String> {
    let document = Document::parse(xml).ok()?;
    let mut root = Element::of(document.root_element());
    change(&mut root);
    let mut text = String::new();
    root.write(&mut text);
    Some(text)
}

impl Element {
    fn of(node: Node<'_, '_>) -> Self {
        let children: Vec<Self> = node.children().filter(Node::is_element).map(Self::of).collect();
        let text =
            if children.is_empty() { node.text().unwrap_or_default().to_owned() } else { String::new() };
        Self { name: node.tag_name().name().to_owned(), text, children }
    }

    fn set(&mut self, path: &str, value: Option<&str>) {
        let (name, rest) = path.split_once('/').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let at = self.children.iter().position(|child| child.name == name);
        match (rest, value, at) {
            (None, None, Some(at)) => {
                self.children.remove(at);
            }
            (_, None, None) => {}
            (_, _, at) => {
                let at = at.unwrap_or_else(|| {
                    self.children.push(Self {
                        name: name.to_owned(),
                        text: String::new(),
                        children: Vec::new(),
                    });
                    self.children.len() - 1
                });
                match (rest, self.children.get_mut(at)) {
                    (Some(rest), Some(child)) => child.set(rest, value),
                    (None, Some(child)) => child.text = value.unwrap_or_default().to_owned(),
                    _ => {}
                }
            }
        }
    }

    fn write(&self, out: &mut String) {
        let _ = write!(out, "<{}>", self.name);
        out.push_str(&self.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
        self.children.iter().for_each(|child| child.write(out));
        let _ = write!(out, "</{}>", self.name);
    }
}
