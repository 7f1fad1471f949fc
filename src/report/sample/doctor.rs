//! What the doctor says of three links.

use std::collections::BTreeMap;

use serde_json::json;

use super::KEY;
use crate::doctor::{
    Answered, Asked, Change, DocumentName, Finding, Fix, JudgedObject, JudgedRequest, Severity,
    StatementName, Unread, Verdict,
};
use crate::iam::evaluate::{
    Decision, Effect, Element, ElementRecord, GrantRecord, Match, Note, PolicyRecord, Seen, Side, SideRecord,
    StatementRecord, Strength,
};
use crate::report::{DoctorReport, LinkDiagnosis};

const ROLE: &str = "bucketbridge-orders-prod";
const SESSION: &str = "arn:aws:sts::111111111111:assumed-role/bucketbridge-orders-prod/s3-replication";

pub fn report(text: &str) -> DoctorReport {
    let unread = Unread {
        account: Some("222222222222".to_owned()),
        operation: Some("GetKeyPolicy".to_owned()),
        permission: Some(format!("kms:GetKeyPolicy on {KEY}")),
        why: text.to_owned(),
    };
    let links = vec![
        LinkDiagnosis {
            findings: vec![missing_grant(text), deny(text), versioning()],
            requests: vec![request(text)],
            ..link("orders", Verdict::Fails)
        },
        LinkDiagnosis { unread: vec![unread], ..link("pictures", Verdict::Unknown) },
        link("logs", Verdict::Replicates),
    ];
    DoctorReport::new(links, vec!["service control policies were not judged: nobody can read them"])
}

fn link(name: &str, verdict: Verdict) -> LinkDiagnosis {
    LinkDiagnosis {
        link: Some(name.to_owned()),
        rule: Some("Bucketbridge-1a2b".to_owned()),
        source: format!("{name}-prod"),
        source_account: Some("111111111111".to_owned()),
        destination: Some(format!("{name}-backup")),
        destination_account: Some("222222222222".to_owned()),
        verdict,
        findings: Vec::new(),
        unread: Vec::new(),
        object: Some(JudgedObject {
            assumed: true,
            key: "bucketbridge-doctor-example".to_owned(),
            version_id: None,
            encryption: Some("aws:kms".to_owned()),
            kms_key: Some(KEY.replace("222222222222", "111111111111")),
            bucket_key: true,
        }),
        replica: None,
        requests: Vec::new(),
    }
}

fn asked() -> Asked {
    let values = |value: &str| vec![value.to_owned()];
    Asked {
        principal: SESSION.to_owned(),
        action: "kms:Encrypt".to_owned(),
        resource: KEY.to_owned(),
        context: BTreeMap::from([
            ("aws:SecureTransport".to_owned(), values("true")),
            ("kms:EncryptionContext:aws:s3:arn".to_owned(), values("arn:aws:s3:::orders-backup")),
            ("kms:ViaService".to_owned(), values("s3.us-east-1.amazonaws.com")),
        ]),
    }
}

fn element(text: &str) -> ElementRecord {
    ElementRecord {
        element: Element::Action,
        operator: None,
        key: None,
        wanted: vec!["kms:GenerateDataKey".to_owned(), text.to_owned()],
        matched: Vec::new(),
        seen: Seen::one("kms:Encrypt"),
        outcome: Match::NoMatch,
        strength: None,
        notes: Vec::new(),
    }
}

fn condition() -> ElementRecord {
    ElementRecord {
        element: Element::Condition,
        operator: Some("StringEquals".to_owned()),
        key: Some("aws:PrincipalOrgID".to_owned()),
        wanted: vec!["o-a1b2c3".to_owned()],
        seen: Seen::Unknown,
        outcome: Match::CannotTell,
        notes: vec![Note::VariableUnknown("aws:username".to_owned())],
        ..element("")
    }
}

