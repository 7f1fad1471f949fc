//! Who is named, by which form, and what follows from it
//! (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>).

use super::*;

fn allows(principal: Value) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*"})
}

fn spares(listed: Value) -> Value {
    json!({"Effect": "Deny", "NotPrincipal": listed, "Action": "s3:*", "Resource": "*"})
}

/// A request inside the role's own account.
fn inside(principal: &str) -> Request {
    let principal = principal.parse().expect("a principal");
    Request { principal, resource_account: "111111111111".to_owned(), ..request("s3:GetObject", OBJECT) }
}

#[test]
fn a_deleted_principal_is_nobody() {
    let id = "AROAEXAMPLEID12345678";
    let policies = Policies {
        identity: vec![policy("role", json!({"Effect": "Allow", "Action": "*", "Resource": "*"}))],
        resource: Some(policy("bucket", allows(json!({"AWS": [id]})))),
        ..Policies::default()
    };
    let decision = decide(&request("s3:ReplicateObject", OBJECT), &policies);
    assert_eq!(decision.verdict, Verdict::ImplicitlyDenied);
    let failed = decision.policies[1].statements[0].first_failure().expect("an element");
    assert_eq!(failed.element, Element::Principal);
    assert_eq!(failed.notes, [Note::DeletedPrincipal(id.to_owned())]);
}

