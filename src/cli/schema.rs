//! `bucketbridge schema`.

use crate::config;
use crate::exit::Exit;

use super::Context;

/// Prints the JSON Schema of the profile map, for editors.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub async fn run(Args {}: Args, context: &Context) -> anyhow::Result<Exit> {
    let text = serde_json::to_string_pretty(&config::schema())?;
    context.ui.out(&format!("{text}\n"))?;
    Ok(Exit::Done)
}
