//! `remove`: what is withdrawn, statement by statement, how each step ended, and what stays.

use serde::Serialize;

use super::grid::Grid;
use super::group::{self, Account};
use super::page::{Page, Tone};
use super::problem::{self, Problem};
use super::{apply, count, json, plan};
use crate::apply::outcome::{Outcome, StepOutcome};
use crate::resource::{Action, Change, Kind, ResourceId};
use crate::topology::Topology;

/// A removal, planned or done.
#[derive(Debug, Clone, Serialize)]
pub struct RemoveReport {
    /// Nothing was done: it was only looked at.
    pub dry_run: bool,
    /// A signal ended it early; steps that had not begun are `blocked`, by no other step.
    pub interrupted: bool,
    /// How many resources there are of each action.
    pub planned: Planned,
    /// How many steps ended in each way.
    pub summary: Summary,
    /// The accounts that it is about.
    pub accounts: Vec<Account>,
    /// What goes from every document, role and key, in the order in which things happen.
    pub changes: Vec<Change>,
    /// Steps that are known to fail before they are tried; what does not need them can be done.
    pub problems: Vec<Problem>,
    /// How each step ended; empty for a dry run.
    pub steps: Vec<StepOutcome>,
    /// Buckets, with their objects and settings, and keys: they stay.
    pub stays: Vec<ResourceId>,
}

/// How many resources there are of each action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Nothing of them is left.
    pub delete: usize,
    /// Something of ours goes, the rest stays.
    pub update: usize,
    /// Nothing of ours is in them.
    pub keep: usize,
}

/// How many steps ended in each way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Nothing of them is left.
    pub removed: usize,
    /// What was ours in them is gone.
    pub changed: usize,
    /// There was nothing to do.
    pub kept: usize,
    /// A call failed.
    pub failed: usize,
    /// Were not begun, or not done wholly.
    pub blocked: usize,
}

impl RemoveReport {
    /// What would be done.
    pub fn planned(
        topology: &Topology,
        changes: Vec<Change>,
        problems: Vec<Problem>,
        stays: Vec<ResourceId>,
    ) -> Self {
        let of = |action: Action| changes.iter().filter(|c| c.action == action).count();
        let planned =
            Planned { delete: of(Action::Delete), update: of(Action::Update), keep: of(Action::Keep) };
        Self {
            dry_run: true,
            interrupted: false,
            planned,
            summary: Summary::default(),
            accounts: group::accounts(topology),
            changes,
            problems,
            steps: Vec::new(),
            stays,
        }
    }

    /// What was done. `order`: every step of the plan, those that could not be done included.
    pub fn done(self, order: &[Change], steps: Vec<StepOutcome>, interrupted: bool) -> Self {
        let steps = apply::in_order(order, steps, apply::INTERRUPTED);
        let of = |outcome: Outcome| steps.iter().filter(|s| s.outcome == outcome).count();
        let summary = Summary {
            removed: of(Outcome::Removed),
            changed: of(Outcome::Changed),
            kept: of(Outcome::Kept),
            failed: of(Outcome::Failed),
            blocked: of(Outcome::Blocked),
        };
        Self { dry_run: false, interrupted, summary, steps, ..self }
    }

    /// How many resources would be written.
    pub fn writes(&self) -> usize {
        self.planned.delete + self.planned.update
    }

    /// In how many accounts.
    pub fn written_accounts(&self) -> usize {
        let writes: Vec<&Change> = self.changes.iter().filter(|c| c.action.writes()).collect();
        group::by_account(&writes, |c| &c.id.account).len()
    }

    /// Whether everything that was asked for can be done, and is done.
    pub fn is_well(&self) -> bool {
        self.problems.is_empty() && self.summary.failed + self.summary.blocked == 0
    }

    fn headline(&self) -> (String, Tone) {
        let Planned { delete, update, keep } = self.planned;
        let mut said = Vec::new();
        if self.interrupted {
            said.push("interrupted".to_owned());
        }
        if self.dry_run {
            said.push(match self.writes() {
                0 => "nothing to remove".to_owned(),
                _ => count::counts(&[(delete, "to delete"), (update, "to update"), (keep, "kept")], ""),
            });
            if !self.problems.is_empty() {
                said.push(format!("{} cannot be done", count::plural(self.problems.len(), "step")));
            }
        } else {
            let Summary { removed, changed, kept, failed, blocked } = self.summary;
            let not_begun = self.steps.iter().filter(|s| apply::is_not_begun(s)).count();
            let counts = [
                (removed, "removed"),
                (changed, "changed"),
                (kept, "kept"),
                (failed, "failed"),
                (blocked - not_begun, "blocked"),
                (not_begun, "not done"),
            ];
            said.push(count::counts(&counts, "nothing to do"));
        }
        let tone = if self.interrupted || !self.is_well() { Tone::Bad } else { Tone::Plain };
        (said.join("; "), tone)
    }

    pub(super) fn page(&self, verbose: bool) -> Page {
        let (headline, tone) = self.headline();
        let mut page = Page::summary(headline, tone);
        if self.dry_run {
            plan::show(&mut page, &self.accounts, &self.changes, verbose);
            if !self.problems.is_empty() {
                page.heading("what cannot be done");
                page.items(problem::items(&self.problems));
            }
        } else {
            apply::show(&mut page, &self.accounts, &self.steps, verbose);
        }
        if !self.stays.is_empty() {
            page.heading("what stays");
            for (kind, what) in [
                (
                    Kind::Bucket,
                    "buckets, with their objects and settings (versioning, encryption, public access block)",
                ),
                (Kind::Key, "keys"),
            ] {
                let names = self.stays.iter().filter(|id| id.kind == kind);
                let names: Vec<String> =
                    names.map(|id| format!("{} in account {}", id.name, id.account)).collect();
                if !names.is_empty() {
                    page.remark(format!("{what}: {}", names.join(", ")));
                }
            }
        }
        page
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        let row = |id: &ResourceId| vec![id.account.to_string(), json::kind(id.kind), id.name.clone()];
        let stays = Grid {
            table: "stays",
            columns: &["account", "kind", "name"],
            rows: self.stays.iter().map(row).collect(),
        };
        vec![plan::grid(&self.changes), problem::grid(&self.problems), apply::grid(&self.steps), stays]
    }
}
