//! Amazon resource names and the ids in them: parsed once, printed in one place.
//!
//! A name says nothing about existence: anybody may compute a [`RoleArn`]. The proof that a thing
//! exists is a `Live` type of [`crate::resource`].
//!
//! Deliberately absent: resources of services that the tool does not touch.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not the name it should be; a lower-case fragment for the end of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NameError(String);

fn refuse<T>(why: impl Into<String>) -> Result<T, NameError> {
    Err(NameError(why.into()))
}

/// Lets serde read what `FromStr` reads.
macro_rules! read_as_text {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                text.parse()
            }
        }
    };
}

/// Lets serde write what `Display` writes, and read what `FromStr` reads.
macro_rules! text_for_serde {
    ($name:ident) => {
        read_as_text!($name);

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.to_string()
            }
        }
    };
}

mod bucket;

pub use bucket::BucketArn;

/// Declares a checked text: `FromStr` is the only way in, `Display` and `as_str` the ways out.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident, $check:path) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        read_as_text!($name);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                $check(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

checked_text!(
    /// Twelve digits.
    AccountId,
    check_account_id
);
checked_text!(
    /// A Region such as `eu-west-1`.
    Region,
    check_region
);
checked_text!(
    /// The name of a general purpose bucket, by S3's naming rules
    /// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>).
    BucketName,
    check_bucket_name
);
checked_text!(
    /// A KMS alias with its `alias/` prefix. `alias/aws/…` is reserved by AWS and refused.
    Alias,
    check_alias
);

fn check_account_id(text: &str) -> Result<(), NameError> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    refuse("an account id has 12 digits")
}

fn check_region(text: &str) -> Result<(), NameError> {
    let parts: Vec<&str> = text.split('-').collect();
    let number = parts.last().is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
    let words =
        parts.iter().rev().skip(1).all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase()));
    if parts.len() >= 3 && number && words {
        return Ok(());
    }
    refuse("a Region looks like `eu-west-1`")
}

fn check_bucket_name(text: &str) -> Result<(), NameError> {
    if !(3..=63).contains(&text.len()) {
        return refuse(format!("a bucket name has 3 to 63 characters, this one has {}", text.len()));
    }
    if let Some(c) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '.')) {
        return refuse(format!("a bucket name holds lower-case letters, digits, `-` and `.`, not `{c}`"));
    }
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    if !edge(text.chars().next()) || !edge(text.chars().last()) {
        return refuse("a bucket name begins and ends with a letter or a digit");
    }
    if text.contains("..") {
        return refuse("a bucket name has no two dots in a row");
    }
    if text.parse::<std::net::Ipv4Addr>().is_ok() {
        return refuse("a bucket name is not an IP address");
    }
    let prefixes = ["xn--", "sthree-", "amzn-s3-demo-"];
    if let Some(p) = prefixes.iter().find(|p| text.starts_with(**p)) {
        return refuse(format!("bucket names that begin with `{p}` are reserved"));
    }
    let suffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];
    if let Some(s) = suffixes.iter().find(|s| text.ends_with(**s)) {
        return refuse(format!("bucket names that end with `{s}` are reserved"));
    }
    Ok(())
}

fn check_alias(text: &str) -> Result<(), NameError> {
    let Some(name) = text.strip_prefix("alias/") else {
        return refuse("an alias begins with `alias/`");
    };
    if name.starts_with("aws/") {
        return refuse("`alias/aws/…` names a key that AWS manages; it cannot serve other accounts");
    }
    if name.is_empty() || text.len() > 256 {
        return refuse("an alias has 1 to 250 characters after `alias/`");
    }
    if let Some(c) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '/' | '_' | '-')) {
        return refuse(format!("an alias holds letters, digits, `/`, `_` and `-`, not `{c}`"));
    }
    Ok(())
}

/// A partition of AWS: accounts, ARNs and endpoints of one know nothing of the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Partition {
    /// The commercial Regions.
    #[serde(rename = "aws")]
    Aws,
    /// GovCloud (US).
    #[serde(rename = "aws-us-gov")]
    UsGov,
    /// China.
    #[serde(rename = "aws-cn")]
    China,
}

