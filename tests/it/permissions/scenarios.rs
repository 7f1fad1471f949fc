//! Worlds in which commands make their calls: from nothing, damaged, with what killed runs left, with ACLs,
//! with keys of every kind.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ObjectOwnership;
use bucketbridge_sandbox::{Effect, Fault};
use serde_json::{Value, json};

use crate::documents::{self, Document, ROLE};
use crate::faults::Start;
use crate::shapes::{THREE, bucket, link};
use crate::world::{ARCHIVE, PROD, Ran, World, one_link, until};

use super::{ACCOUNTS, allowed, make_user, operated, operator, policies, user};

/// A command in a world.
pub struct Scenario {
    pub name: &'static str,
    /// Made by the administrators.
    make: fn() -> World,
    /// The map of the command.
    map: fn() -> String,
    command: &'static [&'static str],
    /// What somebody does meanwhile.
    meanwhile: Option<fn(&World)>,
    /// How it ends with all permissions.
    pub code: i32,
}

/// What a command must be allowed, and where it makes its calls.
pub struct Task {
    /// As `permissions --for` has it, with the options that take more.
    pub asked: &'static [&'static str],
    pub scenarios: &'static [Scenario],
}

impl Scenario {
    /// Runs the command as operators with these policies, without this action in that account. `None` if the
    /// account has no use for the action here.
    pub fn run(&self, asked: &[&str], without: Option<(&str, &str)>) -> Option<(World, Ran)> {
        let world = (self.make)();
        let map = (self.map)();
        world.map(&map);
        let mut found = without.is_none();
        for account in ACCOUNTS.iter().filter(|account| map.contains(&format!("[accounts.{account}]"))) {
            let mut policies = policies(&world, account, asked);
            if let Some((_, action)) = without.filter(|(taken, _)| taken == account) {
                found |= allowed(&policies).contains(action);
                policies.iter_mut().for_each(|policy| take(policy, action));
            }
            operator(&world, account, &policies);
        }
        if !found {
            return None;
        }
        world.map(&operated(&map));
        let command: Vec<String> = self.command.iter().map(|arg| filled(&world, arg)).collect();
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        world.calls();
        let ran = match self.meanwhile {
            None => world.run(&command),
            Some(meanwhile) => {
                let child = world.start(&command);
                meanwhile(&world);
                Ran::of(child.wait_with_output().expect("it ends"))
            }
        };
        Some((world, ran))
    }

    /// Whether the account has more than keys.
    pub fn has_buckets_in(&self, account: &str) -> bool {
        (self.map)().contains(&format!("account = \"{account}\""))
    }

    /// The actions that an account's operator is allowed here.
    pub fn actions(&self, asked: &[&str], account: &str) -> Vec<String> {
        let world = World::new();
        let map = (self.map)();
        if !map.contains(&format!("[accounts.{account}]")) {
            return Vec::new();
        }
        world.map(&map);
        allowed(&policies(&world, account, asked)).into_iter().collect()
    }
}

/// Stands for the version of the object of [`with_object`].
const VERSION: &str = "VERSION";

fn filled(world: &World, arg: &str) -> String {
    if arg != VERSION {
        return arg.to_owned();
    }
    let versions = documents::versions(world, "prod", "ap-south-1", "orders-prod", "report");
    versions[0].split(' ').next_back().expect("a version").to_owned()
}

/// Takes an action out of a policy.
fn take(policy: &mut Value, action: &str) {
    let all = policy["Statement"].as_array_mut().expect("statements");
    for statement in all.iter_mut() {
        statement["Action"].as_array_mut().expect("actions").retain(|a| a != action);
    }
    all.retain(|s| s["Action"].as_array().is_some_and(|actions| !actions.is_empty()));
    if all.is_empty() {
        all.push(json!({"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*"}));
    }
}

const APPLY: &[&str] = &["apply", "--yes", "-o", "json", "--timeout", "20s", "--variants"];
const CHECK: &[&str] = &["check", "-o", "json", "--timeout", "20s", "--variants"];
const PLAN: &[&str] = &["plan", "-o", "json"];
/// What could not be read is in the snapshot, whether it matters or not.
const DOCTOR: &[&str] = &["doctor", "-o", "json", "--save-snapshot", SNAPSHOT];
pub const SNAPSHOT: &str = "snapshot.json";

