//! `bucketbridge accounts`.

use crate::config;
use crate::exit::Exit;
use crate::report::Report;
use crate::report::accounts::{AccountLine, AccountsReport};

use super::{Context, select};

/// Who am I in each account, and is it the account that the file says?
///
/// Signs in to every account of the profile map and asks AWS who each set of credentials belongs to.
/// Changes nothing. Ends with 1 if an account is not the one its entry says, or cannot be reached.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
pub async fn run(Args {}: Args, context: &Context) -> anyhow::Result<Exit> {
    let options = &context.options;
    let topology = select::accounts(config::load(&options.file)?, &options.link, &options.account)?;
    let accounts = context.try_sign_in(&topology, true).await?;
    let line = |i: &crate::aws::Identity| AccountLine {
        name: i.name.clone(),
        id: i.id.clone(),
        arn: i.arn.clone(),
        ok: i.ok,
        error: i.error.clone(),
        hint: i.hint.clone(),
        expected: i.expected.clone(),
    };
    let report = AccountsReport { accounts: accounts.identities().iter().map(line).collect() };
    let exit = if report.is_well() { Exit::Done } else { Exit::Failed };
    context.show(&Report::Accounts(report)).await?;
    Ok(exit)
}
