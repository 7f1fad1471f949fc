//! One run of a removal: what its steps share, what became of them, and what they hold up.
//!
//! Deliberately absent: which steps there are, and in which order. That is [`super`].

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::apply::outcome::{Outcome, StepOutcome};
use crate::arn::BucketName;
use crate::aws::{Account, Accounts};
use crate::event::{Event, Events};
use crate::observe::unreachable;
use crate::removal::{Leaving, Part};
use crate::resource::withdrawal::{Withdrawal, withdraw};
use crate::resource::{Action, Change, ResourceId, Stop, Withdrawn};
use crate::trail::Pen;

/// Source buckets of which something is still there, and the step that did not take it away.
pub type Held = BTreeMap<BucketName, ResourceId>;

/// How a kind of document is written about.
pub type Form<D, L> = for<'l> fn(&D, &L, &'l BTreeSet<String>) -> Withdrawal<'l>;

/// One run.
pub struct Run<'a> {
    /// Where it works.
    pub accounts: &'a Accounts,
    /// The permission to write.
    pub pen: &'a Pen,
    /// Where it says what goes on.
    pub events: &'a Events,
    /// Once cancelled, nothing more is begun.
    pub stop: &'a CancellationToken,
    outcomes: RefCell<Vec<StepOutcome>>,
}

impl<'a> Run<'a> {
    /// A run in which nothing has happened yet.
    pub fn new(
        accounts: &'a Accounts,
        pen: &'a Pen,
        events: &'a Events,
        stop: &'a CancellationToken,
    ) -> Self {
        Self { accounts, pen, events, stop, outcomes: RefCell::default() }
    }

    /// How every step ended.
    pub fn outcomes(&self) -> Vec<StepOutcome> {
        self.outcomes.take()
    }

    /// Withdraws from a document what no held source needs. Gives the sources of which something is
    /// still in it.
    pub async fn document<D, L>(
        &self,
        part: &Part<D, L>,
        held: &Held,
        arn: Option<String>,
        withdrawal: Form<D, L>,
    ) -> Held {
        let leaving = &part.desired.leaving;
        let sources: BTreeSet<&BucketName> = leaving.values().filter_map(|n| n.source.as_ref()).collect();
        let by = |by: &ResourceId| sources.iter().map(|s| ((*s).clone(), by.clone())).collect::<Held>();
        let live = match &part.live {
            Err(stop) => return by(&self.stopped(&part.change, stop, 0.0)),
            Ok(live) => live,
        };
        let (Some(live), Action::Update | Action::Delete) = (live, part.change.action) else {
            self.kept(&part.change, arn);
            return Held::new();
        };
        let (going, waiting) = split(leaving, held);
        // Names that are not in the document wait for nothing.
        let waiting = waiting.into_iter().filter(|(name, _)| part.desired.found.contains(name.as_str()));
        let waiting: Held =
            waiting.filter_map(|(_, source)| Some((source.clone(), held.get(source)?.clone()))).collect();
        let first = waiting.values().next().cloned();
        if let Some(by) = &first
            && !going.iter().any(|name| part.desired.found.contains(name.as_str()))
        {
            self.blocked(&part.change, by);
            return waiting;
        }
        let work = |account| withdraw(account, self.pen, withdrawal(&part.desired.place, live, &going));
        let done = self.step(&part.change, arn, first.as_ref(), work).await;
        match done {
            Ok(()) => waiting,
            Err(id) => by(&id),
        }
    }

    /// Looks once more at a document that was written.
    pub async fn again<D, L>(&self, part: &Part<D, L>, held: &Held, withdrawal: Form<D, L>) {
        let id = &part.change.id;
        let written = |ended: &StepOutcome| {
            ended.id == *id && (ended.outcome == Outcome::Changed || ended.outcome == Outcome::Removed)
        };
        let (Ok(Some(live)), Some(account)) = (&part.live, self.accounts.get(&id.account)) else { return };
        if self.stop.is_cancelled() || !self.outcomes.borrow().iter().any(written) {
            return;
        }
        let (going, _) = split(&part.desired.leaving, held);
        match withdraw(account, self.pen, withdrawal(&part.desired.place, live, &going)).await {
            Ok(Withdrawn { notes, .. }) => {
                let mut outcomes = self.outcomes.borrow_mut();
                outcomes
                    .iter_mut()
                    .filter(|ended| ended.id == *id)
                    .for_each(|e| e.notes.extend(notes.clone()));
            }
            Err(stop) if stop.untried => {}
            Err(stop) => {
                self.outcomes.borrow_mut().retain(|ended| ended.id != *id);
                self.stopped(&part.change, &stop, 0.0);
            }
        }
    }

