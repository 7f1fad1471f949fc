//! Generated worlds, each loaded into a sandbox and judged by the doctor: two evaluators that were written
//! apart have to agree on every one.
//!
//! `BUCKETBRIDGE_SEED` and `BUCKETBRIDGE_WORLDS` say which and how many, `BUCKETBRIDGE_SECONDS` how long at
//! most. What is kept out of the generator, and why, is in `docs/doctor.md`; which causes it cannot express
//! is in `expressed`.

mod change;
mod condition;
mod expressed;
mod ground;
mod state;

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bucketbridge::doctor::{Diagnosis, Question, Verdict, diagnose};
use fastrand::Rng;
use serde_json::{Value, json};

use crate::bench::run;
use crate::case_snapshot;
use ground::{Became, Ground, Shape};

/// One in so many is judged by the binary, too, from what it reads itself.
const SAMPLE: usize = 50;

/// One more than the processors that the test is sized for: a world waits for answers now and then.
const THREADS: usize = 3;

/// Some of these AWS refuses; two thousand are left.
const WORLDS: u64 = 2_200;

/// It takes less than a minute on two processors that do little else.
const SECONDS: u64 = 75;

/// As many are judged in that time at the very least, on a machine that has other things to do, too.
const FEWEST: usize = 500;

/// As many disagreements are shown.
const SHOWN: usize = 12;

#[derive(Default)]
struct Tally {
    agreed: BTreeMap<&'static str, usize>,
    causes: BTreeMap<&'static str, usize>,
    refused: BTreeMap<String, usize>,
    sampled: usize,
    kept_out: usize,
    disagreements: Vec<String>,
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[test]
fn two_evaluators_agree_on_every_world() {
    let seed = number("BUCKETBRIDGE_SEED", 20_260_101);
    let worlds = number("BUCKETBRIDGE_WORLDS", WORLDS) as usize;
    let deadline = Instant::now() + Duration::from_secs(number("BUCKETBRIDGE_SECONDS", SECONDS));
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    let singles = expressed::singles();
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            // One runtime for all worlds of a thread, so that connections are kept.
            scope.spawn(|| {
                run(async {
                    let mut grounds = BTreeMap::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= worlds || Instant::now() > deadline {
                            break;
                        }
                        compare(world(seed, number, &singles), number, &mut grounds, &tally).await;
                    }
                });
            });
        }
    });
    let tally = tally.into_inner().expect("nobody panicked");
    let judged: usize = tally.agreed.values().sum::<usize>() + tally.disagreements.len();
    let refused: usize = tally.refused.values().sum();
    let made = judged + refused + tally.kept_out;
    println!("seed {seed}: {judged} of {worlds} worlds judged in {:.1?}", begun.elapsed());
    println!("{} of them by the binary, too; {} were not reached", tally.sampled, worlds - made);
    println!("verdicts: {:?}", tally.agreed);
    println!("causes: {:?}", tally.causes);
    println!("kept out, for listing the source bucket: {}", tally.kept_out);
    println!("no such worlds: {:?}", tally.refused);
    let silent: Vec<_> =
        expressed::causes().into_iter().filter(|cause| !tally.causes.contains_key(cause)).collect();
    println!("causes that did not fire: {silent:?}");
    let shown: Vec<_> = tally.disagreements.iter().take(SHOWN).map(String::as_str).collect();
    assert!(shown.is_empty(), "{} disagreements\n{}", tally.disagreements.len(), shown.join("\n"));
    assert!(tally.agreed.get("replicates").copied().unwrap_or_default() * 3 >= judged, "too few replicate");
    assert!(made >= FEWEST.min(worlds), "too few worlds, in {:?}", begun.elapsed());
    // The first worlds are for the causes, one each.
    if made >= singles.len() {
        assert!(silent.is_empty(), "{silent:?} did not fire");
    }
}

#[test]
fn what_aws_does_not_store_is_refused() {
    run(async {
        let mut grounds = BTreeMap::new();
        for (cause, case) in expressed::refused() {
            let (_, became) = play(&case["estate"], &mut grounds).await;
            println!("{cause}: {became:?}");
            assert!(matches!(became, Became::Refused(_)), "{cause}: {became:?}");
        }
    });
}

/// A world by its number: first one for every cause, then generated ones.
fn world(seed: u64, number: usize, singles: &[Value]) -> Value {
    let mut rng = Rng::with_seed(seed ^ ((number as u64) << 20));
    if let Some(case) = singles.get(number) {
        let mut case = case.clone();
        case["estate"]["object"]["key"] = json!(format!("path/file-{number}.txt"));
        return case;
    }
    let mut case = change::base(&mut rng, number);
    let changes = [0, 1, 1, 1, 2, 2, 3][rng.usize(..7)];
    for _ in 0..changes {
        change::change(&mut rng, &mut case);
    }
    tidy(&mut case["estate"]);
    case
}

/// Takes out what no world has, or of which AWS does not say what it means (docs/doctor.md).
fn tidy(estate: &mut Value) {
    // A role that was made again is not listed in all forms any more.
    if estate.to_string().contains("NotPrincipal") {
        estate["role"]["recreated"] = json!(false);
    }
    if !estate["role"]["permissions_boundary"].is_null() {
        for side in ["source", "destination"] {
            estate[side]["key"]["grants"] = Value::Null;
        }
    }
    // A delete marker has neither.
    if estate["object"]["operation"] == "delete-marker" {
        for field in ["storage_class", "owner"] {
            estate["object"].as_object_mut().expect("fields").shift_remove(field);
        }
    }
}

