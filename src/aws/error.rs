//! One error for every call: account, operation, resource, AWS's code and message, request id.
//!
//! Deliberately absent: the SDK's typed error variants. Half of the codes that matter have none
//! (`ReplicationConfigurationNotFoundError`, `NoSuchBucketPolicy`), so only the code tells.

use std::fmt;

use aws_sdk_s3::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::arn::AccountId;
use crate::topology::AccountName;

use super::{Operation, hint};

/// The code of calls that were not sent, because the run has been interrupted.
pub(super) const INTERRUPTED: &str = "Interrupted";

/// A call that failed.
#[derive(Debug, Clone)]
pub struct AwsError {
    /// The account's entry in the profile map.
    pub account: AccountName,
    /// Its id.
    pub account_id: AccountId,
    /// As the API names it: `PutKeyPolicy`.
    pub operation: Operation,
    /// On what, for people.
    pub resource: String,
    /// AWS's code; `None` where there is none (no answer at all, or a HEAD request).
    pub code: Option<String>,
    /// AWS's message, or what went wrong on the way.
    pub message: String,
    /// The HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// What AWS's support asks for.
    pub request_id: Option<String>,
    /// The Region that S3 says the bucket is in (`x-amz-bucket-region`), where it does.
    pub bucket_region: Option<String>,
}

impl AwsError {
    /// From what the SDK says.
    pub fn new<E>(
        account: (&AccountName, &AccountId),
        operation: Operation,
        resource: String,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + 'static,
        SdkError<E, HttpResponse>: RequestId,
    {
        let response = error.raw_response();
        let header = |name: &str| response.and_then(|r| r.headers().get(name)).map(str::to_owned);
        let message = match (error.message(), response) {
            (Some(message), _) => message.to_owned(),
            (None, Some(response)) => without_words(operation, response.status().as_u16()),
            (None, None) => DisplayErrorContext(error).to_string(),
        };
        Self {
            account: account.0.clone(),
            account_id: account.1.clone(),
            operation,
            resource,
            code: error.code().map(str::to_owned),
            message: one_line(&message),
            status: response.map(|r| r.status().as_u16()),
            request_id: error.request_id().map(str::to_owned).or_else(|| header("x-amzn-requestid")),
            bucket_region: header("x-amz-bucket-region"),
        }
    }

    /// Whether AWS answered with this code.
    pub fn is(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    /// Whether the thing does not exist: a value, not a failure. Read by [`super::Lane::find`].
    pub fn is_absent(&self) -> bool {
        const ABSENT: &[&str] = &[
            "NoSuchBucket",
            "NoSuchBucketPolicy",
            "NoSuchEntity",
            "NoSuchKey",
            "NoSuchPublicAccessBlockConfiguration",
            "NoSuchTagSet",
            "NoSuchUpload",
            "NoSuchVersion",
            "NotFound",
            "NotFoundException",
            "ObjectLockConfigurationNotFoundError",
            "OwnershipControlsNotFoundError",
            "ReplicationConfigurationNotFoundError",
            "ServerSideEncryptionConfigurationNotFoundError",
        ];
        match &self.code {
            Some(code) => ABSENT.contains(&code.as_str()),
            None => self.status == Some(404),
        }
    }

    /// Whether the service asks for fewer calls. The request had no effect.
    pub fn is_throttling(&self) -> bool {
        const THROTTLING: &[&str] = &[
            "Throttling",
            "ThrottlingException",
            "ThrottledException",
            "TooManyRequestsException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "SlowDown",
            "BandwidthLimitExceeded",
        ];
        self.code.as_deref().is_some_and(|c| THROTTLING.contains(&c)) || self.status == Some(429)
    }

    /// Whether it is not known if the request took effect: no answer, or the service failed itself.
    pub fn is_uncertain(&self) -> bool {
        self.status.is_none_or(|s| s >= 500)
    }

    /// Whether another change of the same bucket is under way; the request had no effect.
    pub fn is_conflict(&self) -> bool {
        self.is("OperationAborted") || self.is("ConcurrentModification")
    }

    /// Whether it was not sent, because the run has been interrupted.
    pub fn is_interrupted(&self) -> bool {
        self.is(INTERRUPTED)
    }

    /// Whether the caller may not do it.
    pub fn is_denied(&self) -> bool {
        matches!(
            self.code.as_deref(),
            Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation")
        ) || self.code.is_none() && self.status == Some(403)
    }

    /// Whether it is the thing's own policy that keeps the caller out, as AWS words it
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>).
    pub fn is_denied_by_resource(&self) -> bool {
        self.is_denied() && self.message.contains("resource-based policy")
    }

    /// Whether KMS refuses a key policy that its author could not change again: no matter of time,
    /// though the code is that of a role which is not visible yet.
    pub fn locks_out(&self) -> bool {
        self.message.contains("will not allow you to update the key policy")
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        hint::of(self)
    }

    /// Code and message on one line, for progress lines.
    pub fn brief(&self) -> String {
        match &self.code {
            Some(code) => format!("{code}: {}", self.message),
            None => self.message.clone(),
        }
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} on {} failed in account {} ({}): {}",
            self.operation,
            self.resource,
            self.account,
            self.account_id,
            self.brief()
        )?;
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for AwsError {}

/// The answer to a HEAD request has no words. A refusal without them would not say what is lacking.
fn without_words(operation: Operation, status: u16) -> String {
    match operation.actions().as_slice() {
        some @ [_, ..] if status == 403 => {
            format!("HTTP status {status}; {operation} takes {}", some.join(", "))
        }
        _ => format!("HTTP status {status}"),
    }
}

/// Error chains of the SDK span lines; ours are one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
