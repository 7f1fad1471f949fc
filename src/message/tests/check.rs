//! What a receiver refuses, one thing at a time: which field is named, in which words.

use serde_json::{Value, json};

use super::super::*;
use super::world::{edited, expected_request, grant, offer, receive, request};

const KEY: &str = "key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// What the receiver says, field by field.
fn said(message: &Value, at: &str, new: Option<Value>) -> Vec<(String, String)> {
    let text = edited(message, at, new.clone());
    let handoff = Handoff::parse(text.as_bytes()).unwrap_or_else(|e| panic!("{at} {new:?}: {e}"));
    let refused = receive(&handoff).expect_err(&text);
    assert!(refused.to_string().starts_with("the "), "{refused}");
    let them = "222222222222".parse().expect("an id");
    refused
        .refusals
        .iter()
        .inspect(|refusal| assert!(!refusal.hint(&them).is_empty()))
        .map(|refusal| (refusal.field.to_owned(), refusal.to_string()))
        .collect()
}

#[track_caller]
fn refuses(message: &Value, cases: &[(&str, Value, &str)]) {
    for (at, new, words) in cases {
        let new = if new.is_null() { None } else { Some(new.clone()) };
        let said = said(message, at, new.clone());
        assert!(said.iter().any(|(_, text)| text.contains(words)), "{at} {new:?}: {words}: {said:#?}");
    }
}

#[test]
fn of_an_offer() {
    refuses(
        &offer().to_value(),
        &[
            ("from", json!("333333333333"), "`from`: it is from account 333333333333"),
            ("to", json!("333333333333"), "`to`: it is for account 333333333333"),
            ("to", json!("222222222222"), "the same account"),
            (
                "link.source_bucket",
                json!("example-other"),
                "`link.source_bucket`: the link is of bucket example-other",
            ),
            ("link.destination_bucket", json!("example-other"), "`link.destination_bucket`"),
            (
                "made.by",
                json!("arn:aws:iam::333333333333:user/eve"),
                "`made.by`: this names account 333333333333",
            ),
            ("made.at", json!("2026-06-26T11:59:59Z"), "longer ago than 604800 s"),
            ("made.at", json!("2026-07-03T12:05:01Z"), "and here it is"),
            (
                "destination.bucket",
                json!("arn:aws:s3:::example-other"),
                "`destination.bucket`: this is bucket",
            ),
            ("destination.bucket", json!("arn:aws-cn:s3:::example-orders-copy"), "partition aws-cn"),
            ("destination.region", json!("eu-west-1"), "by this profile map"),
            ("destination.region", json!("eu-west-1"), "`destination.key`: the key is in eu-central-1"),
            (
                "destination.key",
                json!(format!("arn:aws:kms:eu-west-1:222222222222:{KEY}")),
                "the bucket's Region only",
            ),
            (
                "destination.key",
                json!(format!("arn:aws:kms:eu-central-1:333333333333:{KEY}")),
                "names account 333333333333",
            ),
            (
                "destination.key",
                json!(format!("arn:aws-cn:kms:eu-central-1:222222222222:{KEY}")),
                "partition aws-cn",
            ),
            ("destination.object_lock", json!(false), "Object Lock"),
            ("destination.prefixes", json!(["invoices/"]), "do not overlap"),
            ("destination.prefixes", json!(["orders/eu/"]), "wider than what they accept"),
        ],
    );
}

#[test]
fn of_a_request() {
    refuses(
        &request().to_value(),
        &[
            ("answers", json!(OTHER), "`answers`: it answers another message"),
            ("answers", Value::Null, "it answers nothing"),
            ("source.bucket", json!("arn:aws:s3:::example-other"), "`source.bucket`"),
            ("source.region", json!("eu-west-2"), "`source.region`"),
            (
                "source.role.arn",
                json!("arn:aws:iam::333333333333:role/replication/x"),
                "names account 333333333333",
            ),
            (
                "source.role.arn",
                json!("arn:aws:iam::111111111111:role/admin/x"),
                "not one that this profile map allows: /replication/*",
            ),
            ("source.role.arn", json!("arn:aws:iam::111111111111:role/replication/a/x"), "allows"),
            ("source.role.arn", json!("arn:aws-cn:iam::111111111111:role/replication/x"), "partition aws-cn"),
            ("source.role.unique_id", json!("AROAEXAMPLEOFTHEROLE2"), "known here is AROAEXAMPLEOFTHEROLE1"),
            ("source.role.unique_id", Value::Null, "needs one that exists"),
            ("source.prefixes", json!([""]), "wider than what we accept"),
            ("source.prefixes", json!(["logs/", "orders/"]), "`logs/` is sent"),
            ("source.owner_override", json!(false), "would stay the other account's"),
        ],
    );
    let mut expected = expected_request();
    (expected.delete_markers, expected.owner_override) = (false, false);
    expected.receiver.object_lock = Some(false);
    expected.asked = None;
    expected.role = Some("arn:aws:iam::111111111111:role/Exactly".parse().expect("a role"));
    let refused = request().check(&expected).expect_err("all at once");
    let fields: Vec<_> = refused.refusals.iter().map(|refusal| refusal.field).collect();
    assert_eq!(
        fields,
        [
            "answers",
            "source.role.arn",
            "source.delete_markers",
            "source.owner_override",
            "source.object_lock"
        ]
    );
}

#[test]
fn of_a_grant() {
    let mut cases = vec![
        ("answers", json!(OTHER), "it answers another message"),
        ("granted.to", json!("account-condition"), "and by this profile map to `role`"),
        (
            "granted.role.arn",
            json!("arn:aws:iam::111111111111:role/replication/other"),
            "the request was for role",
        ),
        (
            "granted.role.arn",
            json!("arn:aws:iam::333333333333:role/replication/x"),
            "names account 333333333333",
        ),
        ("granted.role.unique_id", json!("AROAEXAMPLEOFTHEROLE2"), "known here is AROAEXAMPLEOFTHEROLE1"),
        ("granted.role.unique_id", Value::Null, "needs one that exists"),
        ("destination.prefixes", json!(["orders/eu/"]), "wider than what they accept"),
    ];
    let key = json!(format!("arn:aws:kms:eu-central-1:222222222222:{}", KEY.replace("1234abcd", "00000000")));
    for (at, new) in [
        ("destination.key", key),
        ("destination.bucket_key", json!(false)),
        ("destination.object_ownership", json!("ObjectWriter")),
        ("destination.object_lock", json!(false)),
        ("destination.prefixes", json!(["orders/"])),
    ] {
        cases.push((at, new, "not what was offered"));
    }
    refuses(&grant().to_value(), &cases);
}

#[test]
fn a_message_that_contradicts_itself_cannot_be_made() {
    let mut head = offer().head().clone();
    head.to = head.from.clone();
    assert!(matches!(Message::new(head, offer().body().clone()), Err(Unsound::Refused(_))));
    let mut head = offer().head().clone();
    head.answers = Some(request().digest().clone());
    assert!(matches!(Message::new(head, offer().body().clone()), Err(Unsound::Malformed(_))));
    let mut body = request().body().clone();
    body.source.role.arn.path = "/a*b/".to_owned();
    let unsound = Message::new(request().head().clone(), body).expect_err("a wildcard");
    assert!(
        unsound.to_string().contains("`source.role.arn`: an ARN in a handoff holds no wildcard"),
        "{unsound}"
    );
}
