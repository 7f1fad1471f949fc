//! What S3 replication of KMS objects needs, document by document
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-config-for-kms-objects.html>).

use super::*;

fn role_policy(statements: Value) -> Vec<Policy> {
    vec![policy("role", statements)]
}

fn s3_allow(action: Value, resource: &str) -> Value {
    json!({"Effect": "Allow", "Action": action, "Resource": resource})
}

fn named(principal: Value, action: Value, resource: &str) -> Value {
    json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource})
}

#[test]
fn a_bucket_of_another_account_needs_both_sides() {
    let identity = || role_policy(s3_allow(json!("s3:ReplicateObject"), "arn:aws:s3:::backup/*"));
    let bucket = |principal: Value| {
        Some(policy("bucket", named(principal, json!("s3:Replicate*"), "arn:aws:s3:::backup/*")))
    };
    let request = request("s3:ReplicateObject", OBJECT);
    let cases = [
        (identity(), bucket(json!({"AWS": ROLE})), Verdict::Allowed, vec![]),
        (identity(), bucket(json!({"AWS": SESSION})), Verdict::Allowed, vec![]),
        (identity(), bucket(json!({"AWS": "111111111111"})), Verdict::Allowed, vec![]),
        (identity(), bucket(json!("*")), Verdict::Allowed, vec![]),
        (identity(), None, Verdict::ImplicitlyDenied, vec![Side::Resource]),
        (vec![], bucket(json!({"AWS": SESSION})), Verdict::ImplicitlyDenied, vec![Side::Identity]),
        (vec![], None, Verdict::ImplicitlyDenied, vec![Side::Identity, Side::Resource]),
        // S3 replicates as the role, not as itself.
        (
            identity(),
            bucket(json!({"Service": "s3.amazonaws.com"})),
            Verdict::ImplicitlyDenied,
            vec![Side::Resource],
        ),
        (
            identity(),
            bucket(json!({"AWS": "arn:aws:iam::111111111111:role/other/replication"})),
            Verdict::ImplicitlyDenied,
            vec![Side::Resource],
        ),
        (
            role_policy(s3_allow(json!("s3:PutObject"), "arn:aws:s3:::backup/*")),
            bucket(json!({"AWS": ROLE})),
            Verdict::ImplicitlyDenied,
            vec![Side::Identity],
        ),
    ];
    for (at, (identity, resource, wanted, sides)) in cases.into_iter().enumerate() {
        let decision = decide(&request, &Policies { identity, resource, ..Policies::default() });
        assert_eq!((decision.verdict, decision.blocked_by), (wanted, sides), "case {at}");
    }
}

#[test]
fn inside_an_account_either_side_grants_and_any_side_denies() {
    let mut request = request("s3:GetObjectVersionForReplication", "arn:aws:s3:::orders/a");
    request.resource_account = "111111111111".to_owned();
    let identity = || role_policy(s3_allow(json!("s3:GetObjectVersion*"), "arn:aws:s3:::orders/*"));
    let with = |identity, resource| Policies { identity, resource, ..Policies::default() };
    assert_eq!(verdict(&request, &with(identity(), None)), Verdict::Allowed);
    let to_role = policy("bucket", named(json!({"AWS": ROLE}), json!("s3:*"), "*"));
    assert_eq!(verdict(&request, &with(vec![], Some(to_role))), Verdict::Allowed);
    let to_account =
        policy("bucket", named(json!({"AWS": "arn:aws:iam::111111111111:root"}), json!("s3:*"), "*"));
    assert_eq!(verdict(&request, &with(vec![], Some(to_account))), Verdict::ImplicitlyDenied);
    let endpoint_only = policy(
        "bucket",
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
               "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}}),
    );
    let policies = with(identity(), Some(endpoint_only));
    let decision = decide(&request, &policies);
    assert_eq!(decision.verdict, Verdict::ExplicitlyDenied);
    assert_eq!(decision.blocked_by, [Side::Resource]);
    assert_eq!(decision.decided_by, [StatementRef { policy: 1, statement: 0 }]);
    request.context = Context::partial().with_caller(&request.principal);
    assert_eq!(verdict(&request, &policies), Verdict::CannotTell);
}

