//! Where an account's credentials come from: a profile, or roles assumed one after the other.
//!
//! `from = "prod"` is replaced by the chain of `prod`, so that whoever signs in follows one list.
//! Whether a role may be assumed, only STS knows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::file;
use super::names;
use super::problem::Collector;
use super::table::{At, Field};
use super::tags;
use super::value::Entry;
use crate::arn::RoleArn;
use crate::topology::{AssumeRole, Base, Credentials, ExternalId};

/// AWS's limit for a role that another role assumes.
const CHAINED: Duration = Duration::from_secs(60 * 60);

/// Longer chains are a mistake, and every account at the end of one carries a copy.
pub const LONGEST: usize = 16;

type Entries<'a> = &'a [Entry<file::Account>];

/// The credentials of every account entry that has no problem.
pub fn resolve(entries: Entries<'_>, problems: &mut Collector) -> BTreeMap<String, Credentials> {
    let mut known: BTreeMap<String, Credentials> = BTreeMap::new();
    let names = names::of(entries);
    for entry in entries {
        check_entry(entry, &names, problems);
        check_remote(entry, entries, problems);
    }
    report_cycles(entries, problems);
    // Entries wait for the one that they take their credentials from; each round settles some. What is
    // left waits for itself or for something wrong, and both are reported.
    loop {
        let before = known.len();
        for entry in entries {
            if !known.contains_key(&entry.name.value) {
                let read = entry.value.as_ref().and_then(|account| credentials(account, &known));
                known.extend(read.map(|credentials| (entry.name.value.clone(), credentials)));
            }
        }
        if known.len() == before {
            break;
        }
    }
    for entry in entries {
        let Some(roles) = entry.value.as_ref().and_then(|account| account.assume_role.at()) else { continue };
        if let Some(Credentials::Roles { chain, .. }) = known.get(&entry.name.value) {
            check_chain(roles.value.0.as_slice(), chain, problems);
            if chain.len() > LONGEST {
                let message =
                    format!("{} roles one after the other are too many: at most {LONGEST}", chain.len());
                problems.add(&roles.span, message);
            }
        }
    }
    known
}

/// The role that ends up in the account, for each entry that assumes one.
pub fn last_roles(entries: Entries<'_>) -> impl Iterator<Item = (&str, &At<RoleArn>)> {
    entries.iter().filter_map(|entry| {
        let roles = entry.value.as_ref()?.assume_role.get()?;
        Some((entry.name.value.as_str(), roles.0.last()?.value.role.at()?))
    })
}

/// The entry that each entry takes its credentials from.
pub fn origins(entries: Entries<'_>) -> impl Iterator<Item = (&str, &At<String>)> {
    entries.iter().filter_map(|entry| Some((entry.name.value.as_str(), origin(entry)?)))
}

fn origin(entry: &Entry<file::Account>) -> Option<&At<String>> {
    entry.value.as_ref()?.assume_role.get()?.0.first()?.value.from.at()
}

/// What can be said of one entry alone.
fn check_entry(entry: &Entry<file::Account>, names: &BTreeSet<&str>, problems: &mut Collector) {
    let Some(account) = &entry.value else { return };
    if let (Field::Given(_), Some(roles)) = (&account.profile, account.assume_role.at()) {
        problems
            .add(&roles.span, format!("account `{}` has both `profile` and `assume_role`", entry.name.value))
            .help("if the profile's credentials assume the role, write `from_profile` in `assume_role`");
    }
    let roles = account.assume_role.get().map(|roles| roles.0.as_slice()).unwrap_or_default();
    for (index, role) in roles.iter().enumerate() {
        check_role(&role.value, index == 0, problems);
    }
    if let Some(from) = origin(entry) {
        names::refer("account", from, names, problems);
    }
    let last = roles.last().and_then(|role| role.value.role.at());
    if let (Some(id), Some(role)) = (account.id.at(), last)
        && role.value.account != id.value
    {
        let message =
            format!("this role is in account `{}`, the entry says `{}`", role.value.account, id.value);
        problems.add(&role.span, message).also(&id.span, "the id of the entry");
    }
}

fn is_remote(entry: &Entry<file::Account>) -> bool {
    entry.value.as_ref().is_some_and(|account| account.remote.get() == Some(&true))
}

/// Nobody signs in to a remote account, and nobody borrows its credentials.
fn check_remote(entry: &Entry<file::Account>, entries: Entries<'_>, problems: &mut Collector) {
    let Some(account) = &entry.value else { return };
    let name = &entry.name.value;
    if let Some(remote) = account.remote.at().filter(|remote| remote.value) {
        let ways = [account.profile.at().map(|at| &at.span), account.assume_role.at().map(|at| &at.span)];
        for span in ways.into_iter().flatten() {
            problems
                .add(span, format!("account `{name}` is remote, so nobody signs in there"))
                .also(&remote.span, "by this")
                .help("leave the credentials out, or `remote`");
        }
    } else if let Some(role) = account.replication_role.at() {
        problems
            .add(
                &role.span,
                format!("account `{name}` is not remote: the role that `[roles]` names is made there"),
            )
            .help("leave `replication_role` out, or write `remote = true`");
    }
    let lender =
        origin(entry).and_then(|from| Some((from, entries.iter().find(|e| e.name.value == from.value)?)));
    if let Some((from, lender)) = lender
        && is_remote(lender)
    {
        problems.add(&from.span, format!("account `{}` is remote and has no credentials here", from.value));
    }
}

