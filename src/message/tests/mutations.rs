//! Whatever becomes of a message on its way: its receiver never panics, and never takes it for another one.
//!
//! Two kinds of harm, 10,000 in all, the same in every run:
//!
//! - Texts that are damaged. What is still accepted has to be the message that was sent, to the last field.
//! - Values that are changed by somebody who puts the right digest to them. The receiver has nothing but
//!   what it knows. What is accepted may differ only in what a receiver cannot know ([`TOLD`]), and only
//!   towards less in what it has limited: prefixes within what it accepts, no delete markers.

use fastrand::Rng;
use serde_json::{Map, Value, json};

use super::super::*;
use super::examples::{GRANT, OFFER, REQUEST};
use super::world::{digested, receive};

/// What a message is the first to say, and its receiver takes as told. The rest is what a message means.
const TOLD: &[(Kind, &[&str])] = &[
    (
        Kind::Offer,
        &[
            "digest",
            "link.name",
            "made",
            "destination.bucket_key",
            "destination.object_ownership",
            "destination.prefixes",
        ],
    ),
    (
        Kind::Request,
        &[
            "digest",
            "link.name",
            "made",
            "source.bucket_key",
            "source.object_lock",
            "source.prefixes",
            "source.delete_markers",
        ],
    ),
    (
        Kind::Grant,
        &["digest", "link.name", "made", "granted.at", "granted.key_policy", "granted.bucket_policy"],
    ),
];

/// The role's name within the allowed path, and the id of a key in the right account and Region, are told
/// too: all but their last part is meaning.
const LAST_PART_TOLD: &[(Kind, &str)] =
    &[(Kind::Offer, "/destination/key"), (Kind::Request, "/source/role/arn")];

const FRAGMENTS: &[&str] = &[
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\\",
    "\\u0000",
    "\\ud800",
    "\0",
    "\n",
    "\u{feff}",
    "\u{202e}",
    "\u{2028}",
    "null",
    "true",
    "false",
    "1",
    "-1",
    "1e999",
    "0.1",
    "99999999999999999999999999",
    "*",
    "?",
    "${aws:x}",
    "é",
    "𝄞",
    "{\"$serde_json::private::Number\":\"1\"}",
    "\"kind\":\"grant\",",
    "\"version\":1,",
    "\"from\":\"333333333333\",",
    "\"x\":1,",
    "\\u002a",
    "[[[[[[[[[[[[[[[[",
    "111111111111",
    "222222222222",
    "333333333333",
    "aaaaaaaa",
];

/// What a message means to its receiver.
fn meaning(handoff: &Handoff) -> Value {
    let mut value = handoff.to_value();
    let kind = handoff.kind();
    for (_, told) in TOLD.iter().filter(|(of, _)| *of == kind) {
        for path in *told {
            let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
            let parent = if parent.is_empty() { String::new() } else { format!("/{parent}") };
            value.pointer_mut(&parent).and_then(Value::as_object_mut).expect("a section").shift_remove(key);
        }
    }
    for (_, at) in LAST_PART_TOLD.iter().filter(|(of, _)| *of == kind) {
        let text = value.pointer_mut(at).expect("an ARN");
        let first = text.as_str().and_then(|arn| arn.rsplit_once('/')).expect("a name").0.to_owned();
        *text = Value::from(first);
    }
    value
}

/// What the receiver of the world has limited, in plain comparisons of its own.
fn within_limits(handoff: &Handoff) -> bool {
    let texts = |prefixes: &Prefixes| prefixes.iter().map(ToString::to_string).collect::<Vec<_>>();
    match handoff {
        Handoff::Offer(offer) => texts(&offer.body().destination.prefixes)
            .iter()
            .any(|accepted| "orders/".starts_with(accepted.as_str())),
        Handoff::Request(request) => {
            let sent = texts(&request.body().source.prefixes);
            sent.iter().all(|sent| sent.starts_with("orders/") || sent.starts_with("invoices/"))
        }
        Handoff::Grant(_) => true,
    }
}

/// Damages a text.
fn damaged(rng: &mut Rng, text: &str) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..bytes.len().max(1)).min(bytes.len().saturating_sub(1));
        let end = (at + rng.usize(..40)).min(bytes.len());
        match rng.u8(..8) {
            0 => bytes[at] ^= 1 << rng.u8(..8),
            1 => bytes[at] = rng.u8(..),
            2 => bytes.truncate(at.max(1)),
            3 => drop(bytes.splice(at..at, FRAGMENTS[rng.usize(..FRAGMENTS.len())].bytes())),
            4 => drop(bytes.drain(at..end.min(bytes.len() - 1).max(at))),
            5 => {
                let copy = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, copy));
            }
            6 => {
                let other = rng.usize(..bytes.len());
                bytes.swap(at, other);
            }
            // Harmless where it hits the space between tokens.
            _ => drop(bytes.splice(at..at, [b" ", b"\n", b"\t"][rng.usize(..3)].iter().copied())),
        }
    }
    bytes
}

