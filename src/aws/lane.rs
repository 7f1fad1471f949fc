//! One service in one Region of one account: the only way to make a call.
//!
//! A lane holds the permits, tries again what passes by itself, says so, and turns what the SDK
//! answers into an [`AwsError`].

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::operation::RequestId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::arn::{AccountId, Region};
use crate::event::{Event, Events};
use crate::topology::AccountName;
use crate::trail::journal::{Begun, Ended};
use crate::trail::{Digests, Pen};

use super::pace::Pace;
use super::{AwsError, Operation, Patience};

/// A service that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Service {
    /// Amazon S3.
    S3,
    /// AWS KMS.
    Kms,
    /// IAM; global, so its lane is that of the partition's home Region.
    Iam,
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S3 => "S3",
            Self::Kms => "KMS",
            Self::Iam => "IAM",
        })
    }
}

const NOT_SENT: &str = "the run was interrupted before this call";

/// A call that changes something in an account.
pub struct Write<'a> {
    /// As the API names it: `PutKeyPolicy`.
    pub operation: Operation,
    /// On what, for people.
    pub resource: &'a (dyn fmt::Display + Sync),
    /// Of the document that is replaced, for the journal.
    pub digests: Digests,
}

impl<'a> Write<'a> {
    /// A write that replaces no document.
    pub fn new(operation: Operation, resource: &'a (dyn fmt::Display + Sync)) -> Self {
        Self { operation, resource, digests: Digests::default() }
    }
}

/// A client with what is needed to use it well.
#[derive(Debug, Clone)]
pub struct Lane<C> {
    /// The SDK's client: build requests with it, send them through [`Lane::call`].
    pub client: C,
    pub(super) account: AccountName,
    pub(super) account_id: AccountId,
    /// Who calls, as STS names it.
    pub(super) caller: Arc<str>,
    pub(super) service: Service,
    pub(super) region: Region,
    pub(super) all: Arc<Semaphore>,
    pub(super) pace: Arc<Pace>,
    pub(super) events: Events,
    pub(super) stop: CancellationToken,
}

impl<C> Lane<C> {
    /// The account that the calls are made in; S3 calls pass it as the expected bucket owner.
    pub fn account_id(&self) -> &str {
        self.account_id.as_str()
    }

    /// Makes a call that changes something, and makes it again while `patience` says so. It is in the
    /// journal before it is made.
    ///
    /// # Errors
    /// What AWS said to the last try; or that the journal cannot be written, and then nothing was sent.
    pub async fn write<T, E, F>(
        &self,
        pen: &Pen,
        write: Write<'_>,
        patience: Patience,
        send: impl Fn() -> F,
    ) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        T: RequestId,
        E: std::error::Error + ProvideErrorMetadata + 'static,
        SdkError<E, HttpResponse>: RequestId,
    {
        let Write { operation, resource, digests } = write;
        if self.stop.is_cancelled() {
            return Err(self.interrupted(operation, resource, NOT_SENT));
        }
        let begun = Begun {
            account: self.account.to_string(),
            account_id: self.account_id.to_string(),
            caller: self.caller.to_string(),
            operation: operation.to_string(),
            resource: resource.to_string(),
            digests,
        };
        let record = pen.journal.begin(begun).map_err(|e| {
            self.refuse(
                operation,
                resource,
                format!("nothing was sent, since the journal cannot be written: {e}"),
            )
        })?;
        let result = self.call(operation, resource, patience, send).await;
        let ended = match &result {
            Ok(answer) => {
                Ended { outcome: "ok".to_owned(), request_id: answer.request_id().map(str::to_owned) }
            }
            Err(error) => Ended { outcome: error.brief(), request_id: error.request_id.clone() },
        };
        if let Err(error) = pen.journal.end(record, ended) {
            self.events.send(Event::Warning(format!("the journal misses how {operation} ended: {error}")));
        }
        result
    }

