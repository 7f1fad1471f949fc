//! `bucketbridge plan`.

use std::path::PathBuf;

use crate::exit::Exit;
use crate::plan::{Plan, PlanProblem, plan};
use crate::report::problem::Problem;
use crate::report::{PlanReport, Report};
use crate::resource::ResourceId;
use crate::topology::Topology;

use super::{Context, saved};

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

    /// Save the plan, so that `apply --plan` applies exactly that; an older plan is replaced.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let topology = context.topology()?;
    args.out.as_deref().map(saved::may_save).transpose()?;
    let accounts = context.sign_in(&topology).await?;
    let observed = context.observe(&topology, &accounts).await?;
    let facts = observed.facts();
    let report = report(&topology, &plan(&topology, observed));
    let exit = match (report.problems.is_empty(), report.writes()) {
        (false, _) => Exit::Failed,
        (true, 1..) if args.exit_code => Exit::Pending,
        (true, _) => Exit::Done,
    };
    if let Some(path) = &args.out {
        saved::save(path, &context.options, &topology, &report, facts)?;
    }
    context.show(&Report::Plan(report)).await?;
    if let Some(path) = &args.out {
        let path = path.display();
        context
            .ui
            .status(&format!("saved as {path} (`bucketbridge apply --plan {path}` applies exactly that)"));
    }
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
