//! How accounts are reached, and that nothing is written where one is not what its entry says.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::shapes::{bucket, link};
use crate::world::{ARCHIVE, BACKUP, PROD, Ran, World, one_link};

/// What a profile in [`one_link`] is replaced by.
const PROFILE: &str = "profile = \"backup\"";

/// [`one_link`], with `backup` reached this way.
fn backup_by(how: &str) -> String {
    one_link().replace(PROFILE, how)
}

/// Runs the binary with more in its environment.
fn with(world: &World, args: &[&str], env: &[(&str, &str)]) -> Ran {
    Ran::of(world.command(args).envs(env.iter().copied()).output().expect("the binary runs"))
}

const APPLY: &[&str] = &["apply", "--yes", "-o", "json", "--timeout", "20s"];

/// As [`World::settles`], with more in the environment.
#[track_caller]
fn settles_with(world: &World, env: &[(&str, &str)]) -> Ran {
    let first = with(world, APPLY, env).ended(0);
    assert!(first.outcomes().values().all(|o| o == "made"), "{:#?}", first.outcomes());
    first.proven_but(&[]);
    world.calls();
    let second = with(world, APPLY, env).ended(0);
    assert!(second.outcomes().values().all(|o| o == "kept"), "{:#?}", second.outcomes());
    world.wrote_nothing();
    first
}

/// Adds text to the config file of the AWS files.
fn configure(world: &World, text: &str) {
    let path = world.path().join("aws/config");
    let before = std::fs::read_to_string(&path).expect("the AWS config");
    std::fs::write(path, format!("{before}\n{text}\n")).expect("a written AWS config");
}

/// A role that may do everything, with this trust.
fn make_role(world: &World, account: &str, name: &str, principal: &str, condition: &Value) {
    let mut statement = json!({
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
    });
    if !condition.is_null() {
        statement["Condition"] = condition.clone();
    }
    let trust = json!({"Version": "2012-10-17", "Statement": [statement]});
    let everything =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let iam = world.iam(account);
    world.block(async {
        let role = iam.create_role().role_name(name).assume_role_policy_document(trust.to_string());
        role.send().await.expect("a role");
        let policy =
            iam.put_role_policy().role_name(name).policy_name("all").policy_document(everything.to_string());
        policy.send().await.expect("a policy");
    });
}

fn administrator(id: &str) -> String {
    format!("arn:aws:iam::{id}:user/administrator")
}

/// Everybody who called in an account.
fn principals(world: &World, account: &str) -> Vec<String> {
    let mut all: Vec<_> =
        world.sandbox.calls().into_iter().filter(|c| c.account == account).map(|c| c.principal).collect();
    all.sort();
    all.dedup();
    all
}

/// The account's line in the answer of `accounts -o json`.
fn line(ran: &Ran, account: &str) -> Value {
    let json = ran.json();
    let lines = json["accounts"].as_array().expect("accounts");
    lines.iter().find(|l| l["name"] == account).expect("the account").clone()
}

#[test]
fn a_role_assumed_from_another_entry() {
    let world = World::of(&backup_by(&format!(
        "assume_role = {{ role = \"arn:aws:iam::{BACKUP}:role/ReplicationAdmin\", from = \"prod\", external_id = \"sandbox\", \
         session_name = \"nightly@host\", duration = \"1h\" }}"
    )));
    world.settles(&[], &[]);
    let role = format!("arn:aws:sts::{BACKUP}:assumed-role/ReplicationAdmin/nightly@host");
    assert_eq!(principals(&world, BACKUP), [role.as_str()]);
    let accounts = world.run(&["accounts", "-o", "json"]).ended(0);
    assert_eq!(line(&accounts, "backup")["arn"], role.as_str());
    // One session serves the whole run.
    world.calls();
    world.apply(&[]).ended(0);
    assert_eq!(world.calls().iter().filter(|call| call.operation == "AssumeRole").count(), 1);
}

