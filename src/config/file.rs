//! The profile map as it stands in the file: every table and every key, once.
//!
//! From these declarations come the reader, the list of allowed keys and the JSON Schema; their
//! comments are what an editor shows. Defaults are applied later, where the topology is made: a field
//! remembers whether the file said anything.

use super::key_ref::KeyRef;
use super::table::table;
use super::text::{
    ExternalIdText, Lifetime, Marker, MfaSerial, Prefix, Principal, Profile, RolePath, RolePattern,
    SessionName, SourceIdentity, Variable,
};
use super::value::{Entries, Grant, List, OneOrMany, Priority, Settings, StorageClass, Version};
use crate::arn::{AccountId, Region, RoleArn};

table!(
    /// The accounts, keys and buckets that `bucketbridge` looks after, and the links between them.
    #[schemars(title = "Profile map of bucketbridge")]
    ProfileMap {
        /// The version of this form. There is only 1 so far.
        #[expect(dead_code, reason = "read for its problems; there is only one")]
        version: Version = required,
        /// What the Sids and rule ids of this map begin with, so that it knows its own statements. Give
        /// each map that shares a bucket or a key with another one a marker of its own.
        #[schemars(extend("default" = "Bucketbridge"))]
        marker: Marker = default,
        /// The accounts, by names of your choice.
        accounts: Entries<Account> = default,
        /// The buckets, by their names. `{account_id}` and `{region}` in a name are filled in.
        buckets: Entries<Bucket> = default,
        /// The links, by names of your choice: each makes one bucket replicate to another.
        links: Entries<Link> = default,
        /// The roles that S3 assumes to replicate: one for each source bucket.
        roles: Roles = default,
        /// More about keys, by the alias, id or ARN that a bucket names them by.
        keys: Entries<Key> = default,
        /// Tags of everything that is made.
        tags: Entries<String> = default,
        /// What buckets and links say unless they say otherwise.
        defaults: Defaults = default,
    }
);

table!(
    /// An account and how it is reached. With neither `profile` nor `assume_role`, the SDK's default chain
    /// is asked: environment, default profile, container, instance.
    Account {
        /// Twelve digits. Nothing is written unless STS says the same.
        id: AccountId = required,
        /// A profile of the AWS files: access keys, SSO, credential_process, role_arn.
        profile: Profile = default,
        /// A role to assume, or several, each assumed by the one before it. The last is in the account.
        assume_role: OneOrMany<AssumeRole> = default,
        /// The account is another team's: nobody signs in there, and what is needed of it comes by handoff.
        #[schemars(extend("default" = false))]
        remote: bool = default,
        /// Which role of a remote account may be granted to replicate into a bucket here: its ARN, or a glob
        /// over path and name that begins with `/`. By default the role that `[roles]` names.
        replication_role: RolePattern = default,
    }
);

table!(
    /// A role to assume. With neither `from` nor `from_profile`, the first role of a list is assumed by the
    /// SDK's default chain, and each other one by the role before it.
    AssumeRole {
        /// The ARN of the role.
        role: RoleArn = required,
        /// The account entry whose credentials assume the role. Only in the first role of a list.
        from: String = default,
        /// The profile whose credentials assume the role. Only in the first role of a list.
        from_profile: Profile = default,
        /// What the role's trust policy asks for as `sts:ExternalId`.
        external_id: ExternalIdText = default,
        /// The name of an environment variable that holds the external id.
        external_id_env: Variable = default,
        /// The name of the session, as CloudTrail shows it.
        session_name: SessionName = default,
        /// How long a session lasts before it is renewed: from `15m` to `12h`, and at most `1h` for a role that
        /// another role assumes.
        #[schemars(extend("default" = "1h"))]
        duration: Lifetime = default,
        /// `sts:SourceIdentity`, which cannot be changed by later roles.
        source_identity: SourceIdentity = default,
        /// Session tags.
        session_tags: Entries<String> = default,
        /// The MFA device whose code is asked for at the terminal.
        mfa_serial: MfaSerial = default,
    }
);

