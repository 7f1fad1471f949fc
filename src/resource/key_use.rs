//! What is, or would be, under a key: default encryption of the account's buckets, and object versions.
//!
//! It is asked before a key is deleted, so what cannot be told counts as a use. It sees general purpose
//! buckets of the key's account, and the buckets that it is shown; not what other services encrypt.
//!
//! Deliberately absent: what follows from it.

use std::collections::BTreeMap;

use aws_sdk_s3::types::Bucket;
use futures_util::future::join_all;

use crate::arn::{BucketName, KeyArn, Region};
use crate::aws::{Account, AwsError, Operation, Patience};

use super::bucket::S3;
use super::bucket_settings;

/// The account's buckets and what their default encryption names.
#[derive(Debug, Clone, Default)]
pub struct Defaults {
    /// Each bucket and its key, in the form that was put: an ARN, an id or an alias.
    keys: Vec<(String, String)>,
    /// Why it is not known of some bucket.
    untold: Vec<String>,
}

/// The keys of a bucket's object versions.
#[derive(Debug, Clone, Default)]
pub struct Versions {
    /// How many versions are under each key, by its ARN.
    keys: BTreeMap<String, usize>,
    /// Why it is not known of some version, or of the bucket.
    untold: Option<String>,
}

impl Defaults {
    /// Why the key cannot be deleted; `aliases` are its own.
    pub fn against(&self, key: &KeyArn, aliases: &[String]) -> Option<String> {
        let names_it = |text: &str| is(text, key) || aliases.iter().any(|alias| is_alias(text, alias));
        let users: Vec<&str> =
            self.keys.iter().filter(|(_, text)| names_it(text)).map(|(bucket, _)| bucket.as_str()).collect();
        match (users.as_slice(), self.untold.first()) {
            ([], None) => None,
            ([], Some(untold)) => {
                Some(format!("it cannot be told whether a bucket has it as its default: {untold}"))
            }
            (users, _) => Some(format!("it is the default key of bucket {}", users.join(", "))),
        }
    }
}

impl Versions {
    /// Why the key cannot be deleted.
    pub fn against(&self, bucket: &BucketName, key: &KeyArn) -> Option<String> {
        let under: usize = self.keys.iter().filter(|(text, _)| is(text, key)).map(|(_, count)| count).sum();
        let plural = if under == 1 { "version is" } else { "versions are" };
        match (under, &self.untold) {
            (0, None) => None,
            (0, Some(untold)) => {
                Some(format!("it cannot be told whether a version in bucket {bucket} is under it: {untold}"))
            }
            (under, _) => Some(format!("{under} object {plural} under it in bucket {bucket}")),
        }
    }
}

/// Whether the text, an ARN or an id, names the key. Regions do not matter: the related keys of a
/// multi-Region key are one to whoever decrypts.
fn is(text: &str, key: &KeyArn) -> bool {
    match text.parse::<KeyArn>() {
        Ok(arn) => arn.id == key.id && arn.account == key.account,
        Err(_) => text == key.id,
    }
}

/// Whether the text, an alias or its ARN, names the alias. Whose account it is does not matter: rather
/// a bucket too many.
fn is_alias(text: &str, alias: &str) -> bool {
    text == alias || text.ends_with(&format!(":{alias}"))
}

/// Reads the default encryption of every bucket of the account, in whatever Region.
///
/// # Errors
/// What listing them failed with.
pub async fn defaults(account: &Account, home: &Region) -> Result<Defaults, AwsError> {
    let buckets = buckets(&account.s3(home)).await?;
    let reads = buckets.iter().map(|bucket| async {
        let name = bucket.name().unwrap_or_default().to_owned();
        let Some(region) = bucket.bucket_region().and_then(|text| text.parse::<Region>().ok()) else {
            return (name, Err("S3 does not say in which Region it is".to_owned()));
        };
        let found = bucket_settings::encryption(&account.s3(&region), &name).await;
        (name, found.map_err(|error| error.to_string()))
    });
    let mut defaults = Defaults::default();
    for (name, found) in join_all(reads).await {
        match found {
            Ok(encryption) => defaults.keys.extend(encryption.and_then(|e| e.key).map(|key| (name, key))),
            Err(why) => defaults.untold.push(format!("bucket {name}: {why}")),
        }
    }
    Ok(defaults)
}

