//! `bucketbridge doctor`.

use std::path::PathBuf;

use crate::aws::Accounts;
use crate::doctor::{Diagnosis, Question, Read, Snapshot, Verdict, diagnose};
use crate::examine::examine;
use crate::exit::Exit;
use crate::report::{DoctorReport, LinkDiagnosis, Report};
use crate::resource::rule::Rule;
use crate::topology::{Link, LinkName, Topology};

use super::reach::Reach;
use super::refusal::Refusal;
use super::{Context, profiles, state};

/// Why does it not replicate, in which account, in which statement? Reads only.
///
/// Reads both sides, puts the requests that S3 makes to every policy, and says what is wrong and what to
/// paste where. Takes the links of the profile map; or, with --source, any bucket that replicates, whoever
/// set it up, and no file at all. Ends with 4 unless everything replicates.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The rules of this bucket, without a profile map.
    #[arg(long, value_name = "BUCKET")]
    pub source: Option<String>,

    /// Credentials of the source account [default: the default credentials].
    #[arg(long, value_name = "PROFILE", conflicts_with = "snapshot")]
    pub source_profile: Option<String>,

    /// Credentials of the destination account; without them its side is not read.
    #[arg(long, value_name = "PROFILE", conflicts_with = "snapshot")]
    pub destination_profile: Option<String>,

    /// Only rules to this bucket. Without --source, reads this side alone, to be saved.
    #[arg(long, value_name = "BUCKET")]
    pub destination: Option<String>,

    /// Why did this object not replicate?
    #[arg(long, value_name = "KEY")]
    pub object: Option<String>,

    /// Its version [default: the newest].
    #[arg(long, value_name = "VERSION", requires = "object")]
    pub version_id: Option<String>,

    /// Judge what was saved instead of reading anything; several are taken together, such as one of each
    /// account.
    #[arg(long, value_name = "FILE")]
    pub snapshot: Vec<PathBuf>,

    /// Save what was read, to be judged later or elsewhere.
    #[arg(long, value_name = "FILE")]
    pub save_snapshot: Option<PathBuf>,

    /// Show the whole reasoning: each request of S3, each statement, each element.
    #[arg(long)]
    pub explain: bool,
}

/// All that is asked about, and the map that it is of.
struct Case {
    topology: Option<Topology>,
    asked: Vec<Asked>,
}

/// Rules that are asked about.
struct Asked {
    /// The entry of the map and the id of its rule.
    link: Option<(LinkName, String)>,
    source: String,
    destination: Option<String>,
    /// The accounts of both, by the map.
    owners: [Option<String>; 2],
}

impl Asked {
    fn of_link(topology: &Topology, name: &LinkName, link: &Link) -> Self {
        Self {
            link: Some((name.clone(), Rule::of(topology, link).id)),
            source: link.from.to_string(),
            destination: Some(link.to.to_string()),
            owners: [&link.from, &link.to]
                .map(|bucket| Some(topology.account(&topology.buckets[bucket].account).id.to_string())),
        }
    }

    fn question<'a>(&'a self, object: Option<(&'a str, Option<&'a str>)>) -> Question<'a> {
        let [source, destination] = &self.owners;
        Question {
            source: &self.source,
            destination: self.destination.as_deref(),
            owners: [source.as_deref(), destination.as_deref()],
            object,
        }
    }

    fn links(&self, diagnosis: Diagnosis, explain: bool) -> Vec<LinkDiagnosis> {
        let link = self.link.as_ref().map(|(name, rule)| (name.0.as_str(), rule.as_str()));
        LinkDiagnosis::of(diagnosis, link, self.destination.as_deref(), explain)
    }
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    args.check(context)?;
    if let Some(file) = &args.save_snapshot {
        state::may_save(file)?;
    }
    let (case, snapshot) = match (args.snapshot.as_slice(), args.by_bucket()) {
        ([], false) => of_map(&args, context).await?,
        ([], true) => of_buckets(&args, context).await?,
        (files, _) => {
            let snapshot = state::load(files)?;
            (saved(&args, context, &snapshot)?, snapshot)
        }
    };
    if let Some(file) = &args.save_snapshot {
        state::save(file, &snapshot)?;
        context.ui.status(&format!("what was read: {}", file.display()));
    }
    let report = case.judge(&snapshot, args.object(), args.explain);
    let exit = if report.links.iter().all(is_well) { Exit::Done } else { Exit::Problem };
    context.show(&Report::Doctor(report)).await?;
    Ok(exit)
}

