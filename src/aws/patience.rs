//! Which failures of a call pass by themselves, and how long to wait for that.
//!
//! The SDK's own retries are off: they are counted in a bucket that all accounts share, they are
//! silent, and they do not know the failures that only eventual consistency explains.
//!
//! Deliberately absent: retrying what does not pass by itself. A refusal is a result.

use std::time::Duration;

use super::AwsError;

/// What is waited for, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Failures of this call that pass by themselves, beside throttling and conflicts.
    passing: fn(&AwsError) -> bool,
    /// Why they pass, for people: AWS's words name a mistake that there is not.
    because: &'static str,
    /// Whether the call may be repeated when it is not known if it took effect.
    repeatable: bool,
    /// How long they are waited for.
    deadline: Duration,
    /// Whether anything is tried again at all.
    again: bool,
}

/// Conflicts, and answers that leave open whether a call took effect, are waited out this long.
const BUSY: Duration = Duration::from_secs(120);

/// A service that throttles is making progress with others' calls, and hundreds of keys take minutes
/// at its rates.
const THROTTLED: Duration = Duration::from_secs(600);

/// IAM is eventually consistent; others allow two minutes as well
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>).
const PROPAGATION: Duration = Duration::from_secs(120);

const NEW_ROLE: &str = "IAM has not spread the new role yet";

/// Longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Wait after the first failure.
const FIRST_WAIT: Duration = Duration::from_millis(250);

/// Tries after answers that leave open whether the call took effect. Unlike throttling they do not
/// get better by waiting for minutes.
const UNCERTAIN_TRIES: u32 = 5;

impl Patience {
    /// For calls that can be repeated: reads, and writes of a whole document.
    pub fn repeatable() -> Self {
        Self { passing: |_| false, because: "", repeatable: true, deadline: BUSY, again: true }
    }

    /// For calls that must not be repeated blindly: `CreateKey` would make a second key.
    pub fn once() -> Self {
        Self { repeatable: false, ..Self::repeatable() }
    }

    /// For callers that look again before they try again.
    pub fn none() -> Self {
        Self { again: false, ..Self::repeatable() }
    }

    /// For what is done to a thing that was made a moment ago, which KMS may not find yet
    /// (<https://docs.aws.amazon.com/kms/latest/developerguide/accessing-kms.html#programming-eventual-consistency>).
    pub fn until_visible() -> Self {
        Self {
            passing: |e| e.is("NotFoundException"),
            because: "KMS does not find the new key everywhere yet",
            deadline: Duration::from_secs(30),
            ..Self::repeatable()
        }
    }

    /// For what is done to a bucket that was made a moment ago.
    pub fn until_bucket_is_visible() -> Self {
        Self {
            passing: |e| e.is("NoSuchBucket"),
            because: "S3 does not find the new bucket everywhere yet",
            ..Self::repeatable()
        }
    }

    /// For what is done to a role that was made a moment ago.
    pub fn until_role_is_visible() -> Self {
        Self {
            passing: |e| e.is("NoSuchEntity"),
            because: NEW_ROLE,
            deadline: PROPAGATION,
            ..Self::repeatable()
        }
    }

    /// For a document that names a role which IAM has not spread yet, when `young` says so; an old
    /// role that is not found is a real mistake.
    pub fn until_principal_is_visible(young: bool) -> Self {
        let passing: fn(&AwsError) -> bool = if young {
            |e| {
                let malformed =
                    ["MalformedPolicy", "MalformedPolicyDocumentException", "MalformedPolicyDocument"];
                malformed.iter().any(|code| e.is(code)) && !e.locks_out()
            }
        } else {
            |_| false
        };
        Self { passing, because: NEW_ROLE, deadline: PROPAGATION, ..Self::repeatable() }
    }

    /// For a replication configuration: versioning may not have reached S3's other side yet, and the
    /// role may be young.
    pub fn until_replication_is_possible() -> Self {
        Self {
            passing: |e| e.is("InvalidRequest") && e.message.to_ascii_lowercase().contains("versioning"),
            because: "S3 has not spread the bucket's versioning yet",
            deadline: PROPAGATION,
            ..Self::repeatable()
        }
    }

