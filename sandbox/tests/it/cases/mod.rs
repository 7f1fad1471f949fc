//! The public cases: estates that replicate, fail, skip or are refused on
//! AWS, each made through the ordinary API and compared with what is known.
//!
//! It deliberately reaches into nothing: whatever no API call can set up is
//! listed by name, with the reason, and not run.

mod derived;
mod estate;
mod keys;
mod lot;
mod object;
mod places;
mod principals;
mod role;
mod rule;
mod story;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use story::{Ending, Story};

use crate::bench::run;

/// Undisputed cases that end otherwise here, and why that is left so.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// Percent of the undisputed cases that have to agree.
const FLOOR: usize = 98;

/// A directory of cases: the project's own, or another one given for a run.
fn directory() -> std::path::PathBuf {
    match std::env::var_os("BUCKETBRIDGE_CASES") {
        Some(other) => other.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases"),
    }
}

fn stories() -> Vec<Story> {
    let mut files: Vec<_> = std::fs::read_dir(directory())
        .expect("the cases are there")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files.iter().map(|file| Story::read(file)).collect()
}

#[derive(Default)]
struct Tally {
    strict: usize,
    agreed: usize,
    disputed: BTreeMap<bool, usize>,
    not_run: Vec<String>,
    wrong: Vec<String>,
}

#[test]
fn every_case_ends_as_on_aws() {
    let stories = stories();
    assert!(!stories.is_empty());
    let next = AtomicUsize::new(0);
    let tally = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(story) = stories.get(next.fetch_add(1, Ordering::Relaxed)) {
                    tell(story, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().expect("nobody panicked");
    for line in &tally.not_run {
        println!("not run: {line}");
    }
    for line in &tally.wrong {
        println!("otherwise: {line}");
    }
    let (agreed, strict) = (tally.agreed, tally.strict);
    println!("{agreed} of {strict} undisputed cases agree; disputed: {:?}", tally.disputed);
    assert!(agreed * 100 >= strict * FLOOR, "too many cases end otherwise than on AWS");
}

fn tell(story: &Story, tally: &Mutex<Tally>) {
    if let Some(reason) = story.unreachable() {
        tally.lock().expect("unpoisoned").not_run.push(format!("{}: {reason}", story.id));
        return;
    }
    let ending = std::panic::catch_unwind(|| run(estate::play(story)));
    let ending = ending.unwrap_or_else(|_| Ending::Stuck("the case could not be set up".to_owned()));
    let difference = story.difference(&ending);
    let mut tally = tally.lock().expect("unpoisoned");
    if story.disputed {
        *tally.disputed.entry(difference.is_none()).or_default() += 1;
        return;
    }
    tally.strict += 1;
    let known = EXCEPTIONS.iter().find(|(id, _)| *id == story.id);
    match (difference, known) {
        (None, None) => tally.agreed += 1,
        (None, Some(_)) => {
            tally.agreed += 1;
            tally.wrong.push(format!("{}: agrees, take it off the list", story.id));
        }
        (Some(text), known) => {
            let reason = known.map_or("unexplained", |(_, reason)| reason);
            tally.wrong.push(format!("{}: {text} ({reason})", story.id));
        }
    }
}
