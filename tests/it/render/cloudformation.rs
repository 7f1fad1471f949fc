//! CloudFormation: in its last phase a template says what the JSON documents say; everything that it refers
//! to is in it. `cfn-lint`, where it is on the machine, knows the properties.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::{Value, json};

use super::{json_file, render, rich_world};
use crate::world::World;

const TEMPLATES: [&str; 3] = ["backup/us-east-1", "prod/ap-south-1", "prod/us-east-1"];

/// A template's functions carried out, as CloudFormation would in that phase.
struct Stack<'a> {
    template: &'a Value,
    phase: &'a str,
    /// The ARNs of keys, as all templates call these.
    keys: &'a BTreeMap<String, String>,
}

impl Stack<'_> {
    fn holds(&self, condition: &str) -> bool {
        let condition = &self.template["Conditions"][condition];
        assert!(condition.is_object(), "a condition that is not declared");
        let one = |condition: &Value| condition["Fn::Equals"][1] == self.phase;
        condition["Fn::Or"].as_array().map_or_else(|| one(condition), |many| many.iter().any(one))
    }

    fn key(&self, name: &str) -> Value {
        json!(self.keys.get(name).unwrap_or_else(|| panic!("a key called {name}")))
    }

    fn value(&self, value: &Value) -> Option<Value> {
        let declared =
            |what: &str, name: &str| assert!(self.template[what][name].is_object(), "{what}: {name}");
        Some(match value {
            Value::Array(items) => items.iter().filter_map(|item| self.value(item)).collect(),
            Value::Object(members) => {
                let function = members.iter().next().filter(|_| members.len() == 1);
                match function.map(|(name, argument)| (name.as_str(), argument)) {
                    Some(("Fn::If", choice)) => {
                        let condition = choice[0].as_str().expect("a condition");
                        return self.value(&choice[if self.holds(condition) { 1 } else { 2 }]);
                    }
                    Some(("Ref", name)) => match name.as_str().expect("a name") {
                        "AWS::NoValue" => return None,
                        name if name.ends_with("Arn") => {
                            declared("Parameters", name);
                            self.key(name.trim_end_matches("Arn"))
                        }
                        name => {
                            declared("Resources", name);
                            json!(name)
                        }
                    },
                    Some(("Fn::GetAtt", target)) => {
                        let name = target[0].as_str().expect("a name");
                        declared("Resources", name);
                        self.key(name)
                    }
                    Some(("Fn::Select", part)) => {
                        let parts = self.value(&part[1])?;
                        parts[part[0].as_u64().expect("a number") as usize].clone()
                    }
                    Some(("Fn::Split", parts)) => {
                        let text = self.value(&parts[1])?;
                        text.as_str()?.split(parts[0].as_str()?).map(Value::from).collect()
                    }
                    Some(("Fn::Join", parts)) => {
                        let texts = self.value(&parts[1])?;
                        let texts: Vec<&str> = texts.as_array()?.iter().filter_map(Value::as_str).collect();
                        json!(texts.join(parts[0].as_str()?))
                    }
                    _ => members.iter().filter_map(|(k, v)| Some((k.clone(), self.value(v)?))).collect(),
                }
            }
            other => other.clone(),
        })
    }

    /// The properties of resources of a type, in this phase.
    fn of(&self, kind: &str) -> Vec<Value> {
        let resources = self.template["Resources"].as_object().expect("resources");
        let there = |resource: &&Value| resource["Condition"].as_str().is_none_or(|c| self.holds(c));
        let of_kind = resources.values().filter(|resource| resource["Type"] == kind).filter(there);
        of_kind.filter_map(|resource| self.value(&resource["Properties"])).collect()
    }
}

/// The JSON documents of a kind, with the same ARNs in them.
fn documents(world: &World, arns: &BTreeMap<String, String>, kind: &str) -> BTreeSet<String> {
    let index = json_file(world, "json/index.json");
    let steps = index["steps"].as_array().expect("steps").iter();
    let files = steps.flat_map(|step| step["parameters"].as_object().expect("parameters").values());
    let files = files.filter_map(|value| value.as_str()?.strip_prefix("file://"));
    let of_kind = files.filter(|file| file.split('/').nth(1).is_some_and(|name| name.starts_with(kind)));
    of_kind
        .map(|file| {
            let text = json_file(world, &format!("json/{file}")).to_string();
            arns.iter().fold(text, |text, (placeholder, arn)| text.replace(placeholder, arn))
        })
        .collect()
}

