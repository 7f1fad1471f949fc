//! The end of a replication role: what hangs on it, whether it may go, and how it goes.
//!
//! A role goes only if this tool made it and nobody has put anything on it. Otherwise it stays, and
//! our statement is taken out of its trust policy. Its own inline policy of ours is
//! [`super::role_policy`], and goes first.
//!
//! Deliberately absent: roles that a replication configuration named before us.

use std::collections::BTreeSet;

use crate::arn::BucketName;
use crate::aws::{Account, AwsError, Operation, Patience, Write};
use crate::trail::{Pen, Place};

use super::place::Text;
use super::role::{self, Iam, Live};
use super::withdrawal::{Withdrawal, withdraw};
use super::{Stop, Withdrawn};

/// Tries to delete a role which IAM still takes for one with policies: it is eventually consistent.
const TRIES: u32 = 6;

/// What hangs on a role beside its trust policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ties {
    /// The names of its inline policies.
    pub inline: BTreeSet<String>,
    /// The ARNs of its attached policies.
    pub attached: BTreeSet<String>,
    /// The names of the instance profiles that it is in.
    pub profiles: BTreeSet<String>,
}

/// What is known of a role from the documents that were read.
#[derive(Debug, Clone)]
pub struct Known {
    /// The bucket that it replicates.
    pub source: BucketName,
    /// Inline policies of ours, which are gone when the role's turn comes, though IAM may still list
    /// them.
    pub policies: BTreeSet<String>,
    /// Statements that stay and name it: once it is gone, nobody could save their policy any more.
    pub named_by: Vec<String>,
}

/// What becomes of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Nobody but us has anything to do with it.
    Delete,
    /// It stays, for these reasons; our statement is taken out of its trust policy.
    Withdraw(Vec<String>),
    /// It stays, for these reasons, with the trust policy that it has.
    Keep(Vec<String>),
}

/// What becomes of the role.
pub fn end(role: &Live, ties: &Ties, known: &Known, marker: &str) -> End {
    let sid = BTreeSet::from([role::trust_sid(marker)]);
    let rest = role.trust().without(&sid);
    let others = rest.as_ref().map_or(0, |rest| rest.statements().len());
    let has_ours = rest.as_ref() != Some(role.trust());
    let mut reasons = Vec::new();
    if !role.is_ours() {
        reasons.push("this tool did not make it: it does not carry the tag `bucketbridge`".to_owned());
    }
    if others > 0 {
        let plural = if others == 1 { "" } else { "s" };
        reasons.push(format!("its trust policy has {others} other statement{plural}"));
    }
    for (what, names) in [
        ("inline policy", ties.inline.difference(&known.policies).collect::<Vec<_>>()),
        ("attached policy", ties.attached.iter().collect()),
        ("instance profile", ties.profiles.iter().collect()),
    ] {
        reasons.extend(names.into_iter().map(|name| format!("it has the {what} {name}")));
    }
    reasons.extend(known.named_by.iter().map(|statement| format!("{statement} names it")));
    match (reasons.is_empty(), has_ours && others > 0) {
        (true, _) => End::Delete,
        (false, true) => End::Withdraw(reasons),
        (false, false) => {
            if has_ours {
                reasons.push(
                    "our statement is the only one of its trust policy and stays: a role cannot be without"
                        .to_owned(),
                );
            }
            End::Keep(reasons)
        }
    }
}

/// Reads what hangs on a role that exists.
///
/// # Errors
/// What a call failed with.
pub async fn observe(account: &Account, role: &Live) -> Result<Ties, Stop> {
    Ok(ties(&account.iam(), &role.arn().name).await?)
}

async fn ties(iam: &Iam, role: &str) -> Result<Ties, AwsError> {
    let (inline, attached, profiles) =
        futures_util::try_join!(inline(iam, role), attached(iam, role), profiles(iam, role))?;
    Ok(Ties { inline, attached, profiles })
}

/// The names of its inline policies.
pub(super) async fn inline(iam: &Iam, role: &str) -> Result<BTreeSet<String>, AwsError> {
    let (mut names, mut marker) = (BTreeSet::new(), None);
    loop {
        let request = iam.client.list_role_policies().role_name(role).set_marker(marker);
        let page = iam.find(Operation::ListRolePolicies, &resource(role), || request.clone().send()).await?;
        let Some(page) = page else { return Ok(names) };
        names.extend(page.policy_names);
        marker = page.marker;
        if !page.is_truncated {
            return Ok(names);
        }
    }
}

