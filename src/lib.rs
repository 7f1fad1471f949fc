//! `bucketbridge` sets up, proves, explains and withdraws Amazon S3 replication of KMS-encrypted
//! objects between AWS accounts.

pub mod arn;
pub mod config;
pub mod exit;
pub mod topology;
