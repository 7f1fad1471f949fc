//! `bucketbridge init`.

use crate::exit::Exit;

use super::Context;

/// Writes a profile map.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub async fn run(_: Args, _: &Context) -> anyhow::Result<Exit> {
    Ok(Exit::Done)
}
