//! Things that the map names and does not manage (`manage = false`): read, checked, never written.
//!
//! Deliberately absent: which things these are. The topology says so, and [`crate::plan`] asks it.

use super::{Action, Change, Step, Stop};

/// The step as it may be done without a write: kept where nothing is lacking, and stopped otherwise. An
/// apply works on a step only if it is neither.
///
/// `owner` is whom to give what is lacking to.
pub fn hands_off<D, L>(mut step: Step<D, L>, owner: &str) -> Step<D, L> {
    step.live = match step.live {
        Err(stop) => Err(stop),
        Ok(Some(live)) if step.change.action == Action::Keep => Ok(Some(live)),
        Ok(_) => Err(Stop::new(
            format!(
                "{} is not as wanted ({}), and its entry says `manage = false`",
                step.change.id,
                fields(&step.change)
            ),
            format!("give what the plan shows of it to {owner}, and run the command again when it is done"),
        )),
    };
    step
}

/// What differs, in a few words.
fn fields(change: &Change) -> String {
    match change.details.as_slice() {
        [one, _, rest @ ..] => format!("{} and {} more", one.field, rest.len() + 1),
        few => few.iter().map(|difference| difference.field.as_str()).collect(),
    }
}