#[test]
fn not_principal_with_deny_wants_every_form() {
    let account = "arn:aws:iam::111111111111:root";
    let cases = [
        (json!([SESSION, ROLE, account]), Match::NoMatch),
        (json!([SESSION, ROLE, "111111111111"]), Match::NoMatch),
        (json!(["*"]), Match::NoMatch),
        (json!([ROLE, account]), Match::CannotTell),
        (json!([ROLE]), Match::CannotTell),
        (json!([account]), Match::CannotTell),
        (json!(["arn:aws:iam::111111111111:role/other"]), Match::Match),
        (json!(["222222222222"]), Match::Match),
    ];
    for (listed, wanted) in cases {
        let policies = Policies {
            resource: Some(policy("bucket", spares(json!({"AWS": listed})))),
            ..Policies::default()
        };
        let decision = decide(&request("s3:GetObject", OBJECT), &policies);
        let statement = &decision.policies[0].statements[0];
        assert_eq!(statement.outcome, wanted, "{listed}");
        let noted = statement.elements[0].notes.iter().any(|n| matches!(n, Note::FormsNotListed(_)));
        assert_eq!(noted, wanted == Match::CannotTell, "{listed}");
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>
#[test]
fn not_principal_with_deny_always_hits_a_bounded_role() {
    let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let listed = json!({"AWS": [SESSION, ROLE, "111111111111"]});
    let mut policies = Policies {
        identity: vec![policy("role", everything.clone())],
        resource: Some(policy("bucket", spares(listed))),
        ..Policies::default()
    };
    assert_eq!(verdict(&inside(SESSION), &policies), Verdict::Allowed);
    policies.boundary = Some(policy("boundary", everything));
    assert_eq!(verdict(&inside(SESSION), &policies), Verdict::ExplicitlyDenied);
}

/// The table of
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html>:
/// what a boundary or session policy that does not allow the action does to a grant of the resource.
#[test]
fn limits_of_a_grant_depend_on_the_form_that_it_names() {
    let user = "arn:aws:iam::111111111111:user/anna";
    let role = "arn:aws:iam::111111111111:role/replication";
    let federated = "arn:aws:sts::111111111111:federated-user/anna";
    let account = "111111111111";
    let cases = [
        (SESSION, SESSION, Verdict::Allowed),
        (SESSION, role, Verdict::ImplicitlyDenied),
        (SESSION, account, Verdict::ImplicitlyDenied),
        (SESSION, "*", Verdict::Allowed),
        (role, role, Verdict::ImplicitlyDenied),
        (user, user, Verdict::Allowed),
        (user, account, Verdict::ImplicitlyDenied),
        (federated, federated, Verdict::Allowed),
        ("arn:aws:iam::111111111111:root", account, Verdict::Allowed),
    ];
    let elsewhere = || policy("limit", json!({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}));
    for (caller, named, wanted) in cases {
        let policies = Policies {
            boundary: Some(elsewhere()),
            session: vec![elsewhere()],
            resource: Some(policy("bucket", allows(json!({"AWS": named})))),
            ..Policies::default()
        };
        assert_eq!(verdict(&inside(caller), &policies), wanted, "{caller} named as {named}");
    }
}

#[test]
fn a_federated_user_needs_to_know_who_made_the_session() {
    let named = json!({"AWS": "arn:aws:iam::111111111111:user/anna"});
    let policies = Policies { resource: Some(policy("bucket", allows(named))), ..Policies::default() };
    let mut request = inside("arn:aws:sts::111111111111:federated-user/guest");
    let outcome = |request: &Request| decide(request, &policies).policies[0].statements[0].outcome;
    assert_eq!(outcome(&request), Match::CannotTell);
    let user = |name: &str| match format!("arn:aws:iam::111111111111:user/{name}").parse() {
        Ok(Caller::User(user)) => Some(user),
        other => panic!("{other:?}"),
    };
    for (name, wanted) in [("anna", Match::Match), ("bert", Match::NoMatch)] {
        if let Caller::FederatedUser { issuer, .. } = &mut request.principal {
            *issuer = user(name);
        }
        assert_eq!(outcome(&request), wanted);
    }
}

#[test]
fn principals_are_read_and_written_alike() {
    for text in [
        ROLE,
        SESSION,
        "arn:aws-cn:iam::111111111111:user/a/b/anna",
        "arn:aws:iam::111111111111:root",
        "arn:aws:sts::111111111111:federated-user/guest",
        "s3.amazonaws.com",
        "accounts.google.com",
        "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
    ] {
        assert_eq!(text.parse::<Caller>().expect(text).to_string(), text);
    }
    assert!("arn:aws:s3:::backup".parse::<Caller>().is_err());
    assert_eq!(replication().to_string(), SESSION);
}

/// SCPs limit principals of member accounts, RCPs whoever comes
/// (<https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_authorization_policies.html>).
#[test]
fn control_policies_limit_their_own() {
    let level = |target: &str, statements: Value| Level {
        target: target.to_owned(),
        policies: vec![policy("control", statements)],
    };
    let full = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let mut deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
    let base = Policies {
        identity: vec![policy("role", full.clone())],
        resource: Some(policy("bucket", allows(json!("*")))),
        ..Policies::default()
    };
    let two = |second: Value| Policies {
        service_control: vec![level("ou", full.clone()), level("ou", second)],
        ..base.clone()
    };
    let request = request("s3:ReplicateObject", OBJECT);
    assert_eq!(verdict(&request, &two(full.clone())), Verdict::Allowed);
    assert_eq!(verdict(&request, &two(json!([full, deny]))), Verdict::ExplicitlyDenied);
    let only_kms = two(json!({"Effect": "Allow", "Action": "kms:*", "Resource": "*"}));
    assert_eq!(decide(&request, &only_kms).blocked_by, [Side::ServiceControl]);
    deny["Principal"] = json!("*");
    let rcp = Policies { resource_control: vec![level("root", deny)], ..base.clone() };
    let service = Request { principal: Caller::Service("s3.amazonaws.com".to_owned()), ..request.clone() };
    assert_eq!(decide(&service, &rcp).blocked_by, [Side::ResourceControl]);
    assert_eq!(verdict(&service, &only_kms), Verdict::Allowed);
    // A policy that could not be read may deny.
    let unread = Level { target: "root".to_owned(), policies: vec![Policy::unread("scp")] };
    let policies = Policies { service_control: vec![unread], ..base };
    let decision = decide(&request, &policies);
    assert_eq!((decision.verdict, decision.blocked_by), (Verdict::CannotTell, vec![Side::ServiceControl]));
}