async fn attached(iam: &Iam, role: &str) -> Result<BTreeSet<String>, AwsError> {
    let (mut arns, mut marker) = (BTreeSet::new(), None);
    loop {
        let request = iam.client.list_attached_role_policies().role_name(role).set_marker(marker);
        let page =
            iam.find(Operation::ListAttachedRolePolicies, &resource(role), || request.clone().send()).await?;
        let Some(page) = page else { return Ok(arns) };
        arns.extend(page.attached_policies.unwrap_or_default().into_iter().filter_map(|p| p.policy_arn));
        marker = page.marker;
        if !page.is_truncated {
            return Ok(arns);
        }
    }
}

async fn profiles(iam: &Iam, role: &str) -> Result<BTreeSet<String>, AwsError> {
    let (mut names, mut marker) = (BTreeSet::new(), None);
    loop {
        let request = iam.client.list_instance_profiles_for_role().role_name(role).set_marker(marker);
        let page = iam
            .find(Operation::ListInstanceProfilesForRole, &resource(role), || request.clone().send())
            .await?;
        let Some(page) = page else { return Ok(names) };
        names.extend(page.instance_profiles.into_iter().map(|profile| profile.instance_profile_name));
        marker = page.marker;
        if !page.is_truncated {
            return Ok(names);
        }
    }
}

fn resource(role: &str) -> String {
    format!("role {role}")
}

/// Deletes the role, or takes our statement out of its trust policy, whichever what is there by now
/// allows.
///
/// # Errors
/// What a call failed with, or a statement of others in the trust policy that IAM does not save again.
pub async fn remove(
    account: &Account,
    pen: &Pen,
    planned: &Live,
    known: &Known,
    marker: &str,
) -> Result<Withdrawn, Stop> {
    let iam = account.iam();
    let name = &planned.arn().name;
    let gone = || Withdrawn { gone: true, notes: Vec::new() };
    for tries in 1.. {
        let Some(role) = role::read(&iam, planned.arn()).await? else { return Ok(gone()) };
        match end(&role, &ties(&iam, name).await?, known, marker) {
            End::Delete => {}
            End::Keep(notes) => return Ok(Withdrawn { gone: false, notes }),
            End::Withdraw(mut notes) => {
                notes.extend(withdraw_trust(account, pen, planned, marker).await?);
                return Ok(Withdrawn { gone: false, notes });
            }
        }
        save(account, pen, &role)?;
        let request = iam.client.delete_role().role_name(name);
        let write = Write::new(Operation::DeleteRole, name);
        match iam.write(pen, write, Patience::repeatable(), || request.clone().send()).await {
            Ok(_) => return Ok(gone()),
            // A try whose answer was lost, or another run.
            Err(error) if error.is_absent() => return Ok(gone()),
            // IAM still sees the policy that was deleted a moment ago; or somebody has put something on
            // the role since, which is looked at again.
            Err(error) if error.is("DeleteConflict") && tries < TRIES => {
                iam.pause(Operation::DeleteRole, &resource(name), &error.brief(), Patience::wait(tries))
                    .await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(gone())
}

fn save(account: &Account, pen: &Pen, role: &Live) -> Result<(), Stop> {
    let place = Place::TrustPolicy { role: role.arn().clone() };
    let saved = pen.backups.save(account.name().0.as_str(), account.id(), &place, Some(role.trust().value()));
    saved.map_err(|e| {
        Stop::new(
            format!(
                "role {} was not deleted, since its trust policy cannot be saved first: {e}",
                role.arn().name
            ),
            "make room or name another folder with `--backup-dir`",
        )
    })
}

async fn withdraw_trust(
    account: &Account,
    pen: &Pen,
    planned: &Live,
    marker: &str,
) -> Result<Vec<String>, Stop> {
    let arn = planned.arn();
    let withdrawal = Withdrawal {
        place: Place::TrustPolicy { role: arn.clone() },
        resource: resource(&arn.name),
        what: role::what(arn),
        planned: Text::Policy(planned.trust().clone()),
        leaving: &BTreeSet::from([role::trust_sid(marker)]),
    };
    Ok(withdraw(account, pen, withdrawal).await?.notes)
}
