//! The operations of AWS's APIs that are called: every call names one of them, so none is made that is
//! not in this list.
//!
//! Deliberately absent: making them. That is [`crate::aws::Lane`].

use std::fmt;

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

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
