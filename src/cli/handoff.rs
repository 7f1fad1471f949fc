//! `bucketbridge handoff`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use crate::aws::Accounts;
use crate::exchange::{Due, Ground, Kept, Store, Teller, Turn, read};
use crate::exit::Exit;
use crate::message::{Body, Handoff, Kind, Message, Refused};
use crate::plan::{Plan, plan};
use crate::report::Report;
use crate::report::handoff::{self, HandoffReport, KeptHandoff, LinkHandoffs};
use crate::topology::{AccountName, Topology};

use super::Context;
use super::options::Output;
use super::refusal::Refusal;

/// Where handoffs are, below the folder that the command runs in.
const HANDOFFS: &str = ".bucketbridge/handoffs";

/// Exchange what the other team needs to know, where nobody holds credentials of both accounts.
///
/// For links to or from an account of which the profile map says `remote = true`. Each side runs `apply`
/// whenever something has become possible, sends what `handoff export` writes, and takes what the other side
/// sends with `handoff import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with handoffs.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Write the message that is due next for another team's account.
    ///
    /// `-o FILE` writes it there, or into that folder, a file for each link; without it the message goes to
    /// stdout. It is kept in .bucketbridge/handoffs, too, so that an answer can be told from another.
    Export {
        /// The other team's account, by its entry in the profile map.
        #[arg(long, value_name = "ACCOUNT")]
        to: String,
    },
    /// Check a message of the other team, and keep it. Needs no account.
    Import {
        /// What the other team has sent.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,

        /// How old a message may be.
        #[arg(long, value_name = "DURATION", default_value = "30d", value_parser = super::duration::parse)]
        max_age: Duration,
    },
    /// Show which side of each link waits for what, and since when. Needs no account.
    Status,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    match args.command {
        Command::Export { to } => export(&to, context).await,
        Command::Import { files, max_age } => import(&files, max_age, context).await,
        Command::Status => {
            context.show(&Report::Handoff(status(context)?)).await?;
            Ok(Exit::Done)
        }
    }
}

/// Where handoffs are kept.
pub fn store() -> Store {
    Store::at(HANDOFFS)
}

fn grounds(topology: &Topology) -> Result<Vec<Ground<'_>>, Refusal> {
    let grounds = Ground::all(topology);
    if grounds.is_empty() {
        return Err(Refusal::new(
            "no link of the profile map leads to another team",
            "write `remote = true` in the entry of the account that is reached by nobody here",
        ));
    }
    Ok(grounds)
}

async fn export(to: &str, context: &Context) -> anyhow::Result<Exit> {
    let topology = context.topology()?;
    let account = AccountName(to.to_owned());
    let all = grounds(&topology)?;
    let chosen: Vec<&Ground<'_>> = all.iter().filter(|ground| *ground.them() == account).collect();
    if chosen.is_empty() {
        let mut names: Vec<String> = all.iter().map(|ground| ground.them().to_string()).collect();
        names.dedup();
        return Err(Refusal::new(
            format!("no link leads to a remote account `{to}`"),
            format!("links lead to {}", names.join(", ")),
        )
        .into());
    }
    let accounts = context.sign_in(&topology).await?;
    let plan = plan(&topology, context.observe(&topology, &accounts).await?);
    let mut messages = Vec::new();
    let mut not_yet = Vec::new();
    for ground in chosen {
        match due(&topology, &plan, &accounts, ground)? {
            Due::Message { handoff, again } => messages.push((ground, handoff, again)),
            Due::Waits(awaits) => {
                not_yet.push(format!("{}: nothing to send before {awaits} has come", names(ground)))
            }
            Due::Apply(id) => not_yet
                .push(format!("{}: {id} is not as wanted yet; run `bucketbridge apply`", names(ground))),
            Due::Done => context.ui.status(&format!("{}: everything was said", names(ground))),
        }
    }
    let target = Target::of(&context.options.output, messages.len())?;
    for (ground, handoff, again) in &messages {
        if !again {
            store().keep(ground, handoff)?;
        }
        match &target {
            Target::Stdout => context.ui.out(&handoff.to_text())?,
            Target::File(path) => written(path, handoff)?,
            Target::Folder(folder) => {
                written(
                    &folder.join(format!("{}.{}.{}.json", ground.from, ground.to, handoff.kind())),
                    handoff,
                )?;
            }
        }
        let remark = if *again { format!(", as made {}", handoff.head().made.at) } else { String::new() };
        context.ui.status(&format!("{}: {} for account {to}{remark}", names(ground), handoff.kind()));
    }
    for why in &not_yet {
        context.ui.warn(why);
    }
    Ok(if messages.is_empty() && !not_yet.is_empty() { Exit::Failed } else { Exit::Done })
}

/// Where messages go.
enum Target {
    Stdout,
    File(PathBuf),
    Folder(PathBuf),
}

