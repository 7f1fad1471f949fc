//! Keys whose deletion has to be typed, not only confirmed: whoever deletes a key deletes all that is
//! under it.
//!
//! Deliberately absent: whether a key may be deleted at all.

use crate::arn::KeyArn;
use crate::removal::Plan;
use crate::resource::key_deletion::Found;
use crate::topology::KeyId;
use crate::ui::Answer;

use super::Context;
use super::refusal::{Interrupted, Refusal};

/// What was typed on the command line, for keys that could go.
#[derive(Debug)]
pub struct Typed {
    keys: Vec<(KeyId, KeyArn)>,
}

impl Typed {
    /// What was typed has to name one key each. It may be one that stays: a run that is done again
    /// finds keys whose deletion is scheduled already.
    ///
    /// # Errors
    /// A text that names none, or several that could go.
    pub fn new(texts: &[String], plan: &Plan) -> Result<Self, Refusal> {
        let mut keys = Vec::new();
        for text in texts {
            let is_named = |id: &KeyId, arn: Option<&KeyArn>| {
                *text == id.name.to_string() || arn.is_some_and(|arn| *text == arn.to_string())
            };
            let known = plan.keys.iter().any(|step| {
                let found = step.live.as_ref().ok().and_then(Option::as_ref);
                is_named(&step.desired, found.map(Found::arn))
            });
            let named: Vec<(&KeyId, &KeyArn)> = plan
                .going_keys()
                .map(|(id, found)| (id, found.arn()))
                .filter(|(id, arn)| is_named(id, Some(arn)))
                .collect();
            match named.as_slice() {
                [] if known => {}
                [(id, arn)] => keys.push(((*id).clone(), (*arn).clone())),
                [] => {
                    return Err(Refusal::new(
                        format!("no key that these links alone use is named `{text}`"),
                        "`--dry-run` shows those that would be deleted, and why others stay",
                    ));
                }
                several => {
                    return Err(Refusal::new(
                        format!("`{text}` names {} keys that would be deleted", several.len()),
                        format!("give each by its ARN: {}", listed(several)),
                    ));
                }
            }
        }
        Ok(Self { keys })
    }

    /// Asks for the keys that were not typed yet; those that are not typed now stay.
    ///
    /// # Errors
    /// Nobody is there to type; or a signal. Nothing was changed then.
    pub fn ask(&self, plan: &mut Plan, context: &Context, days: i32) -> Result<(), anyhow::Error> {
        let all: Vec<(KeyId, KeyArn)> =
            plan.going_keys().map(|(id, found)| (id.clone(), found.arn().clone())).collect();
        for (id, arn) in all.into_iter().filter(|key| !self.keys.contains(key)) {
            let question = format!(
                "key {arn} in account {} and all that is under it is deleted in {days} days; type {} if that is meant:",
                id.account, id.name
            );
            match tokio::task::block_in_place(|| context.ui.ask_word(&question, &context.stop)) {
                Answer::Given(text) if text == id.name.to_string() => {}
                Answer::Given(_) => plan.keep_key(&id, "its name was not typed"),
                Answer::Interrupted => return Err(Interrupted.into()),
                Answer::Nobody => {
                    return Err(Refusal::new(
                        format!("key {arn} would be deleted, and there is no terminal to type its name at, so nothing was changed"),
                        format!("give it with `--typed {}`, or leave --delete-keys out", id.name),
                    )
                    .into());
                }
            }
        }
        Ok(())
    }
}

fn listed(keys: &[(&KeyId, &KeyArn)]) -> String {
    let name = |(id, arn): &(&KeyId, &KeyArn)| format!("`{}` ({arn}, account {})", id.name, id.account);
    keys.iter().map(name).collect::<Vec<_>>().join(", ")
}
