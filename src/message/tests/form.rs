//! What is no handoff, whoever receives it.

use serde_json::{Value, json};

use super::super::*;
use super::examples::{GRANT, OFFER, REQUEST};
use super::world::{edited, grant, offer, request};

fn refused(text: &str) -> String {
    let malformed = Handoff::parse(text.as_bytes()).expect_err(text);
    assert!(!malformed.hint().is_empty());
    let said = malformed.to_string();
    assert!(!said.chars().any(char::is_control), "{said:?}");
    said
}

#[test]
fn texts_that_are_no_handoff() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(10));
    for (text, words) in [
        (String::new(), "cannot be read as JSON"),
        ("null".to_owned(), "not a handoff"),
        ("[]".to_owned(), "not a handoff"),
        ("{}".to_owned(), "not a handoff"),
        (OFFER[..200].to_owned(), "cannot be read as JSON"),
        (format!("{OFFER}{OFFER}"), "cannot be read as JSON"),
        (format!("\u{feff}{OFFER}"), "cannot be read as JSON"),
        (format!("{OFFER}{}", " ".repeat(LARGEST)), "larger than 65536 bytes"),
        (deep, "nested deeper"),
        (OFFER.replace("orders-in", "orders"), "its digest does not fit"),
        (OFFER.replace("\"version\": 1", "\"version\": 2"), "version 2, and this program knows version 1"),
        (OFFER.replace("\"version\": 1", "\"version\": 99999999999999999999"), "a number"),
        (OFFER.replace("\"version\": 1", "\"version\": 1.0"), "a number"),
        (OFFER.replace("\"version\": 1", "\"version\": 1e0"), "a number"),
        (OFFER.replace("\"version\": 1", "\"version\": \"1\""), "not a handoff"),
        (
            OFFER.replace("\"version\": 1", "\"version\": {\"$serde_json::private::Number\": \"1\"}"),
            "a key of other characters",
        ),
        (OFFER.replace("\"version\"", "\"versi\\u006fn\""), "a key of other characters"),
        (
            OFFER.replace("\"kind\": \"offer\"", "\"kind\": \"offer\", \"kind\": \"offer\""),
            "`kind` is there twice",
        ),
        (
            OFFER.replace("\"bucket_key\": true", "\"bucket_key\": true, \"bucket_key\": true"),
            "`bucket_key` is there twice",
        ),
        (OFFER.replace("\"digest\"", "\"digst\""), "not a handoff"),
    ] {
        assert!(refused(&text).contains(words), "{words}: {}", refused(&text));
    }
    assert!(matches!(Handoff::parse(b"{\"\xff\": 1}"), Err(Malformed::NotText)));
}

/// The same message in other words is the same message.
#[test]
fn white_space_order_and_escapes_are_nothing() {
    for file in [OFFER, REQUEST, GRANT] {
        let handoff = Handoff::parse(file.as_bytes()).expect("a handoff");
        let value: Value = serde_json::from_str(file).expect("JSON");
        let mut backwards: Vec<_> = value.as_object().expect("an object").iter().collect();
        backwards.reverse();
        let backwards: serde_json::Map<_, _> =
            backwards.into_iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        for text in [
            value.to_string(),
            Value::Object(backwards).to_string(),
            file.replace("example-orders", "\\u0065xample-orders"),
            file.replace('/', "\\/"),
            file.replace('\n', "\r\n\t"),
        ] {
            assert_eq!(Handoff::parse(text.as_bytes()).expect("a handoff"), handoff);
        }
    }
}

/// Every field is needed, of its type, and there are no others; with a digest that fits.
#[test]
fn every_field_counts() {
    fn walk(whole: &Value, at: &str, value: &Value) {
        let Value::Object(map) = value else { return };
        for (key, member) in map {
            let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
            let optional =
                ["answers", "source.role.unique_id", "granted.role.unique_id"].contains(&path.as_str());
            let optional = optional && !(path == "answers" && whole["kind"] == "grant");
            if path != "digest" {
                assert_eq!(Handoff::parse(edited(whole, &path, None).as_bytes()).is_ok(), optional, "{path}");
                for wrong in [json!(null), json!(1), json!([]), json!({}), json!("\u{1}")] {
                    if member == &wrong {
                        continue;
                    }
                    let said = refused(&edited(whole, &path, Some(wrong)));
                    let named =
                        said.contains(&format!("`{path}")) || ["version", "kind"].contains(&path.as_str());
                    assert!(named, "{path}: {said}");
                }
            }
            let added = format!("{path}_more");
            assert!(refused(&edited(whole, &added, Some(json!("x")))).contains("no such field"), "{added}");
            walk(whole, &path, member);
        }
    }
    for whole in [offer().to_value(), request().to_value(), grant().to_value()] {
        walk(&whole, "", &whole);
    }
}

