//! Grants of a key (<https://docs.aws.amazon.com/kms/latest/developerguide/grants.html>).

use std::collections::BTreeMap;

use super::*;

fn grant(grantee: &str, operations: &[&str], constraint: Option<Constraint>) -> Grant {
    let operations = operations.iter().map(|o| (*o).to_owned()).collect();
    Grant { label: "grant".to_owned(), grantee: grantee.to_owned(), operations, constraint }
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn inside() -> Request {
    let mut request = request("kms:Decrypt", KEY);
    request.resource_account = "111111111111".to_owned();
    request
}

#[test]
fn a_grant_suffices_inside_the_account() {
    let cases = [
        (grant(ROLE, &["Decrypt"], None), Verdict::Allowed),
        (grant(SESSION, &["Encrypt", "Decrypt"], None), Verdict::Allowed),
        (grant(ROLE, &["Encrypt"], None), Verdict::ImplicitlyDenied),
        (grant("arn:aws:iam::111111111111:role/other", &["Decrypt"], None), Verdict::ImplicitlyDenied),
        (grant("s3.amazonaws.com", &["Decrypt"], None), Verdict::ImplicitlyDenied),
    ];
    for (grant, wanted) in cases {
        let policies = Policies { grants: vec![grant], ..Policies::default() };
        assert_eq!(verdict(&inside(), &policies), wanted, "{:?}", policies.grants);
    }
}

#[test]
fn across_accounts_a_grant_alone_is_doubtful() {
    let mut policies = Policies { grants: vec![grant(ROLE, &["Decrypt"], None)], ..Policies::default() };
    let request = request("kms:Decrypt", KEY);
    assert_eq!(verdict(&request, &policies), Verdict::CannotTell);
    policies.identity = vec![policy("role", json!({"Effect": "Allow", "Action": "kms:*", "Resource": KEY}))];
    assert_eq!(verdict(&request, &policies), Verdict::Allowed);
}

/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_GrantConstraints.html>
#[test]
fn constraints_hold_the_encryption_context() {
    let arn = ("aws:s3:arn", "arn:aws:s3:::orders");
    let subset = |p: &[(&str, &str)]| Constraint::EncryptionContextSubset(pairs(p));
    let equals = |p: &[(&str, &str)]| Constraint::EncryptionContextEquals(pairs(p));
    let cases = [
        (subset(&[arn]), Match::Match),
        (subset(&[]), Match::Match),
        (subset(&[("aws:s3:arn", "arn:aws:s3:::other")]), Match::NoMatch),
        (subset(&[arn, ("more", "x")]), Match::NoMatch),
        (equals(&[arn, ("also", "y")]), Match::Match),
        (equals(&[arn]), Match::NoMatch),
    ];
    let context = Context::complete()
        .with("kms:EncryptionContext:aws:s3:arn", Seen::one(arn.1))
        .with("kms:EncryptionContext:also", Seen::one("y"));
    for (constraint, wanted) in cases {
        let policies =
            Policies { grants: vec![grant(ROLE, &["Decrypt"], Some(constraint))], ..Policies::default() };
        let decide =
            |context: Context| decide(&Request { context, ..inside() }, &policies).grants[0].constraint;
        assert_eq!(decide(context.clone()), wanted, "{:?}", policies.grants[0].constraint);
        let nothing_known = decide(Context::partial());
        assert!(nothing_known == Match::CannotTell || policies.grants[0].constraint == Some(subset(&[])));
    }
}