    /// Does a step that is not held up. What is `partly` left waits for that step.
    ///
    /// # Errors
    /// The step that did not end well: itself.
    pub async fn step<F>(
        &self,
        change: &Change,
        arn: Option<String>,
        partly: Option<&ResourceId>,
        work: impl FnOnce(&'a Account) -> F,
    ) -> Result<(), ResourceId>
    where
        F: Future<Output = Result<Withdrawn, Stop>>,
    {
        if self.stop.is_cancelled() {
            let stop = Stop::untried("the run was interrupted before this step");
            return Err(self.stopped(change, &stop, 0.0));
        }
        let Some(account) = self.accounts.get(&change.id.account) else {
            return Err(self.stopped(change, &unreachable(self.accounts, &change.id.account), 0.0));
        };
        self.events.send(Event::StepStarted(change.id.clone()));
        let begun = Instant::now();
        let done = work(account).await;
        let seconds = begun.elapsed().as_secs_f64();
        let Withdrawn { gone, notes } = match done {
            Ok(done) => done,
            Err(stop) => return Err(self.stopped(change, &stop, seconds)),
        };
        let outcome = match (partly, gone) {
            (Some(_), _) => Outcome::Blocked,
            (None, true) => Outcome::Removed,
            (None, false) => Outcome::Changed,
        };
        let mut ended = StepOutcome { arn, seconds, ..ended(change, outcome) };
        ended.notes.extend(notes.into_iter().filter(|note| !change.notes.contains(note)));
        if let Some(by) = partly {
            ended.blocked_by = Some(by.clone());
            ended.notes.push("what no held up link needs was withdrawn".to_owned());
        }
        self.record(ended);
        Ok(())
    }

    /// Nothing had to be done.
    pub fn kept(&self, change: &Change, arn: Option<String>) {
        self.record(StepOutcome { arn, ..ended(change, Outcome::Kept) });
    }

    /// It was not begun, because of another step.
    pub fn blocked(&self, change: &Change, by: &ResourceId) {
        self.record(StepOutcome { blocked_by: Some(by.clone()), ..ended(change, Outcome::Blocked) });
    }

    /// It did not end well. Gives the step that others wait for.
    pub fn stopped(&self, change: &Change, stop: &Stop, seconds: f64) -> ResourceId {
        let outcome = if stop.untried { Outcome::Blocked } else { Outcome::Failed };
        self.record(StepOutcome {
            error: stop.by.is_none().then(|| stop.message.clone()),
            hint: stop.hint.clone(),
            blocked_by: stop.by.clone(),
            awaits: None,
            seconds,
            ..ended(change, outcome)
        });
        change.id.clone()
    }

    fn record(&self, outcome: StepOutcome) {
        if outcome.outcome != Outcome::Kept {
            let why = match (&outcome.error, &outcome.blocked_by) {
                (Some(error), _) => Some(error.clone()),
                (None, Some(by)) => Some(format!("waits for {by}")),
                (None, None) => None,
            };
            let (id, took) = (outcome.id.clone(), Duration::from_secs_f64(outcome.seconds));
            self.events.send(Event::StepEnded { id, outcome: outcome.outcome, took, why });
        }
        self.outcomes.borrow_mut().push(outcome);
    }
}

fn ended(change: &Change, outcome: Outcome) -> StepOutcome {
    StepOutcome {
        id: change.id.clone(),
        outcome,
        arn: None,
        error: None,
        hint: None,
        blocked_by: None,
        awaits: None,
        seconds: 0.0,
        notes: change.notes.clone(),
    }
}

/// What may go, and what waits, with the source that it waits for.
fn split<'l>(leaving: &'l Leaving, held: &Held) -> (BTreeSet<String>, Vec<(&'l String, &'l BucketName)>) {
    let (mut going, mut waiting) = (BTreeSet::new(), Vec::new());
    for (name, of) in leaving {
        match &of.source {
            Some(source) if held.contains_key(source) => waiting.push((name, source)),
            _ => drop(going.insert(name.clone())),
        }
    }
    (going, waiting)
}
