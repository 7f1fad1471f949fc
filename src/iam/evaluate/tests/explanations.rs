//! What a decision says about why.

use super::*;

#[test]
fn the_first_failure_names_pattern_and_value() {
    let statements = json!([
        {"Sid": "Other", "Effect": "Allow", "Action": "kms:*", "Resource": "*"},
        {"Sid": "Replicate", "Effect": "Allow", "Action": "s3:Replicate*", "Resource": ["arn:aws:s3:::backup"]},
        {"Sid": "Encrypted", "Effect": "Allow", "Action": "s3:ReplicateObject", "Resource": "arn:aws:s3:::backup/*",
         "Condition": {"StringEquals": {"s3:x-amz-server-side-encryption": ["AES256"], "aws:PrincipalOrgID": "o-1"}}},
    ]);
    let policies = Policies { identity: vec![policy("role", statements)], ..Policies::default() };
    let mut request = request("s3:ReplicateObject", OBJECT);
    request.context = Context::partial().with("s3:x-amz-server-side-encryption", Seen::one("aws:kms"));
    let decision = decide(&request, &policies);
    let statements = &decision.policies[0].statements;
    let failed = |at: usize| statements[at].first_failure().expect("a failure");
    assert_eq!((failed(0).element, &failed(0).seen), (Element::Action, &Seen::one("s3:ReplicateObject")));
    assert_eq!(failed(1).wanted, ["arn:aws:s3:::backup"]);
    assert_eq!(failed(1).seen, Seen::one(OBJECT));
    assert_eq!(failed(2).key.as_deref(), Some("s3:x-amz-server-side-encryption"));
    assert_eq!((failed(2).operator.as_deref(), failed(2).outcome), (Some("StringEquals"), Match::NoMatch));
    assert_eq!(statements[2].elements[3].outcome, Match::CannotTell);
    let nearest = decision.policies[0].nearest().and_then(|s| s.sid.as_deref());
    assert_eq!(nearest, Some("Replicate"), "the right action, and one element away");
}

#[test]
fn a_decision_is_data() {
    let identity =
        vec![policy("role", json!({"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}))];
    let decision =
        decide(&request("s3:ReplicateObject", OBJECT), &Policies { identity, ..Policies::default() });
    let data = serde_json::to_value(&decision).expect("JSON");
    assert_eq!(data["verdict"], "implicitly_denied");
    assert_eq!(data["blocked_by"], json!(["resource"]));
    assert_eq!(
        data["policies"][0]["statements"][0]["elements"][0],
        json!({"element": "Action", "operator": null, "key": null, "wanted": ["s3:*"], "matched": ["s3:*"],
               "seen": {"known": ["s3:ReplicateObject"]}, "outcome": "match", "strength": null, "notes": []})
    );
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>
#[test]
fn public_statements_are_numbered() {
    let open = |condition: Value| {
        json!({"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": "s3:*", "Resource": "*",
               "Condition": condition})
    };
    let statements = json!([
        open(json!({})),
        open(json!({"StringEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}})),
        open(json!({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1a2b3c4d"}})),
        open(json!({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "0.0.0.0/1"]}})),
        open(json!({"IpAddress": {"aws:SourceIp": "172.16.0.0/12"}})),
        open(json!({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})),
        open(json!({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}})),
        open(
            json!({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:eu-west-1:111111111111:accesspoint/*"}})
        ),
        json!({"Effect": "Allow", "NotPrincipal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "*"}),
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}),
        json!({"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "s3:*", "Resource": "*"}),
    ]);
    assert_eq!(public_statements(&document(statements)), [0, 2, 3, 5, 6, 8]);
}
