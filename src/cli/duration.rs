//! `15m`, `1h 30m`, `90s` on the command line.

use std::time::Duration;

use jiff::SignedDuration;

/// A duration that is more than nothing.
///
/// # Errors
/// A sentence for clap to print.
pub fn parse(text: &str) -> Result<Duration, String> {
    // A day of 24 hours, which is enough for how old a file may be.
    if let Some(days) =
        text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok()).filter(|days| *days > 0)
    {
        return Ok(Duration::from_secs(u64::from(days) * 24 * 60 * 60));
    }
    let parsed: SignedDuration = text.parse().map_err(|_| "expected one like `15m` or `90s`".to_owned())?;
    match Duration::try_from(parsed) {
        Ok(duration) if duration > Duration::ZERO => Ok(duration),
        _ => Err("expected more than nothing".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        assert_eq!(parse("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(parse("1h 30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse("30d"), Ok(Duration::from_secs(30 * 86_400)));
        assert_eq!(parse("500ms"), Ok(Duration::from_millis(500)));
        for bad in ["", "15", "m", "0s", "-5m", "15 bananas"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
