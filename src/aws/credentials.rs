//! From an account's entry to an SDK configuration that signs as that account.
//!
//! Roles are assumed here and not by the SDK's `AssumeRoleProvider`, which knows neither source
//! identities nor a base whose session was bought with an MFA code. Sessions refresh by themselves:
//! each link of a chain asks the one before it again.
//!
//! Deliberately absent: keeping or printing any secret. The SDK's `Credentials` hide theirs in
//! `Debug`, and external ids go to STS only.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use aws_config::provider_config::ProviderConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_s3::config::IdentityCache;
use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use aws_types::region::Region as SdkRegion;

use crate::arn::Region;
use crate::topology::{AssumeRole, Base, ExternalId};

/// Session name in CloudTrail where the map says nothing else.
const SESSION_NAME: &str = "bucketbridge";

/// The whole operation; a call that takes longer is tried again by [`super::Patience`].
const OPERATION_TIMEOUT: Duration = Duration::from_secs(60);

/// Long enough for a chain of roles behind a slow `credential_process`.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(60);

/// The configuration of a base identity. STS and IAM calls go to `region` unless said otherwise.
pub async fn base_config(base: &Base, region: &Region) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .region(SdkRegion::new(region.to_string()))
        // Off: `aws::Patience` decides. Setting it also keeps the SDK from reading AWS_RETRY_MODE,
        // where the CLI's `legacy` would end the program.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(OPERATION_TIMEOUT).build())
        .identity_cache(identity_cache());
    if let Ok(name) = AppName::new("bucketbridge") {
        loader = loader.app_name(name);
    }
    if let Base::Profile(profile) = base {
        // The default chain would let AWS_ACCESS_KEY_ID win over a profile that the map names.
        // A profile with `role_arn` calls STS itself, and has a Region only if it is told one.
        let told = ProviderConfig::default().with_region(Some(SdkRegion::new(region.to_string())));
        let provider = aws_config::profile::ProfileFileCredentialsProvider::builder()
            .configure(&told)
            .profile_name(profile)
            .build();
        loader = loader.profile_name(profile).credentials_provider(provider);
    }
    loader.load().await
}

/// The configuration of whoever `base` becomes by assuming the role.
pub fn assume(base: &SdkConfig, role: &AssumeRole) -> anyhow::Result<SdkConfig> {
    let external_id = match &role.external_id {
        None => None,
        Some(ExternalId::Text(text)) => Some(text.clone()),
        Some(ExternalId::Variable(name)) => Some(
            std::env::var(name)
                .with_context(|| format!("`external_id_env` names the variable {name}, which is not set"))?,
        ),
    };
    // Retried by the SDK: a session is asked for in the middle of other calls.
    let config = aws_sdk_sts::config::Builder::from(base)
        .retry_config(RetryConfig::standard().with_max_attempts(4))
        .build();
    let provider = RoleSession {
        sts: aws_sdk_sts::Client::from_conf(config),
        role: Arc::new(AssumeRole { external_id: external_id.map(ExternalId::Text), ..role.clone() }),
    };
    Ok(with_credentials(base, provider))
}

/// The same configuration with other credentials.
pub fn with_credentials(base: &SdkConfig, provider: impl ProvideCredentials + 'static) -> SdkConfig {
    base.to_builder()
        .credentials_provider(SharedCredentialsProvider::new(provider))
        .identity_cache(identity_cache())
        .build()
}

fn identity_cache() -> aws_sdk_s3::config::SharedIdentityCache {
    IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build()
}

/// Whether a profile wants a code that the SDK will not ask for.
pub async fn ignored_mfa_serial(profile: &str) -> Option<String> {
    use aws_types::os_shim_internal::{Env, Fs};
    let files = aws_runtime::env_config::file::EnvConfigFiles::default();
    let name = Some(profile.to_owned().into());
    let profiles = aws_config::profile::load(&Fs::real(), &Env::real(), &files, name).await.ok()?;
    Some(profiles.get_profile(profile)?.get("mfa_serial")?.to_owned())
}

/// Assumes a role each time its session has run out.
#[derive(Debug)]
struct RoleSession {
    sts: aws_sdk_sts::Client,
    role: Arc<AssumeRole>,
}

impl RoleSession {
    async fn session(&self) -> Result<Credentials, CredentialsError> {
        let role = &self.role;
        let mut request = self
            .sts
            .assume_role()
            .role_arn(role.role.to_string())
            .role_session_name(role.session_name.as_deref().unwrap_or(SESSION_NAME))
            .set_duration_seconds(role.duration.map(|d| d.as_secs().try_into().unwrap_or(i32::MAX)))
            .set_source_identity(role.source_identity.clone());
        if let Some(ExternalId::Text(text)) = &role.external_id {
            request = request.external_id(text);
        }
        for (key, value) in &role.session_tags {
            let tag = aws_sdk_sts::types::Tag::builder().key(key).value(value).build();
            request = request.tags(tag.map_err(CredentialsError::invalid_configuration)?);
        }
        let answer = request.send().await.map_err(|e| {
            CredentialsError::provider_error(format!("AssumeRole of {} failed: {}", role.role, cause(&e)))
        })?;
        let session = answer
            .credentials
            .ok_or_else(|| CredentialsError::unhandled("STS answered without credentials".to_owned()))?;
        Ok(Credentials::new(
            session.access_key_id,
            session.secret_access_key,
            Some(session.session_token),
            SystemTime::try_from(session.expiration).ok(),
            "AssumeRole",
        ))
    }
}

impl ProvideCredentials for RoleSession {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.session())
    }
}

/// The chain of causes on one line, without repeating what a cause says again.
pub fn cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        // What the service said, where the SDK has no type for it and would show a structure.
        let text = match error.downcast_ref::<ErrorMetadata>() {
            Some(said) => in_words(said),
            None => error.to_string(),
        };
        let vague =
            ["service error", "dispatch failure", "other", "an error occurred while loading credentials"];
        let vague = vague.contains(&text.as_str()) || text.starts_with("unhandled error");
        if !vague && !parts.iter().any(|p| p.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

fn in_words(said: &ErrorMetadata) -> String {
    let said_id = said.extra("aws_request_id").map(|id| format!("request id {id}"));
    let parts = [said.code().map(str::to_owned), said.message().map(str::to_owned), said_id];
    parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
}
