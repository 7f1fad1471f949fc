//! A sandbox that one world after the other is loaded into: only what differs from the last one is put.
//!
//! Replication is held while a world is being made, and what might shut out the administrators is put
//! after the object is written. A key that they were shut out of is replaced by another.

mod bucket;
mod object;
mod paper;

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_kms::types::{KeySpec, KeyUsageType};
use aws_sdk_s3::types as s3;
use bucketbridge_sandbox::{Options, Outcome, Sandbox};
use serde_json::{Value, json};

use crate::bench::{Clients, admin, make_role, trust, version};
use crate::cases::lot::fill;

/// The organization of both accounts.
pub const ORGANIZATION: &str = "o-abcdefghij";

const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";

/// What became of the object of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    Replicates,
    Fails(String),
    NotSelected,
    /// AWS takes no such document, so there is no such world.
    Refused(String),
}

/// Why a world could not be made.
enum Stop {
    Refused(String),
    /// An earlier world's policy keeps the administrators from the key of this side.
    LockedOut(&'static str),
}

/// What cannot be changed once it is made: the account of the destination, and Object Lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    pub same_account: bool,
    pub source_lock: bool,
    pub destination_lock: bool,
}

impl Shape {
    pub fn of(estate: &Value) -> Self {
        Self {
            same_account: estate["source"]["account"] == estate["destination"]["account"],
            source_lock: estate["source"]["object_lock"] == true,
            destination_lock: estate["destination"]["object_lock"] == true,
        }
    }
}

pub struct Ground {
    pub sandbox: Sandbox,
    sides: [Side; 2],
    values: BTreeMap<String, String>,
    /// What was put last, by what it is.
    stored: BTreeMap<String, String>,
    boundaries: usize,
    /// The version of this world's object, if it has one.
    written: Option<String>,
}

struct Side {
    name: &'static str,
    clients: Clients,
    bucket: String,
    key: String,
    spec: String,
}

/// Says what the call was for if AWS refuses it.
macro_rules! or_refused {
    ($what:expr, $sent:expr) => {
        $sent.await.map_err(|error| {
            let code = aws_sdk_s3::error::ProvideErrorMetadata::code(&error).unwrap_or_default();
            let message = aws_sdk_s3::error::ProvideErrorMetadata::message(&error).unwrap_or_default();
            crate::differential::ground::Stop::Refused(format!("{}: {code} {message}", $what))
        })?
    };
}
use or_refused;

