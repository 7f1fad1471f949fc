//! What AWS would refuse or what never works, and what the evaluation makes of it.

use super::*;

fn problems(document: &Document, side: Side) -> Vec<Problem> {
    findings(document, side).into_iter().map(|finding| finding.problem).collect()
}

#[test]
fn problems_are_found() {
    let cases = [
        (json!({"Action": "s3:GetObject", "Resource": "*"}), vec![Problem::MissingEffect]),
        (
            json!({"Effect": "Permit", "Action": "s3:GetObject", "Resource": "*"}),
            vec![Problem::InvalidEffect("Permit".to_owned())],
        ),
        (json!({"Effect": "Allow", "Resource": "*"}), vec![Problem::Missing(Element::Action)]),
        (json!({"Effect": "Allow", "Action": "s3:*"}), vec![Problem::Missing(Element::Resource)]),
        (
            json!({"Effect": "Allow", "Action": "s3:*", "NotAction": "s3:*", "Resource": "*"}),
            vec![Problem::Both(Element::Action)],
        ),
        (
            json!({"Effect": "Allow", "Action": {"s3": 1}, "Resource": "*"}),
            vec![Problem::Unreadable(Element::Action)],
        ),
        (
            json!({"Effect": "Allow", "Action": ["ReplicateObject", "s3:Get Object"], "Resource": "*"}),
            vec![
                Problem::MalformedAction("ReplicateObject".to_owned()),
                Problem::MalformedAction("s3:Get Object".to_owned()),
            ],
        ),
        (
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": ["backup/*", "arn:aws:s3"]}),
            vec![
                Problem::ResourceNotArn("backup/*".to_owned()),
                Problem::IncompleteArn("arn:aws:s3".to_owned()),
            ],
        ),
        (
            json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:eu-west-1:111111111111:alias/a"}),
            vec![Problem::AliasArn("arn:aws:kms:eu-west-1:111111111111:alias/a".to_owned())],
        ),
        (
            json!({"Effect": "Allow", "Action": "kms:CreateAlias",
                "Resource": "arn:aws:kms:eu-west-1:111111111111:alias/a"}),
            vec![],
        ),
        (
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"}),
            vec![Problem::PrincipalNotAllowed],
        ),
        (
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Conditions": {}}),
            vec![Problem::UnknownElement("Conditions".to_owned())],
        ),
        (
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Equals": {"a": "b"}}}),
            vec![Problem::UnknownOperator("Equals".to_owned())],
        ),
        (
            json!({"Effect": "Allow", "Action": "kms:*", "Resource": "arn:aws:kms:eu-west-1:111111111111:*/k"}),
            vec![Problem::WildcardInResourceType("arn:aws:kms:eu-west-1:111111111111:*/k".to_owned())],
        ),
        (
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:${aws:userid}::b"}),
            vec![Problem::VariableBeforeResource("arn:aws:s3:${aws:userid}::b".to_owned())],
        ),
        (
            json!([{"Sid": "a", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                {"Sid": "a", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]),
            vec![Problem::DuplicateSid("a".to_owned())],
        ),
    ];
    for (statements, wanted) in cases {
        assert_eq!(problems(&document(statements.clone()), Side::Identity), wanted, "{statements}");
    }
}

#[test]
fn problems_of_principals_are_found() {
    let id = "AIDAEXAMPLEID12345678".to_owned();
    let statement = json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": {"AWS": [id, ROLE, "replication", "*"]}},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
         "Principal": {"AWS": "arn:aws:iam::111111111111:role/*", "Group": "admins"}},
        {"Effect": "Deny", "Action": "s3:*", "Resource": "*", "NotPrincipal": {"AWS": ROLE}},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "s3.amazonaws.com"}},
        {"Effect": "Allow", "Action": "s3:GetObject", "Principal": {"CanonicalUser": "79a5"}},
    ]);
    let wanted = [
        Problem::Missing(Element::Principal),
        Problem::DeletedPrincipal(id),
        Problem::MalformedPrincipal("replication".to_owned()),
        Problem::UnknownPrincipalType("Group".to_owned()),
        Problem::MalformedPrincipal("arn:aws:iam::111111111111:role/*".to_owned()),
        Problem::DenyNotPrincipal,
        Problem::Missing(Element::Resource),
    ];
    assert_eq!(problems(&document(statement), Side::Resource), wanted);
}

#[test]
fn an_old_version_takes_variables_literally() {
    let text = json!({"Version": "2008-10-17", "Statement":
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:username}"}});
    let old = Document::parse(&text.to_string()).expect("a document");
    let wanted = Problem::VariableInOldVersion("arn:aws:s3:::b/${aws:username}".to_owned());
    assert_eq!(problems(&old, Side::Identity), [wanted]);
    let policies = Policies { identity: vec![Policy::new("old", old)], ..Policies::default() };
    let request = |resource: &str| {
        let context = Context::complete().with("aws:username", Seen::one("anna"));
        Request { resource_account: "111111111111".to_owned(), context, ..request("s3:GetObject", resource) }
    };
    assert_eq!(verdict(&request("arn:aws:s3:::b/anna"), &policies), Verdict::ImplicitlyDenied);
    assert_eq!(verdict(&request("arn:aws:s3:::b/${aws:username}"), &policies), Verdict::Allowed);
}

#[test]
fn a_broken_statement_spoils_no_other_but_may_deny() {
    let good = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    let mut request = request("s3:GetObject", OBJECT);
    request.resource_account = "111111111111".to_owned();
    let with = |broken: Value| {
        let statements = json!([good, broken]);
        Policies { identity: vec![policy("role", statements)], ..Policies::default() }
    };
    let decision = decide(&request, &with(json!({"Effect": "Allow", "Resource": "*"})));
    assert_eq!(decision.verdict, Verdict::Allowed);
    assert_eq!(decision.policies[0].statements[1].problems, [Problem::Missing(Element::Action)]);
    for broken in [json!({"Action": "s3:*", "Resource": "*"}), json!({"Effect": "Deny", "Action": "s3:*"})] {
        assert_eq!(verdict(&request, &with(broken)), Verdict::CannotTell);
    }
}
