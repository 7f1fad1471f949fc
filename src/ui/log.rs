//! Traces on stderr, for whoever looks into this program itself: with `-vv`, or as
//! `BUCKETBRIDGE_LOG` says.
//!
//! Whatever is asked for, nothing finer than `warn` is taken from other crates: `aws-config` says a
//! profile's external id at `info`, the SDK's traces hold signed requests and session tokens, and
//! hyper's and rustls's hold the bytes.

use std::io;

use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, filter_fn};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::Ui;

/// The variable with the filter.
pub const VARIABLE: &str = "BUCKETBRIDGE_LOG";

/// Begins to write traces, if they are wanted.
///
/// # Errors
/// When the variable holds no filter.
pub fn start(ui: &Ui) -> anyhow::Result<()> {
    let filter = match std::env::var(VARIABLE) {
        Ok(text) if !text.is_empty() => EnvFilter::try_new(text)?,
        _ if ui.0.manner.verbose >= 2 => EnvFilter::new("bucketbridge=debug"),
        _ => return Ok(()),
    };
    let harmless = filter_fn(|meta| is_harmless(meta.target(), *meta.level()));
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(Voice(ui.clone()));
    // A second start, in a test, changes nothing.
    let _ = tracing_subscriber::registry().with(lines.with_filter(harmless).with_filter(filter)).try_init();
    Ok(())
}

fn is_harmless(target: &str, level: Level) -> bool {
    target == "bucketbridge" || target.starts_with("bucketbridge::") || level <= Level::WARN
}

/// Writes between the bars, not into them.
struct Voice(Ui);

impl<'a> MakeWriter<'a> for Voice {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { ui: &self.0, text: Vec::new() }
    }
}

struct Line<'a> {
    ui: &'a Ui,
    text: Vec<u8>,
}

impl io::Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line<'_> {
    fn drop(&mut self) {
        let lines = crate::report::clean::lines(&String::from_utf8_lossy(&self.text));
        lines.iter().for_each(|line| self.ui.say(&format!("{line}\n")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_crates_never_get_below_warnings() {
        for target in ["aws_config", "aws_smithy_runtime::client", "hyper", "rustls", "bucketbridges"] {
            assert!(!is_harmless(target, Level::INFO) && !is_harmless(target, Level::TRACE), "{target}");
            assert!(is_harmless(target, Level::WARN), "{target}");
        }
        assert!(is_harmless("bucketbridge::aws", Level::TRACE));
    }
}
