//! Condition operators, and how each compares one value of a request with one of a policy.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
//!
//! Deliberately absent: several values, absent keys and unknown values; see `condition`.

use std::net::IpAddr;
use std::str::FromStr;

use super::matching::Match;
use super::pattern::{Case, Pattern, Unresolved, Variables};
use super::value::{Range, instant, number};

/// How the values of a multivalued key are taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SetOperator {
    ForAllValues,
    ForAnyValue,
}

/// What two values have to be to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Arn,
    Numeric(Order),
    Date(Order),
    Bool,
    Binary,
    IpAddress,
    Null,
}

/// Which order of the request's value and the policy's satisfies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

/// An operator as a condition names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub set: Option<SetOperator>,
    pub comparison: Comparison,
    pub negated: bool,
    pub if_exists: bool,
}

impl Operator {
    /// Reads a name such as `ForAnyValue:StringNotLikeIfExists`.
    pub(super) fn read(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (set, name) = match name.split_once(':') {
            Some(("forallvalues", rest)) => (Some(SetOperator::ForAllValues), rest),
            Some(("foranyvalue", rest)) => (Some(SetOperator::ForAnyValue), rest),
            Some(_) => return None,
            None => (None, name.as_str()),
        };
        let (name, if_exists) = match name.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (comparison, negated) = match name {
            "stringequals" => (Comparison::StringEquals, false),
            "stringnotequals" => (Comparison::StringEquals, true),
            "stringequalsignorecase" => (Comparison::StringEqualsIgnoreCase, false),
            "stringnotequalsignorecase" => (Comparison::StringEqualsIgnoreCase, true),
            "stringlike" => (Comparison::StringLike, false),
            "stringnotlike" => (Comparison::StringLike, true),
            "arnequals" | "arnlike" => (Comparison::Arn, false),
            "arnnotequals" | "arnnotlike" => (Comparison::Arn, true),
            "bool" => (Comparison::Bool, false),
            "binaryequals" => (Comparison::Binary, false),
            "ipaddress" => (Comparison::IpAddress, false),
            "notipaddress" => (Comparison::IpAddress, true),
            "null" if !if_exists => (Comparison::Null, false),
            "numericnotequals" => (Comparison::Numeric(Order::Equals), true),
            "datenotequals" => (Comparison::Date(Order::Equals), true),
            _ => match (name.strip_prefix("numeric"), name.strip_prefix("date")) {
                (Some(order), _) => (Comparison::Numeric(Order::read(order)?), false),
                (_, Some(order)) => (Comparison::Date(Order::read(order)?), false),
                _ => return None,
            },
        };
        Some(Self { set, comparison, negated, if_exists })
    }
}

impl Order {
    fn read(name: &str) -> Option<Self> {
        Some(match name {
            "equals" => Self::Equals,
            "lessthan" => Self::LessThan,
            "lessthanequals" => Self::LessThanEquals,
            "greaterthan" => Self::GreaterThan,
            "greaterthanequals" => Self::GreaterThanEquals,
            _ => return None,
        })
    }

    fn holds<T: PartialOrd>(self, seen: T, wanted: T) -> bool {
        match self {
            Self::Equals => seen == wanted,
            Self::LessThan => seen < wanted,
            Self::LessThanEquals => seen <= wanted,
            Self::GreaterThan => seen > wanted,
            Self::GreaterThanEquals => seen >= wanted,
        }
    }
}

impl Comparison {
    /// Whether the value of a request is what the policy wants, the operator's negation aside. A value
    /// that cannot be read as what the operator compares (a number, a date, …) equals none.
    pub(super) fn holds(
        self,
        wanted: &str,
        seen: &str,
        variables: Variables<'_>,
    ) -> Result<Match, Unresolved> {
        let known = match self {
            Self::StringEquals => Pattern::literal(wanted, variables)?.matches(seen, Case::Sensitive),
            Self::StringEqualsIgnoreCase => Pattern::literal(wanted, variables)?.matches(seen, Case::Ignored),
            Self::StringLike => Pattern::read(wanted, variables)?.matches(seen, Case::Sensitive),
            Self::Arn => {
                let matches = Pattern::read(wanted, variables)?.matches_components(seen);
                return Ok(matches.map_or(Match::CannotTell, Match::of));
            }
            Self::Numeric(order) => both(seen, wanted, number).is_some_and(|(s, w)| order.holds(s, w)),
            Self::Date(order) => both(seen, wanted, instant).is_some_and(|(s, w)| order.holds(s, w)),
            Self::Bool => seen.eq_ignore_ascii_case(wanted),
            // Both are base64 of the same bytes if they are the same text.
            Self::Binary => seen == wanted,
            Self::IpAddress => {
                let range = Range::read(wanted);
                range.zip(IpAddr::from_str(seen).ok()).is_some_and(|(range, ip)| range.contains(ip))
            }
            // Compares presence, not values.
            Self::Null => false,
        };
        Ok(Match::of(known))
    }
}

fn both<T>(seen: &str, wanted: &str, read: impl Fn(&str) -> Option<T>) -> Option<(T, T)> {
    read(seen).zip(read(wanted))
}