/// As the doctor would read it: policies that named a role which was deleted since name its id.
fn judge(case: &Value) -> Diagnosis {
    let mut case = case.clone();
    let estate = &mut case["estate"];
    if estate["role"]["exists"] == false || estate["role"]["recreated"] == true {
        for place in ["/destination/policy", "/destination/key", "/source/policy", "/source/key"] {
            if let Some(document) = estate.pointer_mut(place) {
                forget(document, false);
            }
        }
    }
    let object = estate["object"]["key"].as_str().expect("a key").to_owned();
    let source = estate["source"]["bucket"].as_str().expect("a name").to_owned();
    let mut snapshot = case_snapshot::of(&case);
    snapshot.taken = Some(jiff::Timestamp::now());
    diagnose(&snapshot, &Question { object: Some((&object, None)), ..Question::about(&source) })
}

fn forget(value: &mut Value, principal: bool) {
    match value {
        Value::String(text) if principal && text == "${ROLE_ARN}" => {
            *text = "AROAEXAMPLEDELETED01".to_owned()
        }
        Value::Array(many) => many.iter_mut().for_each(|one| forget(one, principal)),
        Value::Object(fields) => {
            fields.shift_remove("grants");
            for (name, value) in fields {
                forget(value, principal || name.ends_with("Principal"));
            }
        }
        _ => {}
    }
}

async fn compare(case: Value, number: usize, grounds: &mut BTreeMap<Shape, Ground>, tally: &Mutex<Tally>) {
    let estate = &case["estate"];
    let (ground, became) = play(estate, grounds).await;
    if let Became::Refused(why) = &became {
        let why: String = why.split_whitespace().take(9).collect::<Vec<_>>().join(" ");
        *tally.lock().expect("unpoisoned").refused.entry(why).or_default() += 1;
        return;
    }
    let diagnosis = judge(&case);
    // It reads as the administrators, whom some worlds shut out.
    let sampled = number.is_multiple_of(SAMPLE)
        && !estate.to_string().to_lowercase().contains("orgid")
        && ground.is_readable().await;
    let binary = sampled.then(|| from_accounts(&ground.sandbox, estate));
    let wanted = match &became {
        Became::Replicates => "replicates",
        Became::Fails(_) => "fails",
        _ => "not-selected",
    };
    let said = word(diagnosis.verdict);
    let mut tally = tally.lock().expect("unpoisoned");
    for finding in diagnosis.all_findings() {
        *tally.causes.entry(finding.cause).or_default() += 1;
    }
    tally.sampled += usize::from(sampled);
    let binary_differs = binary.as_ref().is_some_and(|binary| binary != wanted);
    if lists_only(&diagnosis, &became) {
        tally.kept_out += 1;
    } else if said == wanted && !binary_differs {
        *tally.agreed.entry(said).or_default() += 1;
    } else {
        let causes: Vec<_> = diagnosis.all_findings().map(|f| (f.severity, f.cause, &f.what)).collect();
        let unread: Vec<_> = diagnosis.rules.iter().flat_map(|rule| &rule.unread).collect();
        let text = format!(
            "\nworld {number}: the doctor says {said} {causes:?} {unread:?}, the binary {binary:?}, the sandbox {became:?}\n  {estate}"
        );
        tally.disagreements.push(text);
    }
}

/// Where a bucket's administrators have shut themselves out, the next world begins on new ground.
async fn play<'a>(estate: &Value, grounds: &'a mut BTreeMap<Shape, Ground>) -> (&'a Ground, Became) {
    let shape = Shape::of(estate);
    let mut ground = match grounds.remove(&shape) {
        Some(known) => known,
        None => Ground::new(estate).await,
    };
    let mut became = ground.play(estate).await;
    if matches!(&became, Became::Refused(why) if why.contains("AccessDenied")) {
        ground = Ground::new(estate).await;
        became = ground.play(estate).await;
    }
    (grounds.entry(shape).or_insert(ground), became)
}

/// The one known difference: whether an object that is no delete marker needs `s3:ListBucket`
/// (`docs/doctor.md`).
fn lists_only(diagnosis: &Diagnosis, became: &Became) -> bool {
    let Became::Fails(why) = became else { return false };
    diagnosis.verdict == Verdict::Replicates && why.starts_with("s3:ListBucket ")
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Replicates => "replicates",
        Verdict::Fails => "fails",
        Verdict::NotSelected => "not-selected",
        Verdict::Unknown => "unknown",
    }
}

/// What the binary says of what it reads itself.
fn from_accounts(sandbox: &bucketbridge_sandbox::Sandbox, estate: &Value) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    sandbox.write_aws_dir(folder.path()).expect("AWS files");
    let text = |side: &str, field: &str| estate[side][field].as_str().expect("a text");
    let mut command = Command::new(env!("CARGO_BIN_EXE_bucketbridge"));
    command.args(["doctor", "-o", "json", "--source", text("source", "bucket")]);
    command.args(["--object", text("object", "key"), "--source-profile", text("source", "account")]);
    command.args(["--destination-profile", text("destination", "account")]);
    command.current_dir(folder.path()).env_clear().env("HOME", folder.path());
    command.env("AWS_CONFIG_FILE", folder.path().join("config"));
    command.env("AWS_SHARED_CREDENTIALS_FILE", folder.path().join("credentials"));
    let output = command.env("AWS_EC2_METADATA_DISABLED", "true").output().expect("the binary runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let links = report["links"].as_array().expect("links");
    let any = |verdict: &&str| links.iter().any(|link| link["verdict"] == **verdict);
    ["fails", "unknown", "replicates"].iter().copied().find(any).unwrap_or("not-selected").to_owned()
}