pub const TASKS: &[Task] = &[
    Task {
        asked: &["--for", "plan"],
        scenarios: &[
            Scenario {
                name: "nothing is there",
                make: nothing,
                map: one_link,
                command: PLAN,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "everything is there",
                make: made,
                map: one_link,
                command: PLAN,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "everything is amiss",
                make: damaged,
                map: one_link,
                command: PLAN,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "status",
                make: made,
                map: one_link,
                command: &["status"],
                meanwhile: None,
                code: 0,
            },
        ],
    },
    Task {
        asked: &["--for", "apply", "--variants"],
        scenarios: &[
            Scenario {
                name: "nothing is there",
                make: nothing,
                map: one_link,
                command: APPLY,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "everything is amiss",
                make: damaged,
                map: one_link,
                command: APPLY,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "another map",
                make: bounded,
                map: another,
                command: APPLY,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "multi-Region keys",
                make: nothing,
                map: multi_region,
                command: APPLY,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a bucket with ACLs",
                make: with_acls,
                map: one_link,
                command: APPLY,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a killed run",
                make: left_over,
                map: one_link,
                command: APPLY,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a key elsewhere",
                make: nothing,
                map: key_elsewhere,
                command: APPLY,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a key elsewhere that is there",
                make: made_elsewhere_with_a_boundary,
                map: bounded_elsewhere,
                command: APPLY,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a lost answer",
                make: lost_answer,
                map: one_link,
                command: APPLY,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a replica that is lost",
                make: one_refuses_in_backup,
                map: two_links,
                command: APPLY,
                meanwhile: None,
                code: 4,
            },
            Scenario {
                name: "a canary that goes",
                make: held,
                map: one_link,
                command: APPLY,
                meanwhile: Some(canary_goes),
                code: 4,
            },
        ],
    },
    Task {
        asked: &["--for", "check", "--variants"],
        scenarios: &[
            Scenario {
                name: "everything is there",
                make: made,
                map: one_link,
                command: CHECK,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a killed run",
                make: left_over,
                map: one_link,
                command: CHECK,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a bucket with ACLs",
                make: made_with_acls,
                map: one_link,
                command: CHECK,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a lost answer",
                make: lost_answer,
                map: one_link,
                command: CHECK,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "nothing is there",
                make: nothing,
                map: one_link,
                command: CHECK,
                meanwhile: None,
                code: 4,
            },
            Scenario {
                name: "everything is amiss",
                make: damaged,
                map: one_link,
                command: CHECK,
                meanwhile: None,
                code: 4,
            },
            Scenario {
                name: "lost aliases",
                make: lost_aliases,
                map: one_link,
                command: CHECK,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a replica that is lost",
                make: one_refuses_in_backup,
                map: two_links,
                command: CHECK,
                meanwhile: None,
                code: 4,
            },
            Scenario {
                name: "a canary that goes",
                make: held,
                map: one_link,
                command: CHECK,
                meanwhile: Some(canary_goes),
                code: 4,
            },
        ],
    },
    Task {
        asked: &["--for", "doctor", "--object"],
        scenarios: &[
            Scenario {
                name: "everything is there",
                make: made,
                map: one_link,
                command: DOCTOR,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a boundary and a managed policy",
                make: with_policies,
                map: one_link,
                command: DOCTOR,
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "an object",
                make: with_object,
                map: one_link,
                command: &["doctor", "-o", "json", "--save-snapshot", SNAPSHOT, "--object", "report"],
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "a version",
                make: with_object,
                map: one_link,
                command: &[
                    "doctor",
                    "-o",
                    "json",
                    "--save-snapshot",
                    SNAPSHOT,
                    "--object",
                    "report",
                    "--version-id",
                    VERSION,
                ],
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "an object that is gone",
                make: made,
                map: one_link,
                command: &["doctor", "-o", "json", "--save-snapshot", SNAPSHOT, "--object", "nothing"],
                meanwhile: None,
                code: 4,
            },
            Scenario {
                name: "somebody else's bucket",
                make: of_others,
                map: one_link,
                command: DOCTOR,
                meanwhile: None,
                code: 4,
            },
        ],
    },
    Task {
        asked: &["--for", "remove", "--delete-keys"],
        scenarios: &[
            Scenario {
                name: "everything is there",
                make: made,
                map: one_link,
                command: &["remove", "--yes", "-o", "json"],
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "others' statements",
                make: shared,
                map: one_link,
                command: &["remove", "--yes", "-o", "json"],
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "others' role",
                make: shared_role,
                map: one_link,
                command: &["remove", "--yes", "-o", "json"],
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "keys, too",
                make: unused,
                map: one_link,
                command: &[
                    "remove",
                    "--yes",
                    "-o",
                    "json",
                    "--delete-keys",
                    "--typed",
                    "alias/orders-prod",
                    "--typed",
                    "alias/orders-backup",
                ],
                meanwhile: None,
                code: 0,
            },
            Scenario {
                name: "keys in use",
                make: in_use,
                map: one_link,
                command: &["remove", "--yes", "-o", "json", "--delete-keys"],
                meanwhile: None,
                code: 1,
            },
        ],
    },
];

