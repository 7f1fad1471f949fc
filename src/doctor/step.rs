//! What S3 does to replicate an object, request by request.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>
//!
//! Deliberately absent: whether it may.

/// A request of S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    AssumeRole,
    ReadConfiguration,
    ListBucket,
    ReadObject,
    ReadPlainObject,
    ReadAcl,
    ReadTags,
    ReadRetention,
    ReadLegalHold,
    Decrypt,
    WriteReplica,
    WriteTags,
    WriteDeleteMarker,
    OverrideOwner,
    Encrypt,
    GenerateDataKey,
    DecryptReplica,
}

/// What a request is made to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Role,
    SourceBucket,
    SourceObject,
    SourceKey,
    DestinationObject,
    ReplicaKey,
}

impl Step {
    pub(super) fn action(self) -> &'static str {
        match self {
            Self::AssumeRole => "sts:AssumeRole",
            Self::ReadConfiguration => "s3:GetReplicationConfiguration",
            Self::ListBucket => "s3:ListBucket",
            Self::ReadObject => "s3:GetObjectVersionForReplication",
            Self::ReadPlainObject => "s3:GetObjectVersion",
            Self::ReadAcl => "s3:GetObjectVersionAcl",
            Self::ReadTags => "s3:GetObjectVersionTagging",
            Self::ReadRetention => "s3:GetObjectRetention",
            Self::ReadLegalHold => "s3:GetObjectLegalHold",
            Self::Decrypt | Self::DecryptReplica => "kms:Decrypt",
            Self::WriteReplica => "s3:ReplicateObject",
            Self::WriteTags => "s3:ReplicateTags",
            Self::WriteDeleteMarker => "s3:ReplicateDelete",
            Self::OverrideOwner => "s3:ObjectOwnerOverrideToBucketOwner",
            Self::Encrypt => "kms:Encrypt",
            Self::GenerateDataKey => "kms:GenerateDataKey",
        }
    }

    /// What S3 does with it.
    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::AssumeRole => "assume the role",
            Self::ReadConfiguration => "read the replication configuration",
            Self::ListBucket => "list the source bucket",
            Self::ReadObject | Self::ReadPlainObject => "read the object",
            Self::ReadAcl => "read the object's ACL",
            Self::ReadTags => "read the object's tags",
            Self::ReadRetention => "read the object's retention",
            Self::ReadLegalHold => "read the object's legal hold",
            Self::Decrypt => "decrypt the object",
            Self::WriteReplica => "write the replica",
            Self::WriteTags => "write the replica's tags",
            Self::WriteDeleteMarker => "write the delete marker",
            Self::OverrideOwner => "give the replica to the destination's owner",
            Self::Encrypt => "encrypt the replica",
            Self::GenerateDataKey => "encrypt the replica of an object that is not encrypted",
            Self::DecryptReplica => "use the bucket key of the replica",
        }
    }

    pub(super) fn target(self) -> Target {
        match self {
            Self::AssumeRole => Target::Role,
            Self::ReadConfiguration | Self::ListBucket => Target::SourceBucket,
            Self::ReadObject
            | Self::ReadPlainObject
            | Self::ReadAcl
            | Self::ReadTags
            | Self::ReadRetention
            | Self::ReadLegalHold => Target::SourceObject,
            Self::Decrypt => Target::SourceKey,
            Self::WriteReplica | Self::WriteTags | Self::WriteDeleteMarker | Self::OverrideOwner => {
                Target::DestinationObject
            }
            Self::Encrypt | Self::GenerateDataKey | Self::DecryptReplica => Target::ReplicaKey,
        }
    }

    pub(super) fn is_kms(self) -> bool {
        matches!(self.target(), Target::SourceKey | Target::ReplicaKey)
    }

    /// The `failureReason` of S3 where this is refused
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-failure-codes.html>).
    pub(super) fn aws_reason(self) -> Option<&'static str> {
        Some(match self {
            Self::AssumeRole => "AssumeRoleNotPermitted",
            Self::ReadConfiguration | Self::ListBucket => return None,
            Self::ReadObject | Self::ReadPlainObject | Self::Decrypt => "SrcGetObjectNotPermitted",
            Self::ReadAcl => "SrcGetAclNotPermitted",
            Self::ReadTags => "SrcGetTaggingNotPermitted",
            Self::ReadRetention => "SrcGetRetentionNotPermitted",
            Self::ReadLegalHold => "SrcGetLegalHoldNotPermitted",
            Self::WriteTags => "DstPutTaggingNotPermitted",
            Self::WriteDeleteMarker => "DstDelObjNotPermitted",
            Self::WriteReplica
            | Self::OverrideOwner
            | Self::Encrypt
            | Self::GenerateDataKey
            | Self::DecryptReplica => "DstPutObjectNotPermitted",
        })
    }
}
