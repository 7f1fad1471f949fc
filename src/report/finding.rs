//! A finding of the doctor in words: what is wrong and where, what S3 asks for, what the document
//! answers, what to paste.
//!
//! Statements to be pasted are code: never folded, never cut.

use serde_json::Value;

use super::doctor::severity;
use super::grid::optional;
use super::page::{Item, Line, Span, Tone};
use super::reasoning;
use crate::doctor::{Asked, Change, DocumentName, Finding, Fix};

pub const COLUMNS: &[&str] = &[
    "link",
    "rule",
    "source",
    "destination",
    "severity",
    "cause",
    "account",
    "resource",
    "document",
    "statement",
    "what",
    "asked",
    "answered",
    "aws_reason",
    "fix",
    "apply",
];

/// The cells of a finding, from `severity` on.
pub fn row(finding: &Finding) -> Vec<String> {
    let answered = finding.answered.as_ref().map(reasoning::answered);
    vec![
        severity(finding.severity).0.to_owned(),
        finding.cause.to_owned(),
        optional(&finding.account),
        finding.resource.clone(),
        optional(&finding.document.as_ref().map(document)),
        optional(&finding.statement),
        finding.what.clone(),
        optional(&finding.asked.as_ref().map(|asked| format!("{} on {}", asked.action, asked.resource))),
        optional(&answered),
        optional(&finding.aws_reason),
        optional(&finding.fix.as_ref().map(|fix| fix.text.clone())),
        optional(&finding.fix.as_ref().map(|fix| fix.apply)),
    ]
}

/// As an entry of a list; `mapped`: it is about a link of a profile map.
pub fn item(finding: &Finding, mapped: bool) -> Item {
    let (severity, tone) = severity(finding.severity);
    let mut below = vec![Line::new("", &finding.what, Tone::Plain)];
    below.extend(place(finding));
    if let Some(asked) = &finding.asked {
        below.extend(asked_for(asked));
    }
    if let Some(answered) = &finding.answered {
        below.extend(reasoning::answer(answered));
    }
    below.extend(finding.aws_reason.map(|reason| Line::new("S3 reports:", reason, Tone::Faint)));
    if let Some(fix) = &finding.fix {
        below.extend(cure(fix, finding.document.as_ref()));
        let apply = match fix.apply {
            true => "`bucketbridge apply` does it",
            false => "`bucketbridge apply` does not do it",
        };
        below.extend(mapped.then(|| Line::new("apply:", apply, Tone::Faint)));
    }
    Item { words: vec![Span::toned(severity, tone), Span::name(finding.cause)], below }
}

/// In which account, which document, which statement: each on its own line, since each is to be found.
fn place(finding: &Finding) -> Vec<Line> {
    let what = finding.document.as_ref().map_or_else(|| finding.resource.clone(), document);
    let statement = finding.statement.as_ref().map(|name| format!("statement {name}"));
    let account = finding.account.as_ref().map(|id| format!("account {id}"));
    let mut parts = [account, Some(what), statement].into_iter().flatten();
    let first = parts.next().map(|part| Line::new("where:", part, Tone::Faint));
    first.into_iter().chain(parts.map(|part| Line::new("", part, Tone::Faint).at(1))).collect()
}

fn asked_for(asked: &Asked) -> Vec<Line> {
    let detail = |label, text: &str| Line::new(label, text, Tone::Faint).at(1);
    let mut lines = vec![
        Line::new("S3 asks for:", &asked.action, Tone::Faint),
        detail("on", &asked.resource),
        detail("as", &asked.principal),
    ];
    // Of all that is known of a request, what a person would put into a statement.
    let telling = |key: &str| key == "kms:ViaService" || key.starts_with("kms:EncryptionContext:");
    let keys = asked.context.iter().filter(|(key, _)| telling(key));
    lines.extend(keys.map(|(key, values)| detail("with", &format!("{key} = {}", values.join(", ")))));
    lines
}

