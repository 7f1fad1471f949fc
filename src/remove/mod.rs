//! Withdraws what is ours: rules, then what they need, each stanza when the one before has ended.
//!
//! S3 does not try an object again whose replication was refused: so rules go first, and where one
//! could not be dropped, nothing that it needs is touched. The order of the stanzas is the order of
//! dependence; within one everything happens at once, and one failure stops nothing else.
//!
//! Deliberately absent: deciding. What is to be done comes from [`crate::removal`].

mod judge;
mod look;
mod run;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;

use crate::apply::outcome::StepOutcome;
use crate::aws::{Account, Accounts};
use crate::event::{Event, Events};
use crate::removal::keys::{self, Verdict};
use crate::removal::{Found, KeyStep, Names, Plan};
use crate::resource::key_deletion::{self, cancellation};
use crate::resource::{
    Action, Stop, Withdrawn, bucket_policy, key_policy, replication, role, role_policy, role_removal,
};
use crate::topology::KeyId;
use crate::trail::Pen;

pub use look::look;

use judge::Judge;
use run::{Held, Run};

/// How keys are deleted.
#[derive(Debug, Clone, Copy)]
pub struct KeyDeletion {
    /// For how many days it can be cancelled.
    pub days: i32,
    /// Versions of a bucket that are looked at, at most; with more the key is kept.
    pub most_versions: usize,
}

/// Finds out which keys may go, for the plan.
pub async fn judge_keys(
    names: &Names<'_>,
    found: &Found,
    accounts: &Accounts,
    deletion: KeyDeletion,
) -> Vec<KeyStep> {
    let mut judge = Judge::new(names, accounts, deletion.most_versions);
    let mut steps = Vec::new();
    for id in names.unused_keys() {
        let seen = match found.keys.get(&id) {
            None | Some(Ok(None)) => Ok(None),
            Some(Err(stop)) => Err(stop.clone()),
            Some(Ok(Some(key))) => match names.other_user(&id, found) {
                Some(why) => Ok(Some((key.clone(), Verdict::Refuse(why)))),
                None => judge.judge(&id, key).await.map(|verdict| Some((key.clone(), verdict))),
            },
        };
        steps.extend(keys::step(id, seen, deletion.days));
    }
    steps
}

/// Carries the plan out and says how each step ended.
pub async fn remove(
    names: &Names<'_>,
    plan: &Plan,
    deletion: Option<KeyDeletion>,
    accounts: &Accounts,
    pen: &Pen,
    events: &Events,
    stop: &CancellationToken,
) -> Vec<StepOutcome> {
    let writes = plan.parts().iter().filter(|(change, _)| change.action != Action::Keep).count();
    events.send(Event::Applying { steps: writes });
    let run = Run::new(accounts, pen, events, stop);
    let none = Held::new();

    // What did not go holds up everything that it needs.
    let rules = plan.rules.values().map(|part| {
        let arn = Some(part.desired.place.bucket.to_string());
        run.document(part, &none, arn, replication::withdrawal)
    });
    let held: Held = join_all(rules).await.into_iter().flatten().collect();

    // A role goes when no document names it any more: AWS would put its unique id there, and refuse to
    // save the document again, for others too.
    let policies = plan.bucket_policies.iter().map(|part| {
        let arn = Some(part.desired.place.bucket.to_string());
        run.document(part, &held, arn, bucket_policy::withdrawal)
    });
    let mut named: Held = join_all(policies).await.into_iter().flatten().collect();

    let policies = plan.key_policies.iter().map(|part| {
        let arn = part.live.as_ref().ok().and_then(Option::as_ref).map(|live| live.key().to_string());
        run.document(part, &held, arn, key_policy::withdrawal)
    });
    named.extend(join_all(policies).await.into_iter().flatten());

    let policies = plan.role_policies.iter().map(|(_, part)| {
        let arn = Some(part.desired.place.role.to_string());
        run.document(part, &held, arn, role_policy::withdrawal)
    });
    named.extend(join_all(policies).await.into_iter().flatten());
    named.extend(held.clone());

    let marker = &names.map.marker;
    join_all(plan.roles.iter().map(|step| async {
        let source = &step.desired.source;
        let role: &role::Live = match (&step.live, step.change.action) {
            (Err(stop), _) => return drop(run.stopped(&step.change, stop, 0.0)),
            (Ok(Some(role)), Action::Update | Action::Delete) => role,
            (Ok(role), _) => return run.kept(&step.change, role.as_ref().map(|r| r.arn().to_string())),
        };
        if let Some(by) = named.get(source) {
            return run.blocked(&step.change, by);
        }
        let work = |account| role_removal::remove(account, pen, role, &step.desired, marker);
        drop(run.step(&step.change, Some(role.arn().to_string()), None, work).await);
    }))
    .await;

    if let Some(deletion) = deletion {
        delete_keys(names, plan, deletion, &run, &named).await;
    }
    look_again(plan, &run, &held).await;
    run.outcomes()
}

/// Somebody who read a document before we wrote it may have written it since, with what was ours.
async fn look_again(plan: &Plan, run: &Run<'_>, held: &Held) {
    let rules = plan.rules.values().map(|part| run.again(part, held, replication::withdrawal));
    let buckets = plan.bucket_policies.iter().map(|part| run.again(part, held, bucket_policy::withdrawal));
    let keys = plan.key_policies.iter().map(|part| run.again(part, held, key_policy::withdrawal));
    let roles = plan.role_policies.iter().map(|(_, part)| run.again(part, held, role_policy::withdrawal));
    futures_util::join!(join_all(rules), join_all(buckets), join_all(keys), join_all(roles));
}

async fn delete_keys(names: &Names<'_>, plan: &Plan, deletion: KeyDeletion, run: &Run<'_>, held: &Held) {
    // Asked again: objects may have been put since the plan was made.
    let mut judge = Judge::new(names, run.accounts, deletion.most_versions);
    for step in &plan.keys {
        let (id, change) = (&step.desired, &step.change);
        let key = match (&step.live, change.action) {
            (Err(stop), _) => {
                run.stopped(change, stop, 0.0);
                continue;
            }
            (Ok(Some(key)), Action::Update) => key,
            (Ok(key), _) => {
                run.kept(change, key.as_ref().map(|key| key.arn().to_string()));
                continue;
            }
        };
        if let Some(by) = names.sources_of_key(id).iter().find_map(|source| held.get(source)) {
            run.blocked(change, by);
            continue;
        }
        let arn = Some(key.arn().to_string());
        let judge = &mut judge;
        let step =
            run.step(change, arn, None, |account| schedule(account, run.pen, id, key, deletion.days, judge));
        drop(step.await);
    }
}

async fn schedule(
    account: &Account,
    pen: &Pen,
    id: &KeyId,
    key: &key_deletion::Found,
    days: i32,
    judge: &mut Judge<'_>,
) -> Result<Withdrawn, Stop> {
    match judge.judge(id, key).await? {
        Verdict::Schedule => {}
        Verdict::Refuse(why) | Verdict::Keep(why) => return Err(keys::refused(key, &why)),
    }
    let date = key_deletion::schedule(account, pen, id, key, days).await?;
    let date = date.map(|date| format!("it is deleted on {}", date.strftime("%Y-%m-%d")));
    let said =
        date.into_iter().chain([format!("until then it can be cancelled: {}", cancellation(id, key.arn()))]);
    Ok(Withdrawn { gone: false, notes: said.collect() })
}