impl Target {
    fn of(output: &Output, messages: usize) -> Result<Self, Refusal> {
        match output {
            Output::File(path) if path.is_dir() => Ok(Self::Folder(path.clone())),
            Output::File(path) if messages < 2 => Ok(Self::File(path.clone())),
            Output::Format(_) if messages < 2 => Ok(Self::Stdout),
            _ => Err(Refusal::new(
                format!("{messages} messages are due, one for each pair of buckets"),
                "name a folder that exists with `-o`, or choose one link with `--link`",
            )),
        }
    }
}

fn written(path: &Path, handoff: &Handoff) -> Result<(), Refusal> {
    std::fs::write(path, handoff.to_text()).map_err(|why| {
        Refusal::new(
            format!("the handoff cannot be written to {}: {why}", path.display()),
            "name another file",
        )
    })
}

fn due(topology: &Topology, plan: &Plan, accounts: &Accounts, ground: &Ground<'_>) -> anyhow::Result<Due> {
    let caller = accounts.get(ground.us()).map_or("", |account| account.caller());
    let teller = Teller { topology, plan, caller, now: Timestamp::now() };
    Ok(teller.due(ground, &store().read(ground)?)?)
}

/// After an apply: keeps what is due now, and says where it is. `unchanged` is what was read, if nothing was
/// written since.
///
/// # Errors
/// A signal; or a message cannot be made or kept.
pub async fn export_due(
    context: &Context,
    topology: &Topology,
    accounts: &Accounts,
    unchanged: Option<Plan>,
) -> anyhow::Result<()> {
    let grounds = Ground::all(topology);
    if grounds.is_empty() {
        return Ok(());
    }
    let plan = match unchanged {
        Some(plan) => plan,
        None => plan(topology, context.observe(topology, accounts).await?),
    };
    for ground in &grounds {
        if let Due::Message { handoff, again } = due(topology, &plan, accounts, ground)? {
            let path =
                if again { store().path(ground, handoff.kind()) } else { store().keep(ground, &handoff)? };
            context.ui.status(&format!(
                "{}: send the {} to account {}: {} (or `bucketbridge handoff export --to {} -o FILE`)",
                names(ground),
                handoff.kind(),
                ground.them(),
                path.display(),
                ground.them(),
            ));
        }
    }
    Ok(())
}

async fn import(files: &[PathBuf], max_age: Duration, context: &Context) -> anyhow::Result<Exit> {
    let topology = context.topology()?;
    let grounds = grounds(&topology)?;
    for file in files {
        let handoff = match read(file) {
            Ok(Some(handoff)) => handoff,
            Ok(None) => {
                return Err(refused(file, "there is no such file", "name what the other team has sent"));
            }
            Err(why) => {
                return Err(refused(
                    file,
                    &why,
                    "nothing of it was kept; ask the other team to send it again",
                ));
            }
        };
        let link = &handoff.head().link;
        let ground = grounds
            .iter()
            .find(|ground| *ground.from == link.source_bucket && *ground.to == link.destination_bucket);
        let Some(ground) = ground else {
            let why = format!(
                "it is about {} and {}, and no link of the profile map that leads to another team is",
                link.source_bucket, link.destination_bucket
            );
            return Err(refused(
                file,
                &why,
                "agree on the buckets with the other team, and put them into both maps",
            ));
        };
        let kept = store().read(ground)?;
        let newer = newer_than(&handoff, &kept);
        if let Some(made) = newer {
            let why = format!("a newer one is kept already, made at {made}");
            return Err(refused(
                file,
                &why,
                "nothing of it was kept; import the newest that the other team has sent",
            ));
        }
        if is_kept(&handoff, &kept) {
            context.ui.status(&format!("{}: this {} is kept already", names(ground), handoff.kind()));
            continue;
        }
        check(&handoff, ground, &kept, max_age).map_err(|(why, hint)| refused(file, &why, &hint))?;
        let path = store().keep(ground, &handoff)?;
        context.ui.status(&format!(
            "{}: {} of account {} accepted, made {} by {}; kept as {}",
            names(ground),
            handoff.kind(),
            ground.them(),
            handoff.head().made.at,
            handoff.head().made.by,
            path.display()
        ));
    }
    context.ui.hint("run `bucketbridge apply`: it does what has become possible");
    Ok(Exit::Done)
}

fn refused(file: &Path, why: &str, hint: &str) -> anyhow::Error {
    Refusal::new(format!("{} is refused: {why}", file.display()), hint).into()
}

/// Whether the very same message is kept, and counts.
fn is_kept(handoff: &Handoff, kept: &Kept) -> bool {
    let digest = match handoff {
        Handoff::Offer(_) => kept.accepted.offer.as_ref().map(|offer| offer.digest()),
        Handoff::Request(_) => kept.accepted.request.as_ref().map(|request| request.digest()),
        Handoff::Grant(_) => kept.accepted.grant.as_ref().map(|grant| grant.digest()),
    };
    digest == Some(handoff.digest())
}

/// When the message was made that is kept of this kind, if that was later.
fn newer_than(handoff: &Handoff, kept: &Kept) -> Option<String> {
    fn made<B: Body>(message: Option<&Message<B>>) -> Option<Timestamp> {
        Some(message?.head().made.at.timestamp())
    }
    let kept = match handoff {
        Handoff::Offer(_) => made(kept.offer.as_ref()),
        Handoff::Request(_) => made(kept.request.as_ref()),
        Handoff::Grant(_) => made(kept.grant.as_ref()),
    };
    kept.filter(|kept| *kept > handoff.head().made.at.timestamp()).map(|kept| kept.to_string())
}

