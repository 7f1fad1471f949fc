//! Accounts of other teams: what may be said of them, and what their buckets become.

use std::path::Path;

use super::{refuses, refuses_whole};
use crate::topology::{Credentials, Grant, KeyName, LinkName};

const MAP: &str = r#"version = 1

[accounts.prod]
id = "111111111111"

[accounts.partner]
id = "222222222222"
remote = true
replication_role = "/replication/*"

[buckets.orders]
account = "prod"
region = "eu-west-1"
key = "alias/orders"

[buckets.copy]
account = "partner"
region = "us-east-1"

[links.orders]
from = "orders"
to = "copy"
grant = "account-condition"
"#;

#[test]
fn the_key_of_their_bucket_is_told() {
    let topology = crate::config::parse(Path::new("profiles.toml"), MAP).expect("a map");
    let partner = &topology.buckets[&"copy".parse().expect("a name")].account;
    assert!(topology.is_remote(partner));
    let account = topology.account(partner);
    assert!(
        matches!(&account.credentials, Credentials::Remote { role: Some(role) } if role == "/replication/*")
    );
    let bucket = &topology.buckets[&"copy".parse().expect("a name")];
    assert!(matches!(&bucket.key.name, KeyName::Told { expected: None, .. }));
    assert_eq!(bucket.key.to_string(), "of bucket copy (us-east-1)");
    assert_eq!(topology.links[&LinkName("orders".to_owned())].grant, Grant::AccountCondition);
    // An alias says nothing here, an ARN what the offer has to name.
    for (key, named) in [
        ("alias/x", false),
        ("arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab", true),
    ] {
        let map = MAP.replace("region = \"us-east-1\"", &format!("region = \"us-east-1\"\nkey = \"{key}\""));
        let topology = crate::config::parse(Path::new("profiles.toml"), &map).expect("a map");
        let bucket = &topology.buckets[&"copy".parse().expect("a name")];
        assert!(matches!(&bucket.key.name, KeyName::Told { expected, .. } if expected.is_some() == named));
    }
}

#[test]
fn nobody_signs_in_there() {
    refuses(
        r#"[accounts.x]
id = "333333333333"
profile = "x"
remote = true"#,
        &[
            r#""x" | account `x` is remote, so nobody signs in there | leave the credentials out, or `remote`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
replication_role = "/replication/*""#,
        &[
            r#""/replication/*" | account `x` is not remote: the role that `[roles]` names is made there | leave `replication_role` out, or write `remote = true`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
remote = true
replication_role = "arn:aws:iam::333333333333:user/u""#,
        &[
            r#""arn:aws:iam::333333333333:user/u" | `accounts.x.replication_role`: this ARN does not name a role (`…:role/Name`); write the ARN of a role, or a glob over path and name that begins with `/`"#,
        ],
    );
    refuses(
        r#"[accounts.x]
id = "333333333333"
remote = true

[accounts.y]
id = "444444444444"
assume_role = { role = "arn:aws:iam::444444444444:role/Admin", from = "x" }"#,
        &[r#""x" } | account `x` is remote and has no credentials here"#],
    );
}

#[test]
fn a_link_has_an_end_here() {
    let map = MAP.replace("id = \"111111111111\"", "id = \"111111111111\"\nremote = true");
    refuses_whole(
        &map,
        &[
            r#""copy" | buckets `orders` and `copy` are both in remote accounts | a link begins or ends in an account that is managed here"#,
        ],
    );
}

#[test]
fn links_between_two_buckets_have_one_grant() {
    let map = format!("{MAP}\n[links.more]\nfrom = \"orders\"\nto = \"copy\"\nprefix = \"more/\"\n");
    refuses_whole(
        &map,
        &[
            r#"more] | links `orders` and `more` are between the same buckets and share their grants | write the same `grant` for both"#,
        ],
    );
}
