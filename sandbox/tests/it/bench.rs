//! What the tests stand on: a sandbox, clients of its accounts, and waiting.

use std::future::Future;
use std::time::{Duration, Instant};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_iam::config::Credentials;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, VersioningConfiguration,
};
use bucketbridge_sandbox::{Options, Sandbox};
use serde_json::{Value, json};

pub const SOURCE: &str = "ap-south-1";
pub const DESTINATION: &str = "us-east-1";
pub const PROD: &str = "111111111111";
pub const BACKUP: &str = "222222222222";

/// A sandbox with a replication delay that a test can wait for.
pub fn sandbox() -> Sandbox {
    start(Options { replication_delay: Duration::from_millis(30), ..Options::default() })
}

pub fn start(options: Options) -> Sandbox {
    Sandbox::start(options).expect("the sandbox starts")
}

/// Runs a test's calls on a runtime of their own.
pub fn run<T>(calls: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(calls)
}

/// Clients of one identity in one Region.
#[derive(Clone)]
pub struct Clients {
    pub s3: aws_sdk_s3::Client,
    pub kms: aws_sdk_kms::Client,
    pub iam: aws_sdk_iam::Client,
    pub sts: aws_sdk_sts::Client,
}

pub async fn admin(sandbox: &Sandbox, account: &str, region: &str) -> Clients {
    let (id, secret) = sandbox.credentials(account);
    assert!(!id.is_empty(), "there is an account {account}");
    clients(sandbox, Credentials::new(id, secret, None, None, "test"), region).await
}

pub async fn clients(sandbox: &Sandbox, credentials: Credentials, region: &str) -> Clients {
    let config = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(sandbox.endpoint())
        .credentials_provider(credentials)
        .retry_config(RetryConfig::disabled())
        .load()
        .await;
    let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(true).build();
    Clients {
        s3: aws_sdk_s3::Client::from_conf(s3),
        kms: aws_sdk_kms::Client::new(&config),
        iam: aws_sdk_iam::Client::new(&config),
        sts: aws_sdk_sts::Client::new(&config),
    }
}

/// Asks until there is an answer, at most ten seconds long.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited too long for {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// AWS's code of an error.
pub fn code<E: ProvideErrorMetadata>(error: &E) -> &str {
    error.code().unwrap_or_default()
}

pub async fn make_bucket(clients: &Clients, name: &str, region: &str) {
    let mut request = clients.s3.create_bucket().bucket(name);
    if region != "us-east-1" {
        let place = CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(region))
            .build();
        request = request.create_bucket_configuration(place);
    }
    request.send().await.expect("the bucket is made");
}

pub async fn version(clients: &Clients, bucket: &str) {
    let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let request = clients.s3.put_bucket_versioning().bucket(bucket);
    request.versioning_configuration(enabled).send().await.expect("versioning is enabled");
}

pub fn role_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

pub fn allow(statements: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": statements}).to_string()
}

/// A trust policy for an AWS principal.
pub fn trust(principal: &str, condition: Value) -> String {
    allow(json!([{
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": condition,
    }]))
}

pub async fn make_role(clients: &Clients, name: &str, trust: &str, policy: Option<&str>) {
    let request = clients.iam.create_role().role_name(name);
    request.assume_role_policy_document(trust).send().await.expect("the role is made");
    if let Some(policy) = policy {
        let request = clients.iam.put_role_policy().role_name(name).policy_name("all");
        request.policy_document(policy).send().await.expect("the role gets its policy");
    }
}
