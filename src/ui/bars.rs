//! Progress on a terminal: one bar for the phase, and below it what is in flight.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::lines;
use crate::event::Event;
use crate::report::clean;

/// More lines than this would push the plan off a small terminal.
const IN_FLIGHT: usize = 8;
const TICK: Duration = Duration::from_millis(100);

/// The bars of the phase that is under way.
pub struct Bars {
    screen: MultiProgress,
    phase: Option<ProgressBar>,
    /// By what they are about, in the order of its name.
    in_flight: BTreeMap<String, ProgressBar>,
}

impl Bars {
    /// None yet.
    pub fn new(screen: MultiProgress) -> Self {
        Self { screen, phase: None, in_flight: BTreeMap::new() }
    }

    /// Whether nobody would see them.
    pub fn are_hidden(&self) -> bool {
        self.screen.is_hidden()
    }

    /// Brings the bars up to date.
    pub fn show(&mut self, event: &Event) {
        match event {
            Event::SigningIn { .. } => self.begin("signing in", None),
            Event::Reading { resources } => self.begin("reading", Some(*resources)),
            Event::Read(_) => self.advance(),
            Event::Applying { steps } => self.begin("applying", Some(*steps)),
            Event::StepStarted(id) => {
                self.say(&id.to_string(), &format!("{}: {} {}", id.account, id.kind, id.name));
            }
            Event::StepEnded { id, .. } => {
                self.end(&id.to_string());
                self.advance();
            }
            Event::Checking { links } => self.begin("checking", Some(*links)),
            Event::Canary { link, state } => {
                self.say(&format!("link {link}"), &format!("link {link}: {state}"));
            }
            Event::LinkEnded { link, .. } => {
                self.end(&format!("link {link}"));
                self.advance();
            }
            Event::Retrying { account, operation, resource, after, .. } => {
                if let Some(phase) = &self.phase {
                    let text =
                        format!("{account}: {operation} on {resource} again in {}", lines::seconds(*after));
                    phase.set_message(clean::line(&text));
                }
            }
            Event::Throttled { .. } | Event::Warning(_) => {}
        }
    }

    /// Takes all of them away.
    pub fn clear(&mut self) {
        for bar in std::mem::take(&mut self.in_flight).into_values() {
            self.take_away(&bar);
        }
        if let Some(phase) = self.phase.take() {
            self.take_away(&phase);
        }
    }

    fn begin(&mut self, what: &'static str, of: Option<usize>) {
        self.clear();
        let (bar, template) = match of {
            Some(of) => {
                (ProgressBar::new(of as u64), "{prefix:>10} [{bar:24}] {pos}/{len}  {elapsed}  {wide_msg}")
            }
            None => (ProgressBar::new_spinner(), "{prefix:>10} {spinner} {elapsed}  {wide_msg}"),
        };
        self.phase = Some(self.add(bar.with_prefix(what), template));
    }

    fn advance(&self) {
        if let Some(phase) = &self.phase {
            phase.set_message("");
            phase.inc(1);
        }
    }

    fn say(&mut self, about: &str, text: &str) {
        let text = clean::line(text);
        if let Some(bar) = self.in_flight.get(about) {
            return bar.set_message(text);
        }
        if self.in_flight.len() < IN_FLIGHT {
            let bar = self.add(ProgressBar::new_spinner(), "           {spinner} {wide_msg}");
            bar.set_message(text);
            self.in_flight.insert(about.to_owned(), bar);
        }
    }

    fn end(&mut self, about: &str) {
        if let Some(bar) = self.in_flight.remove(about) {
            self.take_away(&bar);
        }
    }

    fn add(&self, bar: ProgressBar, template: &str) -> ProgressBar {
        // A template is a constant of this file; were one wrong, the default would show as much.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.screen.add(bar.with_style(style.progress_chars("=> ").tick_chars("|/-\\ ")));
        bar.enable_steady_tick(TICK);
        bar
    }

    fn take_away(&self, bar: &ProgressBar) {
        bar.finish_and_clear();
        self.screen.remove(bar);
    }
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressDrawTarget;

    use super::*;
    use crate::resource::{Kind, ResourceId};
    use crate::topology::AccountName;

    #[test]
    fn a_phase_shows_some_of_what_is_in_flight_and_leaves_nothing_behind() {
        let mut bars = Bars::new(MultiProgress::with_draw_target(ProgressDrawTarget::hidden()));
        bars.show(&Event::Applying { steps: 20 });
        for n in 0..20 {
            let name = format!("bucket-{n:02}");
            let id = ResourceId { account: AccountName("backup".into()), kind: Kind::Bucket, name };
            bars.show(&Event::StepStarted(id));
        }
        let said: Vec<String> = bars.in_flight.values().map(ProgressBar::message).collect();
        assert_eq!(said.len(), IN_FLIGHT);
        assert_eq!(said[0], "backup: bucket bucket-00");
        bars.clear();
        assert!(bars.in_flight.is_empty() && bars.phase.is_none());
    }
}
