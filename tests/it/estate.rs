//! Everything that there is in two accounts, read by listing it, so that what nobody expects is found, too.
//!
//! Two estates that came about in different ways are compared as wholes: ids that AWS chose are
//! replaced by the names that they go by, and the order of a policy's statements says nothing.

use std::collections::BTreeMap;
use std::fmt::Debug;

use aws_sdk_kms::types::KeyManagerType;
use aws_sdk_s3::types::{
    BucketVersioningStatus, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    VersioningConfiguration,
};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::documents::{self, Document, POLICY, ROLE};
use crate::world::World;

/// The accounts and Regions of [`crate::world::one_link`], both ways round.
const ACCOUNTS: [&str; 2] = ["prod", "backup"];
const REGIONS: [&str; 2] = ["ap-south-1", "us-east-1"];

/// What there is, by name: `backup us-east-1 key alias/orders-backup: policy`.
pub type Estate = BTreeMap<String, Value>;

/// Reads it all.
pub fn estate(world: &World) -> Estate {
    let reader = Reader { world };
    let places: Vec<_> = ACCOUNTS.iter().flat_map(|a| REGIONS.map(|r| (*a, r))).collect();
    // Clients are made outside of the runtime.
    for (account, region) in &places {
        let _ = (world.kms(account, region), world.s3(account, region), world.iam(account));
    }
    let (keys, buckets, roles) = world.block(async {
        futures_util::join!(
            join_all(places.into_iter().map(|(account, region)| reader.keys(account, region))),
            join_all(ACCOUNTS.map(|account| reader.buckets(account))),
            join_all(ACCOUNTS.map(|account| reader.roles(account))),
        )
    });
    let mut names: Vec<(String, String)> = Vec::new();
    let mut all = Vec::new();
    for (found, ids) in keys {
        all.extend(found);
        names.extend(ids);
    }
    all.extend(buckets.into_iter().flatten());
    all.extend(roles.into_iter().flatten());
    let plain = |value: &Value| {
        let text = names.iter().fold(value.to_string(), |text, (id, name)| text.replace(id, name));
        serde_json::from_str(&text).expect("JSON")
    };
    let count = all.len();
    let estate: Estate = all.iter().map(|(name, value)| (name.clone(), plain(value))).collect();
    assert_eq!(estate.len(), count, "everything has a name of its own");
    estate
}

/// Keys that somebody made, buckets, and roles: how many of each.
pub fn counted(estate: &Estate) -> [usize; 3] {
    let ending = |suffix: &str| estate.keys().filter(|name| name.ends_with(suffix)).count();
    [ending(": key"), ending(": bucket"), ending(": role")]
}

/// The two are the same; otherwise what differs, and nothing else, is said.
#[track_caller]
pub fn assert_same(found: &Estate, wanted: &Estate) {
    let names: std::collections::BTreeSet<&String> = found.keys().chain(wanted.keys()).collect();
    let show = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), |v| format!("{v:#}"));
    let differing: Vec<String> = names
        .into_iter()
        .filter(|name| found.get(*name) != wanted.get(*name))
        .map(|name| {
            let (found, wanted) = (show(found.get(name)), show(wanted.get(name)));
            format!("{name}\n  is: {found}\n  should be: {wanted}")
        })
        .collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

/// Damages what [`crate::world::one_link`] leads to, so that apply reads all and writes most of it again.
pub fn damage(world: &World) {
    let prod = (world.s3("prod", "ap-south-1"), world.kms("prod", "ap-south-1"), world.iam("prod"));
    let backup = (world.s3("backup", "us-east-1"), world.kms("backup", "us-east-1"));
    let key = documents::key_arn(world, "prod", "ap-south-1", "alias/orders-prod").expect("a key");
    let keys = [
        Document::key(world, "prod", "ap-south-1", "alias/orders-prod"),
        Document::key(world, "backup", "us-east-1", "alias/orders-backup"),
    ];
    let foreign = json!({"Version": "2012-10-17", "Statement": [{"Sid": "Theirs", "Effect": "Allow",
        "Action": "sts:AssumeRole", "Principal": {"Service": "batchoperations.s3.amazonaws.com"}}]});
    world.block(async {
        futures_util::join!(
            async { prod.1.disable_key_rotation().key_id(&key).send().await.expect("no rotation") },
            async {
                prod.0.delete_bucket_replication().bucket("orders-prod").send().await.expect("no rules")
            },
            async {
                backup.1.delete_alias().alias_name("alias/orders-backup").send().await.expect("no alias")
            },
            async {
                backup.0.delete_bucket_policy().bucket("orders-backup").send().await.expect("no policy")
            },
        );
        for (s3, bucket) in [(&prod.0, "orders-prod"), (&backup.0, "orders-backup")] {
            s3.delete_public_access_block().bucket(bucket).send().await.expect("no block");
            s3.delete_bucket_encryption().bucket(bucket).send().await.expect("no encryption");
            s3.delete_bucket_ownership_controls().bucket(bucket).send().await.expect("no controls");
            let off = VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
            let suspended = s3.put_bucket_versioning().bucket(bucket).versioning_configuration(off);
            suspended.send().await.expect("no versioning");
        }
        prod.2.delete_role_policy().role_name(ROLE).policy_name(POLICY).send().await.expect("no policy");
    });
    Document::trust().write(world, &foreign);
    for key in keys {
        key.edit(world, |document| {
            let ours = |s: &Value| s["Sid"].as_str().is_some_and(|sid| sid.starts_with("Bucketbridge"));
            document["Statement"].as_array_mut().expect("statements").retain(|s| !ours(s));
        });
    }
}

