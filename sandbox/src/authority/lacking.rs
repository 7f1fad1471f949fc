//! The condition keys that a request may lack.
//!
//! They are there with no values, so that `ForAllValues` holds for what a request does not carry; the
//! emulator's evaluator takes that of a key that it was told of, and not of any other. To all other operators
//! a key without values is as one that is not there.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>
//!
//! Deliberately absent: keys of which documents make up the second half (tags, pairs of an encryption
//! context).

use std::collections::BTreeMap;

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>
const GLOBAL: &[&str] = &[
    "calledvia",
    "calledviafirst",
    "calledvialast",
    "ec2instancesourceprivateipv4",
    "ec2instancesourcevpc",
    "federatedprovider",
    "multifactorauthage",
    "multifactorauthpresent",
    "principalaccount",
    "principalarn",
    "principalorgid",
    "principalorgpaths",
    "principalservicename",
    "principalservicenameslist",
    "principaltype",
    "referer",
    "resourceaccount",
    "resourceorgid",
    "resourceorgpaths",
    "sourceaccount",
    "sourcearn",
    "sourceidentity",
    "sourceip",
    "sourceorgid",
    "sourceorgpaths",
    "sourcevpc",
    "sourcevpcarn",
    "sourcevpce",
    "tagkeys",
    "tokenissuetime",
    "useragent",
    "username",
    "vpceaccount",
    "vpceorgid",
    "vpceorgpaths",
    "vpcsourceip",
];

/// <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>
const OF_S3: &[&str] = &[
    "accesspointnetworkorigin",
    "authtype",
    "dataaccesspointaccount",
    "dataaccesspointarn",
    "delimiter",
    "locationconstraint",
    "max-keys",
    "prefix",
    "requestobjecttagkeys",
    "resourceaccount",
    "signatureversion",
    "tlsversion",
    "versionid",
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
];

/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>
const OF_KMS: &[&str] = &[
    "calleraccount",
    "encryptionalgorithm",
    "encryptioncontextkeys",
    "granteeprincipal",
    "grantconstrainttype",
    "grantisforawsresource",
    "grantoperations",
    "keyorigin",
    "keyspec",
    "keyusage",
    "multiregion",
    "requestalias",
    "resourcealiases",
    "viaservice",
];

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>
const OF_STS: &[&str] = &["externalid", "rolesessionname", "sourceidentity", "transitivetagkeys"];

/// All of them, each without a value.
pub fn lacking() -> BTreeMap<String, Vec<String>> {
    let services = [("aws", GLOBAL), ("s3", OF_S3), ("kms", OF_KMS), ("sts", OF_STS)];
    let keys = services.iter().flat_map(|(service, keys)| keys.iter().map(move |key| (service, key)));
    keys.map(|(service, key)| (format!("{service}:{key}"), Vec::new())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{Ask, Caller, Document};

    fn covers(condition: Value) -> bool {
        let policy = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*", "Condition": condition}});
        let caller = Caller::service("s3.amazonaws.com");
        let context = caller.context("us-east-1");
        let ask = Ask { action: "s3:GetObject", resource: "arn:aws:s3:::b/k", context };
        Document::parse(&policy.to_string()).statements[0].covers(&caller.principal, &ask)
    }

    #[test]
    fn for_all_values_holds_for_what_a_request_lacks() {
        for key in ["aws:SourceVpce", "aws:SourceIp", "aws:TagKeys", "s3:x-amz-acl", "kms:RequestAlias"] {
            for operator in ["StringEquals", "StringNotEquals", "StringLikeIfExists"] {
                assert!(covers(json!({format!("ForAllValues:{operator}"): {key: "x"}})), "{operator} {key}");
            }
            assert!(!covers(json!({"ForAnyValue:StringNotEquals": {key: "x"}})), "{key}");
        }
        assert!(!covers(json!({"ForAllValues:StringEquals": {"aws:RequestedRegion": "us-west-2"}})));
    }

    #[test]
    fn all_else_finds_the_key_missing() {
        for key in ["aws:SourceVpce", "aws:TagKeys", "s3:x-amz-acl"] {
            assert!(!covers(json!({"StringEquals": {key: "x"}})));
            assert!(covers(json!({"StringNotEquals": {key: "x"}})));
            assert!(covers(json!({"StringEqualsIfExists": {key: "x"}})));
            assert!(covers(json!({"Null": {key: "true"}})));
            assert!(!covers(json!({"Null": {key: "false"}})));
        }
    }
}