impl Partition {
    /// As it stands in an ARN.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::UsGov => "aws-us-gov",
            Self::China => "aws-cn",
        }
    }

    /// The Region that IAM and the global STS endpoint of the partition sign for.
    pub fn home_region(self) -> Region {
        Region(
            match self {
                Self::Aws => "us-east-1",
                Self::UsGov => "us-gov-west-1",
                Self::China => "cn-north-1",
            }
            .to_owned(),
        )
    }
}

impl FromStr for Partition {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        match text {
            "aws" => Ok(Self::Aws),
            "aws-us-gov" => Ok(Self::UsGov),
            "aws-cn" => Ok(Self::China),
            _ => refuse(format!("the partitions are `aws`, `aws-us-gov` and `aws-cn`, not `{text}`")),
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Region {
    /// The partition that the Region belongs to, by its first syllable.
    pub fn partition(&self) -> Partition {
        match self.0.split('-').take(2).collect::<Vec<_>>()[..] {
            ["us", "gov"] => Partition::UsGov,
            ["cn", _] => Partition::China,
            _ => Partition::Aws,
        }
    }
}

/// `arn:aws:iam::111111111111:role/path/name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleArn {
    /// The partition of the account.
    pub partition: Partition,
    /// The account that the role is in.
    pub account: AccountId,
    /// Begins and ends with `/`.
    pub path: String,
    /// At most 64 characters.
    pub name: String,
}

text_for_serde!(RoleArn);

impl fmt::Display for RoleArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:iam::{}:role{}{}", self.partition, self.account, self.path, self.name)
    }
}

impl FromStr for RoleArn {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let arn = Parts::of(text, "iam", "arn:aws:iam::111111111111:role/Name")?;
        let Some(path_and_name) = arn.resource.strip_prefix("role/") else {
            return refuse("this ARN does not name a role (`…:role/Name`)");
        };
        let (path, name) = match path_and_name.rsplit_once('/') {
            Some((path, name)) => (format!("/{path}/"), name),
            None => ("/".to_owned(), path_and_name),
        };
        check_role_name(name)?;
        Ok(Self { partition: arn.partition, account: arn.account, path, name: name.to_owned() })
    }
}

/// Refuses what IAM refuses in a role's name: over 64 characters or outside `[\w+=,.@-]`.
pub fn check_role_name(name: &str) -> Result<(), NameError> {
    if name.is_empty() || name.len() > 64 {
        return refuse(format!("a role name has 1 to 64 characters, this one has {}", name.len()));
    }
    if let Some(c) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !"_+=,.@-".contains(*c)) {
        return refuse(format!("a role name holds letters, digits and `_+=,.@-`, not `{c}`"));
    }
    Ok(())
}

/// `arn:aws:kms:eu-west-1:111111111111:key/…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyArn {
    /// The partition of the Region.
    pub partition: Partition,
    /// A key serves its own Region only.
    pub region: Region,
    /// The account that owns the key.
    pub account: AccountId,
    /// A UUID, or `mrk-…` for a multi-Region key.
    pub id: String,
}

text_for_serde!(KeyArn);

impl fmt::Display for KeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:kms:{}:{}:key/{}", self.partition, self.region, self.account, self.id)
    }
}

impl FromStr for KeyArn {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let arn = Parts::of(text, "kms", "arn:aws:kms:eu-west-1:111111111111:key/…")?;
        let Some(id) = arn.resource.strip_prefix("key/") else {
            return refuse("this ARN does not name a key (`…:key/…`)");
        };
        check_key_id(id)?;
        let region = arn.region.parse()?;
        Ok(Self { partition: arn.partition, region, account: arn.account, id: id.to_owned() })
    }
}