/// Whether the message agrees with the profile map and with what was sent; otherwise why not, and what to do.
fn check(
    handoff: &Handoff,
    ground: &Ground<'_>,
    kept: &Kept,
    max_age: Duration,
) -> Result<(), (String, String)> {
    let (now, age) = (Timestamp::now(), Some(max_age));
    let own = |kind: Kind| {
        (
            format!("it is a {kind}, which this side sends and does not receive"),
            format!("import what account {} has sent", ground.them()),
        )
    };
    let unsayable = |why: crate::exchange::Unsayable| (why.to_string(), "change it in both maps".to_owned());
    let said = |why: Refused| {
        let mut text = String::new();
        let mut hints: Vec<String> = Vec::new();
        for refusal in &why.refusals {
            let _ = write!(text, "\n  {refusal}");
            // The account of the map: the one that the message names may be anybody's.
            let hint = refusal.hint(ground.id(ground.them()));
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
        (text, hints.join("; "))
    };
    match (handoff, ground.side) {
        (Handoff::Offer(offer), crate::exchange::Side::Source) => {
            let expected = ground.expected_offer(now, age).map_err(unsayable)?;
            offer.check(&expected).map_err(said)
        }
        (Handoff::Request(request), crate::exchange::Side::Destination) => {
            if ground.grant() == crate::topology::Grant::Role && kept.offer.is_none() {
                return Err((
                    "it is a request, and no offer was sent from here".to_owned(),
                    "run `bucketbridge apply`, and send the offer that it writes first".to_owned(),
                ));
            }
            let expected = ground.expected_request(now, age, kept.offer.as_ref()).map_err(unsayable)?;
            request.check(&expected).map_err(said)
        }
        (Handoff::Grant(grant), crate::exchange::Side::Source) => {
            let Some(request) = &kept.request else {
                return Err((
                    "it is a grant, and no request was sent from here".to_owned(),
                    "run `bucketbridge apply`, and send the request that it writes first".to_owned(),
                ));
            };
            let offer = kept.accepted.offer.as_deref();
            let expected = ground.expected_grant(now, age, offer, request).map_err(unsayable)?;
            grant.check(&expected).map_err(said)
        }
        (other, _) => Err(own(other.kind())),
    }
}

fn names(ground: &Ground<'_>) -> String {
    let names: Vec<String> = ground.links.iter().map(|(name, _)| name.to_string()).collect();
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("link{plural} {}", names.join(", "))
}

fn status(context: &Context) -> anyhow::Result<HandoffReport> {
    let (topology, store) = (context.topology()?, store());
    let mut links = Vec::new();
    for ground in grounds(&topology)? {
        let kept = store.read(&ground)?;
        let listed = listed(&store, &ground, &kept);
        // One that cannot even be read has no row.
        for (file, why) in &kept.set_aside {
            if !listed.iter().any(|kept| kept.set_aside.is_some() && kept.file == file.display().to_string())
            {
                context.ui.warn(&format!("{} counts for nothing: {why}", file.display()));
            }
        }
        let (turn, message, since) = match Turn::of(&ground, &kept) {
            Turn::Ours(kind, since) => (handoff::Turn::Ours, Some(kind), since),
            Turn::Theirs(kind, since) => (handoff::Turn::Theirs, Some(kind), since),
            Turn::Nobodys(since) => (handoff::Turn::Done, None, since),
        };
        let describe = |bucket| format!("{bucket} ({})", topology.buckets[bucket].account);
        links.push(LinkHandoffs {
            links: ground.links.iter().map(|(name, _)| name.to_string()).collect(),
            from: describe(ground.from),
            to: describe(ground.to),
            account: ground.them().clone(),
            turn,
            message: message.map(Kind::as_str),
            since: since.map(|since| since.to_string()),
            kept: listed,
        });
    }
    Ok(HandoffReport { links })
}

fn listed(store: &Store, ground: &Ground<'_>, kept: &Kept) -> Vec<KeptHandoff> {
    let whole = [
        kept.offer.clone().map(Handoff::Offer),
        kept.request.clone().map(Handoff::Request),
        kept.grant.clone().map(Handoff::Grant),
    ];
    let one = |handoff: Handoff| {
        let path = store.path(ground, handoff.kind());
        let set_aside = kept.set_aside.iter().find(|(file, _)| *file == path);
        KeptHandoff {
            message: handoff.kind().as_str(),
            sent: handoff.head().from == *ground.id(ground.us()),
            made: handoff.head().made.at.to_string(),
            by: handoff.head().made.by.to_string(),
            digest: handoff.digest().to_string(),
            file: path.display().to_string(),
            set_aside: set_aside.map(|(_, why)| why.clone()),
        }
    };
    whole.into_iter().flatten().map(one).collect()
}
