//! `bucketbridge remove`.

use clap::builder::RangedI64ValueParser;

use crate::aws::Accounts;
use crate::exit::Exit;
use crate::removal::{Names, Plan, Request, plan};
use crate::remove::{KeyDeletion, judge_keys, look, remove};
use crate::report::count::plural;
use crate::report::problem::Problem;
use crate::report::{Format, RemoveReport, Report, render};
use crate::resource::{Change, Kind, ResourceId};
use crate::topology::Topology;
use crate::trail::Basis;
use crate::ui::Answer;

use super::record::{self, Record};
use super::refusal::{Interrupted, Refusal};
use super::typed::Typed;
use super::{Context, select};

/// Withdraws what `apply` put there, and nothing else.
///
/// Shows every rule and statement that goes, asks, and takes them away: first the rules, then what they
/// needed in the accounts of the destinations, then the roles. Without --link all links of the profile
/// map go; with it these alone, and the others replicate on. What others wrote stays as it is. Buckets,
/// objects, keys and bucket settings stay, too. Run again after a failure, it goes on from there.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Show what would go, and end.
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,

    /// Do not ask; needed where there is no terminal. Keys have to be typed all the same.
    #[arg(short, long)]
    pub yes: bool,

    /// In all buckets and keys of the profile map also drop what has our marker and belongs to no link
    /// of it: of links that were taken out of the map, or another map's, which then fails.
    #[arg(long)]
    pub orphans: bool,

    /// Withdraw no link: only what --orphans finds.
    #[arg(long, requires = "orphans", conflicts_with_all = ["delete_keys"])]
    pub keep_links: bool,

    /// Schedule the deletion of keys that this tool made and that no other link uses. Refused while a
    /// bucket of the account has the key as its default, or an object version is under it.
    #[arg(long)]
    pub delete_keys: bool,

    /// For how many days the deletion of a key can be cancelled.
    #[arg(long, value_name = "N", default_value_t = 30, requires = "delete_keys",
          value_parser = RangedI64ValueParser::<i32>::new().range(7..=30))]
    pub window_days: i32,

    /// A key whose deletion is meant, by its alias or ARN; one for each. At a terminal it is asked for.
    #[arg(long, value_name = "KEY", requires = "delete_keys")]
    pub typed: Vec<String>,

    /// With more object versions than this in a bucket, no key of its links is deleted.
    #[arg(long, value_name = "N", default_value_t = 10_000, requires = "delete_keys")]
    pub max_versions: usize,

    /// What it leaves on this machine.
    #[command(flatten)]
    pub record: Record,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let map = context.whole_map()?;
    let request = request(&args, context, &map)?;
    let names = Names::new(&map, &request);
    let needed = names.accounts();
    let mut scope = map.clone();
    scope.accounts.retain(|name, _| needed.contains(name));
    let accounts = context.sign_in(&scope).await?;
    let deletion = KeyDeletion { days: args.window_days, most_versions: args.max_versions };
    let deletion = args.delete_keys.then_some(deletion);
    let mut plan = read(&names, &accounts, deletion, context).await?;
    let typed = Typed::new(&args.typed, &plan)?;
    let planned = report(&names, &scope, &plan);
    if args.dry_run {
        let exit = if planned.is_well() { Exit::Done } else { Exit::Failed };
        context.show(&Report::Remove(planned)).await?;
        return Ok(exit);
    }
    if planned.writes() == 0 && planned.problems.is_empty() {
        context.ui.status("nothing to remove");
    } else {
        show(&planned, &args, context);
    }
    if planned.writes() > 0 && !agreed(&planned, &args, context)? {
        context.ui.status("nothing was changed");
        return Ok(Exit::Failed);
    }
    typed.ask(&mut plan, context, args.window_days)?;
    let planned = report(&names, &scope, &plan);
    let order: Vec<Change> = plan.parts().into_iter().map(|(change, _)| change.clone()).collect();
    let pen = args.record.pen("remove", Basis::Newest);
    let removing = remove(&names, &plan, deletion, &accounts, &pen, &context.events, &context.stop);
    let steps = context.to_its_end(removing).await;
    let interrupted = context.stop.is_cancelled();
    let report = planned.done(&order, steps, interrupted);
    let exit = match (interrupted, report.is_well()) {
        (true, _) => Exit::Interrupted,
        (false, false) => Exit::Failed,
        (false, true) => Exit::Done,
    };
    context.show(&Report::Remove(report)).await?;
    record::say(&pen, &context.ui);
    if exit == Exit::Done && !request.links.is_empty() {
        context.ui.status(
            "take what was removed out of the profile map, or the next `bucketbridge apply` makes it again",
        );
    }
    if interrupted {
        context.ui.hint("run `bucketbridge remove` again with the same options; it goes on from there");
    }
    Ok(exit)
}

