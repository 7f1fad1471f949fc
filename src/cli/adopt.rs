//! `bucketbridge adopt`.

use std::path::PathBuf;

use crate::adopt::{Reached, Unadoptable, adopt, wants};
use crate::config;
use crate::doctor::{Question, Snapshot};
use crate::examine::{examine, things};
use crate::exit::Exit;
use crate::topology::{Credentials, Topology};

use super::refusal::Refusal;
use super::{Context, map_file, profiles};

/// Which profile map describes what replicates already? Reads only.
///
/// Reads the replication of a bucket, whoever set it up, and writes the profile map that describes it, with
/// a comment wherever a map cannot say what is there. Of a replication that this tool made, `plan` on the map
/// shows nothing to do; of another one, what would be added beside it, and the map's first lines say why.
/// Rules of others stay as they are.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The bucket that replicates.
    #[arg(long, value_name = "BUCKET")]
    pub source: String,

    /// Credentials of its account [default: the default credentials].
    #[arg(long, value_name = "PROFILE")]
    pub source_profile: Option<String>,

    /// Only what leads to this bucket.
    #[arg(long, value_name = "BUCKET")]
    pub destination: Option<String>,

    /// Credentials of a destination's account; may be given several times, also for accounts that only own a
    /// key. Rules into other accounts are left out.
    #[arg(long, value_name = "PROFILE")]
    pub destination_profile: Vec<String>,

    /// Write the map to this file [default: stdout].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Replace the file if it is there.
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    if !(context.options.link.is_empty() && context.options.account.is_empty()) {
        return Err(Refusal::new(
            "--link and --account choose from a profile map, and this writes one",
            "leave them out; --destination chooses a bucket",
        )
        .into());
    }
    args.out.as_deref().map(|out| map_file::may_write(out, args.force)).transpose()?;
    let profiles: Vec<Option<&str>> = std::iter::once(args.source_profile.as_deref())
        .chain(args.destination_profile.iter().map(|profile| Some(profile.as_str())))
        .collect();
    let topology = context.unless_interrupted(profiles::accounts(&profiles)).await??;
    let snapshot = read(&args, context, &topology).await?;
    let reached = reached(&profiles, &topology);
    let adopted = match adopt(&snapshot, &args.source, args.destination.as_deref(), &reached) {
        Ok(adopted) => adopted,
        Err(Unadoptable { message, hint }) => {
            context.ui.error(&anyhow::anyhow!(message));
            context.ui.hint(&hint);
            return Ok(Exit::Failed);
        }
    };
    // What is handed out validates, or is not handed out.
    config::parse(args.out.as_deref().unwrap_or(&context.options.file), &adopted.map)?;
    adopted.unsaid.iter().for_each(|unsaid| context.ui.warn(unsaid));
    match &args.out {
        None => context.ui.out(&adopted.map)?,
        Some(out) => {
            map_file::write(out, &adopted.map, args.force)?;
            let (links, file) = (adopted.links, out.display());
            let plural = if links == 1 { "" } else { "s" };
            context.ui.status(&format!(
                "{links} link{plural} in {file} (`bucketbridge plan -f {file}` shows what would change)"
            ));
        }
    }
    Ok(Exit::Done)
}

/// What the doctor reads, and the further keys that the role names.
async fn read(args: &Args, context: &Context, topology: &Topology) -> anyhow::Result<Snapshot> {
    let accounts = context.sign_in_where_possible(topology).await?;
    let question = Question { destination: args.destination.as_deref(), ..Question::about(&args.source) };
    let snapshot = context.unless_interrupted(examine(accounts.all(), &[question])).await?;
    let more = wants(&snapshot, &args.source);
    let more = context.unless_interrupted(things(accounts.all(), &more)).await?;
    Ok(snapshot.merged(more))
}

/// The accounts of the profiles, in the order of the command line.
fn reached(profiles: &[Option<&str>], topology: &Topology) -> Vec<Reached> {
    let of = |wanted: &Option<&str>| {
        let found = topology.accounts.values().find(|account| match &account.credentials {
            Credentials::Profile(name) => Some(name.as_str()) == *wanted,
            _ => wanted.is_none(),
        })?;
        Some(Reached { id: found.id.clone(), profile: wanted.map(str::to_owned) })
    };
    profiles.iter().filter_map(of).collect()
}
