//! The profiles of the AWS files, and which account a profile's credentials belong to, where no profile
//! map says it.
//!
//! Deliberately absent: calls in that account. It is signed in to as any other, once its id is known.

use aws_smithy_types::retry::RetryConfig;
use aws_types::os_shim_internal::{Env, Fs};

use crate::arn::{AccountId, Partition, Region, RoleArn};
use crate::topology::{Base, Credentials};

use super::{credentials, hint_for_sign_in};

/// Why a profile is of no use.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}{}", .hint.as_ref().map(|hint| format!("\n  hint: {hint}")).unwrap_or_default())]
pub struct ProfileError {
    /// Which credentials, and what is the matter with them.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// The account of a profile, or of the default credentials.
///
/// # Errors
/// There is no such profile, or STS does not take its credentials.
pub async fn account_of(profile: Option<&str>) -> Result<(AccountId, Partition), ProfileError> {
    let base = profile.map_or(Base::Default, |name| Base::Profile(name.to_owned()));
    let named = profile.map_or("the default credentials".to_owned(), |name| format!("profile {name}"));
    let refused = |why: String| {
        let credentials = profile.map_or(Credentials::Default, |name| Credentials::Profile(name.to_owned()));
        let hint = hint_for_sign_in(&credentials, &why);
        ProfileError { message: format!("{named} cannot be used: {why}"), hint }
    };
    let partition = region_of(profile).await.map_or(Partition::Aws, |region| region.partition());
    let config = credentials::base_config(&base, &partition.home_region()).await;
    let config = aws_sdk_sts::config::Builder::from(&config)
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .build();
    let answer = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await;
    let answer = answer.map_err(|error| refused(credentials::cause(&error)))?;
    let id = answer.account.unwrap_or_default();
    let id = id.parse().map_err(|error| refused(format!("STS says that its account is {id:?}: {error}")))?;
    Ok((id, partition))
}

/// A profile of the AWS files, as far as they tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownProfile {
    /// Its name.
    pub name: String,
    /// How it comes to credentials.
    pub how: &'static str,
    /// The account that it says it reaches. Access keys do not tell.
    pub account: Option<AccountId>,
    /// Its Region.
    pub region: Option<Region>,
}

impl std::fmt::Display for KnownProfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.name, self.how)?;
        self.account.iter().try_for_each(|account| write!(f, ", account {account}"))?;
        self.region.iter().try_for_each(|region| write!(f, ", {region}"))
    }
}

/// The profiles of the AWS files, by name; none, if these cannot be read. Nobody is signed in to.
pub async fn known_profiles() -> Vec<KnownProfile> {
    let files = aws_runtime::env_config::file::EnvConfigFiles::default();
    let Ok(profiles) = aws_config::profile::load(&Fs::real(), &Env::real(), &files, None).await else {
        return Vec::new();
    };
    let mut names: Vec<&str> = profiles.profiles().collect();
    names.sort_unstable();
    let known = |name: &str| {
        let profile = profiles.get_profile(name)?;
        // The role that is assumed in the end comes before whoever assumes it.
        let role = profile.get("role_arn").and_then(|arn| arn.parse::<RoleArn>().ok());
        let stated = ["sso_account_id", "aws_account_id"].into_iter().find_map(|key| profile.get(key));
        let ways = [
            ("role_arn", "role"),
            ("sso_session", "SSO"),
            ("sso_start_url", "SSO"),
            ("credential_process", "credential_process"),
            ("aws_access_key_id", "access keys"),
        ];
        let way = ways.into_iter().find(|(key, _)| profile.get(key).is_some());
        Some(KnownProfile {
            name: name.to_owned(),
            how: way.map_or("no credentials of its own", |(_, how)| how),
            account: role.map(|role| role.account).or_else(|| stated?.parse().ok()),
            region: profile.get("region").and_then(|region| region.parse().ok()),
        })
    };
    names.into_iter().filter_map(known).collect()
}

/// Where a profile is at home: its Region tells its partition, and STS is one of each partition.
async fn region_of(profile: Option<&str>) -> Option<Region> {
    let files = aws_runtime::env_config::file::EnvConfigFiles::default();
    let name = profile.map(|name| name.to_owned().into());
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &files, name).await.ok();
    let env = std::env::var("AWS_REGION").or_else(|_| std::env::var("AWS_DEFAULT_REGION")).ok();
    let own = profiles.as_ref().and_then(|profiles| {
        let found = match profile {
            Some(name) => profiles.get_profile(name)?.get("region"),
            None => profiles.get("region"),
        };
        found.map(str::to_owned)
    });
    let region = if profile.is_some() { own.or(env) } else { env.or(own) };
    region?.parse().ok()
}
