//! Questions at the terminal. A signal ends the waiting, so that Ctrl-C works at a prompt too.

use std::io::{self, IsTerminal};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{Ui, write_stderr};
use crate::report::clean;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<T> {
    /// An answer.
    Given(T),
    /// Nobody is there to answer: stdin or stderr is no terminal, or was closed.
    Nobody,
    /// A signal came first.
    Interrupted,
}

impl Ui {
    /// A question that is answered `y` or, by anything else, no.
    pub fn confirm(&self, question: &str, stop: &CancellationToken) -> Answer<bool> {
        match self.ask(&format!("{question} [y/N]"), stop) {
            Answer::Given(text) => Answer::Given(matches!(text.to_ascii_lowercase().as_str(), "y" | "yes")),
            Answer::Nobody => Answer::Nobody,
            Answer::Interrupted => Answer::Interrupted,
        }
    }

    /// Asks for the code that an MFA device shows. It is good once and for seconds, so it is typed in
    /// the open, which spares errors.
    pub fn ask_code(&self, serial: &str, identity: &str, stop: &CancellationToken) -> Answer<String> {
        self.ask(&format!("MFA code of {serial} for {identity}:"), stop)
    }

    /// Asks for a word that has to be typed, not only confirmed.
    pub fn ask_word(&self, question: &str, stop: &CancellationToken) -> Answer<String> {
        self.ask(question, stop)
    }

    /// Whether a question would be seen and could be answered.
    pub fn is_anybody_there(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    fn ask(&self, question: &str, stop: &CancellationToken) -> Answer<String> {
        if !self.is_anybody_there() {
            return Answer::Nobody;
        }
        let _voice = self.voice();
        self.0.bars.suspend(|| {
            write_stderr(&format!("{} ", clean::line(question)));
            let answer = read_line(stop);
            if answer == Answer::Interrupted {
                write_stderr("\n");
            }
            answer
        })
    }
}

/// Reads on a thread of its own, since a read cannot be interrupted. A thread that still waits when
/// the process ends, ends with it.
fn read_line(stop: &CancellationToken) -> Answer<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        // Nobody waits any more after a signal.
        let _ = sender.send(read.map(|bytes| (bytes > 0).then(|| line.trim().to_owned())));
    });
    loop {
        match receiver.recv_timeout(Duration::from_millis(50)) {
            Ok(Ok(Some(line))) => return Answer::Given(line),
            Ok(Ok(None) | Err(_)) | Err(RecvTimeoutError::Disconnected) => return Answer::Nobody,
            Err(RecvTimeoutError::Timeout) if stop.is_cancelled() => return Answer::Interrupted,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}
