//! The files of docs/handoffs: an exchange from the first message to the last.

use super::super::*;
use super::world::{
    destination, expected_grant, expected_offer, expected_request, grant, offer, read, request,
};

pub const OFFER: &str = include_str!("../../../docs/handoffs/offer.json");
pub const REQUEST: &str = include_str!("../../../docs/handoffs/request.json");
pub const GRANT: &str = include_str!("../../../docs/handoffs/grant.json");

#[test]
fn the_examples_are_what_is_written() {
    for (text, file) in
        [(offer().to_text(), OFFER), (request().to_text(), REQUEST), (grant().to_text(), GRANT)]
    {
        assert_eq!(text, file);
        assert_eq!(Handoff::parse(file.as_bytes()).expect("a handoff").to_text(), file);
    }
}

#[test]
fn an_exchange_is_accepted_step_by_step() {
    let Ok(Handoff::Offer(offer)) = Handoff::parse(OFFER.as_bytes()) else { panic!("an offer") };
    let offer = offer.accept(&expected_offer()).expect("accepted");
    let Ok(Handoff::Request(request)) = Handoff::parse(REQUEST.as_bytes()) else { panic!("a request") };
    let request = request.accept(&expected_request()).expect("accepted");
    let Ok(Handoff::Grant(grant)) = Handoff::parse(GRANT.as_bytes()) else { panic!("a grant") };
    let grant = grant.accept(&expected_grant()).expect("accepted");
    assert_eq!(request.head().answers.as_ref(), Some(offer.digest()));
    assert_eq!(grant.head().answers.as_ref(), Some(request.digest()));
    assert_eq!(offer.body().destination, destination());
}

#[test]
fn two_messages_do_when_the_account_is_granted() {
    let mut head = request().head().clone();
    head.answers = None;
    let mut body = request().body().clone();
    body.source.role.unique_id = None;
    let first = Message::new(head, body).expect("a request");
    let mut expected = expected_request();
    (expected.asked, expected.unique_id) = (None, None);
    assert!(first.check(&expected).expect_err("there is no role").to_string().contains("unique_id"));
    expected.grantee = Grantee::AccountCondition;
    first.check(&expected).expect("accepted");

    let mut head = grant().head().clone();
    head.answers = Some(first.digest().clone());
    let mut body = grant().body().clone();
    body.granted.role.unique_id = None;
    let unsound = Message::new(head.clone(), body.clone()).expect_err("a role without an id");
    assert!(unsound.to_string().contains("granted.role.unique_id"), "{unsound}");
    body.granted.to = Grantee::AccountCondition;
    let second = Message::new(head, body).expect("a grant");
    let mut expected = expected_grant();
    (expected.asked, expected.offered, expected.role.unique_id) = (first.digest().clone(), None, None);
    assert!(second.check(&expected).expect_err("to a role").to_string().contains("granted.to"));
    expected.grantee = Grantee::AccountCondition;
    second.accept(&expected).expect("accepted");
}

#[test]
fn a_kept_message_may_be_old() {
    let mut expected = expected_offer();
    expected.receiver.now = read("2031-01-01T00:00:00Z");
    assert!(offer().check(&expected).is_err());
    expected.receiver.max_age = None;
    offer().check(&expected).expect("accepted");
}

#[test]
fn what_says_the_same_need_not_be_sent_again() {
    let mut head = offer().head().clone();
    head.made.at = read("2026-07-02T00:00:00Z");
    head.link.name = read("another name");
    let again = Message::new(head.clone(), offer().body().clone()).expect("an offer");
    assert!(again.says_the_same(&offer()) && again.digest() != offer().digest());
    let mut body = offer().body().clone();
    body.destination.bucket_key = false;
    assert!(!Message::new(head, body).expect("an offer").says_the_same(&offer()));
}

/// Computed with Python: `"sha256:" + hashlib.sha256(json.dumps(value, sort_keys=True,
/// separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()`.
#[test]
fn other_programs_come_to_the_same_digest() {
    let value = serde_json::json!({"b": ["z", "é\"\\/\u{7f}\n\u{1}𝄞"], "a": {"d": 1, "c": true}, "A": null});
    let canonical = canonical(&value);
    assert_eq!(
        canonical,
        "{\"A\":null,\"a\":{\"c\":true,\"d\":1},\"b\":[\"z\",\"é\\\"\\\\/\u{7f}\\n\\u0001𝄞\"]}"
    );
    assert_eq!(
        Digest::of(&value).as_str(),
        "sha256:3e27d886bfddc077272a4ba16a23cf24d70fd1c7ccb81ad81768cb7b161b093e"
    );
}
