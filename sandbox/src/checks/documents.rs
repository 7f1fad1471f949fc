//! What IAM and KMS refuse in trust and key policies besides unknown
//! principals and size.
//!
//! The emulator looks at identity policies itself.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use fakecloud_core::service::AwsServiceError;
use serde_json::{Map, Value};

use crate::authority::principal::texts;
use crate::services::error;

/// The actions that a trust policy can be about.
const TRUST_ACTIONS: &[&str] = &[
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
    "sts:setcontext",
    "sts:setsourceidentity",
    "sts:tagsession",
];

pub fn check_trust_policy(text: &str) -> Result<(), AwsServiceError> {
    let malformed = |message: &str| Err(error(400, "MalformedPolicyDocument", message));
    let Some(statements) = statements(text) else {
        return malformed("This policy contains invalid Json");
    };
    for statement in &statements {
        for field in ["Resource", "NotResource", "NotPrincipal"] {
            if statement.contains_key(field) {
                return malformed(&format!("Has prohibited field {field}"));
            }
        }
        for field in ["Effect", "Principal"] {
            if !statement.contains_key(field) {
                return malformed(&format!("Missing required field {field}"));
            }
        }
        let Some(actions) = statement.get("Action") else {
            return malformed("Missing required field Action");
        };
        if !texts(actions).all(|action| TRUST_ACTIONS.contains(&action.to_ascii_lowercase().as_str())) {
            return malformed("AssumeRole policy may only specify STS AssumeRole actions.");
        }
        let services = statement["Principal"].get("Service").into_iter().flat_map(texts);
        if let Some(name) = services.into_iter().find(|name| !name.contains(".amazonaws.com")) {
            return malformed(&format!("Invalid principal in policy: \"SERVICE\":\"{name}\""));
        }
    }
    Ok(())
}

pub fn check_key_policy(text: &str) -> Result<(), AwsServiceError> {
    let complete = statements(text).is_some_and(|statements| {
        !statements.is_empty()
            && statements.iter().all(|statement| {
                let has =
                    |one: &str, other: &str| statement.contains_key(one) || statement.contains_key(other);
                has("Principal", "NotPrincipal")
                    && has("Action", "NotAction")
                    && matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny"))
            })
    });
    if complete {
        return Ok(());
    }
    Err(error(
        400,
        "MalformedPolicyDocumentException",
        "The new key policy document is malformed or lacks a required element.",
    ))
}

fn statements(text: &str) -> Option<Vec<Map<String, Value>>> {
    let document: Value = serde_json::from_str(text).ok()?;
    match document.get("Statement")? {
        Value::Array(list) => list.iter().map(|one| one.as_object().cloned()).collect(),
        one => Some(vec![one.as_object()?.clone()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(statement: &str) -> Option<String> {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#);
        check_trust_policy(&text).err().map(|error| error.message())
    }

    #[test]
    fn trust_policies_are_about_assuming() {
        let good = r#"{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
        assert_eq!(refusal(good), None);
        let text = refusal(&good.replace("sts:AssumeRole", "s3:GetObject")).unwrap();
        assert!(text.contains("may only specify STS AssumeRole actions"), "{text}");
        let text = refusal(&good.replace("\"Action\"", "\"Resource\": \"*\", \"Action\"")).unwrap();
        assert_eq!(text, "Has prohibited field Resource");
        let text = refusal(&good.replace("s3.amazonaws.com", "s3")).unwrap();
        assert!(text.contains("Invalid principal in policy"), "{text}");
        assert!(refusal("\"no\"").is_some());
    }
}
