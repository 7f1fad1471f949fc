//! `plan --out` and `apply --plan`: a plan that is saved, and applied as it is or not at all.
//!
//! Deliberately absent: the format, which is [`crate::trail::plan_file`]'s, and comparing, which is
//! [`crate::plan::since`]'s.

use std::path::Path;

use serde_json::Value;

use crate::plan::since;
use crate::report::PlanReport;
use crate::resource::{Difference, ResourceId};
use crate::topology::Topology;
use crate::trail::PlanFile;
use crate::trail::plan_file::{self, AccountMark, Contents, Facts, MapMark, PlanFileError, Selection};

use super::Options;
use super::refusal::Refusal;

/// Refuses early what cannot be saved in the end.
///
/// # Errors
/// A file that is there and is no plan, or cannot be read.
pub fn may_save(path: &Path) -> Result<(), Refusal> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.is_dir()) {
        return Err(Refusal::new(
            format!(
                "the plan cannot be saved as {}: there is no folder {}",
                path.display(),
                folder.display()
            ),
            "make the folder first, or name another file",
        ));
    }
    plan_file::may_be_replaced(path).map_err(|error| unsaved(path, &error))
}

fn unsaved(path: &Path, error: &PlanFileError) -> Refusal {
    Refusal::new(
        format!("the plan cannot be saved as {}: {error}", path.display()),
        "name a file that does not exist, or an older plan",
    )
}

/// Saves a plan with everything that it looked at.
///
/// # Errors
/// What the system says.
pub fn save(
    path: &Path,
    options: &Options,
    topology: &Topology,
    report: &PlanReport,
    facts: Vec<(ResourceId, Value)>,
) -> anyhow::Result<()> {
    let (changes, problems) = entries(report)?;
    let facts = facts.into_iter().map(|(resource, found)| Facts { resource, found });
    let account = |(name, account): (&crate::topology::AccountName, &crate::topology::Account)| AccountMark {
        name: name.to_string(),
        id: account.id.clone(),
    };
    let plan = PlanFile::new(Contents {
        profile_map: MapMark::of(&options.file, &topology.meaning()),
        selection: Selection { link: options.link.clone(), account: options.account.clone() },
        accounts: topology.accounts.iter().map(account).collect(),
        changes,
        problems,
        facts: facts.collect(),
    });
    Ok(plan.save(path).map_err(|error| unsaved(path, &error))?)
}

/// The changes and problems as JSON shows them.
fn entries(report: &PlanReport) -> anyhow::Result<(Vec<Value>, Vec<Value>)> {
    let of = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let shown = serde_json::to_value(report)?;
    Ok((of(&shown["changes"]), of(&shown["problems"])))
}

/// Reads a plan to be applied.
///
/// # Errors
/// Why the file is none; or a selection beside that of the plan.
pub fn load(path: &Path, options: &Options) -> Result<PlanFile, Refusal> {
    if !(options.link.is_empty() && options.account.is_empty()) {
        return Err(Refusal::new(
            "--plan goes with neither --link nor --account: the plan holds its own selection",
            "leave them out, or make another plan with them",
        ));
    }
    PlanFile::load(path).map_err(|error| {
        Refusal::new(
            format!("the plan {} cannot be applied: {error}", path.display()),
            "make a new one: `bucketbridge plan --out FILE`",
        )
    })
}

/// Whether the profile map means what it meant.
///
/// # Errors
/// It does not.
pub fn check_map(plan: &PlanFile, options: &Options, topology: &Topology) -> Result<(), Refusal> {
    let MapMark { file, digest } = MapMark::of(&options.file, &topology.meaning());
    if digest == plan.profile_map.digest {
        return Ok(());
    }
    let (message, hint) = if file == plan.profile_map.file {
        (
            format!("the profile map {file} does not mean what it meant when the plan was saved"),
            "make a new plan and read it: `bucketbridge plan --out FILE`".to_owned(),
        )
    } else {
        let planned = &plan.profile_map.file;
        (
            format!("the plan is of the profile map {planned}, and {file} means something else"),
            format!("pass `-f {planned}`, or make a new plan"),
        )
    };
    Err(Refusal::new(format!("{message}, so nothing was changed"), hint))
}

/// What is not as it was when the plan was saved: first what was looked at; if all of that is the same,
/// what was decided.
///
/// # Errors
/// None that a plan which was loaded can have.
pub fn changed(
    plan: &PlanFile,
    facts: &[(ResourceId, Value)],
    report: &PlanReport,
) -> anyhow::Result<Vec<(ResourceId, Vec<Difference>)>> {
    let seen = since::changed(&plan.found(), facts);
    if !seen.is_empty() {
        return Ok(seen);
    }
    let (changes, problems) = entries(report)?;
    let before = plan.decisions()?;
    let now = plan_file::decisions(&changes, &problems)?;
    Ok(since::changed(&before, &now))
}
