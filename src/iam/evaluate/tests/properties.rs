//! What holds for any policy and any request.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

fn texts(from: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![
        select(from).prop_map(|text| json!(text)),
        prop::collection::vec(select(from), 0..3).prop_map(|texts| json!(texts)),
    ]
}

const ACTIONS: &[&str] = &["*", "s3:*", "s3:ReplicateObject", "kms:Decrypt", "sts:AssumeRole", "s3"];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::backup/*",
    "arn:aws:s3:::backup/${aws:PrincipalTag/dir}/a",
    "arn:aws:kms:*",
    "backup",
];
const KEYS: &[&str] = &["aws:PrincipalTag/dir", "aws:SourceVpce", "kms:ViaService", "aws:PrincipalArn"];
const VALUES: &[&str] = &["reports", "vpce-1", "${aws:SourceVpce}", "s3.*.amazonaws.com", "true", "10", ROLE];
const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLikeIfExists",
    "ForAllValues:StringLike",
    "ForAnyValue:StringNotLike",
    "ArnNotLike",
    "Null",
    "NumericLessThan",
    "Bool",
    "Nonsense",
];

fn principal() -> impl Strategy<Value = Value> {
    let ids = &["*", ROLE, SESSION, "111111111111", "222222222222", "AROAEXAMPLEID12345678"];
    prop_oneof![
        Just(json!("*")),
        texts(ids).prop_map(|t| json!({"AWS": t})),
        Just(json!({"Service": "s3.amazonaws.com"})),
        Just(json!({"CanonicalUser": "79a5"})),
    ]
}

fn condition() -> impl Strategy<Value = Value> {
    let test = (select(OPERATORS), select(KEYS), texts(VALUES));
    prop::collection::vec(test, 0..3).prop_map(|tests| {
        let mut condition = json!({});
        for (operator, key, values) in tests {
            condition[operator][key] = values;
        }
        condition
    })
}

fn statement(principals: bool) -> impl Strategy<Value = Value> {
    let not = any::<[bool; 3]>();
    (any::<bool>(), not, principal(), texts(ACTIONS), texts(RESOURCES), condition()).prop_map(
        move |(allow, not, principal, action, resource, condition)| {
            let name = |not: bool, name: &str| if not { format!("Not{name}") } else { name.to_owned() };
            let mut statement =
                json!({"Effect": if allow { "Allow" } else { "Deny" }, "Condition": condition});
            statement[name(not[0], "Action")] = action;
            statement[name(not[1], "Resource")] = resource;
            if principals {
                statement[name(not[2], "Principal")] = principal;
            }
            statement
        },
    )
}

fn documents(principals: bool) -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(principals), 0..4)
}

/// Statements of role, boundary, bucket or key, service control.
type Estate = (Vec<Value>, Option<Vec<Value>>, Option<Vec<Value>>, Option<Vec<Value>>);

fn estate() -> impl Strategy<Value = Estate> {
    (
        documents(false),
        prop::option::weighted(0.3, documents(false)),
        prop::option::of(documents(true)),
        prop::option::weighted(0.2, documents(false)),
    )
}

fn policies((identity, boundary, resource, control): &Estate) -> Policies {
    let one = |label: &str, statements: &Vec<Value>| policy(label, json!(statements));
    let level = |s: &Vec<Value>| Level { target: "root".to_owned(), policies: vec![one("scp", s)] };
    Policies {
        identity: vec![one("role", identity)],
        boundary: boundary.as_ref().map(|s| one("boundary", s)),
        resource: resource.as_ref().map(|s| one("resource", s)),
        service_control: control.iter().map(level).collect(),
        ..Policies::default()
    }
}

fn any_request() -> impl Strategy<Value = Request> {
    let callers = [SESSION, ROLE, "arn:aws:iam::111111111111:root", "s3.amazonaws.com"];
    let whats = [("s3:ReplicateObject", OBJECT), ("kms:Decrypt", KEY), ("sts:AssumeRole", ROLE)];
    let seen = prop_oneof![
        Just(Seen::Absent),
        Just(Seen::Unknown),
        select(VALUES).prop_map(Seen::one),
        Just(Seen::Known(vec!["reports".to_owned(), "10".to_owned()])),
    ];
    let keys = prop::collection::vec(seen, KEYS.len());
    (select(callers.to_vec()), select(whats.to_vec()), any::<[bool; 2]>(), keys).prop_map(
        |(caller, what, is, keys)| {
            let context = if is[0] { Context::partial() } else { Context::complete() };
            let context = KEYS.iter().zip(keys).fold(context, |c, (key, seen)| c.with(key, seen));
            Request {
                principal: caller.parse().expect("a principal"),
                action: what.0.to_owned(),
                resource: what.1.to_owned(),
                resource_account: if is[1] { "111111111111" } else { "222222222222" }.to_owned(),
                context,
            }
        },
    )
}

proptest! {
    #[test]
    fn one_more_deny_never_allows(estate in estate(), deny in statement(true), at in 0..3usize, request in any_request()) {
        let before = verdict(&request, &policies(&estate));
        let mut after = estate;
        let mut deny = deny;
        deny["Effect"] = json!("Deny");
        match (at, &mut after) {
            (1, (_, Some(boundary), ..)) => boundary.push(deny),
            (2, (_, _, Some(resource), _)) => resource.push(deny),
            (_, (identity, ..)) => identity.push(deny),
        }
        prop_assert!(verdict(&request, &policies(&after)) != Verdict::Allowed || before == Verdict::Allowed);
    }

    #[test]
    fn knowing_less_never_allows(estate in estate(), request in any_request(), forgotten in select(KEYS)) {
        let policies = policies(&estate);
        let before = verdict(&request, &policies);
        let context = request.context.clone().with(forgotten, Seen::Unknown);
        let after = verdict(&Request { context, ..request }, &policies);
        prop_assert!(after == before || after == Verdict::CannotTell
            || (before == Verdict::ExplicitlyDenied && after == Verdict::ImplicitlyDenied), "{before:?} {after:?}");
    }

    #[test]
    fn a_document_that_is_not_read_never_allows(estate in estate(), request in any_request()) {
        let mut policies = policies(&estate);
        let before = verdict(&request, &policies);
        policies.identity = vec![Policy::unread("role")];
        prop_assert!(verdict(&request, &policies) != Verdict::Allowed || before == Verdict::Allowed);
    }

    #[test]
    fn the_order_of_statements_is_nothing(estate in estate(), request in any_request()) {
        let before = decide(&request, &policies(&estate));
        let mut reversed = estate;
        reversed.0.reverse();
        reversed.2.iter_mut().for_each(|statements| statements.reverse());
        let after = decide(&request, &policies(&reversed));
        prop_assert_eq!((before.verdict, before.blocked_by), (after.verdict, after.blocked_by));
    }
}

/// Any JSON, with the names of the language in likely places.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(|b| json!(b)),
        any::<f64>().prop_map(|n| json!(n)),
        "[a-z$*?{}',:/]{0,12}".prop_map(|s| json!(s)),
        select(RESOURCES).prop_map(|s| json!(s)),
    ];
    let name = prop_oneof![
        select(&["Sid", "Effect", "Principal", "NotPrincipal", "Action", "Resource", "Condition", "AWS"][..])
            .prop_map(str::to_owned),
        select(OPERATORS).prop_map(str::to_owned),
        "[a-z:]{0,5}",
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..6).prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(statements in prop::collection::vec(anything(), 0..4), request in any_request()) {
        let policy = Policy::new("any", Document::of(statements));
        for side in [Side::Identity, Side::Resource, Side::ResourceControl] {
            findings(policy.document.as_ref().expect("a document"), side);
        }
        let policies = Policies {
            identity: vec![policy.clone()],
            resource: Some(policy.clone()),
            endpoint: Some(policy),
            restrict_public_buckets: true,
            ..Policies::default()
        };
        decide(&request, &policies);
    }
}