fn nothing() -> World {
    Start::Nothing.world()
}

fn damaged() -> World {
    Start::Damaged.world()
}

fn made() -> World {
    let world = nothing();
    world.apply(&["--no-check"]).ended(0);
    world
}

/// What a killed run left: an object and an upload.
fn left_over() -> World {
    let world = made();
    let s3 = world.s3("prod", "ap-south-1");
    world.block(async {
        let key = ".bucketbridge-canary/killed";
        let put = s3.put_object().bucket("orders-prod").key(key).body(ByteStream::from_static(b"left"));
        put.send().await.expect("an object");
        let upload = s3.create_multipart_upload().bucket("orders-prod").key(format!("{key}/multipart"));
        upload.send().await.expect("an upload");
    });
    documents::settled(&world, "orders-prod", ".bucketbridge-canary/killed");
    world
}

/// S3 has completed the upload, and nobody was told.
fn lost_answer() -> World {
    let world = made();
    world.sandbox.faults().add(Fault::new(Effect::CutAfter).operation("CompleteMultipartUpload").times(1));
    world
}

/// The buckets are somebody's, from before S3 turned ACLs off.
fn with_acls() -> World {
    let world = nothing();
    for (account, region) in [("prod", "ap-south-1"), ("backup", "us-east-1")] {
        let bucket = documents::create_bucket(&world, account, region, &format!("orders-{account}"));
        world.block(bucket.object_ownership(ObjectOwnership::ObjectWriter).send()).expect("a bucket");
    }
    world
}

/// Both keys have lost their aliases.
fn lost_aliases() -> World {
    let world = made();
    for (account, region) in [("prod", "ap-south-1"), ("backup", "us-east-1")] {
        let delete = world.kms(account, region).delete_alias().alias_name(format!("alias/orders-{account}"));
        world.block(delete.send()).expect("no alias");
    }
    world
}

/// One source with a destination in either other account.
fn two_links() -> String {
    [
        THREE.to_owned(),
        bucket("orders-prod", "prod", "ap-south-1", "alias/orders-prod"),
        bucket("orders-backup", "backup", "us-east-1", "alias/orders-backup"),
        bucket("orders-archive", "archive", "us-east-1", "alias/orders-archive"),
        link("orders", "orders-prod", "orders-backup"),
        link("archive", "orders-prod", "orders-archive"),
    ]
    .concat()
}

/// Somebody denies replicas in both destinations, so that they are looked for in vain.
fn one_refuses_in_backup() -> World {
    let world = nothing();
    world.map(&two_links());
    world.apply(&["--no-check"]).ended(0);
    for (account, bucket) in [("backup", "orders-backup"), ("archive", "orders-archive")] {
        let deny = json!({"Sid": "Nobody", "Effect": "Deny", "Principal": "*", "Action": "s3:ReplicateObject",
            "Resource": format!("arn:aws:s3:::{bucket}/*")});
        Document::bucket(account, "us-east-1", bucket)
            .edit(&world, |d| d["Statement"].as_array_mut().expect("statements").push(deny));
    }
    world
}

