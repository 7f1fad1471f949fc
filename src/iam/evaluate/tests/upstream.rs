//! Agreement with a set of evaluation cases made by others, read in place where it lies beside the
//! repository (`../shared/iam-cases/iam-cases.json`, or what `IAM_CASES` names) and skipped where it
//! does not. No case is part of this repository: the set has a licence of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::super::*;
use crate::iam::Document;

/// Cases in which AWS's documentation says something else; `docs/evaluator.md` has the passages.
const DISPUTED: &[&str] = &["boundaryNotPrincipalDenyResource.json#0"];

fn path() -> PathBuf {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/iam-cases/iam-cases.json"));
    std::env::var_os("IAM_CASES").map_or_else(beside, PathBuf::from)
}

#[test]
fn agrees_with_the_cases_of_others() {
    let Ok(text) = std::fs::read_to_string(path()) else {
        println!("skipped: {} is not there", path().display());
        return;
    };
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut disagreements = Vec::new();
    for case in file["cases"].as_array().expect("cases") {
        let (id, kind) = (text_of(&case["id"]), text_of(&case["kind"]));
        let said = match kind.as_str() {
            "authorize" => authorize(case),
            "element" => element(case),
            "public-policy" => public_policy(case),
            other => panic!("{id}: unknown kind {other}"),
        };
        let count = counts.entry(kind).or_default();
        count.1 += 1;
        match said {
            None => count.0 += 1,
            Some(said) => disagreements.push((id, format!("expected {}, said {said}", case["expect"]))),
        }
    }
    for (kind, (agreed, all)) in &counts {
        println!("{kind}: {agreed} of {all}");
    }
    for (id, what) in &disagreements {
        println!("{id}: {what}");
    }
    disagreements.retain(|(id, _)| !DISPUTED.contains(&id.as_str()));
    assert!(disagreements.is_empty(), "{} disagreements that are not in the list", disagreements.len());
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn policy(value: &Value) -> Policy {
    Policy::new("case", Document::parse(&value.to_string()).expect("a document"))
}

fn policies(value: &Value) -> Vec<Policy> {
    value.as_array().into_iter().flatten().map(policy).collect()
}

fn one(value: &Value) -> Option<Policy> {
    (!value.is_null()).then(|| policy(value))
}

fn levels(value: &Value) -> Vec<Level> {
    let level =
        |level: &Value| Level { target: text_of(&level["target"]), policies: policies(&level["policies"]) };
    value.as_array().into_iter().flatten().map(level).collect()
}

fn request(value: &Value) -> Request {
    let principal = match value["principal"].as_str() {
        Some(text) => text.parse().expect("a principal"),
        None => Caller::Anonymous,
    };
    let mut context = Context::complete();
    for (key, seen) in value["context"].as_object().into_iter().flatten() {
        let seen = match seen {
            Value::Array(values) => Seen::Known(values.iter().map(text_of).collect()),
            one => Seen::one(text_of(one)),
        };
        context = context.with(key, seen);
    }
    Request {
        principal,
        action: text_of(&value["action"]),
        resource: text_of(&value["resource"]),
        resource_account: text_of(&value["resource_account"]),
        context,
    }
}

/// What we say, where that differs.
fn authorize(case: &Value) -> Option<String> {
    let policies = Policies {
        identity: policies(&case["identity_policies"]),
        boundary: policies(&case["permission_boundaries"]).into_iter().next(),
        session: one(&case["session_policy"]).into_iter().collect(),
        resource: one(&case["resource_policy"]),
        grants: Vec::new(),
        service_control: levels(&case["scps"]),
        resource_control: levels(&case["rcps"]),
        endpoint: policies(&case["endpoint_policies"]).into_iter().next(),
        restrict_public_buckets: case["s3_restrict_public_buckets"] == true,
    };
    let decision = decide(&request(&case["request"]), &policies);
    let verdict = format!("{:?}", decision.verdict);
    let mut sides: Vec<&str> = decision.blocked_by.iter().map(|side| short(*side)).collect();
    let expected = &case["expect"];
    let mut wanted: Vec<String> =
        expected["blocked_by"].as_array().into_iter().flatten().map(text_of).collect();
    sides.sort_unstable();
    wanted.sort_unstable();
    let same_sides = expected["blocked_by"].is_null() || sides == wanted;
    (expected["decision"] != verdict.as_str() || !same_sides).then(|| format!("{verdict} {sides:?}"))
}

fn short(side: Side) -> &'static str {
    match side {
        Side::ServiceControl => "scp",
        Side::ResourceControl => "rcp",
        Side::Endpoint => "vpce",
        Side::PublicAccessBlock => "s3-bpa",
        Side::Identity => "identity",
        Side::Resource => "resource",
        Side::Grant => "grant",
        Side::Boundary => "pb",
        Side::Session => "session",
    }
}

fn element(case: &Value) -> Option<String> {
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": [case["statement"]]});
    let policy = policy(&document);
    let level = |policy| vec![Level { target: "level".to_owned(), policies: vec![policy] }];
    let kind = case["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .find_map(|tag| tag.as_str()?.strip_prefix("policy-type:"));
    let principal = text_of(&case["element"]).ends_with("Principal");
    let mut policies = Policies::default();
    match kind {
        Some("session") => policies.session.push(policy),
        Some("pb") => policies.boundary = Some(policy),
        Some("scp") => policies.service_control = level(policy),
        Some("rcp") => policies.resource_control = level(policy),
        Some("vpce") => policies.endpoint = Some(policy),
        Some("resource") => policies.resource = Some(policy),
        _ if principal => policies.resource = Some(policy),
        _ => policies.identity.push(policy),
    }
    let decision = decide(&request(&case["request"]), &policies);
    let name = text_of(&case["element"]);
    let elements = decision.policies[0].statements[0].elements.iter();
    let of: Vec<_> = elements.filter(|e| e.element.as_str() == name).collect();
    let outcome = Match::all(of.iter().map(|e| e.outcome));
    let said = match (outcome, of.first().and_then(|e| e.strength)) {
        (Match::Match, Some(Strength::Account)) => "AccountLevelMatch",
        (Match::Match, Some(Strength::ThroughRole)) => "SessionRoleMatch",
        (Match::Match, Some(Strength::ThroughUser)) => "SessionUserMatch",
        (Match::Match, _) => "Match",
        (Match::NoMatch, _) => "NoMatch",
        (Match::CannotTell, _) => "CannotTell",
    };
    (case["expect"]["match"] != said).then(|| said.to_owned())
}

fn public_policy(case: &Value) -> Option<String> {
    let document = Document::parse(&case["policy"].to_string()).expect("a document");
    let said: Vec<usize> = public_statements(&document).into_iter().map(|index| index + 1).collect();
    let wanted: Vec<Value> = case["expect"]["statements"].as_array().cloned().unwrap_or_default();
    (Value::from(said.clone()) != Value::from(wanted)).then(|| format!("{said:?}"))
}
