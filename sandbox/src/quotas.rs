//! KMS's published request rates, for each account and Region.
//!
//! Off unless they are asked for, since tests are faster than AWS allows; a
//! factor scales them. The rates of S3 and IAM are not published.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html>

use std::collections::HashMap;
use std::time::Instant;

use parking_lot::Mutex;

/// Calls a second.
const RATES: &[(&str, f64)] = &[
    ("CreateAlias", 5.0),
    ("CreateKey", 5.0),
    ("DeleteAlias", 15.0),
    ("DescribeKey", 2_000.0),
    ("EnableKeyRotation", 15.0),
    ("GetKeyPolicy", 1_000.0),
    ("GetKeyRotationStatus", 1_000.0),
    ("ListAliases", 500.0),
    ("ListKeys", 500.0),
    ("ListResourceTags", 2_000.0),
    ("PutKeyPolicy", 15.0),
    ("ScheduleKeyDeletion", 15.0),
    ("TagResource", 10.0),
];

/// Account, Region and operation, each with what is left.
#[derive(Debug, Default)]
pub struct Quotas {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    scale: Option<f64>,
    buckets: HashMap<(String, String, &'static str), (f64, Instant)>,
}

impl Quotas {
    /// `None` lifts them.
    pub fn set_scale(&self, scale: Option<f64>) {
        let mut state = self.state.lock();
        state.scale = scale.filter(|scale| *scale > 0.0);
        state.buckets.clear();
    }

    /// Whether this call of KMS's comes within its rate; it is counted then.
    pub fn admits(&self, account: &str, region: &str, operation: &str, now: Instant) -> bool {
        let mut state = self.state.lock();
        let Some(scale) = state.scale else {
            return true;
        };
        let Some((name, rate)) = RATES.iter().find(|(name, _)| *name == operation) else {
            return true;
        };
        let rate = rate * scale;
        // A second's worth at once, then as it refills.
        let capacity = rate.max(1.0);
        let key = (account.to_owned(), region.to_owned(), *name);
        let (left, since) = state.buckets.entry(key).or_insert((capacity, now));
        let refilled = *left + now.saturating_duration_since(*since).as_secs_f64() * rate;
        *since = now;
        *left = refilled.min(capacity);
        if *left < 1.0 {
            return false;
        }
        *left -= 1.0;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_seconds_worth_passes_and_refills() {
        let quotas = Quotas::default();
        let start = Instant::now();
        let create = |account: &str, millis: u64| {
            quotas.admits(account, "eu-west-1", "CreateKey", start + Duration::from_millis(millis))
        };
        assert!((0..50).all(|_| create("1", 0)), "off unless asked for");
        quotas.set_scale(Some(1.0));
        assert_eq!((0..9).filter(|_| create("1", 0)).count(), 5);
        assert!(create("2", 0), "another account has its own");
        assert!(!create("1", 100));
        assert!(create("1", 350));
        quotas.set_scale(Some(2.0));
        assert_eq!((0..20).filter(|_| create("1", 400)).count(), 10);
        assert!(quotas.admits("1", "eu-west-1", "UpdateAlias", start), "not published");
    }
}