fn missing_grant(text: &str) -> Finding {
    let document = DocumentName::KeyPolicy { key: KEY.to_owned() };
    let statement = json!({
        "Effect": "Allow",
        "Principal": {"AWS": format!("arn:aws:iam::111111111111:role/{ROLE}")},
        "Action": ["kms:Encrypt"],
        "Resource": "*",
    });
    Finding {
        rule: "destination-key-policy",
        severity: Severity::Error,
        cause: "dst-key-policy-missing-grant",
        account: Some("222222222222".to_owned()),
        resource: KEY.to_owned(),
        document: Some(document.clone()),
        statement: Some(StatementName { sid: Some(text.to_owned()), index: 1 }),
        what: "the policy of the key names the role, and not kms:Encrypt".to_owned(),
        asked: Some(asked()),
        answered: Some(Answered { side: Side::Resource, denied: false, element: Some(element(text)) }),
        aws_reason: Some("DstPutObjectNotPermitted"),
        fix: Some(Fix {
            text: format!("add this statement to the policy of {KEY}"),
            changes: vec![Change::AddStatement { document, statement }],
            command: None,
            apply: true,
        }),
    }
}

fn deny(text: &str) -> Finding {
    let document = DocumentName::RolePolicy { role: ROLE.to_owned(), policy: "guard".to_owned() };
    Finding {
        rule: "deny",
        severity: Severity::Warning,
        cause: "explicit-deny",
        account: Some("111111111111".to_owned()),
        resource: format!("arn:aws:iam::111111111111:role/{ROLE}"),
        document: Some(document.clone()),
        statement: Some(StatementName { sid: None, index: 0 }),
        what: format!("a statement denies it: {text}"),
        asked: None,
        answered: Some(Answered { side: Side::Identity, denied: true, element: None }),
        aws_reason: None,
        fix: Some(Fix {
            text: "narrow it".to_owned(),
            changes: vec![Change::RemoveStatement { document, index: 0 }],
            command: None,
            apply: false,
        }),
    }
}

fn versioning() -> Finding {
    let bucket = "orders-backup".to_owned();
    Finding {
        rule: "destination-bucket",
        severity: Severity::Note,
        cause: "dst-versioning-not-enabled",
        account: Some("222222222222".to_owned()),
        resource: "arn:aws:s3:::orders-backup".to_owned(),
        document: None,
        statement: None,
        what: "versioning of bucket orders-backup is suspended".to_owned(),
        asked: None,
        answered: None,
        aws_reason: None,
        fix: Some(Fix {
            text: "enable versioning".to_owned(),
            changes: vec![Change::SetBucket { bucket, setting: "versioning", value: "Enabled".to_owned() }],
            command: Some("aws s3api put-bucket-versioning --bucket orders-backup".to_owned()),
            apply: true,
        }),
    }
}

fn request(text: &str) -> JudgedRequest {
    let statement = |index, sid: Option<&str>, outcome, elements| StatementRecord {
        index,
        sid: sid.map(str::to_owned),
        effect: Some(Effect::Allow),
        outcome,
        strength: Some(Strength::ThroughRole),
        elements,
        problems: Vec::new(),
    };
    let policy = |label: &str, side, known, statements| PolicyRecord {
        label: label.to_owned(),
        side,
        target: None,
        known,
        statements,
    };
    let covers = ElementRecord {
        wanted: vec!["kms:*".to_owned()],
        matched: vec!["kms:*".to_owned()],
        outcome: Match::Match,
        ..element("")
    };
    JudgedRequest {
        step: "encrypt the replica",
        asked: asked(),
        decision: Decision {
            verdict: crate::iam::evaluate::Verdict::ImplicitlyDenied,
            blocked_by: vec![Side::Resource],
            decided_by: Vec::new(),
            sides: vec![SideRecord { side: Side::Resource, allows: Match::NoMatch, denies: Match::NoMatch }],
            policies: vec![
                policy(
                    "inline policy replication",
                    Side::Identity,
                    true,
                    vec![statement(0, None, Match::Match, vec![covers])],
                ),
                policy(
                    "policy of the key",
                    Side::Resource,
                    true,
                    vec![statement(1, Some(text), Match::NoMatch, vec![element(text), condition()])],
                ),
                policy("attached policy ReadOnly", Side::Identity, false, Vec::new()),
            ],
            grants: vec![GrantRecord {
                label: "grant 0c23".to_owned(),
                grantee: Match::NoMatch,
                operation: Match::Match,
                constraint: Match::Match,
            }],
        },
    }
}
