//! Steps that wait for another team: of which nothing can be done before its message has come.
//!
//! A shared document is written for the links that can be had, so a step waits only where none can.

use std::collections::BTreeMap;

use crate::arn::BucketName;
use crate::resource::{Action, Awaits, Change, Step, role};
use crate::topology::KeyId;

use super::Plan;

/// Says of each such step what it waits for.
pub fn mark(plan: &mut Plan) {
    let Plan { keys, roles, role_policies, key_policies, bucket_policies, replications, awaited, .. } = plan;
    let key = |id: &KeyId| keys.get(id).and_then(Step::awaited);
    for step in role_policies.values_mut() {
        wait(&mut step.change, step.desired.destinations.iter().map(|(_, id)| key(id)));
    }
    let role = |source: &BucketName| awaited_role(roles, source);
    for step in key_policies.values_mut() {
        wait(&mut step.change, step.desired.uses.iter().map(|usage| role(usage.source())));
    }
    for step in bucket_policies.values_mut() {
        wait(&mut step.change, step.desired.pairs.iter().map(|pair| role(&pair.from.name)));
    }
    for step in replications.values_mut() {
        wait(&mut step.change, step.desired.rules.keys().map(|link| awaited.get(link)));
    }
}

fn awaited_role<'a>(
    roles: &'a BTreeMap<BucketName, Step<role::Desired, role::Live>>,
    source: &BucketName,
) -> Option<&'a Awaits> {
    roles.get(source).and_then(Step::awaited)
}

/// Nothing can be done if everything that the step is for is awaited.
fn wait<'a>(change: &mut Change, needs: impl Iterator<Item = Option<&'a Awaits>>) {
    let needs: Vec<Option<&Awaits>> = needs.collect();
    let Some(Some(first)) = needs.first() else { return };
    if needs.iter().all(Option::is_some) {
        change.action = Action::Await;
        change.awaits = Some((*first).clone());
        change.details.clear();
        change.notes = vec![format!("waits for {first}")];
    }
}
