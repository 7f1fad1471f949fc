//! What a call is called: service, operation and resource, read off the HTTP
//! request before anything is done with it.
//!
//! For the record only; nothing is decided by it.

use std::collections::HashMap;

use axum::http::request::Parts;
use serde_json::Value;

use crate::actions::s3_operation::{Shape, operation};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caption {
    pub access_key: String,
    pub service: String,
    pub region: String,
    pub operation: String,
    pub resource: String,
}

/// The fields that say what a call is about, the most telling first.
const KMS_FIELDS: &[&str] = &["KeyId", "AliasName", "TargetKeyId"];
const IAM_FIELDS: &[&str] = &["RoleName", "RoleArn", "PolicyArn", "UserName", "GroupName", "PolicyName"];

impl Caption {
    pub fn of(parts: &Parts, query: &HashMap<String, String>) -> Self {
        let [access_key, region, service] = credential(parts, query).unwrap_or_default();
        let mut caption = Caption { access_key, region, service, ..Caption::default() };
        if caption.service == "s3" || caption.service.is_empty() {
            caption.read_path(parts, query);
        }
        caption
    }

    fn read_path(&mut self, parts: &Parts, query: &HashMap<String, String>) {
        let path = parts.uri.path().trim_start_matches('/');
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        let name = operation(Shape {
            method: parts.method.as_str(),
            bucket: (!bucket.is_empty()).then_some(bucket),
            key: (!key.is_empty()).then_some(key),
            query,
            copies: parts.headers.contains_key("x-amz-copy-source"),
        });
        "s3".clone_into(&mut self.service);
        name.unwrap_or_default().clone_into(&mut self.operation);
        self.resource =
            percent_encoding::percent_decode_str(path).decode_utf8_lossy().trim_end_matches('/').to_owned();
    }

    /// KMS speaks JSON with the operation in a header, IAM and STS speak
    /// forms with the operation in a field.
    pub fn read_body(&mut self, parts: &Parts, body: &[u8]) {
        let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        if let Some((_, operation)) = target.and_then(|target| target.rsplit_once('.')) {
            operation.clone_into(&mut self.operation);
            let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
            let field = |name: &&str| body.get(*name).and_then(Value::as_str);
            KMS_FIELDS.iter().find_map(field).unwrap_or_default().clone_into(&mut self.resource);
            return;
        }
        let text = std::str::from_utf8(body).unwrap_or_default();
        let fields = crate::actions::s3_keys::pairs(text);
        let field = |name: &&str| fields.get(*name).cloned();
        self.operation = field(&"Action").unwrap_or_default();
        self.resource = IAM_FIELDS.iter().find_map(field).unwrap_or_default();
    }
}

/// Access key, Region and service from the credential scope of header or query:
/// `key/date/region/service/aws4_request`.
fn credential(parts: &Parts, query: &HashMap<String, String>) -> Option<[String; 3]> {
    let header = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
    let scope = match header {
        Some(header) => header.split("Credential=").nth(1)?.split(',').next()?,
        None => query.get("X-Amz-Credential")?,
    };
    let mut fields = scope.split('/');
    let access_key = fields.next()?.trim().to_owned();
    let region = fields.nth(1)?.to_owned();
    let service = fields.next()?.to_owned();
    Some([access_key, region, service])
}
