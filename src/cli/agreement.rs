//! A plan is shown and agreed to before anything is written.

use crate::report::count::plural;
use crate::report::{Format, PlanReport, Report, render};
use crate::ui::Answer;

use super::Context;
use super::refusal::{Interrupted, Refusal};

/// The plan is conversation here. `-q` silences it unless somebody has to agree to it.
pub fn show(planned: &PlanReport, yes: bool, context: &Context) {
    if !(context.options.quiet && yes) {
        let text = render(&Report::Plan(planned.clone()), Format::Table, context.ui.aside());
        context.ui.show(&format!("{text}\n"));
    }
}

/// Whether a person agrees; `verb` is what would be done.
///
/// # Errors
/// Nobody is there to be asked; a signal.
pub fn agreed(planned: &PlanReport, verb: &str, yes: bool, context: &Context) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    let changes = match planned.writes() {
        1 => "this change".to_owned(),
        n => format!("these {n} changes"),
    };
    let question = format!("{verb} {changes} in {}?", plural(planned.written_accounts(), "account"));
    match tokio::task::block_in_place(|| context.ui.confirm(&question, &context.stop)) {
        Answer::Given(yes) => Ok(yes),
        Answer::Interrupted => Err(Interrupted.into()),
        Answer::Nobody => Err(Refusal::new(
            "there is no terminal to ask at, so nothing was changed",
            format!("pass --yes to {verb} without being asked"),
        )
        .into()),
    }
}
