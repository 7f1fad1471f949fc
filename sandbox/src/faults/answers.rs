//! The answers of services that cannot or will not, each in its own form.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>,
//! <https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html>,
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html>

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;

/// An error as one of the four services says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub code: &'static str,
    pub message: &'static str,
}

const fn answer(status: u16, code: &'static str, message: &'static str) -> Answer {
    Answer { status, code, message }
}

pub fn throttled(service: &str) -> Answer {
    match service {
        "s3" => unavailable("s3"),
        "kms" => answer(
            400,
            "ThrottlingException",
            "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
        ),
        _ => answer(400, "Throttling", "Rate exceeded"),
    }
}

pub fn broken(service: &str) -> Answer {
    match service {
        "s3" => answer(500, "InternalError", "We encountered an internal error. Please try again."),
        "kms" => answer(500, "KMSInternalException", "An internal error occurred."),
        "iam" => {
            answer(500, "ServiceFailure", "The request processing has failed because of an unknown error.")
        }
        _ => answer(500, "InternalFailure", "The request processing has failed because of an unknown error."),
    }
}

pub fn unavailable(service: &str) -> Answer {
    match service {
        "s3" => answer(503, "SlowDown", "Please reduce your request rate."),
        _ => answer(
            503,
            "ServiceUnavailable",
            "The request has failed due to a temporary failure of the server.",
        ),
    }
}

/// Two writes of one bucket's configuration at a time.
pub fn conflict() -> Answer {
    answer(
        409,
        "OperationAborted",
        "A conflicting conditional operation is currently in progress against this resource. Please try again.",
    )
}

impl Answer {
    pub fn response(self, service: &str) -> Response<Body> {
        let Answer { status, code, message } = self;
        let (kind, body) = match service {
            "s3" => (
                "application/xml",
                format!(
                    "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>0</RequestId></Error>"
                ),
            ),
            "kms" => (
                "application/x-amz-json-1.1",
                serde_json::json!({"__type": code, "message": message}).to_string(),
            ),
            _ => (
                "text/xml",
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
                     <Message>{message}</Message></Error><RequestId>0</RequestId></ErrorResponse>"
                ),
            ),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
        response
    }
}
