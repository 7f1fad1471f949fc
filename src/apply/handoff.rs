//! What one step hands to the steps that need it, and the few lines that run a step.
//!
//! A handoff is a future that runs once and can be awaited by many. There is no graph engine: who
//! awaits what is written down in [`super::apply`].
//!
//! Deliberately absent: any knowledge of the seven kinds.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::aws::{Account, Accounts};
use crate::event::{Event, Events};
use crate::observe::unreachable;
use crate::resource::{Action, Blocked, Coverage, Done, ResourceId, Step, Stop};
use crate::topology::LinkName;
use crate::trail::Pen;

use super::outcome::{Outcome, StepOutcome};

/// What a step gives, or the step that failed first.
pub type Handed<L> = Result<Given<L>, Blocked>;

/// A step's result, for all who need it.
pub type Handoff<'a, L> = Shared<LocalBoxFuture<'a, Handed<L>>>;

/// A living thing, and the links that it is ready for.
#[derive(Debug, Clone)]
pub struct Given<L> {
    /// The proof.
    pub live: L,
    /// For shared documents.
    pub coverage: Rc<Coverage>,
}

impl<L> Given<L> {
    /// Whether the document has what the link needs; otherwise the step that failed first.
    pub fn covers(&self, link: &LinkName) -> Result<(), Blocked> {
        match self.coverage.missing.get(link) {
            Some(blocked) => Err(blocked.clone()),
            None => Ok(()),
        }
    }
}

/// What a step needs: the needs themselves, and which links they are for.
pub struct Ready<N> {
    /// What the step takes.
    pub needs: N,
    /// Which links are served, and which are not.
    pub coverage: Coverage,
}

impl<N> Ready<N> {
    /// For steps that serve all links or none.
    pub fn all(needs: N) -> Self {
        Self { needs, coverage: Coverage::default() }
    }
}

/// Sorts links into those that can be served and those that cannot.
pub fn cover<T>(coverage: &mut Coverage, links: &[LinkName], found: Result<T, Blocked>) -> Option<T> {
    match found {
        Ok(found) => {
            coverage.links.extend(links.iter().filter(|link| !coverage.missing.contains_key(*link)).cloned());
            Some(found)
        }
        Err(blocked) => {
            for link in links {
                coverage.links.remove(link);
                coverage.missing.insert(link.clone(), blocked.clone());
            }
            None
        }
    }
}

/// Second looks at documents that were written.
pub type Again<'a> = RefCell<Vec<LocalBoxFuture<'a, ()>>>;

/// Where a step works, and its permission to write there.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The account.
    pub account: &'a Account,
    /// The permission.
    pub pen: &'a Pen,
}

