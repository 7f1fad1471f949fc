//! `apply`: what became of every step, account by account, and whether the links replicate.

use serde::Serialize;

use super::grid::{Grid, optional, several};
use super::group::{self, Account};
use super::page::{Column, Is, Item, Line, Page, Span, Table, Tone};
use super::{DoctorReport, LinkDiagnosis, count, doctor, json, links};
use crate::apply::outcome::{Outcome, StepOutcome};
use crate::canary::result::LinkResult;
use crate::resource::{Action, Change};
use crate::topology::Topology;

/// The result of an apply.
#[derive(Debug, Clone, Serialize)]
pub struct ApplyReport {
    /// A signal ended it early; steps that had not begun are `blocked`, by no other step.
    pub interrupted: bool,
    /// How many of each.
    pub summary: Summary,
    /// The accounts that it is about.
    pub accounts: Vec<Account>,
    /// Every step, in the order of the plan.
    pub steps: Vec<StepOutcome>,
    /// As in `check`; empty with `--no-check`.
    pub links: Vec<LinkResult>,
    /// The plan could not replicate, so that nothing was written; `doctor` says why.
    pub refused: bool,
    /// Why links could not replicate; or, after the canaries, why they did not.
    pub doctor: Vec<LinkDiagnosis>,
    /// What nobody can read with the permissions of two accounts.
    pub limits: Vec<&'static str>,
}

/// How many steps ended in each way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Did not exist and were made.
    pub made: usize,
    /// Existed and were changed.
    pub changed: usize,
    /// Were as wanted.
    pub kept: usize,
    /// A call failed.
    pub failed: usize,
    /// Were not begun.
    pub blocked: usize,
    /// Wait for another team, wholly or for some links.
    pub awaited: usize,
}

/// Why a step was not begun, unless there is another reason.
pub(super) const INTERRUPTED: &str = "the run was interrupted before this step";

const COLUMNS: &[Column] = &[
    Column { title: "resource", is: Is::Word },
    Column { title: "name", is: Is::Name },
    Column { title: "outcome", is: Is::Word },
    Column { title: "ARN", is: Is::Arn },
    Column { title: "seconds", is: Is::Number },
];

impl ApplyReport {
    /// From what ran. Steps of the plan that nobody reports on were not begun, and are said to be so.
    pub fn new(
        topology: &Topology,
        planned: &[Change],
        steps: Vec<StepOutcome>,
        links: Vec<LinkResult>,
        interrupted: bool,
    ) -> Self {
        let steps = in_order(planned, steps, INTERRUPTED);
        Self::of_steps(topology, steps, links, interrupted)
    }

    /// Of a plan that could not replicate: nothing was begun.
    pub fn refused(topology: &Topology, planned: &[Change], doctor: DoctorReport) -> Self {
        let steps = in_order(planned, Vec::new(), "the plan could not replicate, so nothing was begun");
        Self { refused: true, ..Self::of_steps(topology, steps, Vec::new(), false) }.explained(doctor)
    }

    /// With what the doctor says.
    #[must_use]
    pub fn explained(mut self, doctor: DoctorReport) -> Self {
        links::explained(&mut self.links, &doctor.links);
        Self { doctor: doctor.links, limits: doctor.limits, ..self }
    }

    fn of_steps(
        topology: &Topology,
        steps: Vec<StepOutcome>,
        links: Vec<LinkResult>,
        interrupted: bool,
    ) -> Self {
        let of = |outcome: Outcome| steps.iter().filter(|s| s.outcome == outcome).count();
        let summary = Summary {
            made: of(Outcome::Made),
            changed: of(Outcome::Changed),
            kept: of(Outcome::Kept),
            failed: of(Outcome::Failed),
            blocked: of(Outcome::Blocked),
            awaited: of(Outcome::Awaited),
        };
        let accounts = group::accounts(topology);
        Self {
            interrupted,
            summary,
            accounts,
            steps,
            links: links::rounded(links),
            refused: false,
            doctor: Vec::new(),
            limits: Vec::new(),
        }
    }

    /// Whether every step is as wanted now.
    pub fn is_well(&self) -> bool {
        self.summary.failed + self.summary.blocked == 0
    }

    fn headline(&self) -> (String, Tone) {
        let Summary { made, changed, kept, failed, blocked, awaited } = self.summary;
        let not_begun = self.steps.iter().filter(|s| is_not_begun(s)).count();
        let counts = [
            (made, "made"),
            (changed, "changed"),
            (kept, "kept"),
            (failed, "failed"),
            (blocked - not_begun, "blocked"),
            (not_begun, "not done"),
            (awaited, "awaited"),
        ];
        let steps = count::counts(&counts, "nothing to do");
        let early = match (self.refused, self.interrupted) {
            (true, _) => Some("refused".to_owned()),
            (false, true) => Some("interrupted".to_owned()),
            (false, false) => None,
        };
        let said = [early, Some(steps), links::headline(&self.links)];
        let tone = if self.interrupted || !self.is_well() { Tone::Bad } else { Tone::Plain };
        (said.into_iter().flatten().collect::<Vec<_>>().join("; "), tone)
    }

    pub(super) fn page(&self, verbose: bool) -> Page {
        let (headline, tone) = self.headline();
        let mut page = Page::summary(headline, tone);
        // Of what was not begun there is nothing to say step by step.
        if !self.refused {
            show(&mut page, &self.accounts, &self.steps, verbose);
        }
        if !self.links.is_empty() {
            page.heading("links");
            links::show(&mut page, &self.links);
        }
        self.doctor.iter().for_each(|link| link.show(&mut page, false));
        doctor::show_limits(&mut page, &self.limits);
        page
    }

    pub(super) fn grids(&self) -> Vec<Grid> {
        vec![grid(&self.steps), links::grid(&self.links)]
    }
}

