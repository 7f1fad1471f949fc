//! The cases, end to end: each is set up in a sandbox of its own through the API, the binary is asked, and
//! has to say what the case says; what it prints as the cure is carried out, and the object replicates.
//!
//! What AWS refuses to store, or no API call can set up, is judged from a snapshot of the case. So are
//! accounts that shut out their own administrators: nobody there could read the documents.
//! `BUCKETBRIDGE_CASES` names another folder of cases.

mod mend;
mod said;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bucketbridge_sandbox::Sandbox;
use serde_json::Value;

use crate::bench::run;
use crate::case_snapshot;
use crate::cases::estate;
use crate::cases::lot::{Lot, open};
use crate::cases::object;
use crate::cases::story::{Ending, Story};
use mend::mend;
use said::Said;

/// Cases whose cure a person alone can carry out, and why.
const BY_HAND: &[(&str, &str)] = &[];

#[derive(Default)]
struct Tally {
    agreed: usize,
    from_snapshot: Vec<String>,
    cured: usize,
    disputed: usize,
    differences: Vec<String>,
}

fn files() -> Vec<PathBuf> {
    let own = || Path::new(env!("CARGO_MANIFEST_DIR")).join("sandbox/tests/cases");
    let folder = std::env::var_os("BUCKETBRIDGE_CASES").map_or_else(own, PathBuf::from);
    let entries = std::fs::read_dir(folder).expect("a folder of cases");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files
}

#[test]
fn every_case_is_explained_and_cured() {
    let files = files();
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    Case::read(file).judge(&tally);
                }
            });
        }
    });
    let tally = tally.into_inner().expect("nobody panicked");
    tally.from_snapshot.iter().for_each(|line| println!("from a snapshot: {line}"));
    println!(
        "{} cases: {} agree ({} from a snapshot), {} disputed; {} cured",
        files.len(),
        tally.agreed,
        tally.from_snapshot.len(),
        tally.disputed,
        tally.cured
    );
    assert!(tally.differences.is_empty(), "\n{}", tally.differences.join("\n"));
}

struct Case {
    whole: Value,
    story: Story,
    folder: tempfile::TempDir,
}

impl Case {
    fn read(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).expect("a case can be read");
        let whole = serde_json::from_str(&text).expect("a case is JSON");
        Self { whole, story: Story::read(file), folder: tempfile::tempdir().expect("a folder") }
    }

    fn judge(&self, tally: &Mutex<Tally>) {
        let id = &self.story.id;
        let note = |change: &dyn Fn(&mut Tally)| change(&mut tally.lock().expect("nobody panicked"));
        if self.story.disputed {
            return note(&|tally| tally.disputed += 1);
        }
        let unreachable = self.story.unreachable().or(self.story.is_refused().then_some("AWS refuses it"));
        let differences = match unreachable {
            Some(reason) => {
                note(&|tally| tally.from_snapshot.push(format!("{id}: {reason}")));
                self.ask_snapshot().differs(&self.whole["expected"])
            }
            None => {
                let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.play(tally)));
                played.unwrap_or_else(|_| vec!["could not be played".to_owned()])
            }
        };
        note(&|tally| {
            tally.agreed += usize::from(differences.is_empty());
            tally.differences.extend(differences.iter().map(|difference| format!("{id}: {difference}")));
        });
    }

    /// In a sandbox, with the cure.
    fn play(&self, tally: &Mutex<Tally>) -> Vec<String> {
        let sandbox = open(&self.story.estate);
        sandbox.write_aws_dir(&self.folder.path().join("aws")).expect("AWS files");
        run(async {
            let (lot, keys) = estate::begin(&self.story, &sandbox).await;
            let ending = match estate::make(&self.story, &lot, &keys).await {
                Ending::Works => estate::decided(&lot).await,
                refused => refused,
            };
            if let Some(difference) = self.story.difference(&ending) {
                return vec![difference];
            }
            let mut said = self.ask_accounts(&lot);
            if said.verdict == "unknown" && shut_out(&said) {
                let id = &self.story.id;
                let line = format!("{id}: its own administrator may not read it");
                tally.lock().expect("nobody panicked").from_snapshot.push(line);
                return self.ask_snapshot().differs(&self.whole["expected"]);
            }
            let mut differences = said.differs(&self.whole["expected"]);
            if said.verdict != "fails" || BY_HAND.iter().any(|(id, _)| *id == self.story.id) {
                return differences;
            }
            let mut configuration = lot.estate["source"]["replication"].clone();
            // First what decides; then whatever is printed still.
            for errors_only in [true, false] {
                let changes = said.changes(errors_only);
                if changes.is_empty() && errors_only {
                    differences.push("has no cure".to_owned());
                    return differences;
                }
                if let Err(text) = mend(&lot, &mut configuration, &changes).await {
                    differences.push(format!("cannot be cured: {text}"));
                    return differences;
                }
                let ending = self.write_again(&lot).await;
                if !matches!(ending, Ending::Works) {
                    differences.push(format!("not cured: {ending}; by {}", Value::from(changes)));
                    return differences;
                }
                said = self.ask_accounts(&lot);
                if said.verdict != "replicates" {
                    differences.push(format!("cured, but it says {} {:?}", said.verdict, said.causes(true)));
                }
            }
            tally.lock().expect("nobody panicked").cured += 1;
            differences
        })
    }

    /// A failed version is not tried again, so there has to be a new one.
    async fn write_again(&self, lot: &Lot<'_>) -> Ending {
        let wanted = &lot.estate["object"];
        let other = wanted["owner"].as_str().filter(|owner| *owner != lot.source.account);
        match other {
            Some(owner) if owner.len() == 12 => object::write_as_other(lot, owner).await,
            _ => object::write(lot, &lot.source, &lot.source.bucket).await,
        }
        if wanted["operation"] == "delete-marker" {
            object::delete(lot).await;
        }
        estate::decided(lot).await
    }

    fn ask_accounts(&self, lot: &Lot<'_>) -> Said {
        let profiles =
            ["--source-profile", &lot.source.account, "--destination-profile", &lot.destination.account];
        self.ask(Some(lot.sandbox), &lot.source.bucket, &profiles)
    }

    fn ask_snapshot(&self) -> Said {
        let file = self.folder.path().join("snapshot.json");
        let text = case_snapshot::of(&self.whole).text().expect("JSON");
        std::fs::write(&file, text).expect("a written snapshot");
        let bucket = self.whole["estate"]["source"]["bucket"].as_str().expect("a name");
        self.ask(None, bucket, &["--snapshot", file.to_str().expect("UTF-8")])
    }

    fn ask(&self, sandbox: Option<&Sandbox>, bucket: &str, more: &[&str]) -> Said {
        let object = self.whole["estate"]["object"]["key"].as_str().expect("a key");
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketbridge"));
        command.args(["doctor", "-o", "json", "--source", bucket, "--object", object]).args(more);
        command.current_dir(self.folder.path()).env_clear().env("HOME", self.folder.path());
        if sandbox.is_some() {
            let aws = self.folder.path().join("aws");
            command.env("AWS_CONFIG_FILE", aws.join("config"));
            command.env("AWS_SHARED_CREDENTIALS_FILE", aws.join("credentials"));
        }
        let output = command.env("AWS_EC2_METADATA_DISABLED", "true").output().expect("the binary runs");
        let report = serde_json::from_slice(&output.stdout);
        let report: Value =
            report.unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
        Said::of(&report)
    }
}

/// Whether a document shuts out the account's own administrator, who may do everything there.
fn shut_out(said: &Said) -> bool {
    said.unread.iter().any(|unread| !unread["permission"].is_null())
}
