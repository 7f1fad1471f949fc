//! Signed calls to a sandbox over plain HTTP, as an administrator of one of its accounts.
//!
//! Enough for configurations and policies; no retries, no streams, no TLS.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::Utc;
use fakecloud_aws::sigv4::sign_string;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Sandbox;

/// All but what signatures leave as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub struct Caller {
    address: String,
    access_key: String,
    secret: String,
}

impl Caller {
    /// The administrator of the account of this name.
    pub fn of(sandbox: &Sandbox, account: &str) -> Self {
        let (access_key, secret) = sandbox.credentials(account);
        let address = sandbox.endpoint().trim_start_matches("http://").to_owned();
        Caller { address, access_key, secret }
    }

    /// A call of KMS in a Region.
    pub fn kms(&self, region: &str, operation: &str, body: &Value) -> anyhow::Result<Value> {
        let target = format!("TrentService.{operation}");
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", &target)];
        let answer = self.send("POST", ("kms", region), ("/", ""), &headers, &body.to_string());
        let answer = answer.with_context(|| format!("{operation} failed"))?;
        if answer.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&answer).with_context(|| format!("the answer to {operation} is no JSON"))
    }

    /// A call of IAM; its answer is XML.
    pub fn iam(&self, operation: &str, fields: &[(&str, &str)]) -> anyhow::Result<String> {
        let mut form = format!("Action={operation}&Version=2010-05-08");
        for (name, value) in fields {
            form.push_str(&format!("&{name}={}", utf8_percent_encode(value, ENCODED)));
        }
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let answer = self.send("POST", ("iam", "us-east-1"), ("/", ""), &headers, &form);
        answer.with_context(|| format!("{operation} failed"))
    }

    /// A call about a setting of a bucket, such as its `policy`.
    pub fn bucket(&self, method: &str, bucket: &Bucket<'_>, body: &str) -> anyhow::Result<String> {
        let Bucket { name, region, setting } = bucket;
        let path = format!("/{name}");
        let answer = self.send(method, ("s3", region), (&path, setting), &[], body);
        answer.with_context(|| format!("{method} of the {setting} of bucket {name} failed"))
    }

    fn send(
        &self,
        method: &str,
        (service, region): (&str, &str),
        (path, query): (&str, &str),
        more: &[(&str, &str)],
        body: &str,
    ) -> anyhow::Result<String> {
        let now = Utc::now();
        let (day, time) = (now.format("%Y%m%d").to_string(), now.format("%Y%m%dT%H%M%SZ").to_string());
        let digest = hash(body);
        let mut headers =
            vec![("host", self.address.as_str()), ("x-amz-content-sha256", &digest), ("x-amz-date", &time)];
        headers.extend(more);
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines = |between: &str, end: &str| -> String {
            headers.iter().map(|(name, value)| format!("{name}{between}{value}{end}")).collect()
        };
        // A setting is a query without a value.
        let canonical_query = if query.is_empty() { String::new() } else { format!("{query}=") };
        let canonical =
            format!("{method}\n{path}\n{canonical_query}\n{}\n{names}\n{digest}", lines(":", "\n"));
        let scope = format!("{day}/{region}/{service}/aws4_request");
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hash(&canonical));
        let signature = sign_string(&self.secret, &day, region, service, &text);
        let mut stream = TcpStream::connect(&self.address).context("the sandbox does not listen")?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mark = if query.is_empty() { "" } else { "?" };
        write!(
            stream,
            "{method} {path}{mark}{query} HTTP/1.1\r\n{}authorization: AWS4-HMAC-SHA256 \
             Credential={}/{scope}, SignedHeaders={names}, Signature={signature}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            lines(": ", "\r\n"),
            self.access_key,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).context("the sandbox did not answer")?;
        let (head, body) = answer.split_once("\r\n\r\n").context("the answer is no HTTP")?;
        if !head.starts_with("HTTP/1.1 2") {
            bail!("{}: {body}", head.lines().next().unwrap_or_default());
        }
        Ok(body.to_owned())
    }
}

/// A bucket and which of its settings.
pub struct Bucket<'a> {
    pub name: &'a str,
    pub region: &'a str,
    pub setting: &'a str,
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
