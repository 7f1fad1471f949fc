//! Two teams, the three messages between them, and what each expects.

use std::time::Duration;

use serde_json::Value;

use super::super::*;

pub const SOURCE: &str = "111111111111";
pub const DESTINATION: &str = "222222222222";
pub const NOW: &str = "2026-07-03T12:00:00Z";

pub fn read<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect(text)
}

pub fn prefixes(texts: &[&str]) -> Prefixes {
    Prefixes::new(texts.iter().map(|text| read(text))).expect("prefixes")
}

fn head(name: &str, from: &str, to: &str, at: &str, by: &str, answers: Option<Digest>) -> Head {
    Head {
        link: LinkMark {
            name: read(name),
            source_bucket: read("example-orders"),
            destination_bucket: read("example-orders-copy"),
        },
        from: read(from),
        to: read(to),
        made: Made { at: read(at), by: read(by), with: read("bucketbridge 0.1.0") },
        answers,
    }
}

pub fn destination() -> Destination {
    Destination {
        bucket: read("arn:aws:s3:::example-orders-copy"),
        region: read("eu-central-1"),
        key: read("arn:aws:kms:eu-central-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
        bucket_key: true,
        object_ownership: Ownership::BucketOwnerEnforced,
        object_lock: true,
        prefixes: prefixes(&["invoices/", "orders/"]),
    }
}

pub fn role() -> Role {
    Role {
        arn: read("arn:aws:iam::111111111111:role/replication/bucketbridge-example-orders"),
        unique_id: Some(read("AROAEXAMPLEOFTHEROLE1")),
    }
}

pub fn offer() -> Message<Offer> {
    let by = "arn:aws:sts::222222222222:assumed-role/Storage/ana";
    let head = head("orders-in", DESTINATION, SOURCE, "2026-07-01T09:00:00Z", by, None);
    Message::new(head, Offer { destination: destination() }).expect("an offer")
}

pub fn request() -> Message<Request> {
    let by = "arn:aws:sts::111111111111:assumed-role/Orders/ben";
    let answers = Some(offer().digest().clone());
    let head = head("orders", SOURCE, DESTINATION, "2026-07-02T14:30:00Z", by, answers);
    let source = Source {
        bucket: read("arn:aws:s3:::example-orders"),
        region: read("eu-west-1"),
        role: role(),
        prefixes: prefixes(&["orders/"]),
        delete_markers: true,
        owner_override: true,
        bucket_key: true,
        object_lock: true,
    };
    Message::new(head, Request { source }).expect("a request")
}

pub fn grant() -> Message<Grant> {
    let by = "arn:aws:sts::222222222222:assumed-role/Storage/ana";
    let answers = Some(request().digest().clone());
    let head = head("orders-in", DESTINATION, SOURCE, "2026-07-03T08:15:00Z", by, answers);
    let written = |sids: &[&str], policy: &str| Written {
        sids: sids.iter().map(|sid| read(sid)).collect(),
        digest: Digest::of(&Value::from(policy)),
    };
    let granted = Granted {
        to: Grantee::Role,
        role: role(),
        at: read("2026-07-03T08:14:40Z"),
        key_policy: written(&["BucketbridgeEncryptc1959c3e5c53"], "the policy of the key"),
        bucket_policy: written(
            &["BucketbridgeReplicatec1959c3e5c53", "BucketbridgeVersioningc1959c3e5c53"],
            "the policy of the bucket",
        ),
    };
    Message::new(head, Grant { destination: destination(), granted }).expect("a grant")
}

fn receiver(us: &str, them: &str, region: &str, list: &[&str]) -> Receiver {
    Receiver {
        us: read(us),
        them: read(them),
        source_bucket: read("example-orders"),
        destination_bucket: read("example-orders-copy"),
        their_region: Some(read(region)),
        prefixes: prefixes(list),
        object_lock: Some(true),
        now: read(NOW),
        max_age: Some(Duration::from_secs(7 * 24 * 3600)),
    }
}

pub fn expected_offer() -> ExpectedOffer {
    ExpectedOffer { receiver: receiver(SOURCE, DESTINATION, "eu-central-1", &["orders/"]), key: None }
}

pub fn expected_request() -> ExpectedRequest {
    ExpectedRequest {
        receiver: receiver(DESTINATION, SOURCE, "eu-west-1", &["invoices/", "orders/"]),
        role: Some(read("/replication/*")),
        unique_id: role().unique_id,
        grantee: Grantee::Role,
        delete_markers: true,
        owner_override: true,
        asked: Some(offer().digest().clone()),
    }
}

pub fn expected_grant() -> ExpectedGrant {
    ExpectedGrant {
        receiver: receiver(SOURCE, DESTINATION, "eu-central-1", &["orders/"]),
        key: None,
        grantee: Grantee::Role,
        offered: Some(destination()),
        role: role(),
        asked: request().digest().clone(),
    }
}

/// What the receiver of a message, whichever it is, says of it.
pub fn receive(handoff: &Handoff) -> Result<(), Refused> {
    match handoff {
        Handoff::Offer(message) => message.check(&expected_offer()),
        Handoff::Request(message) => message.check(&expected_request()),
        Handoff::Grant(message) => message.check(&expected_grant()),
    }
}

/// The text of a message with the digest that fits it: what somebody could send who can do sums.
pub fn digested(mut value: Value) -> String {
    if let Some(map) = value.as_object_mut() {
        map.shift_remove("digest");
        let digest = Digest::of(&Value::Object(map.clone()));
        map.insert("digest".to_owned(), Value::from(digest.as_str()));
    }
    value.to_string()
}

/// The message with another value at a place, `None` for nothing there, and the digest that fits.
pub fn edited(message: &Value, at: &str, new: Option<Value>) -> String {
    let mut value = message.clone();
    let (parent, key) = at.rsplit_once('.').unwrap_or(("", at));
    let pointer = if parent.is_empty() { String::new() } else { format!("/{}", parent.replace('.', "/")) };
    let parent = value.pointer_mut(&pointer).expect("a place").as_object_mut().expect("an object");
    match new {
        Some(new) => drop(parent.insert(key.to_owned(), new)),
        None => drop(parent.shift_remove(key)),
    }
    digested(value)
}
