//! Whether S3 can replicate with a key: its state and its kind.
//!
//! Deliberately absent: doing something about it. Keys are not enabled, and no deletion is cancelled.

use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec, KeyState, KeyUsageType};

use crate::arn::KeyArn;
use crate::topology::KeyId;

use super::{Difference, Stop};

/// Whether it is a replica of a multi-Region key, which follows its primary.
pub fn is_replica(metadata: &KeyMetadata) -> bool {
    use aws_sdk_kms::types::MultiRegionKeyType::Replica;
    metadata.multi_region_configuration().and_then(|c| c.multi_region_key_type()) == Some(&Replica)
}

/// The ARN of a key that S3 can use for other accounts, or why it cannot.
///
/// # Errors
/// Its state or kind, with the way out: a key that is pending deletion is never replaced.
pub fn usable(id: &KeyId, metadata: &KeyMetadata) -> Result<KeyArn, Stop> {
    let text = metadata.arn().unwrap_or_default();
    let arn: KeyArn = text.parse().map_err(|e| Stop::because(format!("KMS named key {id} {text:?}: {e}")))?;
    if metadata.key_manager() == Some(&KeyManagerType::Aws) {
        return Err(Stop::new(
            format!("key {id} is managed by AWS, so it cannot serve another account"),
            "name an alias of your own in the bucket's entry; it is made if it does not exist",
        ));
    }
    if let Some((message, hint)) = unusable(id, &arn, metadata.key_state()) {
        let state = metadata.key_state().map_or("", KeyState::as_str);
        let details = vec![Difference::changed("state", state, KeyState::Enabled.as_str())];
        return Err(Stop { details, ..Stop::new(message, hint) });
    }
    if metadata.key_spec() != Some(&KeySpec::SymmetricDefault)
        || metadata.key_usage() != Some(&KeyUsageType::EncryptDecrypt)
    {
        return Err(Stop::new(
            format!("key {id} ({arn}) is not a symmetric encryption key"),
            "S3 encrypts with symmetric keys only; name another key",
        ));
    }
    Ok(arn)
}

/// Why a key in that state cannot be used, and the way out.
fn unusable(id: &KeyId, arn: &KeyArn, state: Option<&KeyState>) -> Option<(String, String)> {
    let (region, account) = (&arn.region, &id.account);
    let enable = format!("`aws kms enable-key --key-id {arn} --region {region}`");
    match state? {
        KeyState::PendingDeletion | KeyState::PendingReplicaDeletion => Some((
            format!("key {id} ({arn}) is pending deletion"),
            format!(
                "if its data is still needed: `aws kms cancel-key-deletion --key-id {arn} --region {region}`, then \
                 {enable}, both in account {account}; it is never replaced silently"
            ),
        )),
        KeyState::Disabled => Some((
            format!("key {id} ({arn}) is disabled"),
            format!("{enable} in account {account}, if that is meant"),
        )),
        KeyState::PendingImport | KeyState::Unavailable => Some((
            format!("key {id} ({arn}) has no key material that can be used"),
            "import its material or connect its key store".to_owned(),
        )),
        _ => None,
    }
}
