//! A case played through: everything made as the administrators of the
//! accounts would, the object written, the documents put, the decision read.
//!
//! Replication is held meanwhile, and the documents that might shut out the
//! administrators themselves are put last: S3 decides by the documents as
//! they are when it comes to the object.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_s3::types as s3;
use bucketbridge_sandbox::{Options, Outcome, Sandbox};
use serde_json::Value;

use super::story::{Ending, Story};
use super::{object, principals, rule};
use crate::bench::{Clients, admin, allow, clients, make_bucket, start, until};

/// A bucket, its account and that account's administrator.
pub struct Place {
    pub clients: Clients,
    pub bucket: String,
    pub account: String,
    pub region: String,
}

pub struct Lot<'a> {
    pub sandbox: &'a Sandbox,
    /// The estate with its placeholders filled in.
    pub estate: Value,
    pub source: Place,
    pub destination: Place,
    values: BTreeMap<String, String>,
}

impl Lot<'_> {
    pub fn value(&self, placeholder: &str) -> Option<String> {
        self.values.get(placeholder).cloned()
    }
}

/// What a refused call ends a case with.
macro_rules! or_refused {
    ($call:literal, $sent:expr) => {
        if let Err(error) = $sent {
            let code = aws_sdk_s3::error::ProvideErrorMetadata::code(&error).unwrap_or_default();
            let text = aws_sdk_s3::error::ProvideErrorMetadata::message(&error).unwrap_or_default();
            return Ending::Refused($call, format!("{code}: {text}"));
        }
    };
}