#[test]
fn a_role_assumed_from_a_profile() {
    let world = World::of(&backup_by(&format!(
        "assume_role = {{ role = \"arn:aws:iam::{BACKUP}:role/ReplicationAdmin\", from_profile = \"prod\", external_id = \"sandbox\" }}"
    )));
    world.settles(&[], &[]);
    assert_eq!(
        principals(&world, BACKUP),
        [format!("arn:aws:sts::{BACKUP}:assumed-role/ReplicationAdmin/bucketbridge")]
    );
}

#[test]
fn the_default_chain_and_a_role_assumed_from_it() {
    let map = backup_by(&format!(
        "assume_role = {{ role = \"arn:aws:iam::{BACKUP}:role/ReplicationAdmin\", external_id = \"sandbox\" }}"
    ));
    let world = World::of(&map.replace("profile = \"prod\"\n", ""));
    let (key, secret) = world.sandbox.credentials("prod");
    let endpoint = world.sandbox.endpoint().to_owned();
    let env = [
        ("AWS_ACCESS_KEY_ID", key.as_str()),
        ("AWS_SECRET_ACCESS_KEY", &secret),
        ("AWS_ENDPOINT_URL", &endpoint),
    ];
    settles_with(&world, &env);
    assert_eq!(principals(&world, PROD), [administrator(PROD)]);
}

#[test]
fn no_credentials_at_all_are_said_to_be_so() {
    let world = World::of(&one_link().replace("profile = \"prod\"\n", ""));
    let ran = world.apply(&[]).ended(1);
    assert!(
        ran.stderr.contains("account prod") && ran.stderr.contains("`profile` or an `assume_role`"),
        "{}",
        ran.stderr
    );
    world.wrote_nothing();
}

#[test]
fn a_chain_of_two_roles() {
    let world = World::of(&backup_by(&format!(
        "assume_role = [\n  {{ role = \"arn:aws:iam::{ARCHIVE}:role/Hub\", from = \"prod\" }},\n  \
         {{ role = \"arn:aws:iam::{BACKUP}:role/Target\", session_name = \"last\" }},\n]"
    )));
    make_role(&world, "archive", "Hub", &administrator(PROD), &Value::Null);
    make_role(&world, "backup", "Target", &format!("arn:aws:iam::{ARCHIVE}:role/Hub"), &Value::Null);
    world.calls();
    world.settles(&[], &[]);
    assert_eq!(principals(&world, BACKUP), [format!("arn:aws:sts::{BACKUP}:assumed-role/Target/last")]);
    // The hub does nothing else.
    let hub = world.sandbox.calls().into_iter().filter(|call| call.account == ARCHIVE);
    assert!(hub.clone().count() > 0 && hub.into_iter().all(|call| call.operation == "AssumeRole"));
}

#[test]
fn a_chain_by_way_of_another_entry() {
    let map = backup_by(&format!(
        "assume_role = {{ role = \"arn:aws:iam::{BACKUP}:role/Target\", from = \"archive\" }}"
    ));
    let world = World::of(&format!(
        "{map}\n[accounts.archive]\nid = \"{ARCHIVE}\"\n\
         assume_role = {{ role = \"arn:aws:iam::{ARCHIVE}:role/Hub\", from = \"prod\", duration = \"2h\" }}\n"
    ));
    make_role(&world, "archive", "Hub", &administrator(PROD), &Value::Null);
    make_role(&world, "backup", "Target", &format!("arn:aws:iam::{ARCHIVE}:role/Hub"), &Value::Null);
    let request = world.iam("archive").update_role().role_name("Hub").max_session_duration(7200);
    world.block(request.send()).expect("a longer session");
    world.settles(&[], &[]);
}