impl Ground {
    /// Buckets, keys and bystanders, as every world of this shape has them.
    pub async fn new(estate: &Value) -> Self {
        let shape = Shape::of(estate);
        let text = |side: &str, field: &str| estate[side][field].as_str().expect("a text").to_owned();
        let accounts =
            ["111111111111", "222222222222", "333333333333"].map(|id| (id.to_owned(), id.to_owned()));
        let member = |id: &str| (id.to_owned(), ORGANIZATION.to_owned());
        let sandbox = Sandbox::start(Options {
            accounts: accounts.to_vec(),
            organizations: vec![member("111111111111"), member("222222222222")],
            replication_delay: Duration::ZERO,
            ..Options::default()
        });
        let sandbox = sandbox.expect("the sandbox starts");
        let values: BTreeMap<String, String> = [
            ("SRC_ACCOUNT", text("source", "account")),
            ("DST_ACCOUNT", text("destination", "account")),
            ("SRC_BUCKET", text("source", "bucket")),
            ("SRC_REGION", text("source", "region")),
            ("DST_REGION", text("destination", "region")),
            ("ROLE_NAME", "replication".to_owned()),
            ("OTHER_BUCKET", "another-bucket".to_owned()),
            ("ORG_ID", ORGANIZATION.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let mut sides = Vec::new();
        for (name, lock) in [("source", shape.source_lock), ("destination", shape.destination_lock)] {
            let (account, region) = (text(name, "account"), text(name, "region"));
            let clients = admin(&sandbox, &account, &region).await;
            let bucket = if name == "source" { text(name, "bucket") } else { "orders-backup".to_owned() };
            let mut create = clients.s3.create_bucket().bucket(&bucket).object_lock_enabled_for_bucket(lock);
            if region != "us-east-1" {
                let place = s3::BucketLocationConstraint::from(region.as_str());
                let place = s3::CreateBucketConfiguration::builder().location_constraint(place).build();
                create = create.create_bucket_configuration(place);
            }
            create.send().await.expect("a bucket");
            version(&clients, &bucket).await;
            sides.push(Side { name, clients, bucket, key: String::new(), spec: String::new() });
        }
        let trusted = trust("111111111111", json!({}));
        for account in ["111111111111", "222222222222"] {
            let iam = admin(&sandbox, account, "us-east-1").await;
            for name in ["old", "other", "Admin"] {
                make_role(&iam, name, &trusted, None).await;
            }
        }
        let sides = sides.try_into().unwrap_or_else(|_| panic!("two sides"));
        let stored = ["source", "destination"]
            .map(|name| (format!("{name} versioning"), json!("Enabled").to_string()))
            .into();
        let mut ground = Self { sandbox, sides, values, stored, boundaries: 0, written: None };
        for name in ["source", "destination"] {
            let arn = ground.create_key(name, SYMMETRIC).await;
            ground.values.insert(format!("{}_OTHER_KEY_ARN", prefix(name)), arn);
            ground.renew_key(name, SYMMETRIC).await;
        }
        ground
    }

    /// Makes the world and says what becomes of its object.
    pub async fn play(&mut self, estate: &Value) -> Became {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        self.values.insert("DST_BUCKET".to_owned(), text(&estate["destination"]["bucket"]));
        let role = format!("arn:aws:iam::{}:role/replication", text(&estate["role"]["account"]));
        self.values.insert("ROLE_ARN".to_owned(), role);
        for name in ["source", "destination"] {
            let spec = estate[name]["key"]["spec"].as_str().unwrap_or(SYMMETRIC);
            if self.side(name).spec != spec {
                self.renew_key(name, spec).await;
            }
        }
        self.sandbox.clear_calls();
        self.sandbox.hold_replication();
        // Each of the two keys may have to be replaced.
        for _ in 0..3 {
            let filled = serde_json::from_str(&fill(&estate.to_string(), &self.values)).expect("JSON");
            match self.make(&filled).await {
                Ok(()) => {
                    let key = text(&filled["object"]["key"]);
                    return self.released(&filled["source"]["bucket"], &key).await;
                }
                Err(Stop::Refused(why)) => return Became::Refused(why),
                Err(Stop::LockedOut(name)) => {
                    let spec = self.side(name).spec.clone();
                    self.renew_key(name, &spec).await;
                }
            }
        }
        Became::Refused("AccessDenied: the administrators are shut out".to_owned())
    }

    /// The side's own administrator, his bucket and key.
    fn side(&self, name: &str) -> &Side {
        self.sides.iter().find(|side| side.name == name).expect("a side")
    }

    /// Whether this is not what was put last; if so it counts as put, unless the call fails.
    fn differs(&mut self, what: &str, wanted: &Value) -> bool {
        let wanted = wanted.to_string();
        self.stored.insert(what.to_owned(), wanted.clone()) != Some(wanted)
    }

    async fn create_key(&self, name: &str, spec: &str) -> String {
        let usage = match spec {
            SYMMETRIC => KeyUsageType::EncryptDecrypt,
            _ => KeyUsageType::GenerateVerifyMac,
        };
        let create = self.side(name).clients.kms.create_key().key_spec(KeySpec::from(spec)).key_usage(usage);
        create.send().await.expect("a key").key_metadata.expect("facts").arn.expect("an ARN")
    }

    /// Another key for this side, with nothing on it.
    async fn renew_key(&mut self, name: &str, spec: &str) {
        let arn = self.create_key(name, spec).await;
        let id = arn.rsplit('/').next().unwrap_or_default().to_owned();
        self.values.insert(format!("{}_KEY_ID", prefix(name)), id);
        self.values.insert(format!("{}_KEY_ARN", prefix(name)), arn.clone());
        let side = self.sides.iter_mut().find(|side| side.name == name).expect("a side");
        (side.key, side.spec) = (arn, spec.to_owned());
        self.stored.retain(|what, _| !what.starts_with(&format!("{name} key")));
        self.stored.insert(format!("{name} key state"), json!("Enabled").to_string());
        self.stored.insert(format!("{name} key grants"), Value::Null.to_string());
    }

    /// Whether the administrators may read both keys.
    pub async fn is_readable(&self) -> bool {
        for side in &self.sides {
            let kms = &side.clients.kms;
            let policy = kms.get_key_policy().key_id(&side.key).send().await;
            let facts = kms.describe_key().key_id(&side.key).send().await;
            if policy.is_err() || facts.is_err() {
                return false;
            }
        }
        true
    }

    async fn make(&mut self, estate: &Value) -> Result<(), Stop> {
        self.written = None;
        let (source, destination) = (&estate["source"], &estate["destination"]);
        let is_gone = destination["exists"] == false;
        self.role(&estate["role"]).await?;
        self.settings("source", source).await?;
        if is_gone {
            self.make_passing(destination).await;
        } else {
            self.settings("destination", destination).await?;
        }
        self.versioning("destination", &json!("Enabled")).await?;
        if estate["object"]["created"] == "before-rule" {
            self.replication(&Value::Null).await?;
            self.object(estate).await?;
            self.replication(&source["replication"]).await?;
        } else {
            self.replication(&source["replication"]).await?;
            self.object(estate).await?;
        }
        self.key("source", &source["key"]).await?;
        self.policy("source", source).await?;
        self.key("destination", &destination["key"]).await?;
        if is_gone {
            self.delete_passing(destination).await?;
        } else {
            self.policy("destination", destination).await?;
            self.versioning("destination", &destination["versioning"]).await?;
        }
        self.versioning("source", &source["versioning"]).await?;
        if estate["role"]["exists"] == false || estate["role"]["recreated"] == true {
            self.delete_role().await;
            // The documents hold the id of the deleted role now.
            self.stored.retain(|what, _| !what.ends_with("policy") && !what.ends_with("grants"));
            if estate["role"]["exists"] != false {
                self.role(&estate["role"]).await?;
            }
        }
        Ok(())
    }

    /// Lets S3 replicate what was written, and says what became of the key.
    async fn released(&self, bucket: &Value, key: &str) -> Became {
        self.sandbox.release_replication();
        let became = self.decided(bucket.as_str().expect("a name"), key).await;
        self.sandbox.hold_replication();
        became
    }

    /// Of the world's version, over all rules.
    async fn decided(&self, bucket: &str, key: &str) -> Became {
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        loop {
            let verdicts = self.sandbox.why(bucket, key);
            let own = verdicts.iter().filter(|verdict| Some(&verdict.version) == self.written.as_ref());
            let outcomes: Vec<&Outcome> = own.map(|verdict| &verdict.outcome).collect();
            if !outcomes.contains(&&Outcome::Pending) {
                let failure = outcomes.iter().find_map(|outcome| match outcome {
                    Outcome::Failed(failure) => {
                        Some(format!("{} {}: {}", failure.action, failure.resource, failure.detail))
                    }
                    _ => None,
                });
                let done = outcomes.iter().any(|outcome| matches!(outcome, Outcome::Completed { .. }));
                return match failure {
                    Some(failure) => Became::Fails(failure),
                    None if done => Became::Replicates,
                    None => Became::NotSelected,
                };
            }
            assert!(std::time::Instant::now() < deadline, "no decision on {key}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// What the placeholders of a side begin with.
fn prefix(name: &str) -> &'static str {
    if name == "source" { "SRC" } else { "DST" }
}
