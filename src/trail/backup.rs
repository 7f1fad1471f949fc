//! Documents as they were before a run first changed them, a file each.
//!
//! Deliberately absent: putting one back. That takes an account: [`crate::restore`].

use std::collections::HashSet;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::arn::{AccountId, BucketName, KeyArn, Region, RoleArn};

use super::private;

/// The version of the format: raised when a key goes away or changes its meaning.
pub const VERSION: u32 = 1;

/// Where a document is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs, reason = "the fields are what their types say")]
pub enum Place {
    /// The policy of a key.
    KeyPolicy { key: KeyArn },
    /// The policy of a bucket.
    BucketPolicy { bucket: BucketName, region: Region },
    /// The replication configuration of a bucket.
    Replication { bucket: BucketName, region: Region },
    /// An inline policy of a role.
    RolePolicy { role: RoleArn, policy: String },
    /// The trust policy of a role.
    TrustPolicy { role: RoleArn },
}

impl Place {
    fn file_name(&self) -> String {
        match self {
            Self::KeyPolicy { key } => format!("key-policy-{}-{}", key.region, key.id),
            Self::BucketPolicy { bucket, .. } => format!("bucket-policy-{bucket}"),
            Self::Replication { bucket, .. } => format!("replication-{bucket}"),
            Self::RolePolicy { role, policy } => format!("role-policy-{}-{policy}", role.name),
            Self::TrustPolicy { role } => format!("trust-policy-{}", role.name),
        }
    }
}

/// A document as it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Of the format.
    pub version: u32,
    /// When it was found.
    pub saved: Timestamp,
    /// The account's entry in the profile map.
    pub account: String,
    /// Its id.
    pub account_id: AccountId,
    /// Where the document is.
    pub place: Place,
    /// The document: JSON for policies, text for the XML of a replication configuration, `null` if
    /// there was none.
    pub document: Option<Value>,
}

/// Where the documents of a run are saved.
#[derive(Debug)]
pub struct Backups(Option<Folder>);

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    saved: Mutex<HashSet<(AccountId, Place)>>,
}

impl Backups {
    /// Into a folder of this run, which is made with the first document.
    pub fn into(path: PathBuf) -> Self {
        Self(Some(Folder { path, saved: Mutex::default() }))
    }

    /// Nothing is saved: for runs that change no document.
    pub fn none() -> Self {
        Self(None)
    }

    /// The folder, once something was saved.
    pub fn written(&self) -> Option<PathBuf> {
        let folder = self.0.as_ref()?;
        let saved = folder.saved.lock().unwrap_or_else(PoisonError::into_inner);
        (!saved.is_empty()).then(|| folder.path.clone())
    }

    /// Saves a document, unless it was saved in this run already; it is on disk when this returns.
    ///
    /// # Errors
    /// The file cannot be written, with its name: then the document must not be changed.
    pub fn save(
        &self,
        account: &str,
        account_id: &AccountId,
        place: &Place,
        document: Option<Value>,
    ) -> io::Result<()> {
        let Some(folder) = &self.0 else { return Ok(()) };
        let mut saved = folder.saved.lock().unwrap_or_else(PoisonError::into_inner);
        if saved.contains(&(account_id.clone(), place.clone())) {
            return Ok(());
        }
        let backup = Backup {
            version: VERSION,
            saved: Timestamp::now(),
            account: account.to_owned(),
            account_id: account_id.clone(),
            place: place.clone(),
            document,
        };
        let path = folder.path.join(account_id.as_str()).join(format!("{}.json", place.file_name()));
        let text = serde_json::to_string_pretty(&backup).map_err(io::Error::other)? + "\n";
        let put = || private::create(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        put().map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))?;
        saved.insert((account_id.clone(), place.clone()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_is_saved_once_and_word_for_word() {
        let folder = tempfile::tempdir().expect("a folder");
        let backups = Backups::into(folder.path().join("run"));
        let account: AccountId = "222222222222".parse().expect("an id");
        let place = Place::BucketPolicy {
            bucket: "orders-backup".parse().expect("a name"),
            region: "us-east-1".parse().expect("a Region"),
        };
        let document: Value = serde_json::from_str(
            r#"{"Statement": [{"Condition": {"NumericLessThan": {"s3:TlsVersion": 1.20}}}]}"#,
        )
        .expect("JSON");
        assert_eq!(backups.written(), None);
        backups.save("backup", &account, &place, Some(document.clone())).expect("saved");
        backups.save("backup", &account, &place, Some(json!({"later": true}))).expect("not again");
        let path = backups.written().expect("a folder").join("222222222222/bucket-policy-orders-backup.json");
        let text = std::fs::read_to_string(&path).expect("the file");
        assert!(text.contains("1.20"), "numbers stay as they were: {text}");
        let found: Backup = serde_json::from_str(&text).expect("a backup");
        assert_eq!((found.place, found.document), (place.clone(), Some(document)));
        // Where it cannot be saved, nobody may go on.
        let full = Backups::into(path.join("below-a-file"));
        assert!(full.save("backup", &account, &place, None).is_err());
    }
}