fn is_well(link: &LinkDiagnosis) -> bool {
    link.verdict == Verdict::Replicates
}

/// What the doctor says of these links of the map.
///
/// # Errors
/// A signal.
pub async fn of_links(
    context: &Context,
    topology: &Topology,
    accounts: &Accounts,
    names: &[LinkName],
) -> anyhow::Result<DoctorReport> {
    let case = Case::of_map(topology.clone(), |name, _| names.contains(name));
    let questions: Vec<Question<'_>> = case.asked.iter().map(|asked| asked.question(None)).collect();
    let snapshot = context.unless_interrupted(examine(accounts.all(), &questions)).await?;
    Ok(case.judge(&snapshot, None, false))
}

/// The links of the map that could not replicate in accounts that are as this snapshot.
pub fn failing(topology: &Topology, snapshot: &Snapshot, names: &[LinkName]) -> DoctorReport {
    let case = Case::of_map(topology.clone(), |name, _| names.contains(name));
    let mut report = case.judge(snapshot, None, false);
    report.links.retain(|link| link.verdict == Verdict::Fails);
    report
}

impl Case {
    fn of_map(topology: Topology, wanted: impl Fn(&LinkName, &Link) -> bool) -> Self {
        let links = topology.links.iter().filter(|(name, link)| wanted(name, link));
        let asked = links.map(|(name, link)| Asked::of_link(&topology, name, link)).collect();
        Self { topology: Some(topology), asked }
    }

    fn judge(
        &self,
        snapshot: &Snapshot,
        object: Option<(&str, Option<&str>)>,
        explain: bool,
    ) -> DoctorReport {
        let mut links = Vec::new();
        let mut limits = Vec::new();
        // A destination that was read alone is for a snapshot: there is nothing to judge yet.
        for asked in self.asked.iter().filter(|asked| !asked.source.is_empty()) {
            let diagnosis = diagnose(snapshot, &asked.question(object));
            limits.clone_from(&diagnosis.limits);
            links.extend(asked.links(diagnosis, explain).into_iter().map(|mut link| {
                link.replica = replica(snapshot, link.destination.as_deref(), object);
                if let Some(reach) = self.reach(asked, snapshot) {
                    reach.narrow(&mut link.findings);
                }
                link
            }));
        }
        DoctorReport::new(links, limits)
    }

    fn reach<'a>(&'a self, asked: &Asked, snapshot: &'a Snapshot) -> Option<Reach<'a>> {
        let topology = self.topology.as_ref()?;
        let (name, _) = asked.link.as_ref()?;
        Some(Reach { topology, link: topology.links.get(name)?, snapshot })
    }
}

/// Whether the destination has the object, as far as that is known.
fn replica(
    snapshot: &Snapshot,
    destination: Option<&str>,
    object: Option<(&str, Option<&str>)>,
) -> Option<bool> {
    let (destination, (key, _)) = destination.zip(object)?;
    let mut objects = snapshot.objects.iter();
    match objects.find(|object| object.bucket == destination && object.key == key)?.facts {
        Read::Known(_) => Some(true),
        Read::Absent => Some(false),
        Read::Unread(_) => None,
    }
}

/// The links of the profile map.
async fn of_map(args: &Args, context: &Context) -> anyhow::Result<(Case, Snapshot)> {
    let topology = context.topology()?;
    let case = mapped(args, topology.clone())?;
    let accounts = context.sign_in_where_possible(&topology).await?;
    let snapshot = read(args, context, &accounts, &case.asked).await?;
    for account in topology.accounts.keys().filter(|name| topology.is_remote(name)) {
        context.ui.hint(&format!(
            "account {account} is another team's, and was not read: let them run `bucketbridge doctor --save-snapshot \
             FILE`, and pass `--snapshot` with their file and with one of this side"
        ));
    }
    Ok((case, snapshot))
}

