//! `bucketbridge schema`.

use crate::config;
use crate::exit::Exit;
use crate::message;

use super::Context;

/// Prints the JSON Schema of the profile map, for editors; or that of the handoffs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Of the messages that two teams exchange.
    #[arg(long)]
    pub handoff: bool,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let schema = if args.handoff { message::schema() } else { config::schema() };
    let text = serde_json::to_string_pretty(&schema)?;
    context.ui.out(&format!("{text}\n"))?;
    Ok(Exit::Done)
}
