//! The accounts of a run: signed in, known to be the ones that the map says, with clients on demand.
//!
//! Deliberately absent: clients for an account that is not the one its entry says. There is no
//! [`Account`] for it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_sts::error::SdkError;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityOutput;
use aws_types::SdkConfig;
use aws_types::region::Region as SdkRegion;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::arn::{AccountId, Region};
use crate::event::{Event, Events};
use crate::topology::{self, AccountName, Base, Credentials, Topology};

use super::lane::{Lane, Service};
use super::mfa::{self, MfaRequest};
use super::pace::Pace;
use super::{AwsError, Operation, Patience, credentials, hint_for_sign_in};

/// Tries to find out who the credentials are, while there is no answer or none that says anything.
const SIGN_IN_TRIES: u32 = 3;

/// How to sign in.
pub struct SignIn<'a> {
    /// Calls in flight per account, at most.
    pub concurrency: usize,
    /// Go on without the accounts that cannot be reached; their steps are blocked.
    pub skip_unreachable: bool,
    /// Where to say what goes on.
    pub events: &'a Events,
    /// Once cancelled, no further call is sent, but for cleaning up.
    pub stop: &'a CancellationToken,
    /// Asks for the code of a device; it may block, and is called before anything runs at once.
    pub ask_mfa: &'a (dyn Fn(&MfaRequest) -> anyhow::Result<String> + Sync),
}

/// Who the tool is in one account.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The account's entry.
    pub name: AccountName,
    /// What the entry says.
    pub expected: AccountId,
    /// What STS says.
    pub id: Option<String>,
    /// The principal, as STS names it.
    pub arn: Option<String>,
    /// Reached, and the account that the entry says.
    pub ok: bool,
    /// Why not.
    pub error: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

/// An account that is what its entry says: the permission to make calls in it.
#[derive(Debug)]
pub struct Account {
    name: AccountName,
    id: AccountId,
    caller: Arc<str>,
    config: SdkConfig,
    home: Region,
    concurrency: usize,
    all: Arc<Semaphore>,
    paces: Mutex<HashMap<(Service, Region), Arc<Pace>>>,
    clients: Mutex<Clients>,
    events: Events,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Clients {
    s3: HashMap<Region, aws_sdk_s3::Client>,
    kms: HashMap<Region, aws_sdk_kms::Client>,
    iam: Option<aws_sdk_iam::Client>,
}

impl Account {
    /// The account's entry in the profile map.
    pub fn name(&self) -> &AccountName {
        &self.name
    }

    /// Its id.
    pub fn id(&self) -> &AccountId {
        &self.id
    }

    /// Who the tool is there, as STS names it.
    pub fn caller(&self) -> &str {
        &self.caller
    }

    /// The Region that stands for its partition.
    pub fn home(&self) -> &Region {
        &self.home
    }

    /// Waits before what failed is tried again, and says so.
    ///
    /// # Errors
    /// The run was interrupted meanwhile.
    pub async fn pause(&self, error: &AwsError, why: &str, wait: Duration) -> Result<(), AwsError> {
        self.lane((), Service::Iam, &self.home).pause(error.operation, &error.resource, why, wait).await
    }

    /// S3 in a Region.
    pub fn s3(&self, region: &Region) -> Lane<aws_sdk_s3::Client> {
        let client = {
            let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || aws_sdk_s3::Client::new(&self.config_in(region));
            clients.s3.entry(region.clone()).or_insert_with(new).clone()
        };
        self.lane(client, Service::S3, region)
    }

    /// KMS in a Region.
    pub fn kms(&self, region: &Region) -> Lane<aws_sdk_kms::Client> {
        let client = {
            let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || aws_sdk_kms::Client::new(&self.config_in(region));
            clients.kms.entry(region.clone()).or_insert_with(new).clone()
        };
        self.lane(client, Service::Kms, region)
    }

    /// IAM of the account's partition.
    pub fn iam(&self) -> Lane<aws_sdk_iam::Client> {
        let client = {
            let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
            let new = || aws_sdk_iam::Client::new(&self.config_in(&self.home));
            clients.iam.get_or_insert_with(new).clone()
        };
        self.lane(client, Service::Iam, &self.home)
    }

    fn config_in(&self, region: &Region) -> SdkConfig {
        self.config.to_builder().region(SdkRegion::new(region.to_string())).build()
    }

