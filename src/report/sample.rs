//! One rich report of each command, for the tests of the formats.

mod doctor;

use std::collections::BTreeMap;

use serde_json::json;

use super::accounts::AccountLine;
use super::group::Account;
use super::handoff::{KeptHandoff, LinkHandoffs, Turn};
use super::problem::Problem;
use super::*;
use crate::apply::outcome::{Outcome, StepOutcome};
use crate::canary::result::{LinkResult, LinkStatus, Replica};
use crate::resource::{Action, Change, Difference, Kind, ResourceId};
use crate::status::{LinkAgreement, ResourceStatus, State, Status};
use crate::topology::{AccountName, LinkName, Roles, Topology};

const KEY: &str = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";

pub fn all() -> Vec<Report> {
    all_saying("AccessDenied")
}

/// The same, with this text wherever text comes from outside.
pub fn all_saying(text: &str) -> Vec<Report> {
    vec![
        accounts(text),
        validate(text),
        Report::Plan(plan(text)),
        apply(text),
        Report::Check(CheckReport::new(links(text), false).explained(doctor::report(text))),
        status(text),
        remove(text),
        journal(text),
        Report::Doctor(doctor::report(text)),
        handoff(text),
    ]
}

pub fn accounts(text: &str) -> Report {
    let line = |name: &str, expected: &str, id: Option<&str>, error: Option<String>| AccountLine {
        name: AccountName(name.into()),
        id: id.map(str::to_owned),
        arn: id.map(|id| format!("arn:aws:iam::{id}:user/admin")),
        ok: error.is_none(),
        hint: error.is_some().then(|| format!("run `aws sso login --profile {name}-admin`")),
        error,
        expected: expected.parse().expect("an id"),
    };
    Report::Accounts(AccountsReport {
        accounts: vec![
            line("archive", "444444444444", None, Some(format!("the session has expired: {text}"))),
            line("backup", "222222222222", Some("333333333333"), Some("not the account".into())),
            line("prod", "111111111111", Some("111111111111"), None),
        ],
    })
}

pub fn validate(text: &str) -> Report {
    let problem = validate::Problem {
        file: "profiles.toml".into(),
        line: 14,
        column: 8,
        message: format!("there is no account `{text}`"),
        help: Some("did you mean `backup`?".into()),
    };
    Report::Validate(ValidateReport { file: "profiles.toml".into(), problems: vec![problem], summary: None })
}

pub fn journal(text: &str) -> Report {
    use crate::trail::Digests;
    use crate::trail::journal::{Begun, Ended, Read, Write};
    let time = "2026-11-22T04:30:00.5Z".parse().expect("a time");
    let write = |account: &str, operation: &str, ended: Option<Ended>| Write {
        time,
        begun: Begun {
            account: account.to_owned(),
            account_id: "222222222222".to_owned(),
            caller: "arn:aws:sts::222222222222:assumed-role/Admin/bucketbridge".to_owned(),
            operation: operation.to_owned(),
            resource: format!("key alias/{text}"),
            digests: Digests::of(None, Some("{}")),
        },
        ended,
    };
    let ended =
        |outcome: &str| Some(Ended { outcome: outcome.to_owned(), request_id: Some("7f0c1d2e".to_owned()) });
    let writes = vec![
        write("backup", "CreateKey", ended("ok")),
        write("backup", "PutKeyPolicy", ended(text)),
        write("prod", "CreateRole", None),
    ];
    let read = Read { command: "apply".to_owned(), time, writes };
    Report::Journal(JournalReport::new(".bucketbridge/journal/x.jsonl".to_owned(), read))
}

pub fn id(account: &str, kind: Kind, name: &str) -> ResourceId {
    ResourceId { account: AccountName(account.into()), kind, name: name.into() }
}

fn change(id: ResourceId, action: Action, details: Vec<Difference>, notes: &[&str]) -> Change {
    Change { id, action, details, notes: notes.iter().map(|n| (*n).to_owned()).collect(), awaits: None }
}

pub fn changes(text: &str) -> Vec<Change> {
    let actions = json!({"Action": ["kms:Encrypt", "kms:GenerateDataKey"]});
    let fewer = json!({"Action": ["kms:Encrypt"], "Condition": {"Bool": {"aws:SecureTransport": "true"}}});
    vec![
        change(id("prod", Kind::Key, "alias/orders-prod"), Action::Keep, vec![], &["rotation is off"]),
        change(
            id("backup", Kind::Key, "alias/orders-backup"),
            Action::Create,
            vec![
                Difference::added("KeyId", "known after apply (KMS chooses it)"),
                Difference::added("Tags", json!({"made-by": "bucketbridge"})),
            ],
            &[],
        ),
        change(
            id("prod", Kind::Role, "bucketbridge-orders-prod-1a2b3c"),
            Action::Create,
            vec![Difference::added(
                "AssumeRolePolicyDocument",
                json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}]}),
            )],
            &[],
        ),
        change(
            id("backup", Kind::Bucket, "orders-backup"),
            Action::Update,
            vec![Difference::changed("Versioning", "Suspended", "Enabled")],
            &["versioning cannot be turned off again", "encryption differs and is left alone"],
        ),
        change(
            id("backup", Kind::KeyPolicy, "alias/orders-backup"),
            Action::Update,
            vec![
                Difference::changed("statement BucketbridgeReplicate1a2b", fewer, actions),
                Difference::dropped(format!("statement {text}"), "kms:*"),
            ],
            &["3 other statements kept"],
        ),
        change(id("prod", Kind::Replication, "orders-prod"), Action::Create, vec![], &[]),
    ]
}

