//! How long `apply` takes under KMS's published request rates: 200 links between two accounts, which
//! need 400 keys.
//!
//! The real binary runs against a sandbox that delays every answer and throttles KMS as AWS does, for
//! each account and Region. `least` is what the rates alone make of it: keys and aliases at 5 a second
//! after a burst of 5. `cargo bench --bench quotas -- 20` measures that number of links only.
//!
//! Deliberately no verdicts: `tests/it/quotas.rs` holds what must be so.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and ends where something is not as it must be"
)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bucketbridge_sandbox::{Call, Options, Sandbox};

const LINKS: usize = 200;
const LATENCY: Duration = Duration::from_millis(50);

/// Keys that KMS lets an account make in a Region, a second, and at once.
const KEYS_A_SECOND: usize = 5;

fn main() {
    let wanted = std::env::args().find_map(|argument| argument.parse().ok());
    let links: usize = wanted.unwrap_or(LINKS);
    println!("apply of {links} links, {} keys, latency {} ms\n", 2 * links, LATENCY.as_millis());
    println!("rates       apply   wall s  least s  calls  throttled  at once");
    for (name, rates) in [("none", None), ("as on AWS", Some(1.0))] {
        let sandbox = Sandbox::start(Options {
            latency: LATENCY,
            replication_delay: Duration::from_millis(100),
            kms_rates: rates,
            ..Options::default()
        })
        .expect("the sandbox starts");
        let folder = tempfile::tempdir().expect("a folder");
        sandbox.write_aws_dir(&folder.path().join("aws")).expect("AWS files");
        fs::write(folder.path().join("profiles.toml"), map(links)).expect("a profile map");
        let least = rates.map_or(0, |_| links.saturating_sub(KEYS_A_SECOND).div_ceil(KEYS_A_SECOND));
        for (which, least) in [("first", least), ("second", 0)] {
            let (wall, calls) = apply(&sandbox, folder.path(), links);
            let throttled: Vec<&Call> = calls.iter().filter(|call| is_throttled(call)).collect();
            println!(
                "{name:<10}  {which:<6}  {:>6.1}  {least:>7}  {:>5}  {:>9}  {:>7}",
                wall.as_secs_f64(),
                calls.len(),
                throttled.len(),
                at_once(&calls),
            );
            for (operation, count) in by_operation(&throttled) {
                println!("            throttled {operation}: {count}");
            }
        }
    }
}

/// Of KMS's errors with this status only those of aliases that are not there are others.
fn is_throttled(call: &Call) -> bool {
    call.service == "kms" && call.status == 400 && call.operation != "DescribeKey"
}

fn by_operation<'a>(calls: &[&'a Call]) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    for call in calls {
        *counts.entry(call.operation.as_str()).or_default() += 1;
    }
    counts
}

/// How many calls were in flight at most.
fn at_once(calls: &[Call]) -> usize {
    let mut changes: Vec<_> = calls.iter().flat_map(|call| [(call.start, 1), (call.end, -1)]).collect();
    changes.sort();
    let mut now: i64 = 0;
    let most = changes.into_iter().map(|(_, change)| {
        now += change;
        now
    });
    most.max().and_then(|most| usize::try_from(most).ok()).unwrap_or(0)
}

/// Each link with its own buckets and keys.
fn map(links: usize) -> String {
    let mut map = "version = 1\n".to_owned();
    for (account, id) in [("prod", "111111111111"), ("backup", "222222222222")] {
        let _ = writeln!(map, "\n[accounts.{account}]\nid = \"{id}\"\nprofile = \"{account}\"");
    }
    for link in 0..links {
        for (account, region) in [("prod", "ap-south-1"), ("backup", "us-east-1")] {
            let bucket = format!("bench-{link:03}-{account}");
            let _ = writeln!(
                map,
                "\n[buckets.{bucket}]\naccount = \"{account}\"\nregion = \"{region}\"\nkey = \"alias/{bucket}\""
            );
        }
        let _ = writeln!(
            map,
            "\n[links.link-{link:03}]\nfrom = \"bench-{link:03}-prod\"\nto = \"bench-{link:03}-backup\""
        );
    }
    map
}

fn apply(sandbox: &Sandbox, folder: &Path, links: usize) -> (Duration, Vec<Call>) {
    let output = folder.join("output.json");
    sandbox.clear_calls();
    let begun = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_bucketbridge"))
        .args(["apply", "--yes", "-q", "-o", "json"])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_CONFIG_FILE", folder.join("aws/config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("aws/credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null())
        .stdout(File::create(&output).expect("a file"))
        .status()
        .expect("the binary runs");
    let wall = begun.elapsed();
    let text = fs::read_to_string(&output).expect("its output");
    assert!(status.success(), "apply ended with {status}:\n{text}");
    assert_eq!(text.matches("\"replicated\"").count(), links, "each link is proven:\n{text}");
    (wall, sandbox.calls())
}