    fn lane<C>(&self, client: C, service: Service, region: &Region) -> Lane<C> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = paces
            .entry((service, region.clone()))
            .or_insert_with(|| Arc::new(Pace::new(self.concurrency)))
            .clone();
        Lane {
            client,
            account: self.name.clone(),
            account_id: self.id.clone(),
            caller: Arc::clone(&self.caller),
            service,
            region: region.clone(),
            all: Arc::clone(&self.all),
            pace,
            events: self.events.clone(),
            stop: self.stop.clone(),
        }
    }
}

/// The accounts of a run.
#[derive(Debug)]
pub struct Accounts {
    identities: Vec<Identity>,
    reached: BTreeMap<AccountName, Account>,
    skip_unreachable: bool,
}

/// Why nothing can be started: every account that is wrong or out of reach, at once.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{}", self.lines())]
pub struct SignInError {
    /// The accounts concerned.
    pub identities: Vec<Identity>,
}

impl SignInError {
    fn lines(&self) -> String {
        let mut lines: Vec<String> =
            vec!["these accounts cannot be used, so nothing was changed:".to_owned()];
        for identity in &self.identities {
            let why = identity.error.as_deref().unwrap_or("unknown");
            lines.push(format!("  account {} ({}): {why}", identity.name, identity.expected));
            if let Some(hint) = &identity.hint {
                lines.push(format!("    hint: {hint}"));
            }
        }
        lines.join("\n")
    }
}

impl Accounts {
    /// Tries the credentials of every account of the topology that is not remote, all at once, and asks STS who each
    /// one is. It never fails as a whole: see [`Accounts::ready`].
    pub async fn sign_in(topology: &Topology, options: SignIn<'_>) -> Self {
        let here = || topology.accounts.iter().filter(|(name, _)| !topology.is_remote(name));
        options.events.send(Event::SigningIn { accounts: here().count() });
        let sessions = mfa_sessions(topology, &options).await;
        let tries = here().map(|(name, account)| try_account(name, account, &sessions, &options));
        let mut identities = Vec::new();
        let mut reached = BTreeMap::new();
        for (identity, account) in join_all(tries).await {
            if let Some(account) = account {
                reached.insert(identity.name.clone(), account);
            }
            identities.push(identity);
        }
        Self { identities, reached, skip_unreachable: options.skip_unreachable }
    }

    /// Who the tool is, in the order of the accounts' names.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    /// The account, if it was reached and is the one that its entry says.
    pub fn get(&self, name: &AccountName) -> Option<&Account> {
        self.reached.get(name)
    }

    /// All accounts that were reached.
    pub fn all(&self) -> impl Iterator<Item = &Account> {
        self.reached.values()
    }

    /// Why an account was not reached.
    pub fn why_not(&self, name: &AccountName) -> Option<&str> {
        self.identities.iter().find(|i| i.name == *name).and_then(|i| i.error.as_deref())
    }

    /// Whether the run may start.
    ///
    /// # Errors
    /// Accounts that are not the ones that their entries say, always; accounts that cannot be
    /// reached, unless they are to be skipped.
    pub fn ready(&self) -> Result<(), SignInError> {
        let stops = |i: &&Identity| !i.ok && (i.id.is_some() || !self.skip_unreachable);
        let identities: Vec<Identity> = self.identities.iter().filter(stops).cloned().collect();
        if identities.is_empty() { Ok(()) } else { Err(SignInError { identities }) }
    }
}

/// What the codes bought: a session for each base identity and device, or why there is none.
type MfaSessions = BTreeMap<(Base, String), Result<aws_credential_types::Credentials, String>>;

async fn mfa_sessions(topology: &Topology, options: &SignIn<'_>) -> MfaSessions {
    let mut sessions = MfaSessions::new();
    for account in topology.accounts.values() {
        let Credentials::Roles { base, chain } = &account.credentials else { continue };
        let Some(serial) = chain.first().and_then(|role| role.mfa_serial.as_ref()) else { continue };
        let key = (base.clone(), serial.clone());
        if sessions.contains_key(&key) {
            continue;
        }
        let request = MfaRequest { serial: serial.clone(), identity: describe(base) };
        let session = match (options.ask_mfa)(&request) {
            Ok(code) => {
                let config = credentials::base_config(base, &account.partition.home_region()).await;
                mfa::session(&config, serial, code.trim()).await.map_err(|e| format!("{e:#}"))
            }
            Err(error) => Err(format!("{error:#}")),
        };
        sessions.insert(key, session);
    }
    sessions
}

fn describe(base: &Base) -> String {
    match base {
        Base::Default => "the default credentials".to_owned(),
        Base::Profile(profile) => format!("profile {profile}"),
    }
}

