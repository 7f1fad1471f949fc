//! The `bucketbridge` binary: built by cargo, run as a user would run it.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use bucketbridge_sandbox::AwsDir;
use serde_json::Value;

/// How a command ends that found a problem.
pub const PROBLEM: i32 = 4;

pub struct Product {
    binary: PathBuf,
    map: PathBuf,
    files: AwsDir,
}

/// Builds the binary, with the features that the whole workspace has, so that
/// tests need not build everything again; and returns where it is. Cargo's progress is the user's
/// to see.
pub fn build() -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--workspace", "--bin", "bucketbridge"]);
    command.args(["--message-format", "json-render-diagnostics"]);
    // Where cargo runs us from may be any folder of the workspace.
    if let Some(folder) = std::env::var_os("CARGO_MANIFEST_DIR") {
        command.current_dir(folder);
    }
    let output = command.stderr(Stdio::inherit()).output().context("cannot run cargo")?;
    if !output.status.success() {
        bail!("bucketbridge does not build");
    }
    executable(&String::from_utf8_lossy(&output.stdout)).context("cargo built no `bucketbridge`")
}

/// The path of the binary, from cargo's messages.
fn executable(messages: &str) -> Option<PathBuf> {
    messages.lines().find_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        let is_it = message.pointer("/target/name")? == "bucketbridge";
        let path = message.get("executable")?.as_str()?;
        is_it.then(|| PathBuf::from(path))
    })
}

impl Product {
    pub fn new(binary: PathBuf, map: &Path, files: &AwsDir) -> Self {
        Product { binary, map: map.to_owned(), files: files.clone() }
    }

    /// Runs a command and lets the user see everything.
    pub fn show(&self, title: &str, arguments: &[&str]) -> anyhow::Result<()> {
        self.show_ending(title, arguments, 0)
    }

    /// The same of a command that has to end with this code.
    pub fn show_ending(&self, title: &str, arguments: &[&str], code: i32) -> anyhow::Result<()> {
        announce(title, arguments);
        let status = self.command(arguments).status().context("cannot run bucketbridge")?;
        if status.code() != Some(code) {
            bail!("`bucketbridge {}` ended with {status}, not with {code}", arguments.join(" "));
        }
        Ok(())
    }

    /// Shows what a command that finds a problem prints before the first of these marks.
    pub fn show_beginning(&self, title: &str, arguments: &[&str], marks: &[&str]) -> anyhow::Result<()> {
        announce(title, arguments);
        let text = self.read_problem(arguments)?;
        let end = marks.iter().filter_map(|mark| text.find(mark)).min();
        println!("{}", &text[..end.unwrap_or(text.len())]);
        if end.is_some() {
            println!("(It goes on with what the doctor says, which comes next.)");
        }
        Ok(())
    }

    /// Runs a command that finds a problem, unseen, and returns its result.
    pub fn read_problem(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(arguments).output().context("cannot run bucketbridge")?;
        if output.status.code() != Some(PROBLEM) {
            bail!("`bucketbridge {}` ended with {}, not with {PROBLEM}", arguments.join(" "), output.status);
        }
        String::from_utf8(output.stdout).context("bucketbridge printed no text")
    }

    /// Runs a command, lets the user see its conversation and returns its
    /// result.
    pub fn read(&self, title: &str, arguments: &[&str]) -> anyhow::Result<String> {
        announce(title, arguments);
        let output =
            self.command(arguments).stderr(Stdio::inherit()).output().context("cannot run bucketbridge")?;
        let text = String::from_utf8(output.stdout).context("bucketbridge printed no text")?;
        if !output.status.success() {
            bail!("`bucketbridge {}` ended with {}:\n{text}", arguments.join(" "), output.status);
        }
        Ok(text)
    }

    /// The user's own AWS settings must not leak in: this is about the
    /// sandbox alone.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(arguments);
        for (name, _) in std::env::vars_os() {
            if is_ours(&name) {
                command.env_remove(name);
            }
        }
        command
            .env("AWS_CONFIG_FILE", &self.files.config)
            .env("AWS_SHARED_CREDENTIALS_FILE", &self.files.credentials)
            .env("BUCKETBRIDGE_FILE", &self.map);
        command
    }
}

fn is_ours(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("AWS_") || name.starts_with("BUCKETBRIDGE_")
}

fn announce(title: &str, arguments: &[&str]) {
    println!("\n== {title}\n$ bucketbridge {}", arguments.join(" "));
    // The child writes to the same place.
    let _ = std::io::stdout().flush();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binary_is_found_among_cargos_messages() {
        let messages = r#"{"reason":"compiler-artifact","target":{"name":"serde"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"bucketbridge"},"executable":null}
{"reason":"compiler-artifact","target":{"name":"bucketbridge"},"executable":"/t/debug/bucketbridge"}
{"reason":"build-finished","success":true}"#;
        assert_eq!(executable(messages), Some(PathBuf::from("/t/debug/bucketbridge")));
        assert_eq!(executable(""), None);
    }
}
