//! The name of a run, under which its canaries are put: whoever finds one later can tell whether the
//! run is over.
//!
//! `20261122T013000Z-900-4f2a1b-1234-9c0d`: when it began, after how many seconds it gives up, the
//! machine and process that it runs in, and something random. A canary whose run is over was left
//! behind by one that was killed, and is swept; one of a run that goes on elsewhere is left alone.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::iam::hex;

/// Cleaning up takes a while after the deadline.
const GRACE: Duration = Duration::from_secs(60);

/// A name for a run that begins now.
pub fn name(timeout: Duration) -> String {
    let now = Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
    let seconds = timeout.as_secs();
    format!("{now}-{seconds}-{}-{}-{:04x}", machine(), std::process::id(), fastrand::u16(..))
}

/// Whether the run of that name is over. A name that no run of ours has is over.
pub fn is_over(name: &str, now: Timestamp) -> bool {
    let parts: Vec<&str> = name.split('-').collect();
    let [begun, seconds, on, process, _] = parts[..] else { return true };
    let (Ok(begun), Ok(seconds)) =
        (Timestamp::strptime("%Y%m%dT%H%M%S%z", begun.replace('Z', "+0000")), seconds.parse())
    else {
        return true;
    };
    let ends = Duration::from_secs(seconds).saturating_add(GRACE);
    let late = begun.checked_add(ends).is_ok_and(|ends| now > ends);
    late || on == machine() && Path::new("/proc/self").exists() && !Path::new("/proc").join(process).exists()
}

/// The same for all processes that see the same process numbers: this boot of this machine, and the
/// namespace of process numbers. Where there is neither, runs end by their deadline.
fn machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    hex(&format!("{boot}{}", namespace.display()))[..6].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_over_when_its_process_is_gone_or_its_time_is_up() {
        let mine = name(Duration::from_secs(900));
        let now = Timestamp::now();
        assert!(!is_over(&mine, now), "{mine}");
        assert!(is_over(&mine, now + Duration::from_secs(961)));
        let elsewhere = mine.replace(&machine(), "zzzzzz");
        assert!(!is_over(&elsewhere, now));
        assert!(is_over(&elsewhere, now + Duration::from_secs(961)));
        let process = std::process::id().to_string();
        // Linux numbers processes up to 4,194,304.
        let killed = mine.replace(&format!("-{process}-"), "-99999999-");
        assert_eq!(is_over(&killed, now), Path::new("/proc/self").exists());
        assert!(is_over("old", now) && is_over("", now));
    }
}
