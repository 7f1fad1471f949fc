//! Puts into a finding what was asked and what answered.
//!
//! Deliberately absent: causes.

use crate::iam::evaluate::{ElementRecord, Match, Side, Verdict};

use super::super::finding::{Answered, Finding, StatementName};
use super::super::hearing::Heard;
use super::super::lack::{Lack, Place, is_action, is_principal, is_resource, lack};

/// The statement of the resource's side whose condition is not met.
pub(super) fn unmet(heard: &Heard) -> Option<Place<'_>> {
    match lack(&heard.decision, Side::Resource, |_| true) {
        Lack::Condition(place) => Some(place),
        _ => None,
    }
}

/// The finding with the request, and with the statement and element that decide.
pub(super) fn answer(mut finding: Finding, heard: &Heard, side: Side, place: Option<Place<'_>>) -> Finding {
    finding.asked = Some(heard.asked.clone());
    finding.answered = Some(Answered {
        side,
        denied: heard.verdict() == Verdict::ExplicitlyDenied,
        element: place.and_then(|place| missed(&place)).cloned(),
    });
    if let Some(place) = place {
        finding.statement = Some(StatementName::of(place.statement));
        finding.document = heard.papers.name(&place.policy.label).cloned().or(finding.document);
    }
    finding.aws_reason = finding.aws_reason.or(heard.step.aws_reason());
    finding
}

/// The element that keeps a statement from applying.
fn missed<'a>(place: &Place<'a>) -> Option<&'a ElementRecord> {
    let of = |wanted| place.element(wanted).filter(|record| record.outcome == Match::NoMatch);
    of(is_principal).or_else(|| of(is_action)).or_else(|| of(is_resource)).or_else(|| place.unmet())
}
