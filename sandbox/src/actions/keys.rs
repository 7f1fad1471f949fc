//! The condition keys of KMS requests, from clients and through S3.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>

use fakecloud_kms::KmsKey;

use super::Need;
use crate::keys::RegionalKeys;

/// `action` (without `kms:`) on a key.
pub fn on_key(action: &str, key: &KmsKey, region: &RegionalKeys, caller_account: &str) -> Need {
    let account = key.arn.split(':').nth(4).unwrap_or_default();
    let mut need = Need::new(format!("kms:{action}"), &key.arn)
        .with("kms:calleraccount", caller_account)
        .with("aws:resourceaccount", account)
        .with("kms:keyspec", &key.key_spec)
        .with("kms:keyusage", &key.key_usage)
        .with("kms:keyorigin", &key.origin)
        .with("kms:multiregion", key.multi_region.to_string());
    if key.multi_region {
        let kind = if key.primary_region.is_some() { "REPLICA" } else { "PRIMARY" };
        need = need.with("kms:multiregionkeytype", kind);
    }
    for alias in region.aliases_of(account, &key.key_id) {
        need = need.with("kms:resourcealiases", alias);
    }
    need.resource_tags = Some(key.tags.clone().into_iter().collect());
    need
}

/// The same when S3 asks in the caller's name.
pub fn through_s3(need: Need, region: &str, context_arn: &str) -> Need {
    need.with("kms:viaservice", format!("s3.{region}.amazonaws.com"))
        .with("kms:EncryptionContext:aws:s3:arn", context_arn)
        .with("kms:encryptioncontextkeys", "aws:s3:arn")
        .with("aws:viaawsservice", "true")
}