struct Reader<'a> {
    world: &'a World,
}

type Found = Vec<(String, Value)>;

impl Reader<'_> {
    /// Also the ids of the keys and what to call them.
    async fn keys(&self, account: &str, region: &str) -> (Found, Vec<(String, String)>) {
        let kms = self.world.kms(account, region);
        let (aliases, keys) = futures_util::join!(kms.list_aliases().send(), kms.list_keys().send());
        let aliases = aliases.expect("aliases").aliases.unwrap_or_default();
        let mut found = Vec::new();
        let mut names = Vec::new();
        let mut nameless = 0;
        for key in keys.expect("keys").keys() {
            let id = key.key_id().expect("an id");
            let described = kms.describe_key().key_id(id).send().await.expect("a key");
            let key = described.key_metadata.expect("metadata");
            if key.key_manager() != Some(&KeyManagerType::Customer) {
                continue;
            }
            let mut of_key: Vec<&str> = aliases
                .iter()
                .filter(|a| a.target_key_id() == Some(id))
                .filter_map(|a| a.alias_name())
                .collect();
            of_key.sort_unstable();
            if of_key.is_empty() {
                nameless += 1;
            }
            let name = match of_key.join("+") {
                none if none.is_empty() => format!("{account} {region} key without an alias {nameless}"),
                aliases => format!("{account} {region} key {aliases}"),
            };
            let (policy, rotation, tags) = futures_util::join!(
                kms.get_key_policy().key_id(id).send(),
                kms.get_key_rotation_status().key_id(id).send(),
                kms.list_resource_tags().key_id(id).send(),
            );
            let what = (key.key_state(), key.multi_region(), key.description(), key.key_spec());
            found.push((format!("{name}: key"), json!(format!("{what:?}"))));
            found.push((format!("{name}: policy"), policy_or_code(policy, |a| a.policy)));
            found.push((
                format!("{name}: rotation"),
                or_code(rotation, |a| (a.key_rotation_enabled, a.rotation_period_in_days)),
            ));
            found.push((format!("{name}: tags"), sorted_or_code(tags, |a| a.tags.unwrap_or_default())));
            names.push((id.to_owned(), format!("<{name}>")));
        }
        (found, names)
    }

    async fn buckets(&self, account: &str) -> Found {
        let s3 = self.world.s3(account, "us-east-1");
        let buckets = s3.list_buckets().send().await.expect("buckets").buckets.unwrap_or_default();
        let names: Vec<String> = buckets.into_iter().filter_map(|bucket| bucket.name).collect();
        join_all(names.iter().map(|bucket| self.bucket(account, bucket))).await.concat()
    }

    async fn bucket(&self, account: &str, bucket: &str) -> Found {
        let anywhere = self.world.s3(account, "us-east-1");
        let location = anywhere.get_bucket_location().bucket(bucket).send().await.expect("a Region");
        let region = location.location_constraint.map_or_else(|| "us-east-1".to_owned(), |l| l.to_string());
        let region = if region.is_empty() { "us-east-1" } else { &region };
        let s3 = self.world.s3(account, region);
        let (versioning, blocked, encryption, owner, tags, policy, rules, versions, uploads) = futures_util::join!(
            s3.get_bucket_versioning().bucket(bucket).send(),
            s3.get_public_access_block().bucket(bucket).send(),
            s3.get_bucket_encryption().bucket(bucket).send(),
            s3.get_bucket_ownership_controls().bucket(bucket).send(),
            s3.get_bucket_tagging().bucket(bucket).send(),
            s3.get_bucket_policy().bucket(bucket).send(),
            s3.get_bucket_replication().bucket(bucket).send(),
            s3.list_object_versions().bucket(bucket).send(),
            s3.list_multipart_uploads().bucket(bucket).send(),
        );
        let objects = or_code(versions, |a| {
            let versions = a.versions.unwrap_or_default().into_iter().map(|v| (v.key, v.size));
            let markers = a.delete_markers.unwrap_or_default().into_iter().map(|m| (m.key, None));
            versions.chain(markers).collect::<Vec<_>>()
        });
        let uploads = or_code(uploads, |a| {
            a.uploads.unwrap_or_default().into_iter().map(|u| u.key).collect::<Vec<_>>()
        });
        [
            ("bucket", json!(region)),
            ("versioning", or_code(versioning, |a| (a.status, a.mfa_delete))),
            ("public access block", or_code(blocked, |a| a.public_access_block_configuration)),
            ("encryption", or_code(encryption, |a| a.server_side_encryption_configuration.map(with_keys))),
            ("ownership", or_code(owner, |a| a.ownership_controls)),
            ("tags", sorted_or_code(tags, |a| a.tag_set)),
            ("policy", policy_or_code(policy, |a| a.policy)),
            ("replication", or_code(rules, |a| a.replication_configuration)),
            ("objects", objects),
            ("uploads", uploads),
        ]
        .map(|(what, value)| (format!("{account} bucket {bucket}: {what}"), value))
        .to_vec()
    }

    async fn roles(&self, account: &str) -> Found {
        let iam = self.world.iam(account);
        let roles = iam.list_roles().send().await.expect("roles").roles;
        // Those of services are there from the beginning and cannot be changed.
        let roles = roles.iter().filter(|role| !role.path().starts_with("/aws-service-role/"));
        join_all(roles.map(|role| self.role(account, role.role_name()))).await.concat()
    }

    async fn role(&self, account: &str, name: &str) -> Found {
        let iam = self.world.iam(account);
        let (role, inline, attached) = futures_util::join!(
            iam.get_role().role_name(name).send(),
            iam.list_role_policies().role_name(name).send(),
            iam.list_attached_role_policies().role_name(name).send(),
        );
        let role = role.expect("a role").role.expect("a role");
        let what =
            (role.path(), role.description(), role.max_session_duration(), role.permissions_boundary());
        let mut tags: Vec<String> = role.tags().iter().map(|tag| format!("{tag:?}")).collect();
        tags.sort();
        let mut found = vec![
            ("role".to_owned(), json!(format!("{what:?}"))),
            ("tags".to_owned(), json!(tags)),
            (
                "trust".to_owned(),
                policy(&percent_decoded(role.assume_role_policy_document().unwrap_or("{}"))),
            ),
            ("attached policies".to_owned(), or_code(attached, |a| a.attached_policies)),
        ];
        for inline in inline.expect("policies").policy_names {
            let document = iam.get_role_policy().role_name(name).policy_name(&inline).send().await;
            let document = percent_decoded(document.expect("a policy").policy_document());
            found.push((format!("inline policy {inline}"), policy(&document)));
        }
        found.into_iter().map(|(what, value)| (format!("{account} role {name}: {what}"), value)).collect()
    }
}

