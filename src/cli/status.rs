//! `bucketbridge status`.

use crate::exit::Exit;
use crate::report::{Report, StatusReport};
use crate::status::status;

use super::Context;

/// Is everything still as wanted, and do both sides of each link agree? Reads only.
///
/// Goes on without accounts that cannot be reached: what is in them is `unknown`. Ends with 4 if
/// something differs or is missing, with 1 if something could not be read.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub async fn run(Args {}: Args, context: &Context) -> anyhow::Result<Exit> {
    let topology = context.topology()?;
    let accounts = context.sign_in_where_possible(&topology).await?;
    let observed = context.observe(&topology, &accounts).await?;
    let report = StatusReport::new(&topology, status(&topology, observed));
    let exit = exit(&report);
    context.show(&Report::Status(report)).await?;
    Ok(exit)
}

/// What is known to be wrong outweighs what is not known.
fn exit(report: &StatusReport) -> Exit {
    let summary = report.summary;
    match (summary.drift + summary.missing, summary.unknown) {
        (1.., _) => Exit::Problem,
        (0, 1..) => Exit::Failed,
        // Who waits for another team can do nothing now.
        (0, 0) if report.links.iter().any(|link| link.agrees != Some(true) && !link.awaited) => Exit::Problem,
        (0, 0) => Exit::Done,
    }
}