pub fn topology() -> Topology {
    Topology {
        accounts: BTreeMap::new(),
        keys: BTreeMap::new(),
        buckets: BTreeMap::new(),
        links: BTreeMap::new(),
        roles: Roles {
            name: None,
            path: "/".into(),
            permissions_boundary: None,
            source_account_condition: false,
        },
        tags: BTreeMap::new(),
        marker: "Bucketbridge".into(),
    }
}

fn both() -> Vec<Account> {
    let account =
        |name: &str, id: &str| Account { name: AccountName(name.into()), id: id.parse().expect("an id") };
    vec![account("backup", "222222222222"), account("prod", "111111111111")]
}

pub fn plan(text: &str) -> PlanReport {
    let problem = Problem::new(
        Some(&id("backup", Kind::BucketPolicy, "orders-backup")),
        format!("the policy names AROA123, a role that was deleted: {text}"),
        Some("take the statement away, or make the role again".into()),
    );
    let problem = Problem {
        details: vec![Difference::added(
            "statement BucketbridgeReplicate1a2b",
            json!({"Effect": "Allow", "Action": "s3:ReplicateObject"}),
        )],
        ..problem
    };
    let mut report = PlanReport::new(&topology(), changes(text), vec![problem]);
    report.accounts = both();
    report
}

pub fn steps(text: &str) -> Vec<StepOutcome> {
    let step = |id: ResourceId, outcome: Outcome, arn: Option<&str>, seconds: f64| StepOutcome {
        id,
        outcome,
        arn: arn.map(str::to_owned),
        error: None,
        hint: None,
        blocked_by: None,
        awaits: None,
        seconds,
        notes: vec![],
    };
    let key_policy = id("backup", Kind::KeyPolicy, "alias/orders-backup");
    vec![
        StepOutcome {
            blocked_by: Some(key_policy.clone()),
            ..step(id("prod", Kind::Replication, "orders-prod"), Outcome::Blocked, None, 0.0)
        },
        StepOutcome {
            error: Some(format!(
                "PutKeyPolicy on key alias/orders-backup failed in account backup (222222222222)\n  caused by: AccessDeniedException: {text}\n  request id: 7f0c"
            )),
            hint: Some("the credentials of account `backup` need kms:PutKeyPolicy on this key".into()),
            ..step(key_policy, Outcome::Failed, Some(KEY), 1.23456)
        },
        step(id("backup", Kind::Key, "alias/orders-backup"), Outcome::Made, Some(KEY), 0.4121),
        StepOutcome {
            notes: vec!["versioning cannot be turned off again".into()],
            ..step(
                id("backup", Kind::Bucket, "orders-backup"),
                Outcome::Changed,
                Some("arn:aws:s3:::orders-backup"),
                0.05,
            )
        },
        StepOutcome {
            notes: vec!["rotation is off".into()],
            ..step(id("prod", Kind::Key, "alias/orders-prod"), Outcome::Kept, Some(KEY), 0.0)
        },
        step(
            id("prod", Kind::Role, "bucketbridge-orders-prod-1a2b3c"),
            Outcome::Made,
            Some("arn:aws:iam::111111111111:role/bucketbridge-orders-prod-1a2b3c"),
            0.31,
        ),
    ]
}

pub fn links(text: &str) -> Vec<LinkResult> {
    let link = |name: &str, status: LinkStatus, problems: Vec<String>| LinkResult {
        link: LinkName(name.into()),
        from: "orders-prod (prod)".into(),
        to: "orders-backup (backup)".into(),
        status,
        seconds: None,
        replica: None,
        problems,
    };
    vec![
        link("logs", LinkStatus::NotRun, vec!["step key policy alias/orders-backup failed".into()]),
        LinkResult {
            seconds: Some(12.3456),
            replica: Some(Replica {
                key_arn: Some(KEY.into()),
                version_id: Some("v1".into()),
                owner: Some("222222222222".into()),
            }),
            ..link("orders", LinkStatus::Replicated, vec![])
        },
        LinkResult {
            seconds: Some(3.0),
            replica: Some(Replica {
                key_arn: Some("arn:aws:kms:us-east-1:222222222222:key/other".into()),
                ..Replica::default()
            }),
            ..link(
                "pictures",
                LinkStatus::WrongReplica,
                vec![format!("the replica is under another key: {text}")],
            )
        },
    ]
}

