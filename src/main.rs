//! The `bucketbridge` command: reads the command line, runs it, ends with its exit code.

use std::process::ExitCode;

use bucketbridge::cli::{self, Cli};
use bucketbridge::exit::Exit;
use clap::Parser;

fn main() -> ExitCode {
    // Before anything else is set up, so that `--version` and `--help` cost nothing.
    match Cli::try_parse() {
        Ok(cli) => cli::run(cli).into(),
        Err(said) => {
            // clap knows whether it is help, for stdout, or an error, for stderr. If neither can be
            // written to, there is nobody to tell.
            let _ = said.print();
            if said.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() }
        }
    }
}
