//! How long `apply` takes in round trips: 1, 10 and 100 links between two accounts, made and proven,
//! then found as they are.
//!
//! The real binary runs against a sandbox that delays every answer, so that the network's time counts
//! and the emulator's hardly does. What the columns mean, and the figures of one machine, are in
//! `docs/performance.md`. `cargo bench -- 1 10` measures those numbers of links only.
//!
//! Deliberately no statistics: what is measured is a count of round trips, not a processor's speed.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and ends where something is not as it must be"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bucketbridge_sandbox::{Call, Options, Sandbox};

const LINKS: [usize; 3] = [1, 10, 100];
const LATENCY: Duration = Duration::from_millis(50);
const REPLICATION_DELAY: Duration = Duration::from_millis(100);

/// The program's own default.
const CONCURRENCY: usize = 32;

/// After this long nothing more is begun.
const ENOUGH: Duration = Duration::from_secs(150);

/// What one run of `apply` took.
struct Measured {
    wall: Duration,
    calls: Vec<Call>,
    peak_memory_kib: Option<u64>,
}

/// Round trips that follow one another, by where they are spent.
struct Chain {
    sign_in: usize,
    observe: usize,
    apply: usize,
    canary: usize,
}

fn main() {
    let wanted: BTreeSet<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes: Vec<usize> = if wanted.is_empty() { LINKS.to_vec() } else { wanted.into_iter().collect() };
    println!(
        "apply between two accounts; latency {} ms, replication {} ms, {CONCURRENCY} calls at a time an account",
        LATENCY.as_millis(),
        REPLICATION_DELAY.as_millis()
    );
    // What depends on what is the same for every number of links, and is plain to see with one.
    let (first, second) = measure(1);
    let chains = (Chain::of(&first.calls), Chain::of(&second.calls));
    println!("chain, first apply:  {}", chains.0);
    println!("chain, second apply: {}\n", chains.1);
    println!("links  apply   wall s  calls  calls/link  busiest  chain  ratio  peak MiB");
    let begun = Instant::now();
    let mut verdicts = Vec::new();
    let mut known = Some((first, second));
    for links in sizes {
        if begun.elapsed() > ENOUGH {
            println!("{links:>5}  not run: {} s are over", ENOUGH.as_secs());
            continue;
        }
        let (first, second) = match known.take() {
            Some(known) if links == 1 => known,
            _ => measure(links),
        };
        verdicts.extend(line(links, "first", &first, &chains.0, 44.0));
        verdicts.extend(line(links, "second", &second, &chains.1, 28.0));
    }
    println!();
    for verdict in verdicts {
        println!("{verdict}");
    }
}

/// Applies twice in a sandbox of its own.
fn measure(links: usize) -> (Measured, Measured) {
    let sandbox = Sandbox::start(Options {
        latency: LATENCY,
        replication_delay: REPLICATION_DELAY,
        ..Options::default()
    })
    .expect("the sandbox starts");
    let folder = tempfile::tempdir().expect("a folder");
    sandbox.write_aws_dir(&folder.path().join("aws")).expect("AWS files");
    fs::write(folder.path().join("profiles.toml"), map(links)).expect("a profile map");
    (apply(&sandbox, folder.path(), links), apply(&sandbox, folder.path(), links))
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

fn apply(sandbox: &Sandbox, folder: &Path, links: usize) -> Measured {
    let output = folder.join("output.json");
    sandbox.clear_calls();
    let begun = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_bucketbridge"))
        .args(["apply", "--yes", "-q", "-o", "json"])
        .current_dir(folder)
        .env_clear()
        .env("HOME", folder)
        .env("AWS_CONFIG_FILE", folder.join("aws/config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.join("aws/credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null())
        .stdout(File::create(&output).expect("a file"))
        .spawn()
        .expect("the binary starts");
    let (status, peak_memory_kib) = watch(&mut child);
    let wall = begun.elapsed();
    let text = fs::read_to_string(&output).expect("its output");
    assert!(status.success(), "apply ended with {status}:\n{text}");
    let replicated = text.matches("\"replicated\"").count();
    assert_eq!(replicated, links, "each link is proven:\n{text}");
    Measured { wall, calls: sandbox.calls(), peak_memory_kib }
}

/// Waits for the end; what its memory was at most is told only while it lives.
fn watch(child: &mut Child) -> (std::process::ExitStatus, Option<u64>) {
    let file = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        if let Some(status) = child.try_wait().expect("the binary ends") {
            return (status, peak);
        }
        let now = fs::read_to_string(&file).ok().and_then(|status| {
            status
                .lines()
                .find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok())
        });
        peak = now.or(peak);
        pause(Duration::from_millis(4));
    }
}

#[expect(clippy::disallowed_methods, reason = "nothing else runs on this thread")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Prints a line of the table, and says which budgets it keeps.
fn line(links: usize, which: &str, measured: &Measured, chain: &Chain, most_calls: f64) -> Vec<String> {
    let calls = measured.calls.len();
    let mut by_account: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &measured.calls {
        *by_account.entry(&call.account).or_default() += 1;
    }
    let busiest = by_account.into_values().max().unwrap_or(0);
    let rounds = (count(busiest) / count(CONCURRENCY)).max(count(chain.length()));
    let ratio = measured.wall.as_secs_f64() / (rounds * LATENCY.as_secs_f64());
    let per_link = count(calls) / count(links);
    println!(
        "{links:>5}  {which:<6}  {:>6.2}  {calls:>5}  {per_link:>10.1}  {busiest:>7}  {:>5}  {ratio:>5.2}  {:>8}",
        measured.wall.as_secs_f64(),
        chain.length(),
        measured
            .peak_memory_kib
            .map_or_else(|| "-".to_owned(), |kib| format!("{:.1}", count_u64(kib) / 1024.0)),
    );
    let mut verdicts = vec![verdict(links, which, "calls/link", per_link, most_calls)];
    match links {
        1 => verdicts.push(verdict(links, which, "ratio", ratio, 1.3)),
        100 => verdicts.push(verdict(links, which, "ratio", ratio, 2.0)),
        _ => {}
    }
    verdicts
}