    /// Makes a call that changes nothing, and makes it again while `patience` says so.
    ///
    /// # Errors
    /// What AWS said to the last try.
    pub async fn call<T, E, F>(
        &self,
        operation: Operation,
        resource: &(dyn fmt::Display + Sync),
        patience: Patience,
        send: impl Fn() -> F,
    ) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: std::error::Error + ProvideErrorMetadata + 'static,
        SdkError<E, HttpResponse>: RequestId,
    {
        let begun = Instant::now();
        let mut tries = 0;
        loop {
            if self.stop.is_cancelled() {
                return Err(self.interrupted(operation, resource, NOT_SENT));
            }
            let error = match self.once(operation, resource, &send).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            tries += 1;
            let wait = Patience::wait(tries);
            if !patience.waits_for(&error, tries, begun.elapsed() + wait) {
                return Err(error);
            }
            self.pause(operation, resource, &patience.reason(&error), wait).await?;
        }
    }

    /// Waits before another try, and says so.
    ///
    /// # Errors
    /// The run was interrupted meanwhile.
    pub async fn pause(
        &self,
        operation: Operation,
        resource: &(dyn fmt::Display + Sync),
        why: &str,
        wait: Duration,
    ) -> Result<(), AwsError> {
        self.say_waiting(operation, resource, why, wait);
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(()),
            () = self.stop.cancelled() => {
                let why = format!("the run was interrupted while it waited: {why}");
                Err(self.interrupted(operation, resource, why))
            }
        }
    }

    /// The same lane for what must be done even when the run has been interrupted: cleaning up.
    pub fn to_the_end(mut self) -> Self {
        self.stop = CancellationToken::new();
        self
    }

    fn interrupted(
        &self,
        operation: Operation,
        resource: &(dyn fmt::Display + Sync),
        why: impl Into<String>,
    ) -> AwsError {
        let mut error = self.refuse(operation, resource, why);
        error.code = Some(super::error::INTERRUPTED.to_owned());
        error
    }

    /// Makes a call whose answer may be that the thing does not exist.
    ///
    /// # Errors
    /// Any other failure.
    pub async fn find<T, E, F>(
        &self,
        operation: Operation,
        resource: &(dyn fmt::Display + Sync),
        send: impl Fn() -> F,
    ) -> Result<Option<T>, AwsError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: std::error::Error + ProvideErrorMetadata + 'static,
        SdkError<E, HttpResponse>: RequestId,
    {
        match self.call(operation, resource, Patience::repeatable(), send).await {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// An error of ours about an answer that makes no sense or a thing that is not as it must be.
    pub fn refuse(
        &self,
        operation: Operation,
        resource: &(dyn fmt::Display + Sync),
        why: impl Into<String>,
    ) -> AwsError {
        AwsError {
            account: self.account.clone(),
            account_id: self.account_id.clone(),
            operation,
            resource: resource.to_string(),
            code: None,
            message: why.into(),
            status: Some(200),
            request_id: None,
            bucket_region: None,
        }
    }

    /// Says that an answer is waited for, as a retry is.
    pub fn say_waiting(
        &self,
        operation: Operation,
        resource: &(dyn fmt::Display + Sync),
        why: &str,
        after: Duration,
    ) {
        self.events.send(Event::Retrying {
            account: self.account.clone(),
            operation,
            resource: resource.to_string(),
            why: why.to_owned(),
            after,
        });
    }

    async fn once<T, E, F>(
        &self,
        operation: Operation,
        resource: &(dyn fmt::Display + Sync),
        send: &impl Fn() -> F,
    ) -> Result<T, AwsError>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: std::error::Error + ProvideErrorMetadata + 'static,
        SdkError<E, HttpResponse>: RequestId,
    {
        let pace = self.pace.permit().await;
        // The semaphore is never closed; without a permit the call would still be right, only early.
        let all = self.all.acquire().await.ok();
        let begun = Instant::now();
        let answer = send().await;
        drop(all);
        let account = (&self.account, &self.account_id);
        let result = answer.map_err(|e| AwsError::new(account, operation, resource.to_string(), &e));
        let outcome = result.as_ref().map_or_else(AwsError::brief, |_| "ok".to_owned());
        tracing::debug!(account = %self.account, service = %self.service, region = %self.region, operation = operation.name(), %resource,
            milliseconds = begun.elapsed().as_millis(), %outcome);
        let throttled = result.as_ref().is_err_and(AwsError::is_throttling);
        if let Some(limit) = self.pace.done(pace, throttled) {
            let service = format!("{} in {}", self.service, self.region);
            self.events.send(Event::Throttled { account: self.account.clone(), service, limit });
        }
        result
    }
}
