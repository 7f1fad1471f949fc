//! `bucketbridge check`.

use std::time::Duration;

use crate::aws::Accounts;
use crate::canary::proofs::Proofs;
use crate::canary::result::{LinkResult, LinkStatus};
use crate::canary::{CheckOptions, check};
use crate::exit::Exit;
use crate::plan::plan;
use crate::report::{CheckReport, DoctorReport, Report};
use crate::status::{LinkAgreement, of_plan};
use crate::topology::{LinkName, Topology};
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
    let doctor = match interrupted {
        true => None,
        false => doctor(context, &topology, &accounts, &links).await,
    };
    let report = CheckReport::new(links, interrupted);
    let report = doctor.into_iter().fold(report, CheckReport::explained);
    context.show(&Report::Check(report)).await?;
    Ok(match (interrupted, proven) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::Problem,
    })
}

/// Asks the doctor about the links whose canary did not arrive. A signal ends that alone: what the
/// canaries proved is shown all the same.
pub async fn doctor(
    context: &Context,
    topology: &Topology,
    accounts: &Accounts,
    links: &[LinkResult],
) -> Option<DoctorReport> {
    let lost = |link: &&LinkResult| matches!(link.status, LinkStatus::Failed | LinkStatus::Pending);
    let names: Vec<LinkName> = links.iter().filter(lost).map(|link| link.link.clone()).collect();
    if names.is_empty() {
        return None;
    }
    super::doctor::of_links(context, topology, accounts, &names).await.ok()
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

/// Whether the link replicates, as far as it can be seen from here, or was not meant to be tried.
pub fn is_proven(topology: &Topology, result: &LinkResult) -> bool {
    if result.status == LinkStatus::Completed {
        return true;
    }
    let tried = topology.links.get(&result.link).is_none_or(|link| link.check && link.enabled);
    result.status == LinkStatus::Replicated || (result.status == LinkStatus::NotRun && !tried)
}
