//! Condition operators
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).

use super::*;

/// What a condition answers when the key `k` is as given.
fn answer(condition: Value, seen: Seen) -> Match {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
    let policies = Policies { identity: vec![policy("p", statement)], ..Policies::default() };
    let mut request = request("s3:GetObject", OBJECT);
    request.context = request.context.with("k", seen).with("aws:username", Seen::one("an?a"));
    decide(&request, &policies).policies[0].statements[0].outcome
}

#[test]
fn operators_compare() {
    let yes = [
        ("StringEquals", json!("a*"), "a*"),
        ("StringNotEquals", json!(["a", "b"]), "c"),
        ("StringEqualsIgnoreCase", json!("ABC"), "abc"),
        ("StringNotEqualsIgnoreCase", json!("ABD"), "abc"),
        ("StringLike", json!(["x", "a?*"]), "abc"),
        ("StringNotLike", json!("b*"), "abc"),
        ("stringlike", json!("${aws:username}/*"), "an?a/home"),
        ("ArnEquals", json!("arn:aws:iam::*:role/*"), "arn:aws:iam::111111111111:role/a/b"),
        ("ArnNotLike", json!("arn:aws:iam::*:user/*"), "arn:aws:iam::111111111111:role/a"),
        ("NumericEquals", json!(10), "10.0"),
        ("NumericLessThan", json!("1.2"), "1.1"),
        ("NumericGreaterThanEquals", json!("1.2"), "1.2"),
        ("NumericNotEquals", json!("1"), "2"),
        ("DateGreaterThan", json!("2026-01-01T00:00:00Z"), "2026-01-01T00:00:00.5Z"),
        ("DateLessThan", json!("2026-06"), "2026-05-31T23:59:59+00:00"),
        ("DateEquals", json!("1767225600"), "2026-01-01"),
        ("DateLessThanEquals", json!("2026"), "1767225600"),
        ("Bool", json!(true), "true"),
        ("BinaryEquals", json!("QmluYXJ5"), "QmluYXJ5"),
        ("IpAddress", json!("203.0.113.0/24"), "203.0.113.7"),
        ("IpAddress", json!(["2001:DB8:1234:5678::/64", "0.0.0.0/0"]), "198.51.100.1"),
        ("NotIpAddress", json!("203.0.113.0/24"), "203.0.114.7"),
        ("StringEqualsIfExists", json!("a"), "a"),
        ("Null", json!(false), "a"),
    ];
    for (operator, wanted, seen) in yes {
        assert_eq!(
            answer(json!({operator: {"K": wanted}}), Seen::one(seen)),
            Match::Match,
            "{operator} {wanted}"
        );
    }
    let no = [
        ("StringEquals", json!("a*"), "abc"),
        ("StringEquals", json!("ABC"), "abc"),
        ("StringEquals", json!([]), "abc"),
        ("StringLike", json!("${aws:username}"), "anna"),
        ("ArnLike", json!("arn:aws:iam::*:role/a"), "arn:aws:iam::111111111111:role/A"),
        ("ArnLike", json!("arn:aws:iam::*:role/a"), "role/a"),
        ("NumericLessThan", json!("1.2"), "1.20"),
        ("NumericEquals", json!("ten"), "ten"),
        ("DateEquals", json!("tomorrow"), "tomorrow"),
        ("Bool", json!("true"), "false"),
        ("IpAddress", json!("203.0.113.0/24"), "2001:db8::1"),
        ("IpAddress", json!("203.0.113.0/33"), "203.0.113.1"),
        ("Null", json!("true"), "a"),
    ];
    for (operator, wanted, seen) in no {
        assert_eq!(
            answer(json!({operator: {"k": wanted}}), Seen::one(seen)),
            Match::NoMatch,
            "{operator} {wanted}"
        );
    }
}

#[test]
fn absent_and_unknown_keys() {
    let several = || Seen::Known(vec!["a".to_owned(), "c".to_owned()]);
    let cases = [
        ("StringEquals", Seen::Absent, Match::NoMatch),
        ("StringNotEquals", Seen::Absent, Match::Match),
        ("NotIpAddress", Seen::Absent, Match::Match),
        ("StringEqualsIfExists", Seen::Absent, Match::Match),
        ("StringNotEqualsIfExists", Seen::Absent, Match::Match),
        ("ForAllValues:StringEquals", Seen::Absent, Match::Match),
        ("ForAllValues:StringEquals", Seen::Known(vec![]), Match::Match),
        ("ForAnyValue:StringEquals", Seen::Absent, Match::NoMatch),
        ("ForAnyValue:StringNotEquals", Seen::Absent, Match::NoMatch),
        ("ForAnyValue:StringEqualsIfExists", Seen::Absent, Match::Match),
        ("ForAnyValue:StringEquals", several(), Match::Match),
        ("ForAllValues:StringEquals", several(), Match::NoMatch),
        ("ForAnyValue:StringNotEquals", several(), Match::Match),
        ("ForAllValues:StringNotEquals", several(), Match::NoMatch),
        ("StringEquals", several(), Match::CannotTell),
        ("StringEquals", Seen::Unknown, Match::CannotTell),
        ("StringNotEqualsIfExists", Seen::Unknown, Match::CannotTell),
        ("ForAllValues:StringEquals", Seen::Unknown, Match::CannotTell),
        ("Null", Seen::Unknown, Match::CannotTell),
        ("StringAlmostEquals", Seen::one("a"), Match::CannotTell),
        ("NullIfExists", Seen::one("a"), Match::CannotTell),
    ];
    for (operator, seen, wanted) in cases {
        let shown = format!("{operator} {seen:?}");
        assert_eq!(answer(json!({operator: {"k": ["a", "b"]}}), seen), wanted, "{shown}");
    }
    assert_eq!(answer(json!({"Null": {"k": "true"}}), Seen::Absent), Match::Match);
    assert_eq!(answer(json!({"Null": {"k": "false"}}), Seen::Absent), Match::NoMatch);
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-no-value>
#[test]
fn a_variable_without_value() {
    let condition = |operator: &str| json!({operator: {"k": "${aws:PrincipalTag/team}"}});
    assert_eq!(answer(condition("StringEquals"), Seen::one("a")), Match::NoMatch);
    assert_eq!(answer(condition("StringNotEquals"), Seen::one("a")), Match::Match);
    let with = |resource: &str, context: Context| {
        let statement = json!({"Effect": "Allow", "Action": "*", "Resource": resource});
        let policies = Policies { identity: vec![policy("p", statement)], ..Policies::default() };
        let request = Request { context, ..request("s3:GetObject", OBJECT) };
        decide(&request, &policies).policies[0].statements[0].outcome
    };
    let home = "arn:aws:s3:::backup/${aws:PrincipalTag/dir}/*";
    let dir = |seen| Context::complete().with("aws:principaltag/dir", seen);
    assert_eq!(with(home, dir(Seen::one("reports"))), Match::Match);
    assert_eq!(with(home, dir(Seen::one("*"))), Match::NoMatch, "a value is literal");
    assert_eq!(with(home, dir(Seen::Absent)), Match::NoMatch);
    assert_eq!(with(home, dir(Seen::Unknown)), Match::CannotTell);
    assert_eq!(with("arn:aws:s3:::backup/${a/b, 'reports'}/*", Context::complete()), Match::Match);
    assert_eq!(
        with("arn:aws:s3:${a}::backup/*", Context::complete().with("a", Seen::one(""))),
        Match::NoMatch
    );
}
