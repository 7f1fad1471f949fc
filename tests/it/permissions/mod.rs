//! `permissions`: what it prints is enough for every command, nothing in it is idle, its actions exist, and
//! docs/permissions.md says the same.

mod actions;
mod enough;
mod narrow;
mod output;
mod page;
mod scenarios;
mod taken;
mod trust;

use serde_json::Value;

use crate::world::World;

/// The accounts of a world.
const ACCOUNTS: [&str; 3] = ["prod", "backup", "archive"];

/// The policies that `permissions` prints for an account of the world's map; none if it needs none.
#[track_caller]
fn policies(world: &World, account: &str, more: &[&str]) -> Vec<Value> {
    let ran = world.run(&[&["permissions", "--account", account], more].concat()).ended(0);
    match ran.stdout.as_str() {
        "" => Vec::new(),
        _ => match ran.json() {
            Value::Array(several) => several,
            one => vec![one],
        },
    }
}

/// The statements of some policies.
fn statements(policies: &[Value]) -> impl Iterator<Item = &Value> {
    policies.iter().flat_map(|policy| policy["Statement"].as_array().expect("statements"))
}

/// The actions that some policies allow.
fn allowed(policies: &[Value]) -> std::collections::BTreeSet<String> {
    let actions = statements(policies).flat_map(|s| s["Action"].as_array().expect("actions"));
    actions.map(|action| action.as_str().expect("an action").to_owned()).collect()
}

/// The user of an account whom [`operator`] makes.
fn user(account: &str) -> String {
    format!("operator-{account}")
}

/// Makes the user, if a document had to name it before there were policies for it.
fn make_user(world: &World, account: &str) {
    let iam = world.iam(account);
    let made = world.block(iam.create_user().user_name(user(account)).send());
    assert!(made.is_ok() || world.block(iam.get_user().user_name(user(account)).send()).is_ok());
}

/// A user who may do what the policies say and nothing else; adds a profile of its name.
fn operator(world: &World, account: &str, policies: &[Value]) {
    let iam = world.iam(account);
    let name = user(account);
    make_user(world, account);
    let key = world.block(async {
        for (number, policy) in policies.iter().enumerate() {
            let made = iam.create_policy().policy_name(format!("{name}-{number}"));
            let made = made.policy_document(policy.to_string()).send().await;
            let arn = made.expect("a managed policy").policy.and_then(|p| p.arn).expect("an ARN");
            iam.attach_user_policy().user_name(&name).policy_arn(arn).send().await.expect("attached");
        }
        iam.create_access_key().user_name(&name).send().await.expect("a key").access_key.expect("a key")
    });
    world.add_profile(&name, key.access_key_id(), key.secret_access_key());
}

/// The map with these operators in the place of the administrators.
fn operated(map: &str) -> String {
    ACCOUNTS.iter().fold(map.to_owned(), |map, account| {
        map.replace(&format!("profile = \"{account}\""), &format!("profile = \"{}\"", user(account)))
    })
}
