//! `bucketbridge-sandbox why`, as a person asks it.

use std::process::Command;

use bucketbridge_sandbox::Sandbox;

use super::estate::{Estate, FROM};
use crate::bench::{run, sandbox};

fn why(sandbox: &Sandbox, object: &str) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_bucketbridge-sandbox"))
        .args(["why", object, "--endpoint", sandbox.endpoint()])
        .output()
        .unwrap();
    let text = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn a_person_is_told_the_refused_request_and_why_rules_left_a_version() {
    let sandbox = sandbox();
    run(async {
        let estate = Estate::without_rule(&sandbox).await;
        estate.write("early/& late").await;
        let (_, text) = why(&sandbox, "s3://orders/early/& late");
        assert!(text.contains("no replication configuration"), "{text}");
        estate.put_rule(estate.rule()).await;
        let (_, text) = why(&sandbox, "s3://orders/early/& late");
        assert!(text.contains("rule all to orders-copy: skipped: it was written before the rule"), "{text}");

        let nothing = serde_json::json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]);
        estate.put_role_policy(nothing).await;
        estate.refused(&sandbox, "k").await;
        let (good, text) = why(&sandbox, "s3://orders/k");
        assert!(good && text.contains("FAILED, SrcGetObjectNotPermitted"), "{text}");
        assert!(
            text.contains("refused: s3:GetObjectVersionForReplication on arn:aws:s3:::orders/k"),
            "{text}"
        );

        let (good, text) = why(&sandbox, "s3://nowhere/k");
        assert!(!good && text.contains("there is no bucket nowhere"), "{text}");
        let (good, text) = why(&sandbox, "orders/k");
        assert!(!good && text.contains("is not s3://bucket/key"), "{text}");
        assert!(!sandbox.calls().iter().any(|call| call.operation.is_empty()), "it is no call of AWS's");
        assert_eq!(FROM, "orders");
    });
}
