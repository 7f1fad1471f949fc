//! `bucketbridge apply`.

use std::path::PathBuf;
use std::time::Duration;

use crate::apply::apply;
use crate::aws::Accounts;
use crate::canary::proofs::Proofs;
use crate::canary::result::{LinkResult, LinkStatus};
use crate::canary::{CheckOptions, check};
use crate::doctor::Unread;
use crate::exit::Exit;
use crate::forecast::{concerned, forecast};
use crate::plan::{Plan, plan};
use crate::report::{ApplyReport, DoctorReport, Report, since};
use crate::topology::Topology;
use crate::trail::{Basis, Pen};

use super::agreement::{agreed, show};
use super::record::{self, Record};
use super::{Context, check::is_proven, saved};

const WAYS_OUT: &str = "do what stands under `fix` and run the command again, or choose other links with `--link`; \
                        `--no-doctor` makes what can be made all the same, a role for instance that a policy has to name";

/// Makes it so, and proves that it works.
///
/// Shows the plan, lets the doctor judge what it would come to, asks, makes or changes what is needed in
/// every account, then puts a canary object through every link and looks for its replica in the other
/// account. A plan that could not replicate is refused before the first write. Ends with one table per account
/// and one of links. Run again after a failure, it goes on from there.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Do not ask; needed where there is no terminal.
    #[arg(short, long)]
    pub yes: bool,

    /// Apply this plan of `plan --out` and nothing else: refuse if anything that it looked at has changed.
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,

    /// Do not let the doctor judge the plan first.
    #[arg(long)]
    pub no_doctor: bool,

    /// Leave the canaries out.
    #[arg(long)]
    pub no_check: bool,

    /// How long to wait for replicas.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = super::duration::parse)]
    pub timeout: Duration,

    /// Prove a multipart and a tagged object, too.
    #[arg(long, conflicts_with = "no_check")]
    pub variants: bool,

    /// What it leaves on this machine.
    #[command(flatten)]
    pub record: Record,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let file = args.plan.as_deref().map(|path| saved::load(path, &context.options)).transpose()?;
    let basis = if file.is_some() { Basis::Planned } else { Basis::Newest };
    let pen = args.record.pen("apply", basis)?;
    let topology = match &file {
        Some(file) => context.topology_of(&file.selection.link, &file.selection.account)?,
        None => context.topology()?,
    };
    file.iter().try_for_each(|file| saved::check_map(file, &context.options, &topology))?;
    let accounts = context.sign_in(&topology).await?;
    let observed = context.observe(&topology, &accounts).await?;
    let facts = observed.facts();
    let plan = plan(&topology, observed);
    let order = plan.changes();
    let planned = super::plan::report(&topology, &plan);
    if let Some(file) = &file {
        let changed = saved::changed(file, &facts, &planned)?;
        if !changed.is_empty() {
            context.ui.show(&since::render(&changed, context.ui.aside()));
            context.ui.error(&anyhow::anyhow!("the plan is not applied, and nothing was changed"));
            context.ui.hint("make a new plan and read it: `bucketbridge plan --out FILE`");
            return Ok(Exit::Failed);
        }
        context.ui.status(&format!("everything is as it was when the plan was saved, {}", file.saved));
    }
    // A problem stops its own step and what depends on it; the rest can be done.
    if planned.writes() == 0 && planned.problems.is_empty() {
        context.ui.status("nothing to change");
    } else {
        show(&planned, args.yes, context);
    }
    if planned.writes() > 0 && !args.no_doctor {
        let doctor = doctor(&topology, &plan, &accounts, context).await?;
        if !doctor.links.is_empty() {
            context.show(&Report::Apply(ApplyReport::refused(&topology, &order, doctor))).await?;
            context.ui.error(&anyhow::anyhow!("the plan could not replicate, and nothing was changed"));
            context.ui.hint(WAYS_OUT);
            return Ok(Exit::Failed);
        }
    }
    if planned.writes() > 0 && !agreed(&planned, "apply", args.yes, context)? {
        context.ui.status("nothing was changed");
        return Ok(Exit::Failed);
    }
    // What is due for another team is told from this, unless it changes now.
    let unchanged = (planned.writes() == 0).then(|| plan.clone());
    let applying = apply(&topology, plan, &accounts, &pen, &context.events, &context.stop);
    let (steps, proofs) = context.to_its_end(applying).await;
    let links = prove(&topology, &accounts, &pen, &proofs, &args, context).await;
    let interrupted = context.stop.is_cancelled();
    let why = match interrupted {
        true => None,
        false => super::check::doctor(context, &topology, &accounts, &links).await,
    };
    let report = ApplyReport::new(&topology, &order, steps, links, interrupted);
    let report = why.into_iter().fold(report, ApplyReport::explained);
    let exit = match (interrupted, report.is_well()) {
        (true, _) => Exit::Interrupted,
        (false, false) => Exit::Failed,
        (false, true) if !report.links.iter().all(|link| is_proven(&topology, link) || is_awaited(link)) => {
            Exit::Problem
        }
        (false, true) => Exit::Done,
    };
    context.show(&Report::Apply(report)).await?;
    record::say(&pen, &context.ui);
    if !interrupted {
        super::handoff::export_due(context, &topology, &accounts, unchanged).await?;
    }
    if exit == Exit::Interrupted {
        context.ui.hint("run `bucketbridge apply` again; it goes on from there");
    }
    Ok(exit)
}

fn is_awaited(link: &LinkResult) -> bool {
    link.status == LinkStatus::Awaited
}

/// The links that could not replicate once the plan is applied, and why.
async fn doctor(
    topology: &Topology,
    plan: &Plan,
    accounts: &Accounts,
    context: &Context,
) -> anyhow::Result<DoctorReport> {
    let links = concerned(topology, plan);
    let (snapshot, unread) = context.unless_interrupted(forecast(topology, plan, accounts, &links)).await?;
    for Unread { account, permission, why, .. } in unread {
        let what = permission.map_or(why, |permission| format!("it takes {permission}"));
        let account = account.unwrap_or_default();
        context.ui.status(&format!("what others have in account {account} was not all looked at: {what}"));
    }
    let mut report = super::doctor::failing(topology, &snapshot, &links);
    for link in &mut report.links {
        // What an apply would do is in the plan already, and what was not looked at would not help.
        link.findings.iter_mut().filter_map(|finding| finding.fix.as_mut()).for_each(|fix| fix.apply = false);
        link.unread.clear();
    }
    Ok(report)
}

async fn prove(
    topology: &Topology,
    accounts: &Accounts,
    pen: &Pen,
    proofs: &Proofs,
    args: &Args,
    context: &Context,
) -> Vec<LinkResult> {
    // An interrupted apply puts no canaries: whoever pressed Ctrl-C does not wait for replicas.
    if args.no_check || context.stop.is_cancelled() {
        return Vec::new();
    }
    let options = CheckOptions { timeout: args.timeout, variants: args.variants };
    context.to_its_end(check(topology, accounts, pen, proofs, &options, &context.events, &context.stop)).await
}
