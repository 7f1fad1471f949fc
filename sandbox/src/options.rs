//! What a sandbox is started with.
//!
//! Deliberately no reading of files or environment here: the command line and
//! the tests both fill in this one struct.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};

use crate::arn::is_account_id;

/// How a [`Sandbox`](crate::Sandbox) is to behave.
#[derive(Clone, Debug)]
pub struct Options {
    /// Account ids (12 digits) and the names of their profiles. The first
    /// one's administrator may assume `ReplicationAdmin` in every account.
    pub accounts: Vec<(String, String)>,
    /// Where to listen. Loopback only; anything else is refused.
    pub listen: SocketAddr,
    /// Added to every answer, after the call took effect.
    pub latency: Duration,
    /// How long a new object version stays `PENDING`.
    pub replication_delay: Duration,
    /// How long a new role or user is invisible to bucket, key and trust
    /// policies that name it.
    pub iam_propagation: Duration,
    /// Account ids and the organization (`o-…`) each is in: what
    /// `aws:PrincipalOrgID` and `aws:ResourceOrgID` say. Accounts that are not
    /// listed are in none.
    pub organizations: Vec<(String, String)>,
    /// KMS's published request rates, scaled: `Some(1.0)` is as on AWS.
    /// Without it there are none.
    pub kms_rates: Option<f64>,
    /// A JSON Lines file that gets one line for each call.
    pub record: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            accounts: vec![
                ("111111111111".to_owned(), "prod".to_owned()),
                ("222222222222".to_owned(), "backup".to_owned()),
            ],
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            latency: Duration::ZERO,
            replication_delay: Duration::from_millis(200),
            iam_propagation: Duration::ZERO,
            organizations: Vec::new(),
            kms_rates: None,
            record: None,
        }
    }
}

impl Options {
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        if !self.listen.ip().is_loopback() {
            bail!(
                "the sandbox listens on loopback only, not on {}: whoever reaches it is served",
                self.listen.ip()
            );
        }
        if self.accounts.is_empty() {
            bail!("a sandbox needs at least one account");
        }
        for (index, (id, name)) in self.accounts.iter().enumerate() {
            check_account(id, name)?;
            if self.accounts[..index].iter().any(|(i, n)| i == id || n == name) {
                bail!("account {id}={name} is named twice");
            }
        }
        Ok(())
    }
}

fn check_account(id: &str, name: &str) -> anyhow::Result<()> {
    if !is_account_id(id) {
        bail!("`{id}` is not an account id: twelve digits are needed");
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(plain) {
        bail!("`{name}` cannot name a profile: use letters, digits, `-`, `_` and `.`");
    }
    Ok(())
}

/// Reads `111111111111=prod,222222222222=backup`.
pub fn parse_accounts(text: &str) -> anyhow::Result<Vec<(String, String)>> {
    text.split(',')
        .map(|pair| {
            let (id, name) = pair
                .trim()
                .split_once('=')
                .with_context(|| format!("`{pair}` is not `<account id>=<name>`"))?;
            check_account(id, name)?;
            Ok((id.to_owned(), name.to_owned()))
        })
        .collect()
}

/// Reads `o-abcdefghij`, the organization of all `accounts`, or
/// `111111111111=o-abcdefghij,…`, the organizations of some.
pub fn parse_organizations(
    text: &str,
    accounts: &[(String, String)],
) -> anyhow::Result<Vec<(String, String)>> {
    let check = |id: &str| {
        let rest = id.strip_prefix("o-").unwrap_or_default();
        if (10..=32).contains(&rest.len()) && rest.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Ok(id.to_owned());
        }
        bail!("`{id}` is not an organization id such as o-abcdefghij")
    };
    if !text.contains('=') {
        let id = check(text.trim())?;
        return Ok(accounts.iter().map(|(account, _)| (account.clone(), id.clone())).collect());
    }
    text.split(',')
        .map(|pair| {
            let (account, id) = pair
                .trim()
                .split_once('=')
                .with_context(|| format!("`{pair}` is not `<account id>=<organization id>`"))?;
            if !accounts.iter().any(|(known, _)| known == account) {
                bail!("there is no account {account}");
            }
            Ok((account.to_owned(), check(id)?))
        })
        .collect()
}

/// Reads durations such as `50ms`, `2s` and `1h`.
pub fn parse_duration(text: &str) -> anyhow::Result<Duration> {
    let span: jiff::SignedDuration =
        text.parse().with_context(|| format!("`{text}` is not a duration such as 50ms, 2s or 1h"))?;
    Duration::try_from(span).with_context(|| format!("`{text}` is negative"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_write_them() {
        assert_eq!(parse_duration("50ms").unwrap(), Duration::from_millis(50));
        assert_eq!(parse_duration("2s").unwrap(), Duration::from_secs(2));
        assert_eq!(parse_duration("1h").unwrap(), Duration::from_secs(3600));
        assert!(parse_duration("soon").is_err());
        assert!(parse_duration("-2s").is_err());
    }

    #[test]
    fn organizations_are_of_all_or_some_accounts() {
        let accounts = Options::default().accounts;
        let all = parse_organizations("o-abcdefghij", &accounts).unwrap();
        assert_eq!(all.len(), 2);
        let one = parse_organizations("222222222222=o-abcdefghij", &accounts).unwrap();
        assert_eq!(one, [("222222222222".to_owned(), "o-abcdefghij".to_owned())]);
        assert!(parse_organizations("o-x", &accounts).is_err());
        assert!(parse_organizations("333333333333=o-abcdefghij", &accounts).is_err());
    }

    #[test]
    fn only_loopback_is_listened_on() {
        let options = Options { listen: "0.0.0.0:0".parse().unwrap(), ..Options::default() };
        assert!(options.check().unwrap_err().to_string().contains("loopback"));
        assert!(Options::default().check().is_ok());
    }

    #[test]
    fn accounts_are_twelve_digits_and_unique() {
        assert!(parse_accounts("111111111111=prod,222222222222=backup").is_ok());
        assert!(parse_accounts("123=prod").is_err());
        assert!(parse_accounts("111111111111").is_err());
        let twice = Options {
            accounts: parse_accounts("111111111111=a,111111111111=b").unwrap(),
            ..Options::default()
        };
        assert!(twice.check().is_err());
    }
}
