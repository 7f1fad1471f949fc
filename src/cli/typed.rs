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
    /// What was typed has to name one key each that could go.
    ///
    /// # Errors
    /// A text that names none, or several.
    pub fn new<'a>(
        texts: &[String],
        going: impl Iterator<Item = (&'a KeyId, &'a Found)>,
    ) -> Result<Self, Refusal> {
        let going: Vec<(&KeyId, &KeyArn)> = going.map(|(id, found)| (id, found.arn())).collect();
        let mut keys = Vec::new();
        for text in texts {
            let named: Vec<_> = going
                .iter()
                .filter(|(id, arn)| *text == id.name.to_string() || *text == arn.to_string())
                .collect();
            match named.as_slice() {
                [(id, arn)] => keys.push(((*id).clone(), (*arn).clone())),
                [] => {
                    let hint = match going.is_empty() {
                        true => "no key would be deleted: `--dry-run` says why".to_owned(),
                        false => format!("keys that would be deleted: {}", listed(&going)),
                    };
                    return Err(Refusal::new(
                        format!("no key that would be deleted is named `{text}`"),
                        hint,
                    ));
                }
                several => {
                    let several: Vec<_> = several.iter().map(|(id, arn)| (*id, *arn)).collect();
                    return Err(Refusal::new(
                        format!("`{text}` names {} keys that would be deleted", several.len()),
                        format!("give each by its ARN: {}", listed(&several)),
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