/// A table of steps for each account, and what is to be said about them.
pub(super) fn show(page: &mut Page, accounts: &[Account], steps: &[StepOutcome], verbose: bool) {
    let mut hidden = 0;
    for (name, steps) in group::by_account(steps, |s| &s.id.account) {
        let (shown, kept): (Vec<&StepOutcome>, Vec<&StepOutcome>) =
            steps.into_iter().partition(|s| verbose || s.outcome != Outcome::Kept);
        page.heading(group::title(accounts, name));
        page.table(Table { columns: COLUMNS, rows: shown.iter().map(|s| row(s)).collect() });
        page.items(items(&shown));
        if shown.is_empty() {
            page.remark(format!("{} kept, nothing else", kept.len()));
        }
        hidden += kept.iter().filter(|s| !s.notes.is_empty()).count();
    }
    if hidden > 0 {
        page.remark(format!("notes on {}; -v shows them", count::plural(hidden, "kept resource")));
    }
}

/// Steps as records.
pub(super) fn grid(steps: &[StepOutcome]) -> Grid {
    let row = |s: &StepOutcome| {
        vec![
            s.id.account.to_string(),
            json::kind(s.id.kind),
            s.id.name.clone(),
            s.outcome.as_str().to_owned(),
            optional(&s.arn),
            optional(&s.error),
            optional(&s.hint),
            optional(&s.blocked_by),
            optional(&s.awaits),
            s.seconds.to_string(),
            several(&s.notes),
        ]
    };
    Grid {
        table: "steps",
        columns: &[
            "account",
            "kind",
            "name",
            "outcome",
            "arn",
            "error",
            "hint",
            "blocked_by",
            "awaits",
            "seconds",
            "notes",
        ],
        rows: steps.iter().map(row).collect(),
    }
}

/// Steps end in the order of the network; a report has the order of the plan.
pub(super) fn in_order(planned: &[Change], mut steps: Vec<StepOutcome>, why: &str) -> Vec<StepOutcome> {
    for change in planned {
        if !steps.iter().any(|s| s.id == change.id) {
            steps.push(not_begun(change, why));
        }
    }
    let place = |s: &StepOutcome| planned.iter().position(|c| c.id == s.id).unwrap_or(usize::MAX);
    steps.sort_by_cached_key(place);
    for step in &mut steps {
        step.seconds = count::milliseconds(step.seconds);
    }
    steps
}

fn not_begun(change: &Change, why: &str) -> StepOutcome {
    let kept = change.action == Action::Keep;
    StepOutcome {
        id: change.id.clone(),
        outcome: if kept { Outcome::Kept } else { Outcome::Blocked },
        arn: None,
        error: (!kept).then(|| why.to_owned()),
        hint: None,
        blocked_by: None,
        awaits: None,
        seconds: 0.0,
        notes: change.notes.clone(),
    }
}

/// Blocked by no other step: a signal came first, or its account cannot be reached.
pub(super) fn is_not_begun(step: &StepOutcome) -> bool {
    step.outcome == Outcome::Blocked && step.blocked_by.is_none()
}

fn tone(outcome: Outcome) -> Tone {
    match outcome {
        Outcome::Kept => Tone::Faint,
        Outcome::Made | Outcome::Changed | Outcome::Removed => Tone::Good,
        Outcome::Failed => Tone::Bad,
        Outcome::Blocked | Outcome::Awaited => Tone::Change,
    }
}

fn row(step: &StepOutcome) -> Vec<Span> {
    let ran = !matches!(step.outcome, Outcome::Kept | Outcome::Blocked | Outcome::Awaited);
    vec![
        Span::word(step.id.kind.to_string()),
        Span::name(&step.id.name),
        Span::toned(outcome(step), tone(step.outcome)),
        Span::name(optional(&step.arn)),
        Span::seconds(ran.then_some(step.seconds)),
    ]
}

/// What is to be said about steps beyond their rows. Steps that were not begun for one reason are said
/// together: where an account cannot be reached, that is all of its steps.
fn items(steps: &[&StepOutcome]) -> Vec<Item> {
    let mut items = Vec::new();
    let mut said: Vec<&StepOutcome> = Vec::new();
    for &step in steps {
        let same = |other: &StepOutcome| is_not_begun(other) && why(other) == why(step);
        if !is_not_begun(step) {
            items.extend(item(step));
        } else if !said.iter().any(|other| same(other)) {
            said.push(step);
            match steps.iter().filter(|other| same(other)).count() {
                1 => items.extend(item(step)),
                n => items.push(Item {
                    words: vec![
                        Span::toned("not done", tone(step.outcome)),
                        Span::word(count::plural(n, "step")),
                    ],
                    below: why(step),
                }),
            }
        }
    }
    items
}

fn item(step: &StepOutcome) -> Option<Item> {
    let blocked = step.blocked_by.iter().map(|by| Line::new("blocked by:", by.to_string(), Tone::Change));
    let awaits = step.awaits.iter().map(|awaits| Line::new("waits for:", awaits.to_string(), Tone::Change));
    let below: Vec<Line> = blocked.chain(awaits).chain(why(step)).chain(Line::notes(&step.notes)).collect();
    let words = vec![
        Span::toned(outcome(step), tone(step.outcome)),
        Span::word(step.id.kind.to_string()),
        Span::name(&step.id.name),
    ];
    (!below.is_empty()).then_some(Item { words, below })
}

fn why(step: &StepOutcome) -> Vec<Line> {
    step.error.iter().map(Line::error).chain(step.hint.iter().map(Line::hint)).collect()
}

fn outcome(step: &StepOutcome) -> &'static str {
    if is_not_begun(step) { "not done" } else { step.outcome.as_str() }
}
