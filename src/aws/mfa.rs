//! Multi-factor authentication: a code asked for once for each base identity.
//!
//! The SDK does not do it: it ignores a profile's `mfa_serial`. The code buys a session of the base
//! identity by `GetSessionToken`, and every role that wants the factor is assumed with that session,
//! since AWS takes no code twice
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html>).
//!
//! Deliberately absent: the terminal. Whoever calls brings a way to ask.

use anyhow::Context;
use aws_credential_types::Credentials;
use aws_types::SdkConfig;

/// A code that is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MfaRequest {
    /// The ARN or serial number of the device.
    pub serial: String,
    /// Whose device, for people: `profile prod-admin`.
    pub identity: String,
}

/// Exchanges a code for a session of the base identity.
///
/// # Errors
/// What STS said, without the code.
pub async fn session(base: &SdkConfig, serial: &str, code: &str) -> anyhow::Result<Credentials> {
    let sts = aws_sdk_sts::Client::new(base);
    let answer = sts
        .get_session_token()
        .serial_number(serial)
        .token_code(code)
        .send()
        .await
        .map_err(|e| anyhow::anyhow!("{}", super::credentials::cause(&e)))
        .with_context(|| format!("STS does not accept the code of {serial}"))?;
    let session = answer.credentials.context("STS answered without credentials")?;
    Ok(Credentials::new(
        session.access_key_id,
        session.secret_access_key,
        Some(session.session_token),
        std::time::SystemTime::try_from(session.expiration).ok(),
        "GetSessionToken",
    ))
}
