//! What maps without problems mean.

use std::time::Duration;

use super::{BASE, accepted};
use crate::arn::{BucketName, Partition};
use crate::topology::{
    AccountName, AssumeRole, Base, Bucket, Credentials, Key, KeyId, Link, LinkName, Topology,
};

fn bucket<'a>(topology: &'a Topology, name: &str) -> &'a Bucket {
    &topology.buckets[&name.parse::<BucketName>().expect(name)]
}

fn link<'a>(topology: &'a Topology, name: &str) -> &'a Link {
    &topology.links[&LinkName(name.to_owned())]
}

fn account<'a>(topology: &'a Topology, name: &str) -> &'a crate::topology::Account {
    &topology.accounts[&AccountName(name.to_owned())]
}

/// A key as `account/Region/name`.
fn spelt(id: &KeyId) -> String {
    format!("{}/{}/{}", id.account, id.region, id.name)
}

fn key<'a>(topology: &'a Topology, name: &str) -> &'a Key {
    let found = topology.keys.iter().find(|(id, _)| spelt(id) == name);
    let names: Vec<_> = topology.keys.keys().map(spelt).collect();
    found.unwrap_or_else(|| panic!("{name} is not in {names:?}")).1
}

#[test]
fn a_short_map_means_the_defaults() {
    let topology = accepted(BASE);
    assert_eq!(topology.marker, "Bucketbridge");
    assert!(topology.tags.is_empty());
    assert!(matches!(account(&topology, "prod").credentials, Credentials::Default));
    let source = bucket(&topology, "orders");
    assert_eq!(spelt(&source.key), "prod/eu-west-1/alias/orders");
    assert!(source.bucket_key && source.create && source.manage && !source.enforce_settings);
    assert!(source.source_keys.is_empty() && source.tags.is_empty());
    let link = link(&topology, "orders");
    assert_eq!((link.from.as_str(), link.to.as_str(), link.prefix.as_str()), ("orders", "copy", ""));
    assert!(link.tags.is_empty() && link.priority.is_none() && link.storage_class.is_none());
    assert!(link.enabled && link.owner_override && link.check);
    assert!(
        !link.delete_markers
            && !link.replication_time_control
            && !link.metrics
            && !link.replica_modifications
    );
    let orders = key(&topology, "prod/eu-west-1/alias/orders");
    assert!(orders.create && orders.manage);
    assert!(orders.rotation.is_none() && !orders.multi_region && orders.replica_of.is_none());
    assert_eq!(topology.roles.path, "/");
    assert!(topology.roles.name.is_none() && topology.roles.permissions_boundary.is_none());
    assert!(!topology.roles.source_account_condition);
    assert!(accepted("version = 1").links.is_empty());
}

#[test]
fn a_long_map_means_what_it_says() {
    let map = format!(
        r#"{BASE}priority = 7
prefix = "in/"
tags = {{ class = "gold" }}
enabled = false
owner_override = false
storage_class = "GLACIER_IR"
replication_time_control = true
replica_modifications = true
check = false

[buckets."logs-{{account_id}}-{{region}}"]
account = "prod"
region = "us-gov-west-1"
key = "alias/logs"
source_keys = ["alias/old", "alias/logs", "alias/old"]
bucket_key = false
create = false
settings = "enforce"
tags = {{ data = "logs" }}

[roles]
name = "r-{{bucket}}"
path = "/replication/"
permissions_boundary = "arn:{{partition}}:iam::{{account_id}}:policy/B"
source_account_condition = true

[tags]
team = "storage"

[keys."alias/orders"]
rotation = false
administrators = ["arn:aws:iam::111111111111:role/KeyAdmin"]
users = ["arn:aws:iam::444444444444:root", "arn:aws:iam::444444444444:root"]
"#
    );
    let map =
        map.replace("us-gov-west-1", "eu-north-1").replace("version = 1", "version = 1\nmarker = \"Ours\"");
    let topology = accepted(&map);
    assert_eq!(topology.marker, "Ours");
    let link = link(&topology, "orders");
    assert_eq!((link.priority, link.prefix.as_str()), (Some(7), "in/"));
    assert_eq!(link.storage_class.as_deref(), Some("GLACIER_IR"));
    assert!(!link.enabled && !link.owner_override && !link.check);
    assert!(link.replication_time_control && link.metrics && link.replica_modifications);
    let logs = bucket(&topology, "logs-111111111111-eu-north-1");
    assert_eq!(logs.source_keys.iter().map(spelt).collect::<Vec<_>>(), ["prod/eu-north-1/alias/old"]);
    assert!(!logs.bucket_key && !logs.create && logs.enforce_settings);
    assert_eq!(logs.tags["data"], "logs");
    assert_eq!(topology.tags["team"], "storage");
    assert_eq!(topology.roles.path, "/replication/");
    let orders = key(&topology, "prod/eu-west-1/alias/orders");
    assert_eq!(orders.rotation, Some(false));
    assert_eq!(orders.administrators, ["arn:aws:iam::111111111111:role/KeyAdmin"]);
    assert_eq!(orders.users, ["arn:aws:iam::444444444444:root"]);
    assert!(topology.keys.len() == 4);
}

