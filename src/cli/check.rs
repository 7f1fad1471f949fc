//! `bucketbridge check`.

use std::time::Duration;

use crate::canary::proofs::Proofs;
use crate::canary::result::{LinkResult, LinkStatus};
use crate::canary::{CheckOptions, check};
use crate::exit::Exit;
use crate::plan::plan;
use crate::report::{CheckReport, Report};
use crate::status::{LinkAgreement, of_plan};
use crate::topology::Topology;
use crate::trail::{Backups, Basis, Journal, Pen};

use super::Context;

/// Does every link replicate? Puts a canary through each.
///
/// Writes a small object to every source bucket, waits for its replica, compares the two and takes
/// both away again. Ends with 4 if a link is not proven.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long to wait for replicas.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = super::duration::parse)]
    pub timeout: Duration,

    /// Prove a multipart and a tagged object, too.
    #[arg(long)]
    pub variants: bool,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let topology = context.topology()?;
    let accounts = context.sign_in(&topology).await?;
    let options = CheckOptions { timeout: args.timeout, variants: args.variants };
    let observed = context.observe(&topology, &accounts).await?;
    let plan = plan(&topology, observed);
    let proofs = Proofs::found(&plan);
    // Canaries come and go; nothing is left that a record would be about.
    let pen = Pen { journal: Journal::none(), backups: Backups::none(), basis: Basis::Newest };
    let checking = check(&topology, &accounts, &pen, &proofs, &options, &context.events, &context.stop);
    let mut links = context.to_its_end(checking).await;
    explain(&mut links, of_plan(&topology, &plan).links);
    let interrupted = context.stop.is_cancelled();
    let proven = links.iter().all(|link| is_proven(&topology, link));
    context.show(&Report::Check(CheckReport::new(links, interrupted))).await?;
    Ok(match (interrupted, proven) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::Problem,
    })
}

/// What was read anyway often explains why a link is not proven.
fn explain(links: &mut [LinkResult], agreements: Vec<LinkAgreement>) {
    for (link, agreement) in links.iter_mut().zip(agreements) {
        if matches!(link.status, LinkStatus::Failed | LinkStatus::WrongReplica | LinkStatus::Pending) {
            let differs = |problem| {
                format!("{problem}; differs from the profile map, `bucketbridge apply` puts it right")
            };
            link.problems.extend(agreement.problems.into_iter().map(differs));
        }
    }
}

/// Whether the link replicates, or was not meant to be tried.
pub fn is_proven(topology: &Topology, result: &LinkResult) -> bool {
    let tried = topology.links.get(&result.link).is_none_or(|link| link.check && link.enabled);
    result.status == LinkStatus::Replicated || (result.status == LinkStatus::NotRun && !tried)
}
