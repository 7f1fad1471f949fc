//! The text of a body, where the SDK's types would lose some of it: an answer as the service sent it,
//! and a request with a text of ours.
//!
//! Deliberately absent: what is in the text, and other ways to make a call. These are given to one
//! operation of the SDK (`.customize().interceptor(…)`), which is sent through a
//! [`Lane`](super::Lane) as any other.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;

/// Keeps the body of a successful answer, whatever the SDK makes of it.
#[derive(Clone, Default)]
pub struct AnswerBody(Arc<Mutex<Option<Vec<u8>>>>);

impl AnswerBody {
    /// What the last try brought; `None` if that was no success.
    pub fn take(&self) -> Option<Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, body: Option<Vec<u8>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body;
    }
}

impl fmt::Debug for AnswerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnswerBody")
    }
}

#[dyn_dispatch_hint]
impl Intercept for AnswerBody {
    fn name(&self) -> &'static str {
        "AnswerBody"
    }

    fn read_before_attempt(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.set(None);
        Ok(())
    }

    /// Before this the body is still a stream, after this it is in memory, even if the SDK could not
    /// read it.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        if answer.status().is_success() {
            self.set(answer.body().bytes().map(<[u8]>::to_vec));
        }
        Ok(())
    }
}

/// Sends this text as the body, in place of the SDK's own. Use it on an operation whose own payload is
/// left out: should this ever not run, nothing is sent that could be taken for a document.
#[derive(Clone)]
pub struct RequestBody(Arc<str>);

impl RequestBody {
    /// The text, to the byte.
    pub fn of(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RequestBody")
    }
}

#[dyn_dispatch_hint]
impl Intercept for RequestBody {
    fn name(&self) -> &'static str {
        "RequestBody"
    }

    /// The earliest hook that has a request, before the copy is taken that the SDK's own tries begin
    /// with. The checksum and the signature are made of the body in or after `modify_before_signing`
    /// of each try, so they are those of this text; the length is the serializer's and has to be set.
    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        request.headers_mut().try_insert("content-length", self.0.len().to_string())?;
        *request.body_mut() = SdkBody::from(self.0.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;

    use aws_credential_types::Credentials;
    use aws_sdk_s3::config::retry::RetryConfig;
    use aws_sdk_s3::config::{BehaviorVersion, Region};
    use sha2::{Digest, Sha256};

    use super::*;

    /// A request as it came over the wire.
    struct Received {
        headers: BTreeMap<String, String>,
        body: Vec<u8>,
    }

    /// An endpoint that gives these answers, one for each connection, and the requests that it got.
    fn endpoint(answers: Vec<String>) -> (String, std::thread::JoinHandle<Vec<Received>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let served = move || answers.iter().map(|answer| serve(&listener, answer)).collect();
        (url, std::thread::spawn(served))
    }

    fn serve(listener: &TcpListener, answer: &str) -> Received {
        let (stream, _) = listener.accept().expect("a connection");
        let mut reader = BufReader::new(stream);
        let mut headers = BTreeMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a line");
            if line.trim().is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(": ") {
                headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
            }
        }
        let length = headers.get("content-length").map_or(0, |n| n.parse().expect("a number"));
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the body");
        reader.get_mut().write_all(answer.as_bytes()).expect("answered");
        Received { headers, body }
    }

    fn answer(status: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    }

    fn client(url: &str) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(url)
            .force_path_style(true)
            .retry_config(RetryConfig::standard())
            .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"));
        aws_sdk_s3::Client::from_conf(config.build())
    }

    /// CRC-32 as gzip has it, four bytes in Base64.
    fn crc32(body: &[u8]) -> String {
        let mut crc = !0_u32;
        for byte in body {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            }
        }
        aws_smithy_types::base64::encode((!crc).to_be_bytes())
    }

    fn sha256(body: &[u8]) -> String {
        Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    const TEXT: &str = "<ReplicationConfiguration><Unknown>é</Unknown></ReplicationConfiguration>";

    #[tokio::test]
    async fn length_checksum_and_signed_hash_are_those_of_the_text_in_every_try() {
        assert_eq!(crc32(b"123456789"), "y/Q5Jg==", "the check value of CRC-32 is cbf43926");
        let busy = answer("503 Slow Down", "<Error><Code>SlowDown</Code></Error>");
        let (url, requests) = endpoint(vec![busy, answer("200 OK", "")]);
        let request = client(&url).put_bucket_replication().bucket("orders-prod").customize();
        request.interceptor(RequestBody::of(TEXT)).send().await.expect("stored");

        let requests = requests.join().expect("two tries");
        assert_eq!(requests.len(), 2);
        for request in requests {
            let header = |name: &str| request.headers.get(name).map(String::as_str);
            assert_eq!(request.body, TEXT.as_bytes());
            assert_eq!(header("content-length"), Some(TEXT.len().to_string().as_str()));
            assert_eq!(header("x-amz-checksum-crc32"), Some(crc32(TEXT.as_bytes()).as_str()));
            assert_eq!(header("x-amz-content-sha256"), Some(sha256(TEXT.as_bytes()).as_str()));
            assert_eq!(header("content-type"), Some("application/xml"));
            let signed = header("authorization").expect("a signature");
            assert!(signed.contains("x-amz-checksum-crc32") && signed.contains("content-length"), "{signed}");
        }
    }

    #[tokio::test]
    async fn an_answer_is_kept_to_the_byte() {
        let text = format!("\u{feff}<?xml version=\"1.0\"?>\r\n{TEXT}\n");
        let (url, _requests) = endpoint(vec![answer("200 OK", &text)]);
        let body = AnswerBody::default();
        let request = client(&url).get_bucket_replication().bucket("orders-prod").customize();
        let _ = request.interceptor(body.clone()).send().await;
        assert_eq!(body.take(), Some(text.into_bytes()));
    }

    #[tokio::test]
    async fn an_answer_that_the_sdk_cannot_read_is_kept_and_a_refusal_is_not() {
        let refused = answer("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>");
        for (answer, kept) in [(answer("200 OK", "<a"), Some(b"<a".to_vec())), (refused, None)] {
            let (url, _requests) = endpoint(vec![answer]);
            let body = AnswerBody::default();
            let request = client(&url).get_bucket_replication().bucket("orders-prod").customize();
            assert!(request.interceptor(body.clone()).send().await.is_err());
            assert_eq!(body.take(), kept);
        }
    }
}
