//! What a request asks for, in AWS's names: the operation, the actions that
//! are evaluated, on which resources, with which condition keys.
//!
//! The emulator evaluates S3 calls under the operation's name; AWS evaluates
//! `s3:PutReplicationConfiguration` for `PutBucketReplication`, and so on.
//! Action names: <https://docs.aws.amazon.com/service-authorization/latest/reference/>

pub mod ciphertext;
pub mod keys;
pub mod s3;
pub mod s3_keys;
pub mod s3_operation;

use std::collections::{BTreeMap, HashMap};

use fakecloud_core::auth::ConditionContext;

/// One authorization that a request needs.
#[derive(Clone, Debug, Default)]
pub struct Need {
    /// `service:Action`
    pub action: String,
    /// The resource's ARN, or `*`.
    pub resource: String,
    /// Condition keys that come with this request, lower case up to a slash.
    pub keys: BTreeMap<String, Vec<String>>,
    pub request_tags: Option<HashMap<String, String>>,
    pub resource_tags: Option<HashMap<String, String>>,
}

impl Need {
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        Need { action: action.into(), resource: resource.into(), ..Need::default() }
    }

    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.keys.entry(key.to_owned()).or_default().push(value.into());
        self
    }

    /// The caller's context with this request's keys.
    pub fn context(&self, mut context: ConditionContext) -> ConditionContext {
        context.service_keys.extend(self.keys.iter().map(|(key, values)| (key.clone(), values.clone())));
        context.request_tags = self.request_tags.clone();
        context.resource_tags = self.resource_tags.clone();
        context
    }
}
