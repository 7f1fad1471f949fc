//! `bucketbridge validate`.

use crate::config::{self, Problems};
use crate::exit::Exit;
use crate::report::validate::{Problem, Summary, ValidateReport};
use crate::report::{Format, Report};
use crate::topology::Topology;

use super::{Context, select};

/// Is the profile map in order? Asks nobody.
///
/// Shows every problem of the file at once, each with its place. Needs no network and no credentials.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub async fn run(Args {}: Args, context: &Context) -> anyhow::Result<Exit> {
    let options = &context.options;
    let file = options.file.display().to_string();
    match config::load(&options.file) {
        Ok(topology) => {
            let topology = select::links(topology, &options.link, &options.account)?;
            let report = ValidateReport { file, problems: Vec::new(), summary: Some(summary(&topology)) };
            context.show(&Report::Validate(report)).await?;
            Ok(Exit::Done)
        }
        // People get the lines and carets on stderr, like every problem; programs a result.
        Err(problems) if options.format()? == Format::Table => Err(problems.into()),
        Err(problems) => {
            let report = ValidateReport { file, problems: plain(&problems), summary: None };
            context.show(&Report::Validate(report)).await?;
            Ok(Exit::Usage)
        }
    }
}

fn summary(topology: &Topology) -> Summary {
    let Topology { accounts, buckets, links, .. } = topology;
    Summary { accounts: accounts.len(), buckets: buckets.len(), links: links.len() }
}

fn plain(problems: &Problems) -> Vec<Problem> {
    let problem = |p: config::Problem| Problem {
        file: p.file,
        line: p.line,
        column: p.column,
        message: p.message,
        help: p.help,
    };
    problems.iter().map(problem).collect()
}
