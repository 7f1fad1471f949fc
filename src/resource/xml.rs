//! XML as S3's configurations are written in it: looking at a tree, and writing elements.
//!
//! Deliberately absent: what any element means, and writing a tree. What others wrote is never written
//! anew, only cut and put together again.

use roxmltree::Node;

/// The namespace of S3's documents.
pub const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// An element with this content, which is XML already.
pub fn element(name: &str, content: &str) -> String {
    format!("<{name}>{content}</{name}>")
}

/// An element that holds a text.
pub fn text_element(name: &str, text: &str) -> String {
    element(name, &escaped(text))
}

/// A text so that it reads back as it is: a parser would make a line end of a carriage return.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' | '\u{85}' | '\u{2028}' => out.push_str(&format!("&#x{:X};", u32::from(c))),
            _ => out.push(c),
        }
    }
    out
}

/// The elements of that name in an element, of the same namespace: S3 knows no other.
pub fn children<'a, 'i: 'a>(node: Node<'a, 'i>, name: &'a str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| {
        child.is_element()
            && child.tag_name().name() == name
            && child.tag_name().namespace() == node.tag_name().namespace()
    })
}

/// The first element at the end of a path of names.
pub fn find<'a, 'i: 'a>(node: Node<'a, 'i>, path: &'a str) -> Option<Node<'a, 'i>> {
    path.split('/').try_fold(node, |node, name| children(node, name).next())
}

/// The text of an element, comments left out.
pub fn text(node: Node<'_, '_>) -> String {
    node.children().filter(Node::is_text).filter_map(|child| child.text()).collect()
}

/// What an element says, in one form, whatever its white space between elements, prefixes and
/// quotation marks are; `but` and what is in it is left out.
pub fn canonical(node: Node<'_, '_>, but: Option<Node<'_, '_>>) -> String {
    let left_out = but.map(|but| but.range());
    let own = node.tag_name().namespace();
    let mut out = String::new();
    let mut open = Vec::new();
    for at in node.descendants() {
        let between = || at.parent().is_some_and(|parent| parent.children().any(|n| n.is_element()));
        let says_something = at.is_element()
            || at.is_text() && (!at.text().unwrap_or_default().trim().is_empty() || !between());
        if !says_something || left_out.as_ref().is_some_and(|range| range.contains(&at.range().start)) {
            continue;
        }
        while !open.is_empty() && open.last().copied() != at.parent() {
            open.pop();
            out.push_str("</>");
        }
        if at.is_text() {
            out.push_str(&escaped(at.text().unwrap_or_default()));
            continue;
        }
        let space = at.tag_name().namespace().filter(|space| Some(*space) != own).unwrap_or_default();
        let mut attributes: Vec<String> = at
            .attributes()
            .map(|a| {
                format!(
                    " {}|{}=\"{}\"",
                    escaped(a.namespace().unwrap_or_default()),
                    a.name(),
                    escaped(a.value())
                )
            })
            .collect();
        attributes.sort();
        out.push_str(&format!("<{}|{}{}>", escaped(space), at.tag_name().name(), attributes.concat()));
        open.push(at);
    }
    // What is still open ends with the text.
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use roxmltree::Document;

    fn canon(text: &str) -> String {
        canonical(Document::parse(text).expect("XML").root_element(), None)
    }

    proptest! {
        #[test]
        fn a_text_reads_back_as_it_is(value in "[\\t\\n\\r -~\u{85}\u{e9}\u{2028}]{0,20}") {
            let xml = text_element("Prefix", &value);
            prop_assert_eq!(text(Document::parse(&xml).expect("XML").root_element()), value);
        }
    }

    #[test]
    fn one_form_for_what_says_the_same() {
        let plain = "<Rule><ID>a</ID><Filter><Prefix></Prefix></Filter></Rule>";
        for same in [
            "<Rule>\n  <ID>a</ID> <Filter><Prefix/>\n</Filter></Rule>",
            "<Rule xmlns='urn:s3'><ID><![CDATA[a]]></ID><Filter><Prefix/></Filter></Rule>",
            "<s:Rule xmlns:s='urn:s3'><s:ID>&#97;</s:ID><!-- a --><s:Filter><s:Prefix/></s:Filter></s:Rule>",
        ] {
            assert_eq!(canon(plain), canon(same));
        }
        for other in [
            "<Rule><ID>a </ID><Filter><Prefix/></Filter></Rule>",
            "<Rule><ID>a</ID><Filter><Prefix> </Prefix></Filter></Rule>",
            "<Rule><ID>a</ID><Filter/><Prefix/></Rule>",
            "<Rule><ID>a</ID><Filter><Prefix n='1'/></Filter></Rule>",
            "<Rule><ID>a</ID><Filter><Prefix xmlns='urn:x'/></Filter></Rule>",
            "<Rule><Filter><Prefix/></Filter></Rule>",
        ] {
            assert_ne!(canon(plain), canon(other));
        }
        let document = Document::parse(plain).expect("XML");
        let root = document.root_element();
        let without = "<Rule><Filter><Prefix/></Filter></Rule>";
        assert_eq!(canonical(root, find(root, "ID")), canon(without));
    }

    #[test]
    fn depth_is_no_danger() {
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert_eq!(canon(&deep), "<|a>".repeat(100_000));
    }
}
