//! The authorization adapter over a large set of evaluation cases, where that
//! set is present: beside the workspace, not in it. It is measured with and
//! never copied from.
//!
//! What the sandbox has no part for (organizations' policies, endpoint
//! policies, nobody's requests) is counted apart.

use std::collections::BTreeMap;
use std::path::Path;

use bucketbridge_sandbox::authority::document::Document;
use bucketbridge_sandbox::authority::judgement::{Identity, Judgement, Resource, judge};
use bucketbridge_sandbox::authority::lacking::lacking;
use bucketbridge_sandbox::authority::principal::Grip;
use bucketbridge_sandbox::authority::{Ask, Caller};
use bucketbridge_sandbox::checks::public_policy::public_statements;
use fakecloud_core::auth::{ConditionContext, Principal, PrincipalType};
use fakecloud_iam::IamRole;
use fakecloud_iam::evaluator::PolicyDocument;
use serde_json::Value;

/// Beside the workspace.
const CASES: &str = "shared/iam-cases/iam-cases.json";

/// Percent of the cases within the sandbox's scope that have to agree.
const FLOOR: usize = 95;

#[test]
fn the_adapter_decides_as_the_cases_do() {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("a workspace");
    let path = beside.join(CASES);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let whole: Value = serde_json::from_str(&text).expect("the cases are JSON");
    let mut tally: BTreeMap<&str, (usize, usize, usize)> = BTreeMap::new();
    for case in whole["cases"].as_array().expect("cases") {
        let kind = case["kind"].as_str().expect("a kind");
        let entry = tally.entry(kind).or_default();
        let (got, wanted) = match kind {
            "authorize" => match decision(case) {
                Some(decision) => (decision, text_of(&case["expect"]["decision"])),
                None => {
                    entry.2 += 1;
                    continue;
                }
            },
            "element" => (element(case), text_of(&case["expect"]["match"])),
            _ => {
                let statements = public_statements(&case["policy"].to_string());
                (format!("{statements:?}").replace(' ', ""), case["expect"]["statements"].to_string())
            }
        };
        entry.1 += 1;
        if got == wanted {
            entry.0 += 1;
        } else {
            println!(
                "otherwise: {} {}: {wanted} expected, but {got}",
                text_of(&case["id"]),
                text_of(&case["name"])
            );
        }
    }
    for (kind, (agreed, asked, outside)) in &tally {
        println!("{kind}: {agreed} of {asked} agree, {outside} are out of scope");
        assert!(agreed * 100 >= asked * FLOOR, "too many {kind} cases are decided otherwise");
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// `None` if the case needs what the sandbox has no part for.
fn decision(case: &Value) -> Option<String> {
    let outside = ["scps", "rcps", "endpoint_policies"];
    if outside.iter().any(|layer| !list(&case[*layer]).is_empty()) {
        return None;
    }
    let request = &case["request"];
    let caller = caller(request["principal"].as_str()?, !list(&case["permission_boundaries"]).is_empty());
    let documents = |value: &Value| list(value).iter().map(PolicyDocument::from_value).collect::<Vec<_>>();
    let boundaries = documents(&case["permission_boundaries"]);
    let identity = Identity {
        policies: documents(&case["identity_policies"]),
        boundary: (!boundaries.is_empty()).then_some(boundaries),
        session: (!case["session_policy"].is_null())
            .then(|| vec![PolicyDocument::from_value(&case["session_policy"])]),
    };
    let action = text_of(&request["action"]);
    let resource = text_of(&request["resource"]);
    let owner = text_of(&request["resource_account"]);
    let policy = &case["resource_policy"];
    if case["s3_restrict_public_buckets"] == true
        && owner != caller.account()
        && !public_statements(&policy.to_string()).is_empty()
    {
        return Some("ImplicitlyDenied".to_owned());
    }
    let mandatory = (action.starts_with("kms:") && resource != "*") || action.starts_with("sts:AssumeRole");
    let document = (!policy.is_null()).then(|| Document::parse(&policy.to_string()));
    let target =
        Resource { owner: &owner, policy: document.as_ref(), policy_is_mandatory: mandatory, grants: &[] };
    let ask = Ask { action: &action, resource: &resource, context: context(&request["context"]) };
    Some(
        match judge(&caller, &identity, &target, &ask) {
            Judgement::Allowed => "Allowed",
            Judgement::Denied { explicit: true, .. } => "ExplicitlyDenied",
            Judgement::Denied { explicit: false, .. } => "ImplicitlyDenied",
        }
        .to_owned(),
    )
}

fn element(case: &Value) -> String {
    let statement = serde_json::json!({"Version": "2012-10-17", "Statement": [case["statement"]]});
    let document = Document::parse(&statement.to_string());
    let request = &case["request"];
    let caller = caller(request["principal"].as_str().unwrap_or_default(), false);
    let Some(statement) = document.statements.first() else {
        return "NoMatch".to_owned();
    };
    if text_of(&case["element"]).ends_with("Principal") {
        return match statement.names(&caller) {
            None => "NoMatch",
            Some(Grip::Account) => "AccountLevelMatch",
            Some(Grip::Role) => "SessionRoleMatch",
            Some(Grip::Anyone | Grip::Itself) => "Match",
        }
        .to_owned();
    }
    let or = |field: &str, other: &str| match text_of(&request[field]) {
        text if text.is_empty() => other.to_owned(),
        text => text,
    };
    let (action, resource) = (or("action", "s3:GetObject"), or("resource", "arn:aws:s3:::b/k"));
    let ask = Ask { action: &action, resource: &resource, context: context(&request["context"]) };
    if statement.covers(&caller.principal, &ask) { "Match" } else { "NoMatch" }.to_owned()
}

fn context(keys: &Value) -> ConditionContext {
    let mut context = ConditionContext { service_keys: lacking(), ..ConditionContext::default() };
    for (key, value) in keys.as_object().into_iter().flatten() {
        let values = match value {
            Value::Array(list) => list.iter().map(text_of).collect(),
            one => vec![text_of(one)],
        };
        let name = match key.split_once('/') {
            Some((prefix, tag)) => format!("{}/{tag}", prefix.to_ascii_lowercase()),
            None => key.to_ascii_lowercase(),
        };
        context.service_keys.insert(name, values);
    }
    context
}

fn caller(arn: &str, has_boundary: bool) -> Caller {
    let account = arn.split(':').nth(4).unwrap_or_default();
    if !arn.starts_with("arn:") {
        return Caller::service(arn);
    }
    let resource = arn.split(':').nth(5).unwrap_or_default();
    let name = resource.rsplit('/').next().unwrap_or_default();
    let role = |arn: &str, name: &str| IamRole {
        role_name: name.to_owned(),
        role_id: "AROAROLE".to_owned(),
        arn: arn.to_owned(),
        path: "/".to_owned(),
        assume_role_policy_document: String::new(),
        created_at: chrono::Utc::now(),
        description: None,
        max_session_duration: 3600,
        tags: Vec::new(),
        permissions_boundary: has_boundary.then(|| "boundary".to_owned()),
    };
    if resource.starts_with("role/") {
        return Caller::session_of(&role(arn, name), account, "session");
    }
    if let Some(rest) = resource.strip_prefix("assumed-role/") {
        let (of, session) = rest.split_once('/').unwrap_or((rest, ""));
        let arn = format!("arn:aws:iam::{account}:role/{of}");
        return Caller::session_of(&role(&arn, of), account, session);
    }
    let mut caller = Caller::service("");
    caller.service = None;
    caller.principal = Principal {
        arn: arn.to_owned(),
        user_id: "AIDAUSER".to_owned(),
        account_id: account.to_owned(),
        principal_type: if resource == "root" { PrincipalType::Root } else { PrincipalType::User },
        source_identity: None,
        tags: None,
    };
    caller
}