    /// Whether the `tries`-th failure is worth another try, `elapsed` after the first try began.
    pub fn waits_for(&self, error: &AwsError, tries: u32, elapsed: Duration) -> bool {
        let deadline = match error {
            _ if error.is_throttling() => THROTTLED,
            _ if error.is_conflict() => BUSY,
            _ if (self.passing)(error) => self.deadline,
            _ if self.repeatable && error.is_uncertain() && tries < UNCERTAIN_TRIES => BUSY,
            _ => return false,
        };
        self.again && elapsed < deadline
    }

    /// Why another try is worth it, for people.
    pub fn reason(&self, error: &AwsError) -> String {
        match &error.code {
            Some(code) if (self.passing)(error) => format!("{} ({code})", self.because),
            _ => error.brief(),
        }
    }

    /// How long to wait after the `tries`-th failure: doubling, with jitter so that many steps do not
    /// come back at once.
    pub fn wait(tries: u32) -> Duration {
        let full = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1))).min(LONGEST_WAIT);
        full.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Operation;

    fn error(code: Option<&str>, status: Option<u16>) -> AwsError {
        AwsError {
            account: crate::topology::AccountName("prod".to_owned()),
            account_id: "111111111111".parse().expect("an id"),
            operation: Operation::PutKeyPolicy,
            resource: "key alias/x".to_owned(),
            code: code.map(str::to_owned),
            message: "versioning".to_owned(),
            status,
            request_id: None,
            bucket_region: None,
        }
    }

    #[test]
    fn only_what_passes_by_itself_is_waited_for() {
        let throttled = error(Some("ThrottlingException"), Some(400));
        let conflict = error(Some("OperationAborted"), Some(409));
        let lost = error(None, None);
        let broken = error(Some("InternalError"), Some(500));
        let denied = error(Some("AccessDenied"), Some(403));
        let no_principal = error(Some("MalformedPolicyDocumentException"), Some(400));
        let no_versioning = error(Some("InvalidRequest"), Some(400));
        let cases = [
            (
                Patience::repeatable(),
                vec![&throttled, &conflict, &lost, &broken],
                vec![&denied, &no_principal],
            ),
            (Patience::once(), vec![&throttled, &conflict], vec![&lost, &broken, &denied]),
            (
                Patience::until_principal_is_visible(true),
                vec![&no_principal, &lost],
                vec![&denied, &no_versioning],
            ),
            (Patience::until_principal_is_visible(false), vec![&lost], vec![&no_principal, &denied]),
            (Patience::until_replication_is_possible(), vec![&no_versioning], vec![&no_principal, &denied]),
        ];
        for (patience, waits, ends) in cases {
            assert!(waits.iter().all(|e| patience.waits_for(e, 1, Duration::ZERO)), "{patience:?}");
            assert!(!ends.iter().any(|e| patience.waits_for(e, 1, Duration::ZERO)), "{patience:?}");
        }
        assert!(!Patience::repeatable().waits_for(&lost, UNCERTAIN_TRIES, Duration::ZERO), "not for ever");
    }

    #[test]
    fn nothing_is_waited_for_for_ever() {
        let throttled = error(Some("ThrottlingException"), Some(400));
        let not_found = error(Some("NotFoundException"), Some(400));
        let patience = Patience::until_visible();
        let minute = Duration::from_secs(60);
        assert!(patience.waits_for(&throttled, 20, minute) && !patience.waits_for(&not_found, 20, minute));
        assert!(!patience.waits_for(&throttled, 200, THROTTLED));
        assert!(!Patience::none().waits_for(&throttled, 1, Duration::ZERO));
    }

    #[test]
    fn waits_grow_and_stay_short_enough() {
        for tries in 1..100 {
            let wait = Patience::wait(tries);
            assert!(wait >= FIRST_WAIT / 2 && wait <= LONGEST_WAIT, "{tries}: {wait:?}");
        }
        assert!(Patience::wait(10) >= LONGEST_WAIT / 2);
    }
}
