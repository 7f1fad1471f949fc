//! `bucketbridge init`.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use crate::arn::{AccountId, Alias, BucketName, Region};
use crate::aws::{KnownProfile, account_of, known_profiles};
use crate::config::{self, End, Starter, proposed_alias};
use crate::exit::Exit;
use crate::ui::Answer;

use super::refusal::{Interrupted, Refusal};
use super::{Context, map_file};

/// Writes a first profile map: two buckets and the link between them.
///
/// Asks for what the options do not say, and offers the profiles of the AWS files. Asks AWS nothing, unless
/// --online is given. Comments say what each line means, and what comes
/// next.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    source: Source,

    #[command(flatten)]
    destination: Destination,

    /// Replicate only objects whose key begins with this.
    #[arg(long, value_name = "PREFIX")]
    pub prefix: Option<String>,

    /// Write the map to this file [default: the profile map of --file].
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,

    /// Replace the file if it is there.
    #[arg(long)]
    pub force: bool,

    /// Ask STS for the id of an account that neither an option nor its profile tells.
    #[arg(long)]
    pub online: bool,
}

/// Declares the options of one side.
macro_rules! side {
    ($name:ident, $what:literal, $bucket:literal, $profile:literal, $account:literal, $region:literal, $key:literal) => {
        #[derive(Debug, clap::Args)]
        struct $name {
            #[arg(id = $bucket, long, value_name = "BUCKET", help = concat!("The ", $what, " bucket"))]
            bucket: Option<BucketName>,

            /// The profile that reaches its account.
            #[arg(id = $profile, long, value_name = "PROFILE")]
            profile: Option<String>,

            /// The id of its account [default: as the profile says].
            #[arg(id = $account, long, value_name = "ID")]
            account: Option<AccountId>,

            /// Its Region.
            #[arg(id = $region, long, value_name = "REGION")]
            region: Option<Region>,

            /// The alias of its key [default: alias/ and the bucket's name].
            #[arg(id = $key, long, value_name = "ALIAS")]
            key: Option<Alias>,
        }

        impl From<$name> for Side {
            fn from(of: $name) -> Self {
                let $name { bucket, profile, account, region, key } = of;
                let flags = [$bucket, $profile, $account, $region];
                Self { what: $what, flags, bucket, profile, account, region, key }
            }
        }
    };
}

side!(Source, "source", "source", "source-profile", "source-account", "source-region", "source-key");
side!(
    Destination,
    "destination",
    "destination",
    "destination-profile",
    "destination-account",
    "destination-region",
    "destination-key"
);

/// What is known of one side so far.
struct Side {
    what: &'static str,
    /// Of bucket, profile, account and Region, which have no default.
    flags: [&'static str; 4],
    bucket: Option<BucketName>,
    profile: Option<String>,
    account: Option<AccountId>,
    region: Option<Region>,
    key: Option<Alias>,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let out = args.out.clone().unwrap_or_else(|| context.options.file.clone());
    map_file::may_write(&out, args.force)?;
    let known = known_profiles().await;
    let mut sides = [Side::from(args.source), Side::from(args.destination)];
    for side in &mut sides {
        side.learn(&known, args.online, context).await?;
    }
    let missing: Vec<&str> = sides.iter().flat_map(Side::missing).collect();
    let asker = Asker { context, known: &known, asks: !missing.is_empty(), online: args.online };
    asker.offer(&sides, &missing)?;
    let [source, destination] = sides;
    let starter = Starter {
        source: asker.complete(source, &missing).await?,
        destination: asker.complete(destination, &missing).await?,
        prefix: asker.prefix(args.prefix, &missing)?,
    };
    let text = starter.text(&out.display().to_string());
    // What is written validates, or is not written.
    config::parse(&out, &text)?;
    map_file::write(&out, &text, args.force)?;
    let file = out.display();
    context.ui.status(&format!("{file} is written; its first lines say what to do next"));
    Ok(Exit::Done)
}

impl Side {
    /// What the profile tells: its account.
    async fn learn(&mut self, known: &[KnownProfile], online: bool, context: &Context) -> anyhow::Result<()> {
        let Some(name) = &self.profile else { return Ok(()) };
        let profile = known.iter().find(|known| known.name == *name);
        if profile.is_none() {
            context.ui.warn(&format!("there is no profile {name} in the AWS files"));
        }
        if self.account.is_none() {
            self.account = profile.and_then(|profile| profile.account.clone());
        }
        if self.account.is_none() && online {
            self.account = Some(context.unless_interrupted(account_of(Some(name))).await??.0);
        }
        Ok(())
    }

