//! A world for one test: a sandbox of its own, a folder with AWS files and a profile map, and the real
//! binary run against them with nothing else in its environment.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use aws_config::BehaviorVersion;
use aws_credential_types::Credentials;
use aws_types::SdkConfig;
use aws_types::region::Region;
use bucketbridge_sandbox::{Call, Options, Sandbox};
use serde_json::Value;
use tempfile::TempDir;

/// Ids of the accounts `prod`, `backup` and `archive`.
pub const PROD: &str = "111111111111";
pub const BACKUP: &str = "222222222222";
pub const ARCHIVE: &str = "333333333333";

/// Operations that write configuration: everything but reads, sessions, and the canary.
pub fn writes_configuration(call: &Call) -> bool {
    let reads = ["Get", "List", "Head", "Describe"];
    let canary = ["PutObject", "DeleteObject", "AssumeRole", "CreateMultipartUpload", "UploadPart"];
    let other = ["CompleteMultipartUpload", "AbortMultipartUpload"];
    !reads.iter().any(|r| call.operation.starts_with(r))
        && !canary.contains(&call.operation.as_str())
        && !other.contains(&call.operation.as_str())
}

pub struct World {
    pub sandbox: Sandbox,
    folder: TempDir,
    runtime: tokio::runtime::Runtime,
    clients: RefCell<Clients>,
}

/// By account and Region: making a client takes longer than many calls with it.
#[derive(Default)]
struct Clients {
    s3: BTreeMap<(String, String), aws_sdk_s3::Client>,
    kms: BTreeMap<(String, String), aws_sdk_kms::Client>,
    iam: BTreeMap<String, aws_sdk_iam::Client>,
}

/// What a run of the binary left.
#[derive(Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl World {
    /// Three accounts; quick replication.
    pub fn new() -> Self {
        Self::with(Options { replication_delay: Duration::from_millis(20), ..Options::default() })
    }

    /// As given, but always with the three accounts.
    pub fn with(options: Options) -> Self {
        let accounts = [(PROD, "prod"), (BACKUP, "backup"), (ARCHIVE, "archive")];
        let accounts = accounts.map(|(id, name)| (id.to_owned(), name.to_owned())).to_vec();
        let sandbox = Sandbox::start(Options { accounts, ..options }).expect("the sandbox starts");
        let folder = tempfile::tempdir().expect("a folder");
        sandbox.write_aws_dir(&folder.path().join("aws")).expect("AWS files");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { sandbox, folder, runtime, clients: RefCell::default() }
    }

    /// A world with this profile map.
    pub fn of(map: &str) -> Self {
        let world = Self::new();
        world.map(map);
        world
    }

    /// Writes the profile map.
    pub fn map(&self, text: &str) {
        self.write("profiles.toml", text);
    }

    /// Writes a file beside the profile map.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).expect("a written file");
        path
    }

    /// The folder that the binary runs in.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a profile with these keys to the AWS files.
    pub fn add_profile(&self, name: &str, access_key: &str, secret: &str) {
        let append = |file: &str, text: String| {
            let path = self.path().join("aws").join(file);
            let before = std::fs::read_to_string(&path).expect("an AWS file");
            std::fs::write(path, format!("{before}\n{text}")).expect("a written AWS file");
        };
        append(
            "config",
            format!("[profile {name}]\nregion = us-east-1\nendpoint_url = {}\n", self.sandbox.endpoint()),
        );
        append(
            "credentials",
            format!("[{name}]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret}\n"),
        );
    }

    /// The binary, ready to run here.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bucketbridge"));
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("AWS_CONFIG_FILE", self.path().join("aws/config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.path().join("aws/credentials"))
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("the binary runs"))
    }

    /// Starts the binary and returns while it runs.
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary starts")
    }

    /// `apply --yes -o json`, with more arguments.
    pub fn apply(&self, more: &[&str]) -> Ran {
        let mut args = vec!["apply", "--yes", "-o", "json", "--timeout", "20s"];
        args.extend(more);
        self.run(&args)
    }

    /// Calls since the last look.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.sandbox.calls();
        self.sandbox.clear_calls();
        calls
    }

    /// The SDK's configuration of an account's administrator.
    pub fn sdk(&self, account: &str, region: &str) -> SdkConfig {
        let (key, secret) = self.sandbox.credentials(account);
        self.sdk_of(&key, &secret, region)
    }

    /// The SDK's configuration of anybody.
    pub fn sdk_of(&self, access_key: &str, secret: &str, region: &str) -> SdkConfig {
        let loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .region(Region::new(region.to_owned()))
            .endpoint_url(self.sandbox.endpoint())
            .retry_config(aws_smithy_types::retry::RetryConfig::standard())
            .credentials_provider(Credentials::new(access_key, secret, None, None, "test"));
        self.block(loader.load())
    }

    pub fn s3(&self, account: &str, region: &str) -> aws_sdk_s3::Client {
        let key = (account.to_owned(), region.to_owned());
        let make = || aws_sdk_s3::Client::new(&self.sdk(account, region));
        self.clients.borrow_mut().s3.entry(key).or_insert_with(make).clone()
    }

    pub fn kms(&self, account: &str, region: &str) -> aws_sdk_kms::Client {
        let key = (account.to_owned(), region.to_owned());
        let make = || aws_sdk_kms::Client::new(&self.sdk(account, region));
        self.clients.borrow_mut().kms.entry(key).or_insert_with(make).clone()
    }

    pub fn iam(&self, account: &str) -> aws_sdk_iam::Client {
        let make = || aws_sdk_iam::Client::new(&self.sdk(account, "us-east-1"));
        self.clients.borrow_mut().iam.entry(account.to_owned()).or_insert_with(make).clone()
    }

    /// Waits for a future.
    pub fn block<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// A user in an account who may do everything but these actions; adds a profile of that name.
    pub fn operator_without(&self, account: &str, name: &str, denied: &[&str]) {
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": denied, "Resource": "*"},
        ]});
        let iam = self.iam(account);
        let key = self.block(async {
            iam.create_user().user_name(name).send().await.expect("a user");
            iam.put_user_policy()
                .user_name(name)
                .policy_name("operator")
                .policy_document(policy.to_string())
                .send()
                .await
                .expect("a policy");
            iam.create_access_key().user_name(name).send().await.expect("a key").access_key.expect("a key")
        });
        self.add_profile(name, key.access_key_id(), key.secret_access_key());
    }
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The run, if it ended with this code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("{e}\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr))
    }

    /// How each step ended: `account kind name` to outcome.
    #[track_caller]
    pub fn outcomes(&self) -> std::collections::BTreeMap<String, String> {
        let text = |step: &Value, key: &str| step[key].as_str().unwrap_or_default().to_owned();
        let json = self.json();
        let steps = json["steps"].as_array().expect("steps");
        steps
            .iter()
            .map(|s| {
                (
                    format!("{} {} {}", text(s, "account"), text(s, "kind"), text(s, "name")),
                    text(s, "outcome"),
                )
            })
            .collect()
    }

    /// Link to status.
    #[track_caller]
    pub fn links(&self) -> std::collections::BTreeMap<String, String> {
        let json = self.json();
        let links = json["links"].as_array().expect("links");
        links
            .iter()
            .map(|l| {
                (
                    l["link"].as_str().unwrap_or_default().to_owned(),
                    l["status"].as_str().unwrap_or_default().to_owned(),
                )
            })
            .collect()
    }
}

