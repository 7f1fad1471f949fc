//! S3: the emulator's buckets and objects behind AWS's checks.
//!
//! Replication configurations are kept here and never reach the emulator,
//! which would replicate inside the write, without asking the role or the
//! keys. See [`crate::replication`].

use std::sync::Arc;

use async_trait::async_trait;
use fakecloud_core::service::{AwsRequest, AwsResponse, AwsService, AwsServiceError};
use fakecloud_s3::S3Service;
use http::StatusCode;

use super::{caller, denial, error, shut_out};
use crate::actions::s3::{Target, needs};
use crate::actions::s3_operation::{Shape, operation};
use crate::actions::{Need, s3_keys};
use crate::authority::{Ask, Caller};
use crate::checks::{
    bucket_policy, defaults, encryption, object_owner, ownership, principals, public_access, region,
};
use crate::replication;
use crate::replication::facts::is_requester_pays;
use crate::world::{Governing, World};

pub struct S3 {
    world: Arc<World>,
    inner: S3Service,
}

/// An S3 request, taken apart once.
pub struct S3Request {
    pub operation: &'static str,
    pub bucket: Option<String>,
    pub key: Option<String>,
    pub version: Option<String>,
    /// The owner and the Region of the bucket, if it exists.
    pub owner: Option<String>,
    pub region: Option<String>,
    /// The request brings a key of the client's own (SSE-C).
    pub customer_key: bool,
}

impl S3 {
    pub fn new(world: Arc<World>, inner: S3Service) -> Self {
        S3 { world, inner }
    }