/// The key policy always has a say; IAM policies only count if it lets the account
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html>).
#[test]
fn a_key_needs_its_policy() {
    let identity = || role_policy(s3_allow(json!("kms:Decrypt"), "arn:aws:kms:*:111111111111:key/*"));
    let mut request =
        request("kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab");
    request.resource_account = "111111111111".to_owned();
    let root = json!({"AWS": "arn:aws:iam::111111111111:root"});
    let cases = [
        (identity(), Some(root.clone()), Verdict::Allowed),
        (vec![], Some(root), Verdict::ImplicitlyDenied),
        (vec![], Some(json!({"AWS": ROLE})), Verdict::Allowed),
        (vec![], Some(json!({"AWS": SESSION})), Verdict::Allowed),
        (identity(), Some(json!({"AWS": "arn:aws:iam::111111111111:role/admin"})), Verdict::ImplicitlyDenied),
        (identity(), Some(json!({"Service": "s3.amazonaws.com"})), Verdict::ImplicitlyDenied),
        (identity(), None, Verdict::ImplicitlyDenied),
    ];
    for (at, (identity, principal, wanted)) in cases.into_iter().enumerate() {
        let resource = principal.map(|p| policy("key", named(p, json!("kms:*"), "*")));
        let decision = decide(&request, &Policies { identity, resource, ..Policies::default() });
        assert_eq!(decision.verdict, wanted, "case {at}");
    }
}

#[test]
fn a_key_of_another_account_needs_both_sides() {
    let identity = || role_policy(s3_allow(json!(["kms:Encrypt"]), KEY));
    let key = || Some(policy("key", named(json!({"AWS": "111111111111"}), json!("kms:Encrypt"), "*")));
    let request = request("kms:Encrypt", KEY);
    let with = |identity, resource| Policies { identity, resource, ..Policies::default() };
    assert_eq!(verdict(&request, &with(identity(), key())), Verdict::Allowed);
    assert_eq!(decide(&request, &with(vec![], key())).blocked_by, [Side::Identity]);
    assert_eq!(decide(&request, &with(identity(), None)).blocked_by, [Side::Resource]);
    // GenerateDataKey does not stand in for Encrypt, nor an alias for its key.
    let other = role_policy(s3_allow(json!("kms:GenerateDataKey"), KEY));
    assert_eq!(verdict(&request, &with(other, key())), Verdict::ImplicitlyDenied);
    let alias = role_policy(s3_allow(json!("kms:Encrypt"), "arn:aws:kms:eu-central-1:222222222222:alias/x"));
    assert_eq!(verdict(&request, &with(alias, key())), Verdict::ImplicitlyDenied);
}

/// The key that AWS manages for S3 admits its account's principals when they come through S3
/// (<https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html>).
#[test]
fn the_managed_key_of_s3_needs_no_statement_of_the_role() {
    let mut statement = named(json!({"AWS": "*"}), json!(["kms:Encrypt", "kms:Decrypt"]), "*");
    statement["Condition"] = json!({"StringEquals": {
        "kms:CallerAccount": "111111111111", "kms:ViaService": "s3.eu-central-1.amazonaws.com"}});
    let policies = Policies { resource: Some(policy("key", statement)), ..Policies::default() };
    let mut request = request("kms:Decrypt", KEY);
    request.resource_account = "111111111111".to_owned();
    assert_eq!(verdict(&request, &policies), Verdict::ImplicitlyDenied);
    request.context = request.context.with("kms:ViaService", Seen::one("s3.eu-central-1.amazonaws.com"));
    assert_eq!(verdict(&request, &policies), Verdict::Allowed);
    request.resource_account = "222222222222".to_owned();
    assert_eq!(decide(&request, &policies).blocked_by, [Side::Identity]);
}

