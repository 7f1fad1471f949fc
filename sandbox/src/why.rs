//! `why s3://bucket/key`: what became of an object, rule by rule.
//!
//! It asks a running sandbox over its private door and prints; a plain GET
//! over a socket is all that takes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, bail};
use bucketbridge_sandbox::private_route::PATH;
use clap::Args;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

#[derive(Debug, Args)]
pub struct Why {
    /// The object, such as s3://orders/path/file.txt
    #[arg(value_name = "S3 URI")]
    object: String,

    /// Where the sandbox listens: the endpoint that `serve` printed.
    #[arg(long, env = "AWS_ENDPOINT_URL", value_name = "URL")]
    endpoint: String,
}

impl Why {
    pub fn run(&self) -> anyhow::Result<()> {
        let (bucket, key) = self
            .object
            .strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'))
            .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
            .with_context(|| format!("`{}` is not s3://bucket/key", self.object))?;
        let answer = ask(&self.endpoint, bucket, key)?;
        print!("{}", tell(&self.object, &answer));
        Ok(())
    }
}

fn ask(endpoint: &str, bucket: &str, key: &str) -> anyhow::Result<Value> {
    let address = endpoint
        .strip_prefix("http://")
        .with_context(|| format!("`{endpoint}` is not http://127.0.0.1:PORT"))?
        .trim_end_matches('/');
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let mut stream =
        TcpStream::connect(address).with_context(|| format!("no sandbox listens on {address}"))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    write!(
        stream,
        "GET {PATH}?bucket={}&key={} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n",
        encode(bucket),
        encode(key)
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context("the sandbox did not answer")?;
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is no HTTP")?;
    let body: Value = serde_json::from_str(body)
        .with_context(|| format!("no sandbox of bucketbridge listens on {address}"))?;
    if !head.starts_with("HTTP/1.1 200") {
        bail!("{}", body["error"].as_str().unwrap_or("the sandbox refused"));
    }
    Ok(body)
}

fn tell(object: &str, answer: &Value) -> String {
    let verdicts = answer["verdicts"].as_array().map_or(&[][..], Vec::as_slice);
    if verdicts.is_empty() {
        return format!("{object}: nothing was written under this key\n");
    }
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = String::new();
    let mut version = String::new();
    for verdict in verdicts {
        if text(&verdict["version"]) != version {
            version = text(&verdict["version"]);
            out.push_str(&format!("{object} version {version}\n"));
        }
        let outcome = &verdict["outcome"];
        let said = match outcome["outcome"].as_str() {
            Some("skipped") => format!("skipped: {}", text(&outcome["reason"])),
            Some("completed") => match outcome["degraded"].as_array().map_or(&[][..], Vec::as_slice) {
                [] => "COMPLETED".to_owned(),
                lacks => {
                    let lacks: Vec<String> = lacks.iter().map(text).collect();
                    format!("COMPLETED without {}", lacks.join(", "))
                }
            },
            Some("failed") => failure(outcome),
            _ => "PENDING".to_owned(),
        };
        match (text(&verdict["rule"]), text(&verdict["destination"])) {
            (rule, _) if rule.is_empty() => out.push_str(&format!("  {said}\n")),
            (rule, to) => out.push_str(&format!("  rule {rule} to {to}: {said}\n")),
        }
    }
    out
}

fn failure(outcome: &Value) -> String {
    let field = |name: &str| outcome[name].as_str().unwrap_or_default();
    let mut said = format!("FAILED, {}", field("code"));
    if !field("action").is_empty() {
        said.push_str(&format!("\n    refused: {} on {}", field("action"), field("resource")));
    }
    said.push_str(&format!("\n    {}", field("detail")));
    said
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_failure_names_the_refused_request() {
        let answer = json!({"verdicts": [{
            "version": "v1", "rule": "all", "destination": "right",
            "outcome": {"outcome": "failed", "code": "DstPutObjectNotPermitted", "action": "kms:Encrypt",
                "resource": "arn:aws:kms:x", "detail": "no"},
        }]});
        assert_eq!(
            tell("s3://left/k", &answer),
            "s3://left/k version v1\n  rule all to right: FAILED, DstPutObjectNotPermitted\n    \
             refused: kms:Encrypt on arn:aws:kms:x\n    no\n"
        );
        let none = json!({"verdicts": []});
        assert_eq!(tell("s3://left/k", &none), "s3://left/k: nothing was written under this key\n");
    }
}