    /// The options that would have to be given.
    fn missing(&self) -> impl Iterator<Item = &'static str> + use<> {
        let given =
            [self.bucket.is_some(), self.profile.is_some(), self.account.is_some(), self.region.is_some()];
        self.flags.into_iter().zip(given).filter(|(_, given)| !given).map(|(flag, _)| flag)
    }
}

/// Asks at the terminal; nothing at all, if every option that has no default was given.
struct Asker<'a> {
    context: &'a Context,
    known: &'a [KnownProfile],
    asks: bool,
    online: bool,
}

impl Asker<'_> {
    /// The profiles that there are, before one is asked for.
    fn offer(&self, sides: &[Side], missing: &[&str]) -> anyhow::Result<()> {
        if !self.asks {
            return Ok(());
        }
        if !self.context.ui.is_anybody_there() {
            return Err(nobody(missing).into());
        }
        if sides.iter().all(|side| side.profile.is_some()) || self.known.is_empty() {
            return Ok(());
        }
        let ui = &self.context.ui;
        ui.status("profiles of the AWS files:");
        for profile in self.known {
            ui.status(&format!("  {profile}"));
        }
        Ok(())
    }

    /// What is not known of a side yet.
    async fn complete(&self, mut side: Side, missing: &[&str]) -> anyhow::Result<End> {
        let what = side.what;
        let profile = match side.profile.take() {
            Some(profile) => profile,
            None => self.ask(&format!("profile of the {what} account"), None, missing)?,
        };
        if side.account.is_none() {
            side.profile = Some(profile.clone());
            side.learn(self.known, self.online, self.context).await?;
        }
        let account = match side.account {
            Some(account) => account,
            None => self.ask(&format!("id of the account of profile {profile}, 12 digits"), None, missing)?,
        };
        let bucket = match side.bucket {
            Some(bucket) => bucket,
            None => self.ask(&format!("{what} bucket"), None, missing)?,
        };
        let region = match side.region {
            Some(region) => region,
            None => {
                let own = self.known.iter().find(|known| known.name == profile);
                let own = own.and_then(|known| known.region.clone());
                self.ask(&format!("Region of bucket {bucket}"), own, missing)?
            }
        };
        let proposed = proposed_alias(&bucket);
        let key = match (side.key, proposed) {
            (Some(key), _) => key,
            (None, Some(proposed)) if !self.asks => proposed,
            (None, proposed) => {
                self.ask(&format!("alias of the key of bucket {bucket}"), proposed, missing)?
            }
        };
        Ok(End { profile, account, bucket, region, key })
    }

    fn prefix(&self, given: Option<String>, missing: &[&str]) -> anyhow::Result<String> {
        match given {
            None if self.asks => {
                self.ask("only objects whose key begins with (empty for all)", Some(String::new()), missing)
            }
            given => Ok(given.unwrap_or_default()),
        }
    }

    /// Asks until the answer is one.
    fn ask<T>(&self, question: &str, default: Option<T>, missing: &[&str]) -> anyhow::Result<T>
    where
        T: FromStr<Err: Display> + Display + Clone,
    {
        let shown = default.as_ref().map(ToString::to_string).filter(|text| !text.is_empty());
        let question = match shown {
            Some(default) => format!("{question} [{default}]:"),
            None => format!("{question}:"),
        };
        let ui = &self.context.ui;
        loop {
            let answer = tokio::task::block_in_place(|| ui.ask_word(&question, &self.context.stop));
            match (answer, &default) {
                (Answer::Given(text), Some(default)) if text.is_empty() => return Ok(default.clone()),
                (Answer::Given(text), None) if text.is_empty() => ui.warn("there is no default for it"),
                (Answer::Given(text), _) => match text.parse() {
                    Ok(value) => return Ok(value),
                    Err(error) => ui.warn(&error.to_string()),
                },
                (Answer::Interrupted, _) => return Err(Interrupted.into()),
                (Answer::Nobody, _) => return Err(nobody(missing).into()),
            }
        }
    }
}

fn nobody(missing: &[&str]) -> Refusal {
    let flags: Vec<String> = missing.iter().map(|flag| format!("--{flag}")).collect();
    Refusal::new(
        format!("there is no terminal to ask at, and these are missing: {}", flags.join(", ")),
        "pass them, or run it at a terminal; nothing was written",
    )
}