async fn try_account(
    name: &AccountName,
    account: &topology::Account,
    sessions: &MfaSessions,
    options: &SignIn<'_>,
) -> (Identity, Option<Account>) {
    let home = account.partition.home_region();
    let mut identity = Identity {
        name: name.clone(),
        expected: account.id.clone(),
        id: None,
        arn: None,
        ok: false,
        error: None,
        hint: None,
    };
    let asked = async {
        let config = config_of(account, sessions, &home, options.events).await?;
        let answer = who_am_i(name, account, &config, options).await?;
        anyhow::Ok((config, answer))
    };
    let (config, answer) = match asked.await {
        Ok(found) => found,
        Err(error) => {
            let text = format!("{error:#}");
            identity.hint = hint_for_sign_in(&account.credentials, &text);
            identity.error = Some(text);
            return (identity, None);
        }
    };
    let caller = Arc::from(answer.arn.as_deref().unwrap_or("unknown"));
    identity.arn = answer.arn;
    let found = answer.account.unwrap_or_default();
    identity.id = Some(found.clone());
    if found != account.id.as_str() {
        identity.error =
            Some(format!("the credentials belong to account {found}, the profile map says {}", account.id));
        identity.hint = Some(format!("correct `id` or the credentials of `[accounts.{name}]`"));
        return (identity, None);
    }
    identity.ok = true;
    let concurrency = options.concurrency.max(1);
    let account = Account {
        name: name.clone(),
        id: account.id.clone(),
        caller,
        config,
        home,
        concurrency,
        all: Arc::new(Semaphore::new(concurrency)),
        paces: Mutex::default(),
        clients: Mutex::default(),
        events: options.events.clone(),
        stop: options.stop.clone(),
    };
    (identity, Some(account))
}

/// Asks STS, and asks again what passes by itself.
async fn who_am_i(
    name: &AccountName,
    account: &topology::Account,
    config: &SdkConfig,
    options: &SignIn<'_>,
) -> anyhow::Result<GetCallerIdentityOutput> {
    let client = aws_sdk_sts::Client::new(config);
    for tries in 1.. {
        let error = match client.get_caller_identity().send().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let operation = Operation::GetCallerIdentity;
        let said = AwsError::new((name, &account.id), operation, "the credentials".to_owned(), &error);
        // Credentials that cannot be had are no matter of time, though there is no answer either.
        let lost = match &error {
            SdkError::DispatchFailure(failure) => failure.is_io() || failure.is_timeout(),
            SdkError::TimeoutError(_) => true,
            _ => said.is_throttling() || said.is_uncertain(),
        };
        if !lost || tries == SIGN_IN_TRIES {
            anyhow::bail!("{}", credentials::cause(&error));
        }
        let after = Patience::wait(tries);
        let (account, resource, why) = (name.clone(), said.resource.clone(), said.brief());
        options.events.send(Event::Retrying { account, operation, resource, why, after });
        tokio::time::sleep(after).await;
    }
    anyhow::bail!("nobody was asked")
}

async fn config_of(
    account: &topology::Account,
    sessions: &MfaSessions,
    home: &Region,
    events: &Events,
) -> anyhow::Result<SdkConfig> {
    let (base, chain) = match &account.credentials {
        Credentials::Default => (&Base::Default, [].as_slice()),
        Credentials::Profile(profile) => (&Base::Profile(profile.clone()), [].as_slice()),
        Credentials::Roles { base, chain } => (base, chain.as_slice()),
        Credentials::Remote { .. } => anyhow::bail!("it is remote: nobody signs in there"),
    };
    if let Base::Profile(profile) = base
        && let Some(serial) = credentials::ignored_mfa_serial(profile).await
    {
        events.send(Event::Warning(format!(
            "profile {profile} has `mfa_serial = {serial}`, which the AWS SDK ignores; where the role wants a code, \
             use `assume_role` with `mfa_serial` in the profile map"
        )));
    }
    let mut config = credentials::base_config(base, home).await;
    // Only a base identity has an MFA device; config refuses `mfa_serial` further down a chain.
    if let Some(serial) = chain.first().and_then(|role| role.mfa_serial.as_ref()) {
        match sessions.get(&(base.clone(), serial.clone())) {
            Some(Ok(session)) => config = credentials::with_credentials(&config, session.clone()),
            Some(Err(why)) => anyhow::bail!("{why}"),
            None => anyhow::bail!("no code was asked for device {serial}"),
        }
    }
    for role in chain {
        config = credentials::assume(&config, role)?;
    }
    Ok(config)
}