/// Nothing arrives.
fn held() -> World {
    let world = made();
    world.sandbox.hold_replication();
    world
}

/// Somebody deletes the canary while it is waited for.
fn canary_goes(world: &World) {
    let looked = || world.sandbox.calls().iter().any(|call| call.operation == "HeadObject");
    until("the canary is followed", looked);
    let s3 = world.s3("prod", "ap-south-1");
    let page = world.block(s3.list_object_versions().bucket("orders-prod").send()).expect("versions");
    for version in page.versions() {
        let (key, id) = (version.key().expect("a key"), version.version_id().expect("an id"));
        let delete = s3.delete_object().bucket("orders-prod").key(key).version_id(id);
        world.block(delete.send()).expect("gone");
    }
    world.sandbox.release_replication();
}

fn made_with_acls() -> World {
    let world = with_acls();
    world.apply(&["--no-check"]).ended(0);
    world
}

/// A boundary that the map is going to ask for.
fn bounded() -> World {
    let world = made();
    managed(&world, "Boundary");
    world
}

fn managed(world: &World, name: &str) -> String {
    let all =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let made = world.iam("prod").create_policy().policy_name(name).policy_document(all.to_string()).send();
    world.block(made).expect("a policy").policy.and_then(|p| p.arn).expect("an ARN")
}

/// Of what is there the map wants something else: a key that does not rotate, a role with a boundary, a link
/// for tagged objects.
fn another() -> String {
    format!(
        "{}tags = {{ team = \"orders\" }}\n\n[keys.\"alias/orders-prod\"]\nrotation = false\n\n[keys.\"alias/orders-backup\"]\n\
         rotation = false\n\n[roles]\npermissions_boundary = \"arn:aws:iam::{{account_id}}:policy/Boundary\"\n",
        one_link()
    )
}

/// Primary keys and their replicas in both accounts.
fn multi_region() -> String {
    [
        THREE.split("[accounts.archive]").next().expect("two accounts").to_owned(),
        bucket("orders-prod", "prod", "ap-south-1", "alias/orders-prod"),
        bucket("orders-backup", "backup", "us-east-1", "alias/orders-backup"),
        link("orders", "orders-prod", "orders-backup"),
        "\n[keys.\"alias/orders-prod\"]\nreplica_of = \"alias/elsewhere-prod\"\n".to_owned(),
        "\n[keys.\"alias/orders-backup\"]\nreplica_of = \"alias/elsewhere-backup\"\n".to_owned(),
        "\n[keys.\"alias/elsewhere-prod\"]\naccount = \"prod\"\nregion = \"eu-west-1\"\nmulti_region = true\n".to_owned(),
        "\n[keys.\"alias/elsewhere-backup\"]\naccount = \"backup\"\nregion = \"eu-west-1\"\nmulti_region = true\n".to_owned(),
    ]
    .concat()
}

/// The source's key is in a third account.
fn key_elsewhere() -> String {
    let arn = format!("arn:aws:kms:ap-south-1:{ARCHIVE}:alias/central");
    [
        THREE.to_owned(),
        bucket("orders-prod", "prod", "ap-south-1", &arn),
        bucket("orders-backup", "backup", "us-east-1", "alias/orders-backup"),
        link("orders", "orders-prod", "orders-backup"),
        format!("\n[keys.{arn:?}]\nusers = [\"arn:aws:iam::{PROD}:user/{}\"]\n", user("prod")),
    ]
    .concat()
}

/// The role is to get a boundary: what it leaves out, a grant of a key could allow.
fn bounded_elsewhere() -> String {
    let boundary = "arn:aws:iam::{account_id}:policy/Boundary";
    format!("{}\n[roles]\npermissions_boundary = \"{boundary}\"\n", key_elsewhere())
}

fn made_elsewhere_with_a_boundary() -> World {
    let world = made_elsewhere();
    managed(&world, "Boundary");
    world
}