/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>
#[test]
fn via_service_and_encryption_context() {
    let object = "arn:aws:s3:::orders/reports/a";
    let cases = [
        (json!({"StringEquals": {"kms:ViaService": "s3.eu-central-1.amazonaws.com"}}), Verdict::Allowed),
        (json!({"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}), Verdict::Allowed),
        (
            json!({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}),
            Verdict::ImplicitlyDenied,
        ),
        (
            json!({"StringLike": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::orders/*"}}),
            Verdict::Allowed,
        ),
        (
            json!({"StringLike": {"kms:encryptioncontext:AWS:S3:ARN": ["arn:aws:s3:::orders", "arn:aws:s3:::orders/*"]}}),
            Verdict::Allowed,
        ),
        // With bucket keys it would be the bucket; here it is the object.
        (
            json!({"StringEquals": {"kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::orders"}}),
            Verdict::ImplicitlyDenied,
        ),
        (json!({"StringLike": {"kms:EncryptionContext:aws:s3:arm": "*"}}), Verdict::ImplicitlyDenied),
        (json!({"StringEquals": {"kms:CallerAccount": "111111111111"}}), Verdict::Allowed),
        (json!({"StringEquals": {"kms:CallerAccount": "222222222222"}}), Verdict::ImplicitlyDenied),
        // S3 uses the role's credentials: no source of its own is in the request.
        (json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::orders"}}), Verdict::ImplicitlyDenied),
        (json!({"StringEquals": {"aws:SourceAccount": "111111111111"}}), Verdict::ImplicitlyDenied),
        (
            json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/*/replication"}}),
            Verdict::Allowed,
        ),
        (json!({"ArnEquals": {"aws:PrincipalArn": SESSION}}), Verdict::ImplicitlyDenied),
    ];
    let mut request = request("kms:Encrypt", KEY);
    request.context = request
        .context
        .with("kms:ViaService", Seen::one("s3.eu-central-1.amazonaws.com"))
        .with("kms:EncryptionContext:aws:s3:arn", Seen::one(object));
    for (condition, wanted) in cases {
        let mut statement = s3_allow(json!("kms:Encrypt"), KEY);
        statement["Condition"] = condition.clone();
        let policies = Policies {
            identity: role_policy(statement),
            resource: Some(policy("key", named(json!({"AWS": ROLE}), json!("kms:*"), "*"))),
            ..Policies::default()
        };
        assert_eq!(verdict(&request, &policies), wanted, "{condition}");
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html>
#[test]
fn the_trust_policy_has_to_admit_s3() {
    let trust = |principal: Value, condition: Value| Policies {
        resource: Some(policy(
            "trust",
            json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole",
                   "Condition": condition}),
        )),
        ..Policies::default()
    };
    let request = |context: Context| Request {
        principal: Caller::Service("s3.amazonaws.com".to_owned()),
        action: "sts:AssumeRole".to_owned(),
        resource: ROLE.to_owned(),
        resource_account: "111111111111".to_owned(),
        context,
    };
    let from_orders = Context::complete()
        .with("aws:SourceArn", Seen::one("arn:aws:s3:::orders"))
        .with("aws:SourceAccount", Seen::one("111111111111"));
    let s3 = json!({"Service": "s3.amazonaws.com"});
    let both = json!({"Service": ["batchoperations.s3.amazonaws.com", "s3.amazonaws.com"]});
    let account = json!({"StringEquals": {"aws:SourceAccount": "111111111111"}});
    let arn = json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::invoices"}});
    let cases = [
        (s3.clone(), json!({}), Verdict::Allowed),
        (both, account.clone(), Verdict::Allowed),
        (s3.clone(), arn, Verdict::ImplicitlyDenied),
        (json!({"Service": "batchoperations.s3.amazonaws.com"}), json!({}), Verdict::ImplicitlyDenied),
        (json!({"AWS": "arn:aws:iam::111111111111:root"}), json!({}), Verdict::ImplicitlyDenied),
    ];
    for (principal, condition, wanted) in cases {
        let policies = trust(principal.clone(), condition);
        assert_eq!(verdict(&request(from_orders.clone()), &policies), wanted, "{principal}");
    }
    assert_eq!(verdict(&request(Context::partial()), &trust(s3, account)), Verdict::CannotTell);
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[test]
fn restrict_public_buckets_cuts_other_accounts_off() {
    let open = json!([
        {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:Replicate*", "Resource": "*"},
        {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"},
    ]);
    let mut policies = Policies {
        identity: role_policy(s3_allow(json!("s3:*"), "*")),
        resource: Some(policy("bucket", open)),
        ..Policies::default()
    };
    let mut request = request("s3:ReplicateObject", OBJECT);
    assert_eq!(verdict(&request, &policies), Verdict::Allowed);
    policies.restrict_public_buckets = true;
    let decision = decide(&request, &policies);
    assert_eq!(decision.verdict, Verdict::ImplicitlyDenied);
    assert_eq!(decision.blocked_by, [Side::PublicAccessBlock]);
    request.resource_account = "111111111111".to_owned();
    assert_eq!(verdict(&request, &policies), Verdict::Allowed);
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>,
/// <https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html>
#[test]
fn boundaries_and_endpoints_limit() {
    let mut policies = Policies {
        identity: role_policy(s3_allow(json!("kms:*"), "*")),
        resource: Some(policy("key", named(json!({"AWS": ROLE}), json!("kms:*"), "*"))),
        boundary: Some(policy("boundary", s3_allow(json!("kms:Encrypt"), "arn:aws:kms:*:111111111111:*"))),
        ..Policies::default()
    };
    let request = request("kms:Encrypt", KEY);
    let decision = decide(&request, &policies);
    assert_eq!((decision.verdict, decision.blocked_by), (Verdict::ImplicitlyDenied, vec![Side::Boundary]));
    policies.boundary = Some(Policy::unread("boundary"));
    assert_eq!(verdict(&request, &policies), Verdict::CannotTell);
    policies.boundary = None;
    assert_eq!(verdict(&request, &policies), Verdict::Allowed);
    policies.endpoint = Some(policy("endpoint", named(json!("*"), json!("s3:*"), "*")));
    assert_eq!(decide(&request, &policies).blocked_by, [Side::Endpoint]);
}
