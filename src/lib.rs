//! `bucketbridge` sets up, proves, explains and withdraws Amazon S3 replication of KMS-encrypted
//! objects between AWS accounts.

pub mod apply;
pub mod arn;
pub mod aws;
pub mod canary;
pub mod config;
pub mod event;
pub mod exit;
pub mod iam;
pub mod observe;
pub mod plan;
pub mod resource;
pub mod status;
pub mod topology;