#[test]
fn external_id_from_a_variable() {
    let world = World::of(&backup_by(&format!(
        "assume_role = {{ role = \"arn:aws:iam::{BACKUP}:role/Agreed\", from = \"prod\", external_id_env = \"BACKUP_ID\" }}"
    )));
    make_role(
        &world,
        "backup",
        "Agreed",
        &administrator(PROD),
        &json!({"StringEquals": {"sts:ExternalId": "agreed-4711"}}),
    );
    world.calls();
    // Unset: the variable is named.
    let unset = world.apply(&[]).ended(1);
    assert!(unset.stderr.contains("BACKUP_ID") && unset.stderr.contains("not set"), "{}", unset.stderr);
    world.wrote_nothing();
    // Wrong: STS's answer, and what to look at.
    let wrong = with(&world, &["accounts", "-o", "json"], &[("BACKUP_ID", "guessed-0815")]).ended(1);
    let backup = line(&wrong, "backup");
    assert_eq!((&backup["ok"], &backup["id"]), (&json!(false), &Value::Null));
    assert!(backup["error"].as_str().expect("an error").contains("AccessDenied"), "{backup}");
    assert!(backup["hint"].as_str().expect("a hint").contains("trust policy"), "{backup}");
    assert!(!wrong.stdout.contains("guessed-0815") && !wrong.stderr.contains("guessed-0815"));
    assert!(with(&world, APPLY, &[("BACKUP_ID", "guessed-0815")]).ended(1).stdout.is_empty());
    world.wrote_nothing();
    settles_with(&world, &[("BACKUP_ID", "agreed-4711")]);
}

#[test]
fn source_identity_and_session_tags_arrive() {
    let how = format!(
        "assume_role = {{ role = \"arn:aws:iam::{BACKUP}:role/Marked\", from = \"prod\", source_identity = \"jane\", \
         session_tags = {{ team = \"storage\", \"cost center\" = \"47/11\" }} }}"
    );
    let world = World::of(&backup_by(&how));
    let wanted = json!({"StringEquals": {
        "sts:SourceIdentity": "jane", "aws:RequestTag/team": "storage", "aws:RequestTag/cost center": "47/11",
    }});
    make_role(&world, "backup", "Marked", &administrator(PROD), &wanted);
    world.run(&["accounts"]).ended(0);
    for wrong in
        [how.replace("jane", "june"), how.replace("\"storage\"", "\"shop\""), how.replace("47/11", "47/12")]
    {
        world.map(&backup_by(&wrong));
        world.run(&["accounts"]).ended(1);
    }
}

#[test]
fn the_duration_arrives() {
    let role = |duration: &str| {
        backup_by(&format!(
            "assume_role = {{ role = \"arn:aws:iam::{BACKUP}:role/Short\", from = \"prod\", duration = \"{duration}\" }}"
        ))
    };
    let world = World::of(&role("15m"));
    // A role's sessions last an hour at most unless it says otherwise.
    make_role(&world, "backup", "Short", &administrator(PROD), &Value::Null);
    world.run(&["accounts"]).ended(0);
    world.map(&role("2h"));
    let long = world.run(&["accounts"]).ended(1);
    assert!(long.stdout.contains("MaxSessionDuration"), "{}", long.stdout);
}

#[test]
fn a_profile_that_the_map_names_beats_the_environment() {
    let world = World::of(&one_link());
    let (key, secret) = world.sandbox.credentials("archive");
    let session = [
        ("AWS_ACCESS_KEY_ID", key.as_str()),
        ("AWS_SECRET_ACCESS_KEY", &secret),
        ("AWS_PROFILE", "archive"),
        ("AWS_REGION", "eu-north-1"),
    ];
    settles_with(&world, &session);
    assert!(principals(&world, ARCHIVE).is_empty());
}

#[test]
fn profiles_that_take_their_credentials_from_elsewhere() {
    let world = World::of(
        &one_link()
            .replace(PROFILE, "profile = \"by-role\"")
            .replace("profile = \"prod\"", "profile = \"by-process\""),
    );
    let endpoint = world.sandbox.endpoint().to_owned();
    let (key, secret) = world.sandbox.credentials("prod");
    let answer = json!({"Version": 1, "AccessKeyId": key, "SecretAccessKey": secret});
    let answer = world.write("process.json", &answer.to_string());
    configure(
        &world,
        &format!(
            "[profile by-role]\nrole_arn = arn:aws:iam::{BACKUP}:role/ReplicationAdmin\nsource_profile = prod\n\
             external_id = sandbox\nregion = us-east-1\nendpoint_url = {endpoint}\n\n\
             [profile by-process]\ncredential_process = /bin/cat {}\nregion = us-east-1\nendpoint_url = {endpoint}\n",
            answer.display()
        ),
    );
    world.settles(&[], &[]);
}