table!(
    /// A bucket. What it does not say is taken from `defaults.bucket`.
    Bucket {
        /// The entry of the account that owns the bucket.
        account: String = default,
        /// Where the bucket is, or is to be made.
        region: Region = default,
        /// The KMS key of the bucket: an alias, an id or an ARN. An alias that does not exist is made, with a
        /// new key. An ARN may be of a third account of this map.
        key: KeyRef = default,
        /// Further keys that objects of the bucket are under; replication may decrypt with them too.
        source_keys: List<KeyRef> = default,
        /// Whether S3 may use a bucket key, which saves most of the calls to KMS.
        #[schemars(extend("default" = true))]
        bucket_key: bool = default,
        /// Make the bucket if it is absent. Otherwise its absence is an error.
        #[schemars(extend("default" = true))]
        create: bool = default,
        /// With `false` the bucket, its policy and its replication configuration are read and checked,
        /// and never written.
        #[schemars(extend("default" = true))]
        manage: bool = default,
        /// What happens to encryption, ownership and public access settings of a bucket that existed
        /// before: `report` shows where they differ, `enforce` corrects them.
        #[schemars(extend("default" = "report"))]
        settings: Settings = default,
        /// Tags beside those of the map, given when the bucket is made.
        tags: Entries<String> = default,
    }
);

table!(
    /// A link: one rule of the source bucket's replication configuration. What it does not say is taken
    /// from `defaults.link`.
    Link {
        /// The source bucket, as its entry is written.
        from: String = default,
        /// The destination bucket, as its entry is written.
        to: String = default,
        /// Replicate only keys that begin with this.
        #[schemars(extend("default" = ""))]
        prefix: Prefix = default,
        /// Replicate only objects that carry all of these tags when they are written.
        tags: Entries<String> = default,
        /// Which rule wins where two of one source lead to one destination: the higher number. Unset ones
        /// are assigned and stay. Not for `defaults.link`.
        priority: Priority = default,
        /// A disabled rule stays in the configuration and replicates nothing.
        #[schemars(extend("default" = true))]
        enabled: bool = default,
        /// Replicate delete markers. Not together with `tags`.
        #[schemars(extend("default" = false))]
        delete_markers: bool = default,
        /// Give replicas to the destination's owner. By default true across accounts; within one account it
        /// means nothing.
        owner_override: bool = default,
        /// The storage class of replicas, instead of that of the object.
        storage_class: StorageClass = default,
        /// S3 Replication Time Control: 15 minutes, at a price. Turns metrics on.
        #[schemars(extend("default" = false))]
        replication_time_control: bool = default,
        /// Replication metrics and failure events.
        #[schemars(extend("default" = false))]
        metrics: bool = default,
        /// Replicate changes that were made to replicas in the source bucket; for links both ways.
        #[schemars(extend("default" = false))]
        replica_modifications: bool = default,
        /// Whom the destination's statements name: the `role`, or with `account-condition` the source's account
        /// under a condition on the role's ARN, which needs no role that exists.
        #[schemars(extend("default" = "role"))]
        grant: Grant = default,
        /// Prove the link with a canary object.
        #[schemars(extend("default" = true))]
        check: bool = default,
    }
);

table!(
    /// How replication roles are named and made.
    Roles {
        /// A name of at most 64 characters, with `{bucket}`, `{account_id}` and `{region}` of the source
        /// bucket filled in. By default it is computed from the bucket's name.
        name: String = default,
        /// The path of the roles; begins and ends with `/`.
        #[schemars(extend("default" = "/"))]
        path: RolePath = default,
        /// The ARN of a policy that bounds the roles' permissions, with `{account_id}` and `{partition}`
        /// filled in.
        permissions_boundary: String = default,
        /// Let the trust policy ask for `aws:SourceAccount`.
        #[schemars(extend("default" = false))]
        source_account_condition: bool = default,
    }
);

table!(
    /// More about a key. With an alias or id that serves several accounts or Regions it speaks of all of
    /// them, unless `account` and `region` say of which.
    Key {
        /// Only the key of this account entry.
        account: String = default,
        /// Only the key of this Region.
        region: Region = default,
        /// Make the key if its alias is absent. Otherwise its absence is an error.
        #[schemars(extend("default" = true))]
        create: bool = default,
        /// With `false` the key, its alias and its policy are read and checked, and never written.
        #[schemars(extend("default" = true))]
        manage: bool = default,
        /// Yearly rotation. Unset, it is turned on for a key that is made and left alone otherwise.
        rotation: bool = default,
        /// Make it as a multi-Region key. S3 treats it as a key of one Region all the same.
        #[schemars(extend("default" = false))]
        multi_region: bool = default,
        /// Make it as the replica of this multi-Region key of the same account in another Region.
        replica_of: KeyRef = default,
        /// ARNs of those who administer the key, beside the account itself.
        administrators: List<Principal> = default,
        /// ARNs of those who encrypt and decrypt with the key, beside the replication roles.
        users: List<Principal> = default,
        /// A JSON file with further statements of the key policy; its path is relative to this file.
        statements: String = default,
    }
);

table!(
    /// What entries say unless they say otherwise.
    Defaults {
        /// For buckets.
        bucket: Bucket = default,
        /// For links. `priority` is not for here.
        link: Link = default,
    }
);
