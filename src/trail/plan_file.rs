//! A plan that is saved, to be applied as it is or not at all. docs/plan-file.md describes the format.
//!
//! Deliberately absent: secrets, and whether anything has changed since. That is [`crate::plan`].

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arn::AccountId;
use crate::change::ResourceId;
use crate::iam::hex;

use super::private;

/// What every plan begins with, whatever its version.
const FORMAT: &str = "bucketbridge plan";

/// The version of the format: raised when a key goes away or changes its meaning.
const VERSION: u32 = 1;

/// Who makes plans that this program may apply.
const PROGRAM: &str = concat!("bucketbridge ", env!("CARGO_PKG_VERSION"));

/// Far more than a plan of thousands of links.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A plan that is saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    format: String,
    version: u32,
    program: String,
    /// When it was made.
    pub saved: Timestamp,
    /// The profile map that it is of.
    pub profile_map: MapMark,
    /// The part of the map that was meant.
    pub selection: Selection,
    /// The accounts that it is about.
    pub accounts: Vec<AccountMark>,
    /// As `plan -o json` shows them.
    pub changes: Vec<Value>,
    /// As `plan -o json` shows them.
    pub problems: Vec<Value>,
    /// What was looked at.
    pub facts: Vec<Facts>,
    /// SHA-256 of all of it, with nothing in this place: a plan is applied as it was saved.
    digest: String,
}

/// A profile map, known again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapMark {
    /// The path, as it was given.
    pub file: String,
    /// Of what the selected part of it means: comments, order and credentials are nothing.
    pub digest: String,
}

/// `--link` and `--account`, as they were given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// Globs.
    pub link: Vec<String>,
    /// Globs.
    pub account: Vec<String>,
}

/// An account that a plan is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountMark {
    /// Its entry in the profile map.
    pub name: String,
    /// Its id.
    pub id: AccountId,
}

/// What was found of a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Which one.
    pub resource: ResourceId,
    /// Field by field; `null`: it did not exist; `{"unread": true}`: it could not be read or used.
    pub found: Value,
}

/// What a plan says, to be saved.
#[derive(Debug, Clone)]
pub struct Contents {
    /// The profile map.
    pub profile_map: MapMark,
    /// The selection.
    pub selection: Selection,
    /// The accounts.
    pub accounts: Vec<AccountMark>,
    /// The changes.
    pub changes: Vec<Value>,
    /// The problems.
    pub problems: Vec<Value>,
    /// What was looked at.
    pub facts: Vec<Facts>,
}

/// Why a file is not a plan that can be applied.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// The system refused.
    #[error(transparent)]
    Unreadable(#[from] io::Error),
    /// It is something else.
    #[error("it is not a plan that bucketbridge saved")]
    NotAPlan,
    /// It is larger than any plan.
    #[error("it is larger than {LARGEST} bytes")]
    TooLarge,
    /// A later program saved it.
    #[error("it is a plan of version {0}, and this program knows version {VERSION}")]
    Version(u64),
    /// Another program saved it.
    #[error("it was saved by {0}, and this is {PROGRAM}, which may plan otherwise")]
    Program(String),
    /// Somebody has edited it.
    #[error("it is not as it was saved: its digest does not fit")]
    Edited,
    /// It begins as a plan does, and is none.
    #[error("it is damaged: {0}")]
    Damaged(serde_json::Error),
}

impl MapMark {
    /// Of a map that means this.
    pub fn of(file: &Path, meaning: &str) -> Self {
        Self { file: file.display().to_string(), digest: format!("sha256:{}", hex(meaning)) }
    }
}

impl PlanFile {
    /// A plan of this program, made now.
    pub fn new(contents: Contents) -> Self {
        let Contents { profile_map, selection, accounts, changes, problems, facts } = contents;
        let mut plan = Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            program: PROGRAM.to_owned(),
            saved: Timestamp::now(),
            profile_map,
            selection,
            accounts,
            changes,
            problems,
            facts,
            digest: String::new(),
        };
        plan.digest = plan.own_digest();
        plan
    }

    /// The digest that the plan should have.
    fn own_digest(&self) -> String {
        let bare = Self { digest: String::new(), ..self.clone() };
        // What was made of serialisable parts can be serialised.
        format!("sha256:{}", hex(&serde_json::to_string(&bare).unwrap_or_default()))
    }

    /// Reads one.
    ///
    /// # Errors
    /// Why it is none that this program may apply.
    pub fn load(path: &Path) -> Result<Self, PlanFileError> {
        let text = text(path)?;
        let head: Value = serde_json::from_slice(&text).map_err(|_| PlanFileError::NotAPlan)?;
        if head["format"] != FORMAT {
            return Err(PlanFileError::NotAPlan);
        }
        match head["version"].as_u64() {
            Some(version) if version == u64::from(VERSION) => {}
            version => return Err(PlanFileError::Version(version.unwrap_or_default())),
        }
        let plan: Self = serde_json::from_slice(&text).map_err(PlanFileError::Damaged)?;
        if plan.program != PROGRAM {
            return Err(PlanFileError::Program(plan.program));
        }
        plan.decisions()?;
        if plan.digest != plan.own_digest() {
            return Err(PlanFileError::Edited);
        }
        Ok(plan)
    }

    /// Writes it, for its owner alone, in the place of an older plan or of nothing.
    ///
    /// # Errors
    /// What the system says; or there is a file that is no plan.
    pub fn save(&self, path: &Path) -> Result<(), PlanFileError> {
        may_be_replaced(path)?;
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)? + "\n";
        private::replace(path, text.as_bytes())?;
        Ok(())
    }

    /// What was decided for each resource: its action and its details.
    ///
    /// # Errors
    /// An entry is none of a plan.
    pub fn decisions(&self) -> Result<Vec<(ResourceId, Value)>, PlanFileError> {
        decisions(&self.changes, &self.problems)
    }

    /// What was found of each resource.
    pub fn found(&self) -> Vec<(ResourceId, Value)> {
        self.facts.iter().map(|facts| (facts.resource.clone(), facts.found.clone())).collect()
    }
}