/// The profile need not say a Region: the map's buckets do.
#[test]
fn a_profile_of_a_role_without_a_region() {
    let world = World::of(&one_link().replace(PROFILE, "profile = \"by-role\""));
    let endpoint = world.sandbox.endpoint().to_owned();
    configure(
        &world,
        &format!(
            "[profile by-role]\nrole_arn = arn:aws:iam::{BACKUP}:role/ReplicationAdmin\nsource_profile = prod\n\
             external_id = sandbox\nendpoint_url = {endpoint}\n"
        ),
    );
    world.run(&["accounts"]).ended(0);
}

#[test]
fn the_wrong_account_stops_before_any_write() {
    let world = World::of(&one_link().replace(&format!("id = \"{BACKUP}\""), "id = \"444444444444\""));
    for more in [&[][..], &["--skip-unreachable"]] {
        let ran = world.apply(more).ended(1);
        assert!(ran.stdout.is_empty());
        for said in ["account backup (444444444444)", BACKUP, "nothing was changed"] {
            assert!(ran.stderr.contains(said), "{said} is not in {}", ran.stderr);
        }
        world.wrote_nothing();
    }
    let accounts = world.run(&["accounts", "-o", "json"]).ended(1);
    let backup = line(&accounts, "backup");
    assert_eq!(
        (&backup["id"], &backup["expected"], &backup["ok"]),
        (&json!(BACKUP), &json!("444444444444"), &json!(false))
    );
    assert_eq!(line(&accounts, "prod")["ok"], true);
    world.run(&["plan"]).ended(1);
    world.run(&["check"]).ended(1);
}

/// The last of [`one_link`]'s accounts is out of reach, a link between the others is not.
fn with_an_account_out_of_reach(profile: &str) -> World {
    let world = World::of(&format!(
        "{}\n[accounts.archive]\nid = \"{ARCHIVE}\"\nprofile = \"archive\"\n{}{}{}",
        one_link().replace(PROFILE, &format!("profile = \"{profile}\"")),
        bucket("logs-prod", "prod", "eu-west-1", "alias/logs"),
        bucket("logs-archive", "archive", "eu-west-1", "alias/logs"),
        link("logs", "logs-prod", "logs-archive"),
    ));
    let (key, _) = world.sandbox.credentials("backup");
    world.add_profile("bad-secret", &key, "0123456789012345678901234567890123456789");
    world.add_profile("bad-key", "AKIA000000000000NONE", "0123456789012345678901234567890123456789");
    world
}

#[test]
fn an_account_out_of_reach_stops_before_any_write() {
    for profile in ["no-such-profile", "bad-secret", "bad-key"] {
        let world = with_an_account_out_of_reach(profile);
        let ran = world.apply(&[]).ended(1);
        assert!(ran.stdout.is_empty(), "{}", ran.stdout);
        assert!(ran.stderr.contains("account backup (222222222222)"), "{profile}: {}", ran.stderr);
        world.wrote_nothing();
        let accounts = world.run(&["accounts"]).ended(1);
        assert!(accounts.stdout.contains("1 of 3 accounts cannot be used"), "{}", accounts.stdout);
    }
}

#[test]
fn an_account_out_of_reach_that_is_skipped_blocks_its_steps_only() {
    let profile = "bad-secret";
    let world = with_an_account_out_of_reach(profile);
    let ran = world.apply(&["--skip-unreachable"]).ended(1);
    let outcomes = ran.outcomes();
    for (step, outcome) in &outcomes {
        let blocked = step.starts_with("backup ")
            || step == "prod replication orders-prod"
            || step == "prod role-policy bucketbridge-orders-prod";
        assert_eq!(outcome, if blocked { "blocked" } else { "made" }, "{step}: {outcomes:#?}");
    }
    assert_eq!(ran.links()["logs"], "replicated");
    assert_eq!(ran.links()["orders"], "not-run");
    let plan = world.run(&["plan", "--skip-unreachable", "-o", "json"]).ended(1);
    assert!(plan.stdout.contains("backup"), "{}", plan.stdout);
    let status = world.run(&["status", "-o", "json"]);
    assert!(status.code == Some(1) || status.code == Some(4), "{status:?}");
    // Once it can be reached, the rest is done.
    let text = std::fs::read_to_string(world.path().join("profiles.toml")).expect("the map");
    world.map(&text.replace(&format!("profile = \"{profile}\""), PROFILE));
    world.settles(&[], &[]);
}

