//! Faults on demand: which calls go wrong, when and how.
//!
//! A fault is about an account, an operation, and an occurrence among the
//! calls that fit; what a call then meets is its [`Effect`]. Calls that AWS
//! itself limits are in [`crate::quotas`].

pub mod answers;

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

/// What a call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Refused for its rate, in the service's own words.
    Throttled,
    /// 500: the service failed, and nothing happened.
    Broken,
    /// 503: S3's `SlowDown`, the other services' unavailability.
    Unavailable,
    /// The connection is reset before anything happened.
    CutBefore,
    /// It took effect, and the connection is reset before the answer.
    CutAfter,
    /// It took effect, and the answer takes this much longer.
    Slow(Duration),
    /// It waits, before it takes effect, until it is released.
    Held,
    /// It took effect and is in the record, and its answer waits until it is released.
    HeldAfter,
}

/// A rule: the calls that it fits and what they meet.
#[derive(Clone, Debug)]
pub struct Fault {
    effect: Effect,
    account: Option<String>,
    operation: Option<String>,
    after: usize,
    times: Option<usize>,
}

impl Fault {
    /// Every call, until more is said.
    pub fn new(effect: Effect) -> Self {
        Fault { effect, account: None, operation: None, after: 0, times: None }
    }

    /// Only calls that this account makes.
    #[must_use]
    pub fn account(mut self, id: &str) -> Self {
        self.account = Some(id.to_owned());
        self
    }

    /// Only calls of this name, such as `PutBucketReplication`.
    #[must_use]
    pub fn operation(mut self, name: &str) -> Self {
        self.operation = Some(name.to_owned());
        self
    }

    /// Not the first `calls` that fit.
    #[must_use]
    pub fn after(mut self, calls: usize) -> Self {
        self.after = calls;
        self
    }

    /// Only so many calls, and none any more after them.
    #[must_use]
    pub fn times(mut self, calls: usize) -> Self {
        self.times = Some(calls);
        self
    }

    fn fits(&self, account: &str, operation: &str) -> bool {
        self.account.as_deref().is_none_or(|wanted| wanted == account)
            && self.operation.as_deref().is_none_or(|wanted| wanted == operation)
    }
}

#[derive(Debug, Default)]
struct Rules {
    /// Each with the number of calls that it fitted so far.
    list: Vec<(Fault, usize)>,
    waiting: usize,
}

/// The faults of a sandbox.
#[derive(Debug)]
pub struct Faults {
    rules: Mutex<Rules>,
    /// Counts the releases: whoever waits, waits for the next.
    releases: watch::Sender<u64>,
}

impl Default for Faults {
    fn default() -> Self {
        Faults { rules: Mutex::default(), releases: watch::Sender::new(0) }
    }
}

impl Faults {
    /// From the next call on.
    pub fn add(&self, fault: Fault) {
        self.rules.lock().list.push((fault, 0));
    }

    /// Nothing goes wrong any more, and whatever is held goes on.
    pub fn clear(&self) {
        self.rules.lock().list.clear();
        self.releases.send_modify(|count| *count += 1);
    }

    /// Lets the held calls go on, and holds no others.
    pub fn release(&self) {
        let holds = |fault: &Fault| matches!(fault.effect, Effect::Held | Effect::HeldAfter);
        self.rules.lock().list.retain(|(fault, _)| !holds(fault));
        self.releases.send_modify(|count| *count += 1);
    }

    /// How many calls are being held. A client that goes away takes its calls along.
    pub fn held(&self) -> usize {
        self.rules.lock().waiting
    }

    /// What this call meets; the first rule that says something counts.
    pub(crate) fn meet(&self, account: &str, operation: &str) -> Option<Effect> {
        let mut met = None;
        for (fault, seen) in &mut self.rules.lock().list {
            if !fault.fits(account, operation) {
                continue;
            }
            let number = *seen;
            *seen += 1;
            let due = number >= fault.after
                && fault.times.is_none_or(|times| number < fault.after.saturating_add(times));
            if due && met.is_none() {
                met = Some(fault.effect);
            }
        }
        met
    }

    pub(crate) async fn wait(&self) {
        let mut releases = self.releases.subscribe();
        let _waiting = Waiting::new(self);
        // An error means that the sandbox is going away.
        let _ = releases.changed().await;
    }
}

/// Counts a held call, also if its client gives up.
struct Waiting<'a>(&'a Faults);

impl<'a> Waiting<'a> {
    fn new(faults: &'a Faults) -> Self {
        faults.rules.lock().waiting += 1;
        Waiting(faults)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.rules.lock().waiting -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_operation_and_occurrence_have_to_fit() {
        let faults = Faults::default();
        faults.add(Fault::new(Effect::Throttled).operation("CreateKey").account("1").after(1).times(2));
        faults.add(Fault::new(Effect::Broken).operation("GetRole"));
        let key = |account| faults.meet(account, "CreateKey");
        assert_eq!(key("2"), None);
        assert_eq!(key("1"), None, "the first one passes");
        assert_eq!(key("1"), Some(Effect::Throttled));
        assert_eq!(key("1"), Some(Effect::Throttled));
        assert_eq!(key("1"), None, "and the fourth");
        assert_eq!(faults.meet("2", "GetRole"), Some(Effect::Broken));
        faults.clear();
        assert_eq!(faults.meet("2", "GetRole"), None);
    }
}