/// Links that are turned off are not meant to replicate.
fn mapped(args: &Args, topology: Topology) -> Result<Case, Refusal> {
    let case = Case::of_map(topology, |_, link| link.enabled);
    args.check_object(&case.asked)?;
    Ok(case)
}

/// Buckets that the command line names.
async fn of_buckets(args: &Args, context: &Context) -> anyhow::Result<(Case, Snapshot)> {
    let asked = vec![args.asked()];
    let mut wanted = Vec::new();
    if args.source.is_some() || args.source_profile.is_some() {
        wanted.push(args.source_profile.as_deref());
    }
    if args.destination_profile.is_some() || args.source.is_none() {
        wanted.push(args.destination_profile.as_deref());
    }
    let topology = context.unless_interrupted(profiles::accounts(&wanted)).await??;
    let accounts = context.sign_in_where_possible(&topology).await?;
    let snapshot = read(args, context, &accounts, &asked).await?;
    Ok((Case { topology: None, asked }, snapshot))
}

async fn read(
    args: &Args,
    context: &Context,
    accounts: &Accounts,
    asked: &[Asked],
) -> anyhow::Result<Snapshot> {
    let questions: Vec<Question<'_>> = asked.iter().map(|asked| asked.question(args.object())).collect();
    context.unless_interrupted(examine(accounts.all(), &questions)).await
}

/// What is asked of a snapshot: what the command line names, or the links of the map if there is one, or
/// else every bucket of the snapshot that replicates.
fn saved(args: &Args, context: &Context, snapshot: &Snapshot) -> anyhow::Result<Case> {
    if args.source.is_some() {
        return Ok(Case { topology: None, asked: vec![args.asked()] });
    }
    if context.options.file.exists() {
        return Ok(mapped(args, context.topology()?)?);
    }
    let replicates = |name: &&String| {
        snapshot.bucket(name).known().is_some_and(|bucket| bucket.replication.known().is_some())
    };
    let asked = |name: &String| Asked {
        link: None,
        source: name.clone(),
        destination: args.destination.clone(),
        owners: [None, None],
    };
    let asked: Vec<Asked> = snapshot.buckets.keys().filter(replicates).map(asked).collect();
    args.check_object(&asked)?;
    if asked.is_empty() {
        let hint = "name a snapshot of the source's side too";
        return Err(Refusal::new("no bucket of the snapshot is known to replicate", hint).into());
    }
    Ok(Case { topology: None, asked })
}

impl Args {
    /// Whether buckets are named, so that no profile map is asked for.
    fn by_bucket(&self) -> bool {
        self.source.is_some()
            || self.destination.is_some()
            || self.source_profile.is_some()
            || self.destination_profile.is_some()
    }

    fn object(&self) -> Option<(&str, Option<&str>)> {
        Some((self.object.as_deref()?, self.version_id.as_deref()))
    }

    fn asked(&self) -> Asked {
        Asked {
            link: None,
            source: self.source.clone().unwrap_or_default(),
            destination: self.destination.clone(),
            owners: [None, None],
        }
    }

    fn check(&self, context: &Context) -> Result<(), Refusal> {
        let options = &context.options;
        if self.by_bucket() && !(options.link.is_empty() && options.account.is_empty()) {
            return Err(Refusal::new(
                "--link and --account choose from the profile map, --source goes without one",
                "leave one of them out",
            ));
        }
        if self.source.is_some() || !self.by_bucket() || !self.snapshot.is_empty() {
            return Ok(());
        }
        match (&self.destination, &self.save_snapshot) {
            (None, _) => Err(Refusal::new("a profile alone names no bucket", "pass --source BUCKET")),
            (Some(_), None) => Err(Refusal::new(
                "without --source there is nothing to judge",
                "pass --source BUCKET, or --save-snapshot FILE to save the destination's side",
            )),
            (Some(_), Some(_)) => Ok(()),
        }
    }

    /// An object is in one bucket.
    fn check_object(&self, asked: &[Asked]) -> Result<(), Refusal> {
        let several = asked.windows(2).any(|pair| pair[0].source != pair[1].source);
        if self.object.is_none() || !several {
            return Ok(());
        }
        Err(Refusal::new("--object is in one bucket, and the links leave several", "choose with --link"))
    }
}
