//! The operations of AWS's APIs that are called, and what IAM must allow for each: every call names one of
//! them, so none is made that is not in the table.
//!
//! The policies that `permissions` prints, the hints of refused calls and docs/permissions.md come from
//! that table.
//!
//! Deliberately absent: making calls. That is [`crate::aws::Lane`].

use std::fmt;

pub mod row;
pub mod table;

use row::{Need, Row};

/// Declares the operations by the names that the APIs give them.
macro_rules! operations {
    ($($name:ident,)+) => {
        /// An operation of an API, by the API's own name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "the names are AWS's")]
        pub enum Operation {
            $($name,)+
        }

        impl Operation {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// As the API names it: `PutKeyPolicy`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

operations! {
    AbortMultipartUpload,
    AssumeRole,
    CompleteMultipartUpload,
    CreateAlias,
    CreateBucket,
    CreateKey,
    CreateMultipartUpload,
    CreateRole,
    DeleteBucketPolicy,
    DeleteBucketReplication,
    DeleteObject,
    DeleteRole,
    DeleteRolePolicy,
    DescribeKey,
    DisableKeyRotation,
    EnableKeyRotation,
    GetBucketAcl,
    GetBucketEncryption,
    GetBucketOwnershipControls,
    GetBucketPolicy,
    GetBucketReplication,
    GetBucketRequestPayment,
    GetBucketTagging,
    GetBucketVersioning,
    GetCallerIdentity,
    GetKeyPolicy,
    GetKeyRotationStatus,
    GetObjectAcl,
    GetObjectLockConfiguration,
    GetObjectTagging,
    GetPolicy,
    GetPolicyVersion,
    GetPublicAccessBlock,
    GetRole,
    GetRolePolicy,
    HeadBucket,
    HeadObject,
    ListAliases,
    ListAttachedRolePolicies,
    ListBuckets,
    ListGrants,
    ListInstanceProfilesForRole,
    ListKeys,
    ListMultipartUploads,
    ListObjectVersions,
    ListResourceTags,
    ListRolePolicies,
    PutBucketEncryption,
    PutBucketOwnershipControls,
    PutBucketPolicy,
    PutBucketReplication,
    PutBucketVersioning,
    PutKeyPolicy,
    PutObject,
    PutPublicAccessBlock,
    PutRolePermissionsBoundary,
    PutRolePolicy,
    ReplicateKey,
    ScheduleKeyDeletion,
    UpdateAssumeRolePolicy,
    UploadPart,
}

impl Operation {
    /// What the table says of it: a row for each section that it is called in.
    pub fn rows(self) -> impl Iterator<Item = &'static Row> {
        table::rows().filter(move |row| row.operation == self)
    }

    /// Every action that some call of it may need.
    pub fn actions(self) -> Vec<&'static str> {
        let mut actions = Vec::new();
        for Need { action, .. } in self.rows().flat_map(|row| row.needs) {
            if !actions.contains(action) {
                actions.push(*action);
            }
        }
        actions
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
