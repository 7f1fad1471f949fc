//! `bucketbridge permissions`.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::exit::Exit;
use crate::operation::row::{Extra, Task};
use crate::permissions::trust::{NoTrust, trust};
use crate::permissions::{Format, Request, needs_iam, policies};
use crate::topology::{AccountName, Topology};

use super::refusal::Refusal;
use super::{Context, select};

/// What must whoever runs this be allowed, in one account? Asks nobody.
///
/// Prints the IAM policy that the operator needs in the account of --account for the links of the profile
/// map, with exact ARNs. Keys that the map names by alias are all keys with that alias, or with the tag that
/// they are made with. Where one managed policy cannot hold it, there are several. Without --for it is for
/// every command; `status` needs what `plan` does. The account of the destination needs no IAM permission.
/// Reads the profile map alone; --output has no say.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only for this command; may be given several times.
    #[arg(long = "for", value_name = "COMMAND", value_delimiter = ',', value_parser = task_parser())]
    pub tasks: Vec<Task>,

    /// Also for `apply --variants` and `check --variants`.
    #[arg(long)]
    pub variants: bool,

    /// Also for `doctor --object`: reading all objects of the buckets, without the use of their keys.
    #[arg(long)]
    pub object: bool,

    /// Also for `remove --delete-keys`.
    #[arg(long)]
    pub delete_keys: bool,

    /// Also for `remove --orphans`.
    #[arg(long)]
    pub orphans: bool,

    /// The language of the policy.
    #[arg(long, value_name = "FORMAT", default_value_t = Format::Json, value_parser = format_parser())]
    pub format: Format,

    /// The trust policy of the operator's role instead: who may assume it, with its external id and MFA.
    #[arg(long, conflicts_with_all = ["tasks", "variants", "object", "delete_keys", "orphans"])]
    pub trust: bool,

    /// Who assumes the role, where the profile map does not say so.
    #[arg(long, value_name = "ARN", requires = "trust")]
    pub principal: Option<String>,
}

/// Runs it.
pub async fn run(args: Args, context: &Context) -> anyhow::Result<Exit> {
    let whole = context.whole_map()?;
    let account = select::account(&whole, &context.options.account)?;
    if whole.is_remote(&account) {
        return Err(Refusal::new(
            format!("account {account} is remote: nobody here signs in there"),
            "whoever signs in there runs `bucketbridge permissions` on their own profile map",
        )
        .into());
    }
    if args.trust {
        return show_trust(&args, &whole, &account, context);
    }
    let mut topology = select::links(whole.clone(), &context.options.link, &[])?;
    // Roles are assumed by way of accounts that no link needs, too.
    topology.accounts = whole.accounts;
    let request = args.request(account);
    let policies = policies(&topology, &request);
    let account = &request.account;
    if policies.is_empty() {
        context.ui.status(&format!("account {account} needs no permission for this"));
        return Ok(Exit::Done);
    }
    context.ui.out(&args.format.policies(&policies))?;
    if policies.len() > 1 {
        context.ui.status(&format!(
            "{} policies, since a managed policy holds {} characters; all of them are needed",
            policies.len(),
            crate::permissions::LONGEST
        ));
    }
    if !needs_iam(&policies) {
        context.ui.status(&format!("account {account} needs no permission of IAM itself (no `iam:` action)"));
    }
    Ok(Exit::Done)
}

impl Args {
    fn request(&self, account: AccountName) -> Request {
        let tasks = match self.tasks.as_slice() {
            [] => Task::ALL.into_iter().collect(),
            some => some.iter().copied().collect(),
        };
        let extras = [
            (self.variants, Extra::Variants),
            (self.object, Extra::Object),
            (self.delete_keys, Extra::DeleteKeys),
        ];
        let extras = extras.into_iter().filter(|(given, _)| *given).map(|(_, extra)| extra).collect();
        Request { account, tasks, extras, orphans: self.orphans }
    }
}

fn show_trust(args: &Args, map: &Topology, name: &AccountName, context: &Context) -> anyhow::Result<Exit> {
    let variable = |name: &str| std::env::var(name).ok();
    let refuse = |message: String, hint: String| Err(Refusal::new(message, hint).into());
    match trust(map, name, args.principal.as_deref(), variable) {
        Ok(trust) => {
            context.ui.out(&args.format.trust(&trust))?;
            if trust.of_account {
                context.ui.status(
                    "the profile map names no identity that assumes the role, so whoever may in that account can; \
                     --principal ARN says who",
                );
            }
            Ok(Exit::Done)
        }
        Err(NoTrust::NoRole) => refuse(
            format!(
                "account {name} is reached with credentials of its own, so no role of the operator is trusted"
            ),
            "give its entry `assume_role`, or choose another account".to_owned(),
        ),
        Err(NoTrust::Unknown) => refuse(
            format!("the profile map does not say whose credentials assume the role of account {name}"),
            "pass --principal ARN; `aws sts get-caller-identity` with these credentials shows it".to_owned(),
        ),
        Err(NoTrust::NoVariable(variable)) => refuse(
            format!("`external_id_env` of account {name} names the variable {variable}, which is not set"),
            format!("set {variable} to the external id"),
        ),
    }
}

fn task_parser() -> impl TypedValueParser<Value = Task> {
    let of_name =
        |name: String| Task::ALL.into_iter().find(|task| task.name() == name).ok_or("no such command");
    PossibleValuesParser::new(Task::ALL.map(Task::name)).try_map(of_name)
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name)).try_map(|text| text.parse::<Format>())
}