#[test]
fn a_part_without_the_account_out_of_reach_needs_no_skipping() {
    let world = with_an_account_out_of_reach("no-such-profile");
    world.settles(&["--link", "logs"], &[]);
}

#[test]
fn expired_sso_sessions_are_named_all_at_once() {
    let world = World::of(
        &one_link()
            .replace("profile = \"prod\"", "profile = \"sso-one\"")
            .replace(PROFILE, "profile = \"sso-two\""),
    );
    configure(
        &world,
        "[sso-session corp]\nsso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n\
         sso_registration_scopes = sso:account:access\n\n\
         [profile sso-one]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\nregion = us-east-1\n\n\
         [profile sso-two]\nsso_start_url = https://other.awsapps.com/start\nsso_region = eu-west-1\n\
         sso_account_id = 222222222222\nsso_role_name = Admin\nregion = us-east-1\n",
    );
    let look = |world: &World| {
        let ran = world.apply(&[]).ended(1);
        for said in
            ["aws sso login --profile sso-one", "aws sso login --profile sso-two", "nothing was changed"]
        {
            assert!(ran.stderr.contains(said), "{said} is not in {}", ran.stderr);
        }
    };
    look(&world);
    // With a token in the cache that has expired.
    let cache = world.path().join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).expect("a folder");
    // Named by SHA-1 of the session's name.
    let token = json!({"accessToken": "token-of-yesterday", "expiresAt": "2020-01-01T00:00:00Z", "region": "eu-west-1"});
    std::fs::write(cache.join("ee0bfd2552fbd840c02cc48b6e823320543c450f.json"), token.to_string())
        .expect("a token");
    look(&world);
    let accounts = world.run(&["accounts"]).ended(1);
    assert!(accounts.stdout.contains("aws sso login --profile sso-one"), "{}", accounts.stdout);
}

#[test]
fn mfa_serial_of_a_profile_is_warned_about() {
    let world = World::of(&backup_by("profile = \"with-mfa\""));
    let endpoint = world.sandbox.endpoint().to_owned();
    configure(
        &world,
        &format!(
            "[profile with-mfa]\nrole_arn = arn:aws:iam::{BACKUP}:role/ReplicationAdmin\nsource_profile = prod\n\
             external_id = sandbox\nmfa_serial = arn:aws:iam::{PROD}:mfa/jane\nregion = us-east-1\nendpoint_url = {endpoint}\n"
        ),
    );
    let ran = world.run(&["accounts"]).ended(0);
    for said in ["warning", "with-mfa", "mfa/jane"] {
        assert!(ran.stderr.contains(said), "{said} is not in {}", ran.stderr);
    }
}

/// Two accounts whose roles want the factor of one device.
fn mfa_world() -> World {
    let role = |account: &str, name: &str| {
        format!(
            "assume_role = {{ role = \"arn:aws:iam::{account}:role/{name}\", from_profile = \"prod\", \
             mfa_serial = \"arn:aws:iam::{PROD}:mfa/jane\" }}"
        )
    };
    let map = backup_by(&role(BACKUP, "Guarded"))
        .replace("profile = \"prod\"\n", &format!("{}\n", role(PROD, "Guarded")));
    let world = World::of(&map);
    let factor = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    for account in ["prod", "backup"] {
        make_role(&world, account, "Guarded", &administrator(PROD), &factor);
    }
    // A device of hardware: the sandbox does not know what it shows.
    let device = world.iam("prod").enable_mfa_device().user_name("administrator");
    let device = device.serial_number(format!("arn:aws:iam::{PROD}:mfa/jane"));
    let enabled = device.authentication_code1("123456").authentication_code2("654321").send();
    world.block(enabled).expect("a device");
    world.calls();
    world
}

