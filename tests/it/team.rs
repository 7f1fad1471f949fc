//! A team with credentials for its own account alone, its own map and its own folder.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::world::{Ran, World};

/// The map of whoever has the source alone.
pub const SOURCE: &str = r#"version = 1
[accounts.prod]
id = "111111111111"
profile = "prod"
[accounts.backup]
id = "222222222222"
remote = true

[buckets.orders-prod]
account = "prod"
region = "ap-south-1"
key = "alias/orders-prod"
[buckets.orders-backup]
account = "backup"
region = "us-east-1"

[links.orders]
from = "orders-prod"
to = "orders-backup"
prefix = "invoices/"
"#;

/// The map of whoever has the destination alone.
pub const DESTINATION: &str = r#"version = 1
[accounts.prod]
id = "111111111111"
remote = true
[accounts.backup]
id = "222222222222"
profile = "backup"

[buckets.orders-prod]
account = "prod"
region = "ap-south-1"
[buckets.orders-backup]
account = "backup"
region = "us-east-1"
key = "alias/orders-backup"

[links.incoming]
from = "orders-prod"
to = "orders-backup"
prefix = "invoices/"
"#;

/// A team with its own folder and its own credentials.
pub struct Team<'a> {
    world: &'a World,
    pub folder: PathBuf,
}

impl<'a> Team<'a> {
    pub fn new(world: &'a World, account: &str, map: &str) -> Self {
        let folder = world.path().join(account);
        std::fs::create_dir_all(folder.join("aws")).expect("a folder");
        let (key, secret) = world.sandbox.credentials(account);
        let config =
            format!("[profile {account}]\nregion = us-east-1\nendpoint_url = {}\n", world.sandbox.endpoint());
        let credentials =
            format!("[{account}]\naws_access_key_id = {key}\naws_secret_access_key = {secret}\n");
        std::fs::write(folder.join("aws/config"), config).expect("a file");
        std::fs::write(folder.join("aws/credentials"), credentials).expect("a file");
        let team = Self { world, folder };
        team.map(map);
        team
    }

    pub fn map(&self, map: &str) {
        std::fs::write(self.folder.join("profiles.toml"), map).expect("a map");
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.world.command(args);
        command
            .current_dir(&self.folder)
            .env("HOME", &self.folder)
            .env("AWS_CONFIG_FILE", self.folder.join("aws/config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.folder.join("aws/credentials"));
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().expect("the binary runs"))
    }

    pub fn apply(&self) -> Ran {
        self.run(&["apply", "--yes", "-o", "json", "--timeout", "20s"])
    }

    /// The message that is due for the other team.
    #[track_caller]
    pub fn export(&self, to: &str) -> Value {
        let ran = self.run(&["handoff", "export", "--to", to, "-o", "out.json"]).ended(0);
        assert_eq!(ran.stdout, "");
        let text = std::fs::read_to_string(self.folder.join("out.json")).expect("a message");
        serde_json::from_str(&text).expect("JSON")
    }

    pub fn import(&self, message: &Value) -> Ran {
        self.import_bytes(message.to_string().as_bytes(), &[])
    }

    /// Imports a file with this in it.
    pub fn import_bytes(&self, bytes: &[u8], more: &[&str]) -> Ran {
        std::fs::write(self.folder.join("in.json"), bytes).expect("a file");
        self.run(&[&["handoff", "import", "in.json"], more].concat())
    }

    /// Where a message of the link is kept.
    pub fn kept(&self, kind: &str) -> PathBuf {
        self.folder.join(".bucketbridge/handoffs/orders-prod/orders-backup").join(format!("{kind}.json"))
    }

    /// Whose turn it is, and for what.
    pub fn turn(&self) -> (Value, Value) {
        let status = self.run(&["handoff", "status", "-o", "json"]).ended(0).json();
        (status["links"][0]["turn"].clone(), status["links"][0]["message"].clone())
    }
}

/// All three messages and what is done for each: the link is granted and its rule is written.
#[track_caller]
pub fn exchanged(source: &Team<'_>, destination: &Team<'_>) {
    source.apply().ended(0);
    destination.apply().ended(0);
    source.import(&destination.export("prod")).ended(0);
    source.apply().ended(0);
    granted_again(source, destination);
}

/// From the request on.
#[track_caller]
pub fn granted_again(source: &Team<'_>, destination: &Team<'_>) {
    destination.import(&source.export("backup")).ended(0);
    destination.apply().ended(0);
    source.import(&destination.export("prod")).ended(0);
    assert_eq!(source.apply().ended(0).links()["orders"], "completed");
}

/// What the step of that kind waits for.
#[track_caller]
pub fn awaits<'a>(ran: &'a Value, kind: &str) -> &'a Value {
    let steps = ran["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["kind"] == kind).expect("the step");
    assert_eq!(step["outcome"], "awaited", "{step:#}");
    &step["awaits"]
}
