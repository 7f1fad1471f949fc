//! Many cases of one test, several at once; every case that fails is named, not only the first.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// As many as there are cores: for cases that compute.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(2, usize::from)
}

/// Runs every case, so many at once, and fails with all that failed. Gives what each came to, in
/// their order.
#[track_caller]
pub fn each<T: Sync, R: Send>(
    cases: &[T],
    at_once: usize,
    name: impl Fn(&T) -> String + Sync,
    run: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..at_once.min(cases.len()) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(place) else { return };
                    let result = catch_unwind(AssertUnwindSafe(|| run(case)));
                    let result = result.map_err(|e| format!("{}: {}", name(case), message(&*e)));
                    results.lock().expect("the results").push((place, result));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("the results");
    results.sort_by_key(|(place, _)| *place);
    let mut well = Vec::new();
    let mut wrong = Vec::new();
    for (_, result) in results {
        match result {
            Ok(result) => well.push(result),
            Err(error) => wrong.push(error),
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases failed:\n{}", wrong.len(), cases.len(), wrong.join("\n\n"));
    assert_eq!(well.len(), cases.len(), "every case was run");
    well
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|&s| s.to_owned())).unwrap_or_default()
}