fn check_role(role: &file::AssumeRole, first: bool, problems: &mut Collector) {
    let spans = [
        ("from", role.from.at().map(|f| &f.span)),
        ("from_profile", role.from_profile.at().map(|f| &f.span)),
    ];
    for (key, span) in spans {
        if let (Some(span), false) = (span, first) {
            problems
                .add(span, format!("`{key}` belongs to the first role of a list"))
                .help("each later role is assumed by the one before it");
        }
    }
    if let (true, Some(from), Some(profile)) = (first, role.from.at(), role.from_profile.at()) {
        problems
            .add(&profile.span, "a role is assumed with `from` or with `from_profile`, not with both")
            .also(&from.span, "the other one");
    }
    if let (Some(text), Some(variable)) = (role.external_id.at(), role.external_id_env.at()) {
        problems
            .add(&variable.span, "there is one external id: `external_id` or `external_id_env`")
            .also(&text.span, "the other one");
    }
    tags::read(&role.session_tags, tags::MOST, problems);
    tags::check_case(&role.session_tags, problems);
}

/// What can be said once it is known who assumes the first role: `own` are the last roles of `chain`.
fn check_chain(own: &[At<file::AssumeRole>], chain: &[AssumeRole], problems: &mut Collector) {
    let inherited = chain.len().saturating_sub(own.len());
    for (index, role) in own.iter().enumerate() {
        if let Some(duration) =
            role.value.duration.at().filter(|d| d.value.0 > CHAINED && inherited + index > 0)
        {
            problems
                .add(&duration.span, "a role that another role assumes lasts at most `1h`")
                .help("leave `duration` out: sessions are renewed by themselves");
        }
        if let Some(serial) = role.value.mfa_serial.at().filter(|_| inherited + index > 0) {
            problems.add(&serial.span, "a code cannot be asked for a role that another role assumes").help(
                "the session of a role has no MFA device: put `mfa_serial` at the first role of the chain",
            );
        }
        let (Some(arn), Some(last)) = (role.value.role.at(), chain.last()) else { continue };
        if arn.value.partition != last.role.partition {
            let message = format!(
                "a role of `{}` cannot be assumed by way of `{}`",
                last.role.partition, arn.value.partition
            );
            problems.add(&arn.span, message);
        }
    }
}

/// Reports each ring of entries that wait for one another once, at its first entry.
fn report_cycles(entries: Entries<'_>, problems: &mut Collector) {
    let next: BTreeMap<&str, &At<String>> = origins(entries).collect();
    let mut done: BTreeSet<&str> = Default::default();
    for start in entries {
        let mut path: Vec<&str> = Vec::new();
        let mut at = start.name.value.as_str();
        while !done.contains(at) {
            let Some(from) = next.get(at) else { break };
            if let Some(begin) = path.iter().position(|name| *name == at) {
                let ring = [&path[begin..], &[at]].concat().join("` → `");
                problems
                    .add(&from.span, format!("account `{at}` takes its credentials from itself: `{ring}`"));
                break;
            }
            path.push(at);
            at = &from.value;
        }
        done.extend(path);
    }
}

/// The credentials of an entry, if what it takes them from is known.
fn credentials(account: &file::Account, known: &BTreeMap<String, Credentials>) -> Option<Credentials> {
    if account.remote.get() == Some(&true) {
        return Some(Credentials::Remote { role: account.replication_role.get().map(|role| role.0.clone()) });
    }
    let roles = match (&account.profile, &account.assume_role) {
        (Field::Absent, Field::Absent) => return Some(Credentials::Default),
        (Field::Given(profile), Field::Absent) => return Some(Credentials::Profile(profile.value.0.clone())),
        (Field::Absent, Field::Given(roles)) => &roles.value.0,
        _ => return None,
    };
    let first = &roles.first()?.value;
    let (base, mut chain) = match (&first.from, &first.from_profile) {
        (Field::Absent, Field::Absent) => (Base::Default, Vec::new()),
        (Field::Absent, Field::Given(profile)) => (Base::Profile(profile.value.0.clone()), Vec::new()),
        (Field::Given(from), Field::Absent) => match known.get(&from.value)? {
            // Reported where it stands.
            Credentials::Remote { .. } => return None,
            Credentials::Default => (Base::Default, Vec::new()),
            Credentials::Profile(profile) => (Base::Profile(profile.clone()), Vec::new()),
            // A chain that is too long already is not copied on: that was reported there.
            Credentials::Roles { chain, .. } if chain.len() > LONGEST => return None,
            Credentials::Roles { base, chain } => (base.clone(), chain.clone()),
        },
        _ => return None,
    };
    for role in roles {
        chain.push(assumed(&role.value)?);
    }
    Some(Credentials::Roles { base, chain })
}

fn assumed(role: &file::AssumeRole) -> Option<AssumeRole> {
    let external_id = match (&role.external_id, &role.external_id_env) {
        (Field::Given(text), _) => Some(ExternalId::Text(text.value.0.clone())),
        (_, Field::Given(variable)) => Some(ExternalId::Variable(variable.value.0.clone())),
        _ => None,
    };
    let session_tags = role.session_tags.get().map(|entries| entries.0.as_slice()).unwrap_or_default();
    Some(AssumeRole {
        role: role.role.get()?.clone(),
        external_id,
        session_name: role.session_name.get().map(|name| name.0.clone()),
        duration: role.duration.get().map(|duration| duration.0),
        source_identity: role.source_identity.get().map(|identity| identity.0.clone()),
        session_tags: session_tags
            .iter()
            .filter_map(|entry| Some((entry.name.value.clone(), entry.value.clone()?)))
            .collect(),
        mfa_serial: role.mfa_serial.get().map(|serial| serial.0.clone()),
    })
}
