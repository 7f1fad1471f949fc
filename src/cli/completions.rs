//! `bucketbridge completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::exit::Exit;

use super::{Cli, Context};

/// Prints completions for a shell.
///
/// For bash: `bucketbridge completions bash > /etc/bash_completion.d/bucketbridge`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell.
    pub shell: Shell,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "bucketbridge", &mut script);
    context.ui.out(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
