//! Whether S3 takes a bucket policy for public.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
//!
//! S3 begins by assuming that a policy is public. An Allow is not if its principals are fixed, or a
//! condition limits it to fixed values of a key that S3 trusts. Denies do not count.
//!
//! Deliberately absent: ACLs and access points.

use std::net::{IpAddr, Ipv4Addr};

use super::super::document::Document;
use super::operator::{Comparison, SetOperator};
use super::side::Side;
use super::statement::{Effect, PrincipalType, Statement, Test};
use super::value::Range;

/// Keys whose fixed values make a grant non-public.
const TRUSTED: [&str; 21] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:userid",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "s3:dataaccesspointaccount",
];

/// Whether the policy is public.
pub fn is_public(policy: &Document) -> bool {
    !public_statements(policy).is_empty()
}

/// The statements that make a bucket policy public, by their place in it, from 0.
pub fn public_statements(policy: &Document) -> Vec<usize> {
    let statements = policy.statements().iter().map(|value| Statement::read(value, Side::Resource));
    statements.enumerate().filter(|(_, statement)| is_open(statement)).map(|(index, _)| index).collect()
}

fn is_open(statement: &Statement<'_>) -> bool {
    let everyone = statement.principal.as_ref().is_some_and(|listed| {
        let wildcard = |(kind, text): &(PrincipalType, String)| {
            *kind == PrincipalType::Everyone || text.contains(['*', '?'])
        };
        listed.negated || listed.entries.iter().any(wildcard)
    });
    statement.effect != Some(Effect::Deny) && everyone && !statement.tests.iter().any(limits)
}

/// Whether a condition limits a grant to fixed values of a trusted key.
fn limits(test: &Test<'_>) -> bool {
    let Some(operator) = test.operator else { return false };
    let vague = operator.negated || operator.if_exists || operator.set == Some(SetOperator::ForAllValues);
    let key = test.key.to_ascii_lowercase();
    let trusted = TRUSTED.contains(&key.as_str()) || key == "s3:dataaccesspointarn";
    if vague || !trusted || test.wanted.is_empty() {
        return false;
    }
    let compares = match key.as_str() {
        "aws:sourceip" => operator.comparison == Comparison::IpAddress,
        "aws:principalisawsservice" => operator.comparison == Comparison::Bool,
        _ => matches!(
            operator.comparison,
            Comparison::StringEquals
                | Comparison::StringEqualsIgnoreCase
                | Comparison::StringLike
                | Comparison::Arn
        ),
    };
    compares && test.wanted.iter().all(|value| is_fixed(&key, value))
}

/// Whether a value is fixed: without wildcard or variable. Where a key's values have parts, those
/// that name an owner are what has to be fixed.
fn is_fixed(key: &str, value: &str) -> bool {
    let plain = |text: &str| !text.is_empty() && !text.contains(['*', '?']) && !text.contains("${");
    let field = |n: usize| value.split(':').nth(n).is_some_and(plain);
    match key {
        "aws:sourceip" => Range::read(value).is_some_and(is_narrow),
        "aws:principalisawsservice" => value.eq_ignore_ascii_case("true"),
        // Only services have one, and no service is the public.
        "aws:principalservicename" | "aws:principalservicenameslist" => !value.contains("${"),
        // The organization.
        "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => {
            value.split('/').next().is_some_and(plain)
        }
        // The account.
        "aws:principalarn" | "s3:dataaccesspointarn" => field(4),
        // The role or user; what follows is the name of the session.
        "aws:userid" => value.split(':').next().is_some_and(plain),
        _ => plain(value),
    }
}

/// Not broader than /8, or /32 for IPv6; private ranges of IPv4 are always narrow.
fn is_narrow(range: Range) -> bool {
    let private = [(Ipv4Addr::new(10, 0, 0, 0), 8), (Ipv4Addr::new(172, 16, 0, 0), 12)];
    let private = private.into_iter().chain([(Ipv4Addr::new(192, 168, 0, 0), 16)]);
    match range.ip {
        IpAddr::V4(_) => {
            let mut private = private.map(|(ip, length)| Range { ip: IpAddr::V4(ip), length });
            range.length >= 8 || private.any(|p| range.length >= p.length && p.contains(range.ip))
        }
        IpAddr::V6(_) => range.length >= 32,
    }
}