/// `own`: the document that the finding is about, which need not be named again.
fn cure(fix: &Fix, own: Option<&DocumentName>) -> Vec<Line> {
    let mut lines = vec![Line::new("fix:", &fix.text, Tone::Change)];
    for change in &fix.changes {
        let (text, code) = words(change, own);
        // What the cure as a whole has said already.
        if !text.is_empty() {
            lines.push(Line::new("", text, Tone::Plain).at(1));
        }
        lines.extend(code.map(|code| Line::code(pretty(code)).at(1)));
    }
    if let Some(command) = &fix.command {
        lines.push(Line::new("", "or run:", Tone::Plain).at(1));
        lines.push(Line::code(command).at(1));
    }
    lines
}

fn pretty(value: &Value) -> String {
    format!("{value:#}")
}

/// A document as a phrase.
pub fn document(name: &DocumentName) -> String {
    match name {
        DocumentName::RolePolicy { role, policy } => format!("inline policy {policy} of role {role}"),
        DocumentName::AttachedPolicy { role, policy } => format!("policy {policy}, attached to role {role}"),
        DocumentName::PermissionsBoundary { role, policy } => {
            format!("policy {policy}, the permissions boundary of role {role}")
        }
        DocumentName::TrustPolicy { role } => format!("trust policy of role {role}"),
        DocumentName::BucketPolicy { bucket } => format!("policy of bucket {bucket}"),
        DocumentName::KeyPolicy { key } => format!("policy of key {key}"),
        DocumentName::KeyGrants { key } => format!("grants of key {key}"),
        DocumentName::Replication { bucket } => format!("replication configuration of bucket {bucket}"),
    }
}

/// What to do, and what to paste.
fn words<'a>(change: &'a Change, own: Option<&DocumentName>) -> (String, Option<&'a Value>) {
    let of = |name: &DocumentName| match own == Some(name) {
        true => String::new(),
        false => format!(" of the {}", document(name)),
    };
    match change {
        Change::AddStatement { document: name, statement } => {
            let text =
                if own == Some(name) { String::new() } else { format!("add to the {}:", document(name)) };
            (text, Some(statement))
        }
        Change::ReplaceStatement { document: name, index, statement } => {
            let text = format!("in the place of statement number {}{}, put:", index + 1, of(name));
            (text, Some(statement))
        }
        Change::RemoveStatement { document: name, index } => {
            (format!("take out statement number {}{}", index + 1, of(name)), None)
        }
        Change::SetRuleElement { bucket, rule, path, value } => {
            let place =
                format!("rule number {} of the replication configuration of bucket {bucket}", rule + 1);
            let path = path.replace('/', ".");
            match value {
                Some(value) => (format!("in {place}, set {path} to {value}"), None),
                None => (format!("in {place}, take out {path}"), None),
            }
        }
        Change::SetReplicationRole { bucket, role } => {
            (format!("in the replication configuration of bucket {bucket}, set Role to {role}"), None)
        }
        Change::SetBucket { bucket, setting, value } => {
            (format!("set {} of bucket {bucket} to {value}", setting.replace('-', " ")), None)
        }
        Change::EnableKey { key } => (format!("enable key {key}"), None),
        Change::CreateBucket { bucket, account, region } => {
            let account = account.as_ref().map(|id| format!(" in account {id}")).unwrap_or_default();
            let region = region.as_ref().map(|region| format!(", Region {region}")).unwrap_or_default();
            (format!("make bucket {bucket}{account}{region}, with versioning"), None)
        }
        Change::CreateKey { key, policy } => {
            let text =
                "make a customer managed key with this policy, and write its ARN wherever this one stands";
            (format!("{text}: {key}"), Some(policy))
        }
        Change::CreateRole { role, trust } => {
            (format!("make role {role} with this trust policy:"), Some(trust))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_name_of_a_key_that_is_to_be_made_is_said_to_be_filled_in() {
        let key = "arn:aws:kms:us-east-1:222222222222:key/00000000-0000-0000-0000-000000000000";
        let change = Change::CreateKey { key: key.to_owned(), policy: json!({}) };
        let (text, code) = words(&change, None);
        assert!(text.contains("write its ARN wherever this one stands") && text.ends_with(key), "{text}");
        assert_eq!(code, Some(&json!({})));
    }
}