/// With the names of the keys, which `Debug` keeps to itself.
fn with_keys(
    encryption: ServerSideEncryptionConfiguration,
) -> (ServerSideEncryptionConfiguration, Vec<Option<String>>) {
    let key = |rule: &ServerSideEncryptionRule| {
        rule.apply_server_side_encryption_by_default.as_ref()?.kms_master_key_id.clone()
    };
    let keys = encryption.rules.iter().map(key).collect();
    (encryption, keys)
}

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A document; its statements in the order of their names.
fn policy(text: &str) -> Value {
    let mut value: Value = serde_json::from_str(text).expect("JSON");
    if let Some(statements) = value["Statement"].as_array_mut() {
        statements.sort_by_key(|s| s["Sid"].to_string());
    }
    value
}

/// What an answer says, or the code of the answer that there is nothing.
fn or_code<T, E, R, V>(answer: Result<T, SdkError<E, R>>, of: impl FnOnce(T) -> V) -> Value
where
    E: ProvideErrorMetadata + Debug,
    R: Debug,
    V: Debug,
{
    match answer {
        Ok(answer) => json!(format!("{:?}", of(answer))),
        Err(error) => absent(&error),
    }
}

fn sorted_or_code<T, E, R, V>(answer: Result<T, SdkError<E, R>>, of: impl FnOnce(T) -> Vec<V>) -> Value
where
    E: ProvideErrorMetadata + Debug,
    R: Debug,
    V: Debug,
{
    let sorted = |values: Vec<V>| {
        let mut texts: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        texts.sort();
        json!(texts)
    };
    answer.map_or_else(|error| absent(&error), |answer| sorted(of(answer)))
}

fn policy_or_code<T, E, R>(answer: Result<T, SdkError<E, R>>, of: impl FnOnce(T) -> Option<String>) -> Value
where
    E: ProvideErrorMetadata + Debug,
    R: Debug,
{
    answer.map_or_else(|error| absent(&error), |answer| of(answer).map_or(Value::Null, |text| policy(&text)))
}

#[track_caller]
fn absent<E, R>(error: &SdkError<E, R>) -> Value
where
    E: ProvideErrorMetadata + Debug,
    R: Debug,
{
    let code = error.as_service_error().and_then(|e| e.code()).unwrap_or_default();
    assert!(code.contains("NotFound") || code.starts_with("NoSuch"), "a read that must go well: {error:?}");
    json!(code)
}
