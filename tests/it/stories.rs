//! The three stories of `docs/doctor.md` and that of the README: their situations are judged again, and every
//! line of the transcripts has to be in what is printed, in their order. What is left out there may stand between.
//!
//! Ids of keys differ from run to run; the snapshots have others than the sandbox gave.

use std::fmt::Write as _;

use bucketbridge_sandbox::breaks::{BREAKS, Estate};
use serde_json::{Value, json};

use crate::case_snapshot;
use crate::world::{World, one_link};

/// The estate of a story: names of the page, both Regions, one role with one inline policy.
fn estate(source: &str, role: &str) -> Value {
    let mut case = case_snapshot::healthy();
    let estate = &mut case["estate"];
    estate["source"]["bucket"] = json!(source);
    estate["destination"]["bucket"] = json!(format!("{source}-replica"));
    for (side, region) in [("source", "eu-west-2"), ("destination", "eu-west-1")] {
        estate[side]["region"] = json!(region);
        estate[side]["key"]["region"] = json!(region);
    }
    estate["role"]["name"] = json!(role);
    let rule = &mut estate["source"]["replication"]["Rules"][0];
    rule["ID"] = json!("all");
    rule["DeleteMarkerReplication"]["Status"] = json!("Disabled");
    case
}

fn statements<'a>(case: &'a mut Value, pointer: &str) -> &'a mut Vec<Value> {
    let policy = case["estate"].pointer_mut(pointer).expect("a policy");
    policy["Statement"].as_array_mut().expect("statements")
}

fn three_patches() -> Value {
    let mut case = estate("state", "state-replication");
    statements(&mut case, "/role/policies/0").truncate(3);
    statements(&mut case, "/destination/key/policy").truncate(1);
    case
}

fn bucket_key() -> Value {
    let mut case = estate("backend", "backend-replication");
    case["estate"]["source"]["encryption"]["Rules"][0]["BucketKeyEnabled"] = json!(true);
    let own = statements(&mut case, "/role/policies/0");
    for (at, name, bucket) in [(3, "Read", "backend"), (4, "Write", "backend-replica")] {
        own[at]["Sid"] = json!(name);
        own[at]["Condition"] =
            json!({"StringLike": {"kms:EncryptionContext:aws:s3:arn": format!("arn:aws:s3:::{bucket}/*")}});
    }
    case
}

fn role_made_again() -> Value {
    let mut case = estate("reports", "reports-replication");
    let deleted = json!({"AWS": "AROAD521A6CF80924B8EB"});
    let bucket = &mut statements(&mut case, "/destination/policy")[0];
    bucket["Sid"] = json!("Replicas");
    bucket["Action"] = json!(["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]);
    bucket["Principal"] = deleted.clone();
    let key = &mut statements(&mut case, "/destination/key/policy")[1];
    key["Sid"] = json!("Replicas");
    key["Principal"] = deleted;
    case
}

/// Without what differs between a snapshot that was made up and one that was read.
fn comparable(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(":key/") {
        let _ = write!(out, "{before}:key/…");
        let end = after.find(|c: char| !(c.is_ascii_hexdigit() || c == '-')).unwrap_or(after.len());
        rest = &after[end..];
    }
    out.push_str(rest);
    out.replace("inline policy policy-0", "inline policy replication")
}

#[test]
fn the_transcripts_are_what_is_printed() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/doctor.md")).expect("a page");
    let mut transcripts = page.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let world = World::new();
    for case in [three_patches(), bucket_key(), role_made_again()] {
        let source = case["estate"]["source"]["bucket"].as_str().expect("a name");
        let mut snapshot = case_snapshot::of(&case);
        snapshot.objects.clear();
        let file = world.path().join(format!("{source}.json"));
        std::fs::write(&file, snapshot.text().expect("JSON")).expect("a snapshot");
        let args = ["doctor", "--source", source, "--snapshot", file.to_str().expect("UTF-8")];
        let printed = world.run(&args).ended(4).stdout;
        let transcript = transcripts.next().expect("a transcript");
        assert!(transcript.starts_with(&format!("$ bucketbridge doctor --source {source} ")), "{transcript}");
        holds(transcript, &printed);
    }
}

/// Every line of the transcript is in what was printed, in this order.
#[track_caller]
fn holds(transcript: &str, printed: &str) {
    let mut lines = printed.lines().map(comparable);
    for line in transcript.lines().skip(1).filter(|line| line.trim() != "…").map(comparable) {
        assert!(lines.any(|own| own == line), "not there, or not in this place:\n{line}\n\n{printed}");
    }
}

/// The accounts, buckets and the break are those of the demo.
#[test]
fn the_transcript_of_the_readme_is_what_is_printed() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("a page");
    let (_, transcript) = page.split_once("$ bucketbridge doctor --link orders\n").expect("a transcript");
    let transcript = transcript.split("```").next().unwrap_or_default();
    let world = World::of(&one_link());
    world.apply(&["--no-check"]).ended(0);
    let broken = BREAKS.iter().find(|one| one.name == "kms-objects-not-selected").expect("a break");
    broken.act(&Estate::of(&world.sandbox)).expect("broken");
    holds(&format!("$\n{transcript}"), &world.run(&["doctor", "--link", "orders"]).ended(4).stdout);
}
