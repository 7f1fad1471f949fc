//! A replication configuration as JSON, put as the XML of the API.
//!
//! The SDK's types cannot hold what S3 is to refuse, so the body of an
//! ordinary call is replaced before it is signed.

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::put_bucket_replication::PutBucketReplicationError;
use aws_sdk_s3::primitives::SdkBody;
use aws_sdk_s3::types::{Destination, ReplicationConfiguration, ReplicationRule, ReplicationRuleStatus};
use serde_json::Value;

use crate::bench::Clients;

pub async fn put(clients: &Clients, bucket: &str, configuration: &Value) -> Result<(), String> {
    let mut body = String::new();
    render("ReplicationConfiguration", configuration, &mut body);
    let sent = clients
        .s3
        .put_bucket_replication()
        .bucket(bucket)
        .replication_configuration(stand_in())
        .customize()
        .mutate_request(move |request| {
            let headers = request.headers_mut();
            let stale: Vec<String> = headers
                .iter()
                .map(|(name, _)| name.to_owned())
                .filter(|name| name.contains("checksum") || name == "content-md5")
                .collect();
            for name in stale {
                headers.remove(name);
            }
            headers.insert("content-length", body.len().to_string());
            *request.body_mut() = SdkBody::from(body.clone());
        })
        .send()
        .await;
    sent.map(|_| ()).map_err(|error: SdkError<PutBucketReplicationError, _>| {
        format!("{}: {}", error.code().unwrap_or_default(), error.message().unwrap_or_default())
    })
}

fn stand_in() -> ReplicationConfiguration {
    let destination = Destination::builder().bucket("b").build().expect("complete");
    let rule = ReplicationRule::builder().status(ReplicationRuleStatus::Enabled).destination(destination);
    let rule = rule.build().expect("complete");
    ReplicationConfiguration::builder().role("r").rules(rule).build().expect("complete")
}

/// Lists become repeated elements, in the singular.
fn render(name: &str, value: &Value, out: &mut String) {
    let singular = match name {
        "Rules" => "Rule",
        "Tags" => "Tag",
        other => other,
    };
    match value {
        Value::Array(list) => list.iter().for_each(|item| render(singular, item, out)),
        Value::Object(fields) => {
            out.push_str(&format!("<{name}>"));
            fields.iter().for_each(|(field, value)| render(field, value, out));
            out.push_str(&format!("</{name}>"));
        }
        Value::Null => {}
        Value::String(text) => {
            let text = text.replace('&', "&amp;").replace('<', "&lt;");
            out.push_str(&format!("<{name}>{text}</{name}>"));
        }
        other => out.push_str(&format!("<{name}>{other}</{name}>")),
    }
}
