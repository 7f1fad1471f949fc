//! The condition keys of S3 requests.
//!
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys>

use std::collections::{BTreeMap, HashMap};

use http::HeaderMap;

/// Headers that are condition keys under their own name.
const HEADERS: &[&str] = &[
    "x-amz-acl",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-object-ownership",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
];

pub fn of_request(
    headers: &HeaderMap,
    query: &HashMap<String, String>,
    owner: &str,
) -> BTreeMap<String, Vec<String>> {
    let mut keys = BTreeMap::new();
    let mut key = |name: &str, value: &str| {
        keys.insert(format!("s3:{name}"), vec![value.to_owned()]);
    };
    for name in HEADERS {
        let value = headers.get(*name).and_then(|value| value.to_str().ok());
        if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
            key(name, value);
        }
    }
    for (parameter, name) in [
        ("prefix", "prefix"),
        ("delimiter", "delimiter"),
        ("max-keys", "max-keys"),
        ("versionId", "versionid"),
    ] {
        if let Some(value) = query.get(parameter) {
            key(name, value);
        }
    }
    key("signatureversion", "AWS4-HMAC-SHA256");
    key("authtype", if headers.contains_key("authorization") { "REST-HEADER" } else { "REST-QUERY-STRING" });
    key("tlsversion", "1.3");
    key("resourceaccount", owner);
    if let Some(tags) = headers.get("x-amz-tagging").and_then(|value| value.to_str().ok()) {
        let tags = pairs(tags);
        for (name, value) in &tags {
            keys.insert(format!("s3:RequestObjectTag/{name}"), vec![value.clone()]);
        }
        keys.insert("s3:requestobjecttagkeys".to_owned(), tags.into_keys().collect());
    }
    keys
}

/// `a=1&b=2`, percent-encoded, as `x-amz-tagging` has it.
pub fn pairs(text: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}
