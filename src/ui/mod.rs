//! The conversation: the only module that prints.
//!
//! stdout carries the result and nothing else; stderr carries what is said meanwhile. Colours, widths
//! and whether anybody is there to answer are decided here, once.
//!
//! Deliberately absent: what a result looks like. That is [`crate::report`].

use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use indicatif::{MultiProgress, ProgressDrawTarget};

use crate::report::{Look, clean};

mod bars;
mod lines;
pub mod log;
pub mod progress;
mod prompt;

pub use progress::Progress;
pub use prompt::Answer;

/// How much is said, and in which colours.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// `--color`; `Auto` looks at the terminal, `NO_COLOR` and `CLICOLOR_FORCE`.
    pub colour: ColorChoice,
    /// Errors and warnings only.
    pub quiet: bool,
    /// More of it, the higher.
    pub verbose: u8,
}

/// The user's terminal, or what stands in for it. Cheap to clone; all clones are one voice.
#[derive(Clone)]
pub struct Ui(Arc<Inner>);

struct Inner {
    manner: Manner,
    bars: MultiProgress,
    /// Held while something is said or asked, so that nobody is interrupted.
    voice: Mutex<()>,
}

impl Ui {
    /// The process's own stdout and stderr.
    pub fn new(manner: Manner) -> Self {
        manner.colour.write_global();
        let lively = io::stderr().is_terminal() && !manner.quiet;
        let target = if lively { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bars = MultiProgress::with_draw_target(target);
        Self(Arc::new(Inner { manner, bars, voice: Mutex::new(()) }))
    }

    /// Writes a result to stdout. That nobody reads on (`| head`) is no error.
    ///
    /// # Errors
    /// When stdout cannot be written to, such as on a full disk.
    pub fn out(&self, text: &str) -> io::Result<()> {
        let _voice = self.voice();
        let written = self.0.bars.suspend(|| {
            let mut stdout = AutoStream::auto(io::stdout().lock());
            stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush())
        });
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Says what is going on; silenced by `-q`.
    pub fn status(&self, text: &str) {
        if !self.0.manner.quiet {
            self.say(&format!("{}\n", clean::line(text)));
        }
    }

    /// Says something that matters though nothing failed.
    pub fn warn(&self, text: &str) {
        self.labelled("warning", AnsiColor::Yellow, text);
    }

    /// Says what failed and why, cause by cause.
    pub fn error(&self, error: &anyhow::Error) {
        let mut said = error.to_string();
        self.labelled("error", AnsiColor::Red, &said);
        for cause in error.chain().skip(1).map(ToString::to_string) {
            // Some errors print their cause themselves.
            if !said.contains(&cause) {
                self.say(&format!("  caused by: {}\n", clean::lines(&cause).join("\n    ")));
            }
            said.push_str(&cause);
        }
    }

    /// Says what to do.
    pub fn hint(&self, text: &str) {
        self.labelled("hint", AnsiColor::Cyan, text);
    }

    /// Shows text that was laid out elsewhere ([`crate::report::render`] with [`Ui::aside`],
    /// `config::Problems::render`), such as a plan to be agreed to.
    pub fn show(&self, text: &str) {
        self.say(text);
    }

    /// For whom a result on stdout is written.
    pub fn look(&self) -> Look {
        self.look_at(&io::stdout(), terminal_size::terminal_size_of(io::stdout()))
    }

    /// For whom something on stderr is written.
    pub fn aside(&self) -> Look {
        self.look_at(&io::stderr(), terminal_size::terminal_size_of(io::stderr()))
    }

    fn look_at(
        &self,
        stream: &impl anstream::stream::RawStream,
        size: Option<(terminal_size::Width, terminal_size::Height)>,
    ) -> Look {
        let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
        let width = match size {
            Some((width, _)) if width.0 > 0 => Some(usize::from(width.0)),
            _ if stream.is_terminal() => Some(columns().unwrap_or(80)),
            // A file or a pipe has no width.
            _ => None,
        };
        let colour = AutoStream::choice(stream) != ColorChoice::Never;
        Look { width, colour, verbose: self.0.manner.verbose > 0 }
    }

    fn labelled(&self, label: &str, colour: AnsiColor, text: &str) {
        let style: Style = colour.on_default().bold();
        let text = clean::lines(text).join("\n  ");
        self.say(&format!("{style}{label}{style:#}: {text}\n"));
    }

    fn say(&self, text: &str) {
        let _voice = self.voice();
        self.0.bars.suspend(|| write_stderr(text));
    }

    fn voice(&self) -> MutexGuard<'_, ()> {
        // The lock guards no data: a panic elsewhere is no reason to fall silent.
        self.0.voice.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nobody can be told that stderr is gone, so failures are ignored.
fn write_stderr(text: &str) {
    let mut stderr = AutoStream::auto(io::stderr().lock());
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
