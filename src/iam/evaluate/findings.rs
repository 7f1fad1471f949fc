//! What AWS would refuse in a document, and what can never do what it seems to.
//!
//! Deliberately absent: which actions and condition keys exist, and advice.

use serde::Serialize;

use super::super::document::Document;
use super::super::unique_id::is_unique_id;
use super::problem::{Element, Problem};
use super::side::Side;
use super::statement::{Effect, PrincipalType, Statement};
use super::target::{early_variable, is_arn, wildcard_in_type};

/// A problem and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The statement, from 0; none for what concerns the document.
    pub statement: Option<usize>,
    /// Its Sid.
    pub sid: Option<String>,
    /// What is wrong.
    #[serde(flatten)]
    pub problem: Problem,
}

/// All that is wrong with a document of this side.
pub fn findings(document: &Document, side: Side) -> Vec<Finding> {
    let mut findings = Vec::new();
    let version = document.version();
    if let Some(version) = version.filter(|v| !matches!(*v, "2012-10-17" | "2008-10-17")) {
        let problem = Problem::UnknownVersion(version.to_owned());
        findings.push(Finding { statement: None, sid: None, problem });
    }
    let mut sids: Vec<&str> = Vec::new();
    for (index, value) in document.statements().iter().enumerate() {
        let mut statement = Statement::read(value, side);
        let mut problems = std::mem::take(&mut statement.problems);
        problems.extend(principals(&statement));
        problems.extend(actions(&statement));
        problems.extend(resources(&statement));
        if statement.resource.is_none()
            && !problems.contains(&Problem::Missing(Element::Resource))
            && !is_trust(&statement)
        {
            problems.push(Problem::Missing(Element::Resource));
        }
        if version != Some("2012-10-17") {
            problems.extend(variables(&statement));
        }
        if let Some(sid) = statement.sid.filter(|sid| !sid.is_empty()) {
            if sids.contains(&sid) {
                problems.push(Problem::DuplicateSid(sid.to_owned()));
            }
            sids.push(sid);
        }
        let sid = statement.sid.map(str::to_owned);
        let place = |problem| Finding { statement: Some(index), sid: sid.clone(), problem };
        findings.extend(problems.into_iter().map(place));
    }
    findings
}

fn principals(statement: &Statement<'_>) -> Vec<Problem> {
    let Some(listed) = &statement.principal else { return Vec::new() };
    let mut problems = Vec::new();
    if listed.element == Element::NotPrincipal && statement.effect == Some(Effect::Deny) {
        problems.push(Problem::DenyNotPrincipal);
    }
    for (kind, text) in &listed.entries {
        if is_unique_id(text) {
            problems.push(Problem::DeletedPrincipal(text.clone()));
        } else if *kind == PrincipalType::Aws && !is_principal(text) {
            problems.push(Problem::MalformedPrincipal(text.clone()));
        }
    }
    problems
}

/// An account, or the ARN of a principal. Wildcards cannot stand for a part of either.
fn is_principal(text: &str) -> bool {
    let is_account = |id: &str| id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit());
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    match fields[..] {
        [account] => is_account(account),
        // CloudFront's identities have an account of this name.
        ["arn", _, "iam" | "sts", "", account, resource] => {
            let kinds = ["root", "user/", "role/", "assumed-role/", "federated-user/"];
            (is_account(account) || account == "cloudfront")
                && kinds.iter().any(|kind| resource.starts_with(kind))
                && !resource.contains(['*', '?'])
        }
        _ => false,
    }
}

fn actions(statement: &Statement<'_>) -> Vec<Problem> {
    let listed = statement.action.iter().flat_map(|listed| &listed.entries);
    listed.filter(|text| !is_action(text)).map(|text| Problem::MalformedAction(text.clone())).collect()
}

/// `*`, or `service:Name` with wildcards in the name.
fn is_action(text: &str) -> bool {
    let word = |text: &str, also: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(c))
    };
    text == "*"
        || text
            .split_once(':')
            .is_some_and(|(service, name)| (word(service, "-") || service == "*") && word(name, "*?"))
}

fn resources(statement: &Statement<'_>) -> Vec<Problem> {
    let listed = statement.resource.iter().flat_map(|listed| &listed.entries);
    let problem = |text: &String| {
        let of: fn(String) -> Problem = if text == "*" {
            return None;
        } else if !is_arn(text) {
            Problem::ResourceNotArn
        } else if early_variable(text) {
            Problem::VariableBeforeResource
        } else if text.splitn(6, ':').count() < 6 {
            Problem::IncompleteArn
        } else if wildcard_in_type(text) {
            Problem::WildcardInResourceType
        } else if is_alias_of_key(text, statement) {
            Problem::AliasArn
        } else {
            return None;
        };
        Some(of(text.clone()))
    };
    listed.filter_map(problem).collect()
}

/// A trust policy is about its own role, so it names no resource.
fn is_trust(statement: &Statement<'_>) -> bool {
    let mut actions = statement.action.iter().flat_map(|listed| &listed.entries);
    actions.all(|action| action.to_ascii_lowercase().starts_with("sts:"))
}

/// Operations on aliases name the alias itself; all others name the key.
fn is_alias_of_key(resource: &str, statement: &Statement<'_>) -> bool {
    let fields: Vec<&str> = resource.splitn(6, ':').collect();
    let [_, _, "kms", _, _, named] = fields[..] else { return false };
    let of_aliases = |action: &String| {
        let action = action.to_ascii_lowercase();
        ["alias", "*"].iter().any(|word| action.contains(word))
    };
    let listed = statement.action.as_ref();
    named.starts_with("alias/") && listed.is_some_and(|listed| !listed.entries.iter().any(of_aliases))
}

fn variables(statement: &Statement<'_>) -> Vec<Problem> {
    let resources = statement.resource.iter().flat_map(|listed| &listed.entries);
    let values = statement.tests.iter().flat_map(|test| &test.wanted);
    let variable = |text: &&String| text.contains("${");
    resources.chain(values).filter(variable).map(|t| Problem::VariableInOldVersion(t.clone())).collect()
}