#[test]
fn a_code_is_wanted_and_there_is_no_terminal() {
    let world = mfa_world();
    let ran = world.apply(&[]).ended(1);
    for said in ["mfa/jane", "no terminal", "account prod", "account backup"] {
        assert!(ran.stderr.contains(said), "{said} is not in {}", ran.stderr);
    }
    world.wrote_nothing();
}

/// With a terminal of util-linux's `script`: a code for two accounts with the same base, asked once.
#[test]
fn a_code_is_asked_for_once() {
    if !Command::new("script").arg("--version").output().is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: there is no `script` to make a terminal with");
        return;
    }
    let world = mfa_world();
    let binary = env!("CARGO_BIN_EXE_bucketbridge");
    let inner = world.command(&[]);
    let line = format!("'{binary}' apply --yes --timeout 20s -o json 2>&1 >result.json");
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).current_dir(world.path()).env_clear();
    for (name, value) in inner.get_envs() {
        value.map(|value| script.env(name, value));
    }
    script.env("SHELL", "/bin/sh").env("PATH", "/usr/bin:/bin").env("TERM", "dumb");
    let mut child = script
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("script starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(b"123456\n").expect("a code");
    let output = child.wait_with_output().expect("script ends");
    drop(stdin);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said.matches("MFA code of").count(), 1, "{said}");
    assert_eq!(world.sandbox.calls().iter().filter(|c| c.operation == "GetSessionToken").count(), 1);
    let result = std::fs::read_to_string(world.path().join("result.json")).expect("a result");
    let json: Value = serde_json::from_str(&result).expect("JSON");
    assert_eq!(json["links"][0]["status"], "replicated");
}

/// A world that is full of secrets, its map, and the secrets: keys, session tokens, external ids.
fn secretive() -> (World, String, Vec<String>) {
    let how = format!(
        "assume_role = {{ role = \"arn:aws:iam::{BACKUP}:role/Agreed\", from_profile = \"session\", external_id = \"agreed-4711-secretly\" }}"
    );
    let map = backup_by(&how).replace("profile = \"prod\"", "profile = \"by-role\"");
    let map = format!(
        "{map}\n[accounts.archive]\nid = \"{ARCHIVE}\"\n\
         assume_role = {{ role = \"arn:aws:iam::{ARCHIVE}:role/Agreed\", from_profile = \"session\", external_id_env = \"ARCHIVE_ID\" }}\n{}{}",
        bucket("more-copies", "archive", "eu-west-1", "alias/copies"),
        link("more", "orders-prod", "more-copies"),
    );
    let world = World::of(&map);
    let agreed = |id: &str| json!({"StringEquals": {"sts:ExternalId": id}});
    make_role(&world, "prod", "Agreed", &administrator(PROD), &agreed("agreed-0001-secretly"));
    make_role(&world, "backup", "Agreed", &administrator(PROD), &agreed("agreed-4711-secretly"));
    make_role(&world, "archive", "Agreed", &administrator(PROD), &agreed("agreed-0815-secretly"));
    // A session of the administrator, whose token is known.
    let sts = aws_sdk_sts::Client::new(&world.sdk("prod", "us-east-1"));
    let session =
        world.block(sts.get_session_token().send()).expect("a session").credentials.expect("a session");
    let endpoint = world.sandbox.endpoint().to_owned();
    configure(
        &world,
        &format!(
            "[profile session]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n\
             region = us-east-1\nendpoint_url = {endpoint}\n\n\
             [profile by-role]\nrole_arn = arn:aws:iam::{PROD}:role/Agreed\nsource_profile = prod\n\
             external_id = agreed-0001-secretly\nregion = us-east-1\nendpoint_url = {endpoint}\n",
            session.access_key_id(),
            session.secret_access_key(),
            session.session_token(),
        ),
    );
    let mut secrets: Vec<String> =
        ["prod", "backup", "archive"].iter().map(|name| world.sandbox.credentials(name).1).collect();
    secrets.push(session.secret_access_key().to_owned());
    secrets.push(session.session_token().to_owned());
    secrets
        .extend(["agreed-0001-secretly", "agreed-4711-secretly", "agreed-0815-secretly"].map(str::to_owned));
    // What every session token of the sandbox begins with.
    secrets.push("FQoGZXIvYXdzE".to_owned());
    (world, map, secrets)
}

