//! `bucketbridge-sandbox`: a local AWS with several accounts.
//!
//! Only the command line; the sandbox itself is the library.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bucketbridge_sandbox::options::{parse_accounts, parse_duration, parse_organizations};
use bucketbridge_sandbox::{Options, Sandbox};
use clap::{Args, Parser, Subcommand};

mod demo;
mod why;

/// A local AWS with several accounts: S3, KMS, IAM and STS on loopback.
#[derive(Debug, Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or SIGINT.
    Serve(Serve),
    /// Say what became of an object in a running sandbox, and why.
    Why(why::Why),
    /// Run bucketbridge against a sandbox and show what it does.
    Demo(demo::Demo),
}

#[derive(Debug, Args)]
struct Serve {
    /// Where to listen; loopback only. Port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Account ids and names: 111111111111=prod,222222222222=backup
    #[arg(long, default_value = "111111111111=prod,222222222222=backup")]
    accounts: String,

    /// Where to write `config` and `credentials`, a profile for each account.
    #[arg(long, value_name = "DIR")]
    aws_dir: PathBuf,

    /// Delay every answer by this much, such as 50ms.
    #[arg(long, value_parser = parse_duration, default_value = "0s")]
    latency: Duration,

    /// How long a new object version stays PENDING.
    #[arg(long, value_parser = parse_duration, default_value = "200ms")]
    replication_delay: Duration,

    /// How long a new role is invisible to policies that name it.
    #[arg(long, value_parser = parse_duration, default_value = "0s")]
    iam_propagation: Duration,

    /// The organization of all accounts (o-abcdefghij), or of some
    /// (111111111111=o-abcdefghij,…), for aws:PrincipalOrgID.
    #[arg(long, value_name = "ID")]
    org_id: Option<String>,

    /// Apply KMS's published request rates, times this factor.
    #[arg(long, value_name = "FACTOR")]
    kms_rates: Option<f64>,

    /// Write one JSON line for each call to this file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse_from(plain(std::env::args_os())).command {
        Command::Serve(serve) => serve.run(),
        Command::Why(why) => why.run(),
        Command::Demo(demo) => demo.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// `cargo demo` is an alias that ends with a subcommand, and people write `cargo demo -- --keep` out of
/// habit: the two dashes mean nothing.
fn plain<T: AsRef<OsStr>>(arguments: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut arguments: Vec<T> = arguments.into_iter().collect();
    let is = |place: usize, text: &str| arguments.get(place).is_some_and(|one| one.as_ref() == text);
    if is(1, "demo") && is(2, "--") {
        arguments.remove(2);
    }
    arguments
}

impl Serve {
    fn run(self) -> anyhow::Result<()> {
        // Before anybody is told that it serves, and may tell it to stop.
        let signals = Signals::listen()?;
        let accounts = parse_accounts(&self.accounts)?;
        let organizations = match &self.org_id {
            Some(text) => parse_organizations(text, &accounts)?,
            None => Vec::new(),
        };
        let sandbox = Sandbox::start(Options {
            accounts,
            organizations,
            kms_rates: self.kms_rates,
            listen: self.listen,
            latency: self.latency,
            replication_delay: self.replication_delay,
            iam_propagation: self.iam_propagation,
            record: self.record,
        })?;
        let files = sandbox.write_aws_dir(&self.aws_dir)?;
        println!(
            "{}",
            serde_json::json!({
                "endpoint": sandbox.endpoint(),
                "config": files.config,
                "credentials": files.credentials,
            })
        );
        signals.wait()
    }
}

/// SIGTERM and SIGINT, listened for since this was made.
struct Signals {
    runtime: tokio::runtime::Runtime,
    #[cfg(unix)]
    listening: [tokio::signal::unix::Signal; 2],
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        #[cfg(unix)]
        let listening = {
            use tokio::signal::unix::{SignalKind, signal};
            let _inside = runtime.enter();
            [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?]
        };
        Ok(Signals {
            runtime,
            #[cfg(unix)]
            listening,
        })
    }

    fn wait(self) -> anyhow::Result<()> {
        #[cfg(unix)]
        {
            let [mut terminate, mut interrupt] = self.listening;
            self.runtime.block_on(async {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            });
        }
        #[cfg(not(unix))]
        self.runtime.block_on(tokio::signal::ctrl_c())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> bool {
        let all = std::iter::once(&"bucketbridge-sandbox").chain(arguments).copied();
        Cli::try_parse_from(plain(all)).is_ok()
    }

    #[test]
    fn options_of_the_demo_may_stand_behind_two_dashes() {
        for options in [[].as_slice(), &["--keep"], &["--broken", "list"], &["--broken", "role-trust"]] {
            assert!(parsed(&[&["demo"], options].concat()), "{options:?}");
            assert!(parsed(&[&["demo", "--"], options].concat()), "{options:?}");
        }
        assert!(!parsed(&["demo", "--", "--kept"]));
    }

    #[test]
    fn what_is_broken_has_a_name() {
        assert!(!parsed(&["demo", "--broken"]));
        assert!(!parsed(&["demo", "--broken", "everything"]));
    }
}