/// One run: what its steps share, and what became of them.
pub struct Run<'a> {
    accounts: &'a Accounts,
    pen: &'a Pen,
    events: &'a Events,
    stop: &'a CancellationToken,
    outcomes: RefCell<BTreeMap<ResourceId, StepOutcome>>,
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

    /// How every step ended, in the order in which things happen.
    pub fn outcomes(&self, order: &[ResourceId]) -> Vec<StepOutcome> {
        let mut outcomes = self.outcomes.take();
        order.iter().filter_map(|id| outcomes.remove(id)).collect()
    }

    /// Runs a step once everything it needs has been handed over. `again` is for documents that others
    /// write too: what is done is done once more when all steps have ended.
    pub fn step<'s, 'r: 's, D, L, N, W>(
        &'r self,
        step: &'r Step<D, L>,
        again: Option<&'s Again<'r>>,
        arn: impl Fn(&L) -> String + 'r,
        ready: impl Future<Output = Result<Ready<N>, Blocked>> + 's,
        work: impl Fn(Scene<'r>, &'r D, Option<L>, N) -> W + 'r,
    ) -> Handoff<'s, L>
    where
        L: Clone + 'r,
        N: Clone + 'r,
        W: Future<Output = Result<Done<L>, Stop>> + 'r,
    {
        let id = &step.change.id;
        async move {
            let live = match &step.live {
                Ok(live) => live.clone(),
                // Another team's: it is no step of this run.
                Err(Stop { awaits: Some(awaits), .. }) => {
                    return Err(Blocked { by: id.clone(), awaits: Some(awaits.clone()) });
                }
                Err(stop) => return Err(self.failed(id, stop, 0.0)),
            };
            if let (Action::Keep, Some(live)) = (step.change.action, &live) {
                self.record(self.outcome(step, Outcome::Kept, Some(arn(live)), 0.0));
                return Ok(Given { live: live.clone(), coverage: Rc::default() });
            }
            let Ready { needs, coverage } = match ready.await {
                Ok(ready) => ready,
                Err(blocked) => return Err(self.blocked(step, blocked, Vec::new())),
            };
            if self.stop.is_cancelled() {
                let stop = Stop::untried("the run was interrupted before this step");
                return Err(self.failed(id, &stop, 0.0));
            }
            let Some(account) = self.accounts.get(&id.account) else {
                return Err(self.failed(id, &unreachable(self.accounts, &id.account), 0.0));
            };
            self.events.send(Event::StepStarted(id.clone()));
            let scene = Scene { account, pen: self.pen };
            let begun = Instant::now();
            let made = live.is_none();
            let done = work(scene, &step.desired, live, needs.clone()).await;
            let seconds = begun.elapsed().as_secs_f64();
            match done {
                Err(stop) => Err(self.failed(id, &stop, seconds)),
                Ok(Done { live, notes }) => {
                    let outcome = if made { Outcome::Made } else { Outcome::Changed };
                    let mut outcome = self.outcome(step, outcome, Some(arn(&live)), seconds);
                    outcome.notes.extend(notes);
                    if let Some(blocked) = worst(&coverage) {
                        outcome.stands_still(blocked);
                        outcome.notes.push(without(&coverage));
                    }
                    self.record(outcome);
                    if let Some(again) = again {
                        let look = work(scene, &step.desired, Some(live.clone()), needs);
                        again.borrow_mut().push(self.look_again(id, look).boxed_local());
                    }
                    Ok(Given { live, coverage: Rc::new(coverage) })
                }
            }
        }
        .boxed_local()
        .shared()
    }

    /// Somebody who read a document before we wrote it may have written it since, and what is ours is
    /// gone.
    async fn look_again<L>(&self, id: &ResourceId, look: impl Future<Output = Result<Done<L>, Stop>>) {
        if self.stop.is_cancelled() {
            return;
        }
        match look.await {
            Ok(Done { notes, .. }) => {
                if let Some(outcome) = self.outcomes.borrow_mut().get_mut(id) {
                    outcome.notes.extend(notes);
                }
            }
            Err(stop) if stop.untried => {}
            Err(stop) => drop(self.failed(id, &stop, 0.0)),
        }
    }

    fn outcome<D, L>(
        &self,
        step: &Step<D, L>,
        outcome: Outcome,
        arn: Option<String>,
        seconds: f64,
    ) -> StepOutcome {
        StepOutcome {
            id: step.change.id.clone(),
            outcome,
            arn,
            error: None,
            hint: None,
            blocked_by: None,
            awaits: None,
            seconds,
            notes: step.change.notes.clone(),
        }
    }

    fn failed(&self, id: &ResourceId, stop: &Stop, seconds: f64) -> Blocked {
        self.record(StepOutcome {
            id: id.clone(),
            outcome: if stop.untried { Outcome::Blocked } else { Outcome::Failed },
            arn: None,
            error: stop.by.is_none().then(|| stop.message.clone()),
            hint: stop.hint.clone(),
            blocked_by: stop.by.clone(),
            awaits: None,
            seconds,
            notes: Vec::new(),
        });
        Blocked::by(stop.by.clone().unwrap_or_else(|| id.clone()))
    }

    fn blocked<D, L>(&self, step: &Step<D, L>, blocked: Blocked, notes: Vec<String>) -> Blocked {
        let mut outcome = self.outcome(step, Outcome::Blocked, None, 0.0);
        outcome.stands_still(&blocked);
        outcome.notes = notes;
        self.record(outcome);
        blocked
    }

    fn record(&self, outcome: StepOutcome) {
        if outcome.outcome != Outcome::Kept {
            let why = match (&outcome.error, &outcome.blocked_by, &outcome.awaits) {
                (Some(error), ..) => Some(error.clone()),
                (None, Some(by), _) => Some(format!("waits for {by}")),
                (None, None, Some(awaits)) => Some(format!("waits for {awaits}")),
                (None, None, None) => None,
            };
            self.events.send(Event::StepEnded {
                id: outcome.id.clone(),
                outcome: outcome.outcome,
                took: std::time::Duration::from_secs_f64(outcome.seconds),
                why,
            });
        }
        self.outcomes.borrow_mut().insert(outcome.id.clone(), outcome);
    }
}

/// What a document is not complete for: a step that failed before a message that has yet to come.
pub fn worst(coverage: &Coverage) -> Option<&Blocked> {
    let missing = || coverage.missing.values();
    missing().find(|blocked| blocked.awaits.is_none()).or_else(|| missing().next())
}

/// Which links a document was written without.
fn without(coverage: &Coverage) -> String {
    let names: Vec<String> =
        coverage.missing.iter().map(|(link, by)| format!("{link} (waits for {by})")).collect();
    let done = coverage.links.len();
    let plural = if done == 1 { "" } else { "s" };
    format!("written for {done} link{plural}, without {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::Kind;
    use crate::topology::AccountName;

    fn link(name: &str) -> LinkName {
        LinkName(name.to_owned())
    }

    fn step(name: &str) -> ResourceId {
        ResourceId { account: AccountName("backup".to_owned()), kind: Kind::Key, name: name.to_owned() }
    }

    #[test]
    fn a_link_is_served_only_if_everything_it_needs_is_there() {
        let mut coverage = Coverage::default();
        let failed = Blocked::by(step("alias/b"));
        assert_eq!(cover(&mut coverage, &[link("a"), link("b")], Ok(1)), Some(1));
        assert_eq!(cover::<i32>(&mut coverage, &[link("b")], Err(failed.clone())), None);
        assert_eq!(cover(&mut coverage, &[link("b"), link("c")], Ok(2)), Some(2));
        assert_eq!(coverage.links.iter().map(|l| l.0.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(coverage.missing[&link("b")], failed);
        assert_eq!(
            without(&coverage),
            "written for 2 links, without b (waits for key alias/b in account backup)"
        );
        let given = Given { live: (), coverage: Rc::new(coverage) };
        assert!(given.covers(&link("a")).is_ok());
        assert_eq!(given.covers(&link("b")), Err(failed));
    }
}
