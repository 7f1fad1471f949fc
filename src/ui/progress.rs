//! Events become bars on a terminal and lines elsewhere.
//!
//! One listener for the whole run. [`Progress::settle`] is called before a result or a question: it
//! waits until everything said so far has been shown, and takes the bars away.

use std::collections::HashSet;

use tokio::sync::{mpsc, oneshot};

use super::Ui;
use super::bars::Bars;
use super::lines;
use crate::event::{Event, Events};

/// The listener.
pub struct Progress {
    settle: mpsc::UnboundedSender<oneshot::Sender<()>>,
}

impl Progress {
    /// Listens in the background; the sender is for those who work.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(ui: Ui) -> (Self, Events) {
        let (events, receiver) = Events::channel();
        let (settle, requests) = mpsc::unbounded_channel();
        tokio::spawn(listen(ui, receiver, requests));
        (Self { settle }, events)
    }

    /// Returns when every event sent before has been shown, and no bar is left.
    pub async fn settle(&self) {
        let (done, settled) = oneshot::channel();
        if self.settle.send(done).is_ok() {
            // A listener that is gone has nothing left to show.
            let _ = settled.await;
        }
    }
}

async fn listen(
    ui: Ui,
    mut events: mpsc::UnboundedReceiver<Event>,
    mut requests: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
) {
    let mut view = View { bars: Bars::new(ui.0.bars.clone()), ui, retried: HashSet::new() };
    loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => view.show(&event),
            Some(done) = requests.recv() => {
                while let Ok(event) = events.try_recv() {
                    view.show(&event);
                }
                view.bars.clear();
                // Whoever asked may have been interrupted.
                let _ = done.send(());
            }
            else => break,
        }
    }
}

struct View {
    ui: Ui,
    bars: Bars,
    /// What is being tried again: said once, however often it takes.
    retried: HashSet<String>,
}

impl View {
    fn show(&mut self, event: &Event) {
        let verbose = self.ui.0.manner.verbose > 0;
        let lively = !self.bars.are_hidden();
        if lively {
            self.bars.show(event);
        }
        if let Event::Warning(text) = event {
            return self.ui.warn(text);
        }
        if let Event::Retrying { account, operation, resource, .. } = event
            && !self.retried.insert(format!("{account} {operation} {resource}"))
            && !verbose
        {
            return;
        }
        // The bars say it already, unless it is of the sort that explains why they stand still.
        let unusual = matches!(event, Event::Retrying { .. } | Event::Throttled { .. });
        if let Some(line) = lines::line(event, verbose)
            && (!lively || verbose || unusual)
        {
            self.ui.status(&line);
        }
    }
}
