//! The few parts of an ARN that the sandbox looks at.
//!
//! Deliberately not a full ARN type: documents hold ARNs as text, and text is
//! what is compared; this only cuts out fields.

/// `arn:partition:service:region:account:resource`, cut at the colons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    pub partition: &'a str,
    pub service: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        (parts.next() == Some("arn")).then_some(())?;
        let arn = Arn {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        (!arn.partition.is_empty() && !arn.service.is_empty() && !arn.resource.is_empty()).then_some(arn)
    }

    /// The name of the role of an `arn:…:iam::…:role/path/name`.
    pub fn role_name(&self) -> Option<&'a str> {
        if self.service != "iam" {
            return None;
        }
        let path = self.resource.strip_prefix("role/")?;
        Some(path.rsplit('/').next().unwrap_or(path))
    }

    /// The role's name of an `arn:…:sts::…:assumed-role/name/session`.
    pub fn session_role_name(&self) -> Option<&'a str> {
        if self.service != "sts" {
            return None;
        }
        let rest = self.resource.strip_prefix("assumed-role/")?;
        rest.split('/').next()
    }
}

/// The bucket's name in a bucket or object ARN.
pub fn bucket_name(arn: &str) -> Option<&str> {
    let arn = Arn::parse(arn)?;
    if arn.service != "s3" || !arn.region.is_empty() || !arn.account.is_empty() {
        return None;
    }
    arn.resource.split('/').next().filter(|name| !name.is_empty())
}

pub fn is_account_id(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The partition that a Region belongs to.
pub fn partition_of_region(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}
