//! The evaluator's explanations in words: which element of which statement does not match, and why.
//!
//! The only place where they become words. Deliberately absent: deciding anything.

use super::page::{Item, Line, Span, Tone};
use crate::doctor::{Answered, JudgedRequest};
use crate::iam::evaluate::{
    Effect, Element, ElementRecord, GrantRecord, Match, Note, PolicyRecord, Seen, Side, StatementRecord,
    Verdict,
};

/// What the documents answer, in a sentence.
pub fn answered(answered: &Answered) -> String {
    let element = answered.element.as_ref().map(|record| format!(": {}", element(record)));
    format!("{}{}", verdict(answered), element.unwrap_or_default())
}

/// The same as lines.
pub fn answer(answered: &Answered) -> Vec<Line> {
    let element = answered.element.as_ref().map(|record| Line::new("", element(record), Tone::Faint).at(1));
    let colon = if element.is_some() { ":" } else { "" };
    let first = Line::new("answer:", format!("{}{colon}", verdict(answered)), Tone::Faint);
    std::iter::once(first).chain(element).collect()
}

fn verdict(answered: &Answered) -> String {
    let side = side(answered.side);
    match (answered.denied, &answered.element) {
        (true, _) => format!("{side}: denied"),
        (false, None) => format!("{side}: not allowed"),
        (false, Some(_)) => format!("{side}: not allowed; of the nearest statement"),
    }
}

/// A request with the whole reasoning: every statement, element by element.
pub fn request(request: &JudgedRequest) -> Item {
    let JudgedRequest { step, asked, decision } = request;
    let (said, tone) = match decision.verdict {
        Verdict::Allowed => ("allowed", Tone::Good),
        Verdict::ImplicitlyDenied => ("not allowed", Tone::Bad),
        Verdict::ExplicitlyDenied => ("denied", Tone::Bad),
        Verdict::CannotTell => ("unknown", Tone::Bad),
    };
    let faint = |label, text: String| Line::new(label, text, Tone::Faint);
    let mut below = vec![faint("on", asked.resource.clone()), faint("as", asked.principal.clone())];
    if !decision.blocked_by.is_empty() {
        let sides: Vec<&str> = decision.blocked_by.iter().map(|s| side(*s)).collect();
        below.push(Line::new("stopped by:", sides.join(", "), tone));
    }
    for policy in &decision.policies {
        below.extend(policy_lines(policy));
    }
    below.extend(decision.grants.iter().map(grant_line));
    let words = vec![Span::toned(said, tone), Span::name(&asked.action), Span::word(format!("to {step}"))];
    Item { words, below }
}

fn policy_lines(policy: &PolicyRecord) -> Vec<Line> {
    let title = match (policy.known, policy.statements.is_empty()) {
        (false, _) => format!("{}: it could not be read", policy.label),
        (true, true) => format!("{}: no statements", policy.label),
        (true, false) => policy.label.clone(),
    };
    let mut lines = vec![Line::new("policy:", title, Tone::Plain)];
    for statement in &policy.statements {
        lines.push(Line::new("", applies(statement), Tone::Plain).at(1));
        lines.extend(statement.elements.iter().map(|record| {
            let label = match record.outcome {
                Match::Match => "=",
                Match::NoMatch => "!",
                Match::CannotTell => "?",
            };
            Line::new(label, element(record), Tone::Faint).at(2)
        }));
    }
    lines
}

fn grant_line(grant: &GrantRecord) -> Line {
    let parts =
        [("grantee", grant.grantee), ("operation", grant.operation), ("constraint", grant.constraint)];
    let parts: Vec<String> = parts.iter().map(|(name, part)| format!("{name} {}", matches(*part))).collect();
    let text = format!("{}: {} ({})", grant.label, outcome(grant.outcome()), parts.join(", "));
    Line::new("grant:", text, Tone::Plain)
}

fn outcome(outcome: Match) -> &'static str {
    match outcome {
        Match::Match => "applies",
        Match::NoMatch => "does not apply",
        Match::CannotTell => "cannot be told",
    }
}

fn matches(outcome: Match) -> &'static str {
    match outcome {
        Match::Match => "matches",
        Match::NoMatch => "does not match",
        Match::CannotTell => "may match",
    }
}

fn applies(statement: &StatementRecord) -> String {
    let name = statement.sid.clone().unwrap_or_else(|| format!("number {}", statement.index + 1));
    let effect = match statement.effect {
        Some(Effect::Allow) => "Allow",
        Some(Effect::Deny) => "Deny",
        None => "effect unreadable",
    };
    format!("statement {name} ({effect}): {}", outcome(statement.outcome))
}

/// How an element compares with the request.
pub fn element(record: &ElementRecord) -> String {
    let name = match (&record.operator, &record.key) {
        (Some(operator), Some(key)) => format!("{} {operator} {key}", record.element.as_str()),
        _ => record.element.as_str().to_owned(),
    };
    let wanted = if record.wanted.is_empty() { "nothing".to_owned() } else { record.wanted.join(", ") };
    let verb = if record.element == Element::Condition { "wants" } else { "lists" };
    let answer = match (record.outcome, &record.seen) {
        (Match::CannotTell, Seen::Unknown) => "what the request has is not known".to_owned(),
        (outcome, Seen::Known(values)) if !values.is_empty() => {
            format!("{} {}", matches(outcome), values.join(", "))
        }
        (outcome, Seen::Known(_) | Seen::Absent) => format!("the request has none: {}", matches(outcome)),
        (outcome, Seen::Unknown) => format!("whatever the request has: {}", matches(outcome)),
    };
    let notes: String = record.notes.iter().map(|n| format!("; {}", note(n))).collect();
    format!("{name} {verb} {wanted}: {answer}{notes}")
}

fn note(note: &Note) -> String {
    match note {
        Note::DeletedPrincipal(id) => format!("{id} is the id of a principal that was deleted"),
        Note::FormsNotListed(forms) => format!("it would have to list {} too", forms.join(", ")),
        Note::BoundaryDefeatsNotPrincipal => {
            "NotPrincipal with Deny hits every role that has a permissions boundary".to_owned()
        }
        Note::CanonicalUserUnknown(id) => format!("whose canonical user id {id} is, is not known"),
        Note::IssuerUnknown => "which user made the session is not known".to_owned(),
        Note::VariableWithoutValue(name) => format!("variable {name} has no value in this request"),
        Note::VariableUnknown(name) => format!("the value of variable {name} is not known"),
        Note::SeveralValues => {
            "the request has several values, and no set operator says how they count".to_owned()
        }
        Note::IncompleteArn => "a pattern of an ARN has six fields".to_owned(),
    }
}

/// A side as a phrase.
fn side(side: Side) -> &'static str {
    match side {
        Side::ServiceControl => "service control policies",
        Side::ResourceControl => "resource control policies",
        Side::Endpoint => "policy of the VPC endpoint",
        Side::PublicAccessBlock => "bucket's Block Public Access",
        Side::Identity => "policies of the role",
        Side::Resource => "policy of the resource",
        Side::Grant => "grants of the key",
        Side::Boundary => "permissions boundary of the role",
        Side::Session => "policy of the session",
    }
}