fn roles<'a>(topology: &'a Topology, name: &str) -> (&'a Base, Vec<&'a AssumeRole>) {
    match &account(topology, name).credentials {
        Credentials::Roles { base, chain } => (base, chain.iter().collect()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_entry_takes_over_the_chain_of_another() {
    let topology = accepted(
        r#"version = 1
[accounts.c]
id = "333333333333"
assume_role = { role = "arn:aws:iam::333333333333:role/C", from = "b", duration = "1h", external_id = "xy" }
[accounts.b]
id = "222222222222"
assume_role = [{ role = "arn:aws:iam::999999999999:role/Hub", from = "a" }, { role = "arn:aws:iam::222222222222:role/B" }]
[accounts.a]
id = "111111111111"
profile = "sso"
[accounts.d]
id = "444444444444"
assume_role = { role = "arn:aws:iam::444444444444:role/D", from_profile = "p", duration = "12h", session_tags = { a = "b" } }
[accounts.e]
id = "555555555555"
assume_role = { role = "arn:aws:iam::555555555555:role/E" }
"#,
    );
    let (base, chain) = roles(&topology, "c");
    assert_eq!(*base, Base::Profile("sso".to_owned()));
    assert_eq!(chain.iter().map(|role| role.role.name.as_str()).collect::<Vec<_>>(), ["Hub", "B", "C"]);
    assert_eq!(chain[2].duration, Some(Duration::from_secs(3600)));
    assert!(chain[2].external_id.is_some() && chain[1].external_id.is_none());
    let (base, chain) = roles(&topology, "d");
    assert_eq!(
        (base, chain[0].duration),
        (&Base::Profile("p".to_owned()), Some(Duration::from_secs(43_200)))
    );
    assert_eq!(chain[0].session_tags["a"], "b");
    assert_eq!(roles(&topology, "e").0, &Base::Default);
    assert!(matches!(&account(&topology, "a").credentials, Credentials::Profile(name) if name == "sso"));
}

#[test]
fn what_an_entry_says_replaces_the_default() {
    let topology = accepted(
        r#"version = 1
[accounts.a]
id = "111111111111"
[defaults.bucket]
account = "a"
region = "eu-west-1"
key = "alias/all"
create = false
tags = { x = "1" }
source_keys = ["alias/old"]
[defaults.link]
to = "dst"
check = false
owner_override = true
tags = { y = "2" }
[buckets.one]
[buckets.two]
create = true
tags = { z = "3" }
source_keys = []
[buckets.dst]
region = "us-east-1"
[links.one]
from = "one"
[links.two]
from = "two"
check = true
tags = {}
"#,
    );
    let (one, two) = (bucket(&topology, "one"), bucket(&topology, "two"));
    assert!(!one.create && two.create);
    assert_eq!((one.tags.len(), one.source_keys.len()), (1, 1));
    assert_eq!((two.tags.keys().next().map(String::as_str), two.source_keys.len()), (Some("z"), 0));
    assert_eq!(spelt(&bucket(&topology, "dst").key), "a/us-east-1/alias/all");
    let (one, two) = (link(&topology, "one"), link(&topology, "two"));
    assert!(!one.check && two.check && one.tags.len() == 1 && two.tags.is_empty());
    // A default of true means across accounts.
    assert!(!one.owner_override);
}

#[test]
fn keys_are_told_apart_by_owner_and_region() {
    let map = BASE
        .replace("\"alias/orders\"", "\"arn:aws:kms:eu-west-1:222222222222:alias/shared\"")
        .replace("\"alias/copy\"", "\"1234abcd-12ab-34cd-56ef-1234567890ab\"");
    let map = format!(
        "{map}[keys.\"alias/shared\"]\nrotation = true\n\
         [keys.\"arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab\"]\nrotation = false\n"
    );
    let topology = accepted(&map);
    assert_eq!(spelt(&bucket(&topology, "orders").key), "backup/eu-west-1/alias/shared");
    assert_eq!(key(&topology, "backup/eu-west-1/alias/shared").rotation, Some(true));
    let existing = "backup/us-east-1/key/1234abcd-12ab-34cd-56ef-1234567890ab";
    assert_eq!(key(&topology, existing).rotation, Some(false));
}

#[test]
fn an_entry_speaks_of_every_key_of_that_name_unless_narrowed() {
    let map = BASE.replace("alias/copy", "alias/orders");
    let both = accepted(&format!("{map}[keys.\"alias/orders\"]\nrotation = true\n"));
    assert!(both.keys.values().all(|key| key.rotation == Some(true)));
    for narrowed in ["account = \"backup\"", "region = \"us-east-1\""] {
        let one = accepted(&format!("{map}[keys.\"alias/orders\"]\nrotation = true\n{narrowed}\n"));
        assert_eq!(key(&one, "backup/us-east-1/alias/orders").rotation, Some(true));
        assert_eq!(key(&one, "prod/eu-west-1/alias/orders").rotation, None);
    }
}

#[test]
fn a_replica_knows_its_primary() {
    let far = "[buckets.far]\naccount = \"prod\"\nregion = \"us-east-1\"\nkey = \"alias/far\"\n";
    let primary_in_use =
        "[keys.\"alias/far\"]\nreplica_of = \"alias/orders\"\n[keys.\"alias/orders\"]\nmulti_region = true\n";
    let topology = accepted(&format!("{BASE}{far}{primary_in_use}"));
    let replica = key(&topology, "prod/us-east-1/alias/far");
    assert_eq!(replica.replica_of.as_ref().map(spelt).as_deref(), Some("prod/eu-west-1/alias/orders"));
    assert!(replica.multi_region && key(&topology, "prod/eu-west-1/alias/orders").multi_region);

    let by_arn = "arn:aws:kms:eu-central-1:111111111111:alias/main";
    let declared = format!(
        "[keys.\"alias/far\"]\nreplica_of = \"{by_arn}\"\n[keys.\"{by_arn}\"]\nmulti_region = true\nrotation = true\n"
    );
    let topology = accepted(&format!("{BASE}{far}{declared}"));
    let replica = key(&topology, "prod/us-east-1/alias/far");
    assert_eq!(replica.replica_of.as_ref().map(spelt).as_deref(), Some("prod/eu-central-1/alias/main"));
    assert_eq!(key(&topology, "prod/eu-central-1/alias/main").rotation, Some(true));

    // One alias in two Regions: the replica is told from its primary by an ARN.
    let same = far.replace("alias/far", "alias/orders");
    let by_arn = "arn:aws:kms:us-east-1:111111111111:alias/orders";
    let entries = format!(
        "[keys.\"{by_arn}\"]\nreplica_of = \"alias/orders\"\n[keys.\"alias/orders\"]\nregion = \"eu-west-1\"\nmulti_region = true\n"
    );
    let topology = accepted(&format!("{BASE}{same}{entries}"));
    assert!(key(&topology, "prod/us-east-1/alias/orders").replica_of.is_some());

    let id = "mrk-1234abcd12ab34cd56ef1234567890ab";
    let existing = BASE.replace("alias/orders", id) + &far.replace("alias/far", id);
    let topology = accepted(&format!(
        "{existing}[keys.{id}]\nregion = \"us-east-1\"\nreplica_of = \"arn:aws:kms:eu-west-1:111111111111:key/{id}\"\n"
    ));
    assert!(key(&topology, &format!("prod/us-east-1/key/{id}")).replica_of.is_some());
}

#[test]
fn the_partition_follows_from_what_an_account_has() {
    let china = BASE.replace("eu-west-1", "cn-north-1").replace("us-east-1", "cn-northwest-1").replace(
        "id = \"222222222222\"",
        "id = \"222222222222\"\nassume_role = { role = \"arn:aws-cn:iam::222222222222:role/A\", from = \"hub\" }\n\
         [accounts.hub]\nid = \"333333333333\"\n[accounts.idle]\nid = \"444444444444\"",
    );
    let topology = accepted(&china);
    for (name, partition) in [
        ("prod", Partition::China),
        ("backup", Partition::China),
        ("hub", Partition::China),
        ("idle", Partition::Aws),
    ] {
        assert_eq!(account(&topology, name).partition, partition, "{name}");
    }
}

#[test]
fn what_is_not_managed_is_not_made_either() {
    let map = BASE.replace("key = \"alias/orders\"", "key = \"alias/orders\"\nmanage = false")
        + "[keys.\"alias/orders\"]\nmanage = false\n[keys.\"alias/copy\"]\ncreate = false\n";
    let topology = accepted(&map);
    let source = bucket(&topology, "orders");
    assert!(!source.manage && !source.create);
    let theirs = key(&topology, "prod/eu-west-1/alias/orders");
    assert!(!theirs.manage && !theirs.create);
    let existing = topology.keys.iter().find(|(id, _)| id.name.to_string() == "alias/copy").expect("a key").1;
    assert!(existing.manage && !existing.create);
}
