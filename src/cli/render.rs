//! `bucketbridge render`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::exit::Exit;
use crate::plan::PlanProblem;
use crate::render::{File, Format, render};
use crate::trail::private;

use super::Context;
use super::refusal::Refusal;

/// What would apply send? For review, and for other tools. Asks nobody.
///
/// Writes every document that `apply` would send to accounts in which nothing is, offline and without
/// credentials: as JSON documents with an index, as a script of AWS CLI commands, as Terraform or as
/// CloudFormation. ARNs of keys that do not exist yet are placeholders.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// As what.
    #[arg(long, value_name = "FORMAT", default_value = "json", value_parser = format_parser())]
    pub format: Format,

    /// The folder to write to, new or empty; with `--format cli` the file. Without it, stdout.
    #[arg(long, value_name = "DIR|FILE")]
    pub out: Option<PathBuf>,
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::as_str)).map(|text| {
        let named = Format::ALL.into_iter().find(|format| format.as_str() == text);
        named.unwrap_or(Format::Json)
    })
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let topology = context.topology()?;
    if let Some(remote) = topology.accounts.keys().find(|name| topology.is_remote(name)) {
        return Err(Refusal::new(
            format!("account {remote} is remote, and what its owner will tell is not known"),
            "nothing is signed in to here: leave `remote` out of a copy of the profile map, name the bucket's key, and \
             render that",
        )
        .into());
    }
    let files = match render(&topology, args.format) {
        Ok(files) => files,
        Err(problems) => {
            problems.iter().for_each(|problem| say(context, problem));
            return Ok(Exit::Failed);
        }
    };
    match &args.out {
        None => context.ui.out(&together(&files))?,
        Some(file) if args.format.is_script() => {
            for script in &files {
                write(file, &script.text)?;
                executable(file).map_err(|error| unwritten(file, &error))?;
            }
            context.ui.out(&format!("{}\n", file.display()))?;
        }
        Some(folder) => {
            is_free(folder)?;
            for file in &files {
                write(&folder.join(&file.path), &file.text)?;
            }
            let paths = files.iter().map(|file| format!("{}\n", folder.join(&file.path).display()));
            context.ui.out(&paths.collect::<String>())?;
        }
    }
    Ok(Exit::Done)
}

fn say(context: &Context, problem: &PlanProblem) {
    context.ui.error(&anyhow::anyhow!("{problem}"));
    problem.hint.iter().for_each(|hint| context.ui.hint(hint));
}

/// One file as it is; several each under its name, as `head` and `tail` print them.
fn together(files: &[File]) -> String {
    match files {
        [one] => one.text.clone(),
        several => several.iter().map(|file| format!("==> {} <==\n{}\n", file.path, file.text)).collect(),
    }
}

/// What is there already may be what somebody has read and changed.
fn is_free(folder: &Path) -> Result<(), Refusal> {
    let refused = |why: &str| {
        Refusal::new(format!("{} {why}", folder.display()), "name a folder that does not exist or is empty")
    };
    match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().map_or(Ok(()), |_| Err(refused("is not empty"))),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(refused(&format!("cannot be read: {error}")))
        }
        _ => Ok(()),
    }
}

/// Never over a file that is there.
fn write(path: &Path, text: &str) -> Result<(), Refusal> {
    let written = private::create(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| unwritten(path, &error))
}

fn executable(script: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(script, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

fn unwritten(path: &Path, error: &std::io::Error) -> Refusal {
    let way = "name a place that can be written to, and where nothing is yet";
    Refusal::new(format!("{} cannot be written: {error}", path.display()), way)
}
