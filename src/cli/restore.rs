//! `bucketbridge restore`.

use std::path::{Path, PathBuf};

use crate::config;
use crate::exit::Exit;
use crate::report::{ApplyReport, PlanReport, Report};
use crate::resource::{Action, Stop};
use crate::restore::{look, put_back};
use crate::topology::{AccountName, Topology};
use crate::trail::{Backup, Basis, backup};

use super::Context;
use super::agreement::{agreed, show};
use super::record::{self, Record};
use super::refusal::Refusal;

/// A backup is one document; the largest that AWS keeps is a configuration of 2 MB.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Puts a policy or configuration back as it was before a run changed it.
///
/// Takes a file of a backup folder (.bucketbridge/backups), shows how what is there now differs from
/// it, asks, and puts it back; a document that did not exist then is deleted. What is there now is
/// saved first. The account is reached as the profile map says.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file of a backup folder.
    #[arg(value_name = "FILE")]
    pub backup: PathBuf,

    /// Do not ask; needed where there is no terminal.
    #[arg(short, long)]
    pub yes: bool,

    /// What it leaves on this machine.
    #[command(flatten)]
    pub record: Record,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let backup = read(&args.backup)?;
    let (name, topology) = only_account(config::load(&context.options.file)?, &backup)?;
    let accounts = context.sign_in(&topology).await?;
    let Some(account) = accounts.get(&name) else {
        return Err(accounts
            .ready()
            .err()
            .map_or_else(|| anyhow::anyhow!("account {name} was skipped"), Into::into));
    };
    let restoration = context.unless_interrupted(look(account, &name, &backup)).await?.map_err(stopped)?;
    let planned = PlanReport::new(&topology, vec![restoration.change.clone()], Vec::new());
    if restoration.change.action == Action::Keep {
        context.ui.status("it is as it was saved already");
    } else {
        show(&planned, args.yes, context);
        if !agreed(&planned, "restore", args.yes, context)? {
            context.ui.status("nothing was changed");
            return Ok(Exit::Failed);
        }
    }
    let pen = args.record.pen("restore", Basis::Planned)?;
    let (outcome, well) = match restoration.change.action {
        Action::Keep => (restoration.kept(), true),
        _ => {
            let done = context.to_its_end(put_back(account, &pen, &restoration)).await;
            let well = done.is_ok();
            (restoration.ended(done), well)
        }
    };
    let report = ApplyReport::new(
        &topology,
        &[restoration.change],
        vec![outcome],
        Vec::new(),
        context.stop.is_cancelled(),
    );
    context.show(&Report::Restore(report)).await?;
    record::say(&pen, &context.ui);
    Ok(match (context.stop.is_cancelled(), well) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::Failed,
    })
}

fn stopped(stop: Stop) -> anyhow::Error {
    match &stop.hint {
        Some(hint) => anyhow::anyhow!("{}\n  hint: {hint}", stop.message),
        None => anyhow::anyhow!("{}", stop.message),
    }
}

fn read(file: &Path) -> Result<Backup, Refusal> {
    let refused = |why: String| {
        Refusal::new(format!("{}: {why}", file.display()), "name a file of a backup folder of this tool")
    };
    let size = std::fs::metadata(file).map_err(|e| refused(e.to_string()))?.len();
    if size > LARGEST {
        return Err(refused(format!("it has {size} bytes, which no backup has")));
    }
    let text = std::fs::read_to_string(file).map_err(|e| refused(e.to_string()))?;
    let backup: Backup = serde_json::from_str(&text).map_err(|e| refused(format!("it is no backup: {e}")))?;
    match backup.version {
        backup::VERSION => Ok(backup),
        version => Err(refused(format!("it is of version {version}, which is not known here"))),
    }
}

/// The account of the backup alone, by its id: its entry may have another name by now.
fn only_account(mut topology: Topology, backup: &Backup) -> Result<(AccountName, Topology), Refusal> {
    let of_id: Vec<AccountName> = topology
        .accounts
        .iter()
        .filter(|(_, account)| account.id == backup.account_id)
        .map(|(name, _)| name.clone())
        .collect();
    let same_name = of_id.iter().find(|name| name.0 == backup.account).or(of_id.first()).cloned();
    let Some(name) = same_name else {
        return Err(Refusal::new(
            format!("the profile map has no account {}, which the backup is of", backup.account_id),
            "name the profile map that has it with `--file`",
        ));
    };
    topology.accounts.retain(|entry, _| *entry == name);
    topology.links.clear();
    topology.buckets.clear();
    topology.keys.clear();
    Ok((name, topology))
}