/// Waits until something holds, and says what was waited for if it never does.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Accounts and two buckets in two accounts: the shortest map, to be followed by links.
pub const TWO: &str = r#"
version = 1

[accounts.prod]
id = "111111111111"
profile = "prod"

[accounts.backup]
id = "222222222222"
profile = "backup"

[buckets.orders-prod]
account = "prod"
region = "ap-south-1"
key = "alias/orders-prod"

[buckets.orders-backup]
account = "backup"
region = "us-east-1"
key = "alias/orders-backup"
"#;

/// [`TWO`] with its link.
pub fn one_link() -> String {
    format!("{TWO}\n[links.orders]\nfrom = \"orders-prod\"\nto = \"orders-backup\"\n")
}

/// What holds for every shape of a map.
impl World {
    /// Applies: every step is done, every link is `replicated` but the idle ones, which are `not-run`;
    /// and applying again keeps everything and writes no configuration. Gives the first run.
    #[track_caller]
    pub fn settles(&self, more: &[&str], idle: &[&str]) -> Ran {
        let first = self.apply(more).ended(0);
        let done = ["made", "changed", "kept"];
        assert!(first.outcomes().values().all(|o| done.contains(&o.as_str())), "{:#?}", first.outcomes());
        first.proven_but(idle);
        self.calls();
        let second = self.apply(more).ended(0);
        assert!(second.outcomes().values().all(|o| o == "kept"), "{:#?}", second.outcomes());
        assert_eq!(second.outcomes().len(), first.outcomes().len());
        second.proven_but(idle);
        self.wrote_nothing();
        first
    }

    /// Calls that wrote configuration since the last look.
    pub fn writes(&self) -> Vec<Call> {
        self.sandbox.calls().into_iter().filter(writes_configuration).collect()
    }

    #[track_caller]
    pub fn wrote_nothing(&self) {
        let writes = self.writes();
        assert!(writes.is_empty(), "{writes:#?}");
    }
}

impl Ran {
    /// Every link is `replicated`, but these are `not-run`.
    #[track_caller]
    pub fn proven_but(&self, idle: &[&str]) {
        for (link, status) in self.links() {
            let wanted = if idle.contains(&link.as_str()) { "not-run" } else { "replicated" };
            assert_eq!(status, wanted, "link {link}\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        }
    }
}
