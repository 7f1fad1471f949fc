//! The command line: what can be asked for. A command is one file with `Args`, whose doc comment is
//! its help, and `run`.
//!
//! Deliberately absent: work. A command asks [`Context`] for what it needs, calls the engine and
//! hands the result to [`crate::report`].

use clap::{Parser, Subcommand};

pub use context::Context;
pub use options::Options;
pub use run::run;

mod accounts;
mod adopt;
mod agreement;
mod apply;
mod check;
mod completions;
mod context;
mod doctor;
mod duration;
mod handoff;
#[cfg(test)]
mod help;
mod init;
mod journal;
mod map_file;
mod options;
mod permissions;
mod plan;
mod profiles;
mod reach;
mod record;
mod refusal;
mod remove;
mod render;
mod restore;
mod run;
mod saved;
mod schema;
mod select;
mod signals;
mod state;
mod status;
mod typed;
mod validate;

/// Sets up and proves Amazon S3 replication of KMS-encrypted objects between AWS accounts.
///
/// Write a profile map (see profiles.example.toml), then: `accounts` to see who you are in each
/// account, `plan` to see what would change, `apply` to do it and to prove that it works. `doctor` says
/// why a replication fails, also one that this tool did not set up, and needs no profile map.
#[derive(Debug, Parser)]
#[command(name = "bucketbridge", version, max_term_width = 100, after_help = exit_codes())]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// How.
    #[command(flatten)]
    pub options: Options,
}

/// The commands.
#[derive(Debug, Subcommand)]
#[allow(missing_docs, reason = "the help of a command is the doc comment of its Args")]
pub enum Command {
    Init(init::Args),
    Adopt(adopt::Args),
    Accounts(accounts::Args),
    Validate(validate::Args),
    Plan(plan::Args),
    Apply(apply::Args),
    Check(check::Args),
    Status(status::Args),
    Doctor(doctor::Args),
    Handoff(handoff::Args),
    Remove(remove::Args),
    Render(render::Args),
    Restore(restore::Args),
    Journal(journal::Args),
    Permissions(permissions::Args),
    Schema(schema::Args),
    Completions(completions::Args),
}

fn exit_codes() -> String {
    let lines = crate::exit::Exit::ALL.map(|exit| format!("  {:>3}  {}\n", exit.code(), exit.meaning()));
    format!("Exit codes:\n{}", lines.concat())
}
