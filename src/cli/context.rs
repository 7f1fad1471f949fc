//! What commands have in common, so that each reads like the README.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use crate::aws::{Accounts, MfaRequest, SignIn};
use crate::config;
use crate::event::Events;
use crate::observe::{Observed, observe};
use crate::report::{Report, render};
use crate::topology::Topology;
use crate::ui::{Answer, Progress, Ui};

use super::refusal::Interrupted;
use super::{Options, select, signals};

/// The options, the terminal, and the means to stop.
pub struct Context {
    /// The options that every command takes.
    pub options: Options,
    /// The terminal.
    pub ui: Ui,
    /// Where work says what goes on.
    pub events: Events,
    /// Cancelled by the first signal.
    pub stop: CancellationToken,
    progress: Progress,
}

impl Context {
    /// Listens to signals and events from now on.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub fn new(options: Options, ui: Ui) -> anyhow::Result<Self> {
        let stop = signals::listen()?;
        let (progress, events) = Progress::start(ui.clone());
        Ok(Self { options, ui, events, stop, progress })
    }

    /// The part of the profile map that is meant.
    ///
    /// # Errors
    /// All problems of the file, or a glob that matches nothing.
    pub fn topology(&self) -> anyhow::Result<Topology> {
        self.topology_of(&self.options.link, &self.options.account)
    }

    /// The part of the profile map that these globs mean.
    ///
    /// # Errors
    /// All problems of the file, or a glob that matches nothing.
    pub fn topology_of(&self, links: &[String], accounts: &[String]) -> anyhow::Result<Topology> {
        Ok(select::links(config::load(&self.options.file)?, links, accounts)?)
    }

    /// The whole profile map, for a command that has to know what it leaves.
    ///
    /// # Errors
    /// All problems of the file.
    pub fn whole_map(&self) -> anyhow::Result<Topology> {
        Ok(config::load(&self.options.file)?)
    }

    /// Signs in to every account, whatever comes of it.
    ///
    /// # Errors
    /// A signal.
    pub async fn try_sign_in(&self, topology: &Topology, skip_unreachable: bool) -> anyhow::Result<Accounts> {
        let ask_mfa = |request: &MfaRequest| self.ask_mfa(request);
        let concurrency = self.options.concurrency;
        let (events, stop) = (&self.events, &self.stop);
        let options = SignIn { concurrency, skip_unreachable, events, ask_mfa: &ask_mfa, stop };
        self.unless_interrupted(Accounts::sign_in(topology, options)).await
    }

    /// Signs in to every account, and refuses to go on without one unless that was asked for.
    ///
    /// # Errors
    /// Every account that is not the one its entry says, or cannot be reached; or a signal.
    pub async fn sign_in(&self, topology: &Topology) -> anyhow::Result<Accounts> {
        let accounts = self.try_sign_in(topology, self.options.skip_unreachable).await?;
        accounts.ready()?;
        Ok(accounts)
    }

    /// Signs in to the accounts that can be reached, and says which cannot.
    ///
    /// # Errors
    /// An account that is not the one its entry says; or a signal.
    pub async fn sign_in_where_possible(&self, topology: &Topology) -> anyhow::Result<Accounts> {
        let accounts = self.try_sign_in(topology, true).await?;
        accounts.ready()?;
        for identity in accounts.identities().iter().filter(|i| !i.ok) {
            let why = identity.error.as_deref().unwrap_or("no credentials");
            self.ui.warn(&format!("account {} cannot be reached: {why}", identity.name));
            identity.hint.iter().for_each(|hint| self.ui.hint(hint));
        }
        Ok(accounts)
    }

    /// Reads everything.
    ///
    /// # Errors
    /// A signal.
    pub async fn observe(&self, topology: &Topology, accounts: &Accounts) -> anyhow::Result<Observed> {
        let (told, set_aside) = super::handoff::store().told(topology)?;
        for (file, why) in set_aside {
            self.ui.warn(&format!("{} counts for nothing: {why}", file.display()));
        }
        self.unless_interrupted(observe(topology, accounts, &told, &self.events)).await
    }

    /// Work that only reads: a signal abandons it.
    ///
    /// # Errors
    /// A signal.
    pub async fn unless_interrupted<T>(&self, reading: impl Future<Output = T>) -> anyhow::Result<T> {
        let read = tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            read = reading => Some(read),
        };
        self.settle().await;
        // Cancelled while it was read: calls were refused, so what was read is not the whole.
        let read = read.filter(|_| !self.stop.is_cancelled());
        Ok(read.ok_or(Interrupted)?)
    }

    /// Work that writes: it heeds the token itself, between two calls, and is waited for.
    pub async fn to_its_end<T>(&self, writing: impl Future<Output = T>) -> T {
        tokio::pin!(writing);
        let done = tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            done = &mut writing => Some(done),
        };
        let done = match done {
            Some(done) => done,
            None => {
                self.ui.warn("interrupted; finishing the calls in flight, press again to end at once");
                writing.await
            }
        };
        self.settle().await;
        done
    }

    /// Writes the result to stdout.
    ///
    /// # Errors
    /// When stdout cannot be written to.
    pub async fn show(&self, report: &Report) -> anyhow::Result<()> {
        self.settle().await;
        self.ui.out(&render(report, self.options.format()?, self.ui.look()))?;
        Ok(())
    }

    /// Waits until everything said so far has been shown.
    pub async fn settle(&self) {
        self.progress.settle().await;
    }

    fn ask_mfa(&self, request: &MfaRequest) -> anyhow::Result<String> {
        let MfaRequest { serial, identity } = request;
        match tokio::task::block_in_place(|| self.ui.ask_code(serial, identity, &self.stop)) {
            Answer::Given(code) => Ok(code),
            Answer::Interrupted => Err(Interrupted.into()),
            Answer::Nobody => anyhow::bail!(
                "{identity} needs the code of MFA device {serial}, and there is no terminal to ask at; \
                 sign in beforehand and name a profile that holds the session"
            ),
        }
    }
}