/// Every place of a value.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let members: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(key, member)| (key.clone(), member)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    for (key, member) in members {
        let place = format!("{at}/{key}");
        found.push(place.clone());
        places(member, &place, found);
    }
}

/// What a value looks like, so that it is replaced by one that is read as well.
fn shape(value: &Value) -> &str {
    let Some(text) = value.as_str() else {
        return if value.is_array() { "list" } else { "other" };
    };
    match text {
        _ if text.starts_with("arn:") => text.split(':').nth(2).unwrap_or_default(),
        _ if text.starts_with("sha256:") => "digest",
        _ if text.starts_with("AROA") => "unique id",
        _ if text.ends_with('Z') => "time",
        _ if text.starts_with("example-") => "bucket",
        _ if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) => "account",
        _ if text.bytes().last().is_some_and(|b| b.is_ascii_digit()) => "Region",
        _ => "text",
    }
}

/// Something that is at home in a message.
fn plausible() -> Vec<Value> {
    vec![
        json!("111111111111"),
        json!("222222222222"),
        json!("333333333333"),
        json!("example-orders"),
        json!("example-orders-copy"),
        json!("arn:aws:sts::333333333333:assumed-role/Storage/eve"),
        json!("arn:aws:sts::222222222222:assumed-role/Storage/eve"),
        json!("arn:aws:sts::111111111111:assumed-role/Storage/eve"),
        json!("example-other"),
        json!("arn:aws:s3:::example-other"),
        json!("arn:aws-cn:s3:::example-orders-copy"),
        json!("eu-west-1"),
        json!("eu-central-1"),
        json!("cn-north-1"),
        json!("arn:aws:kms:eu-central-1:222222222222:key/00000000-12ab-34cd-56ef-1234567890ab"),
        json!("arn:aws:kms:eu-west-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        json!("arn:aws:kms:eu-central-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        json!("arn:aws:iam::333333333333:role/replication/bucketbridge-example-orders"),
        json!("arn:aws:iam::111111111111:role/replication/other"),
        json!("arn:aws:iam::111111111111:role/admin/other"),
        json!("arn:aws:iam::111111111111:role/replication/*"),
        json!("arn:aws:iam::111111111111:root"),
        json!("arn:aws:iam::222222222222:user/ana"),
        json!("AROAEXAMPLEOFTHEROLE2"),
        json!("2026-07-03T11:00:00Z"),
        json!("2020-07-03T11:00:00Z"),
        json!("2030-07-03T11:00:00Z"),
        json!("sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
        json!("bucketbridge 9.9.9"),
        json!("offer"),
        json!("request"),
        json!("grant"),
        json!("role"),
        json!("account-condition"),
        json!("ObjectWriter"),
        json!("orders"),
        json!(""),
        json!("orders/eu/"),
        json!([""]),
        json!(["orders/"]),
        json!(["orders/eu/"]),
        json!(["", "orders/"]),
        json!(["logs/"]),
        json!(["BucketbridgeOther"]),
        json!(true),
        json!(false),
        json!(null),
        json!(1),
        json!(2),
        json!(u64::MAX),
        json!({}),
        json!([[[[[[[["x"]]]]]]]]),
    ]
}

/// One of them, whatever stands there now.
fn likely(rng: &mut Rng) -> Value {
    let all = plausible();
    all[rng.usize(..all.len())].clone()
}

/// One that looks like what stands there now.
fn alike(rng: &mut Rng, old: &Value) -> Value {
    let mut alike = plausible();
    alike.retain(|new| shape(new) == shape(old) && new != old);
    if alike.is_empty() { likely(rng) } else { alike.swap_remove(rng.usize(..alike.len())) }
}

/// Changes a value, and nothing of its text.
fn forged(rng: &mut Rng, whole: &Value) -> Value {
    let mut value = whole.clone();
    for _ in 0..rng.usize(1..3) {
        let mut found = Vec::new();
        places(&value, "", &mut found);
        let place = found[rng.usize(..found.len())].clone();
        let (parent, key) = place.rsplit_once('/').expect("a place");
        match rng.u8(..16) {
            0 => match value.pointer_mut(parent) {
                Some(Value::Object(map)) => drop(map.shift_remove(key)),
                Some(Value::Array(items)) => drop(items.pop()),
                _ => {}
            },
            1 => {
                if let Some(Value::Object(map)) = value.pointer_mut(parent) {
                    let more = ["comment", "principal", "role", "answers", "unique_id"][rng.usize(..5)];
                    map.insert(more.to_owned(), likely(rng));
                }
            }
            2 => {
                if let Some(flag) = value.pointer_mut(&place).filter(|value| value.is_boolean()) {
                    *flag = Value::from(flag == &Value::from(false));
                }
            }
            3 | 4 => {
                if let Some(Value::String(text)) = value.pointer_mut(&place) {
                    let at = rng.usize(..=text.chars().count());
                    let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
                    text.insert_str(at, FRAGMENTS[rng.usize(..FRAGMENTS.len())]);
                }
            }
            5 => {
                if let Some(Value::String(text)) = value.pointer_mut(&place) {
                    let mut letters: Vec<char> = text.chars().collect();
                    if !letters.is_empty() {
                        let at = rng.usize(..letters.len());
                        letters[at] = rng.alphanumeric().to_ascii_lowercase();
                    }
                    *text = letters.into_iter().collect();
                }
            }
            6 => {
                if let Some(Value::Array(items)) = value.pointer_mut(parent) {
                    items.insert(0, likely(rng));
                }
            }
            7 => {
                if let Some(old) = value.pointer_mut(&place) {
                    *old = likely(rng);
                }
            }
            _ => {
                if let Some(old) = value.pointer_mut(&place).filter(|old| !old.is_object()) {
                    *old = alike(rng, old);
                }
            }
        }
    }
    if value == *whole { forged(rng, whole) } else { value }
}

#[derive(Debug, Default)]
struct Count {
    malformed: u32,
    refused: u32,
    told: u32,
    same: u32,
}

#[test]
fn ten_thousand_mutations() {
    let mut rng = Rng::with_seed(20_260_701);
    let (mut texts, mut values) = (Count::default(), Count::default());
    for round in 0..10_000 {
        let file = [OFFER, REQUEST, GRANT][rng.usize(..3)];
        let sent = Handoff::parse(file.as_bytes()).expect("a handoff");
        let whole = sent.to_value();
        let forge = round % 2 == 1;
        let (bytes, count) = if forge {
            (digested(forged(&mut rng, &whole)).into_bytes(), &mut values)
        } else {
            (damaged(&mut rng, file), &mut texts)
        };
        let shown = String::from_utf8_lossy(&bytes);
        let got = match Handoff::parse(&bytes) {
            Ok(got) => got,
            Err(malformed) => {
                assert!(!malformed.to_string().chars().any(char::is_control), "{shown}");
                count.malformed += 1;
                continue;
            }
        };
        if !forge {
            assert_eq!(got, sent, "{shown}");
        }
        if let Err(refused) = receive(&got) {
            assert!(forge && !refused.refusals.is_empty(), "{shown}");
            count.refused += 1;
            continue;
        }
        assert_eq!(meaning(&got), meaning(&sent), "{shown}");
        assert!(within_limits(&got), "{shown}");
        if got == sent { count.same += 1 } else { count.told += 1 }
    }
    println!("texts: {texts:?}\nvalues with a digest that fits: {values:?}");
    assert!(texts.malformed > 3_000 && texts.same > 50 && texts.told == 0, "{texts:?}");
    assert!(values.malformed > 1_000 && values.refused > 1_000 && values.told > 100, "{values:?}");
}

/// Every key of every object, said twice.
#[test]
fn no_key_can_be_said_twice() {
    for file in [OFFER, REQUEST, GRANT] {
        for line in file.lines().filter(|line| line.contains("\": ")) {
            let (key, _) = line.trim().split_once(':').expect("a key");
            for other in ["1", "null", "\"x\"", "{}", "true"] {
                let text = file.replacen(line, &format!("{key}: {other},\n{line}"), 1);
                assert!(matches!(Handoff::parse(text.as_bytes()), Err(Malformed::NotJson(_))), "{text}");
            }
        }
    }
}

/// An answer cannot be passed off as one of another kind.
#[test]
fn kinds_do_not_mix() {
    for file in [OFFER, REQUEST, GRANT] {
        let value: Map<String, Value> = serde_json::from_str(file).expect("JSON");
        for kind in ["offer", "request", "grant", "proof"] {
            let mut other = value.clone();
            let same = other.insert("kind".to_owned(), json!(kind)) == Some(json!(kind));
            assert_eq!(Handoff::parse(digested(Value::Object(other)).as_bytes()).is_ok(), same, "{kind}");
        }
    }
}
