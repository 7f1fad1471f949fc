//! Everything that exists in a sandbox, shared by its layers.
//!
//! Only holding and looking up; what AWS makes of it is decided elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fakecloud_core::multi_account::MultiAccountState;
use fakecloud_iam::{IamRole, IamState, SharedIamState};
use fakecloud_kms::KmsKey;
use fakecloud_s3::{S3Bucket, S3State, SharedS3State};
use parking_lot::RwLock;
use tokio::sync::watch;

use crate::accounts::Account;
use crate::arn::Arn;
use crate::authority::{Ask, Caller, Document, Identity, Judgement, Resource, judge};
use crate::busy::Busy;
use crate::faults::Faults;
use crate::keys::Keys;
use crate::quotas::Quotas;
use crate::record::Recorder;
use crate::replication::Replication;
use crate::sessions::Sessions;

pub struct World {
    pub accounts: Vec<Account>,
    pub iam: SharedIamState,
    pub s3: SharedS3State,
    pub keys: Keys,
    pub sessions: Sessions,
    pub replication: Replication,
    pub recorder: Recorder,
    pub settings: Settings,
    pub faults: Faults,
    pub quotas: Quotas,
    pub busy: Busy,
    /// The organization of each account that is in one.
    pub organizations: BTreeMap<String, String>,
}

/// What may be changed while the sandbox runs, in nanoseconds.
#[derive(Debug)]
pub struct Settings {
    pub latency: Span,
    pub replication_delay: Span,
    pub iam_propagation: Span,
    /// While this is set, no replication is decided.
    pub held: watch::Sender<bool>,
}

#[derive(Debug)]
pub struct Span(AtomicU64);

impl Span {
    pub fn new(duration: Duration) -> Self {
        let span = Span(AtomicU64::new(0));
        span.set(duration);
        span
    }

    pub fn get(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    pub fn set(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.0.store(nanos, Ordering::Relaxed);
    }
}

/// Where nothing else says: the Region of the emulator's defaults.
pub const DEFAULT_REGION: &str = "us-east-1";

impl World {
    pub fn new(
        accounts: Vec<Account>,
        recorder: Recorder,
        settings: Settings,
        organizations: BTreeMap<String, String>,
    ) -> Self {
        let ids: Vec<String> = accounts.iter().map(|account| account.id.clone()).collect();
        let first = ids.first().map_or("", String::as_str);
        let mut iam = MultiAccountState::<IamState>::new(first, DEFAULT_REGION, "");
        let mut s3 = MultiAccountState::<S3State>::new(first, DEFAULT_REGION, "");
        for id in &ids {
            iam.get_or_create(id);
            s3.get_or_create(id);
        }
        World {
            accounts,
            iam: Arc::new(RwLock::new(iam)),
            s3: Arc::new(RwLock::new(s3)),
            keys: Keys::new(ids),
            sessions: Sessions::default(),
            replication: Replication::default(),
            recorder,
            settings,
            faults: Faults::default(),
            quotas: Quotas::default(),
            busy: Busy::default(),
            organizations,
        }
    }

    /// Looks at a bucket and at the account that owns it.
    pub fn bucket<T>(&self, name: &str, look: impl FnOnce(&str, &S3Bucket) -> T) -> Option<T> {
        let states = self.s3.read();
        let owner = states.find_account(|state| state.buckets.contains_key(name))?;
        let bucket = states.get(owner)?.buckets.get(name)?;
        Some(look(owner, bucket))
    }

    /// Changes a bucket.
    pub fn bucket_mut<T>(&self, name: &str, change: impl FnOnce(&mut S3Bucket) -> T) -> Option<T> {
        let mut states = self.s3.write();
        let owner = states.find_account(|state| state.buckets.contains_key(name))?.to_owned();
        let bucket = states.get_mut(&owner)?.buckets.get_mut(name)?;
        Some(change(bucket))
    }

    /// The role of that ARN, path included, and the account it is in.
    pub fn role(&self, arn: &str) -> Option<(String, IamRole)> {
        let parts = Arn::parse(arn)?;
        let states = self.iam.read();
        let role = states.get(parts.account)?.roles.get(parts.role_name()?)?;
        (role.arn == arn).then(|| (parts.account.to_owned(), role.clone()))
    }

    /// Whether `caller` may do what it asks for.
    pub fn judge(&self, caller: &Caller, owner: &str, policy: Governing<'_>, ask: &Ask<'_>) -> Judgement {
        let identity = Identity::of(&self.iam, caller);
        let (text, policy_is_mandatory) = match policy {
            Governing::None => (None, false),
            Governing::Bucket(text) => (text, false),
            Governing::Key(key) => (Some(key.policy.as_str()), true),
            Governing::KeyPolicy(text) | Governing::Trust(text) => (Some(text), true),
        };
        let grants = match policy {
            Governing::Key(key) => self.keys.grants_of(key),
            _ => Vec::new(),
        };
        let document = text.map(Document::parse);
        let resource = Resource { owner, policy: document.as_ref(), policy_is_mandatory, grants: &grants };
        judge(caller, &identity, &resource, ask)
    }
}

/// The policy that hangs on the thing acted on.
#[derive(Clone, Copy)]
pub enum Governing<'a> {
    None,
    Bucket(Option<&'a str>),
    /// A key that exists, with its grants.
    Key(&'a KmsKey),
    /// A key policy that is about to be one.
    KeyPolicy(&'a str),
    Trust(&'a str),
}