/// The environment in which everything of [`secretive`] is right.
const RIGHT: (&str, &str) = ("ARCHIVE_ID", "agreed-0815-secretly");

/// Whatever is asked for.
#[test]
fn no_secret_is_ever_said() {
    let (world, _, secrets) = secretive();
    let scan = |what: &str, ran: &Ran| {
        for secret in &secrets {
            for text in [&ran.stdout, &ran.stderr] {
                if let Some(at) = text.find(secret.as_str()) {
                    let around = &text[at.saturating_sub(200)..at];
                    panic!("{what} says a secret after: {around}");
                }
            }
        }
    };
    let commands: [&[&str]; 7] = [
        &["accounts"],
        &["validate"],
        &["plan"],
        &["apply", "--yes", "--timeout", "20s"],
        &["check"],
        &["status"],
        &["plan", "-o", "json"],
    ];
    for log in ["", "trace"] {
        for command in commands {
            let args: Vec<&str> = command.iter().copied().chain(["-vv"]).collect();
            let ran = with(&world, &args, &[RIGHT, ("BUCKETBRIDGE_LOG", log), ("RUST_LOG", "trace")]);
            scan(&format!("{command:?} with {log:?}"), &ran);
            assert_eq!(ran.code, Some(0), "{command:?}: {}", ran.stderr);
        }
    }
}

#[test]
fn no_secret_is_said_where_it_goes_wrong() {
    let (world, map, secrets) = secretive();
    for (name, wrong) in [
        ("wrong id in the variable", map.clone()),
        ("wrong id in the map", map.replace("agreed-4711-secretly", "agreed-4712-secretly")),
        (
            "a slip beside it",
            map.replace(
                "external_id = \"agreed-4711-secretly\"",
                "external_id = \"agreed-4712-secretly\", nonsense = 1",
            ),
        ),
    ] {
        secrets_of_failures(&world, name, &wrong, &secrets);
    }
}

fn secrets_of_failures(world: &World, name: &str, map: &str, secrets: &[String]) {
    world.map(map);
    for command in [&["accounts", "-vv"][..], &["apply", "--yes", "-vv"], &["validate", "-o", "json"]] {
        let ran =
            with(world, command, &[("ARCHIVE_ID", "agreed-9999-secretly"), ("BUCKETBRIDGE_LOG", "trace")]);
        for secret in
            secrets.iter().map(String::as_str).chain(["agreed-4712-secretly", "agreed-9999-secretly"])
        {
            assert!(!ran.stdout.contains(secret), "{name}: {command:?}\n{}", ran.stdout);
            assert!(!ran.stderr.contains(secret), "{name}: {command:?}\n{}", ran.stderr);
        }
    }
}

#[test]
fn accounts_says_who_one_is() {
    let world = World::of(&one_link());
    let ran = world.run(&["accounts", "-o", "json"]).ended(0);
    let json = ran.json();
    assert_eq!((&json["version"], &json["command"]), (&json!(1), &json!("accounts")));
    assert_eq!(
        line(&ran, "prod"),
        json!({"name": "prod", "id": PROD, "arn": administrator(PROD), "ok": true, "error": null, "hint": null, "expected": PROD})
    );
    let table = world.run(&["accounts"]).ended(0);
    assert!(table.stdout.contains("2 accounts, each the one that the profile map says"), "{}", table.stdout);
    let one = world.run(&["accounts", "--account", "back*", "-o", "csv"]).ended(0);
    assert!(one.stdout.contains(BACKUP) && !one.stdout.contains(PROD), "{}", one.stdout);
    assert!(world.run(&["accounts", "-o", "markdown"]).ended(0).stdout.contains("| account |"));
    world.wrote_nothing();
}