/// The key does not rotate, so that it is looked whether it is ours.
fn made_elsewhere() -> World {
    let world = nothing();
    make_user(&world, "prod");
    world.map(&key_elsewhere());
    world.apply(&["--no-check"]).ended(0);
    let key = documents::key_arn(&world, "archive", "ap-south-1", "alias/central").expect("a key");
    let kms = world.kms("archive", "ap-south-1");
    world.block(kms.disable_key_rotation().key_id(key).send()).expect("no rotation");
    world
}

/// The role has a boundary, an inline policy and a managed one.
fn with_policies() -> World {
    let world = bounded();
    let iam = world.iam("prod");
    let boundary = format!("arn:aws:iam::{PROD}:policy/Boundary");
    let more = managed(&world, "More");
    world.block(async {
        let put = iam.put_role_permissions_boundary().role_name(ROLE).permissions_boundary(boundary);
        put.send().await.expect("a boundary");
        iam.attach_role_policy().role_name(ROLE).policy_arn(more).send().await.expect("attached");
    });
    world
}

/// An object that was replicated between buckets with ACLs.
fn with_object() -> World {
    let world = made_with_acls();
    documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "report");
    world
}

/// The destination's bucket is in an account of which the map knows nothing.
fn of_others() -> World {
    let world = nothing();
    documents::make_bucket(&world, "prod", "ap-south-1", "orders-prod");
    documents::make_bucket(&world, "archive", "us-east-1", "orders-backup");
    world
}

/// Something of others stands in every document.
fn shared() -> World {
    let world = made();
    let theirs = |principal: Value, action: &str, resource: Option<&str>| {
        let mut statement =
            json!({"Sid": "Theirs", "Effect": "Allow", "Principal": principal, "Action": action});
        if let Some(resource) = resource {
            statement["Resource"] = json!(resource);
        }
        statement
    };
    for document in Document::of_one_link(&world) {
        let statement = match &document {
            Document::Trust { .. } => {
                theirs(json!({"Service": "batchoperations.s3.amazonaws.com"}), "sts:AssumeRole", None)
            }
            Document::RolePolicy { .. } => {
                json!({"Sid": "Theirs", "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})
            }
            Document::Key { .. } => {
                theirs(json!({"AWS": format!("arn:aws:iam::{PROD}:root")}), "kms:DescribeKey", Some("*"))
            }
            Document::Bucket { .. } => theirs(
                json!({"AWS": format!("arn:aws:iam::{PROD}:root")}),
                "s3:ListBucket",
                Some("arn:aws:s3:::orders-backup"),
            ),
        };
        document.edit(&world, |d| d["Statement"].as_array_mut().expect("statements").push(statement));
    }
    let mut rules = documents::replication(&world, "prod", "ap-south-1", "orders-prod").expect("rules");
    let mut rule = rules.rules[0].clone();
    rule.id = Some("theirs".to_owned());
    rule.priority = Some(77);
    rules.rules.push(rule);
    documents::put_replication(&world, "prod", "ap-south-1", "orders-prod", rules);
    world
}

/// Others have put something on the role, which stays and no longer trusts S3 for us.
fn shared_role() -> World {
    let world = made();
    let more = managed(&world, "More");
    let iam = world.iam("prod");
    world.block(iam.attach_role_policy().role_name(ROLE).policy_arn(more).send()).expect("attached");
    let theirs = json!({"Sid": "Theirs", "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "batchoperations.s3.amazonaws.com"}});
    Document::trust().edit(&world, |d| d["Statement"].as_array_mut().expect("statements").push(theirs));
    world
}

/// Nothing is under the keys any more but one version under another key.
fn unused() -> World {
    let world = made();
    for (account, region, bucket) in
        [("prod", "ap-south-1", "orders-prod"), ("backup", "us-east-1", "orders-backup")]
    {
        let s3 = world.s3(account, region);
        let put = s3.put_object().bucket(bucket).key("other").body(ByteStream::from_static(b"x"));
        let put = put.server_side_encryption(aws_sdk_s3::types::ServerSideEncryption::Aes256);
        world.block(async {
            s3.delete_bucket_encryption().bucket(bucket).send().await.expect("no default");
            put.send().await.expect("an object");
        });
    }
    world
}

/// An object is under each key.
fn in_use() -> World {
    let world = made();
    documents::replicate(&world, "prod", "ap-south-1", "orders-prod", "report");
    world
}
