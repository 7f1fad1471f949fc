//! A sandbox that one world after the other is loaded into: only what differs from the last one is put.
//!
//! Replication is held while a world is being made, and what might shut out the administrators is put
//! after the object is written.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_kms::error::ProvideErrorMetadata;
use aws_sdk_s3::types as s3;
use bucketbridge_sandbox::{Options, Outcome, Sandbox};
use serde_json::{Value, json};

use crate::bench::{Clients, admin, allow, make_role, trust, version};
use crate::cases::lot::fill;
use crate::cases::rule;

/// The organization of both accounts.
pub const ORGANIZATION: &str = "o-abcdefghij";

/// What became of the object of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Became {
    Replicates,
    Fails(String),
    NotSelected,
    /// AWS takes no such document, so there is no such world.
    Refused(String),
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
}

struct Side {
    name: &'static str,
    clients: Clients,
    bucket: String,
    key: String,
}

macro_rules! or_refused {
    ($what:expr, $sent:expr) => {
        if let Err(error) = $sent.await {
            let code = error.code().unwrap_or_default();
            return Err(format!("{}: {code} {}", $what, error.message().unwrap_or_default()));
        }
    };
}

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
        let mut values: BTreeMap<String, String> = [
            ("SRC_ACCOUNT", text("source", "account")),
            ("DST_ACCOUNT", text("destination", "account")),
            ("SRC_BUCKET", text("source", "bucket")),
            ("DST_BUCKET", text("destination", "bucket")),
            ("SRC_REGION", text("source", "region")),
            ("DST_REGION", text("destination", "region")),
            ("ROLE_NAME", "replication".to_owned()),
            ("ROLE_ARN", "arn:aws:iam::111111111111:role/replication".to_owned()),
            ("OTHER_BUCKET", "another-bucket".to_owned()),
            ("ORG_ID", ORGANIZATION.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        let mut sides = Vec::new();
        for (name, prefix, lock) in
            [("source", "SRC", shape.source_lock), ("destination", "DST", shape.destination_lock)]
        {
            let (account, region) = (text(name, "account"), text(name, "region"));
            let clients = admin(&sandbox, &account, &region).await;
            let bucket = text(name, "bucket");
            let mut create = clients.s3.create_bucket().bucket(&bucket).object_lock_enabled_for_bucket(lock);
            if region != "us-east-1" {
                let place = s3::BucketLocationConstraint::from(region.as_str());
                let place = s3::CreateBucketConfiguration::builder().location_constraint(place).build();
                create = create.create_bucket_configuration(place);
            }
            create.send().await.expect("a bucket");
            version(&clients, &bucket).await;
            let mut arns = Vec::new();
            for suffix in ["KEY", "OTHER_KEY"] {
                let made = clients.kms.create_key().send().await.expect("a key").key_metadata.expect("facts");
                let arn = made.arn.expect("an ARN");
                values.insert(format!("{prefix}_{suffix}_ARN"), arn.clone());
                values.insert(format!("{prefix}_{suffix}_ID"), made.key_id);
                arns.push(arn);
            }
            sides.push(Side { name, clients, bucket, key: arns.remove(0) });
        }
        let trusted = trust("111111111111", json!({}));
        for account in ["111111111111", "222222222222"] {
            let iam = admin(&sandbox, account, "us-east-1").await;
            for name in ["old", "other", "Admin"] {
                make_role(&iam, name, &trusted, None).await;
            }
        }
        let sides = sides.try_into().unwrap_or_else(|_| panic!("two sides"));
        let stored = [("versioning".to_owned(), json!("Enabled").to_string())].into();
        Self { sandbox, sides, values, stored, boundaries: 0 }
    }

    /// Makes the world and says what becomes of its object.
    pub async fn play(&mut self, estate: &Value) -> Became {
        let estate: Value = serde_json::from_str(&fill(&estate.to_string(), &self.values)).expect("JSON");
        self.sandbox.clear_calls();
        match self.make(&estate).await {
            Ok(()) => {}
            Err(refusal) => return Became::Refused(refusal),
        }
        self.sandbox.release_replication();
        let became = self.decided(estate["object"]["key"].as_str().expect("a key")).await;
        self.sandbox.hold_replication();
        became
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

    async fn make(&mut self, estate: &Value) -> Result<(), String> {
        self.sandbox.hold_replication();
        self.role(&estate["role"]).await?;
        for name in ["source", "destination"] {
            self.settings(name, &estate[name]).await?;
        }
        self.versioning(&json!("Enabled")).await?;
        let configuration = &estate["source"]["replication"];
        if self.differs("replication", configuration) {
            let put = rule::put(&self.sides[0].clients, &self.sides[0].bucket, configuration).await;
            put.inspect_err(|_| drop(self.stored.remove("replication")))?;
        }
        if let Err(first) = self.write(&estate["object"]).await {
            // The last world's documents may be in the way.
            self.reset_source().await;
            self.write(&estate["object"]).await.map_err(|_| first)?;
        }
        for name in ["source", "destination"] {
            self.documents(name, &estate[name]).await?;
        }
        self.versioning(&estate["destination"]["versioning"]).await?;
        if estate["role"]["exists"] == false || estate["role"]["recreated"] == true {
            self.delete_role().await;
            // The documents hold the id of the deleted role now.
            self.stored.retain(|what, _| !what.contains("policy") && !what.contains("grants"));
            if estate["role"]["exists"] != false {
                self.role(&estate["role"]).await?;
            }
        }
        Ok(())
    }

    async fn settings(&mut self, name: &'static str, wanted: &Value) -> Result<(), String> {
        let side = self.side(name);
        let (client, bucket) = (side.clients.s3.clone(), side.bucket.clone());
        if self.differs(&format!("{name} ownership"), &wanted["ownership"]) {
            let ownership = wanted["ownership"].as_str().unwrap_or("BucketOwnerEnforced");
            let rule =
                s3::OwnershipControlsRule::builder().object_ownership(s3::ObjectOwnership::from(ownership));
            let controls = s3::OwnershipControls::builder().rules(rule.build().expect("complete"));
            let put = client.put_bucket_ownership_controls().bucket(&bucket);
            or_refused!("ownership", put.ownership_controls(controls.build().expect("complete")).send());
        }
        if self.differs(&format!("{name} block"), &wanted["public_access_block"]) {
            let flag = |name: &str| wanted["public_access_block"][name].as_bool().or(Some(false));
            let block = s3::PublicAccessBlockConfiguration::builder()
                .set_block_public_policy(flag("BlockPublicPolicy"))
                .set_restrict_public_buckets(flag("RestrictPublicBuckets"))
                .build();
            let put = client.put_public_access_block().bucket(&bucket);
            or_refused!("block", put.public_access_block_configuration(block).send());
        }
        if self.differs(&format!("{name} payer"), &wanted["request_payment"]) {
            let payer = s3::Payer::from(wanted["request_payment"].as_str().unwrap_or("BucketOwner"));
            let payment = s3::RequestPaymentConfiguration::builder().payer(payer).build().expect("complete");
            let put = client.put_bucket_request_payment().bucket(&bucket);
            or_refused!("payer", put.request_payment_configuration(payment).send());
        }
        if self.differs(&format!("{name} encryption"), &wanted["encryption"]) {
            let rule = &wanted["encryption"]["Rules"][0];
            let default = &rule["ApplyServerSideEncryptionByDefault"];
            let by_default = s3::ServerSideEncryptionByDefault::builder()
                .sse_algorithm(s3::ServerSideEncryption::from(
                    default["SSEAlgorithm"].as_str().unwrap_or("AES256"),
                ))
                .set_kms_master_key_id(default["KMSMasterKeyID"].as_str().map(str::to_owned))
                .build();
            let rule = s3::ServerSideEncryptionRule::builder()
                .apply_server_side_encryption_by_default(by_default.expect("complete"))
                .bucket_key_enabled(rule["BucketKeyEnabled"] == true)
                .build();
            let configuration = s3::ServerSideEncryptionConfiguration::builder().rules(rule).build();
            let put = client.put_bucket_encryption().bucket(&bucket);
            let put = put.server_side_encryption_configuration(configuration.expect("complete"));
            or_refused!("encryption", put.send());
        }
        Ok(())
    }

    async fn versioning(&mut self, wanted: &Value) -> Result<(), String> {
        if self.differs("versioning", wanted) {
            let status = s3::BucketVersioningStatus::from(wanted.as_str().unwrap_or("Enabled"));
            let configuration = s3::VersioningConfiguration::builder().status(status).build();
            let side = &self.sides[1];
            let put = side.clients.s3.put_bucket_versioning().bucket(&side.bucket);
            if let Err(error) = put.versioning_configuration(configuration).send().await {
                self.stored.insert("versioning".to_owned(), json!("Enabled").to_string());
                return Err(format!("versioning: {}", error.code().unwrap_or_default()));
            }
        }
        Ok(())
    }

    async fn reset_source(&mut self) {
        let open = allow(json!([{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                                 "Action": "kms:*", "Resource": "*"}]));
        let side = &self.sides[0];
        let kms = &side.clients.kms;
        drop(kms.put_key_policy().key_id(&side.key).policy(open).send().await);
        drop(kms.cancel_key_deletion().key_id(&side.key).send().await);
        drop(kms.enable_key().key_id(&side.key).send().await);
        drop(side.clients.s3.delete_bucket_policy().bucket(&side.bucket).send().await);
        self.stored.retain(|what, _| !what.starts_with("source"));
    }

    async fn write(&self, object: &Value) -> Result<(), String> {
        let side = &self.sides[0];
        let key = object["key"].as_str().expect("a key");
        let mut put = side.clients.s3.put_object().bucket(&side.bucket).key(key);
        put = match object["sse"].as_str() {
            Some("aws:kms") => {
                let put = put.server_side_encryption(s3::ServerSideEncryption::AwsKms);
                put.set_ssekms_key_id(self.values.get("SRC_KEY_ARN").cloned())
            }
            _ => put.server_side_encryption(s3::ServerSideEncryption::Aes256),
        };
        let tags = object["tags"].as_object().into_iter().flatten();
        let tags: Vec<String> =
            tags.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or_default())).collect();
        put = put.set_tagging((!tags.is_empty()).then(|| tags.join("&")));
        or_refused!("the object", put.body(aws_sdk_s3::primitives::ByteStream::from_static(b"x")).send());
        if object["operation"] == "delete-marker" {
            or_refused!("the marker", side.clients.s3.delete_object().bucket(&side.bucket).key(key).send());
        }
        Ok(())
    }

    async fn documents(&mut self, name: &'static str, wanted: &Value) -> Result<(), String> {
        let side = self.side(name);
        let (clients, bucket, key) = (side.clients.clone(), side.bucket.clone(), side.key.clone());
        let what = format!("{name} key state");
        if self.differs(&what, &json!("Enabled")) {
            drop(clients.kms.cancel_key_deletion().key_id(&key).send().await);
            or_refused!(what, clients.kms.enable_key().key_id(&key).send());
        }
        let what = format!("{name} key policy");
        if self.differs(&what, &wanted["key"]["policy"]) {
            self.stored.remove(&what);
            let policy = wanted["key"]["policy"].to_string();
            or_refused!(what, clients.kms.put_key_policy().key_id(&key).policy(policy).send());
            self.differs(&what, &wanted["key"]["policy"]);
        }
        let what = format!("{name} grants");
        if self.differs(&what, &wanted["key"]["grants"]) {
            let list = clients.kms.list_grants().key_id(&key).send().await.expect("grants");
            for grant in list.grants.unwrap_or_default() {
                let revoke = clients.kms.revoke_grant().key_id(&key).set_grant_id(grant.grant_id);
                revoke.send().await.expect("revoked");
            }
            for grant in wanted["key"]["grants"].as_array().into_iter().flatten() {
                let operations =
                    grant["operations"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let create = clients.kms.create_grant().key_id(&key);
                let create = create
                    .grantee_principal(grant["grantee"].as_str().unwrap_or_default())
                    .set_operations(Some(operations.map(Into::into).collect()));
                or_refused!(what, create.send());
            }
        }
        let what = format!("{name} policy");
        if self.differs(&what, &wanted["policy"]) {
            self.stored.remove(&what);
            if wanted["policy"].is_null() {
                or_refused!(what, clients.s3.delete_bucket_policy().bucket(&bucket).send());
            } else {
                let put = clients.s3.put_bucket_policy().bucket(&bucket).policy(wanted["policy"].to_string());
                or_refused!(what, put.send());
            }
            self.differs(&what, &wanted["policy"]);
        }
        let what = format!("{name} key state");
        let state = &wanted["key"]["state"];
        if !state.is_null() && self.differs(&what, state) {
            match state.as_str() {
                Some("Disabled") => or_refused!(what, clients.kms.disable_key().key_id(&key).send()),
                _ => or_refused!(what, clients.kms.schedule_key_deletion().key_id(&key).send()),
            }
        }
        Ok(())
    }

    async fn role(&mut self, wanted: &Value) -> Result<(), String> {
        let iam = self.sides[0].clients.iam.clone();
        let name = "replication";
        if self.differs("role", &json!(true)) {
            let create = iam.create_role().role_name(name);
            let any = trust("111111111111", json!({}));
            create.assume_role_policy_document(any).send().await.expect("the role is made");
        }
        if self.differs("role trust", &wanted["trust"]) {
            self.stored.remove("role trust");
            let put = iam.update_assume_role_policy().role_name(name);
            or_refused!("trust", put.policy_document(wanted["trust"].to_string()).send());
            self.differs("role trust", &wanted["trust"]);
        }
        if self.differs("role rights", &wanted["policies"][0]) {
            self.stored.remove("role rights");
            let put = iam.put_role_policy().role_name(name).policy_name("policy-0");
            or_refused!("role policy", put.policy_document(wanted["policies"][0].to_string()).send());
            self.differs("role rights", &wanted["policies"][0]);
        }
        let boundary = &wanted["permissions_boundary"];
        if self.differs("role boundary", boundary) {
            drop(iam.delete_role_permissions_boundary().role_name(name).send().await);
            if !boundary.is_null() {
                self.boundaries += 1;
                let policy = format!("boundary-{}", self.boundaries);
                let create = iam.create_policy().policy_name(&policy).policy_document(boundary.to_string());
                self.stored.remove("role boundary");
                or_refused!("boundary", create.send());
                let put = iam.put_role_permissions_boundary().role_name(name);
                let arn = format!("arn:aws:iam::111111111111:policy/{policy}");
                or_refused!("boundary", put.permissions_boundary(arn).send());
                self.differs("role boundary", boundary);
            }
        }
        Ok(())
    }

    async fn delete_role(&mut self) {
        let iam = &self.sides[0].clients.iam;
        let policy = iam.delete_role_policy().role_name("replication").policy_name("policy-0");
        policy.send().await.expect("no policy");
        iam.delete_role().role_name("replication").send().await.expect("no role");
        self.stored.retain(|what, _| !what.starts_with("role"));
    }

    /// Of the newest version, over all rules.
    async fn decided(&self, key: &str) -> Became {
        let bucket = &self.sides[0].bucket;
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        loop {
            let verdicts = self.sandbox.why(bucket, key);
            let newest = verdicts.last().map(|verdict| verdict.version.clone());
            let outcomes: Vec<&Outcome> =
                verdicts.iter().filter(|v| Some(&v.version) == newest.as_ref()).map(|v| &v.outcome).collect();
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