fn verdict(links: usize, which: &str, what: &str, found: f64, most: f64) -> String {
    let word = if found <= most { "kept  " } else { "MISSED" };
    format!("{word}  {links} links, {which} apply: {what} {found:.2}, aim {most:.2}")
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

fn count_u64(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

/// Which step of an apply makes a call that is neither a sign-in, nor read before the plan.
fn step(call: &Call) -> &'static str {
    match call.operation.as_str() {
        "CreateKey" | "CreateAlias" | "EnableKeyRotation" | "DescribeKey" => "key",
        "CreateRole" | "GetRole" => "role",
        "CreateBucket"
        | "PutBucketVersioning"
        | "PutPublicAccessBlock"
        | "PutBucketOwnershipControls"
        | "PutBucketEncryption" => "bucket",
        "GetRolePolicy" | "PutRolePolicy" => "role policy",
        "GetKeyPolicy" | "PutKeyPolicy" => "key policy",
        "GetBucketPolicy" | "PutBucketPolicy" => "bucket policy",
        "GetBucketReplication" | "PutBucketReplication" => "replication",
        other => panic!("{other} belongs to no step of this benchmark: add it to `step`"),
    }
}

/// What each step waits for, in the order of `src/apply/mod.rs`.
const NEEDS: [(&str, &[&str]); 7] = [
    ("key", &[]),
    ("role", &[]),
    ("bucket", &["key"]),
    ("role policy", &["role", "key"]),
    ("key policy", &["key", "role"]),
    ("bucket policy", &["bucket", "role"]),
    ("replication", &["bucket", "role policy", "key policy", "bucket policy"]),
];

impl Chain {
    /// Of the record of a run with one link. Only calls of one step on one thing are taken to follow
    /// one another because they did; between steps, what needs what counts.
    fn of(calls: &[Call]) -> Self {
        let mut calls: Vec<&Call> = calls.iter().collect();
        calls.sort_by_key(|call| call.start);
        let reads =
            |call: &Call| ["Get", "List", "Head", "Describe"].iter().any(|r| call.operation.starts_with(r));
        let position =
            |matches: &dyn Fn(&Call) -> bool| calls.iter().position(|c| matches(c)).unwrap_or(calls.len());
        let first_write = position(&|call| !reads(call) && call.service != "sts");
        let first_object = position(&|call| call.operation == "PutObject");
        let (before, canary) = calls.split_at(first_object);
        let (before, writing) = before.split_at(first_write.min(first_object));
        let (sign_in, reading): (Vec<&Call>, Vec<&Call>) =
            before.iter().copied().partition(|c| c.service == "sts");

        // With one link an account has one key and one bucket, and reads of both go on side by side.
        let observe = grouped(reading.iter().map(|call| ((&call.account, call.service == "kms"), *call)));
        let sign_in = grouped(sign_in.iter().map(|call| (&call.account, *call)));
        let steps = grouped(writing.iter().map(|call| ((step(call), &call.account), *call)));
        let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
        for (kind, needs) in NEEDS {
            let begins = needs.iter().map(|need| ends[need]).max().unwrap_or(0);
            let own =
                steps.iter().filter(|((k, _), _)| *k == kind).map(|(_, length)| *length).max().unwrap_or(0);
            ends.insert(kind, begins + own);
        }
        // Looking again whether the replica is there is waiting, not a round trip that is needed.
        let mut seen = BTreeSet::new();
        let canary: Vec<&Call> =
            canary.iter().copied().filter(|call| seen.insert((&call.operation, &call.account))).collect();
        Self {
            sign_in: sign_in.into_values().max().unwrap_or(0),
            observe: observe.into_values().max().unwrap_or(0),
            apply: ends.into_values().max().unwrap_or(0),
            canary: one_after_the_other(&canary),
        }
    }

    fn length(&self) -> usize {
        self.sign_in + self.observe + self.apply + self.canary
    }
}

impl std::fmt::Display for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sign_in, observe, apply, canary } = self;
        let all = self.length();
        write!(f, "{all} round trips: sign-in {sign_in}, observe {observe}, apply {apply}, canary {canary}")
    }
}

/// The longest sequence of each group of calls.
fn grouped<'a, K: Ord>(calls: impl Iterator<Item = (K, &'a Call)>) -> BTreeMap<K, usize> {
    let mut groups: BTreeMap<K, Vec<&Call>> = BTreeMap::new();
    for (key, call) in calls {
        groups.entry(key).or_default().push(call);
    }
    groups.into_iter().map(|(key, calls)| (key, one_after_the_other(&calls))).collect()
}

/// How many of the calls, at most, lie one after the other without overlapping.
fn one_after_the_other(calls: &[&Call]) -> usize {
    let mut calls = calls.to_vec();
    calls.sort_by_key(|call| call.end);
    let mut number = 0;
    let mut last = None;
    for call in calls {
        if last.is_none_or(|end| call.start >= end) {
            number += 1;
            last = Some(call.end);
        }
    }
    number
}
