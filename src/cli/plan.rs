//! `bucketbridge plan`.

use crate::exit::Exit;
use crate::plan::{Plan, PlanProblem, plan};
use crate::report::problem::Problem;
use crate::report::{PlanReport, Report};
use crate::resource::ResourceId;
use crate::topology::Topology;

use super::Context;

/// What would change? Reads only.
///
/// Shows every resource that would be made or changed, account by account, in the order in which it
/// would happen, and what cannot be done and why. Kept resources are shown with -v. Ends with 1 if
/// something cannot be done.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// End with 3 if something would change.
    #[arg(long)]
    pub exit_code: bool,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let topology = context.topology()?;
    let accounts = context.sign_in(&topology).await?;
    let observed = context.observe(&topology, &accounts).await?;
    let report = report(&topology, &plan(&topology, observed));
    let exit = match (report.problems.is_empty(), report.writes()) {
        (false, _) => Exit::Failed,
        (true, 1..) if args.exit_code => Exit::Pending,
        (true, _) => Exit::Done,
    };
    context.show(&Report::Plan(report)).await?;
    Ok(exit)
}

/// A plan as it is shown.
pub fn report(topology: &Topology, plan: &Plan) -> PlanReport {
    let problem = |p: &PlanProblem| Problem {
        details: p.details.clone(),
        ..Problem::new(p.id.as_ref(), &p.message, p.hint.clone())
    };
    // A step that cannot be done is said there, and not counted as a change.
    let can_be_done = |id: &ResourceId| !plan.problems().iter().any(|p| p.id.as_ref() == Some(id));
    let changes = plan.changes().into_iter().filter(|change| can_be_done(&change.id)).collect();
    PlanReport::new(topology, changes, plan.problems().iter().map(problem).collect())
}
