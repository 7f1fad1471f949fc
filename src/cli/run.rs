//! From the command line to the exit code: the runtime, the dispatch, and the last words.

use crate::exit::Exit;
use crate::ui::{Ui, log};

use super::refusal::{self, Refusal};
use super::{Cli, Command, Context};
use crate::config::Problems;

/// Does what was asked for. Errors have been said when it returns.
pub fn run(cli: Cli) -> Exit {
    let ui = Ui::new(cli.options.manner());
    let ended = log::start(&ui)
        .map_err(|e| {
            Refusal::new(format!("{}: {e}", log::VARIABLE), "try `BUCKETBRIDGE_LOG=bucketbridge=debug`")
                .into()
        })
        .and_then(|()| run_in_runtime(cli, &ui));
    ended.unwrap_or_else(|error| {
        match error.downcast_ref::<Problems>() {
            Some(problems) => ui.show(&with_newline(problems.render(ui.aside().colour))),
            None => ui.error(&error),
        }
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            ui.hint(&refusal.hint);
        }
        refusal::exit(&error)
    })
}

fn run_in_runtime(cli: Cli, ui: &Ui) -> anyhow::Result<Exit> {
    // The work is waiting, on the main thread; the workers listen to signals and show progress, also
    // while the main thread waits for an answer at the terminal.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let ended = runtime.block_on(dispatch(cli, ui));
    // A thread may still wait for a line from the terminal.
    runtime.shutdown_background();
    ended
}

async fn dispatch(cli: Cli, ui: &Ui) -> anyhow::Result<Exit> {
    if !matches!(cli.command, Command::Handoff(_)) {
        cli.options.format()?;
    }
    let context = Context::new(cli.options, ui.clone())?;
    let ended = match cli.command {
        Command::Init(args) => super::init::run(args, &context).await,
        Command::Adopt(args) => super::adopt::run(args, &context).await,
        Command::Accounts(args) => super::accounts::run(args, &context).await,
        Command::Validate(args) => super::validate::run(args, &context).await,
        Command::Plan(args) => super::plan::run(args, &context).await,
        Command::Apply(args) => super::apply::run(args, &context).await,
        Command::Check(args) => super::check::run(args, &context).await,
        Command::Status(args) => super::status::run(args, &context).await,
        Command::Doctor(args) => super::doctor::run(args, &context).await,
        Command::Handoff(args) => super::handoff::run(args, &context).await,
        Command::Remove(args) => super::remove::run(args, &context).await,
        Command::Render(args) => super::render::run(args, &context).await,
        Command::Restore(args) => super::restore::run(args, &context).await,
        Command::Journal(args) => super::journal::run(args, &context).await,
        Command::Permissions(args) => super::permissions::run(args, &context).await,
        Command::Schema(args) => super::schema::run(args, &context).await,
        Command::Completions(args) => super::completions::run(args, &context).await,
    };
    context.settle().await;
    ended
}

fn with_newline(mut text: String) -> String {
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
