//! `demo`: the real `bucketbridge` binary against a sandbox of three accounts,
//! for somebody who sees it for the first time.
//!
//! It fails if a link is not proven or the second `apply` is not all kept, so
//! that it is a test of the whole as well.

mod broken;
mod map;
mod outcome;
mod product;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use bucketbridge_sandbox::{AwsDir, Options, Sandbox};
use clap::Args;

use outcome::Outcome;
use product::Product;

#[derive(Debug, Args)]
pub struct Demo {
    /// Leave the sandbox running until Ctrl-C, and say how to use it.
    #[arg(long)]
    keep: bool,

    /// Break a grant of the link `orders`, and let `bucketbridge doctor` find it; `list` prints the names.
    #[arg(long, value_name = "NAME", value_parser = broken::parse)]
    broken: Option<broken::Wish>,
}

/// Where the demo leaves its files.
struct Place {
    map: PathBuf,
    calls: PathBuf,
    aws: PathBuf,
}

impl Demo {
    pub fn run(self) -> anyhow::Result<()> {
        let keep = self.keep;
        let broken = match self.broken {
            None => None,
            Some(broken::Wish::List) => {
                print!("{}", broken::list());
                return Ok(());
            }
            Some(broken::Wish::Break(one)) => Some(one),
        };
        say("Building bucketbridge (the first time, this takes minutes)");
        let binary = product::build()?;
        let place = Place::make(&binary)?;
        let sandbox = Sandbox::start(Options {
            accounts: [("111111111111", "prod"), ("222222222222", "backup"), ("333333333333", "archive")]
                .map(|(id, name)| (id.to_owned(), name.to_owned()))
                .into(),
            // As AWS is: a new role takes a while to be seen, and a new
            // object to arrive.
            iam_propagation: Duration::from_secs(2),
            replication_delay: Duration::from_secs(1),
            record: Some(place.calls.clone()),
            ..Options::default()
        })?;
        let files = sandbox.write_aws_dir(&place.aws)?;
        println!(
            "A local AWS with three accounts listens on {}.\n\
             The profile map has two links: `orders` by named profiles, `invoices` by an assumed role.",
            sandbox.endpoint()
        );
        let path = binary.clone();
        let product = Product::new(binary, &place.map, &files);
        let shown = show(&product).and_then(|()| broken.map_or(Ok(()), |one| one.show(&sandbox, &product)));
        farewell(&path, &place, &files, shown.is_ok(), keep);
        if keep {
            crate::Signals::listen()?.wait()?;
        }
        shown
    }
}

/// Runs the commands and checks what they come to.
fn show(product: &Product) -> anyhow::Result<()> {
    product.show("Who are we in each account?", &["accounts"])?;
    product.show("What would be made?", &["plan"])?;
    println!("\n(The next one takes some seconds: a new role is not visible at once, here as on AWS.)");
    product.show("Make it, and prove every link with a canary", &["apply", "--yes", "--quiet"])?;
    product.show("Does everything agree?", &["status"])?;
    let text = product.read("Once more: nothing is left to do", &["apply", "--yes", "--output", "json"])?;
    let outcome = Outcome::read(&text).context("the second apply's JSON cannot be read")?;
    print!("{outcome}");
    let problems = outcome.problems(&["invoices", "orders"]);
    if !problems.is_empty() {
        bail!("the demo did not come out as it should:\n  {}", problems.join("\n  "));
    }
    println!("\nBoth links are proven, and the second run kept everything.");
    Ok(())
}

impl Place {
    /// `demo/` in cargo's target folder, emptied.
    fn make(binary: &Path) -> anyhow::Result<Self> {
        let target = binary.parent().and_then(Path::parent).context("cargo built into no folder")?;
        let folder = target.join("demo");
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let place = Place {
            map: folder.join("profiles.toml"),
            calls: folder.join("calls.jsonl"),
            aws: folder.join("aws"),
        };
        fs::write(&place.map, map::TEXT).with_context(|| format!("cannot write {}", place.map.display()))?;
        Ok(place)
    }
}

fn farewell(binary: &Path, place: &Place, files: &AwsDir, well: bool, keep: bool) {
    say("What to look at");
    println!("  the profile map           {}", place.map.display());
    println!("  every call that was made  {}", place.calls.display());
    println!("  the AWS profiles          {}", files.config.display());
    if well {
        println!(
            "\nWith your own accounts: copy profiles.example.toml to profiles.toml, put your account ids,\n\
             profiles, buckets and links into it, and run `bucketbridge validate`, `accounts` and `plan`.\n\
             Nothing is written before `apply`."
        );
    }
    if keep {
        println!("\nThe sandbox runs until Ctrl-C. In another terminal:\n");
        if let Some(folder) = binary.parent() {
            println!("  export PATH='{}':\"$PATH\"", folder.display());
        }
        println!(
            "  export AWS_CONFIG_FILE='{}' AWS_SHARED_CREDENTIALS_FILE='{}' BUCKETBRIDGE_FILE='{}'",
            files.config.display(),
            files.credentials.display(),
            place.map.display()
        );
    }
}

fn say(title: &str) {
    println!("\n== {title}");
}
