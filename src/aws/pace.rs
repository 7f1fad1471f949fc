//! How many calls may be in flight to one service in one Region of one account.
//!
//! Halved when the service throttles, raised again by one for every ten calls that go well: each
//! account, Region and service finds its own pace, so that a throttled one slows nobody else down.
//!
//! Deliberately absent: waiting between tries. That is [`super::Patience`].

use std::sync::Mutex;

use tokio::sync::{Semaphore, SemaphorePermit};

/// Permits that become fewer under throttling.
#[derive(Debug)]
pub struct Pace {
    permits: Semaphore,
    state: Mutex<State>,
    most: usize,
}

#[derive(Debug)]
struct State {
    /// Permits that there should be.
    limit: usize,
    /// Permits to be dropped as they come back, because all were in use when the limit was lowered.
    surplus: usize,
    /// Calls that went well since the limit was changed.
    well: usize,
}

/// Calls that must go well before one more may be in flight.
const CALLS_PER_RAISE: usize = 10;

impl Pace {
    /// At most so many calls in flight; at least one.
    pub fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            permits: Semaphore::new(most),
            state: Mutex::new(State { limit: most, surplus: 0, well: 0 }),
            most,
        }
    }

    /// Waits for a permit. Give it back through [`Pace::done`].
    pub async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so there is always a permit to come.
        self.permits.acquire().await.ok()
    }

    /// Gives a permit back. `Some(limit)` when throttling has lowered the limit.
    pub fn done(&self, permit: Option<SemaphorePermit<'_>>, throttled: bool) -> Option<usize> {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut lowered = None;
        if throttled {
            let limit = (state.limit / 2).max(1);
            if limit < state.limit {
                let drop = state.limit - limit;
                state.surplus += drop - self.permits.forget_permits(drop);
                state.limit = limit;
                lowered = Some(limit);
            }
            state.well = 0;
        } else {
            state.well += 1;
            if state.well >= CALLS_PER_RAISE && state.limit < self.most {
                state.well = 0;
                state.limit += 1;
                if state.surplus > 0 {
                    state.surplus -= 1;
                } else {
                    self.permits.add_permits(1);
                }
            }
        }
        if state.surplus > 0
            && let Some(permit) = permit
        {
            state.surplus -= 1;
            permit.forget();
        }
        lowered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn throttling_halves_and_success_raises_again() {
        let pace = Pace::new(4);
        let (a, b, c, d) =
            (pace.permit().await, pace.permit().await, pace.permit().await, pace.permit().await);
        assert_eq!(pace.done(a, true), Some(2));
        assert_eq!(pace.done(b, true), Some(1));
        assert_eq!(pace.done(c, true), None, "never under one");
        assert_eq!(pace.done(d, false), None);
        assert_eq!(pace.permits.available_permits(), 1);
        for _ in 0..CALLS_PER_RAISE {
            let permit = pace.permit().await;
            pace.done(permit, false);
        }
        assert_eq!(pace.permits.available_permits(), 2);
        for _ in 0..100 {
            let permit = pace.permit().await;
            pace.done(permit, false);
        }
        assert_eq!(pace.permits.available_permits(), 4, "never over what was asked for");
    }
}