#[test]
fn texts_with_a_form() {
    let long = "a".repeat(3000);
    let role = |rest: &str| format!("arn:aws:iam::111111111111:{rest}");
    for (at, new) in [
        ("from", "11111111111".to_owned()),
        ("from", "１１１１１１１１１１１１".to_owned()),
        ("to", "222222222222\n".to_owned()),
        ("link.name", String::new()),
        ("link.name", " orders".to_owned()),
        ("link.name", "orders\u{202e}sredro".to_owned()),
        ("link.name", "orders\u{200b}".to_owned()),
        ("link.name", "orders\u{2028}granted".to_owned()),
        ("link.name", "orders\u{1b}[2K".to_owned()),
        ("link.name", "orders\u{e0041}".to_owned()),
        ("link.name", long.clone()),
        ("link.source_bucket", "Example-orders".to_owned()),
        ("link.source_bucket", "example-orders*".to_owned()),
        ("made.at", "2026-07-02T14:30:00+00:00".to_owned()),
        ("made.at", "2026-07-02T16:30:00+02:00".to_owned()),
        ("made.at", "2026-07-02T14:30:00.5Z".to_owned()),
        ("made.at", "2026-07-02 14:30:00Z".to_owned()),
        ("made.at", "2026-07-02t14:30:00z".to_owned()),
        ("made.at", "2026-07-02T14:30:60Z".to_owned()),
        ("made.at", "2026-02-30T14:30:00Z".to_owned()),
        ("made.at", "-000001-07-02T14:30:00Z".to_owned()),
        ("made.by", "ben".to_owned()),
        ("made.by", "arn:aws:s3::111111111111:user/ben".to_owned()),
        ("made.by", "arn:aws:iam::111111111111:user/b n".to_owned()),
        ("made.with", "bucketbridge".to_owned()),
        ("made.with", "bucketbridge 0.1.0 x".to_owned()),
        ("answers", "sha256:1".to_owned()),
        ("answers", format!("sha256:{}", "A".repeat(64))),
        ("answers", format!("sha1:{}", "a".repeat(64))),
        ("source.bucket", "arn:aws:s3:::*".to_owned()),
        ("source.bucket", "arn:aws:s3:::example-orders/*".to_owned()),
        ("source.region", "eu-west".to_owned()),
        ("source.role.arn", role("root")),
        ("source.role.arn", role("user/ben")),
        ("source.role.arn", role("role/*")),
        ("source.role.arn", role("role/replication/?x")),
        ("source.role.arn", role("role/${aws:username}/x")),
        ("source.role.arn", role("role/é/x")),
        ("source.role.arn", "*".to_owned()),
        ("source.role.arn", "111111111111".to_owned()),
        ("source.role.arn", "AROAEXAMPLEOFTHEROLE1".to_owned()),
        ("source.role.arn", "arn:aws:iam:eu-west-1:111111111111:role/x".to_owned()),
        ("source.role.arn", "arn:aws:sts::111111111111:assumed-role/x/y".to_owned()),
        ("source.role.arn", role(&format!("role/{long}/x"))),
        ("source.role.unique_id", "AIDAEXAMPLEOFTHEROLE1".to_owned()),
        ("source.role.unique_id", "AROA*".to_owned()),
        ("source.role.unique_id", String::new()),
    ] {
        let said = refused(&edited(&request().to_value(), at, Some(json!(new))));
        assert!(said.contains(&format!("`{at}`: ")), "{at} {new:?}: {said}");
    }
    let many: Vec<_> = (0..101).map(|at| format!("{at:03}/")).collect();
    let large: Vec<_> = (0..20).map(|at| format!("{at:02}{}", "x".repeat(1000))).collect();
    for new in [
        json!(["a\u{0}"]),
        json!(["a\u{ad}b"]),
        json!(["b", "a"]),
        json!(["a", "a"]),
        json!([["a"]]),
        json!([1]),
        json!("a"),
        json!(["a".repeat(1025)]),
        json!(many),
        json!(large),
    ] {
        let said = refused(&edited(&request().to_value(), "source.prefixes", Some(new)));
        assert!(said.contains("`source.prefixes"), "{said}");
    }
    for (at, new) in [
        ("destination.key", "arn:aws:kms:eu-central-1:222222222222:key/*"),
        ("destination.key", "arn:aws:kms:eu-central-1:222222222222:alias/orders"),
        ("destination.object_ownership", "bucketownerenforced"),
        ("granted.to", "account"),
    ] {
        assert!(refused(&edited(&grant().to_value(), at, Some(json!(new)))).contains(&format!("`{at}`: ")));
    }
    for new in [json!(["a b"]), json!(["a*"]), json!([])] {
        let said = refused(&edited(&grant().to_value(), "granted.key_policy.sids", Some(new)));
        assert!(said.contains("`granted.key_policy.sids"), "{said}");
    }
}
