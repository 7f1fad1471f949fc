//! A sandbox as tests and the command line hold it: blocking, on a thread and
//! runtime of its own, gone when dropped.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::{oneshot, watch};

use crate::accounts::{self, Account};
use crate::faults::Faults;
use crate::options::Options;
use crate::profiles::{self, AwsDir};
use crate::record::{Call, Recorder};
use crate::replication::verdict::Verdict;
use crate::server;
use crate::world::{Settings, Span, World};

pub struct Sandbox {
    world: Arc<World>,
    endpoint: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a sandbox and returns once it listens. An address other than
    /// loopback is refused.
    pub fn start(options: Options) -> anyhow::Result<Sandbox> {
        options.check()?;
        let accounts: Vec<Account> =
            options.accounts.iter().map(|(id, name)| Account::new(id, name)).collect();
        let recorder = Recorder::new(options.record.as_deref())?;
        let settings = Settings {
            latency: Span::new(options.latency),
            replication_delay: Span::new(options.replication_delay),
            iam_propagation: Span::new(options.iam_propagation),
            held: watch::Sender::new(false),
        };
        let organizations = options.organizations.into_iter().collect();
        let world = Arc::new(World::new(accounts, recorder, settings, organizations));
        world.quotas.set_scale(options.kms_rates);
        accounts::settle(&world.accounts, &world.iam);

        // Bound here, so that a failure is the caller's to see.
        let listener = std::net::TcpListener::bind(options.listen)
            .with_context(|| format!("cannot listen on {}", options.listen))?;
        listener.set_nonblocking(true)?;
        let endpoint = format!("http://{}", listener.local_addr()?);
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .thread_name("sandbox")
            .build()
            .context("cannot start the sandbox's runtime")?;
        let (stop, stopped) = oneshot::channel();
        let served = world.clone();
        let thread = std::thread::Builder::new()
            .name("sandbox".to_owned())
            .spawn(move || {
                let outcome = runtime.block_on(async {
                    let listener = TcpListener::from_std(listener)?;
                    server::serve(served, listener, stopped).await
                });
                if let Err(error) = outcome {
                    eprintln!("the sandbox stopped: {error}");
                }
                // Answers that are still being delayed are not waited for.
                runtime.shutdown_background();
            })
            .context("cannot start the sandbox's thread")?;
        Ok(Sandbox { world, endpoint, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Writes `config` and `credentials` into `dir`: a profile for each
    /// account, named as the account.
    pub fn write_aws_dir(&self, dir: &Path) -> anyhow::Result<AwsDir> {
        profiles::write(&self.world.accounts, &self.endpoint, dir)
    }

    /// Access key id and secret of an account's administrator; empty for a
    /// name that no account has.
    pub fn credentials(&self, account_name: &str) -> (String, String) {
        let account = self.world.accounts.iter().find(|account| account.name == account_name);
        account.map_or_else(Default::default, |account| {
            (account.access_key_id.clone(), account.secret_access_key.clone())
        })
    }

    /// The calls that have ended so far.
    pub fn calls(&self) -> Vec<Call> {
        self.world.recorder.calls()
    }

    pub fn clear_calls(&self) {
        self.world.recorder.clear();
    }

    /// For the answers from now on.
    pub fn set_latency(&self, latency: Duration) {
        self.world.settings.latency.set(latency);
    }

    /// For the versions written from now on.
    pub fn set_replication_delay(&self, delay: Duration) {
        self.world.settings.replication_delay.set(delay);
    }

    /// For the policies stored from now on.
    pub fn set_iam_propagation(&self, delay: Duration) {
        self.world.settings.iam_propagation.set(delay);
    }

    /// What goes wrong, and when.
    pub fn faults(&self) -> &Faults {
        &self.world.faults
    }

    /// KMS's published request rates from now on, scaled; `None` lifts them.
    pub fn set_kms_rates(&self, scale: Option<f64>) {
        self.world.quotas.set_scale(scale);
    }

    /// No replication is decided until [`release_replication`](Self::release_replication):
    /// versions stay `PENDING`, and documents can be changed meanwhile.
    pub fn hold_replication(&self) {
        self.world.settings.held.send_replace(true);
    }

    pub fn release_replication(&self) {
        self.world.settings.held.send_replace(false);
    }

    /// What became of every version of a key, rule by rule, with the request
    /// that was refused.
    pub fn why(&self, bucket: &str, key: &str) -> Vec<Verdict> {
        self.world.replication.why(bucket, key)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // An error means that it has stopped already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
