//! What holds of all messages and all prefixes.

use proptest::prelude::*;
use proptest::sample::select;

use super::super::*;
use super::world::{destination, offer, read, request};

fn prefix() -> impl Strategy<Value = Prefix> {
    let piece = select(vec!["", "a", "b/", "é", "\"", "\\", "/", " "]);
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| read(&pieces.concat()))
}

fn list() -> impl Strategy<Value = Prefixes> {
    proptest::collection::vec(prefix(), 1..5).prop_map(|list| Prefixes::new(list).expect("prefixes"))
}

proptest! {
    /// A message that can be made can be read, and is the same then.
    #[test]
    fn what_is_written_is_read(
        name in "\\PC{0,140}",
        accepted in list(),
        flags: (bool, bool, bool),
        id in proptest::option::of("AROA[A-Z0-9]{12,20}"),
        second in 0_i64..4_000_000_000,
    ) {
        let Ok(name) = name.parse::<Label>() else { return Ok(()) };
        let mut head = offer().head().clone();
        head.link.name = name;
        head.made.at = jiff::Timestamp::from_second(second).expect("a time").into();
        let mut body = offer().body().clone();
        body.destination.prefixes = accepted.clone();
        (body.destination.bucket_key, body.destination.object_lock) = (flags.0, flags.1);
        let made = Message::new(head, body).expect("an offer");
        for text in [made.to_text(), made.to_value().to_string()] {
            prop_assert_eq!(Handoff::parse(text.as_bytes()).expect("read"), Handoff::Offer(made.clone()));
        }
        let mut body = request().body().clone();
        body.source.role.unique_id = id.map(|id| read(&id));
        body.source.prefixes = accepted;
        body.source.delete_markers = flags.2;
        let made = Message::new(request().head().clone(), body).expect("a request");
        let text = made.to_text();
        prop_assert_eq!(Handoff::parse(text.as_bytes()).expect("read"), Handoff::Request(made));
    }

    /// Compared with keys of objects: what lies within is accepted with every key, what is disjoint with none.
    #[test]
    fn prefixes_cover_what_they_say(accepted in list(), sent in prefix(), rest in prefix()) {
        let accepts = |key: &str| accepted.iter().any(|prefix| key.starts_with(prefix.as_str()));
        let key = format!("{sent}{rest}");
        match accepted.cover(&sent) {
            Cover::Within => prop_assert!(accepts(&key)),
            Cover::Disjoint => prop_assert!(!accepts(&key)),
            Cover::Wider => {
                prop_assert!(!accepts(sent.as_str()));
                prop_assert!(accepted.iter().any(|prefix| prefix.as_str().starts_with(sent.as_str())));
            }
        }
    }

    /// Whatever bytes come, there is an answer.
    #[test]
    fn rubbish_is_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "\\PC{0,200}") {
        prop_assert!(Handoff::parse(&bytes).is_err());
        prop_assert!(Handoff::parse(text.as_bytes()).is_err());
    }
}

#[test]
fn the_largest_message_can_be_made() {
    let large: Vec<Prefix> = (0..16).map(|at| read(&format!("{}{at:02}", "\"".repeat(1022)))).collect();
    let mut body = offer().body().clone();
    body.destination = Destination { prefixes: Prefixes::new(large).expect("prefixes"), ..destination() };
    Message::new(offer().head().clone(), body).expect("an offer");
}

#[test]
fn an_everything_prefix_accepts_all() {
    let all = Prefixes::new([read("")]).expect("prefixes");
    assert_eq!(all.cover(&read("orders/")), Cover::Within);
    assert_eq!(all.cover(&read("")), Cover::Within);
    let one = Prefixes::new([read("orders/")]).expect("prefixes");
    assert_eq!(one.cover(&read("")), Cover::Wider);
    assert_eq!(one.cover(&read("orders")), Cover::Wider);
    assert_eq!(one.cover(&read("invoices/")), Cover::Disjoint);
    assert!(Prefixes::new([]).is_err());
}