#[test]
fn settings_of_the_command_line_tool_in_the_environment_do_no_harm() {
    let world = World::of(&backup_by(&format!(
        "assume_role = {{ role = \"arn:aws:iam::{BACKUP}:role/ReplicationAdmin\", from_profile = \"prod\", external_id = \"sandbox\" }}"
    )));
    settles_with(
        &world,
        &[
            ("AWS_RETRY_MODE", "legacy"),
            ("AWS_MAX_ATTEMPTS", "0"),
            ("AWS_DEFAULT_OUTPUT", "text"),
            ("AWS_PAGER", ""),
        ],
    );
}

/// The same in a profile, with roles that the SDK assumes by itself.
#[test]
fn settings_of_the_command_line_tool_in_a_profile_do_no_harm() {
    let world =
        World::of(&backup_by("profile = \"by-role\"").replace("profile = \"prod\"", "profile = \"legacy\""));
    let endpoint = world.sandbox.endpoint().to_owned();
    let (key, secret) = world.sandbox.credentials("prod");
    configure(
        &world,
        &format!(
            "[profile legacy]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\nretry_mode = legacy\nmax_attempts = 0\n\
             output = text\nregion = us-east-1\nendpoint_url = {endpoint}\n\n\
             [profile by-role]\nrole_arn = arn:aws:iam::{BACKUP}:role/ReplicationAdmin\nsource_profile = legacy\nexternal_id = sandbox\n\
             retry_mode = legacy\nmax_attempts = 0\nregion = us-east-1\nendpoint_url = {endpoint}\n"
        ),
    );
    world.run(&["accounts"]).ended(0);
    with(&world, &["accounts"], &[("AWS_RETRY_MODE", "legacy"), ("AWS_MAX_ATTEMPTS", "0")]).ended(0);
}

#[test]
fn a_profile_of_the_environment_that_does_not_exist_does_no_harm() {
    let world = World::of(&one_link());
    with(&world, &["accounts"], &[("AWS_PROFILE", "no-such"), ("AWS_SESSION_TOKEN", "stale")]).ended(0);
    with(
        &world,
        &["accounts"],
        &[("AWS_DEFAULT_PROFILE", "no-such"), ("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9")],
    )
    .ended(1);
}

/// What a broken `credential_process` says may hold what it should have handed over.
#[test]
fn a_credential_process_that_fails_gives_nothing_away() {
    let world = World::of(&backup_by("profile = \"by-process\""));
    let secret = "very-secret-0123456789-0123456789-012345";
    for (name, text) in [
        (
            "slip",
            format!(
                "{{\"Version\": 1, \"AccessKeyId\": \"AKIA0000000000000000\", \"SecretAccessKey\": \"{secret}\""
            ),
        ),
        (
            "version",
            format!(
                "{{\"Version\": 7, \"AccessKeyId\": \"AKIA0000000000000000\", \"SecretAccessKey\": \"{secret}\"}}"
            ),
        ),
        ("lack", format!("{{\"Version\": 1, \"SecretAccessKey\": \"{secret}\"}}")),
        (
            "expiry",
            format!(
                "{{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"{secret}\", \"Expiration\": \"{secret}\"}}"
            ),
        ),
    ] {
        let path = world.write(&format!("{name}.json"), &text);
        let before = std::fs::read_to_string(world.path().join("aws/config")).expect("the AWS config");
        configure(
            &world,
            &format!(
                "[profile by-process]\ncredential_process = /bin/cat {} --\nregion = us-east-1\n",
                path.display()
            ),
        );
        let ran = with(&world, &["accounts", "-vv"], &[("BUCKETBRIDGE_LOG", "trace")]).ended(1);
        assert!(
            !ran.stdout.contains(secret) && !ran.stderr.contains(secret),
            "{name}: {}\n{}",
            ran.stdout,
            ran.stderr
        );
        std::fs::write(world.path().join("aws/config"), before).expect("the AWS config");
    }
}