async fn buckets(s3: &S3) -> Result<Vec<Bucket>, AwsError> {
    let (mut buckets, mut token) = (Vec::new(), None);
    loop {
        // With a limit S3 also says in which Region each is.
        let request = s3.client.list_buckets().max_buckets(1000).set_continuation_token(token);
        let page = s3
            .call(Operation::ListBuckets, &"all buckets", Patience::repeatable(), || request.clone().send())
            .await?;
        buckets.extend(page.buckets.unwrap_or_default());
        token = page.continuation_token;
        if token.is_none() {
            return Ok(buckets);
        }
    }
}

/// Reads under which keys the versions of a bucket are, if there are no more than `most`. A bucket that
/// does not exist has none.
pub async fn versions(account: &Account, region: &Region, bucket: &BucketName, most: usize) -> Versions {
    let s3 = account.s3(region);
    let all = match list(&s3, bucket, most).await {
        Ok(Some(all)) => all,
        Ok(None) => return untold(format!("it holds more than {most} versions, too many to look at")),
        Err(error) => return untold(error.to_string()),
    };
    let mut found = Versions::default();
    for key in join_all(all.iter().map(|(key, version)| key_of(&s3, bucket, key, version))).await {
        match key {
            Ok(key) => key.into_iter().for_each(|key| *found.keys.entry(key).or_default() += 1),
            Err(error) => found.untold = Some(error.to_string()),
        }
    }
    found
}

fn untold(why: String) -> Versions {
    Versions { keys: BTreeMap::new(), untold: Some(why) }
}

/// Every version, delete markers left out: nothing of theirs is encrypted. `None`: more than `most`.
async fn list(s3: &S3, bucket: &BucketName, most: usize) -> Result<Option<Vec<(String, String)>>, AwsError> {
    let resource = format!("bucket {bucket}");
    let (mut all, mut key_marker, mut version_marker) = (Vec::new(), None, None);
    loop {
        let request = s3
            .client
            .list_object_versions()
            .bucket(bucket.as_str())
            .expected_bucket_owner(s3.account_id())
            .set_key_marker(key_marker)
            .set_version_id_marker(version_marker);
        let Some(page) = s3.find(Operation::ListObjectVersions, &resource, || request.clone().send()).await?
        else {
            return Ok(Some(Vec::new()));
        };
        let versions = page.versions.unwrap_or_default();
        all.extend(versions.into_iter().filter_map(|v| Some((v.key?, v.version_id?))));
        if all.len() > most {
            return Ok(None);
        }
        if page.is_truncated != Some(true) {
            return Ok(Some(all));
        }
        (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
    }
}

/// The key that a version is under; `None` without KMS, or if the version is gone meanwhile.
async fn key_of(s3: &S3, bucket: &BucketName, key: &str, version: &str) -> Result<Option<String>, AwsError> {
    let request = s3
        .client
        .head_object()
        .bucket(bucket.as_str())
        .key(key)
        .version_id(version)
        .expected_bucket_owner(s3.account_id());
    let resource = format!("bucket {bucket}, {key}");
    let head = s3.find(Operation::HeadObject, &resource, || request.clone().send()).await?;
    Ok(head.and_then(|head| head.ssekms_key_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn key() -> KeyArn {
        KEY.parse().expect("an ARN")
    }

    #[test]
    fn a_default_names_its_key_in_any_form() {
        let aliases = ["alias/orders".to_owned()];
        let against = |text: &str| {
            let keys = vec![("a-bucket".to_owned(), text.to_owned())];
            Defaults { keys, untold: Vec::new() }.against(&key(), &aliases)
        };
        for text in [
            KEY,
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:eu-west-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "alias/orders",
            "arn:aws:kms:us-east-1:222222222222:alias/orders",
        ] {
            assert_eq!(against(text).as_deref(), Some("it is the default key of bucket a-bucket"), "{text}");
        }
        for text in [
            "alias/orders-2",
            "arn:aws:kms:us-east-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "00000000-12ab-34cd-56ef-1234567890ab",
        ] {
            assert_eq!(against(text), None, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_told_counts_as_a_use() {
        let bucket: BucketName = "orders-backup".parse().expect("a name");
        let defaults = Defaults { keys: Vec::new(), untold: vec!["bucket x: denied".to_owned()] };
        assert!(defaults.against(&key(), &[]).is_some_and(|why| why.contains("bucket x: denied")));
        assert!(untold("denied".to_owned()).against(&bucket, &key()).is_some());
        assert_eq!(Versions::default().against(&bucket, &key()), None);
        let keys = BTreeMap::from([(KEY.to_owned(), 2)]);
        let under = Versions { keys, untold: None }.against(&bucket, &key());
        assert_eq!(under.as_deref(), Some("2 object versions are under it in bucket orders-backup"));
    }
}
