//! Messages of a counterpart that lies: those of a real exchange, changed and with a digest that fits again.
//! Each is refused by its field, none is kept, and nothing is written for it.

use std::collections::BTreeMap;

use bucketbridge::message::Digest;
use serde_json::{Value, json};

use crate::documents::Document;
use crate::team::{DESTINATION, SOURCE, Team, awaits};
use crate::world::World;

/// What is set where (`null`: taken out), and what the refusal says.
type Lie = (Vec<(&'static str, Value)>, &'static str);

macro_rules! lies {
    ($([$($at:literal = $value:tt),+] => $said:literal),+ $(,)?) => {
        vec![$((vec![$(($at, json!($value))),+], $said)),+] as Vec<Lie>
    };
}

/// The message with these changes, and with the digest that it has then.
fn forged(message: &Value, changes: &[(&'static str, Value)]) -> Value {
    let mut forged = message.clone();
    for (at, value) in changes {
        let (parent, key) = at.rsplit_once('/').expect("a path");
        let parent = forged.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
        match value {
            Value::Null => drop(parent.remove(key)),
            value => drop(parent.insert(key.to_owned(), value.clone())),
        }
    }
    signed(forged)
}

fn signed(mut message: Value) -> Value {
    let fields = message.as_object_mut().expect("an object");
    fields.remove("digest");
    let digest = Digest::of(&message);
    message["digest"] = json!(digest.as_str());
    message
}

/// What is kept, file by file.
fn everything_kept(team: &Team<'_>) -> BTreeMap<&'static str, Option<Vec<u8>>> {
    ["offer", "request", "grant"].map(|kind| (kind, std::fs::read(team.kept(kind)).ok())).into()
}

/// What is not as it should be about the refusal of a file with this in it.
fn amiss(team: &Team<'_>, bytes: &[u8], more: &[&str], said: &str) -> Option<String> {
    let before = everything_kept(team);
    let ran = team.import_bytes(bytes, more);
    // Whom to ask stands in the map; a message may name anybody.
    let hint = ran.stderr.split_once("hint: ").map(|(_, hint)| hint);
    let visible = |c: char| c == '\n' || !(c.is_control() || "\u{202e}\u{2066}".contains(c));
    let right = ran.code == Some(2)
        && ran.stdout.is_empty()
        && ran.stderr.contains("in.json is refused")
        && ran.stderr.contains(said)
        && hint.is_some_and(|hint| !hint.contains("333333333333"))
        && ran.stderr.chars().all(visible)
        && everything_kept(team) == before;
    (!right).then(|| {
        format!("{said}\nof {}\nends with {:?}\n{}", String::from_utf8_lossy(bytes), ran.code, ran.stderr)
    })
}

#[track_caller]
fn refused(team: &Team<'_>, bytes: &[u8], more: &[&str], said: &str) {
    if let Some(amiss) = amiss(team, bytes, more, said) {
        panic!("{amiss}");
    }
}

#[track_caller]
fn all_refused(team: &Team<'_>, message: &Value, lies: Vec<Lie>) {
    let judge = |(changes, said): (Vec<_>, _)| {
        amiss(team, forged(message, &changes).to_string().as_bytes(), &[], said)
    };
    let amiss: Vec<String> = lies.into_iter().filter_map(judge).collect();
    assert!(amiss.is_empty(), "{}", amiss.join("\n"));
}

/// What every kind of message has, between accounts 111111111111 and 222222222222.
fn of_any_kind() -> Vec<Lie> {
    let mut lies = lies![
        ["/from" = "333333333333"] => "`from`: it is from account 333333333333",
        ["/to" = "333333333333"] => "`to`: it is for account 333333333333",
        ["/from" = "111111111111", "/to" = "111111111111"] => "the same account 111111111111",
        ["/from" = "222222222222", "/to" = "222222222222"] => "the same account 222222222222",
        ["/from" = "*"] => "`from`:",
        ["/made/by" = "arn:aws:iam::333333333333:user/mallory"] => "`made.by`: this names account 333333333333",
        ["/made/by" = "arn:aws:iam::*:root"] => "`made.by`: an ARN in a handoff holds no wildcard",
        ["/made/at" = "2999-01-01T00:00:00Z"] => "`made.at`: it was made at 2999-01-01T00:00:00Z",
        ["/made/at" = "2020-01-01T00:00:00Z"] => "`made.at`: it was made at 2020-01-01T00:00:00Z, longer ago",
        ["/made/at" = "yesterday"] => "`made.at`:",
        ["/made/with" = "rm -rf /"] => "`made.with`:",
        ["/link/source_bucket" = "payroll"] => "it is about payroll and orders-backup",
        ["/link/destination_bucket" = "payroll"] => "it is about orders-prod and payroll",
        ["/link/destination_bucket" = "*"] => "`link.destination_bucket`:",
        ["/link/destination_bucket" = "../../../aws"] => "`link.destination_bucket`:",
        ["/link/name" = "orders\u{202e}"] => "`link.name`: the character U+202E cannot be seen",
        ["/link/name" = "orders\u{2066}x"] => "`link.name`: the character U+2066 cannot be seen",
        ["/link/name" = "orders\u{1b}[2J"] => "`link.name`: the character U+001B cannot be seen",
        ["/link/name" = "orders\nforged line"] => "`link.name`: the character U+000A cannot be seen",
        ["/link/name" = ""] => "`link.name`:",
        ["/version" = 2] => "it is a handoff of version 2, and this program knows version 1",
        ["/version" = "1"] => "it is not a handoff",
        ["/kind" = "gift"] => "`kind`: the kinds are",
        ["/principal" = "*"] => "`principal`: there is no such field here",
        ["/link/principal" = "*"] => "`link.principal`: there is no such field here",
        ["/link" = []] => "`link`: expected an object",
        ["/made" = null] => "`made`: it is missing",
    ];
    lies.push((vec![("/link/name", json!("x".repeat(129)))], "`link.name`: a name has 1 to 128 characters"));
    lies
}

/// What is no message of this exchange, whatever it says.
#[track_caller]
fn no_message_at_all(team: &Team<'_>, message: &Value) {
    let text = message.to_string();
    let changed = text.replacen("invoices/", "invoice", 1);
    assert_ne!(changed, text);
    let doubled = text.replacen("{\"", "{\"kind\":\"grant\",\"", 1);
    let mut null = message.clone();
    null["link"]["more"] = Value::Null;
    let null = signed(null).to_string();
    let deep = "[".repeat(5000);
    let large = format!("{text}{}", " ".repeat(64 * 1024));
    let mut without = message.clone();
    without.as_object_mut().expect("an object").remove("digest");
    for (bytes, said) in [
        (changed.as_bytes(), "its digest does not fit"),
        (without.to_string().as_bytes(), "it is not a handoff"),
        (doubled.as_bytes(), "it cannot be read as JSON"),
        (null.as_bytes(), "`link.more`: there is no such field here"),
        (large.as_bytes(), "it is larger than 65536 bytes"),
        (deep.as_bytes(), "nested deeper"),
        (&text.as_bytes()[..text.len() / 2], "it cannot be read as JSON"),
        (b"", "it cannot be read as JSON"),
        (b"[]", "it is not a handoff"),
        (b"{}", "it is not a handoff"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b"{\"version\": 1.5}", "a number that is not whole"),
    ] {
        refused(team, bytes, &[], said);
    }
    let old = forged(message, &[("/made/at", json!(seconds_ago(60)))]).to_string();
    refused(team, old.as_bytes(), &["--max-age", "1s"], "`made.at`: it was made at ");
    let ahead = forged(message, &[("/made/at", json!(seconds_ago(-400)))]);
    refused(team, ahead.to_string().as_bytes(), &[], "and here it is ");
}

fn seconds_ago(seconds: i64) -> String {
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds);
    then.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A message that was made before the one that is kept.
#[track_caller]
fn replayed(team: &Team<'_>, message: &Value) {
    let older = forged(message, &[("/made/at", json!(seconds_ago(3600)))]);
    refused(team, older.to_string().as_bytes(), &[], "a newer one is kept already");
}

#[track_caller]
fn own(team: &Team<'_>, message: &Value) {
    let said = format!("it is a {}, which this side sends", message["kind"].as_str().expect("a kind"));
    refused(team, message.to_string().as_bytes(), &[], &said);
}

/// After all that was refused: the same waits as before, and nothing is written.
#[track_caller]
fn still_waits(team: &Team<'_>, world: &World, kind: &str, message: &str) {
    world.calls();
    let ran = team.apply().ended(0);
    assert_eq!(awaits(&ran.json(), kind)["message"], message);
    world.wrote_nothing();
}

fn offers() -> Vec<Lie> {
    lies![
        // All of it another account's.
        ["/from" = "333333333333", "/made/by" = "arn:aws:iam::333333333333:user/mallory",
         "/destination/key" = "arn:aws:kms:us-east-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
            => "`from`: it is from account 333333333333",
        ["/from" = "111111111111", "/to" = "222222222222"] => "`to`: it is for account 222222222222",
        ["/answers" = "sha256:0000000000000000000000000000000000000000000000000000000000000000"]
            => "`answers`: an offer answers nothing",
        ["/destination/bucket" = "arn:aws:s3:::payroll"] => "`destination.bucket`: this is bucket payroll",
        ["/destination/bucket" = "arn:aws:s3:::orders-*"] => "`destination.bucket`: an ARN in a handoff holds no wildcard",
        ["/destination/bucket" = "arn:aws-cn:s3:::orders-backup"] => "`destination.bucket`: this is of partition aws-cn",
        ["/destination/bucket" = "arn:aws:s3:::orders-backup/invoices"] => "`destination.bucket`:",
        ["/destination/region" = "eu-west-1"] => "`destination.region`: the bucket is in eu-west-1",
        ["/destination/region" = "eu-west-1",
         "/destination/key" = "arn:aws:kms:eu-west-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
            => "`destination.region`: the bucket is in eu-west-1",
        ["/destination/key" = "arn:aws:kms:us-east-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
            => "`destination.key`: this names account 333333333333",
        ["/destination/key" = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
            => "`destination.key`: this names account 111111111111",
        ["/destination/key" = "arn:aws:kms:eu-west-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
            => "`destination.key`: the key is in eu-west-1",
        ["/destination/key" = "arn:aws-cn:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
            => "`destination.key`: this is of partition aws-cn",
        ["/destination/key" = "arn:aws:kms:us-east-1:222222222222:key/*"] => "`destination.key`: an ARN in a handoff",
        ["/destination/key" = "*"] => "`destination.key`: an ARN in a handoff holds no wildcard",
        ["/destination/key" = "arn:aws:kms:us-east-1:222222222222:alias/orders-backup"] => "`destination.key`:",
        ["/destination/key" = "alias/orders-backup"] => "`destination.key`:",
        ["/destination/prefixes" = ["orders/"]] => "`destination.prefixes`: what is sent and what is accepted do not overlap",
        ["/destination/prefixes" = ["invoices/2026/"]] => "`destination.prefixes`: wider than what they accept",
        ["/destination/prefixes" = []] => "`destination.prefixes`: a list of 1 to 100",
        ["/destination/prefixes" = ["b", "a"]] => "`destination.prefixes.1`:",
        ["/destination/prefixes" = ["invoices/\u{202e}"]] => "`destination.prefixes.0`: the character U+202E",
        ["/destination/bucket_key" = "yes"] => "`destination.bucket_key`: expected `true` or `false`",
        ["/destination/object_ownership" = "Everyone"] => "`destination.object_ownership`:",
        ["/destination/role" = "*"] => "`destination.role`: there is no such field here",
        ["/kind" = "grant"] => "`answers`: it is missing",
        ["/kind" = "request"] => "`source`: it is missing",
    ]
}

fn requests() -> Vec<Lie> {
    lies![
        ["/from" = "333333333333", "/made/by" = "arn:aws:iam::333333333333:user/mallory",
         "/source/role/arn" = "arn:aws:iam::333333333333:role/bucketbridge-orders-prod"]
            => "`from`: it is from account 333333333333",
        ["/source/role/arn" = "arn:aws:iam::333333333333:role/bucketbridge-orders-prod"]
            => "`source.role.arn`: this names account 333333333333",
        ["/source/role/arn" = "*"] => "`source.role.arn`: an ARN in a handoff holds no wildcard",
        ["/source/role/arn" = "arn:aws:iam::111111111111:role/*"] => "`source.role.arn`: an ARN in a handoff holds no wildcard",
        ["/source/role/arn" = "arn:aws:iam::111111111111:role/bucketbridge-orders-pro?"]
            => "`source.role.arn`: an ARN in a handoff holds no wildcard",
        ["/source/role/arn" = "arn:aws:iam::*:role/bucketbridge-orders-prod"] => "`source.role.arn`: an ARN in a handoff",
        ["/source/role/arn" = "arn:aws:iam::111111111111:role/${aws:username}"] => "`source.role.arn`: an ARN in a handoff",
        ["/source/role/arn" = "arn:aws:iam::111111111111:root"] => "`source.role.arn`:",
        ["/source/role/arn" = "111111111111"] => "`source.role.arn`:",
        ["/source/role/arn" = "arn:aws:iam::111111111111:user/mallory"] => "`source.role.arn`:",
        ["/source/role/arn" = "arn:aws:sts::111111111111:assumed-role/Admin/mallory"] => "`source.role.arn`:",
        ["/source/role/arn" = "AROAEXAMPLEOFTHEROLE1"] => "`source.role.arn`:",
        ["/source/role/arn" = ["arn:aws:iam::111111111111:role/bucketbridge-orders-prod", "*"]]
            => "`source.role.arn`: expected a text",
        ["/source/role/arn" = "arn:aws-cn:iam::111111111111:role/bucketbridge-orders-prod"]
            => "`source.role.arn`: this is of partition aws-cn",
        ["/source/role/arn" = "arn:aws:iam::111111111111:role/Admin"]
            => "`source.role.arn`: role arn:aws:iam::111111111111:role/Admin is not one that this profile map allows",
        ["/source/role/arn" = "arn:aws:iam::111111111111:role/elsewhere/bucketbridge-orders-prod"]
            => "is not one that this profile map allows",
        ["/source/role/unique_id" = null] => "`source.role.unique_id`: it is missing",
        ["/source/role/unique_id" = "AIDAEXAMPLEOFAUSER001"] => "`source.role.unique_id`:",
        ["/source/role/unique_id" = "*"] => "`source.role.unique_id`:",
        ["/source/bucket" = "arn:aws:s3:::payroll"] => "`source.bucket`: this is bucket payroll",
        ["/source/bucket" = "arn:aws:s3:::*"] => "`source.bucket`: an ARN in a handoff holds no wildcard",
        ["/source/region" = "eu-west-1"] => "`source.region`: the bucket is in eu-west-1",
        ["/source/prefixes" = [""]] => "`source.prefixes`: wider than what we accept: `` is sent",
        ["/source/prefixes" = ["inv"]] => "`source.prefixes`: wider than what we accept: `inv` is sent",
        ["/source/prefixes" = ["invoices/", "payroll/"]] => "`source.prefixes`: what is sent and what is accepted do not overlap",
        ["/source/prefixes" = ["payroll/"]] => "`source.prefixes`: what is sent and what is accepted do not overlap",
        ["/source/delete_markers" = true] => "`source.delete_markers`:",
        ["/source/owner_override" = false] => "`source.owner_override`:",
        ["/source/object_lock" = true] => "`source.object_lock`: the source has Object Lock and the destination has not",
        ["/answers" = null] => "`answers`: it answers nothing",
        ["/answers" = "sha256:0000000000000000000000000000000000000000000000000000000000000000"]
            => "`answers`: it answers another message: sha256:000",
        ["/answers" = "sha256:*"] => "`answers`: a digest is",
        ["/kind" = "offer"] => "`answers`: an offer answers nothing",
    ]
}

fn grants() -> Vec<Lie> {
    lies![
        ["/from" = "333333333333", "/made/by" = "arn:aws:iam::333333333333:user/mallory",
         "/destination/key" = "arn:aws:kms:us-east-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
            => "`from`: it is from account 333333333333",
        ["/answers" = null] => "`answers`: it is missing",
        ["/answers" = "sha256:0000000000000000000000000000000000000000000000000000000000000000"]
            => "`answers`: it answers another message: sha256:000",
        ["/destination/bucket" = "arn:aws:s3:::payroll"] => "`destination.bucket`: this is bucket payroll",
        ["/destination/region" = "eu-west-1"] => "`destination.region`: the bucket is in eu-west-1",
        ["/destination/key" = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
            => "`destination.key`: it is not what was offered",
        ["/destination/key" = "arn:aws:kms:us-east-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
            => "`destination.key`: this names account 333333333333",
        ["/destination/prefixes" = [""]] => "`destination.prefixes`: it is not what was offered",
        ["/destination/prefixes" = ["payroll/"]] => "`destination.prefixes`: what is sent and what is accepted do not overlap",
        ["/destination/object_ownership" = "ObjectWriter"] => "`destination.object_ownership`: it is not what was offered",
        ["/destination/object_lock" = true] => "`destination.object_lock`: it is not what was offered",
        ["/granted/to" = "everyone"] => "`granted.to`:",
        ["/granted/to" = "account-condition"] => "`granted.to`:",
        ["/granted/role/arn" = "arn:aws:iam::111111111111:role/Admin"]
            => "`granted.role.arn`: it is for role arn:aws:iam::111111111111:role/Admin",
        ["/granted/role/arn" = "arn:aws:iam::333333333333:role/bucketbridge-orders-prod"]
            => "`granted.role.arn`: this names account 333333333333",
        ["/granted/role/arn" = "arn:aws:iam::111111111111:role/*"] => "`granted.role.arn`: an ARN in a handoff holds no wildcard",
        ["/granted/role/unique_id" = "AROAEXAMPLEOFTHEROLE1"] => "`granted.role.unique_id`: the unique id is AROAEXAMPLEOFTHEROLE1",
        ["/granted/role/unique_id" = null] => "`granted.role.unique_id`:",
        ["/granted/key_policy/sids" = ["*"]] => "`granted.key_policy.sids.0`:",
        ["/granted/key_policy/sids" = []] => "`granted.key_policy.sids`:",
        ["/granted/bucket_policy/digest" = "none"] => "`granted.bucket_policy.digest`:",
        ["/kind" = "offer"] => "`answers`: an offer answers nothing",
    ]
}

#[test]
fn every_lie_is_refused_by_its_field_and_changes_nothing() {
    let world = World::new();
    let (source, destination) = (Team::new(&world, "prod", SOURCE), Team::new(&world, "backup", DESTINATION));
    source.apply().ended(0);
    destination.apply().ended(0);
    let offer = destination.export("prod");

    all_refused(&source, &offer, of_any_kind());
    all_refused(&source, &offer, offers());
    no_message_at_all(&source, &offer);
    own(&destination, &offer);
    still_waits(&source, &world, "role-policy", "offer");
    source.import(&offer).ended(0);
    replayed(&source, &offer);
    source.apply().ended(0);
    let request = source.export("backup");

    // A request for an offer that was not made: with one there, it has to answer it.
    let aside = destination.folder.join("aside.json");
    std::fs::rename(destination.kept("offer"), &aside).expect("moved");
    for more in [json!(null), request["answers"].clone()] {
        let unasked = forged(&request, &[("/answers", more)]);
        refused(&destination, unasked.to_string().as_bytes(), &[], "no offer was sent from here");
    }
    std::fs::rename(&aside, destination.kept("offer")).expect("moved");

    all_refused(&destination, &request, of_any_kind());
    all_refused(&destination, &request, requests());
    no_message_at_all(&destination, &request);
    own(&source, &request);
    // With a pattern in the map, a role that it does not match.
    let pattern = "remote = true\nreplication_role = \"/replication/*\"";
    destination.map(&DESTINATION.replace("remote = true", pattern));
    let allowed = "is not one that this profile map allows: /replication/*";
    for role in ["bucketbridge-orders-prod", "replication/deeper/role", "replicationx/role"] {
        let arn = json!(format!("arn:aws:iam::111111111111:role/{role}"));
        let lie = forged(&request, &[("/source/role/arn", arn)]);
        refused(&destination, lie.to_string().as_bytes(), &[], allowed);
    }
    destination.map(DESTINATION);
    still_waits(&destination, &world, "bucket-policy", "request");
    assert!(Document::bucket("backup", "us-east-1", "orders-backup").read(&world).is_none());
    destination.import(&request).ended(0);
    replayed(&destination, &request);
    destination.apply().ended(0);
    let grant = destination.export("prod");

    std::fs::rename(source.kept("request"), &aside).expect("moved");
    refused(&source, grant.to_string().as_bytes(), &[], "no request was sent from here");
    std::fs::rename(&aside, source.kept("request")).expect("moved");
    all_refused(&source, &grant, of_any_kind());
    all_refused(&source, &grant, grants());
    no_message_at_all(&source, &grant);
    own(&destination, &grant);
    still_waits(&source, &world, "replication", "grant");
    source.import(&grant).ended(0);
    replayed(&source, &grant);
    assert_eq!(source.apply().ended(0).links()["orders"], "completed");

    edited_where_it_is_kept(&world, &source, &destination);
}

/// A file that somebody has edited counts for nothing: what it told is waited for again, and what is there stays.
fn edited_where_it_is_kept(world: &World, source: &Team<'_>, destination: &Team<'_>) {
    let policy = || Document::bucket("backup", "us-east-1", "orders-backup").read(world);
    let before = policy();
    let role = ("/source/role/arn", json!("arn:aws:iam::111111111111:role/Admin"));
    let key = "arn:aws:kms:us-east-1:222222222222:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    for (team, kind, change, step) in [
        (destination, "request", role, "bucket-policy"),
        (source, "grant", ("/destination/key", json!(key)), "replication"),
    ] {
        let whole = std::fs::read_to_string(team.kept(kind)).expect("kept");
        let message: Value = serde_json::from_str(&whole).expect("JSON");
        let fitting = forged(&message, &[change]);
        let mut plain = fitting.clone();
        plain["digest"] = message["digest"].clone();
        for (edited, said) in [(plain, "its digest does not fit"), (fitting, " is refused")] {
            std::fs::write(team.kept(kind), edited.to_string()).expect("edited");
            world.calls();
            let ran = team.apply();
            assert!(
                ran.stderr.contains("counts for nothing: ") && ran.stderr.contains(said),
                "{}",
                ran.stderr
            );
            assert_eq!(awaits(&ran.json(), step)["message"], kind, "{}", ran.stderr);
            world.wrote_nothing();
            assert_eq!(policy(), before);
            let status = team.run(&["handoff", "status"]).ended(0);
            assert!(
                format!("{}{}", status.stdout, status.stderr).contains(said),
                "{}{}",
                status.stdout,
                status.stderr
            );
        }
        std::fs::write(team.kept(kind), whole).expect("put back");
        team.apply().ended(0);
    }
}

#[test]
fn without_an_offer_too() {
    let world = World::new();
    let with = |map: &str| format!("{map}grant = \"account-condition\"\n");
    let source = Team::new(&world, "prod", &with(SOURCE));
    let destination = Team::new(&world, "backup", &with(DESTINATION));
    destination.apply().ended(0);
    source.apply().ended(0);
    let request = source.export("backup");
    let mut lies = requests();
    // No lies here: the role may come later, there is no offer to be answered, and what the bucket is like is not
    // known without a call.
    lies.retain(|(changes, _)| !matches!(changes[0], ("/source/role/unique_id" | "/answers", Value::Null)));
    lies.retain(|(_, said)| {
        !["`answers`: it answers another", "`source.object_lock`", "`answers`: an offer"]
            .iter()
            .any(|no| said.starts_with(no))
    });
    lies.extend(lies![
        ["/answers" = "sha256:0000000000000000000000000000000000000000000000000000000000000000"]
            => "`answers`: it answers a message that was not sent from here",
    ]);
    all_refused(&destination, &request, lies);
    still_waits(&destination, &world, "bucket-policy", "request");
    destination.import(&request).ended(0);
    destination.apply().ended(0);
    let grant = destination.export("prod");
    all_refused(
        &source,
        &grant,
        lies![
            ["/destination/key" = "arn:aws:kms:us-east-1:333333333333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
                => "`destination.key`: this names account 333333333333",
            ["/destination/prefixes" = ["payroll/"]] => "`destination.prefixes`: what is sent and what is accepted",
            ["/granted/role/arn" = "arn:aws:iam::111111111111:role/Admin"] => "`granted.role.arn`: it is for role",
            ["/granted/to" = "role"] => "`granted.to`:",
        ],
    );
    still_waits(&source, &world, "role-policy", "grant");
}