pub async fn play(story: &Story) -> Ending {
    let raw = &story.estate;
    let sandbox = open(raw);
    let mut values = constants(raw);
    let mut keys = Vec::new();
    for (side, prefix) in [("source", "SRC"), ("destination", "DST")] {
        make_keys(&sandbox, &raw[side], side, prefix, &mut values, &mut keys).await;
    }
    let text = fill(&raw.to_string(), &values);
    let estate: Value = serde_json::from_str(&text).expect("a filled estate");
    let lot = Lot {
        sandbox: &sandbox,
        source: place(&sandbox, &estate["source"]).await,
        destination: place(&sandbox, &estate["destination"]).await,
        estate,
        values,
    };
    let role = RoleOf::read(&lot, raw).await;
    if let Err(ending) = role.make(story).await {
        return ending;
    }
    for (place, side) in [(&lot.source, "source"), (&lot.destination, "destination")] {
        make_place(place, &lot.estate[side], story, side).await;
    }
    if let Some(ending) = rule_and_object(story, &lot).await {
        return ending;
    }
    // From here on it may be that administrators shut themselves out.
    suspend_later(&lot, story).await;
    if !story.has_cause("policy-invalid-principal") {
        for arn in all_principals(&lot.estate) {
            let account = principals::account_of(&arn).unwrap_or_default().to_owned();
            if !account.is_empty() {
                principals::make(&admin(&sandbox, &account, "us-east-1").await, &arn).await;
            }
        }
    }
    let stale = stale_ids(&lot.estate);
    let living = |policy: &Value| {
        let mut text = policy.to_string();
        if !story.is_refused() {
            stale.iter().for_each(|id| text = text.replace(id.as_str(), &role.arn));
        }
        text
    };
    for key in &keys {
        let wanted = &lot.estate[key.side][key.field];
        let wanted = if key.field == "key" { wanted } else { &wanted[0] };
        if !wanted["policy"].is_null() && !key.managed {
            let policy = living(&wanted["policy"]);
            let put = key.clients.kms.put_key_policy().key_id(&key.id).policy(&policy).send().await;
            let locks_out =
                put.as_ref().err().is_some_and(|error| format!("{error:?}").contains("will not allow"));
            if !locks_out || !put_as_its_admin(&lot, key, &policy, &role.arn).await {
                or_refused!("kms:PutKeyPolicy", put);
            }
        }
        for grant in wanted["grants"].as_array().into_iter().flatten() {
            let operations = grant["operations"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let create = key.clients.kms.create_grant().key_id(&key.id);
            let create = create
                .grantee_principal(grant["grantee"].as_str().unwrap_or_default())
                .set_operations(Some(operations.map(aws_sdk_kms::types::GrantOperation::from).collect()));
            or_refused!("kms:CreateGrant", create.send().await);
        }
        match wanted["state"].as_str() {
            Some("Disabled") => {
                key.clients.kms.disable_key().key_id(&key.id).send().await.expect("disabled");
            }
            Some("PendingDeletion") => {
                key.clients.kms.schedule_key_deletion().key_id(&key.id).send().await.expect("scheduled");
            }
            _ => {}
        }
    }
    for (place, side) in [(&lot.source, "source"), (&lot.destination, "destination")] {
        let wanted = &lot.estate[side];
        if !wanted["policy"].is_null() && wanted["exists"] != false {
            let put = place.clients.s3.put_bucket_policy().bucket(&place.bucket);
            or_refused!("s3:PutBucketPolicy", put.policy(living(&wanted["policy"])).send().await);
        }
    }
    if !stale.is_empty() && !story.is_refused() {
        role.delete().await;
        if let Err(ending) = role.make(story).await {
            return ending;
        }
    }
    if raw["role"]["exists"] == false {
        role.delete().await;
    }
    if raw["destination"]["exists"] == false {
        let bucket = lot.destination.clients.s3.delete_bucket().bucket(&lot.destination.bucket);
        bucket.send().await.expect("the destination bucket is deleted");
    }
    sandbox.release_replication();
    decided(&lot).await
}

/// Accounts are all that the case speaks of.
fn open(raw: &Value) -> Sandbox {
    let text = raw.to_string();
    let mut accounts: BTreeSet<String> = BTreeSet::new();
    for word in text.split(|c: char| !c.is_ascii_digit()) {
        if word.len() == 12 {
            accounts.insert(word.to_owned());
        }
    }
    let organization = &raw["organization"];
    let organizations = [("source", "source_org"), ("destination", "destination_org")]
        .iter()
        .filter_map(|(side, field)| {
            let id = organization[*field].as_str()?.replace("${ORG_ID}", ORGANIZATION);
            Some((raw[*side]["account"].as_str()?.to_owned(), id))
        })
        .collect();
    let sandbox = start(Options {
        accounts: accounts.iter().map(|id| (id.clone(), id.clone())).collect(),
        organizations,
        replication_delay: Duration::from_millis(1),
        ..Options::default()
    });
    sandbox
}

const ORGANIZATION: &str = "o-casesorg01";

fn constants(raw: &Value) -> BTreeMap<String, String> {
    let of = |side: &str, field: &str| raw[side][field].as_str().unwrap_or_default().to_owned();
    let path = raw["role"]["path"].as_str().unwrap_or("/").to_owned();
    let role = format!("arn:aws:iam::{}:role{path}{}", of("role", "account"), of("role", "name"));
    [
        ("SRC_ACCOUNT", of("source", "account")),
        ("DST_ACCOUNT", of("destination", "account")),
        ("SRC_BUCKET", of("source", "bucket")),
        ("DST_BUCKET", of("destination", "bucket")),
        ("SRC_REGION", of("source", "region")),
        ("DST_REGION", of("destination", "region")),
        ("ROLE_ARN", role),
        ("ROLE_NAME", of("role", "name")),
        ("OTHER_BUCKET", "quite-another-bucket".to_owned()),
        ("ORG_ID", ORGANIZATION.to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn fill(text: &str, values: &BTreeMap<String, String>) -> String {
    let fill_once = |text: String| {
        values.iter().fold(text, |text, (name, value)| text.replace(&format!("${{{name}}}"), value))
    };
    // A value may hold a placeholder itself.
    fill_once(fill_once(text.to_owned()))
}

struct Key {
    side: &'static str,
    field: &'static str,
    clients: Clients,
    region: String,
    id: String,
    managed: bool,
}

async fn make_keys(
    sandbox: &Sandbox,
    side: &Value,
    name: &'static str,
    prefix: &str,
    values: &mut BTreeMap<String, String>,
    keys: &mut Vec<Key>,
) {
    for (field, suffix) in [("key", "KEY"), ("other_keys", "OTHER_KEY")] {
        let wanted = if field == "key" { &side["key"] } else { &side["other_keys"][0] };
        if wanted.is_null() {
            continue;
        }
        let account = side["account"].as_str().expect("an account");
        let region = wanted["region"].as_str().or(side["region"].as_str()).expect("a Region");
        let clients = admin(sandbox, account, region).await;
        let managed = wanted["aws_managed"] == true;
        let (arn, id) = if wanted["exists"] == false {
            let id = "0f0f0f0f-aaaa-4bbb-8ccc-0123456789ab".to_owned();
            (format!("arn:aws:kms:{region}:{account}:key/{id}"), id)
        } else if managed {
            let alias = managed_alias(wanted);
            let known = clients.kms.describe_key().key_id(alias).send().await.expect("a managed key");
            let known = known.key_metadata().expect("metadata");
            (known.arn().expect("an ARN").to_owned(), known.key_id().to_owned())
        } else {
            let made = clients.kms.create_key().multi_region(wanted["multi_region"] == true);
            let made = made.send().await.expect("a key");
            let made = made.key_metadata().expect("metadata");
            (made.arn().expect("an ARN").to_owned(), made.key_id().to_owned())
        };
        values.insert(format!("{prefix}_{suffix}_ARN"), arn);
        values.insert(format!("{prefix}_{suffix}_ID"), id.clone());
        if wanted["exists"] == false {
            continue;
        }
        if !managed {
            for alias in wanted["aliases"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let create = clients.kms.create_alias().alias_name(fill(alias, values));
                create.target_key_id(&id).send().await.expect("an alias");
            }
        }
        keys.push(Key { side: name, field, clients, region: region.to_owned(), id, managed });
    }
}

/// A key policy must leave its author able to change it, so that one which
/// leaves out the administrator is put by a role that it does name.
async fn put_as_its_admin(lot: &Lot<'_>, key: &Key, policy: &str, replicator: &str) -> bool {
    let document: Value = serde_json::from_str(policy).expect("a policy");
    for arn in principals::named(&document).iter().filter(|arn| *arn != replicator) {
        let (Some(account), Some((_, name))) = (principals::account_of(arn), arn.rsplit_once('/')) else {
            continue;
        };
        if !arn.contains(":role/") {
            continue;
        }
        let admin = admin(lot.sandbox, account, &key.region).await;
        let all = allow(serde_json::json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]));
        let may = admin.iam.put_role_policy().role_name(name).policy_name("keys").policy_document(all);
        may.send().await.expect("the role may use keys");
        let assume = admin.sts.assume_role().role_arn(arn).role_session_name("keys");
        let session = assume.send().await.expect("the role is assumed");
        let session = session.credentials().expect("credentials");
        let credentials = aws_sdk_iam::config::Credentials::new(
            session.access_key_id(),
            session.secret_access_key(),
            Some(session.session_token().to_owned()),
            None,
            "test",
        );
        let as_role = clients(lot.sandbox, credentials, &key.region).await;
        if as_role.kms.put_key_policy().key_id(&key.id).policy(policy).send().await.is_ok() {
            return true;
        }
    }
    false
}

/// Which service's key a managed key is: its alias says, or its policy's id
/// (`auto-sns-1`), or else it is S3's.
fn managed_alias(key: &Value) -> String {
    let aliases = key["aliases"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(alias) = aliases.into_iter().find(|alias| alias.starts_with("alias/aws/")) {
        return alias.to_owned();
    }
    let id = key["policy"]["Id"].as_str().and_then(|id| id.strip_prefix("auto-"));
    let service = id.and_then(|id| id.rsplit_once('-')).map_or("s3", |(service, _)| service);
    format!("alias/aws/{service}")
}

async fn place(sandbox: &Sandbox, side: &Value) -> Place {
    let account = side["account"].as_str().expect("an account").to_owned();
    let region = side["region"].as_str().expect("a Region").to_owned();
    let bucket = side["bucket"].as_str().expect("a bucket").to_owned();
    Place { clients: admin(sandbox, &account, &region).await, bucket, account, region }
}

struct RoleOf {
    clients: Clients,
    arn: String,
    name: String,
    path: String,
    document: Value,
}

impl RoleOf {
    async fn read(lot: &Lot<'_>, raw: &Value) -> Self {
        let document = lot.estate["role"].clone();
        let account = document["account"].as_str().expect("an account");
        RoleOf {
            clients: admin(lot.sandbox, account, "us-east-1").await,
            arn: lot.value("ROLE_ARN").expect("the role's ARN"),
            name: raw["role"]["name"].as_str().expect("a name").to_owned(),
            path: document["path"].as_str().unwrap_or("/").to_owned(),
            document,
        }
    }

    async fn make(&self, story: &Story) -> Result<(), Ending> {
        match self.try_make(story).await {
            Ending::Works => Ok(()),
            ending => Err(ending),
        }
    }

    async fn try_make(&self, story: &Story) -> Ending {
        let iam = &self.clients.iam;
        if !story.has_cause("policy-invalid-principal") {
            for arn in principals::named(&self.document["trust"]) {
                principals::make(&self.clients, &arn).await;
            }
        }
        let create = iam.create_role().role_name(&self.name).path(&self.path);
        let create = create.assume_role_policy_document(self.document["trust"].to_string());
        or_refused!("iam:CreateRole", create.send().await);
        let boundary = &self.document["permissions_boundary"];
        if !boundary.is_null() {
            // Made anew when the role is, so that either may be there.
            let create = iam.create_policy().policy_name("boundary").policy_document(boundary.to_string());
            or_refused!("iam:CreatePolicy", create.send().await);
            let account = principals::account_of(&self.arn).unwrap_or_default();
            let put = iam.put_role_permissions_boundary().role_name(&self.name);
            let put = put.permissions_boundary(format!("arn:aws:iam::{account}:policy/boundary"));
            or_refused!("iam:PutRolePermissionsBoundary", put.send().await);
        }
        for (number, policy) in self.policies() {
            let put = iam.put_role_policy().role_name(&self.name).policy_name(format!("p{number}"));
            or_refused!("iam:PutRolePolicy", put.policy_document(policy.to_string()).send().await);
        }
        Ending::Works
    }

    fn policies(&self) -> impl Iterator<Item = (usize, &Value)> {
        self.document["policies"].as_array().into_iter().flatten().enumerate()
    }

    async fn delete(&self) {
        let iam = &self.clients.iam;
        for (number, _) in self.policies() {
            let delete = iam.delete_role_policy().role_name(&self.name).policy_name(format!("p{number}"));
            delete.send().await.expect("the policy is gone");
        }
        iam.delete_role().role_name(&self.name).send().await.expect("the role is gone");
    }
}

async fn make_place(place: &Place, wanted: &Value, story: &Story, side: &str) {
    let (client, bucket) = (&place.clients.s3, &place.bucket);
    if wanted["object_lock"] == true {
        let mut create = client.create_bucket().bucket(bucket).object_lock_enabled_for_bucket(true);
        if place.region != "us-east-1" {
            let region = s3::BucketLocationConstraint::from(place.region.as_str());
            let region = s3::CreateBucketConfiguration::builder().location_constraint(region).build();
            create = create.create_bucket_configuration(region);
        }
        create.send().await.expect("a bucket with Object Lock");
    } else {
        make_bucket(&place.clients, bucket, &place.region).await;
    }
    match wanted["versioning"].as_str() {
        // Suspended later, unless that is what is refused.
        Some("Suspended") if side == "destination" && !story.is_refused() => {
            versioning(place, "Enabled").await;
        }
        Some(status) => versioning(place, status).await,
        None => {}
    }
    if let Some(ownership) = wanted["ownership"].as_str() {
        let rule =
            s3::OwnershipControlsRule::builder().object_ownership(s3::ObjectOwnership::from(ownership));
        let controls = s3::OwnershipControls::builder().rules(rule.build().expect("complete"));
        let put = client.put_bucket_ownership_controls().bucket(bucket);
        put.ownership_controls(controls.build().expect("complete")).send().await.expect("ownership");
    }
    if wanted["public_access_block"].is_null() {
        client.delete_public_access_block().bucket(bucket).send().await.expect("no block");
    } else {
        let flag = |name: &str| wanted["public_access_block"][name].as_bool();
        let block = s3::PublicAccessBlockConfiguration::builder()
            .set_block_public_acls(flag("BlockPublicAcls"))
            .set_ignore_public_acls(flag("IgnorePublicAcls"))
            .set_block_public_policy(flag("BlockPublicPolicy"))
            .set_restrict_public_buckets(flag("RestrictPublicBuckets"))
            .build();
        let put = client.put_public_access_block().bucket(bucket);
        put.public_access_block_configuration(block).send().await.expect("a block");
    }
    let encryption = &wanted["encryption"]["Rules"][0];
    if !encryption.is_null() {
        let default = &encryption["ApplyServerSideEncryptionByDefault"];
        let algorithm = s3::ServerSideEncryption::from(default["SSEAlgorithm"].as_str().unwrap_or("AES256"));
        let default = s3::ServerSideEncryptionByDefault::builder()
            .sse_algorithm(algorithm)
            .set_kms_master_key_id(default["KMSMasterKeyID"].as_str().map(str::to_owned))
            .build()
            .expect("complete");
        let rule = s3::ServerSideEncryptionRule::builder()
            .apply_server_side_encryption_by_default(default)
            .bucket_key_enabled(encryption["BucketKeyEnabled"] == true)
            .build();
        let configuration = s3::ServerSideEncryptionConfiguration::builder().rules(rule).build();
        let put = client.put_bucket_encryption().bucket(bucket);
        let put = put.server_side_encryption_configuration(configuration.expect("complete"));
        put.send().await.expect("default encryption");
    }
    let payer = &wanted["request_payment"];
    if let Some(payer) = payer.as_str().or(payer["Payer"].as_str()) {
        let payment = s3::RequestPaymentConfiguration::builder().payer(s3::Payer::from(payer));
        let put = client.put_bucket_request_payment().bucket(bucket);
        let put = put.request_payment_configuration(payment.build().expect("complete"));
        put.send().await.expect("request payment");
    }
}

async fn versioning(place: &Place, status: &str) {
    let status = s3::BucketVersioningStatus::from(status);
    let configuration = s3::VersioningConfiguration::builder().status(status).build();
    let put = place.clients.s3.put_bucket_versioning().bucket(&place.bucket);
    put.versioning_configuration(configuration).send().await.expect("versioning");
}

async fn suspend_later(lot: &Lot<'_>, story: &Story) {
    if lot.estate["destination"]["versioning"] == "Suspended" && !story.is_refused() {
        versioning(&lot.destination, "Suspended").await;
    }
}

/// Stores the rule and writes the object, in the order that the case tells.
async fn rule_and_object(story: &Story, lot: &Lot<'_>) -> Option<Ending> {
    let wanted = &lot.estate["object"];
    let marker = wanted["operation"] == "delete-marker";
    let older = wanted["created"].as_str().is_some_and(|when| when.contains("before"));
    if marker || older {
        object::write(lot, &lot.source, &lot.source.bucket).await;
    }
    let configuration = &lot.estate["source"]["replication"];
    if !configuration.is_null() {
        let author = author(lot, story).await;
        if let Err(text) = rule::put(&author, &lot.source.bucket, configuration).await {
            return Some(Ending::Refused("s3:PutBucketReplication", text));
        }
    }
    if wanted["replication_status"] == "REPLICA" {
        object::arrive_as_replica(lot).await;
        return None;
    }
    lot.sandbox.hold_replication();
    match wanted["owner"].as_str() {
        _ if older => {}
        _ if marker => object::delete(lot).await,
        Some(owner) if owner != lot.source.account && owner.len() == 12 => {
            object::write_as_other(lot, owner).await;
        }
        _ => object::write(lot, &lot.source, &lot.source.bucket).await,
    }
    if !wanted["tags_added"].is_null() {
        object::tag(lot, &wanted["tags_added"]).await;
    }
    None
}

/// Who stores the rule: the administrator, or a user with the policies that
/// the case gives.
async fn author(lot: &Lot<'_>, story: &Story) -> Clients {
    let caller = &lot.estate["caller"];
    if caller.is_null() || !(story.has_cause("caller-pass-role-missing") || caller["policies"].is_array()) {
        return lot.source.clients.clone();
    }
    let iam = &lot.source.clients.iam;
    iam.create_user().user_name("author").send().await.expect("a user");
    let policies = caller["policies"].as_array().into_iter().flatten().chain(caller.get("policy"));
    for (number, policy) in policies.enumerate() {
        let put = iam.put_user_policy().user_name("author").policy_name(format!("p{number}"));
        put.policy_document(policy.to_string()).send().await.expect("the author's policy");
    }
    let key = iam.create_access_key().user_name("author").send().await.expect("a key");
    let key = key.access_key().expect("a key");
    let credentials = aws_sdk_iam::config::Credentials::new(
        key.access_key_id(),
        key.secret_access_key(),
        None,
        None,
        "test",
    );
    clients(lot.sandbox, credentials, &lot.source.region).await
}

fn all_principals(estate: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for side in ["source", "destination"] {
        let side = &estate[side];
        for policy in [&side["policy"], &side["key"]["policy"], &side["other_keys"][0]["policy"]] {
            found.extend(principals::named(policy));
        }
    }
    found
}

/// The unique ids of deleted roles that the documents hold.
fn stale_ids(estate: &Value) -> Vec<String> {
    all_principals(estate).into_iter().filter(|name| name.starts_with("AROA")).collect()
}

async fn decided(lot: &Lot<'_>) -> Ending {
    let key = lot.estate["object"]["key"].as_str().expect("a key");
    until("a decision", || async {
        let verdicts = lot.sandbox.why(&lot.source.bucket, key);
        Some(match verdicts.last().map(|verdict| verdict.outcome.clone()) {
            Some(Outcome::Pending) => return None,
            None | Some(Outcome::Skipped { .. }) => Ending::Skipped,
            Some(Outcome::Completed { .. }) => Ending::Works,
            Some(Outcome::Failed(failure)) => Ending::Fails(
                failure.code,
                format!("{} {}: {}", failure.action, failure.resource, failure.detail),
            ),
        })
    })
    .await
}
