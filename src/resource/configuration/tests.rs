//! What of others is in a replication configuration survives each thing that is done to it, to the byte.
//!
//! Deliberately absent: calls. `tests/it/foreign.rs` has the whole program.

use super::*;
use proptest::prelude::*;

const ROLE: &str = "arn:aws:iam::111111111111:role/theirs";

/// What others write, and what is around it.
const THEIRS: &[&str] = &[
    "<Rule><ID>older</ID><Prefix>logs/</Prefix><Status>Enabled</Status></Rule>",
    "<Rule>\r\n\t<Status>Disabled</Status><!-- no id --><Filter/>\n</Rule>",
    "<Rule><ID/><New at=\"1\"><A/></New><Status><![CDATA[Enabled]]></Status></Rule >",
    "<Rule xmlns:x='urn:x'><ID>Their rule, 1 &amp; 2</ID><x:New>&#233;</x:New></Rule>",
    "<Rule/>",
    "<y:Rule xmlns:y='urn:y'><ID>no rule of S3's</ID></y:Rule>",
    "<Later><Rule><ID>Bucketbridge-1</ID></Rule></Later>",
    "<!-- é -->",
    "<?note a?>",
    "\n  ",
];

fn document() -> impl Strategy<Value = String> {
    let part = prop::sample::select(THEIRS);
    (prop::collection::vec(part.clone(), 0..6), prop::collection::vec(part, 0..3), any::<[bool; 3]>())
        .prop_map(|(before, after, [bom, declared, spaced])| {
            let bom = if bom { "\u{feff}" } else { "" };
            let declaration = if declared { "<?xml version='1.0' encoding='UTF-8'?>\r\n" } else { "" };
            let space = if spaced { " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"" } else { "" };
            let (before, after) = (before.concat(), after.concat());
            format!("{bom}{declaration}<{ROOT}{space} >{before}<Role>{ROLE}</Role>{after}</{ROOT}\n>\n")
        })
}

fn ours(prefix: &str) -> Vec<RuleElement> {
    [1, 2]
        .map(|n| format!("<Rule><ID>Bucketbridge-{n}</ID><Filter><Prefix>{prefix}</Prefix></Filter></Rule>"))
        .map(|text| RuleElement::parse(&text).expect("XML"))
        .to_vec()
}

fn ids() -> BTreeSet<String> {
    ours("").iter().filter_map(|rule| rule.id().map(str::to_owned)).collect()
}

fn parsed(text: &str) -> Configuration {
    Configuration::parse("orders-prod", text.as_bytes()).expect("a configuration")
}

proptest! {
    #[test]
    fn what_others_wrote_survives_to_the_byte(text in document()) {
        let before = parsed(&text);
        prop_assert_eq!(before.text(), &text);
        prop_assert_eq!(before.role(), ROLE);
        let merged = before.with("orders-prod", ROLE, &ours("a")).expect("merged");
        // What is put in is all that is put in.
        let added: String = ours("a").iter().map(RuleElement::text).collect();
        prop_assert_eq!(merged.text().replacen(&added, "", 1), text.clone());
        // Idempotent, and read as it is kept in memory.
        prop_assert_eq!(&merged.with("orders-prod", ROLE, &ours("a")).expect("merged"), &merged);
        let read = parsed(merged.text());
        prop_assert!(read.rules().eq(merged.rules()));
        prop_assert_eq!(&read.with("orders-prod", ROLE, &ours("a")).expect("merged"), &read);
        prop_assert_eq!(before.lost(&read, &ids()), None);
        // In its place.
        let changed = read.with("orders-prod", ROLE, &ours("b")).expect("merged");
        let in_place = merged.text().replace("<Prefix>a<", "<Prefix>b<");
        prop_assert_eq!(changed.text(), in_place);
        // And out again.
        match changed.without(&ids()) {
            Some(left) => prop_assert_eq!(left.text(), &text),
            None => prop_assert_eq!(before.rules().count(), 0),
        }
    }

    #[test]
    fn no_document_is_too_strange(
        words in prop::collection::vec(
            prop::sample::select(&["<", ">", "</", "/>", "Rule", "Role", "ReplicationConfiguration", " ", "x:", "&",
                "<!DOCTYPE a [<!ENTITY b 'c'>]>", "&b;", "xmlns='u'", "<![CDATA[", "]]>", "<!--", "-->", "é", "\0"][..]),
            0..12,
        ),
        theirs in document(),
        cut in any::<prop::sample::Index>(),
    ) {
        let words = words.concat();
        let mut cut = cut.index(theirs.len());
        while !theirs.is_char_boundary(cut) {
            cut -= 1;
        }
        for text in [words.clone(), format!("{}{words}{}", &theirs[..cut], &theirs[cut..])] {
            if let Ok(read) = Configuration::parse("orders-prod", text.as_bytes()) {
                prop_assert_eq!(read.text(), text);
                let _ = read.with("orders-prod", "another", &ours("a")).map(|merged| merged.without(&ids()));
            }
        }
    }
}

#[test]
fn a_new_one_is_what_s3_takes() {
    let made = Configuration::new("a&b").with("orders-prod", "a&b", &ours("")).expect("merged");
    assert!(made.text().starts_with(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ReplicationConfiguration \
         xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Role>a&amp;b</Role><Rule><ID>Bucketbridge-1</ID>"
    ));
    let read = parsed(made.text());
    assert_eq!((read.role(), read.rules().count()), ("a&b", 2));
    assert_eq!(read.rule_ids().collect::<Vec<_>>(), ["Bucketbridge-1", "Bucketbridge-2"]);
    assert_eq!(read.without(&ids()), None, "S3 takes none without rules");
}

#[test]
fn another_role_takes_the_place_of_the_role() {
    let text = format!("<{ROOT}><Rule><ID>a</ID></Rule><Role >{ROLE}</Role><!-- end --></{ROOT}>");
    let changed = parsed(&text).with("orders-prod", "ours", &[]).expect("merged");
    assert_eq!(changed.text(), text.replace(&format!("<Role >{ROLE}</Role>"), "<Role>ours</Role>"));
    assert_eq!(changed.role(), "ours");
}

#[test]
fn what_nobody_knows_how_to_keep_is_left_alone() {
    let of = |document: &[u8]| Configuration::parse("orders-prod", document).expect_err("refused");
    let rule = "<Rule/>";
    for (document, why) in [
        (format!("<{ROOT}><Role>a</Role>{rule}"), "it cannot be read: "),
        (format!("<!DOCTYPE a><{ROOT}><Role>a</Role>{rule}</{ROOT}>"), "XML with DTD detected"),
        (format!("<{ROOT}><Role>a</Role>&own;{rule}</{ROOT}>"), "unknown entity reference 'own'"),
        (format!("<{ROOT}><Role>a</Role><x:Rule/></{ROOT}>"), "unknown namespace prefix 'x'"),
        ("<Error><Code>None</Code></Error>".to_owned(), "it is a `Error`, not a `ReplicationConfiguration`"),
        (format!("<{ROOT}>{rule}</{ROOT}>"), "it has no `Role` element, or several"),
        (format!("<{ROOT}><Role/><Role/>{rule}</{ROOT}>"), "it has no `Role` element, or several"),
    ] {
        let stop = of(document.as_bytes());
        assert!(
            stop.message.contains("bucket orders-prod is left alone") && stop.message.contains(why),
            "{stop}"
        );
        assert!(stop.hint.is_some());
    }
    assert!(of(b"<a>\xff</a>").message.contains("not in UTF-8"));
}

#[test]
fn a_document_with_prefixes_is_kept_but_takes_no_rule() {
    let text = format!(
        "<s:{ROOT} xmlns:s='urn:s3'><s:Role>{ROLE}</s:Role><s:Rule><s:ID>a</s:ID></s:Rule></s:{ROOT}>"
    );
    let read = parsed(&text);
    assert_eq!(read.rule_ids().collect::<Vec<_>>(), ["a"]);
    assert_eq!(read.with("orders-prod", ROLE, &[]).as_ref(), Ok(&read));
    let stop = read.with("orders-prod", ROLE, &ours("")).expect_err("refused");
    assert!(stop.message.contains("namespace prefix"), "{stop}");
}

#[test]
fn a_rule_of_ours_that_would_lose_something_is_not_written_anew() {
    let text = Configuration::new(ROLE)
        .with("orders-prod", ROLE, &ours("a"))
        .expect("merged")
        .text()
        .replace("</ID>", "</ID><Destination><New>1</New></Destination>");
    let stop = parsed(&text).with("orders-prod", ROLE, &ours("a")).expect_err("refused");
    assert!(stop.message.contains("rule Bucketbridge-1 of bucket orders-prod"), "{stop}");
    assert!(stop.message.contains("holds `Destination/New`"), "{stop}");
}

#[test]
fn more_than_s3_takes_is_refused_with_by_how_much() {
    let rules: String = (0..999).map(|n| format!("<Rule><ID>{n}</ID></Rule>")).collect();
    let text = |more: &str| format!("<{ROOT}><Role>{ROLE}</Role>{rules}{more}</{ROOT}>");
    let stop = parsed(&text("")).with("orders-prod", ROLE, &ours("")).expect_err("1,001 rules");
    assert!(stop.message.contains("1001 replication rules, 1 more than the 1000"), "{stop}");
    let there = text("<Rule><ID>Bucketbridge-1</ID></Rule>");
    assert!(parsed(&there).with("orders-prod", ROLE, &ours("")[..1]).is_ok(), "as many as S3 takes");
    let long = text(&format!("<!-- {} -->", " ".repeat(MOST_BYTES)));
    let stop = parsed(&long).with("orders-prod", ROLE, &ours("")[..1]).expect_err("too long");
    assert!(stop.message.contains("bytes longer than the 2097152"), "{stop}");
}

#[test]
fn what_is_lost_is_named() {
    let of = |rules: &str| parsed(&format!("<{ROOT}><Role>{ROLE}</Role>{rules}</{ROOT}>"));
    let before =
        of("<Rule><ID>a</ID><New/></Rule><Rule><Status>Enabled</Status></Rule><Rule><ID>ours</ID></Rule>");
    let but = BTreeSet::from(["ours".to_owned()]);
    let lost = |rules: &str| before.lost(&of(rules), &but);
    let given = "<Rule>\n<ID>made-up</ID> <Status>Enabled</Status></Rule><Rule><ID>a</ID><New></New></Rule>";
    assert_eq!(lost(given), None);
    assert_eq!(
        lost("<Rule><ID>a</ID></Rule><Rule><Status>Enabled</Status></Rule>").as_deref(),
        Some("rule a")
    );
    let twice = "<Rule><ID>a</ID><New/></Rule><Rule><ID>a</ID><New/></Rule>";
    assert_eq!(lost(twice).as_deref(), Some("rule number 2 (without an id)"));
}
