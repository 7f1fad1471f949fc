//! What a row of the table of operations says: who calls the operation, for which commands, and what IAM
//! must allow, on what, under which conditions.
//!
//! Deliberately absent: ARNs. [`crate::permissions`] finds those that a profile map means.

use super::Operation;

/// An operation where one part of the program calls it.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The operation.
    pub operation: Operation,
    /// The part of the program.
    pub section: Section,
    /// The commands that come by there.
    pub tasks: &'static [Task],
    /// What IAM must allow; empty where AWS asks for nothing.
    pub needs: &'static [Need],
    /// In which case it is called, for people.
    pub when: &'static str,
}

/// An action that must be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// As IAM names it: `s3:GetEncryptionConfiguration`.
    pub action: &'static str,
    /// On what.
    pub on: On,
    /// What narrows it beyond that.
    pub narrowed: Narrowed,
    /// Needed only with an option of the command.
    pub only: Option<Extra>,
}

impl Need {
    pub(super) const fn new(action: &'static str, on: On) -> Self {
        Self { action, on, narrowed: Narrowed::No, only: None }
    }

    pub(super) const fn by(self, narrowed: Narrowed) -> Self {
        Self { narrowed, ..self }
    }

    pub(super) const fn only(self, extra: Extra) -> Self {
        Self { only: Some(extra), ..self }
    }
}

/// A part of the program that makes calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Section {
    /// Becoming the identity that an account entry means.
    SignIn,
    /// Finding out what is there.
    Read,
    /// Making and changing.
    Write,
    /// Proving.
    Canary,
    /// Explaining.
    Doctor,
    /// Withdrawing.
    Removal,
}

impl Section {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 6] =
        [Self::SignIn, Self::Read, Self::Write, Self::Canary, Self::Doctor, Self::Removal];
}

/// A command that somebody is to be allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// `plan` and `status`.
    Plan,
    /// `apply`, with its plan and its check.
    Apply,
    /// `check`.
    Check,
    /// `doctor`.
    Doctor,
    /// `remove`.
    Remove,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Plan, Self::Apply, Self::Check, Self::Doctor, Self::Remove];

    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Apply => "apply",
            Self::Check => "check",
            Self::Doctor => "doctor",
            Self::Remove => "remove",
        }
    }
}

/// An option of a command that takes more permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extra {
    /// `--variants` of `apply` and `check`.
    Variants,
    /// `--object` of `doctor`.
    Object,
    /// `--delete-keys` of `remove`.
    DeleteKeys,
}

impl Extra {
    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Variants => "--variants",
            Self::Object => "--object",
            Self::DeleteKeys => "--delete-keys",
        }
    }
}

/// What an action is allowed on, in the account that is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The action knows no resources.
    Everything,
    /// These buckets.
    Bucket(Buckets),
    /// Whatever buckets the account has.
    AnyBucket,
    /// Canaries in these buckets.
    Canaries(Buckets),
    /// All objects of these buckets.
    Objects(Buckets),
    /// These keys.
    Key(Keys),
    /// All keys of the Regions in which the map names keys by alias: one of ours may have lost its alias.
    AnyKey,
    /// The list of keys, where the map names keys by alias. The action knows no resources.
    KeyList,
    /// A key that is going to be made. The action knows no resources yet.
    NewKey,
    /// Likewise, as the replica of a multi-Region key.
    NewReplica,
    /// The aliases of keys that may be made.
    Alias,
    /// The replication roles.
    Role,
    /// The replication roles, where the map gives them a permissions boundary.
    BoundedRole,
    /// Managed policies, of the account and of AWS.
    Policy,
    /// The role by which KMS keeps multi-Region keys alike, where the map has one made.
    ServiceLinkedRole,
    /// Roles that other entries of the map assume by way of this account's.
    AssumedRole,
    /// Likewise, where they are given a source identity.
    NamedRole,
    /// Likewise, where they are given session tags.
    TaggedRole,
}

/// Which of the account's buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buckets {
    /// All of the map.
    All,
    /// Links leave them.
    Sources,
    /// Links of other accounts arrive in them.
    Destinations,
    /// Those that the map manages.
    Managed,
    /// Those that the map manages and links leave.
    ManagedSources,
    /// Those that the map manages and links of other accounts arrive in.
    ManagedDestinations,
    /// Those that the map has made if they are absent.
    Made,
    /// Those whose settings the map brings about: made ones, and those with `settings = "enforce"`.
    Settled,
    /// Canaries are put into them.
    CanarySources,
    /// Canaries with tags are put into them, since a link selects by tags.
    TaggedSources,
    /// Canaries arrive in them.
    CanaryDestinations,
    /// Both of these.
    CanaryAll,
}

/// Which keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keys {
    /// All of the account.
    All,
    /// Those that the map manages.
    Managed,
    /// Those that the map has made if they are absent: by the tag that they are made with alone.
    Made,
    /// Of this program's making, whose deletion may be scheduled: by the tag alone, or by their ARN.
    Deleted,
    /// Those whose rotation may be turned on.
    Rotated,
    /// Those with `rotation = false`.
    Unrotated,
    /// Those that the map names by ARN or id and says nothing of the rotation of.
    Undecided,
    /// Primary keys of which the map has replicas made.
    Primaries,
    /// Of the buckets that canaries are put into, in whatever account the keys are.
    CanarySources,
    /// Of the buckets that canaries arrive in, likewise.
    CanaryDestinations,
}

/// What narrows an action beside its resource. Keys that the map names by alias are narrowed by tag or
/// alias always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Narrowed {
    /// Nothing.
    No,
    /// `aws:RequestTag`: the tag that a key is made with.
    KeyTag,
    /// `aws:RequestTag`: the tag that a role is made with.
    RoleTag,
    /// Likewise, and `iam:PermissionsBoundary`, if the map sets one.
    NewRole,
    /// `iam:PermissionsBoundary`: the boundary that the map sets.
    Boundary,
    /// `iam:PassedToService`: S3 alone.
    PassedToS3,
    /// `iam:AWSServiceName`: KMS's multi-Region keys alone.
    ServiceName,
    /// `kms:ViaService`: S3 in the key's Region alone.
    ViaS3,
    /// `s3:prefix`: canaries alone.
    CanaryPrefix,
}
