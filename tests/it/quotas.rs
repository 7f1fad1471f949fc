//! KMS's request rates: many keys at once converge without a failed step, and it is said that KMS asks
//! for fewer calls.

use std::fmt::Write as _;
use std::time::Duration;

use bucketbridge_sandbox::Options;

use crate::documents;
use crate::world::{BACKUP, PROD, World};

/// Each with its own buckets and keys.
const LINKS: usize = 20;

/// As many calls a second as KMS allows, times this: 20 keys an account take three bursts.
const RATES: f64 = 2.0;

fn links() -> String {
    let mut map = "version = 1\n".to_owned();
    for (account, id) in [("prod", PROD), ("backup", BACKUP)] {
        let _ = writeln!(map, "\n[accounts.{account}]\nid = \"{id}\"\nprofile = \"{account}\"");
    }
    for link in 0..LINKS {
        for (account, region) in [("prod", "ap-south-1"), ("backup", "us-east-1")] {
            let bucket = format!("orders-{link:02}-{account}");
            let _ = writeln!(
                map,
                "\n[buckets.{bucket}]\naccount = \"{account}\"\nregion = \"{region}\"\nkey = \"alias/{bucket}\""
            );
        }
        let _ = writeln!(
            map,
            "\n[links.l{link:02}]\nfrom = \"orders-{link:02}-prod\"\nto = \"orders-{link:02}-backup\""
        );
    }
    map
}

#[test]
fn many_keys_converge_under_the_request_rates_of_kms() {
    let world = World::with(Options {
        kms_rates: Some(RATES),
        replication_delay: Duration::from_millis(20),
        ..Options::default()
    });
    world.map(&links());
    let ran = world.apply(&[]).ended(0);
    let outcomes = ran.outcomes();
    assert_eq!(outcomes.len(), 10 * LINKS);
    assert!(outcomes.values().all(|outcome| outcome == "made"), "{outcomes:#?}");
    assert_eq!(ran.links().len(), LINKS);
    ran.proven_but(&[]);
    let calls = world.calls();
    for (account, name, region) in [(PROD, "prod", "ap-south-1"), (BACKUP, "backup", "us-east-1")] {
        let made = |status| {
            let keys = calls.iter().filter(|c| c.account == account && c.operation == "CreateKey");
            keys.filter(|c| c.status == status).count()
        };
        assert_eq!(made(200), LINKS, "no key twice");
        assert!(made(400) > 0, "{name} was not throttled, so this shows nothing");
        let said = format!("{name}: KMS in {region} asks for fewer calls, at most ");
        assert!(ran.stderr.contains(&said), "{said:?} is not in {}", ran.stderr);
        let retried = format!("{name}: CreateKey on key alias/orders-");
        let lines =
            ran.stderr.lines().filter(|l| l.starts_with(&retried) && l.contains("ThrottlingException"));
        assert!(lines.count() > 0, "{}", ran.stderr);
        assert_eq!(documents::customer_keys(&world, name, region), LINKS);
    }
    world.sandbox.set_kms_rates(None);
    let again = world.apply(&["--no-check"]).ended(0);
    assert!(again.outcomes().values().all(|outcome| outcome == "kept"), "{:#?}", again.outcomes());
    world.wrote_nothing();
}