pub fn apply(text: &str) -> Report {
    let mut report = ApplyReport::new(&topology(), &changes(text), steps(text), links(text), false);
    report.accounts = both();
    Report::Apply(report)
}

pub fn remove(text: &str) -> Report {
    let statement = json!({"Sid": "BucketbridgeEncrypt1a2b", "Effect": "Allow", "Action": ["kms:Encrypt"]});
    let key_policy = id("backup", Kind::KeyPolicy, "alias/orders-backup");
    let changes = vec![
        change(
            id("prod", Kind::Replication, "orders-prod"),
            Action::Delete,
            vec![Difference::dropped("rule Bucketbridge-1a2b (link orders)", json!({"Priority": 1}))],
            &[],
        ),
        change(
            key_policy.clone(),
            Action::Update,
            vec![Difference::dropped("statement BucketbridgeEncrypt1a2b", statement)],
            &["2 statements of others kept", text],
        ),
        change(
            id("prod", Kind::Role, "bucketbridge-orders-prod-1a2b3c"),
            Action::Keep,
            vec![],
            &["the role is kept: it has the attached policy theirs"],
        ),
    ];
    let problem = Problem::new(
        Some(&id("backup", Kind::BucketPolicy, "orders-backup")),
        format!("the policy names AROA123, a role that was deleted: {text}"),
        Some("put the ARN in its place".into()),
    );
    let stays = vec![
        id("backup", Kind::Bucket, "orders-backup"),
        id("prod", Kind::Bucket, "orders-prod"),
        id("backup", Kind::Key, "alias/orders-backup"),
    ];
    let step = |id: ResourceId, outcome: Outcome| StepOutcome {
        id,
        outcome,
        arn: None,
        error: None,
        hint: None,
        blocked_by: None,
        awaits: None,
        seconds: 0.2,
        notes: vec![],
    };
    let steps = vec![
        step(id("prod", Kind::Replication, "orders-prod"), Outcome::Removed),
        StepOutcome {
            arn: Some(KEY.to_owned()),
            notes: vec!["2 statements of others kept".into(), text.to_owned()],
            ..step(key_policy, Outcome::Changed)
        },
    ];
    let order = changes.clone();
    let mut report = RemoveReport::planned(&topology(), changes, vec![problem], stays);
    report.accounts = both();
    Report::Remove(report.done(&order, steps, false))
}

/// As it is shown before anything is done.
pub fn removal(text: &str) -> Report {
    match remove(text) {
        Report::Remove(report) => Report::Remove(RemoveReport { dry_run: true, steps: vec![], ..report }),
        other => other,
    }
}

pub fn status(text: &str) -> Report {
    let resource = |id, state, differences, notes: &[&str]| ResourceStatus {
        id,
        state,
        differences,
        notes: notes.iter().map(|n| (*n).to_owned()).collect(),
    };
    let agreement = |name: &str, problems: Vec<String>| LinkAgreement {
        link: LinkName(name.into()),
        from: "orders-prod (prod)".into(),
        to: "orders-backup (backup)".into(),
        agrees: Some(problems.is_empty()),
        awaited: false,
        problems,
    };
    let resources = vec![
        resource(id("prod", Kind::Bucket, "orders-prod"), State::Ok, vec![], &[]),
        resource(
            id("backup", Kind::Bucket, "orders-backup"),
            State::Drift,
            vec![Difference::changed("Versioning", "Suspended", "Enabled")],
            &[],
        ),
        resource(
            id("prod", Kind::Replication, "orders-prod"),
            State::Missing,
            vec![Difference::added("rule Bucketbridge-1a2b", json!({"Status": "Enabled", "Priority": 1}))],
            &[],
        ),
        resource(id("backup", Kind::KeyPolicy, "alias/orders-backup"), State::Unknown, vec![], &[text]),
    ];
    let links = vec![
        agreement("logs", vec![]),
        agreement("orders", vec![format!("the rule names another key: {text}")]),
    ];
    let mut report = StatusReport::new(&topology(), Status { resources, links });
    report.accounts = both();
    Report::Status(report)
}

fn handoff(text: &str) -> Report {
    let link = |turn, message, set_aside: Option<String>| LinkHandoffs {
        links: vec!["orders".to_owned()],
        from: "orders-prod (prod)".to_owned(),
        to: "orders-backup (backup)".to_owned(),
        account: AccountName("backup".to_owned()),
        turn,
        message,
        since: Some("2026-11-22T09:00:00Z".to_owned()),
        kept: vec![KeptHandoff {
            message: "offer",
            sent: false,
            made: "2026-11-22T09:00:00Z".to_owned(),
            by: "arn:aws:iam::222222222222:user/ben".to_owned(),
            digest: "sha256:00".to_owned(),
            file: ".bucketbridge/handoffs/orders-prod/orders-backup/offer.json".to_owned(),
            set_aside,
        }],
    };
    Report::Handoff(HandoffReport {
        links: vec![
            link(Turn::Ours, Some("request"), None),
            link(Turn::Theirs, Some("offer"), Some(text.to_owned())),
            link(Turn::Done, None, None),
        ],
    })
}
