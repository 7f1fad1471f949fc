//! The AWS files of a sandbox: one profile an account, named as the account.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::accounts::Account;
use crate::world::DEFAULT_REGION;

/// Where the files are, for `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`.
#[derive(Clone, Debug)]
pub struct AwsDir {
    pub config: PathBuf,
    pub credentials: PathBuf,
}

pub fn write(accounts: &[Account], endpoint: &str, dir: &Path) -> anyhow::Result<AwsDir> {
    let mut config = String::new();
    let mut credentials = String::new();
    for account in accounts {
        writeln!(
            config,
            "[profile {}]\nregion = {DEFAULT_REGION}\nendpoint_url = {endpoint}\n",
            account.name
        )?;
        writeln!(
            credentials,
            "[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            account.name, account.access_key_id, account.secret_access_key
        )?;
    }
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let files = AwsDir { config: dir.join("config"), credentials: dir.join("credentials") };
    for (path, text) in [(&files.config, config), (&files.credentials, credentials)] {
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(files)
}