/// `arn:aws:kms:eu-west-1:111111111111:alias/…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AliasArn {
    /// The partition of the Region.
    pub partition: Partition,
    /// An alias serves its own Region only.
    pub region: Region,
    /// The account that owns the alias and its key.
    pub account: AccountId,
    /// With its `alias/` prefix.
    pub alias: Alias,
}

impl fmt::Display for AliasArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:kms:{}:{}:{}", self.partition, self.region, self.account, self.alias)
    }
}

impl FromStr for AliasArn {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        let arn = Parts::of(text, "kms", "arn:aws:kms:eu-west-1:111111111111:alias/…")?;
        let alias = arn.resource.parse()?;
        Ok(Self { partition: arn.partition, region: arn.region.parse()?, account: arn.account, alias })
    }
}

/// Refuses what is no key id: a UUID, or `mrk-` and 32 hexadecimal digits.
pub fn check_key_id(id: &str) -> Result<(), NameError> {
    let hex = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_hexdigit());
    let multi_region = id.strip_prefix("mrk-").is_some_and(|rest| hex(rest, 32));
    let groups: Vec<&str> = id.split('-').collect();
    let uuid = groups.len() == 5 && groups.iter().zip([8, 4, 4, 4, 12]).all(|(g, n)| hex(g, n));
    if multi_region || uuid {
        return Ok(());
    }
    refuse("a key id is a UUID or `mrk-` and 32 hexadecimal digits")
}

/// The six fields of an ARN with an account in it.
struct Parts<'a> {
    partition: Partition,
    region: &'a str,
    account: AccountId,
    resource: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str, service: &str, form: &str) -> Result<Self, NameError> {
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, found, region, account, resource] = fields[..] else {
            return refuse(format!("an ARN of this kind looks like `{form}`"));
        };
        if found != service {
            return refuse(format!("this is an ARN of {found}; expected one like `{form}`"));
        }
        Ok(Self { partition: partition.parse()?, region, account: account.parse()?, resource })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_survive_parse_and_print() {
        for text in [
            "arn:aws:iam::111111111111:role/Admin",
            "arn:aws-cn:iam::111111111111:role/a/b/Admin",
            "arn:aws-us-gov:iam::111111111111:role/service-role/x@y",
        ] {
            assert_eq!(text.parse::<RoleArn>().expect(text).to_string(), text);
        }
        for text in [
            "arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws-us-gov:kms:us-gov-west-1:111111111111:key/mrk-1234abcd12ab34cd56ef1234567890ab",
        ] {
            assert_eq!(text.parse::<KeyArn>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_aws_refuses_is_refused() {
        for bad in ["ab", "Orders", "a..b", "-ab", "ab-", "10.0.0.1", "xn--abc", "abc-s3alias", "a_b"] {
            assert!(bad.parse::<BucketName>().is_err(), "{bad}");
        }
        for bad in ["11111111111", "1111111111111", "11111111111a", ""] {
            assert!(bad.parse::<AccountId>().is_err(), "{bad}");
        }
        for bad in ["orders", "alias/", "alias/aws/s3", "alias/a b"] {
            assert!(bad.parse::<Alias>().is_err(), "{bad}");
        }
        for bad in ["eu-west", "eu", "EU-west-1", "eu-west-1a", ""] {
            assert!(bad.parse::<Region>().is_err(), "{bad}");
        }
        for bad in ["arn:aws:iam::111111111111:user/x", "arn:aws:s3:::b", "x", "arn:aws:iam::1:role/x"] {
            assert!(bad.parse::<RoleArn>().is_err(), "{bad}");
        }
        for bad in ["arn:aws:kms:eu-west-1:111111111111:alias/x", "arn:aws:kms:eu-west-1:111111111111:key/x"]
        {
            assert!(bad.parse::<KeyArn>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_region_knows_its_partition() {
        let of = |r: &str| r.parse::<Region>().expect(r).partition();
        assert_eq!(of("us-east-1"), Partition::Aws);
        assert_eq!(of("us-gov-west-1"), Partition::UsGov);
        assert_eq!(of("cn-north-1"), Partition::China);
    }
}