#[test]
fn in_its_last_phase_it_says_what_the_documents_say() {
    let world = rich_world();
    render(&world, "json", "json");
    render(&world, "cloudformation", "cf");
    let key = |account: &str, region: &str, id: &str| format!("arn:aws:kms:{region}:{account}:key/{id}");
    let replica = key("111111111111", "us-east-1", "mrk-1");
    let all = [
        (
            "KeyBackupUsEast1AliasOrdersBackup",
            "KEY_backup_us_east_1_alias_orders_backup",
            key("222222222222", "us-east-1", "b"),
        ),
        (
            "KeyProdApSouth1AliasOrdersProd",
            "KEY_prod_ap_south_1_alias_orders_prod",
            key("111111111111", "ap-south-1", "mrk-1"),
        ),
        (
            "KeyProdApSouth1AliasOldOrders",
            "KEY_prod_ap_south_1_alias_old_orders",
            key("111111111111", "ap-south-1", "o"),
        ),
        ("KeyProdUsEast1AliasOrdersReplica", "KEY_prod_us_east_1_alias_orders_replica", replica),
    ];
    let keys: BTreeMap<String, String> =
        all.iter().map(|(name, _, arn)| ((*name).to_owned(), arn.clone())).collect();
    let arns: BTreeMap<String, String> =
        all.iter().map(|(_, name, arn)| (format!("${{{name}}}"), arn.clone())).collect();

    let templates: Vec<Value> =
        TEMPLATES.iter().map(|path| json_file(&world, &format!("cf/{path}.json"))).collect();
    let all_of = |phase: &str, kind: &str, property: &str| -> BTreeSet<String> {
        let stacks = templates.iter().map(|template| Stack { template, phase, keys: &keys });
        let resources = stacks.flat_map(|stack| stack.of(kind)).collect::<Vec<_>>();
        resources.iter().filter(|r| !r[property].is_null()).map(|r| r[property].to_string()).collect()
    };
    let mut key_policies = all_of("replicate", "AWS::KMS::Key", "KeyPolicy");
    key_policies.extend(all_of("replicate", "AWS::KMS::ReplicaKey", "KeyPolicy"));
    assert_eq!(key_policies, documents(&world, &arns, "key-policy"));
    for (kind, property, document) in [
        ("AWS::IAM::Role", "AssumeRolePolicyDocument", "trust-policy"),
        ("AWS::IAM::RolePolicy", "PolicyDocument", "role-policy"),
        ("AWS::S3::BucketPolicy", "PolicyDocument", "bucket-policy"),
    ] {
        assert_eq!(all_of("replicate", kind, property), documents(&world, &arns, document), "{kind}");
    }
    let renamed = |text: String| text.replace("\"Id\":", "\"ID\":").replace("TagFilter", "Tag");
    let rules: BTreeSet<String> =
        all_of("replicate", "AWS::S3::Bucket", "ReplicationConfiguration").into_iter().map(renamed).collect();
    assert_eq!(rules, documents(&world, &arns, "replication"));

    // Before, nothing is granted, and nothing replicates.
    for kind in ["AWS::IAM::RolePolicy", "AWS::S3::BucketPolicy"] {
        assert!(all_of("make", kind, "PolicyDocument").is_empty(), "{kind}");
    }
    assert!(
        !all_of("make", "AWS::KMS::Key", "KeyPolicy").iter().any(|policy| policy.contains("Bucketbridge"))
    );
    for phase in ["make", "grant"] {
        assert!(all_of(phase, "AWS::S3::Bucket", "ReplicationConfiguration").is_empty(), "{phase}");
    }
    // What a template refers to is in it.
    for template in &templates {
        for resource in template["Resources"].as_object().expect("resources").values() {
            let needs = resource["DependsOn"].as_str();
            assert!(needs.is_none_or(|name| template["Resources"][name].is_object()), "{needs:?}");
        }
    }
}

#[test]
fn cfn_lint_finds_no_error() {
    let lint = std::env::var("BUCKETBRIDGE_CFN_LINT").unwrap_or_else(|_| "cfn-lint".to_owned());
    if !Command::new(&lint).arg("--version").output().is_ok_and(|output| output.status.success()) {
        eprintln!("SKIPPED: there is no cfn-lint: the properties of the templates were NOT checked");
        return;
    }
    let world = rich_world();
    render(&world, "cloudformation", "cf");
    let paths = TEMPLATES.map(|path| world.path().join(format!("cf/{path}.json")));
    let output = Command::new(&lint)
        .args(["--non-zero-exit-code", "error", "--"])
        .args(paths)
        .output()
        .expect("cfn-lint");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
