//! Whether a bucket policy is public, as S3 Block Public Access means it.
//!
//! A policy is taken to be public until each Allow is found to reach fixed
//! values only: principals, or one of certain condition keys whose values
//! hold no wildcard and no policy variable. Deny statements make nothing
//! less public.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>

use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::arn::{Arn, is_account_id};
use crate::authority::principal::texts;

/// Condition keys that confine a statement if their values are fixed.
const FIXED: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Operators that ask for a value; the negated ones ask for its absence.
const OPERATORS: &[&str] =
    &["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress", "Bool"];

pub fn is_public(text: &str) -> bool {
    !public_statements(text).is_empty()
}

/// The numbers, from 1, of the statements that make a policy public.
pub fn public_statements(text: &str) -> Vec<usize> {
    let document: Value = serde_json::from_str(text).unwrap_or(Value::Null);
    let statements = match document.get("Statement") {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let numbered = statements.iter().enumerate();
    numbered.filter(|(_, statement)| opens_to_everyone(statement)).map(|(index, _)| index + 1).collect()
}

fn opens_to_everyone(statement: &Value) -> bool {
    if statement.get("Effect").and_then(Value::as_str) != Some("Allow") {
        return false;
    }
    let everyone = statement.get("NotPrincipal").is_some()
        || match statement.get("Principal") {
            Some(Value::Object(kinds)) => ["AWS", "CanonicalUser"]
                .iter()
                .filter_map(|kind| kinds.get(*kind))
                .flat_map(texts)
                .any(is_star),
            Some(principal) => texts(principal).any(is_star),
            None => false,
        };
    let conditions = statement.get("Condition").and_then(Value::as_object);
    everyone && !conditions.is_some_and(confine)
}

fn is_star(name: &str) -> bool {
    name == "*"
}

/// All conditions hold at once, so that one confining key is enough.
fn confine(conditions: &Map<String, Value>) -> bool {
    conditions.iter().any(|(operator, keys)| {
        let operator = operator.strip_prefix("ForAnyValue:").unwrap_or(operator);
        // `…IfExists` and `ForAllValues:` let requests without the key pass.
        OPERATORS.contains(&operator)
            && keys.as_object().is_some_and(|keys| {
                keys.iter().any(|(key, values)| is_confining(operator, &key.to_ascii_lowercase(), values))
            })
    })
}

fn is_confining(operator: &str, key: &str, values: &Value) -> bool {
    if key == "aws:principalisawsservice" {
        return values == "true" || values == true;
    }
    let mut some = false;
    let all = texts(values).all(|value| {
        some = true;
        is_fixed(operator, key, value)
    });
    some && all
}

fn is_fixed(operator: &str, key: &str, value: &str) -> bool {
    if value.contains("${") {
        return false;
    }
    // In an exact comparison a star is a star.
    let exact = matches!(operator, "StringEquals" | "StringEqualsIgnoreCase");
    let plain = |text: &str| exact || !text.contains(['*', '?']);
    match key {
        "aws:sourceip" => operator == "IpAddress" && is_narrow(value),
        // Service principals are nobody's public.
        "aws:principalservicename" | "aws:principalservicenameslist" => true,
        // Paths below a fixed organization, sessions of a fixed role.
        "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => value
            .split('/')
            .next()
            .is_some_and(|organization| plain(organization) && !organization.is_empty()),
        "aws:userid" => value.split(':').next().is_some_and(plain),
        "s3:dataaccesspointarn" => Arn::parse(value).is_some_and(|arn| is_account_id(arn.account)),
        _ => FIXED.contains(&key) && plain(value),
    }
}

/// At least a /8 of IPv4 or a /32 of IPv6; private ranges are no public.
fn is_narrow(range: &str) -> bool {
    let (address, bits) = range.split_once('/').unwrap_or((range, ""));
    let bits: Option<u32> = if bits.is_empty() { Some(128) } else { bits.parse().ok() };
    match (address.parse::<IpAddr>(), bits) {
        (Ok(IpAddr::V4(_)), Some(bits)) => bits >= 8,
        (Ok(IpAddr::V6(_)), Some(bits)) => bits >= 32,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn public(principal: Value, condition: Value) -> bool {
        let mut statement =
            json!({"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*"});
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        is_public(&json!({"Statement": [statement]}).to_string())
    }

    #[test]
    fn only_fixed_values_confine_a_star() {
        assert!(public(json!("*"), Value::Null));
        assert!(public(json!({"AWS": ["222222222222", "*"]}), Value::Null));
        assert!(!public(json!({"AWS": "222222222222"}), Value::Null));
        let vpc = |operator: &str, value: &str| json!({operator: {"aws:SourceVpc": value}});
        assert!(!public(json!("*"), vpc("StringEquals", "vpc-91237329")));
        assert!(public(json!("*"), vpc("StringLike", "vpc-*")));
        assert!(public(json!("*"), vpc("StringEqualsIfExists", "vpc-91237329")));
        assert!(public(json!("*"), vpc("StringNotEquals", "vpc-91237329")));
        assert!(public(json!("*"), vpc("StringEquals", "${aws:SourceVpc}")));
    }

    #[test]
    fn wide_ranges_are_public() {
        let from = |range: &str| public(json!("*"), json!({"IpAddress": {"aws:SourceIp": range}}));
        assert!(from("0.0.0.0/0"));
        assert!(from("128.0.0.0/1"));
        assert!(!from("198.51.100.0/24"));
        assert!(!from("198.51.100.7"));
        assert!(from("2001::/16"));
    }
}
