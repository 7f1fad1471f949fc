//! docs/permissions.md: its tables are those of the table of operations, its policies those that are printed.
//!
//! `BUCKETBRIDGE_WRITE_DOCS=1 cargo test --test it permissions::page` writes them anew.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bucketbridge::operation::Operation;
use bucketbridge::operation::row::{Buckets, Keys, Narrowed, Need, On, Row, Section};
use bucketbridge::operation::table::rows;

use crate::world::{World, one_link};

const WRITE: &str = "BUCKETBRIDGE_WRITE_DOCS";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/permissions.md")
}

#[test]
fn the_page_is_generated() {
    let page = std::fs::read_to_string(path()).expect("docs/permissions.md");
    let mut wanted = page.clone();
    for section in Section::ALL {
        wanted = put(&wanted, &format!("table of {section:?}"), &table(section));
    }
    for account in ["prod", "backup"] {
        wanted = put(&wanted, &format!("policy of {account}"), &policy(account));
    }
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(path(), &wanted).expect("written");
        return;
    }
    assert!(
        page == wanted,
        "docs/permissions.md is not what the table of operations says: {WRITE}=1 cargo test --test it permissions::page"
    );
}

/// Every call names an operation of the table by its type; a row that nobody calls is idle.
#[test]
fn every_operation_is_called() {
    fn read(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.ends_with("src/operation") {
                read(&path, text);
            } else if path.extension().is_some_and(|e| e == "rs") {
                text.push_str(&std::fs::read_to_string(&path).expect("a source file"));
            }
        }
    }
    let mut text = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
    for operation in Operation::ALL {
        // The SDK is told to assume roles before there is an account to make calls in.
        let called = text.contains(&format!("Operation::{operation}")) || *operation == Operation::AssumeRole;
        assert!(called, "nobody calls {operation}");
    }
}

/// The page with another text between the marks of that name.
fn put(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- {name}, generated -->\n"), "<!-- end -->");
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("no {begin} in the page"));
    let (_, after) = rest.split_once(end).expect("an end");
    format!("{before}{begin}{text}{end}{after}")
}

fn policy(account: &str) -> String {
    let world = World::of(&one_link());
    let text = world.run(&["permissions", "--account", account]).ended(0).stdout;
    format!("\n```json\n{text}```\n\n")
}

fn table(section: Section) -> String {
    let head = "\n| Operation | IAM action, and on what | Account | Commands | When |\n| --- | --- | --- | --- | --- |\n";
    let rows = rows().filter(|row| row.section == section).map(line);
    format!("{head}{}\n", rows.collect::<String>())
}

fn line(row: &Row) -> String {
    let Row { operation, needs, tasks, when, .. } = row;
    let needs = match needs {
        [] => "none".to_owned(),
        needs => needs.iter().map(words).collect::<Vec<_>>().join("; "),
    };
    let commands: Vec<&str> = tasks.iter().map(|task| task.name()).collect();
    let commands = if commands.len() == 5 { "all".to_owned() } else { commands.join(", ") };
    let accounts: BTreeSet<&str> = row.needs.iter().map(|need| account(need.on)).collect();
    let account = match accounts.iter().copied().collect::<Vec<_>>().as_slice() {
        [one] => (*one).to_owned(),
        _ => "both".to_owned(),
    };
    format!("| `{operation}` | {needs} | {account} | {commands} | {when} |\n")
}

fn words(need: &Need) -> String {
    let narrowed = match need.narrowed {
        Narrowed::No => "",
        Narrowed::KeyTag | Narrowed::RoleTag => ", by `aws:RequestTag`",
        Narrowed::NewRole => ", by `aws:RequestTag` and `iam:PermissionsBoundary`",
        Narrowed::Boundary => ", by `iam:PermissionsBoundary`",
        Narrowed::PassedToS3 => ", by `iam:PassedToService`",
        Narrowed::ServiceName => ", by `iam:AWSServiceName`",
        Narrowed::ViaS3 => ", by `kms:ViaService`",
        Narrowed::CanaryPrefix => ", by `s3:prefix`",
    };
    let only = need.only.map(|extra| format!(", with `{}`", extra.name())).unwrap_or_default();
    format!("`{}` on {}{narrowed}{only}", need.action, on(need.on))
}

fn on(on: On) -> &'static str {
    match on {
        On::Everything | On::KeyList | On::NewKey | On::NewReplica => "`*`",
        On::Bucket(_) => "the bucket",
        On::AnyBucket => "all buckets",
        On::Canaries(Buckets::TaggedSources) => "canaries of links with `tags`",
        On::Canaries(_) => "canaries",
        On::Objects(_) => "all objects of the bucket",
        On::Key(Keys::Made) => "the key, by its tag",
        On::Key(Keys::Deleted) => "the key, by its tag or ARN",
        On::Key(Keys::Primaries) => "the primary key",
        On::Key(Keys::CanarySources | Keys::CanaryDestinations) => "the bucket's key",
        On::Key(Keys::Undecided) => "the key, by its ARN",
        On::Key(_) => "the key",
        On::AnyKey => "all keys of the Region",
        On::Alias => "the alias",
        On::Role | On::BoundedRole => "the role",
        On::Policy => "all policies",
        On::ServiceLinkedRole => "KMS's service-linked role",
        On::AssumedRole | On::NamedRole | On::TaggedRole => "the role of that entry",
    }
}

fn account(on: On) -> &'static str {
    match on {
        On::Role | On::BoundedRole | On::Policy => "source",
        On::Bucket(which) | On::Canaries(which) | On::Objects(which) => match which {
            Buckets::Sources | Buckets::ManagedSources | Buckets::CanarySources | Buckets::TaggedSources => {
                "source"
            }
            Buckets::Destinations | Buckets::ManagedDestinations | Buckets::CanaryDestinations => {
                "destination"
            }
            Buckets::All | Buckets::Managed | Buckets::Made | Buckets::Settled | Buckets::CanaryAll => "both",
        },
        On::Key(Keys::CanarySources) => "source",
        On::Key(Keys::CanaryDestinations) => "destination",
        _ => "both",
    }
}
