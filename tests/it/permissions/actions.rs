//! Every action, condition key and resource form of the table exists in AWS's own reference.
//!
//! The catalogue lies beside the workspace; nothing in the project needs it.

use std::path::Path;

use bucketbridge::operation::table::rows;
use serde_json::Value;

use crate::crash::say;
use crate::world::{World, one_link};

use super::{policies, statements};

fn catalogue(service: &str, part: &str) -> Option<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/iam-actions");
    let text = std::fs::read_to_string(folder.join(format!("{service}{part}.json"))).ok()?;
    Some(serde_json::from_str(&text).expect("JSON"))
}

#[test]
fn every_action_exists() {
    let mut count = 0;
    for need in rows().flat_map(|row| row.needs) {
        let (service, name) = need.action.split_once(':').expect("an action");
        let Some(actions) = catalogue(service, "") else {
            return say("skipped: ../shared/iam-actions is not there");
        };
        let known = &actions[name.to_ascii_lowercase()]["name"];
        assert_eq!(known, name, "{} does not exist", need.action);
        count += 1;
    }
    say(&format!("{count} needs of the table name actions that exist"));
}

/// A condition on a key that an action does not know allows nothing, or everything.
#[test]
fn every_condition_key_fits_its_action() {
    let world = World::of(&format!(
        "{}\n[keys.\"alias/orders-prod\"]\nmulti_region = true\n\n[roles]\npermissions_boundary = \"arn:aws:iam::111111111111:policy/B\"\n",
        one_link()
    ));
    let all = ["prod", "backup"]
        .map(|account| policies(&world, account, &["--variants", "--object", "--delete-keys", "--orphans"]));
    let mut count = 0;
    for statement in all.iter().flat_map(|policies| statements(policies)) {
        let conditions = statement["Condition"].as_object().into_iter().flatten();
        let keys: Vec<&String> =
            conditions.flat_map(|(_, keys)| keys.as_object().expect("keys").keys()).collect();
        for action in statement["Action"].as_array().expect("actions") {
            let (service, name) = action.as_str().and_then(|a| a.split_once(':')).expect("an action");
            let Some(actions) = catalogue(service, "") else {
                return say("skipped: ../shared/iam-actions is not there");
            };
            let action = &actions[name.to_ascii_lowercase()];
            let of_resource = action["resourceTypes"].as_array().expect("types");
            let known = of_resource.iter().map(|of| &of["conditionKeys"]).chain([&action["conditionKeys"]]);
            let known: Vec<&str> =
                known.flat_map(|keys| keys.as_array().expect("keys")).filter_map(Value::as_str).collect();
            for key in &keys {
                let is = |known: &&str| {
                    let stem = known.split("${").next().unwrap_or(known);
                    *known == key.as_str() || known.contains("${") && key.starts_with(stem)
                };
                // What hangs on every key, whatever is done with it
                // (<https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html>).
                let of_keys = ["aws:ResourceTag/bucketbridge", "kms:ResourceAliases"];
                let of_key = service == "kms" && !of_resource.is_empty() && of_keys.contains(&key.as_str());
                assert!(of_key || known.iter().any(is), "{service}:{name} does not know {key}");
                count += 1;
            }
            let wants_star = of_resource.is_empty();
            assert!(!wants_star || statement["Resource"] == "*", "{service}:{name} knows no resources");
        }
    }
    say(&format!("{count} condition keys fit their actions"));
}