    fn parse(&self, request: &AwsRequest) -> Result<S3Request, AwsServiceError> {
        let path = request.raw_path.trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let bucket = (!bucket.is_empty()).then(|| decode(bucket));
        let key = (!key.is_empty()).then(|| decode(key));
        let operation = operation(Shape {
            method: request.method.as_str(),
            bucket: bucket.as_deref(),
            key: key.as_deref(),
            query: &request.query_params,
            copies: request.headers.contains_key("x-amz-copy-source"),
        })
        .ok_or_else(|| {
            error(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
        })?;
        let found = bucket.as_deref().and_then(|name| {
            self.world.bucket(name, |owner, bucket| (owner.to_owned(), bucket.region.clone()))
        });
        let (owner, region) = found.unzip();
        Ok(S3Request {
            operation,
            bucket,
            key,
            version: request.query_params.get("versionId").cloned(),
            owner,
            region,
            customer_key: request.headers.contains_key("x-amz-server-side-encryption-customer-algorithm"),
        })
    }

    fn authorize(
        &self,
        caller: &Caller,
        request: &AwsRequest,
        s3: &S3Request,
    ) -> Result<(), AwsServiceError> {
        let target = Target {
            operation: s3.operation,
            partition: crate::arn::partition_of_region(&request.region),
            bucket: s3.bucket.as_deref(),
            key: s3.key.as_deref(),
            version: s3.version.is_some(),
            headers: &request.headers,
            body: &request.body,
        };
        let needs = needs(&target);
        if needs.is_empty() {
            return Err(error(
                501,
                "NotImplemented",
                "A header you provided implies functionality that is not implemented.",
            ));
        }
        // A bucket that is being made belongs to its maker, whoever has the
        // name today.
        let own = s3.operation == "CreateBucket" || s3.owner.is_none();
        let owner = if own { caller.account() } else { s3.owner.as_deref().unwrap_or_default() };
        let policy = s3
            .bucket
            .as_deref()
            .filter(|_| !own)
            .and_then(|name| self.world.bucket(name, |_, bucket| bucket.policy.clone()))
            .flatten();
        let keys = s3_keys::of_request(&request.headers, &request.query_params, owner);
        if let Some(need) = needs.first().filter(|_| self.shuts_out(caller, s3, owner)) {
            return Err(error(403, "AccessDenied", shut_out(caller, need)));
        }
        if s3.key.is_some() && owner != caller.account() && self.wants_payer(request, s3) {
            return Err(error(403, "AccessDenied", "Access Denied"));
        }
        for mut need in needs {
            need.keys.extend(keys.clone());
            self.demand(caller, request, owner, policy.as_deref(), &need)?;
        }
        // Who may not list is not told that an object is missing.
        // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
        if matches!(s3.operation, "GetObject" | "HeadObject") && self.is_missing(s3) {
            let mut need = Need::new("s3:ListBucket", target.bucket_arn());
            need.keys = keys;
            self.demand(caller, request, owner, policy.as_deref(), &need)?;
        }
        if let Some((need, owner, policy)) = self.copy_source(request) {
            self.demand(caller, request, &owner, policy.as_deref(), &need)?;
        }
        if s3.operation == "PutBucketReplication" {
            self.may_pass_role(caller, request, &target.bucket_arn())?;
        }
        Ok(())
    }

    fn shuts_out(&self, caller: &Caller, s3: &S3Request, owner: &str) -> bool {
        let restricted = s3
            .bucket
            .as_deref()
            .and_then(|name| self.world.bucket(name, |_, bucket| public_access::is_restricted(bucket)));
        owner != caller.account() && restricted == Some(true)
    }

    /// Whoever requests from a Requester Pays bucket has to say that they pay.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html>
    fn wants_payer(&self, request: &AwsRequest, s3: &S3Request) -> bool {
        let pays = request.headers.contains_key("x-amz-request-payer");
        let bucket = s3.bucket.as_deref().filter(|_| !pays);
        bucket.and_then(|name| self.world.bucket(name, |_, bucket| is_requester_pays(bucket))) == Some(true)
    }

    fn is_missing(&self, s3: &S3Request) -> bool {
        let (Some(bucket), Some(key)) = (&s3.bucket, &s3.key) else {
            return false;
        };
        let there = self.world.bucket(bucket, |_, bucket| match &s3.version {
            None => bucket.objects.get(key).is_some_and(|object| !object.is_delete_marker),
            Some(id) => bucket
                .object_versions
                .get(key)
                .is_some_and(|versions| versions.iter().any(|object| object.version_id.as_ref() == Some(id))),
        });
        there == Some(false)
    }

    fn demand(
        &self,
        caller: &Caller,
        request: &AwsRequest,
        owner: &str,
        policy: Option<&str>,
        need: &Need,
    ) -> Result<(), AwsServiceError> {
        let mut context = need.context(caller.context(&request.region));
        context.service_keys.insert("aws:resourceaccount".to_owned(), vec![owner.to_owned()]);
        if let Some(organization) = self.world.organizations.get(owner) {
            context.service_keys.insert("aws:resourceorgid".to_owned(), vec![organization.clone()]);
        }
        let ask = Ask { action: &need.action, resource: &need.resource, context };
        let judgement = self.world.judge(caller, owner, Governing::Bucket(policy), &ask);
        if judgement.is_allowed() {
            return Ok(());
        }
        Err(error(403, "AccessDenied", denial(caller, need, judgement)))
    }

    /// Copying reads its source, in the name of the same caller.
    fn copy_source(&self, request: &AwsRequest) -> Option<(Need, String, Option<String>)> {
        let source = request.headers.get("x-amz-copy-source")?.to_str().ok()?;
        let (path, version) = source.split_once("?versionId=").unwrap_or((source, ""));
        let path = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
        let path = path.trim_start_matches('/');
        let (bucket, _) = path.split_once('/')?;
        let action = if version.is_empty() { "s3:GetObject" } else { "s3:GetObjectVersion" };
        let partition = crate::arn::partition_of_region(&request.region);
        let need = Need::new(action, format!("arn:{partition}:s3:::{path}"));
        self.world.bucket(bucket, |owner, bucket| (need, owner.to_owned(), bucket.policy.clone()))
    }

    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html>
    fn may_pass_role(
        &self,
        caller: &Caller,
        request: &AwsRequest,
        bucket_arn: &str,
    ) -> Result<(), AwsServiceError> {
        let text = std::str::from_utf8(&request.body).unwrap_or_default();
        let Ok(configuration) = replication::document::Configuration::parse(text) else {
            return Ok(());
        };
        let need = Need::new("iam:PassRole", &configuration.role)
            .with("iam:passedtoservice", "s3.amazonaws.com")
            .with("iam:associatedresourcearn", bucket_arn);
        let ask = Ask {
            action: &need.action,
            resource: &need.resource,
            context: need.context(caller.context(&request.region)),
        };
        let judgement = self.world.judge(caller, caller.account(), Governing::None, &ask);
        if judgement.is_allowed() {
            return Ok(());
        }
        Err(error(403, "AccessDenied", denial(caller, &need, judgement)))
    }

    /// What is answered here and not by the emulator.
    fn answer(
        &self,
        caller: &Caller,
        request: &AwsRequest,
        s3: &S3Request,
    ) -> Option<Result<AwsResponse, AwsServiceError>> {
        let bucket = s3.bucket.as_deref()?;
        s3.owner.as_ref()?;
        match s3.operation {
            "PutBucketReplication" => {
                let text = String::from_utf8_lossy(&request.body).into_owned();
                Some(replication::configuration::put(&self.world, bucket, text))
            }
            "GetBucketReplication" => Some(replication::configuration::get(&self.world, bucket)),
            "DeleteBucketReplication" => Some(replication::configuration::delete(&self.world, bucket)),
            "PutBucketVersioning" => {
                replication::configuration::keeps_versioning(&self.world, bucket, &request.body)
                    .err()
                    .map(Err)
            }
            "PutBucketPolicy" => {
                let text = String::from_utf8_lossy(&request.body);
                let checked = bucket_policy::check(bucket, &text)
                    .and_then(|()| principals::check_bucket_policy(&self.world, &text))
                    .and_then(|()| public_access::check_policy(&self.world, caller, bucket, &text));
                // Stored here: the emulator means something else by public.
                Some(checked.map(|()| {
                    self.world.bucket_mut(bucket, |bucket| bucket.policy = Some(text.into_owned()));
                    empty(204)
                }))
            }
            "GetBucketPolicyStatus" => public_access::status(&self.world, bucket),
            _ => None,
        }
    }
}

#[async_trait]
impl AwsService for S3 {
    fn service_name(&self) -> &str {
        "s3"
    }