/// Whether a plan may be saved there.
///
/// # Errors
/// There is a file that is no plan, whatever its version; or the system refuses.
pub fn may_be_replaced(path: &Path) -> Result<(), PlanFileError> {
    let text = match text(path) {
        Err(PlanFileError::Unreadable(e)) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    };
    let head: Value = serde_json::from_slice(&text).map_err(|_| PlanFileError::NotAPlan)?;
    if head["format"] == FORMAT { Ok(()) } else { Err(PlanFileError::NotAPlan) }
}

/// What changes and problems, as JSON shows them, decide for each resource. Their words are for people:
/// they may name a request, and differ from one run to the next.
///
/// # Errors
/// An entry is none of a plan.
pub fn decisions(changes: &[Value], problems: &[Value]) -> Result<Vec<(ResourceId, Value)>, PlanFileError> {
    let decision = |entry: &Value, action: &Value| {
        let id = ResourceId::deserialize(entry).map_err(PlanFileError::Damaged)?;
        Ok((id, serde_json::json!({"action": action, "details": entry["details"]})))
    };
    let stopped = Value::from("cannot be done");
    let changes = changes.iter().map(|change| decision(change, &change["action"]));
    changes.chain(problems.iter().map(|problem| decision(problem, &stopped))).collect()
}

fn text(path: &Path) -> Result<Vec<u8>, PlanFileError> {
    let mut text = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LARGEST { Err(PlanFileError::TooLarge) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan() -> PlanFile {
        let resource = json!({"account": "prod", "kind": "key-policy", "name": "alias/x"});
        let policy =
            r#"{"policy": {"Statement": [{"Condition": {"NumericLessThan": {"s3:TlsVersion": 1.20}}}]}}"#;
        PlanFile::new(Contents {
            profile_map: MapMark::of(Path::new("profiles.toml"), "a map"),
            selection: Selection { link: vec!["o*".to_owned()], account: Vec::new() },
            accounts: vec![AccountMark {
                name: "prod".to_owned(),
                id: "111111111111".parse().expect("an id"),
            }],
            changes: vec![
                json!({"account": "prod", "kind": "key", "name": "alias/x", "action": "keep", "details": []}),
            ],
            problems: Vec::new(),
            facts: vec![Facts {
                resource: serde_json::from_value(resource).expect("a resource"),
                found: serde_json::from_str(policy).expect("facts"),
            }],
        })
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/plan.json");
        let plan = plan();
        plan.save(&path).expect("saved");
        let text = std::fs::read_to_string(&path).expect("the file");
        assert!(text.contains("1.20"), "numbers stay as they were: {text}");
        let loaded = PlanFile::load(&path).expect("a plan");
        assert_eq!(loaded, plan);
        assert_eq!(loaded.decisions().expect("decisions")[0].1, json!({"action": "keep", "details": []}));
        // An older plan is replaced, and nothing is left beside it.
        plan.save(&path).expect("saved again");
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).expect("a folder").count(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_no_plan_is_neither_applied_nor_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plan.json");
        let whole = serde_json::to_value(plan()).expect("JSON");
        let with = |key: &str, value: Value| {
            let mut changed = whole.clone();
            changed[key] = value;
            changed.to_string()
        };
        for (text, why, is_plan) in [
            (String::new(), "not a plan", false),
            ("version = 1".to_owned(), "not a plan", false),
            ("[1]".to_owned(), "not a plan", false),
            (json!({"version": 1, "command": "plan"}).to_string(), "not a plan", false),
            (with("version", json!(2)), "version 2", true),
            (with("version", json!("x")), "version 0", true),
            (with("program", json!("bucketbridge 9.9.9")), "saved by bucketbridge 9.9.9", true),
            (with("changes", json!(1)), "damaged", true),
            (with("more", json!(1)), "damaged", true),
        ] {
            std::fs::write(&path, &text).expect("a file");
            let said = PlanFile::load(&path).expect_err("refused").to_string();
            assert!(said.contains(why), "{said}: {text}");
            assert_eq!(plan().save(&path).is_ok(), is_plan, "{text}");
        }
        let large = File::create(&path).expect("a file");
        large.set_len(LARGEST + 1).expect("a large one");
        assert!(matches!(PlanFile::load(&path), Err(PlanFileError::TooLarge)));
        assert!(matches!(PlanFile::load(&folder.path().join("none")), Err(PlanFileError::Unreadable(_))));
    }
}