fn request(args: &Args, context: &Context, map: &Topology) -> anyhow::Result<Request> {
    let (links, accounts) = (&context.options.link, &context.options.account);
    if args.keep_links {
        if !links.is_empty() || !accounts.is_empty() {
            let hint = "leave --link and --account out, or --keep-links";
            return Err(Refusal::new("--keep-links withdraws no link, so none can be chosen", hint).into());
        }
        return Ok(Request { orphans: true, ..Request::default() });
    }
    let whole = links.is_empty() && accounts.is_empty();
    let links = select::named(map, links, accounts)?;
    Ok(Request { links, whole, orphans: args.orphans })
}

async fn read(
    names: &Names<'_>,
    accounts: &Accounts,
    deletion: Option<KeyDeletion>,
    context: &Context,
) -> anyhow::Result<Plan> {
    let reading = async {
        let found = look(names, accounts, &context.events).await;
        let keys = match deletion {
            Some(deletion) => judge_keys(names, &found, accounts, deletion).await,
            None => Vec::new(),
        };
        Plan { keys, ..plan(names, found) }
    };
    context.unless_interrupted(reading).await
}

/// A step that cannot be done is said there, and not counted as a change.
fn report(names: &Names<'_>, scope: &Topology, plan: &Plan) -> RemoveReport {
    let (mut changes, mut problems) = (Vec::new(), Vec::new());
    for (change, stop) in plan.parts() {
        match stop {
            None => changes.push(change.clone()),
            Some(stop) => problems.push(Problem::new(Some(&change.id), &stop.message, stop.hint.clone())),
        }
    }
    let buckets = names.sources().into_iter().chain(names.destinations()).chain(names.linked_buckets());
    let buckets: std::collections::BTreeSet<_> = buckets.collect();
    let bucket = |name| ResourceId {
        account: names.map.buckets[&name].account.clone(),
        kind: Kind::Bucket,
        name: name.to_string(),
    };
    let going: Vec<_> = plan.going_keys().map(|(id, _)| id).collect();
    let keys = names.keys().into_iter().filter(|id| !going.contains(&id));
    let key = |id: crate::topology::KeyId| ResourceId {
        account: id.account.clone(),
        kind: Kind::Key,
        name: id.to_string(),
    };
    let stays = buckets.into_iter().map(bucket).chain(keys.map(key)).collect();
    RemoveReport::planned(scope, changes, problems, stays)
}

/// The plan is conversation here. `-q` silences it unless somebody has to agree to it.
fn show(planned: &RemoveReport, args: &Args, context: &Context) {
    if !(context.options.quiet && args.yes) {
        let text = render(&Report::Remove(planned.clone()), Format::Table, context.ui.aside());
        context.ui.show(&format!("{text}\n"));
    }
}

fn agreed(planned: &RemoveReport, args: &Args, context: &Context) -> anyhow::Result<bool> {
    if args.yes {
        return Ok(true);
    }
    let changes = match planned.writes() {
        1 => "this".to_owned(),
        n => format!("these {n}"),
    };
    let question = format!("withdraw {changes} in {}?", plural(planned.written_accounts(), "account"));
    match tokio::task::block_in_place(|| context.ui.confirm(&question, &context.stop)) {
        Answer::Given(yes) => Ok(yes),
        Answer::Interrupted => Err(Interrupted.into()),
        Answer::Nobody => Err(Refusal::new(
            "there is no terminal to ask at, so nothing was changed",
            "pass --yes to remove without being asked, or --dry-run to look",
        )
        .into()),
    }
}