    fn supported_actions(&self) -> &[&str] {
        self.inner.supported_actions()
    }

    async fn handle(&self, mut request: AwsRequest) -> Result<AwsResponse, AwsServiceError> {
        let s3 = self.parse(&request)?;
        region::check(&request, &s3)?;
        let caller = caller(&self.world, &request)?;
        ownership::check(&self.world, &request, &s3)?;
        self.authorize(&caller, &request, &s3)?;
        encryption::check(&self.world, &caller, &mut request, &s3)?;
        if let Some(answer) = self.answer(&caller, &request, &s3) {
            return answer;
        }
        let headers = request.headers.clone();
        let answer = self.inner.handle(request).await?;
        object_owner::settle(&self.world, &caller, &s3, &headers, &answer);
        if let Some(bucket) = &s3.bucket {
            match s3.operation {
                "DeleteBucket" => replication::configuration::forget(&self.world, bucket),
                operation @ ("CreateBucket" | "DeleteBucketEncryption") => {
                    defaults::fill_in(&self.world, operation, bucket);
                }
                _ => replication::queue::after(&self.world, bucket, &s3, &answer),
            }
        }
        Ok(answer)
    }
}

/// An empty answer with a status.
pub fn empty(status: u16) -> AwsResponse {
    AwsResponse::xml(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), "")
}
